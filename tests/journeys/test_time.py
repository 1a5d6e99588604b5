"""The clock: set forward and back while the hub works, days that turn, ends at the right minute, ninety days."""

import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network

import pytest
from apiflask import APIFlask
from flask import current_app
from sqlalchemy import select, update

from tests.cli.conftest import Run, make, run  # noqa: F401
from tests.decide.builders import inputs
from tests.gateways.servers import LoopbackServer, http
from tests.journeys.crowd import (
    ENDED,
    OWING,
    PAYING,
    accounts_of,
    drain,
    package_of,
    sell_to_crowd,
    set_statuses,
    statuses,
)
from tests.journeys.platforms import connect
from webapp import clock
from webapp.clock import utc_now
from webapp.decide.desired import ServiceDates, asked_content
from webapp.decide.policy import Content
from webapp.extensions import db
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.errors import Unavailable
from webapp.gateways.http import HttpClient, HttpRequest
from webapp.jobs import scheduler
from webapp.models import Account, Alert, Integration, Service, ServicePackage
from webapp.sandbox.client import Tenant
from webapp.services import clock_watch

YEARS = timedelta(days=3_653)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LOOPBACK = ip_network("127.0.0.0/8")
PLAN_S = 5.0
ZONES = (
    "America/Sao_Paulo", "America/Manaus", "America/Rio_Branco", "America/Noronha", "America/Cuiaba", "UTC",
    "Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia",
)  # fmt: skip
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def crowd(nx: Tenant) -> Integration:
    """Twelve who watch: four owe and are trusted for three days, four have a right that ends in half a year."""
    integration = connect(nx, "key", concurrency=4, total_timeout_s=2)
    services = sell_to_crowd(package_of(integration), 12)
    drain()
    today = utc_now().date()
    trusted = {"no_suspend_until": today + 3 * DAY, "no_suspend_reason": "promised to pay"}
    db.session.execute(update(Service).where(Service.id.in_(services[:4])).values(**trusted))
    ends = update(ServicePackage).where(ServicePackage.service_id.in_(services[4:8])).values(ends_on=today + 183 * DAY)
    db.session.execute(ends)
    set_statuses(services[:4], OWING)
    set_statuses(services[4:8], PAYING)
    drain()
    clock_watch.begin_watch()
    return integration


