"""Reconciliation against a platform that people changed by hand, and against listings that prove nothing."""

import threading
from typing import Any

import pytest
from flask import current_app

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
from tests.journeys.platforms import Recipe, integrate, use
from webapp import clock
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Event, Integration, Run
from webapp.sandbox.client import Tenant
from webapp.services import runs
from webapp.services.accounts import NEGATIVE
from webapp.services.audit import acting_as
from webapp.services.errors import Conflict

PEOPLE = 60
# Small pages, so that there are several of them.
PAGES = {'pager = { kind = "page", start = 1, size = 500 }': 'pager = { kind = "page", start = 1, size = 20 }'}
WRITES = {"create", "update", "suspend", "enable", "cancel"}
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def crowd(app: object, nx: Tenant) -> tuple[Integration, list[int]]:
    """Sixty people with an account each, all in step."""
    integration = integrate(use(Recipe("nx_paged", changes=PAGES)), nx)
    services = sell_to_crowd(package_of(integration), PEOPLE)
    drain()
    assert statuses(integration) == {"active": PEOPLE}
    return integration, services


def reconcile(integration: Integration, mode: str = "apply") -> Run:
    db.session.rollback()
    return runs.start_run(integration.id, mode)


def writes(tenant: Tenant, since: int) -> list[str]:
    """Return what the hub changed there; what was done by hand is not counted."""
    lines = tenant.ledger(since, kind="nx")
    return sorted(line["operation"] for line in lines if line["operation"] in WRITES)


def ids(tenant: Tenant, start: int, stop: int) -> list[str]:
    return [row["id"] for row in tenant.subscribers()][start:stop]


def ids_of(tenant: Tenant, integration: Integration, services: list[int]) -> list[str]:
    """Return the platform's ids of the people who have these services."""
    logins = {one.login for one in accounts_of(integration) if one.service_id in services}
    return [row["id"] for row in tenant.subscribers() if row["email"] in logins]


def outcomes(run: Run) -> dict[tuple[str, str, str], int]:
    """Return how many lines there are of each situation, action and outcome, as they stand now."""
    db.session.expire_all()
    found: dict[tuple[str, str, str], int] = {}
    for item in run.items:
        key = (item.situation, item.action, item.outcome)
        found[key] = found.get(key, 0) + 1
    return found


def make_drift(tenant: Tenant) -> None:
    """Delete ten, suspend ten, add five strangers."""
    deleted, suspended = ids(tenant, 0, 10), ids(tenant, 10, 20)
    tenant.delete(deleted)
    tenant.suspend(suspended)
    tenant.add_foreign(5)


