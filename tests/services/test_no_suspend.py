"""The calendar without suspensions, and the billing day of a platform: through the engine, to a real platform."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask

from tests import factories
from tests.journeys import platforms
from tests.journeys.crowd import ENDED, OWING, PAYING, accounts_of, drain, package_of, sell_to_crowd, set_statuses
from tests.services.rights_platform import Rights, connect, install, sell, work
from webapp import clock
from webapp.clock import local_today, utc_now
from webapp.decide.cutoff import next_cutoff
from webapp.extensions import db
from webapp.models import Account, Alert, Customer, Integration, Run, Service
from webapp.sandbox.client import Tenant
from webapp.services import customers, subscriptions
from webapp.services.accounts import NEGATIVE, ORDINARY
from webapp.services.cutoffs import prepare_cutoffs
from webapp.services.holds import next_try
from webapp.services.inputs import CustomerInput
from webapp.services.reconciliation_settings import CalendarInput, ReconciliationInput, update_reconciliation

ZONE = "America/Sao_Paulo"
NEGATIVE_CALLS = ("suspend", "cancel")


@pytest.fixture
def here(app: APIFlask, nx: Tenant) -> Integration:
    """Return a platform with three subscribers who watch."""
    integration = platforms.connect(nx, "key")
    sell_to_crowd(package_of(integration), 3)
    drain()
    return integration


def close_today(integration: Integration, *, cancels: bool = False, billing_day: int | None = None) -> None:
    today = local_today(ZONE)
    calendar = CalendarInput(dates=[today, today + timedelta(days=1)], cancels=cancels)
    update_reconciliation(integration.id, ReconciliationInput(no_suspend=calendar, billing_day=billing_day))


def owe(integration: Integration, status: str = OWING) -> list[Account]:
    set_statuses([account.service_id for account in accounts_of(integration)], status, NEGATIVE)
    drain()
    return accounts_of(integration)


def taken(nx: Tenant) -> int:
    return sum(nx.calls(operation) for operation in NEGATIVE_CALLS)


def test_suspension_waits_for_the_calendar_and_goes_out_when_it_opens(here: Integration, nx: Tenant) -> None:
    close_today(here)
    waiting = owe(here)
    assert taken(nx) == 0
    assert {(one.error_kind, one.error_code, one.status, one.tries) for one in waiting} == {
        ("calendar", "no_suspend_now", "pending", 0)
    }
    opens = waiting[0].due_at
    assert opens is not None
    assert timedelta(days=1) < opens - utc_now() <= timedelta(days=2)
    coming = next_try(waiting[0])
    assert coming is not None
    assert coming.at == opens
    clock.move(opens - utc_now())
    drain()
    assert nx.calls("suspend") == 3
    assert {(one.status, one.error_code) for one in accounts_of(here)} == {("suspended", None)}


def test_payment_during_the_closed_hours_needs_no_call_and_enabling_is_always_open(
    here: Integration, nx: Tenant
) -> None:
    owing = owe(here)[0]
    close_today(here)
    set_statuses([owing.service_id], PAYING)
    drain()
    assert nx.calls("enable") == 1
    before = nx.seq()
    set_statuses([owing.service_id], OWING, NEGATIVE)
    drain()
    set_statuses([owing.service_id], PAYING)
    drain()
    assert nx.ledger(since=before) == []
    assert accounts_of(here)[0].error_code is None


def test_another_calendar_brings_forward_what_waits(here: Integration, nx: Tenant) -> None:
    close_today(here)
    owe(here)
    update_reconciliation(here.id, ReconciliationInput())
    drain()
    assert nx.calls("suspend") == 3


def test_cancels_wait_only_where_the_calendar_says_so_and_never_past_the_billing_day(
    here: Integration, nx: Tenant
) -> None:
    close_today(here, cancels=True)
    owe(here, ENDED)
    assert taken(nx) == 0
    tomorrow = local_today(ZONE) + timedelta(days=1)
    close_today(here, cancels=True, billing_day=tomorrow.day)
    drain()
    assert nx.calls("cancel") == 3


def test_calendar_that_says_nothing_of_cancels_does_not_hold_them(here: Integration, nx: Tenant) -> None:
    close_today(here)
    owe(here, ENDED)
    assert nx.calls("cancel") == 3


@pytest.fixture
def two_rights(app: APIFlask) -> Iterator[tuple[Rights, Integration, list[int]]]:
    """Return a platform of single rights whose calendar holds cancels, and the sales of two on one person."""
    install()
    with Rights() as platform:
        integration = connect(platform)
        service = sell(integration, "FULL")
        kids = factories.make_product(integration, code="KIDS")
        factories.make_sale(service, factories.make_package(integration, product_codes=[kids.code]))
        work()
        close_today(integration, cancels=True)
        yield platform, integration, [sale.id for sale in service.packages]


def test_what_waits_of_one_account_holds_nothing_else_of_it(
    two_rights: tuple[Rights, Integration, list[int]],
) -> None:
    platform, _integration, sales = two_rights
    subscriptions.remove_sale(sales[1])
    work()
    assert sorted(right["product"] for right in platform.rights.values()) == ["FULL", "KIDS"]
    platform.of("FULL")["state"] = "forgotten"
    customer = db.session.query(Customer).one()
    customers.upsert_customer(customer.code, CustomerInput(name="Maria Nova", email=customer.email))
    work()
    assert platform.of("FULL")["state"] == "active"
    assert platform.of("KIDS")["state"] == "active"
    assert db.session.query(Account).one().error_code == "no_suspend_now"


def test_right_in_whose_place_another_comes_is_no_loss_and_goes_at_once(
    two_rights: tuple[Rights, Integration, list[int]],
) -> None:
    platform, integration, sales = two_rights
    news = factories.make_product(integration, code="NEWS")
    package = factories.make_package(integration, product_codes=[news.code])
    service = db.session.query(Service).one()
    subscriptions.remove_sale(sales[1])
    factories.make_sale(service, package)
    work()
    assert sorted(right["product"] for right in platform.rights.values()) == ["FULL", "NEWS"]


def test_before_the_billing_day_cancels_go_first_and_the_platform_is_read_once(here: Integration) -> None:
    local_now = utc_now()
    day = (local_today(ZONE) + timedelta(days=1)).day
    update_reconciliation(here.id, ReconciliationInput(billing_day=day))
    services = [account.service_id for account in accounts_of(here)]
    set_statuses(services[:2], ENDED, NEGATIVE)
    set_statuses(services[2:], OWING, NEGATIVE)
    later = local_now + timedelta(hours=1)
    db.session.get_one(Integration, here.id).reconcile_due_at = later
    db.session.commit()
    prepare_cutoffs()
    assert [one.priority for one in accounts_of(here)] == [ORDINARY, ORDINARY, NEGATIVE]
    due_at = db.session.get_one(Integration, here.id).reconcile_due_at
    assert due_at is not None
    assert due_at <= utc_now()
    db.session.add(Run(integration_id=here.id, mode="apply", started_at=utc_now()))
    db.session.get_one(Integration, here.id).reconcile_due_at = later
    db.session.commit()
    prepare_cutoffs()
    assert db.session.get_one(Integration, here.id).reconcile_due_at == later


def test_cancels_that_would_miss_the_billing_day_are_told_until_they_are_mended(here: Integration) -> None:
    day = (local_today(ZONE) + timedelta(days=1)).day
    update_reconciliation(here.id, ReconciliationInput(billing_day=day))
    account = owe(here, ENDED)[0]
    account.status, account.error_code = "blocked", "platform_rejected"
    db.session.commit()
    prepare_cutoffs()
    alert = db.session.query(Alert).filter_by(code="cutoff_at_risk").one()
    assert (alert.params["count"], alert.params["value"]) == (1, "29.90")
    account.status = "cancelled"
    db.session.commit()
    prepare_cutoffs()
    assert alert.closed_at is not None
    assert next_cutoff(day, utc_now()) > utc_now()