def pass_by(*tasks: str) -> None:
    """Let the periodic work come round, and the engine do what follows."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    db.session.rollback()
    clock_watch.look()
    for name in tasks or ("dated", "tidy", "cutoffs"):
        scheduler.run_task(app, name, scheduler.TASKS[name])
    drain(patience_s=0.0)


def negatives(tenant: Tenant) -> int:
    return tenant.calls("suspend") + tenant.calls("cancel")


def alerts() -> set[str]:
    codes = set(db.session.scalars(select(Alert.code).where(Alert.closed_at.is_(None))))
    db.session.rollback()
    return codes


@pytest.mark.parametrize("by", [HOUR, YEARS, -HOUR, -YEARS], ids=["+1 h", "+10 y", "-1 h", "-10 y"])
def test_a_clock_that_is_set_takes_nothing_from_anybody_and_all_goes_on_when_it_is_put_back(
    crowd: Integration, nx: Tenant, by: timedelta
) -> None:
    clock.leap(by)
    for _ in range(3):
        pass_by()
        clock.move(timedelta(minutes=2))
    assert negatives(nx) == 0
    assert alerts() == {"clock_leapt"}
    # Who gains need not wait for the right day.
    sell_to_crowd(package_of(crowd, "basico"), 1)
    drain(patience_s=1)
    assert nx.calls("create") == 13
    clock.leap(-by)
    pass_by()
    assert (alerts(), clock_watch.in_doubt(db.engine), negatives(nx)) == (set(), False, 0)
    clock.move(4 * DAY)
    pass_by()
    assert negatives(nx) == nx.calls("suspend") == 4
    clock.move(180 * DAY)
    pass_by()
    assert nx.calls("suspend") + nx.calls("cancel") == 8


@pytest.mark.parametrize("by", [HOUR, YEARS, -HOUR, -YEARS], ids=["+1 h", "+10 y", "-1 h", "-10 y"])
def test_no_retry_comes_later_than_twice_its_plan_whatever_the_clock_is_set_to(
    app: APIFlask, nx: Tenant, by: timedelta
) -> None:
    integration = connect(nx, "key", concurrency=4, total_timeout_s=2)
    clock_watch.begin_watch()
    nx.set_dials(faults=[{"operations": ["create"], "status": 429, "retry_after": int(PLAN_S), "fail_next": 1}])
    sell_to_crowd(package_of(integration), 3)
    drain(patience_s=0.0)
    tried = nx.calls("create")
    assert statuses(integration) != {"active": 3}
    clock.leap(by)
    clock_watch.look()
    clock.move(timedelta(seconds=2 * PLAN_S))
    drain(patience_s=0.2)
    assert statuses(integration) == {"active": 3}
    # And none of them came in a burst.
    assert nx.calls("create") - tried <= 3
    # What a wrong clock had planned for years later does not wait for it either.
    clock.leap(-by)
    clock_watch.look()
    db.session.rollback()
    sell_to_crowd(package_of(integration, "basico"), 1)
    drain(patience_s=0.2)
    assert statuses(integration) == {"active": 4}


def test_a_breaker_and_a_lease_that_a_wrong_clock_made_do_not_last_for_years(app: APIFlask, nx: Tenant) -> None:
    integration = connect(nx, "key", concurrency=4, total_timeout_s=2)
    # It was wrong already when the hub was started.
    clock.leap(YEARS)
    clock_watch.begin_watch()
    nx.set_dials(faults=[{"operations": ["create", "find"], "status": 503}])
    sell_to_crowd(package_of(integration), 12)
    drain(patience_s=0.0)
    stuck = {"lease_owner": "somebody", "lease_until": utc_now() + HOUR, "due_at": utc_now()}
    db.session.execute(update(Account).where(Account.id == accounts_of(integration)[0].id).values(**stuck))
    db.session.commit()
    clock.leap(-YEARS)
    nx.set_dials(faults=[])
    clock_watch.look()
    drain(patience_s=0.5)
    clock.move(timedelta(seconds=61))
    drain(patience_s=0.5)
    assert statuses(integration) == {"active": 12}


def test_the_periodic_work_goes_on_after_the_clock_was_set_back(app: APIFlask) -> None:
    clock_watch.begin_watch()
    done: list[int] = []
    scheduler.run_task(app, "notify", lambda: done.append(1))
    clock.leap(HOUR)
    scheduler.run_task(app, "notify", lambda: done.append(2))
    clock.leap(-HOUR)
    clock_watch.look()
    clock.move(timedelta(seconds=11))
    scheduler.run_task(app, "notify", lambda: done.append(3))
    assert done == [1, 2, 3]
    waiting = scheduler.build_scheduler(app)
    waiting.start(paused=True)
    try:
        for job in waiting.get_jobs():
            job.modify(next_run_time=utc_now() + HOUR)
        scheduler.count_anew(waiting)
        assert max(job.next_run_time for job in waiting.get_jobs()) <= utc_now()
    finally:
        waiting.shutdown(wait=False)


@pytest.mark.parametrize(("off", "trusted"), [(timedelta(0), True), (timedelta(minutes=5), False)])
def test_an_answer_that_shows_the_same_time_ends_the_doubt(crowd: Integration, off: timedelta, trusted: bool) -> None:
    clock.leap(YEARS)
    clock_watch.look()
    date_line = f"Date: {format_datetime(utc_now() + off, usegmt=True)}"
    with LoopbackServer(lambda peer, raw: peer.sendall(http(b"{}", "200 OK", date_line))) as server:
        client = HttpClient(EgressPolicy((LOOPBACK,)))
        client.send(HttpRequest("GET", server.url, read_only=True))
        client.close()
    clock_watch.look()
    assert clock_watch.in_doubt(db.engine) is not trusted


def test_a_doubt_outlasts_a_restart_and_ends_by_the_word_of_a_person(crowd: Integration, run: Run) -> None:  # noqa: F811
    clock.leap(YEARS)
    clock_watch.look()
    clock_watch.begin_watch()
    clock_watch.look()
    assert clock_watch.in_doubt(db.engine)
    assert run("clock").exit_code == 0
    run("clock", "--right")
    clock_watch.look()
    assert not clock_watch.in_doubt(db.engine)


def test_a_slow_drift_and_passing_time_are_no_leap(app: APIFlask) -> None:
    clock_watch.begin_watch()
    for _ in range(100):
        clock.move(DAY)
        clock.leap(timedelta(seconds=3))
        assert clock_watch.look() is None
    assert not clock_watch.in_doubt(db.engine)


def test_time_outs_fire_while_the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = utc_now()
    monkeypatch.setattr(clock, "utc_now", lambda: frozen)
    started_s = time.monotonic()
    with LoopbackServer(lambda peer, raw: peer.recv(1)) as server:
        client = HttpClient(EgressPolicy((LOOPBACK,)), total_timeout_s=1.0)
        with pytest.raises(Unavailable):
            client.send(HttpRequest("GET", server.url, read_only=True))
        client.close()
    assert 0.9 < time.monotonic() - started_s < 30


@pytest.fixture
def c_library() -> Iterator[None]:
    """The time zones of the C library, which knows nothing of Python's: the model."""
    former = os.environ.get("TZ")
    yield
    os.environ.pop("TZ", None)
    if former is not None:
        os.environ["TZ"] = former
    time.tzset()


