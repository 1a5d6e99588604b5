"""The shape of one message."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """Cause and remedy as lazy translations; ``{name}`` stands for a value."""

    cause: Any
    remedy: Any = ""
