"""How a platform or a source stands, as a light: one state, since when, and what the page says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from webapp.models import Integration, Source

GOOD, WARN, BAD, OFF = "good", "warn", "bad", "off"
GRAVEST_FIRST = (BAD, WARN, GOOD, OFF)
# Longer than the second try of the usual schedule: until then nobody need look.
LONG_WAIT = timedelta(minutes=15)
# So many readings may be missed before it is said.
MISSED = 3


@dataclass(frozen=True)
class Light:
    """One state.

    Attributes:
        colour: ``good``, ``warn``, ``bad`` or ``off``; never told by the colour alone.
        code: which words say it (``web/dashboard_words.py``), with ``params``.
        since: when it began, where that is known.
    """

    colour: str
    code: str
    since: datetime | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


def platform_light(
    integration: Integration, oldest_due_at: datetime | None, people: int, compared_at: datetime | None, now: datetime
) -> Light:
    """Return the worst that is known of a platform.

    Args:
        oldest_due_at: since when the oldest call is due; None = nothing is.
        people: accounts that wait for a person.
        compared_at: when it was last read and compared; None = never.
    """
    if not integration.active:
        return Light(OFF, "inactive")
    if integration.paused_code:
        code = "retried" if integration.paused_until else "paused"
        return Light(WARN if integration.paused_until else BAD, code, integration.paused_at)
    if oldest_due_at is not None and now - oldest_due_at > LONG_WAIT:
        return Light(WARN, "waits", oldest_due_at)
    if people:
        return Light(WARN, "people", params={"count": people})
    every = timedelta(seconds=integration.reconcile_interval_s)
    if compared_at is not None and now - compared_at > MISSED * every:
        return Light(WARN, "uncompared", compared_at)
    return Light(GOOD, "compared" if compared_at else "good", compared_at)


def source_light(source: Source, read_at: datetime | None, now: datetime) -> Light:
    """Return how fresh a source is.

    Args:
        read_at: when it was last read whole; None = never.
    """
    if not source.active:
        return Light(OFF, "inactive")
    if source.paused_code:
        return Light(BAD, "paused", source.paused_at)
    if read_at is None:
        return Light(OFF, "unread")
    if source.failures:
        return Light(WARN, "failing", read_at, {"count": source.failures})
    # A file comes when somebody brings it.
    if source.full_due_at is not None and now - read_at > MISSED * timedelta(seconds=source.full_interval_s):
        return Light(WARN, "old", read_at)
    return Light(GOOD, "read", read_at)
