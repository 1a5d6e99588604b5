"""Every way in which a platform can refuse, stall or talk nonsense, end to end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import func, select

from tests.journeys.crowd import (
    OWING,
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
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Account, Attempt, Event, Integration
from webapp.sandbox.client import SandboxProcess, Tenant, dead_url
from webapp.services import customers, hub, integrations
from webapp.services.inputs import CustomerInput, IntegrationInput

IN_FLIGHT = 4
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def healthy(sandbox: SandboxProcess, nx: Tenant) -> Tenant:
    """A second platform, on which all is well."""
    return sandbox.tenant(f"healthy-{nx.name}")


def begin(settings: Settings, tenant: Tenant, people: int = 1, **limits: float) -> Integration:
    """Sell to so many people; nothing is sent yet."""
    integration = connect(tenant, "key", **{"concurrency": IN_FLIGHT, "total_timeout_s": 1, **limits})
    sell_to_crowd(package_of(integration), people)
    return integration


def strike(tenant: Tenant, *operations: str, **how: Any) -> None:
    tenant.set_dials(faults=[{"operations": list(operations), **how}])


def heal(tenant: Tenant) -> None:
    tenant.set_dials(faults=[])


def fresh(integration: Integration) -> Integration:
    db.session.rollback()
    db.session.refresh(integration)
    return integration


def events(action: str) -> int:
    count = db.session.scalar(select(func.count()).select_from(Event).where(Event.action == action)) or 0
    db.session.rollback()
    return count


def all_active(integration: Integration) -> Callable[[], bool]:
    return lambda: set(statuses(integration)) == {"active"}


def is_explained(account: Account) -> bool:
    told = explain(account.error_code or "", account.error_params)
    return bool(told.remedy) and "{" not in str(told)


def test_a_throttled_platform_is_left_alone_for_as_long_as_it_asks(settings: Settings, nx: Tenant) -> None:
    integration = begin(settings, nx, people=40)
    strike(nx, "create", status=429, retry_after=60, fail_after=10, fail_next=1)
    drain(patience_s=0.3)
    asked = nx.calls("create")
    assert asked <= 11 + 2 * IN_FLIGHT
    clock.move(timedelta(seconds=55))
    drain(patience_s=0.3)
    assert nx.calls("create") == asked
    clock.move(timedelta(seconds=6))
    drain()
    assert statuses(integration) == {"active": 40}
    assert events("integration.recovered") == 0


@pytest.mark.parametrize("wish", ["-5", "abc", "315360000", "", "Sun, 22 Nov 2099 12:00:00 GMT"])
def test_an_absurd_pause_is_bounded(settings: Settings, nx: Tenant, wish: str) -> None:
    integration = begin(settings, nx)
    strike(nx, "create", status=429, retry_after=wish, fail_next=1)
    drain(patience_s=0.2)
    assert statuses(integration) == {"pending": 1}
    clock.move(timedelta(seconds=3601))
    drain()
    assert statuses(integration) == {"active": 1}


def test_refused_credentials_stop_this_integration_once_and_no_other(
    settings: Settings, nx: Tenant, healthy: Tenant
) -> None:
    integration = begin(settings, nx, people=30)
    nx.set_dials(token="another-token")
    other = integrate("nx_key", healthy)
    sell_to_crowd(package_of(other), 30)
    drain(patience_s=0.3)
    assert fresh(integration).paused_code == "auth_stopped"
    assert 3 <= nx.calls("create") <= 3 + 2 * IN_FLIGHT
    assert events("integration.paused") == 1
    assert statuses(other) == {"active": 30}
    assert explain("auth_stopped").remedy


def test_a_successful_test_of_the_integration_ends_the_stop(settings: Settings, nx: Tenant) -> None:
    integration = begin(settings, nx, people=10)
    nx.set_dials(token="another-token")
    drain(patience_s=0.2)
    assert not all(step.ok for step in integrations.test_integration(integration.id))
    assert fresh(integration).paused_code == "auth_stopped"
    nx.set_dials(token=nx.token)
    assert all(step.ok for step in integrations.test_integration(integration.id))
    drain()
    assert statuses(integration) == {"active": 10}


def test_new_credentials_end_the_stop(settings: Settings, nx: Tenant) -> None:
    integration = begin(settings, nx, people=10)
    nx.set_dials(token="another-token")
    drain(patience_s=0.2)
    params = {"api_url": nx.url, "token": "another-token"}
    data = IntegrationInput(gateway=integration.gateway, description=integration.description, params=params)
    integrations.update_integration(integration.id, data)
    drain()
    assert statuses(integration) == {"active": 10}


def test_refused_credentials_are_probed_once_in_a_while_and_recover_by_themselves(
    settings: Settings, nx: Tenant
) -> None:
    integration = begin(settings, nx, people=10)
    nx.set_dials(token="another-token")
    drain(patience_s=0.2)
    asked = nx.calls("create")
    clock.move(timedelta(minutes=31))
    drain(patience_s=0.2)
    assert nx.calls("create") == asked + 1
    nx.set_dials(token=nx.token)
    clock.move(timedelta(minutes=31))
    drain()
    assert statuses(integration) == {"active": 10}
    assert (events("integration.paused"), events("integration.recovered")) == (1, 1)


def test_a_refused_subscriber_is_blocked_with_the_field_and_sent_when_it_is_mended(
    settings: Settings, nx: Tenant
) -> None:
    integration = begin(settings, nx, people=2)
    body = {"error": "invalid", "field": "phone", "message": "phone is not valid"}
    strike(nx, "create", status=422, body=body, fail_next=1)
    drain()
    assert statuses(integration) == {"active": 1, "blocked": 1}
    account = next(one for one in accounts_of(integration) if one.status == "blocked")
    assert (account.error_code, account.error_field) == ("platform_rejected", "phone")
    assert "phone is not valid" in explain(account.error_code, account.error_params).cause
    clock.move(timedelta(days=3))
    drain()
    assert nx.calls("create") == 2
    person = account.service.customer
    data = CustomerInput(name=person.name, document=person.document, email=person.email, phone="11 91234-5678")
    customers.upsert_customer(person.code, data)
    drain()
    assert statuses(integration) == {"active": 2}
    assert accounts_of(integration)[0].error_code is None


def test_used_up_licences_are_tried_again_slowly_and_stop_nobody_else(settings: Settings, nx: Tenant) -> None:
    integration = begin(settings, nx, people=6)
    nx.set_dials(capacity=4)
    drain()
    assert statuses(integration) == {"active": 4, "pending": 2}
    waiting = [account for account in accounts_of(integration) if account.status == "pending"]
    assert all(account.error_kind == "capacity" and is_explained(account) for account in waiting)
    assert fresh(integration).paused_code is None
    asked = nx.calls("create")
    clock.move(timedelta(hours=5))
    drain()
    assert nx.calls("create") == asked
    nx.set_dials(capacity=10)
    clock.move(timedelta(hours=4))
    drain()
    assert statuses(integration) == {"active": 6}


@pytest.mark.parametrize("garbage", ["html", "truncated_json", "duplicate_keys", "nan", "not_utf8", "empty", "huge"])
def test_nonsense_pauses_the_integration_with_a_sample_and_one_probe_later_it_goes_on(
    settings: Settings, nx: Tenant, garbage: str
) -> None:
    integration = begin(settings, nx, people=12)
    strike(nx, "create", garbage=garbage)
    drain(patience_s=0.3)
    assert fresh(integration).paused_code == "contract_paused"
    assert nx.calls("create") <= 2 * IN_FLIGHT
    assert events("integration.paused") == 1
    failed = [account for account in accounts_of(integration) if account.error_kind]
    assert {account.error_kind for account in failed} == {"contract"}
    assert all(is_explained(account) for account in failed)
    asked = nx.calls()
    clock.move(timedelta(minutes=14))
    drain(patience_s=0.2)
    assert nx.calls() == asked
    heal(nx)
    drain_through_time(all_active(integration), timedelta(minutes=2))
    assert nx.doubles() == {}
    assert nx.effects("created") == 12
    assert events("integration.recovered") == 1


def test_one_page_of_nonsense_among_good_answers_pauses_all_the_same(settings: Settings, nx: Tenant) -> None:
    integration = begin(settings, nx, people=60)
    strike(nx, "create", garbage="html", fail_after=12, fail_next=1)
    nx.set_dials(latency_ms=20)
    drain(patience_s=0.3)
    assert fresh(integration).paused_code == "contract_paused"
    assert nx.calls("create") <= 13 + 2 * IN_FLIGHT


def test_an_answer_about_another_subscriber_pauses_and_is_not_believed(settings: Settings, nx: Tenant) -> None:
    integration = begin(settings, nx)
    drain()
    strike(nx, "suspend", garbage="wrong_subscriber")
    account = accounts_of(integration)[0]
    set_statuses([account.service_id], OWING)
    drain(patience_s=0.2)
    account = accounts_of(integration)[0]
    assert (account.status, account.error_code) == ("pending", "other_subscriber")
    assert fresh(integration).paused_code == "contract_paused"
    attempt = db.session.scalars(select(Attempt).order_by(Attempt.id.desc()).limit(1)).one()
    assert "somebody-else" in str(attempt.response)
    assert nx.token not in str(attempt.request)


def test_gone_for_good_stops_until_a_person_looks(settings: Settings, nx: Tenant) -> None:
    integration = begin(settings, nx, people=8)
    strike(nx, "create", status=410)
    drain(patience_s=0.2)
    assert (fresh(integration).paused_code, integration.paused_until) == ("endpoint_gone", None)
    asked = nx.calls("create")
    heal(nx)
    clock.move(timedelta(days=10))
    drain(patience_s=0.2)
    assert nx.calls("create") == asked <= 2 * IN_FLIGHT
    integrations.resume_integration(integration.id)
    drain()
    assert statuses(integration) == {"active": 8}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(settings: Settings, nx: Tenant, healthy: Tenant, status: int) -> None:
    integration = begin(settings, nx)
    strike(nx, "create", status=status, headers={"Location": f"{healthy.url}/subscribers"})
    drain(patience_s=0.2)
    assert healthy.calls() == 0
    assert (accounts_of(integration)[0].error_code, fresh(integration).paused_code) == ("redirect", "contract_paused")


def test_an_address_that_our_own_rules_forbid_stops_and_names_it(settings: Settings, nx: Tenant) -> None:
    integration = begin(settings, nx)
    elsewhere = integrate("nx_key", nx, params={"api_url": "http://10.1.2.3", "token": "a-token"})
    sell_to_crowd(package_of(elsewhere, "basico"), 1)
    drain(patience_s=0.2)
    assert fresh(elsewhere).paused_code == "address_refused"
    assert accounts_of(elsewhere)[0].error_params["address"] == "10.1.2.3"
    assert statuses(integration) == {"active": 1}


@pytest.mark.parametrize("how", [{"status": 500}, {"status": 503}, {"reset": "before"}])
def test_the_breaker_opens_within_twenty_calls_probes_once_and_recovers(
    settings: Settings, nx: Tenant, how: dict[str, Any]
) -> None:
    integration = begin(settings, nx, people=80, concurrency=16)
    strike(nx, "create", **how)
    drain(patience_s=0.3)
    asked = nx.calls("create")
    assert 8 <= asked <= 20
    clock.move(timedelta(seconds=31))
    drain(patience_s=0.3)
    assert nx.calls("create") + nx.calls("find") <= asked + 1
    heal(nx)
    drain_through_time(all_active(integration), timedelta(minutes=10))
    assert nx.effects("created") == 80
    assert nx.doubles() == {}


def delivery_s(settings: Settings, tenant: Tenant, people: int) -> float:
    """Sell on a platform and return the seconds until its last create, by its own record."""
    sold_at = datetime.now(UTC)
    integration = begin(settings, tenant, people=people, total_timeout_s=5)
    tenant.set_dials(latency_ms=20)
    drain(patience_s=0.0)
    left = [(one.error_code, one.due_at) for one in accounts_of(integration) if one.status != "active"]
    assert left == []
    last = datetime.fromisoformat(tenant.ledger(operation="create")[-1]["at"])
    return (last - sold_at).total_seconds()


@pytest.mark.parametrize("illness", ["refuses", "hangs"])
def test_a_dead_platform_does_not_slow_the_healthy_one_beside_it(
    settings: Settings, sandbox: SandboxProcess, nx: Tenant, healthy: Tenant, illness: str
) -> None:
    few_workers = replace(settings, workers=16)
    current_app.extensions[hub.KEY] = replace(hub.current_hub(), settings=few_workers)
    alone_s = delivery_s(settings, sandbox.tenant(f"alone-{healthy.name}"), 60)
    dead = begin(settings, nx, people=60, concurrency=16, total_timeout_s=10)
    if illness == "hangs":
        strike(nx, "create", latency_after_effect_ms=60_000)
    else:
        params = {"api_url": dead_url(), "token": "a-token"}
        dead = integrate("nx_key", nx, params=params)
        sell_to_crowd(package_of(dead, "basico"), 60)
    beside_s = delivery_s(settings, healthy, 60)
    # Whoever waited for the dead one would wait ten seconds at least.
    assert beside_s < 2 * alone_s + 4
    assert statuses(dead) == {"pending": 60}