@pytest.mark.usefixtures("c_library")
@pytest.mark.parametrize("zone", ZONES)
def test_a_thousand_days_in_each_zone_turn_when_the_model_says(zone: str) -> None:
    os.environ["TZ"] = zone
    time.tzset()
    chance = random.Random(zone)
    for _ in range(1_000):
        # Near midnight there, where a mistake of an hour is a day.
        day = date(2012, 1, 1) + DAY * chance.randrange(9_000)
        at = time.mktime((day.year, day.month, day.day, 0, 0, chance.choice((-3600, -60, -1, 1, 60, 3600)), 0, 0, -1))
        model = time.localtime(at)
        clock.reset()
        clock.move(datetime.fromtimestamp(at, UTC) + timedelta(milliseconds=500) - utc_now())
        assert clock.local_today(zone) == date(model.tm_year, model.tm_mon, model.tm_mday), (zone, at)


@pytest.mark.usefixtures("c_library")
@pytest.mark.parametrize("zone", ZONES)
def test_a_trust_unlock_ends_at_the_right_local_minute(zone: str) -> None:
    os.environ["TZ"] = zone
    time.tzset()
    chance = random.Random(zone)
    for _ in range(100):
        until = date(2024, 1, 1) + DAY * chance.randrange(1_500)
        owes = inputs(status=OWING, dates=ServiceDates(no_suspend_until=until))
        after = until + DAY
        midnight = datetime.fromtimestamp(time.mktime((after.year, after.month, after.day, 0, 0, 0, 0, 0, -1)), UTC)
        for seconds, exempt in ((-60, True), (1, False)):
            clock.reset()
            clock.move(midnight + timedelta(seconds=seconds) - utc_now())
            content = asked_content(replace(owes, today=clock.local_today(zone)))
            assert content is (Content.ACTIVE if exempt else Content.SUSPENDED), (zone, until)


def test_ninety_days_of_twelve_customers_pass_as_planned(nx: Tenant) -> None:
    began_s = time.process_time()
    integration = connect(nx, "key", concurrency=4, total_timeout_s=2)
    services = sell_to_crowd(package_of(integration), 12)
    drain()
    emails = dict(zip(services, (one.login for one in accounts_of(integration)), strict=True))
    chance = random.Random(90)
    wanted = dict.fromkeys(services, "active")
    known = {OWING: "suspended", PAYING: "active", ENDED: "cancelled"}
    for _ in range(90):
        clock.move(DAY)
        for service in chance.sample(services, 2):
            if wanted[service] != "cancelled":
                status = chance.choices((OWING, PAYING, ENDED), (10, 10, 1))[0]
                wanted[service] = known[status]
                set_statuses([service], status)
        pass_by("dated")
        there = {row["email"]: row["status"] for row in nx.subscribers()}
        assert {emails[one]: state for one, state in wanted.items()} == there
    assert {"active", "suspended", "cancelled"} <= set(wanted.values())
    assert nx.doubles() == {}
    assert time.process_time() - began_s < 60
