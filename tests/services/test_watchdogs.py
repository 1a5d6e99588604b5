"""What does not happen is told once, kept while it lasts, and taken back when it is over."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests import factories
from tests.services.test_measures import make_account
from webapp import clock
from webapp.decide.breaker import Breaker, dump_breaker
from webapp.extensions import db
from webapp.models import Alert, Event, Heartbeat, Integration, Run
from webapp.services import watchdogs
from webapp.services.readings import PastReading
from webapp.services.watchdogs import watching
from webapp.services.watchdogs.finding import Check
from webapp.services.watchdogs.queues import waits_since
from webapp.services.watchdogs.reconciling import compared_nobody, longest_gap

pytestmark = pytest.mark.usefixtures("app")


def watch(later: timedelta = timedelta()) -> dict[str, Alert]:
    """Let time pass, look, and return the open alerts by code."""
    clock.move(later)
    db.session.rollback()
    watchdogs.watch(clock.utc_now())
    db.session.expire_all()
    return {row.code: row for row in db.session.query(Alert).filter_by(closed_at=None)}


def make_lister(**values: Any) -> Integration:
    """Make an integration whose platform has a list."""
    return factories.make_integration(gateway="nx_play", **values)


def change(integration: Integration, **values: Any) -> None:
    """Change what the engine keeps of an integration."""
    db.session.execute(update(Integration.__table__).where(Integration.__table__.c.id == integration.id).values(values))
    db.session.commit()


def read(integration: Integration, **counts: int) -> None:
    """Add a reading that ended now."""
    now = clock.utc_now()
    run = Run(integration_id=integration.id, mode="apply", status="done", complete=True, started_at=now,
              finished_at=now, counts=counts)  # fmt: skip
    db.session.add(run)
    db.session.commit()


def test_reading_that_does_not_happen_is_told_and_taken_back_by_the_next_one():
    integration = make_lister()
    make_account(integration, status="active")
    assert watch(timedelta(hours=2)) == {}
    alert = watch(timedelta(hours=1, minutes=1))["reconcile_overdue"]
    assert (alert.params, alert.level, alert.object_id) == ({"hours": 3}, "fail", integration.id)
    read(integration, compared=1, expected=1)
    assert watch() == {}


def test_reading_that_nobody_needs_is_not_missed():
    empty, blind = make_lister(), factories.make_integration()
    make_account(blind, status="active")
    paused = make_lister()
    make_account(paused, status="active")
    change(paused, paused_code="auth_stopped", paused_at=clock.utc_now())
    assert "reconcile_overdue" not in watch(timedelta(days=3))
    assert empty.id


def test_reading_that_is_under_way_is_not_overdue():
    integration = make_lister()
    make_account(integration, status="active")
    clock.move(timedelta(days=2))
    now = clock.utc_now()
    db.session.add(Run(integration_id=integration.id, mode="apply", started_at=now, lease_until=now))
    db.session.commit()
    assert "reconcile_overdue" not in watch()
    assert "reconcile_overdue" in watch(timedelta(minutes=11))


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({"compared": 0, "expected": 5}, "reconcile_on_nothing"),
        ({"compared": 0, "expected": 5, "unsettled": 5}, "reconcile_skipped_all"),
        ({"compared": 5, "planned": 6, "skipped": 6}, "reconcile_skipped_all"),
        ({"compared": 5, "planned": 6, "skipped": 5}, ""),
        ({"compared": 5}, ""),
    ],
)
def test_reading_that_compared_nobody_is_told_after_the_second_one(counts, code):
    integration = make_lister()
    for _ in range(5):
        make_account(integration, status="active")
    read(integration, **counts)
    assert watch() == {}
    read(integration, **counts)
    assert set(watch()) == ({code} if code else set())


def test_growing_drift_names_the_figures():
    integration = make_lister()
    for share in (0, 1, 0, 1, 1, 2, 4, 6):
        read(integration, compared=100, state=share)
    alert = watch()["drift_grows"]
    assert (alert.params["before"], alert.params["now"], alert.params["usual"]) == (1.0, 6.0, 0.5)


def test_pause_is_told_after_five_minutes_and_over_with_it():
    integration = make_lister(description="NX da capital")
    change(integration, paused_code="auth_stopped", paused_at=clock.utc_now())
    assert watch(timedelta(minutes=4)) == {}
    assert watch(timedelta(minutes=1))["integration_paused"].params == {"integration": "NX da capital"}
    change(integration, paused_code=None, paused_at=None)
    assert watch() == {}


def test_platform_that_does_not_answer_is_told_and_one_that_only_asked_for_a_pause_is_not():
    away, calm = make_lister(), make_lister()
    now = clock.utc_now()
    breaker = Breaker()
    for _ in range(8):
        breaker = breaker.failed(now)
    change(away, breaker=dump_breaker(breaker))
    change(calm, breaker=dump_breaker(Breaker().throttled(now, 3_600)))
    db.session.add(Event(at=now, actor="system", action="integration.unreachable", object_type="integration",
                         object_id=away.id))  # fmt: skip
    db.session.commit()
    assert watch(timedelta(minutes=4)) == {}
    found = watch(timedelta(minutes=2))
    assert (set(found), found["integration_unreachable"].object_id) == ({"integration_unreachable"}, away.id)


def test_queue_that_stands_is_told_unless_the_platform_is_paused():
    integration = factories.make_integration()
    make_account(integration, status="pending", due_at=clock.utc_now())
    assert watch(timedelta(minutes=29)) == {}
    assert watch(timedelta(minutes=2))["queue_old"].params == {"count": 1, "minutes": 31}
    change(integration, paused_code="auth_stopped", paused_at=clock.utc_now())
    assert watch() == {}


def test_who_paid_and_waits_is_told_even_when_his_tries_go_on():
    integration = factories.make_integration()
    account = make_account(integration, status="pending", priority=0, due_at=clock.utc_now())
    clock.move(timedelta(minutes=1))
    account.due_at, account.error_at = clock.utc_now() + timedelta(hours=3), clock.utc_now()
    db.session.commit()
    assert watch(timedelta(minutes=59)) == {}
    assert watch(timedelta(minutes=1))["paid_waiting"].params == {"count": 1, "minutes": 60}
    account.applied_generation, account.due_at, account.status = 1, None, "active"
    db.session.commit()
    assert watch() == {}


def test_part_of_the_hub_that_falls_silent_is_told_and_one_that_never_lived_is_not():
    db.session.add(Heartbeat(name="engine", at=clock.utc_now()))
    db.session.commit()
    assert watch(timedelta(minutes=1)) == {}
    ((code, alert),) = watch(timedelta(minutes=2)).items()
    assert (code, alert.params, alert.object_type, alert.level) == ("engine_silent", {"minutes": 3}, "hub", "fail")


def test_what_lasts_is_told_once_and_anew_after_an_hour():
    change(make_lister(), paused_code="auth_stopped", paused_at=clock.utc_now())
    times = [watch(timedelta(minutes=step))["integration_paused"].times for step in (6, 1, 58, 1, 1)]
    assert times == [1, 1, 1, 2, 2]


def test_what_a_person_closed_stays_closed_until_it_comes_anew():
    integration = make_lister()
    change(integration, paused_code="auth_stopped", paused_at=clock.utc_now())
    alert = watch(timedelta(minutes=6))["integration_paused"]
    alert.closed_at, alert.closed_by = clock.utc_now(), "ana@example.com"
    db.session.commit()
    assert watch(timedelta(hours=2)) == {}
    change(integration, paused_code=None, paused_at=None)
    watch(timedelta(minutes=1))
    change(integration, paused_code="auth_stopped", paused_at=clock.utc_now())
    assert set(watch(timedelta(minutes=6))) == {"integration_paused"}


def test_watchdog_that_breaks_holds_no_other(monkeypatch):
    def break_(now: object) -> list[Any]:
        raise RuntimeError

    broken = Check(frozenset({"engine_silent"}), break_)
    monkeypatch.setattr(watching, "CHECKS", (broken, *watching.CHECKS))
    change(make_lister(), paused_code="auth_stopped", paused_at=clock.utc_now())
    assert set(watch(timedelta(minutes=6))) == {"integration_paused"}


@pytest.mark.parametrize(
    ("interval_s", "per_day", "lists", "hours"),
    [(3_600, 0, True, 3), (3_600, 2, True, 25), (86_400, 0, True, 49), (3_600, 0, False, 54)],
)
def test_longest_gap_follows_what_the_platform_lets_itself_be_asked(interval_s, per_day, lists, hours):
    assert longest_gap(interval_s, per_day, lists=lists) == timedelta(hours=hours)


def test_one_empty_reading_is_no_pattern_and_no_time_is_no_wait():
    empty = PastReading(1, clock.utc_now(), 5, 0, 0, 0, 0, 0)
    assert [compared_nobody([empty] * count, skipped=False) for count in (0, 1, 2)] == [False, False, True]
    assert waits_since(None, None) is None
