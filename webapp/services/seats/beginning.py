"""The first fold of an installation that was there before the ledger: a seat for each right that it holds already."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, insert, select, update

from webapp.decide.state import ABSENT, ACCOUNT_UNIT, ACTIVE, LIVE, PENDING_USER, SUSPENDED, load_units
from webapp.extensions import db
from webapp.models import Account, Entitlement, Product, Seat, SeatChange, Setting
from webapp.services.transactions import begin

BEGUN_AT, REACHED = "seats.begun_at", "seats.reached"
BATCH = 500
_RIGHT, _SEAT = Entitlement.__table__, Seat.__table__
# Whatever is in doubt may be there, and is billed if it is.
_STATES = {ACTIVE: "active", PENDING_USER: "pending", SUSPENDED: "suspended"}


def begun_at() -> datetime | None:
    """Return since when the ledger is complete; None = it has not begun."""
    value = db.session.scalar(select(Setting.value).where(Setting.name == BEGUN_AT))
    return datetime.fromisoformat(value) if value is not None else None


def open_all(now: datetime) -> None:
    """Open a seat for each right that is held and has none, once in the life of an installation; commit in batches."""
    while open_batch(now):
        db.session.expire_all()


def open_batch(now: datetime) -> bool:
    """Go through the next rights, and commit; False when there are none left."""
    begin(reads_only=False)
    reached = _reached(now)
    rows = db.session.execute(_next(reached)).all() if reached is not None else []
    stale = [row.id for row in rows if _is_stale(row)]
    seats = [_seat(row, now) for row in rows if row.id not in set(stale) and not row.known]
    if stale:
        db.session.execute(update(_RIGHT).where(_RIGHT.c.id.in_(stale)).values(applied=ABSENT))
    if seats:
        db.session.execute(insert(_SEAT), seats)
    if rows:
        db.session.execute(update(Setting).where(Setting.name == REACHED).values(value=str(rows[-1].id)))
    elif reached is not None:
        db.session.execute(delete(Setting).where(Setting.name == REACHED))
    db.session.commit()
    return bool(rows)


def _reached(now: datetime) -> int | None:
    """Return up to which right it came; None = all are done. The first time it is noted that it began."""
    wanted = select(Setting.name, Setting.value).where(Setting.name.in_((BEGUN_AT, REACHED))).with_for_update()
    kept = {row.name: row.value for row in db.session.execute(wanted)}
    if BEGUN_AT in kept:
        return int(kept[REACHED]) if REACHED in kept else None
    db.session.add_all([Setting(name=BEGUN_AT, value=now.isoformat()), Setting(name=REACHED, value="0")])
    db.session.flush()
    return 0


def _next(reached: int) -> Any:
    right = (Seat.account_id == Entitlement.account_id, Seat.service_package_id == Entitlement.service_package_id,
             Seat.product_id == Entitlement.product_id, Seat.ended_at.is_(None))  # fmt: skip
    # What was noted and not folded yet tells better since when.
    known = exists().where(*right) | exists().where(SeatChange.account_id == Entitlement.account_id)
    return (
        select(
            Entitlement.id, Entitlement.account_id, Entitlement.service_package_id, Entitlement.product_id,
            Entitlement.desired, Entitlement.applied, Account.integration_id, Account.units, Account.applied_at,
            (Account.generation == Account.applied_generation).label("settled"), Product.code, known.label("known"),
        )
        .join(Account, Account.id == Entitlement.account_id)
        .join(Product, Product.id == Entitlement.product_id)
        .where(Entitlement.id > reached, Entitlement.applied.in_(LIVE))
        .order_by(Entitlement.id)
        .limit(BATCH)
    )  # fmt: skip


def _is_stale(row: Any) -> bool:
    """Tell whether a right is written down as held and is not: earlier versions left such rows."""
    units = load_units(row.units)
    unit = units.get(ACCOUNT_UNIT) or units.get(f"{row.service_package_id}:{row.code}")
    if unit is None or row.desired != ABSENT:
        return False
    return not unit.live or (ACCOUNT_UNIT in units and row.settled)


def _seat(row: Any, now: datetime) -> dict[str, Any]:
    return {
        "integration_id": row.integration_id, "account_id": row.account_id,
        "service_package_id": row.service_package_id, "product_id": row.product_id,
        "state": _STATES.get(row.applied, "active"), "began_at": min(row.applied_at or now, now), "began_by": "before",
    }  # fmt: skip
