"""One row for each platform and hour, and what becomes of it when it is old."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from webapp.extensions import db
from webapp.models import Account, Attempt, Integration, Measure, Run
from webapp.services import measures
from webapp.services.readings import last_readings

pytestmark = pytest.mark.usefixtures("app")
NOW = datetime(2026, 11, 10, 14, 37, 5, tzinfo=UTC)


def rows(integration: Integration | None = None) -> list[Measure]:
    found = db.session.query(Measure).order_by(Measure.at)
    return found.filter_by(integration_id=integration.id).all() if integration else found.all()


def make_account(integration: Integration, **values: object) -> Account:
    account = Account(integration_id=integration.id, service_id=factories.make_service().id, **values)
    db.session.add(account)
    db.session.commit()
    return account


def make_run(integration: Integration, **values: object) -> Run:
    known = {"mode": "apply", "status": "done", "complete": True, "started_at": NOW, "finished_at": NOW}
    run = Run(integration_id=integration.id, **{**known, **values})
    db.session.add(run)
    db.session.commit()
    return run


def test_hour_is_one_row_and_its_last_look_counts():
    integration = factories.make_integration()
    measures.measure(NOW)
    make_account(integration, status="active")
    measures.measure(NOW + timedelta(minutes=10))
    measures.measure(NOW + timedelta(hours=1))
    assert [(row.at.hour, row.at.minute, row.active) for row in rows()] == [(14, 0, 1), (15, 0, 1)]


def test_row_tells_counts_queue_calls_and_drift_of_its_platform_alone():
    integration, other = factories.make_integration(), factories.make_integration()
    make_account(integration, status="suspended")
    waits = make_account(integration, status="pending", due_at=NOW - timedelta(minutes=5))
    make_account(integration, status="blocked")
    for outcome, age in (("ok", 1), ("already", 2), ("unavailable", 3), (None, 1), ("ok", 30)):
        call = {"integration_id": integration.id, "account_id": waits.id, "operation": "create"}
        db.session.add(Attempt(**call, outcome=outcome, started_at=NOW - timedelta(hours=age)))
    make_run(integration, counts={"compared": 50, "state": 2, "missing": 1, "extra": 9})
    make_run(integration, status="refused", complete=False, counts={"compared": 0}, error_code="listing_empty")
    measures.measure(NOW)
    (row,) = rows(integration)
    assert (row.active, row.suspended, row.pending, row.person) == (0, 1, 1, 1)
    assert (row.due, row.oldest_due_s, row.calls, row.calls_ok) == (1, 300, 3, 2)
    assert (row.compared, row.differing) == (50, 3)
    (row,) = rows(other)
    assert (row.pending, row.calls, row.compared) == (0, 0, None)


def test_old_rows_are_thinned_to_one_a_day_and_the_oldest_go():
    integration = factories.make_integration()
    for days, hours in ((2_000, 0), (200, 0), (200, 5), (200, 9), (199, 3), (2, 0), (2, 5)):
        at = NOW.replace(hour=1, minute=0, second=0) - timedelta(days=days) + timedelta(hours=hours)
        db.session.add(Measure(integration_id=integration.id, at=at))
    db.session.commit()
    measures.thin(NOW)
    kept = [((NOW.date() - row.at.date()).days, row.at.hour) for row in rows()]
    assert kept == [(200, 10), (199, 4), (2, 1), (2, 6)]


def test_only_the_last_readings_that_could_be_trusted_are_compared():
    integration = factories.make_integration()
    for number in range(1, 6):
        make_run(integration, counts={"compared": 100, "state": number})
    make_run(integration, status="running", finished_at=None)
    make_run(integration, reading="look", counts={"compared": 1, "state": 1})
    make_run(integration, error_code="listing_unsupported")
    make_run(integration, reading="probes", complete=False, counts={"compared": 10, "state": 6})
    (found,) = last_readings(3).values()
    assert [one.share for one in found] == [0.04, 0.05, 0.6]
