"""The engine: order, fences, limits, and what it does when something of ours fails."""

import gc
import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, create_engine, event, func, select, update
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from tests.jobs.conftest import MakeEngine
from tests.journeys.crowd import OWING, PAYING, accounts_of, drain, package_of, sell_to_crowd, set_statuses, statuses
from webapp import clock
from webapp.config import Settings
from webapp.database import engine_options, prepare
from webapp.extensions import db
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.models import Account, Attempt, Integration
from webapp.sandbox.client import Tenant
from webapp.services.accounts import NEGATIVE, PAID_NOW
from webapp.services.connections import Connections
from webapp.services.convergence.work import Job
from webapp.services.hub import current_hub


def wait_until(done: Callable[[], object], timeout_s: float = 60.0) -> None:
    until_s = clock.monotonic_s() + timeout_s
    while not done():
        assert clock.monotonic_s() < until_s, "it did not happen in time"
        clock.sleep(0.01)


def attempts() -> list[tuple[str, str | None]]:
    rows = db.session.execute(select(Attempt.operation, Attempt.outcome).order_by(Attempt.id)).all()
    db.session.rollback()
    return [(row.operation, row.outcome) for row in rows]


def writes(tenant: Tenant, since: int = 0) -> list[str]:
    reads = ("list_products", "find", "list")
    return [line["operation"] for line in tenant.ledger(since) if line["operation"] not in reads]


def work(engine: Engine, timeout_s: float = 60.0) -> None:
    """Let an engine work until it has nothing under way and nothing to start."""
    wait_until(lambda: not engine.cycle() and not engine.busy(), timeout_s)


def test_paid_now_overtakes_two_hundred_queued_suspensions(
    integration: Integration, nx: Tenant, make_engine: MakeEngine
) -> None:
    services = sell_to_crowd(package_of(integration), 201)
    drain()
    set_statuses(services[200:], OWING)
    drain()
    nx.set_dials(latency_ms=10)
    since = nx.seq()
    set_statuses(services[:200], OWING, NEGATIVE)
    engine = make_engine()
    engine.cycle()
    set_statuses(services[200:], PAYING, PAID_NOW)
    wait_until(lambda: engine.cycle() is False and nx.effects("enabled") == 1)
    assert writes(nx, since).index("enable") <= 6
    work(engine)
    assert statuses(integration) == {"suspended": 200, "active": 1}


def test_a_change_while_a_call_is_under_way_leads_to_a_further_call(
    integration: Integration, nx: Tenant, make_engine: MakeEngine
) -> None:
    services = sell_to_crowd(package_of(integration), 1)
    nx.set_dials(latency_ms=200)
    engine = make_engine()
    engine.cycle()
    set_statuses(services, OWING)
    work(engine)
    assert writes(nx) == ["create", "suspend"]
    account = accounts_of(integration)[0]
    assert (account.status, account.applied_generation) == ("suspended", account.generation)


def test_a_result_whose_lease_was_lost_is_kept_as_late_and_changes_nothing(
    integration: Integration, nx: Tenant, make_engine: MakeEngine
) -> None:
    sell_to_crowd(package_of(integration), 1)
    nx.set_dials(faults=[{"operations": ["create"], "fail_next": 1, "latency_after_effect_ms": 700}])
    slow, quick = make_engine(), make_engine()
    slow.cycle()
    nx.wait_calls("create", 1)
    clock.move(timedelta(minutes=5))
    work(quick)
    standing = accounts_of(integration)[0]
    before = (standing.status, standing.units, standing.lease_token, standing.applied_at)
    assert standing.status == "active"
    db.session.rollback()
    work(slow)
    after = accounts_of(integration)[0]
    assert (after.status, after.units, after.lease_token, after.applied_at) == before
    assert attempts() == [("create", "late"), ("find", "found")]
    assert nx.effects("created") == 1


def test_a_lease_of_a_living_process_is_respected_and_one_of_a_dead_process_is_not(
    integration: Integration, nx: Tenant, settings: Settings, make_engine: MakeEngine
) -> None:
    sell_to_crowd(package_of(integration), 2)
    living, dead = accounts_of(integration)
    until = clock.utc_now() + timedelta(hours=1)
    with Owner(settings.instance) as other:
        for account, name in ((living, other.name), (dead, "999999-dead")):
            account.lease_owner, account.lease_until = name, until
        db.session.commit()
        work(make_engine())
        assert statuses(integration) == {"pending": 1, "active": 1}
        assert accounts_of(integration)[1].status == "active"
    drain()
    assert statuses(integration) == {"active": 2}


def test_no_more_calls_start_than_the_rate_allows(integration: Integration, nx: Tenant) -> None:
    sell_to_crowd(package_of(integration), 60)
    db.session.execute(update(Integration).values(rate_per_s=40, concurrency=16))
    db.session.commit()
    drain()
    times = [clock.datetime.fromisoformat(line["received_at"]) for line in nx.ledger(operation="create")]
    assert len(times) == 60
    # The first may be on its way for long on a busy machine; it counts from when it was decided.
    first_at = db.session.scalar(select(func.min(Attempt.started_at)).where(Attempt.operation == "create"))
    assert first_at is not None
    assert (times[-1] - first_at).total_seconds() > 0.4
    for first in times:
        assert sum(first <= time < first + timedelta(seconds=0.5) for time in times) <= 40 + 20 + 1


