"""New values take effect on their day: first that of the package or plan, then what is sold, in small transactions.

Which rows are done stands beside the change and is committed with them, so a kill in the middle changes nothing twice.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.orm import contains_eager, joinedload

from webapp.clock import utc_now
from webapp.decide.policy import ENDED
from webapp.decide.price_changes import price_flaws, scaled_parts, sold_value
from webapp.decide.readjust import Rate, new_value
from webapp.extensions import db
from webapp.models import Event, Package, Plan, PriceChange, Service, ServicePackage
from webapp.models.agenda import APPLIED, DROPPED, PLANNED
from webapp.services import audit
from webapp.services.changes import commit, plain
from webapp.services.price_changes.planning import note, owner_of
from webapp.services.price_changes.previews import PACKAGE, sold_values
from webapp.services.transactions import begin

BATCH = 500
Sold = ServicePackage | Service
log = structlog.get_logger()


def apply_due(today: date) -> None:
    """Apply the changes whose day has come, each to its end; one that fails does not hold the others."""
    due = select(PriceChange.id).where(PriceChange.status == PLANNED, PriceChange.from_on <= today)
    for change_id in list(db.session.scalars(due.order_by(PriceChange.from_on, PriceChange.id))):
        try:
            apply_change(change_id, today)
        except Exception:
            # A border: the next change must have its turn.
            log.exception("price_change.failed", price_change_id=change_id)
            db.session.rollback()


def apply_change(change_id: int, today: date, batch: int = BATCH) -> None:
    """Apply one change from where it stands, a batch in each transaction."""
    while _step(change_id, today, batch):
        pass


def rate_of(change: PriceChange) -> Rate:
    """Return by how much a change goes."""
    return Rate(change.percent, change.amount)


def value_before(change: PriceChange) -> Decimal:
    """Return what the package or plan cost before."""
    return Decimal(change.before["value"])


def _step(change_id: int, today: date, batch: int) -> bool:
    """Do one part and commit; tell whether there is more."""
    begin(reads_only=False)
    change = db.session.get(PriceChange, change_id, with_for_update=True)
    if change is None or change.status != PLANNED or change.from_on > today:
        return False
    if "cursor" not in change.counts:
        _begin(change)
    else:
        _go_on(change, batch)
    commit()
    return change.status == PLANNED


def _begin(change: PriceChange) -> None:
    owner, rate = owner_of(change), rate_of(change)
    groups = sold_values(change.kind, [owner.id])[owner.id]
    if price_flaws(rate, owner.value, groups, also_sold=change.also_sold):
        # Somebody gave it another value since, from which this cannot be worked out.
        change.status, change.counts = DROPPED, {"refused": 1}
        note("refuse", change)
        return
    meanwhile = {"meanwhile": 1} if owner.value != value_before(change) else {}
    change.before = {"value": plain(owner.value), **_parts_before(owner)}
    change.counts = {"changed": 0, "left": 0, "cursor": 0, "upto": _last_id(change), **meanwhile}
    before = {"value": plain(owner.value)}
    owner.value = new_value(rate, owner.value)
    _scale(owner)
    after = {"value": plain(owner.value)}
    audit.record(f"{change.kind}.readjust", change.kind, owner.id, owner.description,
                 before=before, after=after, reason=change.reason)  # fmt: skip


def _go_on(change: PriceChange, batch: int) -> None:
    rows = _next_rows(change, batch)
    lines = [(row, row.value, new) for row in rows if (new := _wanted(change, row)) != row.value]
    for row, _old, new in lines:
        row.value = new
    _note_lines(change, lines)
    change.before = {**change.before, **{str(row.id): plain(old) for row, old, _new in lines}}
    counts = {**change.counts, "changed": change.counts["changed"] + len(lines)}
    counts["left"] += len(rows) - len(lines)
    counts["cursor"] = rows[-1].id if rows else counts["cursor"]
    change.counts = counts
    if len(rows) < batch:
        change.status, change.applied_at = APPLIED, utc_now()
        note("apply", change)


def _next_rows(change: PriceChange, batch: int) -> Sequence[Sold]:
    """Return what was sold before the change began and was not looked at yet."""
    counts = change.counts
    if change.kind == PACKAGE:
        if not change.also_sold:
            return []
        sold = (
            select(ServicePackage).join(Service, Service.id == ServicePackage.service_id)
            .options(joinedload(ServicePackage.package), contains_eager(ServicePackage.service))
            .where(ServicePackage.package_id == change.package_id, ServicePackage.removed_at.is_(None))
            .where(ServicePackage.id > counts["cursor"], ServicePackage.id <= counts["upto"])
            .where(Service.status.not_in(ENDED)).order_by(ServicePackage.id).limit(batch)
        )  # fmt: skip
        return db.session.scalars(sold).all()
    own = Service.value.is_not(None) if change.also_sold else Service.value.is_(None)
    services = select(Service).where(Service.plan_id == change.plan_id, Service.status.not_in(ENDED), own)
    after = services.where(Service.id > counts["cursor"], Service.id <= counts["upto"])
    return db.session.scalars(after.order_by(Service.id).limit(batch)).all()


def _wanted(change: PriceChange, row: Sold) -> Decimal:
    """Return what a row shall cost; a service that followed its plan and shall not, gets the old value as its own."""
    before = value_before(change)
    return before if row.value is None else sold_value(rate_of(change), before, row.value)


def _note_lines(change: PriceChange, lines: Sequence[tuple[Sold, Decimal | None, Decimal]]) -> None:
    events = [_event(change, row, old, new) for row, old, new in lines]
    if events:
        db.session.execute(insert(Event), events)


def _event(change: PriceChange, row: Sold, old: Decimal | None, new: Decimal) -> dict[str, Any]:
    what, label = ("service", row.code) if isinstance(row, Service) else ("service_package", row.package.description)
    action = "service.readjust" if isinstance(row, Service) else "sale.readjust"
    before, after = {"value": plain(old)}, {"value": plain(new)}
    return audit.entry(action, what, row.id, label, before=before, after=after, reason=change.reason)


def _last_id(change: PriceChange) -> int:
    """Return the id after which sales are new: they cost the new value from the start."""
    model = ServicePackage if change.kind == PACKAGE else Service
    return db.session.scalar(select(func.max(model.id))) or 0


def _parts_before(owner: Package | Plan) -> dict[str, Any]:
    if not isinstance(owner, Package) or not owner.composition:
        return {}
    return {"composition": {str(part.id): plain(part.value) for part in owner.composition}}


def _scale(owner: Package | Plan) -> None:
    """Keep what a package is made of adding up to its value."""
    if isinstance(owner, Package):
        values = scaled_parts([part.value for part in owner.composition], owner.value)
        for part, value in zip(owner.composition, values, strict=True):
            part.value = value
