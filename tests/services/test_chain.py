"""The chain of the history: what is done to a row afterwards shows, and what went lawfully is told apart."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from tests.factories import make_integration
from tests.fixtures.databases import lay, made_in
from webapp import clock, create_app
from webapp.config import Settings, load_settings
from webapp.extensions import db
from webapp.models import Attempt, ChainLink, Event, Setting
from webapp.schema import migrate_database
from webapp.services import audit, chain
from webapp.services.chain import notes, sealing, store
from webapp.services.chain.content import BODIES, FIELDS, KINDS, digest_of, link_of

EVENT, LINK, ATTEMPT, SETTING = Event.__table__, ChainLink.__table__, Attempt.__table__, Setting.__table__
ROWS = 1_500


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the triggers, and a sealed history."""
    folder = tmp_path_factory.mktemp("chain")
    app = create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True)
    with app.app_context():
        migrate_database(db.engine)
        make_integration()
        db.session.remove()
        run(update(EVENT).values(at=clock.utc_now() - timedelta(days=401)))
        write_history(ROWS)
        chain.seal()
        db.session.remove()
        db.engine.dispose()
    return made_in(folder)


@pytest.fixture
def sealed(settings: Settings, migrated: Path) -> Iterator[APIFlask]:
    lay(migrated, settings.instance)
    app = create_app(settings, TESTING=True)
    with app.app_context():
        with db.engine.connect() as connection:
            store.write_anchor(settings.instance, store.read_head(connection))
        yield app
        db.session.remove()
        db.engine.dispose()


