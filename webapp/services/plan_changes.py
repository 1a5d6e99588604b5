"""Changes of a plan that reach its services: new values, longer contracts. Shown first, then applied as shown.

No platform is told: what a customer pays, and until when, concerns none of them.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.exc import StaleDataError

from webapp.decide.contracts import add_months, month_end
from webapp.decide.policy import ENDED
from webapp.decide.readjust import MOST_VALUE, Rate, new_own_value, new_value, rate_flaws
from webapp.extensions import db
from webapp.models import Plan, Service
from webapp.services import audit
from webapp.services.changes import commit, plain, refuse_if
from webapp.services.errors import Conflict, Problem
from webapp.services.hub import current_hub
from webapp.services.plans import get_plan

SHOWN = 20
BATCH = 500
# Renewals are made month by month; a day further away than this is a slip of the keyboard.
FARTHEST_YEARS = 10


@dataclass(frozen=True)
class Line:
    """What happens to one service; ``version`` is the one that was looked at."""

    service_id: int
    version: int
    before: Any
    after: Any


@dataclass(frozen=True)
class ShownLine:
    """A line with the names that a reader needs."""

    line: Line
    service: Service


@dataclass(frozen=True)
class Readjustment:
    """What new values would do.

    Attributes:
        following: services without a value of their own, which cost what the plan costs.
        lines: services whose own value changes; ``kept`` others keep theirs.
        sum_before, sum_after: what all services of the plan that have not ended cost together, per month.
        checksum: of all of it; hand it back to apply exactly this.
    """

    plan_before: Decimal
    plan_after: Decimal
    following: int
    lines: tuple[Line, ...]
    kept: int
    sum_before: Decimal
    sum_after: Decimal
    checksum: str

    @property
    def changes(self) -> bool:
        return self.plan_before != self.plan_after or bool(self.lines)


@dataclass(frozen=True)
class Renewal:
    """What a renewal would do.

    Attributes:
        lines: services whose contract ends on or before the chosen day, earliest first.
        without_term: services without an end, left alone; ``later``: those that end after the day.
        still_over: contracts that will have ended all the same, because they ended long ago.
    """

    months: int
    until: date
    lines: tuple[Line, ...]
    without_term: int
    later: int
    still_over: int
    checksum: str


def default_until() -> date:
    """Return the last day of this month, in the provider's zone."""
    return month_end(current_hub().today())


def preview_readjustment(plan_id: int, rate: Rate, *, also_own: bool) -> Readjustment:
    """Return what new values would do; changes nothing.

    Args:
        also_own: services with a value of their own change in the same proportion.

    Raises:
        NotFound: no such plan.
        Invalid: show the problems beside ``percent`` or ``amount``.
    """
    plan = get_plan(plan_id)
    flaws = rate_flaws(rate, plan.value, also_own=also_own)
    refuse_if([Problem(flaw.field, flaw.code, flaw.params) for flaw in flaws])
    own = _own_values(plan)
    following = _count(plan, Service.value.is_(None))
    after = new_value(rate, plan.value)
    lines = _own_lines(rate, plan.value, own) if also_own else ()
    field = "percent" if rate.amount is None else "amount"
    refuse_if([Problem(field, "readjust_too_large")] if any(line.after > MOST_VALUE for line in lines) else [])
    own_sum = sum((value for _id, _version, value in own), Decimal(0))
    more = sum((line.after - line.before for line in lines), Decimal(0))
    sums = (own_sum + plan.value * following, own_sum + more + after * following)
    facts = [plan.id, plan.version, plan.value, after, following, len(own), *sums]
    return Readjustment(plan.value, after, following, lines, len(own) - len(lines), *sums, _checksum(facts, lines))


def readjust(plan_id: int, rate: Rate, *, also_own: bool, checksum: str, reason: str = "") -> Readjustment:
    """Apply exactly the preview that was shown, and commit.

    Raises:
        NotFound: no such plan.
        Invalid: show the problems; nothing was changed.
        Conflict: ``preview_changed``; show a new preview and ask again.
    """
    plan = get_plan(plan_id)
    seen = preview_readjustment(plan_id, rate, also_own=also_own)
    _same(seen.checksum, checksum)
    refuse_if([] if seen.changes else [Problem("percent", "readjust_nothing")])
    with _applying():
        plan.value = seen.plan_after
        _write(seen.lines, "value", "service.readjust", reason)
        after = {"value": plain(seen.plan_after), "services": len(seen.lines)}
        before = {"value": plain(seen.plan_before)}
        audit.record("plan.readjust", "plan", plan.id, plan.description, before=before, after=after, reason=reason)
    return seen


