"""Several engines on one queue keep each platform's limits together; one that is not fit for it claims nothing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import Connection, event, select, update
from sqlalchemy.exc import OperationalError

from tests.journeys.crowd import accounts_of, package_of, sell_to_crowd
from tests.journeys.platforms import connect
from webapp import clock
from webapp.config import Settings
from webapp.extensions import db
from webapp.gateways.contract import Limits
from webapp.jobs.driving import Drive, Drives
from webapp.jobs.engine import Engine
from webapp.jobs.fitness import Fitness
from webapp.jobs.owner import Owner
from webapp.jobs.pool import Pools
from webapp.jobs.rounds import Rounds
from webapp.models import Integration, LaneShare
from webapp.sandbox.client import Tenant
from webapp.services.connections import Connections
from webapp.services.convergence.common_shares import CommonShares
from webapp.services.hub import current_hub

PEOPLE, PATIENCE_S = 12, 180
MakeEngine = Callable[..., Engine]


@pytest.fixture
def make_engine(app: APIFlask, settings: Settings) -> Iterator[MakeEngine]:
    with ExitStack() as stack:

        def make(drives: Drives | None = None, fitness: Fitness | None = None) -> Engine:
            db.session.rollback()
            owner = stack.enter_context(Owner(settings.instance))
            engine = Engine(db.engine, current_hub(), Connections(current_hub()), owner, drives, fitness)
            stack.callback(engine.finish)
            return engine

        yield make


def work(engines: list[Engine], integration: Integration) -> None:
    """Let them work in turns until everything is done."""
    until_s = clock.monotonic_s() + PATIENCE_S
    while any(account.status != "active" for account in accounts_of(integration)):
        assert clock.monotonic_s() < until_s
        db.session.rollback()
        for engine in engines:
            engine.cycle()
        clock.sleep(0.01)


def test_calls_of_three_engines_together_never_exceed_the_limit_and_each_has_its_part(
    make_engine: MakeEngine, nx: Tenant
) -> None:
    integration = connect(nx, "key", concurrency=3, total_timeout_s=2)
    sell_to_crowd(package_of(integration), PEOPLE)
    nx.set_dials(latency_ms=60)
    engines = [make_engine() for _ in range(3)]
    for engine in engines:
        engine.cycle()
    with db.engine.begin() as db_connection:
        shares = list(db_connection.scalars(select(LaneShare.calls).where(LaneShare.calls > 0)))
    # Whoever is alone takes what there is; from the next call on the others have their part.
    assert sum(shares) <= 3
    work(engines, integration)
    spans = [
        (clock.datetime.fromisoformat(line["received_at"]), clock.datetime.fromisoformat(line["at"]))
        for line in nx.ledger(operation="create")
    ]
    assert len(spans) == PEOPLE
    assert max(sum(began <= other < ended for began, ended in spans) for other, _ in spans) <= 3


def test_rate_of_two_engines_together_is_the_platforms(make_engine: MakeEngine, nx: Tenant) -> None:
    integration = connect(nx, "key", concurrency=8, rate_per_s=10, total_timeout_s=2)
    sell_to_crowd(package_of(integration), 18)
    work([make_engine(), make_engine()], integration)
    times = sorted(clock.datetime.fromisoformat(line["received_at"]) for line in nx.ledger(operation="create"))
    # The bucket holds one second's worth; what one engine drew the other one cannot.
    assert len([one for one in times if one < times[0] + timedelta(seconds=0.5)]) <= 10 + 5 + 1


def test_room_of_a_process_that_is_gone_is_free_again_when_it_was_not_heard_of(app: APIFlask, nx: Tenant) -> None:
    integration = connect(nx, "key", concurrency=4)
    limits, now = Limits(concurrency=4), clock.utc_now()
    mine, other = CommonShares("mine"), CommonShares("other")
    with db.engine.begin() as db_connection:
        other.note(db_connection, {integration.id: 3}, now)
        assert mine.room(db_connection, integration.id, limits, 2, 0, 99, now).calls == 1
        later = now + timedelta(seconds=16)
        assert mine.room(db_connection, integration.id, limits, 2, 0, 99, later).calls == 8
        other.note(db_connection, {integration.id: 0}, later)
        assert mine.room(db_connection, integration.id, limits, 2, 0, 99, later).calls == 2
        other.forget(db_connection, [integration.id])
        assert mine.room(db_connection, integration.id, limits, 2, 0, 99, later).calls == 8


def test_engine_of_an_older_version_claims_nothing_also_where_it_cannot_show_life_any_more(
    make_engine: MakeEngine, nx: Tenant
) -> None:
    sell_to_crowd(package_of(connect(nx, "key", total_timeout_s=2)), 1)
    fitness = Fitness(db.engine)
    engine = make_engine(fitness=fitness)
    spoil("schema_newer")
    with db.engine.begin() as db_connection:
        db_connection.exec_driver_sql("ALTER TABLE heartbeat RENAME TO signs_of_life")
    assert not engine.cycle()
    assert not fitness.may_claim


def test_room_and_rate_that_a_wrong_clock_wrote_far_ahead_are_not_waited_for(app: APIFlask, nx: Tenant) -> None:
    integration = connect(nx, "key", concurrency=4)
    mine, other, limits = CommonShares("mine"), CommonShares("other"), Limits(concurrency=4)
    clock.move(timedelta(days=400))
    with db.engine.begin() as db_connection:
        other.lock(db_connection, [integration.id])
        assert other.allowed(db_connection, integration.id, 2.0, 5, clock.utc_now()) == 1
        other.note(db_connection, {integration.id: 4}, clock.utc_now())
    clock.reset()
    now = clock.utc_now()
    with db.engine.begin() as db_connection:
        mine.lock(db_connection, [integration.id])
        assert mine.room(db_connection, integration.id, limits, 1, 0, 99, now).calls == 4
        assert mine.allowed(db_connection, integration.id, 2.0, 5, now) == 0
        assert mine.allowed(db_connection, integration.id, 2.0, 5, now + timedelta(seconds=1)) == 2
        # Whoever wrote it is heard of again as soon as its own clock is right.
        other.note(db_connection, {integration.id: 4}, now)
        assert mine.room(db_connection, integration.id, limits, 1, 0, 99, now).calls == 0


def test_share_that_could_not_be_committed_is_written_anew(app: APIFlask, settings: Settings, nx: Tenant) -> None:
    integration, share = connect(nx, "key", concurrency=4), CommonShares("mine")
    with Owner(settings.instance) as owner:
        rounds = Rounds(db.engine, owner, Pools(lambda: None), share, None, None)
        rounds.touch([integration.id])
        event.listen(db.engine, "commit", refuse)
        try:
            rounds.go("engine")
        finally:
            event.remove(db.engine, "commit", refuse)
    with db.engine.begin() as db_connection:
        assert not list(db_connection.scalars(select(LaneShare.calls)))
        share.note(db_connection, {integration.id: 0}, clock.utc_now())
        assert list(db_connection.scalars(select(LaneShare.calls))) == [0]


def refuse(connection: Connection) -> None:
    # Only what came after the sweep: the last that is committed of a round.
    if connection.scalar(select(LaneShare.calls)) is not None:
        raise OperationalError("COMMIT", {}, Exception("the server is gone"))


@pytest.mark.parametrize("fault", ["schema_newer", "clock_differs"])
def test_engine_of_an_older_version_or_on_another_clock_claims_nothing_until_it_is_mended(
    make_engine: MakeEngine, nx: Tenant, fault: str
) -> None:
    integration = connect(nx, "key", total_timeout_s=2)
    sell_to_crowd(package_of(integration), 1)
    fitness = Fitness(db.engine)
    engine = make_engine(fitness=fitness)
    former = spoil(fault)
    assert not engine.cycle()
    assert not fitness.may_claim
    assert nx.calls("create") == 0
    mend(fault, former)
    fitness.look()
    work([engine], integration)


def spoil(fault: str) -> str:
    if fault == "clock_differs":
        clock.leap(timedelta(seconds=6))
        return ""
    with db.engine.begin() as db_connection:
        former: str = db_connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        db_connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    return former


def mend(fault: str, former: str) -> None:
    if fault == "clock_differs":
        clock.reset()
        return
    with db.engine.begin() as db_connection:
        db_connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{former}'")


def test_engine_works_on_what_jobs_say_and_ends_them_when_nothing_is_left(make_engine: MakeEngine, nx: Tenant) -> None:
    integration, ended = connect(nx, "key", total_timeout_s=2), []
    package = package_of(integration)
    sell_to_crowd(package, 2)
    drives = Drives()
    engine = make_engine(drives)
    assert not engine.cycle()
    drives.begin(Drive(integration.id, lambda: ended.append(1)))
    work([engine], integration)
    engine.cycle()
    assert ended == [1]
    # What is stopped until a person looks holds no job: it would do nothing.
    db.session.execute(update(Integration).values(paused_code="auth_stopped", paused_until=None))
    db.session.commit()
    sell_to_crowd(package, 1)
    drives.begin(Drive(integration.id, lambda: ended.append(2)))
    engine.cycle()
    assert ended == [1, 2]
    assert drives.wanted() == {integration.id}
