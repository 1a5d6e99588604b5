"""The periodic work itself."""

from datetime import timedelta

from sqlalchemy import update

from tests import factories
from tests.journeys.crowd import accounts_of, drain, package_of, sell_to_crowd, statuses
from tests.journeys.platforms import Recipe, integrate, lose, use
from webapp import clock
from webapp.extensions import db
from webapp.jobs import tasks
from webapp.messages import explain
from webapp.models import IdempotencyRecord, Integration, Run, Service, Tick
from webapp.sandbox.client import Tenant
from webapp.services import accounts, runs, tokens
from webapp.services.hub import current_hub

DAY = timedelta(days=1)


def today() -> clock.date:
    return clock.local_today(current_hub().settings.timezone)


def plan_dates(service: int, **dates: object) -> None:
    db.session.execute(update(Service).where(Service.id == service).values(**dates))
    accounts.mark_services([service])
    db.session.commit()
    drain()


def a_day_later() -> None:
    """Let a day pass: what is dated is marked, and the queue worked."""
    clock.move(DAY)
    db.session.rollback()
    tasks.mark_dated()
    drain()


def test_a_holiday_begins_and_ends_on_its_days(integration: Integration, nx: Tenant) -> None:
    service = sell_to_crowd(package_of(integration), 1)[0]
    plan_dates(service, pause_from=today() + DAY, pause_until=today() + 2 * DAY)
    seen = [nx.subscribers()[0]["status"]]
    for _ in range(3):
        a_day_later()
        seen.append(nx.subscribers()[0]["status"])
    assert seen == ["active", "suspended", "suspended", "active"]
    assert nx.calls("suspend") == nx.calls("enable") == 1
    assert accounts_of(integration)[0].recheck_on is None


def test_nothing_is_marked_before_its_day(integration: Integration, nx: Tenant) -> None:
    service = sell_to_crowd(package_of(integration), 1)[0]
    plan_dates(service, pause_from=today() + 2 * DAY)
    before = accounts_of(integration)[0].generation
    db.session.rollback()
    tasks.mark_dated()
    assert accounts_of(integration)[0].generation == before


def test_every_integration_has_its_turn_although_one_fails(integration: Integration, nx: Tenant) -> None:
    package = package_of(integration)
    lost = integrate(use(Recipe("nx_lost")), nx)
    lose("nx_lost")
    sell_to_crowd(package, 2)
    drain()
    nx.suspend([row["id"] for row in nx.subscribers()])
    clock.move(timedelta(hours=1, minutes=1))
    db.session.rollback()
    tasks.reconcile_due()
    for run_id, _ in runs.due_work(clock.utc_now()):
        runs.work(run_id)
    found = {run.integration_id: run for run in Run.query}
    assert (found[lost.id].status, found[lost.id].error_code) == ("failed", "gateway_missing")
    assert explain("gateway_missing", found[lost.id].error_params).cause.count("nx_lost") == 1
    assert (found[integration.id].status, found[integration.id].trigger) == ("applying", "schedule")
    drain()
    assert found[integration.id].status == "done"
    assert {row["status"] for row in nx.subscribers()} == {"active"}
    tasks.reconcile_due()
    assert Run.query.count() == 2


def test_a_paused_or_inactive_integration_is_not_reconciled(integration: Integration) -> None:
    other = factories.make_integration()
    db.session.execute(update(Integration).where(Integration.id == other.id).values(active=False))
    db.session.execute(update(Integration).where(Integration.id == integration.id).values(paused_code="auth_stopped"))
    db.session.commit()
    clock.move(timedelta(hours=2))
    tasks.reconcile_due()
    assert Run.query.count() == 0


def test_answers_and_ticks_that_served_their_time_are_forgotten_and_fresh_ones_kept(app: object) -> None:
    token, _ = tokens.create_token("shop", "write")
    for age in (timedelta(), timedelta(days=3)):
        at = clock.utc_now() - age
        key = {"key": f"k-{age.days}", "fingerprint": "f", "created_at": at}
        db.session.add(IdempotencyRecord(token_id=token.id, **key))
        db.session.add(Tick(task="tidy", scheduled_at=at, fired_at=at))
    db.session.commit()
    tasks.tidy()
    assert [record.key for record in IdempotencyRecord.query] == ["k-0"]
    assert Tick.query.count() == 1


def test_nothing_dated_marks_nobody(integration: Integration) -> None:
    sell_to_crowd(package_of(integration), 2)
    drain()
    tasks.mark_dated()
    assert statuses(integration) == {"active": 2}
