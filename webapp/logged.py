"""What the lines of a log are about, said once for a piece of work and worked out only when a line is written."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from structlog.types import EventDict

Facts = Callable[[], Mapping[str, Any]]
_about: ContextVar[Facts | None] = ContextVar("logged_about", default=None)


class about:
    """Lines that this thread writes meanwhile carry these facts; they are asked for when one is written."""

    def __init__(self, facts: Facts) -> None:
        """Take the facts, as a function."""
        self._facts = facts

    def __enter__(self) -> None:
        self._before = _about.set(self._facts)

    def __exit__(self, *_raised: object) -> None:
        _about.reset(self._before)


def add_facts(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Put the facts into a line; what the line says itself counts more."""
    facts = _about.get()
    return {**facts(), **event} if facts is not None else event
