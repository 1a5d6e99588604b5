"""Account rows as convergence writes them: one shape per way an account can stand."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, literal_column, update

from webapp.decide.desired import Desired
from webapp.decide.outcome import account_status
from webapp.decide.state import dump_units
from webapp.models import Account
from webapp.services.convergence.work import Claim, Row

_ACCOUNT = Account.__table__
# The columns of a row, each with what is constant about it.
Shape = tuple[tuple[str, str], ...]
CLEAR: Row = {"error_kind": None, "error_code": None, "error_params": {}, "error_field": None, "error_at": None}
# What an account waits for that must not lose anything now.
QUIET_KIND, QUIET_CODE = "calendar", "no_suspend_now"
UNLEASED: Row = {"lease_owner": None, "lease_until": None}


def base(claim: Claim, desired: Desired) -> Row:
    """Return the row of an account whose call is about to be made: the lease stays."""
    return {
        "b_id": claim.account_id, "login": desired.login, "login_key": desired.login.lower(),
        "desired": str(desired.content), "recheck_on": desired.recheck_on, "units": dump_units(claim.units),
    }  # fmt: skip


def freed(claim: Claim, desired: Desired, *, due_at: datetime | None) -> Row:
    """Return the row of an account that goes back without a call."""
    return {**base(claim, desired), "due_at": due_at, **UNLEASED}


def unleased(claim: Claim, *, due_at: datetime | None = None) -> Row:
    """Return the row of an account that was claimed and not even looked at: it stays due, or is due later."""
    row: Row = {"b_id": claim.account_id, **UNLEASED}
    return {**row, "due_at": due_at} if due_at is not None else row


def settled(claim: Claim, desired: Desired, now: datetime) -> Row:
    """Return the row of an account that is as desired."""
    status = account_status(claim.units, str(desired.content), settled=True)
    # What was not looked up yet may still stand there: whoever makes it later looks first.
    unseen = claim.verify_first and not all(unit.live for unit in claim.units.values())
    return {
        **freed(claim, desired, due_at=None), "status": status, "applied_generation": claim.generation,
        "applied_at": now, "verify_first": unseen, "tries": 0, **CLEAR,
    }  # fmt: skip


def parked(claim: Claim, desired: Desired, now: datetime) -> Row:
    """Return the row of an account that may or may not exist: a person decides."""
    doubt = error("unknown", "doubtful_create", {}, None, now)
    return {**freed(claim, desired, due_at=None), "status": "parked", **doubt}


def blocked(claim: Claim, why: tuple[str, dict[str, Any], str], now: datetime, desired: Desired | None = None) -> Row:
    """Return the row of an account whose data must be mended first."""
    code, params, field = why
    row = freed(claim, desired, due_at=None) if desired else {
        "b_id": claim.account_id, "due_at": None, **UNLEASED
    }  # fmt: skip
    return {**row, "status": "blocked", **error("rejected", code, params, field or None, now)}


def quiet(claim: Claim, desired: Desired, until: datetime, now: datetime) -> Row:
    """Return the row of an account that loses something only when the calendar opens: no failure, only a wait."""
    told = error(QUIET_KIND, QUIET_CODE, {"until": until.isoformat()}, None, now)
    return {**freed(claim, desired, due_at=until), "status": "pending", "tries": 0, **told}


def error(kind: str, code: str, params: dict[str, Any], field: str | None, now: datetime) -> Row:
    """Return the columns that tell an operator what is wrong."""
    return {
        "error_kind": kind, "error_code": code, "error_params": params, "error_field": field, "error_at": now
    }  # fmt: skip


def write(db_connection: Connection, rows: Iterable[Row]) -> None:
    """Update accounts by ``b_id``; rows of one shape go in one statement."""
    shapes: dict[Shape, list[Row]] = {}
    for row in rows:
        shape = tuple([(name, _emptiness(value)) for name, value in row.items()])
        shapes.setdefault(shape, []).append(row)
    for shape, group in shapes.items():
        db_connection.execute(_statement(shape), [_named(row) for row in group])


def _emptiness(value: Any) -> str:
    """Return what a value is that is the same wherever it stands, so that it needs no parameter in each row."""
    return "null" if value is None else "'{}'" if value == {} else ""


@lru_cache(maxsize=256)
def _statement(shape: Shape) -> Update:
    values = {
        name: literal_column(empty) if empty else bindparam(f"v_{name}", type_=_ACCOUNT.c[name].type)
        for name, empty in shape if name != "b_id"
    }  # fmt: skip
    return update(_ACCOUNT).where(_ACCOUNT.c.id == bindparam("b_id")).values(values)


def _named(row: Row) -> Row:
    return {name if name == "b_id" else f"v_{name}": value for name, value in row.items() if not _emptiness(value)}
