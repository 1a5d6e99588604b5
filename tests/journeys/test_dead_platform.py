"""A platform that is away for hours and for days: it is left alone, nothing is lost, nobody else waits."""

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from flask import current_app
from sqlalchemy import func, select, update

from tests.fixtures.people import signed_in
from tests.jobs.conftest import MakeEngine, make_engine  # noqa: F401
from tests.journeys.crowd import (
    OWING,
    PAYING,
    accounts_of,
    drain,
    drain_through_time,
    package_of,
    sell_to_crowd,
    set_statuses,
    statuses,
)
from tests.journeys.platforms import connect, integrate
from webapp import clock
from webapp.config import Settings
from webapp.decide.backoff import JITTER_RATIO, SCHEDULE_S, delay_s
from webapp.extensions import db
from webapp.gateways import registry
from webapp.jobs.engine import Engine
from webapp.messages import explain
from webapp.models import Account, Event, Integration
from webapp.sandbox.client import SandboxProcess, Tenant
from webapp.services import hub
from webapp.services.convergence import claims

PEOPLE = 200
STEP = timedelta(seconds=15)
RATE = 150
DOWN = [{"operations": ["create", "find", "suspend", "enable", "cancel", "update"], "status": 503}]
pytestmark = pytest.mark.usefixtures("app")


def work(engine: Engine) -> None:
    """Let the engine start what it may start now, and take in how it ended."""
    db.session.rollback()
    until_s = clock.monotonic_s() + 60
    while (engine.cycle() or engine.busy()) and clock.monotonic_s() < until_s:
        clock.sleep(0.001)


def told(action: str) -> int:
    count = db.session.scalar(select(func.count()).select_from(Event).where(Event.action == action)) or 0
    db.session.rollback()
    return count


def effects_of(tenant: Tenant) -> dict[str, list[str]]:
    """Return what took effect there for each person, in the order in which it came."""
    found: dict[str, list[str]] = {}
    for line in tenant.ledger(kind="nx"):
        if line.get("effect"):
            found.setdefault(line["external_id"], []).append(line["effect"])
    return found


def test_two_hours_without_an_answer_cost_few_calls_and_all_is_done_in_order_afterwards(
    nx: Tenant,
    make_engine: MakeEngine,  # noqa: F811
) -> None:
    integration = connect(nx, "key", concurrency=16, total_timeout_s=5)
    db.session.execute(update(Integration).values(rate_per_s=RATE))
    package = package_of(integration)
    there = sell_to_crowd(package, 50)
    drain()
    sell_to_crowd(package, PEOPLE)
    engine, before = make_engine(), nx.calls()
    nx.set_dials(faults=DOWN)
    work(engine)
    opened = nx.calls()
    assert 8 <= opened - before <= 20
    began = clock.utc_now()
    calls: list[datetime] = []
    while clock.utc_now() - began < timedelta(hours=2):
        clock.move(STEP)
        work(engine)
        calls += [clock.utc_now()] * (nx.calls() - opened - len(calls))
    # Never more than one in half a minute.
    assert all(later - first >= timedelta(seconds=30) for first, later in zip(calls, calls[1:], strict=False))
    assert 10 <= len(calls) <= 240
    set_statuses(there, OWING)
    set_statuses(there[25:], PAYING)
    nx.set_dials(faults=[])
    since = nx.seq()
    for _ in range(60):
        clock.move(STEP)
        work(engine)
    assert statuses(integration) == {"active": PEOPLE + 25, "suspended": 25}
    assert nx.doubles() == {}
    effects = Counter(tuple(one) for one in effects_of(nx).values())
    assert effects == {("created",): PEOPLE + 25, ("created", "suspended"): 25}
    times = sorted(datetime.fromisoformat(line["received_at"]) for line in nx.ledger(since))
    assert all(sum(first <= one < first + timedelta(seconds=1) for one in times) <= 2 * RATE for first in times[::20])