def preview_renewal(plan_id: int, months: int, until: date) -> Renewal:
    """Return which contracts would be renewed, and until when; changes nothing.

    Args:
        months: 1 to 120.

    Raises:
        NotFound: no such plan.
        Invalid: show the problem beside ``until``.
    """
    plan = get_plan(plan_id)
    latest = add_months(current_hub().today(), FARTHEST_YEARS * 12)
    refuse_if([Problem("until", "renew_too_far", {"years": FARTHEST_YEARS})] if until > latest else [])
    lines = tuple(Line(id_, version, end, add_months(end, months)) for id_, version, end in _ending(plan, until))
    without_term = _count(plan, Service.contract_ends_on.is_(None))
    later = _count(plan, Service.contract_ends_on > until)
    still_over = sum(line.after < current_hub().today() for line in lines)
    facts = [plan.id, plan.version, months, until, without_term, later]
    return Renewal(months, until, lines, without_term, later, still_over, _checksum(facts, lines))


def renew(plan_id: int, months: int, until: date, *, checksum: str, reason: str = "") -> Renewal:
    """Apply exactly the preview that was shown, and commit.

    Raises:
        NotFound: no such plan.
        Invalid: show the problems; nothing was changed.
        Conflict: ``preview_changed``; show a new preview and ask again.
    """
    plan = get_plan(plan_id)
    seen = preview_renewal(plan_id, months, until)
    _same(seen.checksum, checksum)
    refuse_if([] if seen.lines else [Problem("until", "renew_nothing")])
    with _applying():
        _write(seen.lines, "contract_ends_on", "service.renew", reason)
        after = {"months": months, "until": plain(until), "services": len(seen.lines)}
        audit.record("plan.renew", "plan", plan.id, plan.description, after=after, reason=reason)
    return seen


def first_lines(lines: Sequence[Line]) -> list[ShownLine]:
    """Return the first lines with their services and customers, for a page."""
    shown = lines[:SHOWN]
    wanted = select(Service).options(joinedload(Service.customer)).where(Service.id.in_([x.service_id for x in shown]))
    services = {service.id: service for service in db.session.scalars(wanted)}
    return [ShownLine(line, services[line.service_id]) for line in shown]


def _own_values(plan: Plan) -> list[tuple[int, int, Decimal]]:
    wanted = select(Service.id, Service.version, Service.value).where(*_living(plan), Service.value.is_not(None))
    rows = db.session.execute(wanted.order_by(Service.id))
    return [(id_, version, value) for id_, version, value in rows if value is not None]


def _own_lines(rate: Rate, plan_value: Decimal, own: Sequence[tuple[int, int, Decimal]]) -> tuple[Line, ...]:
    lines = [Line(id_, version, value, new_own_value(rate, plan_value, value)) for id_, version, value in own]
    return tuple(line for line in lines if line.before != line.after)


def _ending(plan: Plan, until: date) -> list[tuple[int, int, date]]:
    columns = select(Service.id, Service.version, Service.contract_ends_on)
    wanted = columns.where(*_living(plan), Service.contract_ends_on <= until)
    rows = db.session.execute(wanted.order_by(Service.contract_ends_on, Service.id))
    return [(id_, version, end) for id_, version, end in rows if end is not None]


def _living(plan: Plan) -> tuple[Any, Any]:
    return Service.plan_id == plan.id, Service.status.not_in(ENDED)


def _count(plan: Plan, condition: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(Service).where(*_living(plan), condition)) or 0


def _checksum(facts: list[Any], lines: Sequence[Line]) -> str:
    rows = [[line.service_id, line.version, line.before, line.after] for line in lines]
    return hashlib.sha256(json.dumps([facts, rows], default=str).encode()).hexdigest()


def _same(now: str, shown: str) -> None:
    if now != shown:
        raise Conflict("preview_changed")


@contextmanager
def _applying() -> Iterator[None]:
    """Commit at the end; who was faster turns all of it into a new preview."""
    try:
        yield
        commit()
    except (Conflict, StaleDataError) as error:
        db.session.rollback()
        raise Conflict("preview_changed") from error


def _write(lines: Sequence[Line], field: str, action: str, reason: str) -> None:
    for start in range(0, len(lines), BATCH):
        batch = lines[start : start + BATCH]
        found = db.session.scalars(select(Service).where(Service.id.in_([line.service_id for line in batch])))
        services = {service.id: service for service in found}
        for line in batch:
            service = services.get(line.service_id)
            if service is None or service.version != line.version:
                raise Conflict("preview_changed")
            setattr(service, field, line.after)
            before, after = {field: plain(line.before)}, {field: plain(line.after)}
            audit.record(action, "service", service.id, service.code, before=before, after=after, reason=reason)