def test_drift_made_by_hand_is_mended_or_reported_and_then_ten_runs_find_nothing(
    crowd: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, _ = crowd
    make_drift(nx)
    since = nx.seq()
    run = reconcile(integration)
    assert (run.status, run.complete, run.error_code) == ("applying", True, None)
    assert outcomes(run) == {
        ("missing", "create", "queued"): 10, ("state", "enable", "queued"): 10, ("extra", "report", "reported"): 5,
    }  # fmt: skip
    assert drain() == 0
    assert outcomes(run) == {
        ("missing", "create", "proven"): 10, ("state", "enable", "proven"): 10, ("extra", "report", "reported"): 5,
    }  # fmt: skip
    assert run.status == "done"
    assert writes(nx, since) == ["create"] * 10 + ["enable"] * 10
    assert len(nx.subscribers(status="active")) == PEOPLE + 5
    assert nx.doubles() == {}
    since = nx.seq()
    for _ in range(10):
        run = reconcile(integration)
        assert drain() == 0
        assert outcomes(run) == {("extra", "report", "reported"): 5}
    assert {line["operation"] for line in nx.ledger(since)} == {"list"}
    assert statuses(integration) == {"active": PEOPLE}


def test_a_plan_changes_nothing_here_or_there(crowd: tuple[Integration, list[int]], nx: Tenant) -> None:
    integration, _ = crowd
    make_drift(nx)
    before = [(one.units, one.generation, one.due_at, one.observed) for one in accounts_of(integration)]
    since = nx.seq()
    run = reconcile(integration, "plan")
    assert drain() == 0
    assert run.status == "done"
    assert outcomes(run) == {
        ("missing", "create", "planned"): 10, ("state", "enable", "planned"): 10, ("extra", "report", "reported"): 5,
    }  # fmt: skip
    assert {line["operation"] for line in nx.ledger(since)} == {"list"}
    assert [(one.units, one.generation, one.due_at, one.observed) for one in accounts_of(integration)] == before


UNTRUSTED: dict[str, tuple[dict[str, Any], str, str]] = {
    "half a page": ({"list_fault": "half_page"}, "refused", "listing_count_differs"),
    "half a later page": ({"list_fault": "half_page", "list_page": 2}, "refused", "listing_count_differs"),
    "a page lost": ({"list_fault": "drop_page"}, "refused", "listing_count_differs"),
    "a page repeated": ({"list_fault": "repeat_page"}, "refused", "listing_page_repeated"),
    "empty": ({"list_fault": "empty"}, "refused", "listing_empty"),
    "an empty page": ({"list_fault": "empty", "list_page": 2}, "refused", "listing_count_differs"),
    "another total": ({"list_fault": "wrong_total"}, "refused", "listing_count_differs"),
    "no total": ({"list_fault": "missing_total"}, "failed", "listing_total_missing"),
    "html": ({"list_fault": "html"}, "failed", "answer_html"),
    "html later": ({"list_fault": "html", "list_page": 2}, "refused", "answer_html"),
    "an error": ({"list_fault": "error"}, "failed", "server_error"),
    "an error later": ({"list_fault": "error", "list_page": 3}, "refused", "server_error"),
    "refused": ({"token": "another-token"}, "failed", "credentials_refused"),
    "cut": ({"operations": ["list"], "garbage": "truncated_json"}, "failed", "answer_not_json"),
    "too much": ({"operations": ["list"], "garbage": "huge"}, "failed", "body_too_large"),
}


@pytest.mark.parametrize("how", UNTRUSTED)
def test_a_listing_that_proves_nothing_changes_nothing(
    crowd: tuple[Integration, list[int]], nx: Tenant, how: str
) -> None:
    integration, _ = crowd
    make_drift(nx)
    dials, status, code = UNTRUSTED[how]
    nx.set_dials(**dials)
    since = nx.seq()
    run = reconcile(integration)
    assert drain() == 0
    assert (run.status, run.error_code, run.items) == (status, code, [])
    assert not run.complete
    assert explain(code, run.error_params).remedy
    assert writes(nx, since) == []
    nx.clear_dials()
    assert outcomes(reconcile(integration))["missing", "create", "queued"] == 10


def test_accounts_with_changes_under_way_are_not_compared(crowd: tuple[Integration, list[int]], nx: Tenant) -> None:
    integration, services = crowd
    set_statuses(services[:30], OWING)
    nx.delete(ids(nx, 0, 5))
    since = nx.seq()
    assert outcomes(reconcile(integration)) == {}
    assert drain() == 0
    assert writes(nx, since).count("create") == 0
    assert statuses(integration) == {"active": 30, "suspended": 30}


def test_accounts_that_changed_while_the_platform_was_read_are_left_for_the_next_run(
    crowd: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, _ = crowd
    on_the_first_page = {row["email"] for row in nx.subscribers()[:20]}
    services = [one.service_id for one in accounts_of(integration) if one.login in on_the_first_page]
    nx.set_dials(latency_ms=400, operations=["list"])
    app, found = current_app._get_current_object(), []  # type: ignore[attr-defined]

    def run() -> None:
        with app.app_context():
            found.append(outcomes(runs.start_run(integration_id, "apply")))

    integration_id = integration.id
    db.session.rollback()
    thread = threading.Thread(target=run)
    thread.start()
    nx.wait_calls("list", 1)
    set_statuses(services[:3], OWING)
    drain(patience_s=0.1)
    assert len(nx.subscribers(status="suspended")) == 3
    assert thread.is_alive()
    thread.join(timeout=10)
    assert found == [{}]


def owing_yet_active(crowd: tuple[Integration, list[int]], tenant: Tenant, people: int) -> list[str]:
    """Suspend so many in order, and five more; then let somebody enable all but those five by hand on the platform.

    A platform that shows everybody in one state would not be believed.
    """
    integration, services = crowd
    set_statuses(services[:people] + services[-5:], OWING, NEGATIVE)
    drain()
    chosen = ids_of(tenant, integration, services[:people])
    tenant.enable(chosen)
    return chosen


def test_many_negative_actions_wait_for_a_person_and_positive_ones_do_not(
    crowd: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, services = crowd
    owing_yet_active(crowd, nx, 30)
    nx.suspend(ids_of(nx, integration, services[40:45]))
    since = nx.seq()
    run = reconcile(integration)
    assert drain() == 0
    assert run.status == "staged"
    assert outcomes(run) == {("state", "suspend", "staged"): 30, ("state", "enable", "proven"): 5}
    assert writes(nx, since) == ["enable"] * 5


def test_an_approval_sends_the_batch_only_with_the_checksum_that_was_seen(
    crowd: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, _ = crowd
    owing_yet_active(crowd, nx, 30)
    run = reconcile(integration)
    since = nx.seq()
    with pytest.raises(Conflict, match="plan_changed"):
        runs.approve_run(run.id, "0" * 64)
    drain()
    assert writes(nx, since) == []
    with acting_as("ana@example.com"):
        approved = runs.approve_run(run.id, run.checksum)
    assert (approved.status, approved.approved_by) == ("applying", "ana@example.com")
    drain()
    assert (run.status, outcomes(run)) == ("done", {("state", "suspend", "proven"): 30})
    assert writes(nx, since) == ["suspend"] * 30
    assert len(nx.subscribers(status="suspended")) == 35
    with pytest.raises(Conflict, match="run_not_staged"):
        runs.approve_run(run.id, run.checksum)


def test_an_approval_is_refused_when_one_account_of_the_batch_moved_on(
    crowd: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, services = crowd
    owing_yet_active(crowd, nx, 30)
    run = reconcile(integration)
    set_statuses(services[:1], PAYING)
    drain()
    since = nx.seq()
    with pytest.raises(Conflict, match="plan_changed"):
        runs.approve_run(run.id, run.checksum)
    db.session.rollback()
    drain()
    assert writes(nx, since) == []


def test_a_few_negative_actions_go_at_once_until_the_day_has_seen_enough(
    crowd: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, _ = crowd
    chosen = owing_yet_active(crowd, nx, 15)
    # Those were suspended in order a moment ago, which counts for the day too.
    clock.move(clock.timedelta(hours=25))
    run = reconcile(integration)
    assert outcomes(run) == {("state", "suspend", "waiting"): 15}
    drain()
    assert outcomes(run) == {("state", "suspend", "proven"): 15}
    nx.enable(chosen)
    assert outcomes(reconcile(integration)) == {("state", "suspend", "staged"): 15}
    clock.move(clock.timedelta(hours=73))
    runs.expire_due(clock.utc_now())
    assert outcomes(reconcile(integration)) == {("state", "suspend", "waiting"): 15}


def test_accounts_that_we_cancelled_and_that_live_on_are_cancelled(
    crowd: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, services = crowd
    set_statuses(services[:5], ENDED)
    drain()
    nx.enable(ids_of(nx, integration, services[:5]))
    since = nx.seq()
    # A platform may show for a while yet what was ended a moment ago.
    assert outcomes(reconcile(integration)) == {}
    clock.move(clock.timedelta(hours=1))
    assert outcomes(reconcile(integration)) == {("state", "cancel", "waiting"): 5}
    drain()
    assert writes(nx, since) == ["cancel"] * 5
    assert outcomes(reconcile(integration)) == {}


def test_many_cancels_need_a_second_person(crowd: tuple[Integration, list[int]], nx: Tenant) -> None:
    integration, services = crowd
    set_statuses(services[:15], ENDED)
    drain()
    nx.enable(ids_of(nx, integration, services[:15]))
    clock.move(clock.timedelta(hours=1))
    with acting_as("ana@example.com"):
        run = reconcile(integration)
        assert outcomes(run) == {("state", "cancel", "staged"): 15}
        with pytest.raises(Conflict, match="second_operator_needed"):
            runs.approve_run(run.id, run.checksum)
    since = nx.seq()
    with acting_as("bia@example.com"):
        runs.approve_run(run.id, run.checksum)
    drain()
    assert writes(nx, since) == ["cancel"] * 15


def test_a_platform_that_goes_on_showing_what_was_cancelled_shows_no_drift(
    crowd: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, services = crowd
    for status in (ENDED, PAYING, ENDED):
        set_statuses(services[:3], status)
        drain()
    set_statuses(services[:2], PAYING)
    drain()
    nx.set_dials(show_cancelled=True)
    assert outcomes(reconcile(integration)) == {}


def test_wrong_products_are_mended(crowd: tuple[Integration, list[int]], nx: Tenant) -> None:
    integration, _ = crowd
    nx.change(ids(nx, 0, 4), products=["basico"])
    since = nx.seq()
    assert outcomes(reconcile(integration)) == {("product", "update", "queued"): 4}
    drain()
    assert writes(nx, since) == ["update"] * 4
    assert outcomes(reconcile(integration)) == {}


def test_a_missing_account_that_shall_be_suspended_is_made_only_when_it_is_paid(
    crowd: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, services = crowd
    set_statuses(services[:2], OWING)
    drain()
    nx.delete(ids_of(nx, integration, services[:2]))
    since = nx.seq()
    reconcile(integration)
    drain()
    assert writes(nx, since) == []
    assert outcomes(reconcile(integration)) == {}
    set_statuses(services[:2], PAYING)
    drain()
    assert writes(nx, since) == ["create", "create"]
    assert statuses(integration) == {"active": PEOPLE}


def test_runs_are_recorded_with_what_they_saw(crowd: tuple[Integration, list[int]], nx: Tenant) -> None:
    integration, _ = crowd
    make_drift(nx)
    run = reconcile(integration)
    counts = run.counts
    assert {name: counts[name] for name in ("listed", "pages", "expected", "missing", "state", "extra")} == {
        "listed": 55, "pages": 3, "expected": 60, "missing": 10, "state": 10, "extra": 5,
    }  # fmt: skip
    drain()
    told = {one.action: one.after for one in Event.query.filter_by(object_type="run", object_id=run.id)}
    assert set(told) == {"run.request", "run.applying", "run.done"}
    assert (told["run.applying"]["planned"], told["run.done"]["proven"]) == (20, 20)
