"""The only reader of the time; movable in tests.

Everything else takes the time as an argument or asks here, so that a test can
let ninety days pass in a moment.
"""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_offset = timedelta(0)


def utc_now() -> datetime:
    """Return the present as an aware UTC datetime."""
    return datetime.now(UTC) + _offset


def local_today(timezone: str) -> date:
    """Return the provider's calendar day, which dates such as a sale's end refer to.

    Args:
        timezone: an IANA name, such as ``America/Sao_Paulo``.
    """
    return utc_now().astimezone(ZoneInfo(timezone)).date()


def monotonic_s() -> float:
    """Return seconds that never go back, for measuring; not moved by tests."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait; here so that nothing else needs the ``time`` module."""
    time.sleep(seconds)


def move(delta: timedelta) -> None:
    """Move the present by ``delta``; for tests only."""
    global _offset
    _offset += delta


def reset() -> None:
    """Undo every move; for tests only."""
    global _offset
    _offset = timedelta(0)
