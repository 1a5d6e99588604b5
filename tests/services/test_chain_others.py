"""The chain against somebody who makes all of it anew, and against other processes at work on the same rows."""

import threading
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import Connection, delete, func, insert, select, update

from tests.factories import make_integration
from tests.fixtures.databases import ON_POSTGRES
from webapp import clock
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Attempt, ChainLink, Event
from webapp.services import audit, chain
from webapp.services.chain import notes, sealing, store
from webapp.services.transactions import begin

ATTEMPT, EVENT, LINK = Attempt.__table__, Event.__table__, ChainLink.__table__


def write_events(count: int) -> None:
    rows = [audit.entry("customer.update", "customer", number, f"Fulana {number}") for number in range(count)]
    with db.engine.begin() as connection:
        connection.execute(insert(EVENT), rows)


def begin_behind_what_was_seen() -> None:
    """Make the history anew from a place on that nobody outside has seen, and say that all before it was pruned."""
    write_events(3)
    with db.engine.begin() as connection:
        _count, head = sealing.seal_batch(connection)
    with db.engine.begin() as connection, store.opened(connection):
        link = store.link_at(connection, head.place - 1) or ""
        last = connection.execute(select(func.max(EVENT.c.id))).scalar_one()
        connection.execute(delete(EVENT).where(EVENT.c.id < last))
        connection.execute(delete(Attempt.__table__))
        connection.execute(delete(LINK).where(LINK.c.id < head.place))
        store.write_checkpoint(connection, store.Head(head.place - 1, link))
        notes.write(connection, notes.BEGIN, {"place": head.place - 1, "link": link})
        sealing.seal_batch(connection)


@pytest.mark.usefixtures("app")
def test_a_chain_that_begins_behind_what_was_seen_of_it_is_another_one_and_takes_no_new_anchor(
    settings: Settings,
) -> None:
    write_events(5)
    chain.seal()
    seen = store.read_anchor(settings.instance)
    begin_behind_what_was_seen()
    found = chain.verify().first
    assert found is not None
    assert found.what == "replaced"
    write_events(1)
    assert chain.seal()
    assert store.read_anchor(settings.instance) == seen
    assert not chain.verify().ok
    chain.reanchor("It was me")
    assert chain.verify().ok


@pytest.mark.usefixtures("postgres_app")
def test_on_postgres_an_erasure_waits_for_rows_that_go_meanwhile_and_is_no_fault_afterwards() -> None:
    write_events(10)
    chain.seal()
    ids, application = [5, 6, 7], current_app._get_current_object()  # type: ignore[attr-defined]
    erased: list[int] = []

    def erase() -> None:
        with application.app_context():
            begin(reads_only=False)
            erased.append(chain.erase_content("event", [*ids, 8], 1))
            db.session.commit()
            db.session.remove()

    other = threading.Thread(target=erase)
    with db.engine.connect() as pruning:
        store.lock_head(pruning)
        note = notes.write(pruning, notes.PRUNE, {"row_kind": "event", "entries": notes.compact(ids)})
        with store.opened(pruning):
            mine = (LINK.c.kind == "event") & LINK.c.row_id.in_(ids)
            pruning.execute(update(LINK).where(mine).values(salt="", erased_by=note))
            pruning.execute(delete(EVENT).where(EVENT.c.id.in_(ids)))
        other.start()
        clock.sleep(0.3)
        pruning.commit()
    other.join(20)
    chain.seal()
    report = chain.verify()
    assert (erased, report.first, report.pruned, report.erased) == ([1], None, 3, 1)


@pytest.mark.usefixtures("app")
def test_a_call_that_ends_while_a_batch_is_linked_is_linked_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL shows it to one question and not to the one before."""
    integration_id = make_integration().id
    db.session.commit()
    values = {"integration_id": integration_id, "operation": "create", "started_at": clock.utc_now()}
    with db.engine.begin() as connection:
        connection.execute(insert(ATTEMPT).values(**values, error_params={}))
        values |= {"error_params": {}, "finished_at": clock.utc_now()}
        last_id = connection.execute(insert(ATTEMPT).values(**values).returning(ATTEMPT.c.id)).scalar_one()
    link = sealing._link

    def end_meanwhile(connection: Connection, kind: str, *rest: Any) -> Any:
        if kind == sealing.ATTEMPT:
            connection.execute(update(ATTEMPT).where(ATTEMPT.c.id < last_id).values(finished_at=clock.utc_now()))
        return link(connection, kind, *rest)

    with monkeypatch.context() as patch, db.engine.begin() as connection:
        patch.setattr(sealing, "_link", end_meanwhile)
        sealing.seal_batch(connection)
    assert chain.seal() == 1
    assert chain.verify().ok


@pytest.mark.usefixtures("app")
def test_each_batch_of_a_backlog_begins_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    chain.seal()
    monkeypatch.setattr(sealing, "BATCH", 10)
    write_events(35)
    reached = []
    for _batch in range(4):
        with db.engine.begin() as connection:
            reached.append(store.read_marks(connection).low[sealing.EVENT])
            sealing.seal_batch(connection)
    # On PostgreSQL a first look only notes up to where nothing can appear any more, once who writes now has ended.
    assert [low - reached[0] for low in reached] == ([0, 0, 20, 30] if ON_POSTGRES else [0, 10, 20, 30])
    assert chain.seal() == 0
    assert chain.verify().ok
