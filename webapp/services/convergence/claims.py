"""Takes due accounts under a lease: conditional, fenced, the most urgent first."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, and_, bindparam, exists, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.decide.state import load_units
from webapp.models import Account, Integration
from webapp.services.accounts import PAID_NOW
from webapp.services.convergence.work import Claim

LEASE_MARGIN_S = 15.0
# No lease lasts so long; one that would was written while the clock was wrong, and must not hold its account for years.
IMPOSSIBLE_LEASE = timedelta(days=2)

_ACCOUNT, _INTEGRATION = Account.__table__, Integration.__table__
_COLUMNS = [
    _ACCOUNT.c[name]
    for name in (
        "id", "service_id", "integration_id", "lease_token", "generation", "login", "login_frozen_at",
        "remote_ids", "units", "verify_first", "tries", "keep_content", "lease_until",
    )
]  # fmt: skip


def claim(
    db_connection: Connection, integration_id: int, count: int, owner: str, lease_s: float, now: datetime
) -> list[Claim]:
    """Take up to ``count`` due accounts of an integration; nobody else gets them while the lease lasts.

    Args:
        lease_s: longer than all calls of one job can take, so that no second worker sends the same while
            the first still waits; a margin comes on top.
    """
    lease = {"b_owner": owner, "b_until": now + timedelta(seconds=lease_s + LEASE_MARGIN_S)}
    wanted = {"b_integration": integration_id, "b_count": count, **_at(now)}
    return [_read(row) for row in db_connection.execute(_CLAIM, {**lease, **wanted})]


def release_dead(db_connection: Connection, owners: set[str]) -> int:
    """Free the leases of processes that no longer live; returns how many.

    What they were sending is in doubt and is treated so: its intent is on record.
    """
    statement = update(_ACCOUNT).where(_ACCOUNT.c.lease_owner.in_(owners)).values(
        lease_owner=None, lease_until=None, updated_at=_ACCOUNT.c.updated_at
    )  # fmt: skip
    return db_connection.execute(statement).rowcount if owners else 0


def lease_owners(db_connection: Connection) -> set[str]:
    """Return who holds a lease now."""
    rows = db_connection.execute(select(_ACCOUNT.c.lease_owner).where(_ACCOUNT.c.lease_owner.is_not(None)).distinct())
    return {str(row.lease_owner) for row in rows}


def integrations_due(db_connection: Connection, now: datetime) -> set[int]:
    """Return the active integrations that have an account to look at."""
    return {lane.integration_id for lane in due_lanes(db_connection, now)}


def due_lanes(db_connection: Connection, now: datetime) -> list[Row[Any]]:
    """Return the same as rows: ``integration_id``, and whether somebody waits on the phone for it (``urgent``)."""
    return list(db_connection.execute(_DUE_LANES, _at(now)))


def _at(now: datetime) -> dict[str, datetime]:
    return {"b_now": now, "b_impossible": now + IMPOSSIBLE_LEASE}


def _due_and_free() -> ColumnElement[bool]:
    now, until = bindparam("b_now", type_=_ACCOUNT.c.due_at.type), _ACCOUNT.c.lease_until
    return and_(_ACCOUNT.c.due_at <= now, or_(until.is_(None), until < now, until > bindparam("b_impossible")))


def _claim() -> ReturningUpdate[Any]:
    due = (
        select(_ACCOUNT.c.id)
        .where(_ACCOUNT.c.integration_id == bindparam("b_integration"), _due_and_free())
        .order_by(_ACCOUNT.c.priority, _ACCOUNT.c.due_at, _ACCOUNT.c.id)
        .limit(bindparam("b_count", type_=Integer))
        .with_for_update(skip_locked=True)
        # By itself: as a part of the condition PostgreSQL may read it again for each row, and lock more than asked.
        .cte("due")
    )
    statement = update(_ACCOUNT).where(_ACCOUNT.c.id.in_(select(due.c.id))).values(
        lease_owner=bindparam("b_owner"), lease_until=bindparam("b_until"), lease_token=_ACCOUNT.c.lease_token + 1,
        updated_at=_ACCOUNT.c.updated_at,
    )  # fmt: skip
    return statement.returning(*_COLUMNS)


def _due_lanes() -> Select[Any]:
    mine = and_(_ACCOUNT.c.integration_id == _INTEGRATION.c.id, _due_and_free())
    urgent = exists().where(mine, _ACCOUNT.c.priority == PAID_NOW)
    # One account of each is enough: a hundred thousand of one integration cost no more than one.
    return select(_INTEGRATION.c.id.label("integration_id"), urgent.label("urgent")).where(
        _INTEGRATION.c.active, exists().where(mine)
    )


# Made once: to put such a statement together takes longer than to run it.
_CLAIM, _DUE_LANES = _claim(), _due_lanes()


def _read(row: Any) -> Claim:
    return Claim(
        account_id=row.id, service_id=row.service_id, integration_id=row.integration_id, token=row.lease_token,
        generation=row.generation, login=row.login, frozen=row.login_frozen_at is not None,
        remote_ids=dict(row.remote_ids), units=load_units(row.units), verify_first=row.verify_first, tries=row.tries,
        keep=row.keep_content, lease_until=row.lease_until,
    )  # fmt: skip
