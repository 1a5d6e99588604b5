"""A call had its effect, and we did not hear of it: never a second account, never a wrong belief."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests import factories
from tests.harness.evidence import collect
from tests.harness.judge import books_agree
from tests.journeys.crowd import (
    ENDED,
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
from tests.journeys.platforms import Recipe, connect, integrate, use
from webapp import clock
from webapp.extensions import db
from webapp.models import Account, Integration, Service, Setting
from webapp.sandbox.client import Tenant
from webapp.services import accounts

TIMEOUT_S = 0.5
SOON = timedelta(seconds=10)
LOST = {
    "time-out": {"latency_after_effect_ms": 900},
    "reset": {"reset": "after"},
    "502": {"status": 502, "when": "after"},
    "html": {"garbage": "html"},
    "cut": {"garbage": "cut_body"},
    "empty": {"garbage": "empty"},
    "another": {"garbage": "wrong_subscriber"},
}
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _history_is_checked(nx: Tenant, app: object, request: pytest.FixtureRequest) -> Iterator[None]:
    """I6 after every test: each call that arrived is one attempt, and each attempt recorded as done arrived."""
    yield
    # A receiver of webhooks is judged by its own record.
    if "hook" not in request.fixturenames:
        books_agree(collect([nx], timed=False))


def fault(operation: str, **how: Any) -> dict[str, Any]:
    return {"operations": [operation], "fail_next": 1, **how}


def begin(tenant: Tenant, kind: str, **limits: float) -> tuple[Integration, int]:
    """Sell to one person on a platform of this kind; nothing is sent yet."""
    integration = connect(tenant, kind, total_timeout_s=TIMEOUT_S, **limits)
    return integration, sell_to_crowd(package_of(integration), 1)[0]


def retry_soon(integration: Integration) -> None:
    db.session.execute(update(Integration).where(Integration.id == integration.id).values(retry_schedule=[0.1]))
    db.session.commit()


def the_account() -> Account:
    db.session.expire_all()
    return Account.query.one()


def settled() -> bool:
    account = the_account()
    return account.due_at is None and account.status != "pending"


def live_states(tenant: Tenant) -> list[str]:
    return [row["status"] for row in tenant.subscribers() if row["status"] != "cancelled"]


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("kind", ["key", "key_only", "lookup"])
def test_a_create_whose_answer_is_lost_makes_one_account(nx: Tenant, kind: str, how: str) -> None:
    begin(nx, kind)
    nx.set_dials(faults=[fault("create", **LOST[how])])
    drain_through_time(settled)
    assert the_account().status == "active"
    assert the_account().remote_ids == {"id": nx.subscribers()[0]["id"]}
    assert live_states(nx) == ["active"]
    assert nx.effects("created") == 1


@pytest.mark.parametrize("how", LOST)
def test_a_create_whose_answer_is_lost_by_a_blind_platform_waits_for_a_person(nx: Tenant, how: str) -> None:
    begin(nx, "blind")
    nx.set_dials(faults=[fault("create", **LOST[how])])
    drain_through_time(settled)
    account = the_account()
    assert (account.status, account.error_code) == ("parked", "doubtful_create")
    clock.move(timedelta(days=40))
    drain()
    assert nx.calls("create") == 1


def test_a_person_who_finds_no_account_lets_it_be_made_once(nx: Tenant) -> None:
    begin(nx, "blind")
    nx.set_dials(faults=[fault("create", status=502, when="before")])
    drain_through_time(settled)
    accounts.settle(the_account().id, exists=False)
    drain()
    assert the_account().status == "active"
    assert live_states(nx) == ["active"]
    assert nx.calls("create") == 2
    assert len({line["key"] for line in nx.ledger(operation="create")}) == 1


def test_a_person_who_finds_the_account_ends_the_doubt_and_nothing_is_made_again(nx: Tenant) -> None:
    begin(nx, "blind")
    nx.set_dials(faults=[fault("create", reset="after")])
    drain_through_time(settled)
    accounts.settle(the_account().id, exists=True)
    drain()
    assert live_states(nx) == ["active"]
    assert nx.calls("create") == 1
    # Its id there was in the answer that never came, and this platform cannot be asked for it.
    assert (the_account().status, the_account().error_code) == ("blocked", "remote_id_unknown")


def test_a_person_who_finds_the_account_may_tell_the_platform_s_id_of_it(nx: Tenant) -> None:
    begin(nx, "blind")
    nx.set_dials(faults=[fault("create", reset="after")])
    drain_through_time(settled)
    accounts.settle(the_account().id, exists=True, remote_ids={"id": nx.subscribers()[0]["id"]})
    drain()
    assert (the_account().status, live_states(nx), nx.calls("create")) == ("active", ["active"], 1)


def test_a_200_that_holds_an_error_is_no_success(nx: Tenant) -> None:
    begin(nx, "key")
    drain()
    nx.set_dials(faults=[fault("suspend", garbage="error_in_200", when="before")])
    set_statuses([the_account().service_id], OWING)
    drain()
    assert (live_states(nx), the_account().status == "suspended") == (["active"], False)


def test_a_person_who_finds_the_account_of_a_platform_that_can_be_asked_gets_it_adopted(nx: Tenant) -> None:
    integration, _ = begin(nx, "lookup")
    nx.add_subscriber(external_id="somebody-else", email="person@example.com")
    nx.set_dials(unique_email=True)
    account = the_account()
    account.service.customer.email = "person@example.com"
    accounts.mark_services([account.service_id])
    db.session.commit()
    drain()
    assert (the_account().status, the_account().error_code) == ("parked", "login_taken")
    theirs, mark = nx.subscribers()[0]["id"], db.session.get_one(Setting, "instance_id").value
    nx.change([theirs], external_id=f"sin-{mark}-{account.id}")
    accounts.settle(account.id, exists=True)
    drain()
    assert the_account().status == "active"
    assert (live_states(nx), nx.subscribers()[0]["id"]) == (["active"], theirs)


@pytest.mark.parametrize(("kind", "limit"), [("lookup", 1.5), ("key", 0.0)])
def test_a_platform_that_shows_changes_late_gets_no_second_create(nx: Tenant, kind: str, limit: float) -> None:
    integration, _ = begin(nx, kind, read_lag_s=limit)
    retry_soon(integration)
    nx.set_dials(lag_s=1.2, faults=[fault("create", reset="after")])
    drain_in_real_time(integration)
    assert the_account().status == "active"
    assert nx.effects("created") == 1
    assert nx.doubles() == {}


def drain_in_real_time(integration: Integration) -> None:
    """Work until the account is settled; what the platform shows late takes real seconds."""
    until = clock.monotonic_s() + 60
    while not settled():
        assert clock.monotonic_s() < until, the_account().error_code
        drain(integration, patience_s=0.05)
        clock.sleep(0.05)


@pytest.mark.parametrize("kind", ["lookup", "key"])
def test_a_create_that_takes_effect_after_we_gave_up_is_not_made_again(nx: Tenant, kind: str) -> None:
    integration, _ = begin(nx, kind)
    retry_soon(integration)
    nx.set_dials(latency_ms=800, operations=["create"])
    drain(integration, patience_s=0.05)
    nx.set_dials(latency_ms=0)
    drain_in_real_time(integration)
    assert the_account().status == "active"
    assert nx.doubles() == {}


def test_data_that_change_while_a_keyed_create_is_in_doubt_wait_until_the_platform_shows_it(nx: Tenant) -> None:
    integration, service = begin(nx, "key", read_lag_s=1.5)
    retry_soon(integration)
    nx.set_dials(lag_s=1.2, faults=[fault("create", reset="after")])
    drain(integration, patience_s=0.05)
    db.session.execute(update(Service).where(Service.id == service).values(login="another-login"))
    accounts.mark_services([service])
    db.session.commit()
    drain_in_real_time(integration)
    assert nx.doubles() == {}
    assert nx.subscribers()[0]["password"] == "another-login"


def test_an_email_that_changes_while_the_create_is_in_doubt_leaves_the_login_as_it_was_sent(nx: Tenant) -> None:
    begin(nx, "lookup")
    nx.set_dials(faults=[fault("create", reset="after")])
    drain(patience_s=0.2)
    account = the_account()
    sent = account.login
    account.service.customer.email = "another@example.com"
    accounts.mark_services([account.service_id])
    db.session.commit()
    drain_through_time(settled)
    assert (the_account().status, the_account().login, nx.subscribers()[0]["email"]) == ("active", sent, sent)
    assert nx.effects("created") == 1


def test_a_platform_that_repeats_its_error_for_the_key_gets_a_new_key_only_after_looking(nx: Tenant) -> None:
    begin(nx, "key")
    nx.set_dials(key_keeps_errors=True, faults=[fault("create", status=500)])
    drain_through_time(settled, timedelta(seconds=20), steps=400)
    assert the_account().status == "active"
    lines = [(line["operation"], line["key"]) for line in nx.ledger() if line["operation"] in ("create", "find")]
    keys = [key for operation, key in lines if operation == "create"]
    assert len(set(keys)) == 2
    assert len(keys) <= 5
    before_the_new_key = lines[[key for _, key in lines].index(keys[-1]) - 1]
    assert before_the_new_key[0] == "find"
    assert nx.effects("created") == 1


@pytest.mark.parametrize("how", ["time-out", "html"])
@pytest.mark.parametrize("kind", ["key", "lookup", "blind"])
@pytest.mark.parametrize(
    ("operation", "before", "status", "expected"),
    [
        ("suspend", [], OWING, ["suspended"]),
        ("enable", [OWING], PAYING, ["active"]),
        ("cancel", [], ENDED, []),
    ],
)
def test_a_change_whose_answer_is_lost_is_sent_again(
    nx: Tenant, kind: str, how: str, operation: str, before: list[str], status: str,
    expected: list[str],
) -> None:  # fmt: skip
    integration, service = begin(nx, kind)
    for former in before:
        drain()
        set_statuses([service], former)
    drain()
    nx.set_dials(faults=[fault(operation, **LOST[how])])
    set_statuses([service], status)
    drain_through_time(settled)
    assert live_states(nx) == expected
    assert statuses(integration) == {{"suspend": "suspended", "enable": "active", "cancel": "cancelled"}[operation]: 1}
    assert nx.effects("created") == 1


@pytest.mark.parametrize("how", ["time-out", "reset", "502"])
def test_a_suspension_whose_answer_is_lost_is_undone_when_the_customer_pays_meanwhile(nx: Tenant, how: str) -> None:
    _, service = begin(nx, "key")
    drain()
    nx.set_dials(faults=[fault("suspend", **LOST[how])])
    set_statuses([service], OWING)
    drain(patience_s=0.2)
    assert live_states(nx) == ["suspended"]
    set_statuses([service], PAYING)
    drain_through_time(settled)
    assert live_states(nx) == ["active"]


def test_the_doubt_about_a_suspension_outlives_a_failed_enable(nx: Tenant) -> None:
    _, service = begin(nx, "key")
    drain()
    nx.set_dials(faults=[fault("suspend", **LOST["time-out"]), fault("enable", status=503)])
    set_statuses([service], OWING)
    drain(patience_s=0.2)
    set_statuses([service], PAYING)
    drain_through_time(settled)
    assert live_states(nx) == ["active"]


def test_the_doubt_about_a_change_of_data_outlives_a_change_back(nx: Tenant) -> None:
    _, service = begin(nx, "key")
    drain()
    login = db.session.get(Service, service).login
    nx.set_dials(faults=[fault("update", status=500, when="after")])
    for value in ("another-login", login):
        db.session.execute(update(Service).where(Service.id == service).values(login=value))
        accounts.mark_services([service])
        db.session.commit()
        drain(patience_s=0.2)
    drain_through_time(settled)
    assert nx.subscribers()[0]["password"] == login


def test_a_cancel_in_doubt_is_finished_before_a_customer_who_returns_is_created_again(nx: Tenant) -> None:
    _, service = begin(nx, "lookup")
    drain()
    nx.set_dials(faults=[fault("cancel", reset="before")])
    set_statuses([service], ENDED)
    drain(patience_s=0.2)
    set_statuses([service], PAYING)
    drain_through_time(settled)
    writes = [line["operation"] for line in nx.ledger() if line["operation"] not in ("find", "list_products")]
    assert writes == ["create", "cancel", "cancel", "create"]
    assert live_states(nx) == ["active"]
    assert nx.doubles() == {}


def test_a_customer_who_returns_after_a_finished_cancel_gets_a_new_account_under_a_new_key(nx: Tenant) -> None:
    _, service = begin(nx, "key")
    drain()
    for status in (ENDED, PAYING):
        set_statuses([service], status)
        drain()
    assert [row["status"] for row in nx.subscribers()] == ["cancelled", "active"]
    assert len({line["key"] for line in nx.ledger(operation="create")}) == 2
    assert nx.doubles() == {}


def test_a_platform_that_calls_a_suspended_account_pending_is_not_asked_again_and_again(nx: Tenant) -> None:
    odd = Recipe("nx_odd", changes={'suspended = "suspended"': 'suspended = "pending_user"'})
    integration = integrate(use(odd), nx)
    service = sell_to_crowd(package_of(integration), 1)[0]
    drain()
    set_statuses([service], OWING)
    drain(patience_s=0.2)
    assert nx.calls("suspend") == 1
    assert statuses(integration) == {"suspended": 1}


def hooked(tenant: Tenant) -> tuple[Integration, int]:
    integration = factories.make_integration(gateway="outros", params={"url": tenant.hook_url})
    return integration, sell_to_crowd(package_of(integration, "generico"), 1)[0]


def test_a_receiver_that_may_know_of_a_sale_is_told_that_it_ended(hook: Tenant) -> None:
    _, service = hooked(hook)
    hook.set_dials(faults=[fault("cadastro", reset="after"), fault("cadastro", status=500, fail_after=1)])
    drain(patience_s=0.2)
    clock.move(SOON)
    drain(patience_s=0.2)
    assert hook.calls("cadastro") == 2
    set_statuses([service], ENDED)
    drain_through_time(settled)
    assert [sale["status"] for sale in hook.sales().values()] == ["cancelled"]
    assert statuses_of_all() == ["cancelled"]


def statuses_of_all() -> list[str]:
    return [account.status for account in Account.query]


def test_a_receiver_gets_every_repeat_under_the_same_id(hook: Tenant) -> None:
    hooked(hook)
    hook.set_dials(faults=[fault("cadastro", status=500, fail_next=3)])
    drain_through_time(settled)
    lines = hook.ledger(operation="cadastro")
    assert [line["status"] for line in lines] == [500, 500, 500, 200]
    assert len({line["webhook_id"] for line in lines}) == 1


def test_a_resend_that_fails_is_repeated_with_its_id_and_later_events_have_their_own(hook: Tenant) -> None:
    integration, service = hooked(hook)
    drain()
    first = hook.ledger(operation="cadastro")[0]["webhook_id"]
    hook.set_dials(faults=[fault("cadastro", status=503)])
    accounts.resend(accounts_of(integration)[0].id)
    drain_through_time(settled)
    lines = hook.ledger(operation="cadastro")
    assert [(line["status"], line["webhook_id"]) for line in lines] == [(200, first), (503, first), (200, first)]
    for status in (OWING, PAYING, OWING):
        set_statuses([service], status)
        drain()
    events = [line for line in hook.ledger() if line["operation"] in ("suspender", "habilitar")]
    assert len({line["webhook_id"] for line in events}) == len(events) == 3
    assert not any(line["duplicate"] for line in events)
