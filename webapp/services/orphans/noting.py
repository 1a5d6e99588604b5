"""Keeps what readings show and nobody here made: new ones, those seen again, those that are there no more."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update

from webapp.decide.compare import EVERY_STATE
from webapp.decide.orphans import Guess, guess, key_of
from webapp.extensions import db
from webapp.gateways.contract import Observed, RemoteState
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Integration, Orphan
from webapp.services import transactions
from webapp.services.documents import normalise_document
from webapp.services.orphans.clues import Marks, find_candidates
from webapp.services.orphans.owners import owners_of
from webapp.services.orphans.telling import tell
from webapp.services.privacy.shown import nameless

BATCH = 500
# Those that are gone are compared with all accounts of ours at once.
UNSEEN = 10_000
OPEN, IGNORED, ADOPTED, CANCELLING, CANCELLED, GONE = (
    "open", "ignored", "adopted", "cancelling", "cancelled", "gone",
)  # fmt: skip
_ORPHAN = Orphan.__table__
_BOTH = frozenset({RemoteState.ACTIVE, RemoteState.SUSPENDED})
# What a person decided on, and would look at again when it changes there.
_FACTS = ("login", "document", "reference", "state", "products")
Row = dict[str, Any]


@dataclass(frozen=True)
class _Reading:
    """One reading of a platform.

    Attributes:
        lag: how long after a change it may still show what was before.
        whole: it was read to its end and is trusted.
    """

    integration_id: int
    started_at: datetime
    lag: timedelta
    whole: bool


def note_seen(
    integration_id: int,
    strangers: Iterable[Observed],
    run_id: int,
    started_at: datetime,
    *,
    complete: bool = True,
    covers: frozenset[RemoteState] = EVERY_STATE,
) -> None:
    """Record the accounts that a reading showed and that nobody here made, and commit, batch by batch.

    Call it without a transaction of one's own. The same reading again changes nothing.

    Args:
        strangers: read once; memory stays flat whatever their number.
        started_at: when the reading began.
        complete: the reading may be trusted to its end. Otherwise it only adds: nobody is taken for gone.
        covers: states that the listing shows; who may be hidden by it is not gone.
    """
    db.session.rollback()
    reading = _Reading(integration_id, started_at, _lag(integration_id), complete)
    fresh, source = 0, iter(strangers)
    while batch := _merged(islice(source, BATCH)):
        fresh += _note(reading, batch)
    if complete and covers >= _BOTH:
        _close_unseen(reading)
    transactions.begin(reads_only=False)
    tell(integration_id, fresh, run_id)
    db.session.commit()


def _lag(integration_id: int) -> timedelta:
    integration = db.session.get(Integration, integration_id)
    try:
        limits = get_gateway(integration.gateway).traits.limits if integration is not None else None
    except UnknownGateway:
        limits = None
    seconds = limits.read_lag_s if limits is not None else 0.0
    db.session.rollback()
    return timedelta(seconds=seconds)


def _merged(strangers: Iterable[Observed]) -> dict[str, Observed]:
    """Return them by key; one that is listed right by right is one, with all its products."""
    found: dict[str, Observed] = {}
    for one in strangers:
        key = key_of(one)
        found[key] = _joined(found[key], one) if key in found else one
    return found


def _joined(first: Observed, second: Observed) -> Observed:
    products = {*(first.products or ()), *(second.products or ())}
    livelier = RemoteState.ACTIVE in (first.state, second.state)
    state = RemoteState.ACTIVE if livelier else first.state
    return replace(first, state=state, products=tuple(sorted(products)) if products else None)


def _note(reading: _Reading, batch: Mapping[str, Observed]) -> int:
    """Record one batch; returns how many were not known before."""
    transactions.begin(reads_only=True)
    batch = nameless(reading.integration_id, batch)
    marks = {key: Marks(one.login, one.document, one.reference) for key, one in batch.items()}
    guesses = {
        key: guess(found, normalise_document(batch[key].document))
        for key, found in find_candidates(reading.integration_id, marks).items()
    }
    transactions.begin(reads_only=False)
    known = _known(reading.integration_id, batch)
    fresh = [_new(reading, key, one, guesses[key]) for key, one in batch.items() if key not in known]
    changed = [_seen(reading, known[key], one, guesses[key]) for key, one in batch.items() if key in known]
    if fresh:
        db.session.execute(insert(_ORPHAN), fresh)
    if changed:
        db.session.execute(_update(), changed, execution_options={"synchronize_session": False})
    db.session.commit()
    return len(fresh)


def _known(integration_id: int, keys: Collection[str]) -> dict[str, Any]:
    wanted = select(_ORPHAN).where(_ORPHAN.c.integration_id == integration_id, _ORPHAN.c.key.in_(list(keys)))
    return {row.key: row for row in db.session.execute(wanted.with_for_update())}


def _facts(one: Observed) -> Row:
    return {
        "login": one.login[:254], "document": normalise_document(one.document)[:20], "reference": one.reference[:120],
        "state": str(one.state), "products": sorted(one.products) if one.products is not None else None,
    }  # fmt: skip


def _new(reading: _Reading, key: str, one: Observed, found: Guess) -> Row:
    return {
        "integration_id": reading.integration_id, "key": key, "remote_ids": dict(one.remote_ids), **_facts(one),
        "first_seen_at": reading.started_at, "last_seen_at": reading.started_at, "status": OPEN,
        "guess_service_id": found.service_id, "guess_code": found.code, "call": _shown(reading, {}),
    }  # fmt: skip


def _shown(reading: _Reading, call: Mapping[str, Any]) -> Row:
    """Return what is kept of calls, with when a whole reading last showed it."""
    return {**call, "shown_at": reading.started_at.isoformat()} if reading.whole else dict(call)


def _seen(reading: _Reading, row: Any, one: Observed, found: Guess) -> Row:
    facts = _facts(one)
    if row.last_seen_at == reading.started_at and row.products and facts["products"]:
        # The same one in a former batch of this reading, with other products.
        facts["products"] = sorted({*row.products, *facts["products"]})
    values = {
        **facts, "last_seen_at": max(row.last_seen_at, reading.started_at), "guess_service_id": found.service_id,
        "guess_code": found.code, "status": _status(reading, row, facts),
    }  # fmt: skip
    if values["status"] == OPEN and row.status != OPEN:
        asked = {"asked": row.call["asked"]} if "asked" in row.call else {}
        values |= {"account_id": None, "call": _shown(reading, asked), "due_at": None, "error_code": None}
    else:
        call = _shown(reading, row.call)
        values |= {"account_id": row.account_id, "call": call, "due_at": row.due_at, "error_code": row.error_code}
    return {"b_id": row.id, **{f"v_{name}": value for name, value in values.items()}}


def _status(reading: _Reading, row: Any, facts: Row) -> str:
    """What it is now that it was shown once more."""
    if row.status in (OPEN, CANCELLING):
        return str(row.status)
    if row.status == IGNORED:
        # A person ignored what it was then.
        return IGNORED if all(getattr(row, name) == facts[name] for name in _FACTS) else OPEN
    since = row.decided_at or row.last_seen_at
    if ended := row.call.get("ended_at"):
        since = datetime.fromisoformat(ended)
    # A reading that began before it was taken care of may still show what was before.
    return str(row.status) if reading.started_at <= since + reading.lag else OPEN


def _update() -> Any:
    names = (*_FACTS, "last_seen_at", "guess_service_id", "guess_code", "status", "account_id", "call", "due_at",
             "error_code")  # fmt: skip
    values = {name: bindparam(f"v_{name}", type_=_ORPHAN.c[name].type) for name in names}
    return update(_ORPHAN).where(_ORPHAN.c.id == bindparam("b_id")).values(values)


def _close_unseen(reading: _Reading) -> None:
    """What a trusted reading showed no more is ours by now, or gone."""
    after = 0
    while rows := _unseen(reading, after):
        after = rows[-1].id
        transactions.begin(reads_only=True)
        owners = owners_of(reading.integration_id, rows)
        for status in (GONE, CANCELLED):
            gone = [row.id for row in rows if row.id not in owners and _ended_as(row) == status]
            for start in range(0, len(gone), BATCH):
                _end(reading, _ORPHAN.c.id.in_(gone[start : start + BATCH]), {"status": status})
        for orphan_id, account_id in owners.items():
            _end(reading, _ORPHAN.c.id == orphan_id, {"status": ADOPTED, "account_id": account_id})
        db.session.commit()


def _ended_as(row: Any) -> str:
    """Whether it was our call that ended it."""
    return CANCELLED if row.call.get("sent") else GONE


def _end(reading: _Reading, which: Any, values: Row) -> None:
    """Close orphans, unless somebody decided about them in this moment, or a call for them is under way."""
    transactions.begin(reads_only=False)
    ended = update(_ORPHAN).where(which, *_still_unseen(reading), _ORPHAN.c.lease_until.is_(None)).values(
        due_at=None, error_code=None, **values
    )  # fmt: skip
    db.session.execute(ended, execution_options={"synchronize_session": False})
    db.session.commit()


def _unseen(reading: _Reading, after: int) -> Sequence[Any]:
    columns = (_ORPHAN.c[name] for name in ("id", "login", "reference", "remote_ids", "products", "call"))
    wanted = select(*columns).where(*_still_unseen(reading), _ORPHAN.c.id > after)
    return db.session.execute(wanted.order_by(_ORPHAN.c.id).limit(UNSEEN)).all()


def _still_unseen(reading: _Reading) -> tuple[Any, ...]:
    return (
        _ORPHAN.c.integration_id == reading.integration_id, _ORPHAN.c.status.in_((OPEN, IGNORED, CANCELLING)),
        _ORPHAN.c.last_seen_at < reading.started_at,
        or_(_ORPHAN.c.decided_at.is_(None), _ORPHAN.c.decided_at < reading.started_at),
    )  # fmt: skip
