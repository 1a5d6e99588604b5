"""Folds what deliveries noted into seats: intervals, of which one right has at the most one that lasts.

A few rows a transaction. The notes go with the transaction that folds them, so another process, or the same one after
a crash, finds nothing twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from webapp.decide.seat_reasons import ABSENT, Change, reason
from webapp.extensions import db
from webapp.models import Seat, SeatChange
from webapp.services.hub import current_hub
from webapp.services.seats import noted
from webapp.services.transactions import begin

BATCH = 500
# A note comes after all in front of it, so what is left waits for the next minute: no task holds the others up.
MOST_BATCHES = 40
Key = tuple[int, int, int]
_SEAT, _CHANGE = Seat.__table__, SeatChange.__table__
_STATES = {"active": "active", "suspended": "suspended", "pending_user": "pending"}
_END = (
    update(_SEAT)
    .where(_SEAT.c.id == bindparam("b_id"))
    .values({name: bindparam(f"v_{name}", type_=_SEAT.c[name].type) for name in ("ended_at", "ended_by", "proof")})
)


@dataclass
class Last:
    """The seat that lasts, or is about to be made, of one right."""

    state: str
    began_at: datetime
    row: dict[str, Any] | None = None
    seat_id: int | None = None


def fold() -> int:
    """Fold what waits and commit, batch by batch; return how many notes went."""
    folded = 0
    for _ in range(MOST_BATCHES):
        count = fold_batch()
        folded += count
        if count < BATCH:
            break
    return folded


def fold_batch() -> int:
    """Fold the oldest notes in one transaction, and commit."""
    begin(reads_only=False)
    changes = noted.oldest(BATCH)
    if not changes:
        db.session.rollback()
        return 0
    account_ids = {change.account_id for change in changes}
    book = _Book(_lasting(account_ids), _held(account_ids))
    for change in changes:
        book.enter(change)
    book.write()
    db.session.execute(delete(_CHANGE).where(_CHANGE.c.id.in_([change.id for change in changes])))
    db.session.commit()
    return len(changes)


class _Book:
    """The seats of some accounts while changes are entered, one after another."""

    def __init__(self, lasting: dict[Key, Last], held: set[Key]) -> None:
        self._lasting = lasting
        self._held = held
        self._made: list[dict[str, Any]] = []
        self._ended: list[dict[str, Any]] = []

    def enter(self, change: noted.Noted) -> None:
        """Enter one change; the state that it has already is none."""
        key, state = change.key, _STATES.get(change.state, ABSENT)
        last = self._lasting.get(key)
        before = last.state if last is not None else ABSENT
        if state == before:
            return
        at = max(change.at, last.began_at) if last is not None else change.at
        why = reason(self._seen(change, before, state))
        if last is not None:
            self._end(last, at, why, noted.proof_of(change) if noted.takes_away(before, state) else None)
            del self._lasting[key]
        if state != ABSENT:
            self._begin(change, state, at, why)

    def write(self) -> None:
        """Write what came of it."""
        # What lasted for no time was held by nobody.
        made = [row for row in self._made if row["ended_at"] is None or row["ended_at"] > row["began_at"]]
        if made:
            db.session.execute(insert(_SEAT), made)
        if self._ended:
            db.session.connection().execute(_END, self._ended)

    def _seen(self, change: noted.Noted, before: str, state: str) -> Change:
        today = current_hub().today()
        over, paused = change.ends_on is not None and change.ends_on < today, noted.paused_on(change, today)
        return Change(
            before, state, change.attempt_id is not None, change.key in self._held, change.status, change.removed,
            over, paused, change.erased, change.carried, change.with_plan,
        )  # fmt: skip

    def _begin(self, change: noted.Noted, state: str, at: datetime, why: str) -> None:
        row = {
            "integration_id": change.integration_id, "account_id": change.account_id,
            "service_package_id": change.service_package_id, "product_id": change.product_id, "state": state,
            "began_at": at, "began_by": why, "ended_at": None, "ended_by": "", "proof": None,
        }  # fmt: skip
        self._made.append(row)
        self._lasting[change.key] = Last(state, at, row)
        self._held.add(change.key)

    def _end(self, last: Last, at: datetime, why: str, proof: dict[str, Any] | None) -> None:
        values = {"ended_at": at, "ended_by": why, "proof": proof}
        if last.row is not None:
            last.row.update(values)
        else:
            self._ended.append({"b_id": last.seat_id, **{f"v_{name}": value for name, value in values.items()}})


def _lasting(account_ids: Iterable[int]) -> dict[Key, Last]:
    wanted = select(_SEAT.c.id, *_key(), _SEAT.c.state, _SEAT.c.began_at)
    rows = db.session.execute(wanted.where(_SEAT.c.account_id.in_(account_ids), _SEAT.c.ended_at.is_(None)))
    return {(row[1], row[2], row[3]): Last(row.state, row.began_at, seat_id=row.id) for row in rows}


def _held(account_ids: Iterable[int]) -> set[Key]:
    rows = db.session.execute(select(*_key()).where(_SEAT.c.account_id.in_(account_ids)).distinct())
    return {(row[0], row[1], row[2]) for row in rows}


def _key() -> Sequence[Any]:
    return _SEAT.c.account_id, _SEAT.c.service_package_id, _SEAT.c.product_id
