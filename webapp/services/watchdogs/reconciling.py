"""Watches reconciliation: it did not happen, it compared nobody, it left everybody out, or drift grows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from webapp.decide.trend import growth
from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Integration, Run
from webapp.models.run import RUNNING
from webapp.services.alerts import FAIL
from webapp.services.epoch.observing import observing
from webapp.services.pages_dashboard import account_counts
from webapp.services.readings import PastReading, last_readings
from webapp.services.watchdogs.finding import Check, Finding

OVERDUE, ON_NOTHING, ALL_SKIPPED, DRIFT = (
    "reconcile_overdue", "reconcile_on_nothing", "reconcile_skipped_all", "drift_grows",
)  # fmt: skip
SLACK = timedelta(hours=1)
# Where accounts are asked about one by one, a night may be lost to a fault of the platform.
NIGHTS = timedelta(hours=54)
IN_A_ROW = 2
JUST_ASKED = timedelta(minutes=10)
HISTORY = 30
# So few accounts may well all be under way at the same time.
FEW = 5
LIVE = ("active", "suspended", "waiting_user")


@dataclass(frozen=True)
class Watched:
    """One integration whose platform can be read."""

    id: int
    description: str
    since: datetime
    longest: timedelta
    live: int


def longest_gap(interval_s: int, per_day: int, *, lists: bool) -> timedelta:
    """Return after how long without a reading something is wrong.

    Args:
        per_day: how often the platform lets itself be read whole; 0 = as often as one likes.
        lists: it can be read whole; else its accounts are asked about at night, one by one.
    """
    if not lists:
        return NIGHTS
    wanted_s = max(interval_s, 86_400 / per_day) if per_day else interval_s
    return timedelta(seconds=2 * wanted_s) + SLACK


def compared_nobody(readings: Sequence[PastReading], *, skipped: bool) -> bool:
    """Tell whether the last readings compared nobody although there are accounts.

    Args:
        skipped: because everybody was left out as unsettled, or every line had moved on; else for no such reason.
    """
    last = readings[-IN_A_ROW:]
    return len(last) == IN_A_ROW and all(_nobody(one) and _left_out(one) is skipped for one in last)


def _nobody(one: PastReading) -> bool:
    return one.compared == 0 or _all_lines_skipped(one)


def _left_out(one: PastReading) -> bool:
    return one.unsettled > 0 or _all_lines_skipped(one)


def _all_lines_skipped(one: PastReading) -> bool:
    return one.planned >= FEW and one.skipped >= one.planned


def _look_overdue(now: datetime) -> Iterable[Finding]:
    if observing() is not None:
        return
    readings, at_work = last_readings(1), _at_work(now)
    for one in watched():
        last = max([one.since, *(reading.at for reading in readings.get(one.id, ()))])
        if one.live and now - last > one.longest and one.id not in at_work:
            hours = int((now - last).total_seconds() // 3600)
            yield Finding(OVERDUE, one.id, one.description, {"hours": hours}, FAIL)


def _look_empty(now: datetime) -> Iterable[Finding]:
    readings = last_readings(IN_A_ROW)
    for one in watched():
        if one.live < FEW:
            continue
        for code, skipped in ((ON_NOTHING, False), (ALL_SKIPPED, True)):
            if compared_nobody(readings.get(one.id, ()), skipped=skipped):
                yield Finding(code, one.id, one.description, {"count": one.live}, FAIL)


def _look_drift(now: datetime) -> Iterable[Finding]:
    names = {one.id: one.description for one in watched()}
    for integration_id, readings in last_readings(HISTORY).items():
        found = growth([reading.share for reading in readings if reading.compared])
        if found is not None and integration_id in names:
            params = {
                "before": _percent(found.before), "now": _percent(found.now), "usual": _percent(found.usual),
                "run_id": readings[-1].run_id,
            }  # fmt: skip
            yield Finding(DRIFT, integration_id, names[integration_id], params)


def _percent(share: float) -> float:
    return round(share * 100, 1)


def watched() -> Sequence[Watched]:
    """Return the active integrations whose platform can be read, with how many accounts live there."""
    counts = account_counts()
    rows = db.session.execute(
        select(
            Integration.id, Integration.description, Integration.gateway, Integration.reconcile_interval_s,
            Integration.created_at,
        ).where(Integration.active, Integration.paused_code.is_(None))
    )  # fmt: skip
    found = ((row, _gap(row.gateway, row.reconcile_interval_s)) for row in rows)
    return [
        Watched(row.id, row.description, row.created_at, gap, sum(counts.get(row.id, {}).get(name, 0) for name in LIVE))
        for row, gap in found
        if gap is not None
    ]


def _gap(key: str, interval_s: int) -> timedelta | None:
    """Return the longest time between two readings; None where nothing can be read."""
    try:
        traits = get_gateway(key).traits
    except UnknownGateway:
        return None
    if traits.can(Operation.LIST):
        return longest_gap(interval_s, traits.limits.full_reads_per_day, lists=True)
    return longest_gap(interval_s, 0, lists=False) if traits.can(Operation.FIND) else None


def _at_work(now: datetime) -> set[int]:
    """Return the integrations that are being read now: a hub that was off for a day is about to catch up."""
    fresh = or_(Run.lease_until > now, Run.started_at > now - JUST_ASKED)
    return set(db.session.scalars(select(Run.integration_id).where(Run.status == RUNNING, fresh)))


CHECKS = (
    Check(frozenset({OVERDUE}), _look_overdue),
    Check(frozenset({ON_NOTHING, ALL_SKIPPED}), _look_empty),
    Check(frozenset({DRIFT}), _look_drift),
)
