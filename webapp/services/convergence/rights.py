"""Keeps the rows of rights in step with what is desired and applied, and notes each change for the ledger of seats."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from webapp.decide.desired import Desired, DesiredUnit
from webapp.decide.held import Pair, Standing, believed, standing
from webapp.decide.policy import Content
from webapp.decide.state import ABSENT, ACTIVE, LIVE, NONE, PENDING_USER, SUSPENDED, UnitState
from webapp.models import Entitlement, Product, SeatChange
from webapp.services.convergence.work import Claim

_RIGHT, _PRODUCT, _SEAT_CHANGE = Entitlement.__table__, Product.__table__, SeatChange.__table__
# Made once: to put a statement together takes longer than to run it.
_RIGHTS = (
    select(
        _RIGHT.c.id, _RIGHT.c.account_id, _RIGHT.c.service_package_id, _RIGHT.c.product_id, _RIGHT.c.desired,
        _RIGHT.c.applied, _PRODUCT.c.code,
    )
    .join(_PRODUCT, _PRODUCT.c.id == _RIGHT.c.product_id)
    .where(_RIGHT.c.account_id.in_(bindparam("b_accounts", expanding=True)))
)  # fmt: skip
_CHANGE = (
    update(_RIGHT)
    .where(_RIGHT.c.id == bindparam("b_id"))
    .values(desired=bindparam("v_desired"), applied=bindparam("v_applied"), updated_at=bindparam("v_at"))
)
_APPLY = (
    update(_RIGHT)
    .where(
        _RIGHT.c.account_id == bindparam("b_account"),
        _RIGHT.c.service_package_id == bindparam("b_sale"),
        _RIGHT.c.product_id == bindparam("b_product"),
    )
    .values(applied=bindparam("v_applied"))
)
_NOTE = insert(_SEAT_CHANGE)
# What the ledger is told. That something is not known says nothing of who holds it.
_TOLD = frozenset({ACTIVE, PENDING_USER, SUSPENDED, ABSENT})


@dataclass(frozen=True)
class Accepted:
    """What a platform accepted: these (sale id, product id) pairs of an account are in this state now."""

    account_id: int
    pairs: tuple[Pair, ...]
    state: str
    attempt_id: int | None = None


def sync(
    db_connection: Connection, claims: Mapping[int, Claim], wanted: Mapping[int, Desired], now: datetime, *,
    updates: bool = True,
) -> dict[int, Standing]:  # fmt: skip
    """Insert new rights, change those that differ, mark as absent those that ended.

    Args:
        updates: the platform can be told of other products of an account; else they hold as soon as they are sold.

    Returns:
        By account id, what of its rights stands on the platform.
    """
    # Of whom nobody could tell what is desired, everything stays as it is.
    rows: dict[int, dict[Pair, Any]] = {account_id: {} for account_id in wanted}
    for row in db_connection.execute(_RIGHTS, {"b_accounts": list(wanted)}):
        rows[row.account_id][row.service_package_id, row.product_id] = row
    fresh, changed, notes, stands = [], [], [], {}
    for account_id, have in rows.items():
        desired, units = wanted[account_id], claims[account_id].units
        want = _desired(desired, units)
        holds = stands[account_id] = _standing(desired, units, have, updates=updates)
        fresh += [_row((account_id, *pair), want[pair], holds.applied[pair], now) for pair in want if pair not in have]
        changed += _changes(have, want, holds, now)
        notes += _notes(account_id, have, holds, now)
    for statement, values in ((insert(_RIGHT), fresh), (_CHANGE, changed), (_NOTE, notes)):
        if values:
            db_connection.execute(statement, values)
    return stands


def applied(db_connection: Connection, accepted: Iterable[Accepted], now: datetime) -> None:
    """Record what platforms accepted, in the rows of the rights and for the ledger."""
    pairs = [(one, pair) for one in accepted for pair in one.pairs]
    if not pairs:
        return
    db_connection.execute(_APPLY, [
        {"b_account": one.account_id, "b_sale": pair[0], "b_product": pair[1], "v_applied": one.state}
        for one, pair in pairs
    ])  # fmt: skip
    notes = [_note(one.account_id, pair, one.state, now, one.attempt_id) for one, pair in pairs if one.state in _TOLD]
    if notes:
        db_connection.execute(_NOTE, notes)


def end_all(db_connection: Connection, account_ids: Collection[int], now: datetime) -> None:
    """Let whatever accounts still hold end here, without a call; again it changes nothing."""
    found = db_connection.execute(_RIGHTS, {"b_accounts": list(account_ids)})
    live = [row for row in found if row.applied in LIVE]
    applied(db_connection, [
        Accepted(row.account_id, ((row.service_package_id, row.product_id),), ABSENT) for row in live
    ], now)  # fmt: skip


def _standing(desired: Desired, units: Mapping[str, UnitState], have: Mapping[Pair, Any], *, updates: bool) -> Standing:
    rows = {pair: (row.applied, row.code) for pair, row in have.items()}
    return standing(desired, units, rows, updates=updates)


def _desired(desired: Desired, units: Mapping[str, UnitState]) -> dict[Pair, str]:
    """Return by pair what is desired of it."""
    return {pair: _as_desired(unit, believed(unit, units)) for unit in desired.units for pair in unit.rights}


def _as_desired(unit: DesiredUnit, have: UnitState) -> str:
    if unit.content is not Content.KEEP:
        return str(unit.content)
    return {ACTIVE: ACTIVE, PENDING_USER: ACTIVE, SUSPENDED: SUSPENDED}.get(have.state, ABSENT)


def _changes(
    have: Mapping[Pair, Any], want: Mapping[Pair, str], holds: Standing, now: datetime
) -> list[dict[str, Any]]:
    changed = []
    for pair, row in have.items():
        after = want.get(pair, ABSENT), holds.applied[pair]
        if (row.desired, row.applied) != after:
            changed.append({"b_id": row.id, "v_desired": after[0], "v_applied": after[1], "v_at": now})
    return changed


def _notes(account_id: int, have: Mapping[Pair, Any], holds: Standing, now: datetime) -> list[dict[str, Any]]:
    """Return for the ledger what was found to be other than it was believed; no call of ours did it just now."""
    notes = []
    for pair, state in holds.applied.items():
        before = have[pair].applied if pair in have else NONE
        ends = before in LIVE and state not in LIVE
        if ends or (state != before and state in _TOLD - {ABSENT}):
            notes.append(_note(account_id, pair, ABSENT if ends else state, now, None))
    return notes


def _note(account_id: int, pair: Pair, state: str, at: datetime, attempt_id: int | None) -> dict[str, Any]:
    return {
        "account_id": account_id, "service_package_id": pair[0], "product_id": pair[1], "state": state, "at": at,
        "attempt_id": attempt_id,
    }  # fmt: skip


def _row(key: tuple[int, int, int], desired: str, applied_state: str, now: datetime) -> dict[str, Any]:
    account_id, sale_id, product_id = key
    return {
        "account_id": account_id, "service_package_id": sale_id, "product_id": product_id, "desired": desired,
        "applied": applied_state, "created_at": now, "updated_at": now,
    }  # fmt: skip
