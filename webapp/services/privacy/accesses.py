"""Who looked at whose data: noted after the answer has gone out, in a transaction of its own.

A look must never wait for the database, nor fail because of it: what cannot be written now is kept in memory, up to
a bound, and written with the next one. The same look within minutes is one row.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, bindparam, case, insert, select, update
from sqlalchemy.exc import DBAPIError

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Attempt, Customer, PersonalAccess, Service, ServicePackage

SAME_WITHIN = timedelta(minutes=10)
MOST_WAITING = 1_000
MANY = "many"
PATIENCE_MS = 250
# An address may name any number; no database asks about a larger one.
LARGEST_ID = 2**63 - 1
_ACCESS = PersonalAccess.__table__
# One statement tells a look again, so that a list that is asked for once more costs one of them.
_KNOWN = select(_ACCESS.c.id).where(
    _ACCESS.c.actor == bindparam("who"), _ACCESS.c.address == bindparam("place"),
    _ACCESS.c.last_at >= bindparam("since"),
)  # fmt: skip
_OF_ONE, _OF_MANY = _ACCESS.c.customer_id == bindparam("whom"), _ACCESS.c.customer_id.is_(None)
_AGAIN, _MANY_AGAIN = (
    update(_ACCESS)
    .where(_ACCESS.c.id == _KNOWN.where(_ACCESS.c.what == bindparam("page"), of)
           .order_by(_ACCESS.c.id.desc()).limit(1).scalar_subquery())
    .values(last_at=bindparam("now"), times=_ACCESS.c.times + 1,
            people=case((_ACCESS.c.people < bindparam("shown"), bindparam("shown")), else_=_ACCESS.c.people))
    for of in (_OF_ONE, _OF_MANY)
)  # fmt: skip
_waiting: list["Look"] = []
_lock = threading.Lock()
log = structlog.get_logger()


@dataclass(frozen=True)
class Look:
    """One look at personal data.

    Attributes:
        what: the page or operation.
        about: kind of object and its id: ``customer``, ``service``, ``service_package``, ``account``, ``attempt``;
            kind and code: ``customer_code``, ``service_code``; or ``many`` and 0.
        people: how many, where it is a list.
        repeated: it may be a page that refreshes itself: written only where nobody knows yet that this page, or
            another one about the same person, was looked at.
    """

    at: datetime
    actor: str
    what: str
    address: str
    about: tuple[str, Any]
    people: int = 1
    repeated: bool = False


def note(look: Look) -> None:
    """Write a look down, with those that could not be written before; commits by itself, never raises.

    Call it outside of any transaction: after the answer.
    """
    if look.repeated and _is_known(look):
        return
    with _lock:
        looks = [*_waiting, look]
        _waiting.clear()
    try:
        with db.engine.connect() as db_connection, _impatient(db_connection), db_connection.begin():
            for one in looks:
                _write(db_connection, one)
    except DBAPIError as error:
        # Expected while somebody else writes: one line says it, and the next look brings these along.
        log.warning("access.delayed", count=len(looks), reason=str(error.orig))
        with _lock:
            _waiting[:] = [*looks, *_waiting][-MOST_WAITING:]


def waiting() -> Sequence[Look]:
    """Return looks that could not be written yet."""
    with _lock:
        return list(_waiting)


def look_now(
    actor: str, what: str, address: str, about: tuple[str, Any], people: int = 1, *, repeated: bool = False
) -> Look:  # fmt: skip
    """Return a look at this moment."""
    return Look(utc_now(), actor[:254], what[:60], address[:45], about, people, repeated)


@contextmanager
def _impatient(db_connection: Connection) -> Iterator[None]:
    """Wait for SQLite's one writer only a moment: the thread has other pages to answer."""
    if db_connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = db_connection.connection.driver_connection
    usual = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    raw.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA busy_timeout = {usual}")


def _is_known(look: Look) -> bool:
    """Ask without the write lock: whoever refreshes itself asks every few seconds."""
    try:
        with db.engine.connect().execution_options(reads_only=True) as db_connection:
            customer_id = _customer_of(db_connection, *look.about)
            # Of one person, any page tells; of many, only the same.
            same = [_OF_MANY, _ACCESS.c.what == look.what] if customer_id is None else [_OF_ONE]
            known = _KNOWN.where(*same).limit(1)
            return db_connection.execute(known, _named(look, customer_id)).first() is not None
    except DBAPIError:
        return False


def _named(look: Look, customer_id: int | None) -> dict[str, Any]:
    """Return what tells a look from others, as the statements above name it."""
    return {"who": look.actor, "place": look.address, "whom": customer_id, "since": look.at - SAME_WITHIN}


def _write(db_connection: Connection, look: Look) -> None:
    customer_id = _customer_of(db_connection, *look.about)
    if customer_id is None and look.about[0] != MANY:
        # It is gone, or never was: nothing was seen.
        return
    told = {**_named(look, customer_id), "page": look.what, "now": look.at, "shown": look.people}
    if db_connection.execute(_AGAIN if customer_id is not None else _MANY_AGAIN, told).rowcount:
        return
    row = {"at": look.at, "last_at": look.at, "actor": look.actor, "what": look.what, "address": look.address,
           "customer_id": customer_id, "people": look.people, "times": 1}  # fmt: skip
    db_connection.execute(insert(_ACCESS).values(**row))


def _customer_of(db_connection: Connection, kind: str, row_id: Any) -> int | None:
    if kind == MANY or (isinstance(row_id, int) and row_id > LARGEST_ID):
        return None
    wanted = {
        "customer": select(Customer.id).where(Customer.id == row_id),
        "customer_code": select(Customer.id).where(Customer.code == row_id),
        "service": select(Service.customer_id).where(Service.id == row_id),
        "service_code": select(Service.customer_id).where(Service.code == row_id),
        "service_package": select(Service.customer_id).join(ServicePackage).where(ServicePackage.id == row_id),
        "account": select(Service.customer_id).join(Account).where(Account.id == row_id),
        "attempt": select(Service.customer_id).join(Account).join(
            Attempt, Attempt.account_id == Account.id).where(Attempt.id == row_id),
    }  # fmt: skip
    return db_connection.execute(wanted[kind]).scalar()
