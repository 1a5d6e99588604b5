"""What the dashboard says waits for whom: the numbers are those of the lists that they lead to, by role."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read_page
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Integration, Invoice
from webapp.services.alerts import raise_alert
from webapp.services.seats import leak_months

FIGURE = re.compile(r'<a class="figure[^>]*href="([^"]+)".*?figure-value">([\d.+]+)<', re.S)
STAKE = 'id="stake-name"'
TOTAL = re.compile(r'class="total">\D*([\d.]+)')


@dataclass(frozen=True)
class Provider:
    """Six customers on one platform: one watches, five do not, each for a reason of its own."""

    integration: Integration
    accounts: list[Account]


@pytest.fixture
def provider(app: APIFlask) -> Provider:
    integration = factories.make_integration(description="NX da capital")
    plan = factories.make_plan(factories.make_package(integration))
    for _number in range(6):
        factories.make_service(plan=plan)
    accounts = db.session.query(Account).order_by(Account.id).all()
    states = ("active", "pending", "blocked", "parked", "waiting_user", "suspended")
    for account, status in zip(accounts, states, strict=True):
        account.status, account.desired = status, "active"
        # One that is suspended and shall be active is on its way there.
        account.due_at = utc_now() if status in ("pending", "suspended") else None
    db.session.commit()
    return Provider(integration, accounts)


def figures(browser: FlaskClient) -> dict[str, str]:
    return {address.replace("&amp;", "&"): value for address, value in FIGURE.findall(browser.get("/").text)}


def test_each_figure_is_the_number_of_the_list_that_it_leads_to(admin: Browser, provider: Provider) -> None:
    shown = figures(admin)
    assert sorted(shown.values()) == ["1", "2", "2", "5"]
    for address, value in shown.items():
        found = TOTAL.search(admin.get(address).text)
        assert found is not None, address
        assert found[1] == value, address


def test_somebody_who_does_not_pay_is_not_counted_among_those_who_cannot_watch(
    admin: Browser, provider: Provider
) -> None:
    provider.accounts[5].service.status = "suspenso_debito"
    db.session.commit()
    assert figures(admin)["/customers?account=unserved"] == "4"


def test_what_waits_for_a_person_comes_first_each_with_its_button(admin: Browser, provider: Provider) -> None:
    provider.integration.paused_code, provider.integration.paused_at = "credentials_refused", utc_now()
    raise_alert("run_staged", "integration", provider.integration.id, "NX da capital", {"count": 3})
    db.session.commit()
    text = admin.get("/").text
    today = text[text.index('id="today-name"') : text.index('class="figures"')]
    assert f"/integrations/{provider.integration.id}/resume" in today
    assert "/transmissions?tab=blocked" in today
    assert "/customers?account=unserved" in today
    assert "/alerts/1/close" in today
    assert text.index('id="today-name"') < text.index('id="platforms-name"') < text.index('id="charts"')


def test_attendant_sees_whom_callers_ask_about_and_nothing_to_administer(
    attendant: Browser, provider: Provider
) -> None:
    text = attendant.get("/").text
    assert figures(attendant).keys() >= {"/customers?account=unserved", "/transmissions?tab=blocked"}
    foreign_parts = (
        'id="charts"',
        'id="sources-name"',
        "/resume",
        "first-card",
        f"/integrations/{provider.integration.id}",
    )
    for foreign in foreign_parts:
        assert foreign not in text, foreign


def test_money_at_stake_is_shown_to_who_answers_for_it_and_leads_on(
    admin: Browser, finance: Browser, attendant: Browser, viewer: Browser, provider: Provider
) -> None:
    assert STAKE in finance.get("/").text
    leak_months.note_leaks()
    db.session.add(Invoice(
        integration_id=provider.integration.id, month=date(2026, 10, 1), state="checked", file_name="f.csv", digest="d",
        disputed=Decimal("1234.56"), checked_at=utc_now(),
    ))  # fmt: skip
    db.session.commit()
    for browser in (admin, finance):
        for page in (browser.get("/").text, browser.get("/fragments/dashboard").text):
            assert 'href="/seats">R$\xa00,00' in page
            assert 'href="/invoices">R$\xa01.234,56' in page
            assert 'href="/invoices">1<' in page
    for browser in (attendant, viewer):
        for page in (browser.get("/").text, browser.get("/fragments/dashboard").text):
            assert STAKE not in page
            assert "1.234,56" not in page


def test_calm_hub_says_that_nothing_waits(viewer: Browser) -> None:
    factories.make_integration()
    page = viewer.get("/")
    read_page(page)
    assert "today-calm" in page.text
    assert "today-list" not in page.text


def test_practice_platform_is_marked_and_disappears_with_its_removal(admin: Browser) -> None:
    where = admin.post("/practice/on").location
    assert "bg-purple-lt" in admin.get("/").text
    admin.post(f"/practice/{where.split('/')[-1].partition('?')[0]}/remove")
    assert "bg-purple-lt" not in admin.get("/").text
