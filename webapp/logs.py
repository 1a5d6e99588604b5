"""Logs: one line per thing that happened, as text for people or JSON for machines."""

import contextlib
import io
import logging
import re
import secrets
import sys
from typing import TextIO

import structlog

from webapp.config import Settings
from webapp.logged import add_facts

# C0 but for the line break, DEL, C1, and the two separators of Unicode that end a line.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# Told by others in X-Request-Id: nothing that could break a line, a page or a header.
_GOOD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{7,63}")
# urllib3 writes whole addresses into its warnings, with what stands in them; we log calls ourselves, masked.
_TOO_TALKATIVE = ("urllib3",)


class Patient(io.TextIOBase):
    """Drops a line that cannot be written: a log whose disk is full must not stop what it tells of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or lose the text."""
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what waits, or lose it."""
        with contextlib.suppress(OSError):
            self._stream.flush()


def configure(settings: Settings) -> None:
    """Send everything to standard error, with time, level and bound values; what libraries log in the same form.

    Control characters inside values are escaped, so no line can be forged and no terminal steered.
    """
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        add_facts,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[*shared, escape_controls, renderer],
        logger_factory=structlog.PrintLoggerFactory(Patient(sys.stderr)),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    _configure_libraries(max(level, logging.WARNING), shared, renderer)


def _configure_libraries(
    level: int, shared: list[structlog.types.Processor], renderer: structlog.types.Processor
) -> None:
    """Libraries tell what goes wrong, never their details: those hold addresses, and so tokens."""
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(Patient(sys.stderr))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[strip, escape_controls, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def escape_controls(_logger: object, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Write what would end a line, or steer a terminal, as its number; a line feed is the renderer's to escape."""
    return {key: _CONTROLS.sub(_escaped, str(value)) if _is_text(value) else value for key, value in event.items()}


def fresh_id() -> str:
    """Return a short name for one request or one turn of a task: what its lines have in common."""
    text = secrets.token_hex(4)
    return f"{text[:4]}-{text[4:]}"


def given_id(text: str | None) -> str:
    """Return the name that somebody in front of us gave to a request; empty when it is none that we would write."""
    return text if text and _GOOD_ID.fullmatch(text) else ""


def _is_text(value: object) -> bool:
    return not isinstance(value, int | float | bool | None)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