def test_never_more_calls_are_under_way_than_allowed(
    integration: Integration, nx: Tenant, make_engine: MakeEngine
) -> None:
    sell_to_crowd(package_of(integration), 12)
    nx.set_dials(latency_ms=50)
    drain()
    spans = [
        (clock.datetime.fromisoformat(line["received_at"]), clock.datetime.fromisoformat(line["at"]))
        for line in nx.ledger(operation="create")
    ]
    assert max(sum(began <= other < ended for began, ended in spans) for other, _ in spans) == 2


def test_results_are_kept_while_the_database_takes_nothing_and_recorded_afterwards(
    integration: Integration, nx: Tenant, settings: Settings
) -> None:
    sell_to_crowd(package_of(integration), 1)
    impatient = create_engine(settings.database_url, **engine_options(settings.database_url))
    prepare(impatient, settings.instance)
    event.listen(impatient, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 50"))
    nx.set_dials(latency_ms=100)
    with Owner(settings.instance) as owner:
        engine = Engine(impatient, current_hub(), Connections(current_hub()), owner)
        engine.cycle()
        with db.engine.begin():
            nx.wait_calls("create", 1)
            assert engine.cycle() is False
            assert engine.busy() == 1
        work(engine)
        engine.finish()
    impatient.dispose()
    assert statuses(integration) == {"active": 1}
    assert attempts() == [("create", "ok")]


def test_results_are_kept_when_the_database_goes_away_while_they_are_recorded_one_by_one(
    integration: Integration, nx: Tenant, make_engine: MakeEngine
) -> None:
    sell_to_crowd(package_of(integration), 1)
    errors: list[type[DBAPIError]] = [InternalError, OperationalError]

    def refuse(connection: Connection) -> None:
        if errors and connection.scalar(select(func.count()).where(Attempt.outcome.is_not(None))):
            raise errors.pop(0)("COMMIT", {}, Exception("the server is gone"))

    engine = make_engine()
    event.listen(db.engine, "commit", refuse)
    try:
        work(engine)
    finally:
        event.remove(db.engine, "commit", refuse)
    assert errors == []
    assert attempts() == [("create", "ok")]
    assert statuses(integration) == {"active": 1}


def test_one_poisonous_account_is_blocked_and_the_others_go_on(integration: Integration, nx: Tenant) -> None:
    services = sell_to_crowd(package_of(integration), 3)
    # Rules as another version of the program may have left them.
    db.session.execute(update(Integration).values(status_rules={OWING: "frozen"}))
    set_statuses(services[:1], OWING)
    drain()
    assert statuses(integration) == {"blocked": 1, "active": 2}
    assert accounts_of(integration)[0].error_code == "planning_failed"


def test_a_running_engine_is_woken_by_a_commit_and_records_everything_before_it_stops(
    integration: Integration, nx: Tenant, make_engine: MakeEngine
) -> None:
    engine = make_engine()
    thread = threading.Thread(target=engine.run)
    thread.start()
    try:
        sell_to_crowd(package_of(integration), 5)
        nx.wait_calls("create", 5)
        # On record at the platform before its answer: so both are surely under way, and not only waiting for a thread.
        nx.set_dials(latency_after_effect_ms=600)
        sell_to_crowd(package_of(integration, "basico"), 2)
        nx.wait_calls("create", 7)
        assert engine.busy()
    finally:
        engine.stop()
        thread.join(timeout=10)
    assert not thread.is_alive()
    assert nx.effects("created") == 7
    assert {outcome for _, outcome in attempts()} == {"ok"}
    assert statuses(integration) == {"active": 7}


def test_calls_under_way_are_recorded_when_the_concurrency_changed_meanwhile(
    integration: Integration, nx: Tenant, make_engine: MakeEngine
) -> None:
    sell_to_crowd(package_of(integration), 5)
    nx.set_dials(latency_ms=300)
    engine = make_engine()
    engine.cycle()
    db.session.execute(update(Integration).values(concurrency=4))
    db.session.commit()
    engine.cycle()
    # What no thread has begun yet is taken back at the end.
    nx.wait_calls("create", 4)
    engine.finish()
    assert attempts() == [("create", "ok")] * 4
    assert db.session.scalar(select(func.count()).select_from(Account).where(Account.lease_owner.is_not(None))) == 0


def test_an_inactive_integration_sends_nothing_forgets_nothing_and_counts_as_idle(
    integration: Integration, nx: Tenant
) -> None:
    sell_to_crowd(package_of(integration), 3)
    db.session.execute(update(Integration).values(active=False))
    db.session.commit()
    started_s = clock.monotonic_s()
    assert drain(patience_s=60) == 0
    assert clock.monotonic_s() - started_s < 30
    assert nx.calls("create") == 0
    db.session.execute(update(Integration).values(active=True))
    db.session.commit()
    drain()
    assert statuses(integration) == {"active": 3}


def test_nothing_is_kept_of_calls_that_ended(integration: Integration, nx: Tenant, make_engine: MakeEngine) -> None:
    sell_to_crowd(package_of(integration), 40)
    engine = make_engine()
    work(engine)
    gc.collect()
    assert [found for found in gc.get_objects() if isinstance(found, Job)] == []