def write_history(count: int) -> None:
    at = clock.utc_now() - timedelta(days=400)
    events = [
        {"at": at + timedelta(minutes=2 * number), "actor": "a@example.com", "action": "customer.update",
         "object_type": "customer", "object_id": number, "label": f"Fulana {number}", "before": {"name": "A"},
         "after": {"name": "Ç", "value": 1.5}, "reason": ""}
        for number in range(count)
    ]  # fmt: skip
    calls = [
        {"integration_id": 1, "operation": "create", "unit": "account", "key": f"k{number}", "generation": 1,
         "started_at": at + timedelta(minutes=2 * number), "finished_at": at + timedelta(minutes=2 * number, seconds=1),
         "outcome": "ok", "request": {"body": f"request {number}"}, "response": {"body": "done"}, "error_params": {}}
        for number in range(count // 10)
    ]  # fmt: skip
    with db.engine.begin() as connection:
        connection.execute(insert(EVENT), events)
        connection.execute(insert(ATTEMPT), calls)


def run(*statements: Any) -> None:
    """Act as somebody with the database's password: the triggers are opened, too."""
    with db.engine.begin() as connection, store.opened(connection):
        for statement in statements:
            connection.execute(statement)


def swap(one: int, other: int) -> None:
    run(*(update(LINK).where(LINK.c.id == old).values(id=new) for old, new in ((one, -1), (other, one), (-1, other))))


def relink(first: int) -> None:
    """Compute all links anew, as somebody would who knows how."""
    with db.engine.begin() as connection, store.opened(connection):
        former = connection.execute(select(LINK.c.link).where(LINK.c.id == first - 1)).scalar() or "0" * 64
        for row in connection.execute(select(LINK).where(LINK.c.id >= first).order_by(LINK.c.id)).all():
            former = link_of(former, row.kind, row.row_id, row.digest)
            connection.execute(update(LINK).where(LINK.c.id == row.id).values(link=former))
        head = store.read_head(connection)
        store.write_head(connection, store.Head(head.place, former, head.at))


def rewrite(place: int) -> None:
    """Change a row and give it a digest that fits."""
    with db.engine.connect() as connection:
        link = connection.execute(select(LINK).where(LINK.c.id == place)).one()
        row = connection.execute(select(*sealing.columns(link.kind)).where(EVENT.c.id == link.row_id)).one()
    values = {**row._mapping, "actor": "b@example.com"}
    content = sealing.content_of(link.kind, link.row_id, values, link.salt)
    run(
        update(EVENT).where(EVENT.c.id == link.row_id).values(actor="b@example.com"),
        update(LINK).where(LINK.c.id == place).values(digest=digest_of(content, link.salt)),
    )


def cut(place: int, *, tell: bool) -> None:
    rows = select(LINK.c.row_id).where(LINK.c.id > place, LINK.c.kind == "event")
    run(delete(EVENT).where(EVENT.c.id.in_(rows)), delete(ATTEMPT), delete(LINK).where(LINK.c.id > place))
    if tell:
        with db.engine.begin() as connection:
            link = store.link_at(connection, place) or ""
            store.write_head(connection, store.Head(place, link))


def slide(place: int) -> None:
    """Remove a row and its link and let the later ones move up."""
    row_id = select(LINK.c.row_id).where(LINK.c.id == place).scalar_subquery()
    later = update(LINK).where(LINK.c.id > place)
    run(
        delete(EVENT).where(EVENT.c.id == row_id), delete(LINK).where(LINK.c.id == place),
        later.values(id=-LINK.c.id), update(LINK).where(LINK.c.id < 0).values(id=-LINK.c.id - 1),
    )  # fmt: skip


def forge_erasure(place: int) -> None:
    """Claim that a row was erased, by an event that says nothing of it."""
    row_id = select(LINK.c.row_id).where(LINK.c.id == place).scalar_subquery()
    run(
        update(EVENT).where(EVENT.c.id == row_id).values(label="", after=None),
        update(LINK).where(LINK.c.id == place).values(salt="", erased_by=1),
    )


def move_beginning(place: int) -> None:
    """Take the beginning away, and say that it was pruned."""
    with db.engine.begin() as connection:
        store.write_checkpoint(connection, store.Head(place, store.link_at(connection, place) or ""))
    run(delete(EVENT).where(EVENT.c.id <= place), delete(LINK).where(LINK.c.id <= place))


def leave_open() -> None:
    with db.engine.begin() as connection:
        connection.execute(insert(SETTING).values(name="history_open", value=""))


def of(place: int) -> Any:
    return EVENT.c.id == select(LINK.c.row_id).where(LINK.c.id == place).scalar_subquery()


TAMPERINGS: dict[str, tuple[Callable[[int], None], str]] = {
    "actor": (lambda place: run(update(EVENT).where(of(place)).values(actor="b@example.com")), "changed"),
    "time": (lambda place: run(update(EVENT).where(of(place)).values(at=clock.utc_now())), "changed"),
    "a fact": (lambda place: run(update(EVENT).where(of(place)).values(after={"name": "Ç", "value": 1.6})), "changed"),
    "the fact of none": (lambda place: run(update(EVENT).where(of(place)).values(before=None)), "changed"),
    "reason": (lambda place: run(update(EVENT).where(of(place)).values(reason="because")), "changed"),
    "what it is about": (lambda place: run(update(EVENT).where(of(place)).values(object_id=None)), "changed"),
    "row removed": (lambda place: run(delete(EVENT).where(of(place))), "removed"),
    "row and link removed": (
        lambda place: run(delete(EVENT).where(of(place)), delete(LINK).where(LINK.c.id == place)), "removed"),
    "link removed": (lambda place: run(delete(LINK).where(LINK.c.id == place)), "removed"),
    "moved up": (slide, "broken"),
    "row and digest": (rewrite, "broken"),
    "all links anew": (lambda place: (rewrite(place), relink(place))[0], "replaced"),
    "two links swapped": (lambda place: swap(place, place + 7), "reordered"),
    "neighbours swapped": (lambda place: swap(place, place + 1), "reordered"),
    "row put in": (
        lambda place: run(
            update(EVENT).where(of(place)).values(id=100_000), delete(LINK).where(LINK.c.id == -1)
        ), "removed"),
    "end cut": (lambda place: cut(place, tell=False), "cut"),
    "end cut, head too": (lambda place: cut(place, tell=True), "cut"),
    "erasure forged": (forge_erasure, "changed"),
    "beginning moved": (move_beginning, "removed"),
    "left open": (lambda _place: leave_open(), "open"),
}  # fmt: skip


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_when_verified_is_found_with_its_kind(name: str) -> None:
    tamper, what = TAMPERINGS[name]
    tamper(random.Random(name).randrange(2, ROWS - 10))
    report = chain.verify()
    assert not report.ok
    assert report.first is not None
    assert report.first.what == what, report.first


@pytest.mark.usefixtures("sealed")
def test_one_row_changed_anywhere_when_verified_is_found_at_its_place_every_time() -> None:
    chance = random.Random(7)
    for place in sorted(chance.sample(range(1, ROWS + ROWS // 10), 5)):
        with db.engine.connect() as connection:
            link = connection.execute(select(LINK).where(LINK.c.id == place)).one()
        table, column = (EVENT, "actor") if link.kind == "event" else (ATTEMPT, "key")
        with db.engine.connect() as connection:
            former = connection.execute(select(table.c[column]).where(table.c.id == link.row_id)).scalar_one()
        run(update(table).where(table.c.id == link.row_id).values({column: "x"}))
        found = chain.verify().first
        assert found is not None
        assert (found.what, found.place, found.row_id) == ("changed", place, link.row_id)
        run(update(table).where(table.c.id == link.row_id).values({column: former}))
    assert chain.verify().ok


@pytest.mark.usefixtures("sealed")
def test_an_event_put_among_sealed_ones_when_verified_is_found_and_is_not_sealed_as_genuine() -> None:
    chain.prune("event", clock.utc_now() - timedelta(days=399, hours=23))
    row = audit.entry("customer.update", "customer", 1)
    run(insert(EVENT).values(id=3, **row))
    chain.seal()
    found = chain.verify().first
    assert found is not None
    assert (found.what, found.row_kind, found.row_id) == ("inserted", "event", 3)


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("table", [EVENT, LINK])
def test_the_database_itself_refuses_a_change_of_the_history(table: Any, verb: str) -> None:
    statement = delete(table) if verb == "delete" else update(table).values(id=table.c.id)
    with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
        connection.execute(statement.where(table.c.id == 1))


@pytest.mark.usefixtures("sealed")
def test_erased_content_when_verified_is_told_as_lawful_and_what_is_left_still_counts() -> None:
    why = erase("event", [10, 11, 12])
    assert erase("attempt", [4]) > why
    kept = db.session.get(Event, 10)
    assert kept is not None
    assert (kept.label, kept.before, kept.after, kept.actor) == ("", None, None, "a@example.com")
    db.session.rollback()
    chain.seal()
    report = chain.verify()
    assert report.ok
    assert report.erased == 4
    assert db.session.scalar(select(LINK.c.salt).where(LINK.c.kind == "event", LINK.c.row_id == 11)) == ""
    db.session.rollback()
    run(update(EVENT).where(EVENT.c.id == 11).values(actor="b@example.com"))
    assert not chain.verify().ok


def erase(kind: str, ids: list[int]) -> int:
    audit.record("privacy.erase", "customer", 1)
    db.session.flush()
    why = db.session.scalars(select(func.max(Event.id))).one()
    assert chain.erase_content(kind, ids, why) == len(ids)
    assert chain.erase_content(kind, ids, why) == 0
    db.session.commit()
    return why


@pytest.mark.usefixtures("sealed")
def test_pruned_rows_when_verified_are_told_as_lawful_and_the_chain_begins_later() -> None:
    before = clock.utc_now() - timedelta(days=399)
    while chain.prune("event", before, unless=Event.object_id == 500):
        pass
    while chain.prune("attempt", before):
        pass
    chain.seal()
    report = chain.verify()
    assert report.ok, report.first
    assert report.begins
    assert report.pruned
    assert db.session.scalar(select(func.count()).select_from(Event).where(Event.at < before)) == 1
    assert db.session.scalar(select(func.count()).select_from(Attempt).where(Attempt.started_at < before)) == 1


@pytest.mark.usefixtures("sealed")
def test_everything_pruned_when_verified_still_ends_where_it_was_seen_to_end() -> None:
    later = clock.utc_now() + timedelta(days=1)
    for _round in range(4):
        while chain.prune("event", later) + chain.prune("attempt", later):
            pass
        chain.seal()
    report = chain.verify()
    assert report.ok, report.first
    assert report.begins > 1_000
    assert db.session.scalar(select(func.count()).select_from(Event)) < 10


@pytest.mark.usefixtures("sealed")
def test_expunged_bodies_when_verified_hold_and_a_body_hidden_by_hand_does_not() -> None:
    before = clock.utc_now() - timedelta(days=399, hours=22)
    assert chain.expunge_bodies(before)
    assert not chain.expunge_bodies(before)
    chain.seal()
    assert chain.verify().ok
    row = db.session.execute(select(Attempt.id, Attempt.request).order_by(Attempt.id)).first()
    assert row is not None
    assert row.request.keys() == {"expunged"}
    last = db.session.execute(select(ATTEMPT.c.id, LINK.c.salt).join(LINK, (LINK.c.kind == "attempt") & (
        LINK.c.row_id == ATTEMPT.c.id)).order_by(ATTEMPT.c.id.desc())).first()  # fmt: skip
    db.session.rollback()
    assert last is not None
    hidden = {"expunged": sealing.content_of("attempt", last.id, _values(last.id), last.salt)}
    hidden = {"expunged": json.loads(hidden["expunged"])[3]["request"]}
    run(update(ATTEMPT).where(ATTEMPT.c.id == last.id).values(request=hidden))
    found = chain.verify().first
    assert found is not None
    assert found.what == "changed"


def _values(row_id: int) -> Any:
    with db.engine.connect() as connection:
        return connection.execute(select(*sealing.columns("attempt")).where(ATTEMPT.c.id == row_id)).one()._mapping


@pytest.mark.usefixtures("sealed")
def test_a_call_that_ends_late_when_sealed_gets_its_link_though_later_ones_have_theirs(settings: Settings) -> None:
    values = {"integration_id": 1, "operation": "create", "started_at": clock.utc_now(), "error_params": {}}
    with db.engine.begin() as connection:
        first, second = (
            connection.execute(insert(ATTEMPT).values(**values, finished_at=end).returning(ATTEMPT.c.id)).scalar_one()
            for end in (None, clock.utc_now())
        )
    assert chain.seal() == 1
    with db.engine.begin() as connection:
        connection.execute(update(ATTEMPT).where(ATTEMPT.c.id == first).values(finished_at=clock.utc_now()))
    assert chain.seal() == 1
    assert second > first
    assert chain.verify().ok
    assert store.read_anchor(settings.instance) == chain.head()


@pytest.mark.usefixtures("sealed")
def test_an_older_copy_when_verified_is_cut_until_a_person_says_that_it_was_meant(
    settings: Settings, migrated: Path
) -> None:
    audit.record("user.create", "user", 1)
    db.session.commit()
    chain.seal()
    seen = chain.head()
    db.session.remove()
    db.engine.dispose()
    lay(migrated, settings.instance)
    first = chain.verify().first
    assert first is not None
    assert first.what == "cut"
    chain.seal()
    assert store.read_anchor(settings.instance) == seen
    chain.reanchor("restored on purpose")
    assert chain.verify().ok
    assert chain.verify(expected=[seen or store.Head()]).first is not None


def test_every_column_of_the_history_is_part_of_what_is_sealed() -> None:
    for kind in KINDS:
        assert set(FIELDS[kind]) | {"id"} == set(sealing.TABLES[kind].columns.keys())
        assert set(BODIES[kind]) <= set(FIELDS[kind])


@pytest.mark.usefixtures("postgres_app")
def test_on_postgres_rows_that_commit_out_of_order_are_all_sealed_and_rules_are_the_same() -> None:
    make_integration()
    chain.seal()
    row = audit.entry("customer.update", "customer", 1)
    with db.engine.connect() as slow:
        slow.execute(insert(EVENT).values(**row))
        write_history(50)
        assert chain.seal()
        assert not chain.seal()
        chain.seal()
        slow.commit()
    assert chain.seal() == 1
    assert chain.verify().ok
    with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
        connection.execute(text("delete from event where id = 1"))
    erase("event", [2])
    chain.seal()
    assert chain.prune("event", clock.utc_now() - timedelta(days=399))
    assert chain.expunge_bodies(clock.utc_now())
    chain.seal()
    assert chain.verify().ok
    run(update(EVENT).where(EVENT.c.id == 1).values(actor="b@example.com"))
    assert not chain.verify().ok


def test_ids_in_a_note_when_read_back_are_the_same() -> None:
    ids = {1, 2, 3, 7, 9, 10}
    assert notes.compact(ids) == "1-3,7,9-10"
    read = notes.read(notes.PRUNE, {"row_kind": "event", "entries": notes.compact(ids)})
    assert read is not None
    assert read.rows == ids
    assert notes.read(notes.PRUNE, {"row_kind": "event", "entries": "x"}) is None