def test_five_days_without_an_answer_disable_once_lose_nothing_and_go_on_by_one_click(
    app: APIFlask, nx: Tenant
) -> None:
    integration = connect(nx, "key", concurrency=4, total_timeout_s=2)
    sell_to_crowd(package_of(integration), 20)
    nx.set_dials(faults=DOWN)
    while clock.utc_now() - began_at() < timedelta(hours=139):
        drain(patience_s=0.0)
        clock.move(timedelta(hours=3))
    drain(patience_s=0.0)
    db.session.refresh(integration)
    assert (integration.paused_code, told("integration.paused"), told("integration.unreachable")) == (
        "unreachable_long", 1, 1,
    )  # fmt: skip
    assert explain("unreachable_long").remedy
    asked = nx.calls()
    clock.move(timedelta(hours=5))
    drain(patience_s=0.0)
    assert nx.calls() <= asked + 1
    nx.set_dials(faults=[])
    # On the first page, one click.
    admin = signed_in(app, "admin")
    page = admin.get("/")
    assert f'action="/integrations/{integration.id}/resume"' in page.text
    assert admin.post(f"/integrations/{integration.id}/resume").status_code in (302, 303)
    drain()
    assert statuses(integration) == {"active": 20}
    assert nx.effects("created") == 20
    assert nx.doubles() == {}


def test_a_platform_that_comes_back_after_days_is_noticed_without_a_person_and_told_once(nx: Tenant) -> None:
    integration = connect(nx, "key", concurrency=4, total_timeout_s=2)
    sell_to_crowd(package_of(integration), 5)
    nx.set_dials(faults=DOWN)
    # Ten rounds more than five days: on a busy machine the first of them may bring no answer yet.
    for _ in range(50):
        drain(patience_s=0.0)
        clock.move(timedelta(hours=3))
    nx.set_dials(faults=[])
    drain_through_time(lambda: set(statuses(integration)) == {"active"}, timedelta(hours=1))
    assert (told("integration.paused"), told("integration.recovered")) == (1, 1)


def began_at() -> datetime:
    at = db.session.scalars(select(Account.created_at).order_by(Account.id).limit(1)).one()
    db.session.rollback()
    return at


@pytest.mark.parametrize("tries", range(1, len(SCHEDULE_S) + 1))
def test_a_thousand_retries_lie_within_a_fifth_of_the_plan_and_are_spread(tries: int) -> None:
    chance = random.Random(tries)
    planned = SCHEDULE_S[tries - 1]
    delays = [delay_s(tries, None, chance.random()) for _ in range(1_000)]
    assert min(delays) >= planned * (1 - JITTER_RATIO)
    assert max(delays) <= planned * (1 + JITTER_RATIO)
    # Of the first, five seconds later, no second can be empty; but the breaker lets no more than twenty fail at once.
    seconds = Counter(int(one) for one in delays)
    assert tries == 1 or max(seconds.values()) <= 50
    assert len({round(one, 3) for one in delays}) > 500


def test_calls_to_four_platforms_begin_in_one_round_although_the_fifth_holds_every_worker(
    settings: Settings,
    sandbox: SandboxProcess,
    nx: Tenant,
    make_engine: MakeEngine,  # noqa: F811
) -> None:
    current_app.extensions[hub.KEY] = replace(hub.current_hub(), settings=replace(settings, workers=10))
    dead = connect(nx, "key", concurrency=16, total_timeout_s=20)
    others = [sandbox.tenant(f"{nx.name}-{number}") for number in range(4)]
    packages = [package_of(integrate("nx_key", tenant), f"p{number}") for number, tenant in enumerate(others)]
    sell_to_crowd(package_of(dead), 40)
    nx.set_dials(latency_ms=8_000, operations=["create"])
    engine = make_engine()
    for _ in range(5):
        engine.cycle()
    held = engine.busy()
    for package in packages:
        sell_to_crowd(package, 2)
    engine.cycle()
    # No clock: these have begun, and not one of those that hang has ended.
    assert 1 <= held <= 10
    assert engine.busy() == held + 8
    for tenant in others:
        tenant.wait_calls("create", 2)
    assert nx.effects("created") == 0


@pytest.mark.parametrize("timeout_s", [1, 30, 300])
def test_a_lease_outlasts_every_call_of_a_job_whatever_a_recipe_asks_for(
    nx: Tenant,
    make_engine: MakeEngine,  # noqa: F811
    timeout_s: int,
) -> None:
    integration = connect(nx, "key", total_timeout_s=timeout_s)
    sell_to_crowd(package_of(integration), 1)
    nx.set_dials(latency_ms=3_000)
    make_engine().cycle()
    account = accounts_of(integration)[0]
    longest = timedelta(seconds=timeout_s * registry.get_gateway(integration.gateway).traits.calls_per_job)
    assert account.lease_until is not None
    assert longest < account.lease_until - clock.utc_now() < claims.IMPOSSIBLE_LEASE
    db.session.rollback()
