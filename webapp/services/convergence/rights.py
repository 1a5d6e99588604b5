"""Keeps the rows of rights in step with what is desired and applied, for pages and reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from webapp.decide.desired import Desired
from webapp.decide.policy import Content
from webapp.decide.state import UnitState
from webapp.models import Entitlement
from webapp.services.convergence.work import Claim

_RIGHT = Entitlement.__table__
# Made once: to put a statement together takes longer than to run it.
_RIGHTS = select(
    _RIGHT.c.id, _RIGHT.c.account_id, _RIGHT.c.service_package_id, _RIGHT.c.product_id, _RIGHT.c.desired,
    _RIGHT.c.applied,
).where(_RIGHT.c.account_id.in_(bindparam("b_accounts", expanding=True)))  # fmt: skip
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


def sync(db_connection: Connection, claims: dict[int, Claim], wanted: dict[int, Desired], now: datetime) -> None:
    """Insert new rights, change those that differ, mark as absent those that ended."""
    there = db_connection.execute(_RIGHTS, {"b_accounts": list(claims)})
    have = {(row.account_id, row.service_package_id, row.product_id): row for row in there}
    want = _wanted(claims, wanted)
    fresh = [_row(key, *states, now) for key, states in want.items() if key not in have]
    changed = []
    for key, row in have.items():
        desired, applied = want.get(key, ("absent", row.applied))
        if (row.desired, row.applied) != (desired, applied):
            changed.append({"b_id": row.id, "v_desired": desired, "v_applied": applied, "v_at": now})
    if fresh:
        db_connection.execute(insert(_RIGHT), fresh)
    if changed:
        db_connection.execute(_CHANGE, changed)


def applied(db_connection: Connection, changes: list[tuple[int, tuple[tuple[int, int], ...], str]]) -> None:
    """Record what a platform accepted.

    Args:
        changes: account id, its (sale id, product id) pairs, and their state now.
    """
    rows = [
        {"b_account": account_id, "b_sale": sale_id, "b_product": product_id, "v_applied": state}
        for account_id, pairs, state in changes
        for sale_id, product_id in pairs
    ]
    if not rows:
        return
    db_connection.execute(_APPLY, rows)


def _wanted(claims: dict[int, Claim], wanted: dict[int, Desired]) -> dict[tuple[int, int, int], tuple[str, str]]:
    rights: dict[tuple[int, int, int], tuple[str, str]] = {}
    for account_id, desired in wanted.items():
        for unit in desired.units:
            have = claims[account_id].units.get(unit.key, UnitState())
            state = _as_desired(unit.content, have)
            for sale_id, product_id in unit.rights:
                rights[account_id, sale_id, product_id] = (state, have.state)
    return rights


def _as_desired(content: Content, have: UnitState) -> str:
    if content is not Content.KEEP:
        return str(content)
    return {"active": "active", "pending_user": "active", "suspended": "suspended"}.get(have.state, "absent")


def _row(key: tuple[int, int, int], desired: str, applied_state: str, now: datetime) -> dict[str, Any]:
    account_id, sale_id, product_id = key
    return {
        "account_id": account_id, "service_package_id": sale_id, "product_id": product_id, "desired": desired,
        "applied": applied_state, "created_at": now, "updated_at": now,
    }  # fmt: skip
