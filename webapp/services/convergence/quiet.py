"""Until when what takes content away must wait: the no-suspend calendar of an integration.

Whatever gives, makes or updates never waits; neither does a repetition that takes nothing more away.
"""

from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from webapp.decide.calendar import closed_until
from webapp.decide.cutoff import cancel_waits_until, next_cutoff
from webapp.decide.desired import DesiredUnit
from webapp.decide.policy import Content
from webapp.decide.state import ABSENT, SUSPENDED, UnitState
from webapp.decide.steps import Step
from webapp.gateways.contract import Operation
from webapp.services.convergence.work import Lane
from webapp.services.holiday_days import holidays_of

# While nobody knows what day it is, nobody loses anything by the date; looked at again so often.
DOUBT_AGAIN = timedelta(minutes=5)


class Quiet:
    """The calendar of one lane, at one moment.

    Args:
        doubt: the clock may be wrong (``services/clock_watch.py``).
    """

    def __init__(self, lane: Lane, now: datetime, *, doubt: bool = False) -> None:
        self._lane = lane
        self._now = now
        self._doubt = doubt

    def holds(self, unit: DesiredUnit, have: UnitState, step: Step, *, swaps: bool) -> datetime | None:
        """Return until when a step waits; None = it may go now.

        Args:
            have: what is believed of the unit.
            swaps: another right comes in its place, so that nobody loses anything.
        """
        if self._doubt and _takes_away(unit, have, step, swaps=swaps):
            return self._now + DOUBT_AGAIN
        if self._lane.calendar.is_empty:
            return None
        if step.operation is Operation.SUSPEND and unit.content is Content.SUSPENDED:
            return None if have.state in (SUSPENDED, ABSENT) else self._suspends_again
        if step.operation is Operation.CANCEL and unit.content is Content.ABSENT:
            lost = have.live and not swaps and self._lane.calendar.cancels
            return self._cancels_again if lost else None
        return None

    @cached_property
    def _suspends_again(self) -> datetime | None:
        calendar = self._lane.calendar
        found = closed_until(calendar, self._local_now, holidays_of(calendar.state))
        return None if found is None else found.astimezone(UTC)

    @cached_property
    def _cancels_again(self) -> datetime | None:
        day = self._lane.billing_day
        cutoff = None if day is None else next_cutoff(day, self._local_now)
        until = cancel_waits_until(self._suspends_again, cutoff, self._lane.billing_lead_h, self._now)
        return None if until is None else until.astimezone(UTC)

    @cached_property
    def _local_now(self) -> datetime:
        return self._now.astimezone(ZoneInfo(self._lane.timezone))


def _takes_away(unit: DesiredUnit, have: UnitState, step: Step, *, swaps: bool) -> bool:
    """Tell whether somebody loses by the step what he has."""
    if step.operation is Operation.SUSPEND and unit.content is Content.SUSPENDED:
        return have.state not in (SUSPENDED, ABSENT)
    return step.operation is Operation.CANCEL and unit.content is Content.ABSENT and have.live and not swaps
