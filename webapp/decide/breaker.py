"""One circuit breaker per integration: a dead platform is asked rarely, and never slows another. Pure.

Kept on the integration's row, so that it survives a restart and all processes share it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

FAILURES_TO_OPEN = 8
MOST_UNPROVEN = 20
FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 600.0
# What a platform may ask for at the most (``decide/backoff.py``).
LONGEST_ASKED = timedelta(hours=1)
# Svix disables an endpoint after as long (its worker.rs, read 2026-11): by then a person should ask the platform.
GIVEN_UP_AFTER = timedelta(hours=120)


@dataclass(frozen=True)
class Breaker:
    """Failures in a row, and until when nothing is sent.

    Attributes:
        open_until: ISO 8601; empty = closed.
        openings: how often it opened since the last success; each doubles the pause.
        since: ISO 8601, when the first of these failures was; empty = none.
    """

    failures: int = 0
    open_until: str = ""
    openings: int = 0
    since: str = ""

    @property
    def is_open(self) -> bool:
        return bool(self.open_until)

    def slots(self, free: int, in_flight: int, now: datetime) -> int:
        """Return how many calls may start: all, few while failures mount, none, or the one probe after the pause."""
        if not self.is_open:
            return min(free, max(MOST_UNPROVEN - self.failures - in_flight, 0)) if self.failures else free
        if self._pausing(now) or in_flight:
            return 0
        return min(free, 1)

    def succeeded(self, now: datetime) -> "Breaker":
        """Return it closed; a call that started before the opening does not end the pause."""
        return self if self._pausing(now) else Breaker()

    def throttled(self, now: datetime, pause_s: float) -> "Breaker":
        """Return it open for as long as the platform asked; that is no failure of the platform."""
        until = (now + timedelta(seconds=pause_s)).isoformat()
        return replace(self, open_until=max(until, self.open_until if self._pausing(now) else ""))

    def given_up(self, now: datetime) -> bool:
        """Tell whether nothing has succeeded for so long that a person should look."""
        return bool(self.since) and now - datetime.fromisoformat(self.since) >= GIVEN_UP_AFTER

    def failed(self, now: datetime) -> "Breaker":
        """Return it with one failure more, open when there are enough."""
        more = replace(self, failures=self.failures + 1, since=self.since or now.isoformat())
        if more.failures < FAILURES_TO_OPEN and not self.is_open:
            return more
        if self._pausing(now):
            # A call that started before the opening: it says nothing new.
            return more
        pause_s = min(FIRST_PAUSE_S * 2**self.openings, LONGEST_PAUSE_S)
        until = (now + timedelta(seconds=pause_s)).isoformat()
        return replace(more, open_until=until, openings=self.openings + 1)

    def shifted(self, by: timedelta) -> "Breaker":
        """Return the same on a clock that was set by so much."""
        return replace(self, open_until=_shifted(self.open_until, by), since=_shifted(self.since, by))

    def _pausing(self, now: datetime) -> bool:
        """Tell whether the pause runs; one that would last longer than any was made by a clock that went wrong."""
        if not self.is_open:
            return False
        return now < datetime.fromisoformat(self.open_until) <= now + LONGEST_ASKED


def _shifted(moment: str, by: timedelta) -> str:
    return (datetime.fromisoformat(moment) + by).isoformat() if moment else ""


def load_breaker(raw: Mapping[str, Any] | None) -> Breaker:
    """Read a breaker from its JSON form."""
    return Breaker(**(raw or {}))


def dump_breaker(breaker: Breaker) -> dict[str, Any]:
    """Return a breaker in its JSON form; empty when nothing is wrong."""
    return {} if breaker == Breaker() else asdict(breaker)
