"""What a watchdog found."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.services.alerts import WARN


@dataclass(frozen=True)
class Finding:
    """One cause that holds now, about one object; ``code`` is a key of ``webapp/messages``."""

    code: str
    object_id: int
    label: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    level: str = WARN
    object_type: str = "integration"

    @property
    def key(self) -> tuple[str, str, int]:
        return self.code, self.object_type, self.object_id


@dataclass(frozen=True)
class Check:
    """One watchdog.

    Attributes:
        codes: all that it can find; one of them that it does not find is over.
        look: returns what holds now.
    """

    codes: frozenset[str]
    look: Callable[[datetime], Iterable[Finding]]
