"""What ``doctor`` found."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

OK, WARN, FAIL = "ok", "warn", "fail"
# A part that is silent for longer is not there.
BEAT_OLD = timedelta(minutes=2)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``code`` is a key of ``webapp/messages``."""

    name: str
    level: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)
