"""The only reader of the time; movable in tests.

Everything else takes the time as an argument or asks here, so that a test can
let ninety days pass in a moment.
"""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_offset = timedelta(0)
_leap = timedelta(0)
# It goes on while the machine sleeps, where the system has one that does.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """Return the present as an aware UTC datetime."""
    return datetime.now(UTC) + _leap + _offset


def steady_now() -> datetime:
    """Return a time that passes as time does, whatever the machine's clock is set to; its beginning means nothing.

    The difference to ``utc_now`` stays the same until somebody sets the clock.
    """
    return _BEGINNING + timedelta(seconds=time.clock_gettime(_STEADY)) + _offset


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


def leap(delta: timedelta) -> None:
    """Set the machine's clock wrong by ``delta``: no time passes; for tests only."""
    global _leap
    _leap += delta


def reset() -> None:
    """Undo every move and leap; for tests only."""
    global _offset, _leap
    _offset = _leap = timedelta(0)
