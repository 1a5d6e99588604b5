"""The mark in the database and the file beside it, over restores, copies, long sleeps and replaced files."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tests import factories
from tests.fixtures.databases import DATABASE, ON_POSTGRES, keep, lay
from webapp import clock, create_app
from webapp.config import Settings, load_settings
from webapp.decide.epoch import ANOTHER, MOVED, OLDER, OLDER_DATABASE, REPLACED, SLEPT, UNMARKED, Mark
from webapp.extensions import db
from webapp.models import Account, Alert, Event, Integration, Package, Run, RunItem, Setting
from webapp.services import epoch
from webapp.services.adoption import slept
from webapp.services.connections import current_connections
from webapp.services.convergence.lanes import load_lanes
from webapp.services.epoch import store
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.marks import instance_id, load_marks, split


@pytest.fixture
def sold(app: APIFlask) -> Integration:
    """A platform on which somebody has an account, on a hub that is being served."""
    integration = factories.make_integration(gateway="nx_play")
    factories.make_sale(package=factories.make_package(integration))
    epoch.check_at_start()
    assert epoch.observing() is None
    return integration


def ticks(count: int) -> None:
    for _ in range(count):
        epoch.tick()


def copy_of(settings: Settings, name: str = "kept") -> Path:
    """Return a copy of the database as it is now."""
    db.session.remove()
    db.engine.dispose()
    return keep(settings.instance, name)


def put_back(settings: Settings, copy: Path) -> None:
    """Put a copy in the place of the database, as people do it while the hub is off."""
    db.session.remove()
    db.engine.dispose()
    lay(copy, settings.instance)


def cause() -> str | None:
    found = epoch.observing_afresh()
    return found.cause if found else None


def lanes() -> set[int]:
    db.session.rollback()
    with db.engine.begin() as connection:
        return set(load_lanes(connection, current_connections(), None))


def open_codes() -> set[str]:
    return set(db.session.scalars(select(Alert.code).where(Alert.closed_at.is_(None))))


def restarted(settings: Settings) -> APIFlask:
    return create_app(settings, TESTING=True)


def test_served_hub_counts_in_the_database_first_and_then_beside_it(sold: Integration, settings: Settings) -> None:
    ticks(3)
    with db.engine.connect() as connection:
        mark, why = store.read_standing(connection)
    file = store.read_file(settings.instance)
    assert why is None
    assert mark is not None
    assert file is not None
    assert (mark.seq, file.seq, file.id) == (4, 4, load_marks(db.session.connection()).newest)
    assert (settings.instance / store.FILE).stat().st_mode & 0o777 == 0o600
    assert lanes() == {sold.id}


def test_restored_copy_observes_by_itself_and_its_new_accounts_carry_a_new_mark(
    sold: Integration, settings: Settings
) -> None:
    copy = copy_of(settings)
    ticks(2)
    put_back(settings, copy)
    with restarted(settings).app_context():
        epoch.check_at_start()
        assert cause() == OLDER
        assert (lanes(), open_codes()) == (set(), {"observing"})
        with pytest.raises(Conflict, match="hub_observes"):
            epoch.refuse()
        marks = load_marks(db.session.connection())
        assert split(marks.of(1))[0] != split(marks.of(2))[0] == marks.newest
        assert marks.read(marks.of(1)) == 1
        assert marks.read(f"sin-{split(marks.of(1))[0]}-2") is None
        ticks(2)
        epoch.check_at_start()
        assert cause() == OLDER
        assert db.session.scalars(select(Event.action).where(Event.action == "hub.observe")).all() == ["hub.observe"]
        db.session.remove()
        db.engine.dispose()


def test_right_database_put_back_acts_at_once_since_an_observing_hub_counts_nothing(
    sold: Integration, settings: Settings
) -> None:
    older = copy_of(settings, "older")
    ticks(2)
    latest = copy_of(settings)
    for copy, found in ((older, OLDER), (latest, None)):
        put_back(settings, copy)
        with restarted(settings).app_context():
            epoch.check_at_start()
            ticks(2)
            assert cause() == found
            db.session.remove()
            db.engine.dispose()


@pytest.mark.parametrize("mark", [(), (store.FILE,)], ids=["without_its_mark", "with_its_mark"])
def test_copied_hub_observes(
    sold: Integration, settings: Settings, tmp_path_factory: pytest.TempPathFactory, mark: tuple[str, ...]
) -> None:
    other = tmp_path_factory.mktemp("clone")
    lay(copy_of(settings), other)
    for name in ("encryption.keys", "secret.key", *mark):
        shutil.copy(settings.instance / name, other / name)
    environ = {"SINTONIA_INSTANCE": str(other), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}
    with restarted(load_settings(environ)).app_context():
        epoch.check_at_start()
        assert cause() == MOVED
        db.session.remove()
        db.engine.dispose()


def test_lost_or_broken_file_is_no_proof(sold: Integration, settings: Settings) -> None:
    (settings.instance / store.FILE).write_text("{")
    epoch.check_once()
    # Any number of hosts join one PostgreSQL, each at first without a file of its own.
    assert cause() == (None if ON_POSTGRES else UNMARKED)


def test_another_database_is_noticed(sold: Integration, settings: Settings) -> None:
    (settings.instance / store.FILE).write_text('{"id": "somebody-else", "seq": 1}')
    epoch.check_once()
    assert cause() == ANOTHER


def test_file_that_is_replaced_while_serving_stops_the_hub_at_its_next_look(
    sold: Integration, settings: Settings
) -> None:
    copy = copy_of(settings)
    ticks(2)
    for name in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (settings.instance / name).unlink(missing_ok=True)
    copy.replace(settings.instance / DATABASE)
    ticks(1)
    assert cause() in (OLDER, REPLACED)
    assert lanes() == set()


def test_row_of_an_older_copy_stops_the_engine_even_before_anybody_looked(sold: Integration) -> None:
    before = db.session.get_one(Setting, store.EPOCH).value
    ticks(2)
    assert lanes() == {sold.id}
    db.session.get_one(Setting, store.EPOCH).value = before
    db.session.commit()
    assert lanes() == set()
    assert cause() == REPLACED


def test_database_that_is_gone_stops_the_hub_and_no_empty_one_is_made(sold: Integration, settings: Settings) -> None:
    (settings.instance / DATABASE).unlink()
    ticks(1)
    with pytest.raises(OperationalError):
        lanes()
    assert not (settings.instance / DATABASE).exists()


def test_hub_that_slept_long_goes_on_once_a_complete_reading_knows_everybody(sold: Integration) -> None:
    blind = factories.make_integration()
    clock.move(timedelta(hours=2))
    epoch.check_at_start()
    found = epoch.observing()
    assert found is not None
    assert (found.cause, found.held) == (SLEPT, {sold.id})
    assert lanes() == {blind.id}
    epoch.notice(sold.id, (), 0)
    assert (cause(), lanes()) == (None, {sold.id, blind.id})
    assert open_codes() == set()


def test_copy_that_was_made_while_the_hub_still_looked_around_after_a_sleep_observes_as_any_other(
    sold: Integration, settings: Settings
) -> None:
    integration_id = sold.id
    clock.move(timedelta(hours=2))
    epoch.check_at_start()
    assert cause() == SLEPT
    copy = copy_of(settings)
    ticks(3)
    put_back(settings, copy)
    with restarted(settings).app_context():
        epoch.check_at_start()
        assert cause() == OLDER
        # A reading that knows everybody ends a sleep, and not this.
        epoch.notice(integration_id, (), 0)
        assert cause() == OLDER
        db.session.remove()
        db.engine.dispose()


def test_platform_that_shows_accounts_we_never_made_proves_the_database_old(sold: Integration) -> None:
    epoch.notice(sold.id, frozenset(), 3)
    found = epoch.observing_afresh()
    assert found is not None
    assert (found.cause, found.params["count"]) == (OLDER_DATABASE, 3)
    assert open_codes() == {"older_database"}


def test_other_hub_is_told_of_by_its_mark_until_it_is_gone(sold: Integration) -> None:
    epoch.notice(sold.id, {"feedbeef", "cafe0001"}, 0)
    alert = db.session.scalars(select(Alert)).one()
    assert (alert.code, alert.params) == ("another_hub", {"marks": "cafe0001, feedbeef", "count": 2})
    assert cause() is None
    epoch.notice(sold.id, (), 0)
    assert open_codes() == set()


def test_accounts_that_somebody_sets_back_again_and_again_are_told_of(sold: Integration) -> None:
    package = db.session.scalars(select(Package)).one()
    for _ in range(2):
        factories.make_sale(package=package)
    for times in (1, 2):
        run = Run(integration_id=sold.id, mode="apply", started_at=clock.utc_now(), status="done")
        run.items = [
            RunItem(account_id=account_id, situation="state", action="enable", outcome="proven")
            for account_id in db.session.scalars(select(Account.id))
        ]
        db.session.add(run)
        db.session.commit()
        epoch.notice(sold.id, (), 0)
        assert open_codes() == ({"writes_undone"} if times == 2 else set())


def test_releasing_every_active_integration_ends_it_and_a_restart_keeps_it_ended(
    sold: Integration, settings: Settings
) -> None:
    off = factories.make_integration(active=False)
    (settings.instance / store.FILE).write_text('{"id": "somebody-else", "seq": 500}')
    epoch.check_once()
    epoch.release([sold.id])
    db.session.commit()
    epoch.settle_marks()
    assert (cause(), lanes(), open_codes()) == (None, {sold.id}, set())
    epoch.check_at_start()
    assert cause() is None
    ticks(2)
    # What was switched off meanwhile is as old as ever.
    db.session.get_one(Integration, off.id).active = True
    db.session.commit()
    found = epoch.observing_afresh()
    assert found is not None
    assert found.held == {off.id}
    assert lanes() == {sold.id}


def test_platform_that_is_held_after_a_long_sleep_is_read_by_itself_and_a_person_told_when_that_lasts(
    sold: Integration,
) -> None:
    clock.move(timedelta(hours=2))
    epoch.check_at_start()
    for _ in range(2):
        slept.look_at_held()
    db.session.expire_all()
    asked = db.session.scalars(select(Run)).all()
    assert [(run.trigger, run.mode, run.reading) for run in asked] == [(slept.TRIGGER, "plan", "full")]
    assert open_codes() == set()
    asked[0].status = "failed"
    db.session.commit()
    clock.move(timedelta(minutes=16))
    slept.look_at_held()
    assert open_codes() == {"observing_slept"}
    assert len(db.session.scalars(select(Run)).all()) == 2
    epoch.notice(sold.id, (), 0)
    assert open_codes() == set()


def test_host_joins_its_postgresql_and_a_dump_that_is_loaded_into_another_is_noticed(postgres_app: APIFlask) -> None:
    integration = factories.make_integration(gateway="nx_play")
    factories.make_sale(package=factories.make_package(integration))
    settings = current_hub().settings
    epoch.check_at_start()
    (settings.instance / store.FILE).unlink()
    epoch.check_at_start()
    assert cause() is None
    mark = json.loads(db.session.get_one(Setting, store.EPOCH).value)
    assert mark["seq"] == 2
    assert mark["place"].count("/") == 1
    db.session.get_one(Setting, store.EPOCH).value = json.dumps({**mark, "place": "7/1"})
    db.session.commit()
    epoch.check_at_start()
    assert cause() == MOVED
    assert lanes() == set()
    epoch.release([integration.id])
    db.session.commit()
    epoch.settle_marks()
    assert (cause(), lanes()) == (None, {integration.id})


def test_two_servers_that_start_for_the_first_time_at_once_both_serve(postgres_app: APIFlask) -> None:
    def start() -> str | None:
        with postgres_app.app_context():
            epoch.check_at_start()
            return cause()

    with ThreadPoolExecutor(1) as pool, db.engine.connect() as quicker:
        here = store.look_around(quicker, current_hub().settings)
        mark = Mark(instance_id(quicker), 1, here.place, here.line, clock.utc_now().isoformat())
        assert store.write_mark(quicker, mark, None)
        slower = pool.submit(start)
        # Long enough that it stands before the row that is not there yet.
        time.sleep(0.5)
        quicker.commit()
        assert slower.result(timeout=30) is None
    assert json.loads(db.session.get_one(Setting, store.EPOCH).value)["seq"] == 1
