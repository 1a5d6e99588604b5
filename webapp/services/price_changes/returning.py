"""New values are taken back: what still has the value that it was given gets its former one."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from webapp.decide.price_changes import sold_value
from webapp.decide.readjust import new_value
from webapp.extensions import db
from webapp.models import Package, Plan, PriceChange, Service, ServicePackage
from webapp.models.agenda import APPLIED, DROPPED
from webapp.services.changes import commit
from webapp.services.errors import Conflict
from webapp.services.price_changes.applying import BATCH, Sold, rate_of, value_before
from webapp.services.price_changes.planning import get_change, note, owner_of
from webapp.services.price_changes.previews import PACKAGE
from webapp.services.transactions import begin


def take_back(change_id: int, reason: str = "") -> PriceChange:
    """Take an applied change back, and commit; what somebody changed since then is left alone and counted.

    Raises:
        NotFound: no such change.
        Conflict: ``price_change_not_applied``; there is nothing to take back, or it was taken back already.
    """
    begin(reads_only=False)
    change = get_change(change_id)
    if change.status != APPLIED:
        raise Conflict("price_change_not_applied")
    kept = {key: value for key, value in change.before.items() if key.isdecimal()}
    returned = sum(_return_row(change, row, kept[str(row.id)]) for row in _rows(change, list(kept)))
    owner_kept = not _return_owner(change)
    change.status = DROPPED
    change.counts = {**change.counts, "returned": returned, "kept": len(kept) - returned, "owner_kept": int(owner_kept)}
    note("take_back", change, reason)
    commit()
    return change


def _rows(change: PriceChange, keys: list[str]) -> Iterator[Sold]:
    model: Any = ServicePackage if change.kind == PACKAGE else Service
    for start in range(0, len(keys), BATCH):
        ids = [int(key) for key in keys[start : start + BATCH]]
        yield from db.session.scalars(select(model).where(model.id.in_(ids)))


def _return_row(change: PriceChange, row: Sold, former: str | None) -> bool:
    before = value_before(change)
    given = before if former is None else sold_value(rate_of(change), before, Decimal(former))
    if row.value != given:
        return False
    # A service that followed its plan follows it again.
    setattr(row, "value", None if former is None else Decimal(former))  # noqa: B010 - of two kinds of rows
    return True


def _return_owner(change: PriceChange) -> bool:
    owner, before = owner_of(change), value_before(change)
    if owner.value != new_value(rate_of(change), before):
        return False
    owner.value = before
    _return_parts(owner, change.before.get("composition", {}))
    return True


def _return_parts(owner: Package | Plan, former: dict[str, str]) -> None:
    parts = owner.composition if isinstance(owner, Package) else []
    # Another composition since then is scaled with the value by whoever edits it; here it must add up.
    if {str(part.id) for part in parts} == set(former):
        for part in parts:
            part.value = Decimal(former[str(part.id)])
