"""Alerts on the screen: page, menu, dashboard; closing by those who may."""

import pytest

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Alert, Integration
from webapp.services import alerts
from webapp.web.links import PAGES

FIGURES = {"now": 51, "last": 100, "missing": 49}
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def about(app: object) -> Integration:
    """An integration with one open alert."""
    integration = factories.make_integration(description="Streaming da casa")
    raised(integration)
    return integration


def raised(about: Integration) -> Alert:
    alerts.raise_alert("reading_shrunken", "integration", about.id, about.description, FIGURES)
    db.session.commit()
    return db.session.query(Alert).order_by(Alert.id.desc()).first()


def text_of(browser: Browser, address: str) -> str:
    return browser.get(address).get_data(as_text=True)


@pytest.mark.parametrize("address", ["/alerts", "/", "/fragments/dashboard"])
def test_open_alert_is_shown_with_cause_remedy_and_a_link(admin: Browser, about: Integration, address: str) -> None:
    page = text_of(admin, address)
    words = explain("reading_shrunken", FIGURES)
    shown = page.replace("&#39;", "'")
    assert words.cause in shown
    assert words.remedy in shown
    assert f'href="/integrations/{about.id}"' in page
    assert "Streaming da casa" in page


def test_money_of_an_alert_is_written_as_the_reader_writes_it(admin: Browser, about: Integration) -> None:
    figures = {"run_id": 1, "count": 12, "value": "1200.00"}
    alerts.raise_alert("run_staged", "integration", about.id, about.description, figures)
    db.session.commit()
    assert "R$ 1.200,00" in text_of(admin, "/alerts")


def test_menu_shows_how_many_are_open_and_nothing_when_none_is(admin: Browser, about: Integration) -> None:
    assert menu_count(admin) == "1"
    alerts.clear_alerts("integration", about.id)
    assert menu_count(admin) == ""


def test_alert_that_came_often_says_how_often(admin: Browser, about: Integration) -> None:
    raised(about)
    raised(about)
    assert "3 " in text_of(admin, "/alerts").partition("card-header")[2].partition("</div>")[0]


@pytest.mark.parametrize(("role", "status", "left"), [("admin", 303, 0), ("attendant", 303, 0), ("viewer", 403, 1)])
def test_only_who_works_with_customers_closes_an_alert(
    request: pytest.FixtureRequest, about: Integration, role: str, status: int, left: int
) -> None:
    browser: Browser = request.getfixturevalue(role)
    alert = db.session.query(Alert).one()
    assert ("/close" in text_of(browser, "/alerts")) is (left == 0)
    assert browser.post(f"/alerts/{alert.id}/close").status_code == status
    assert alerts.count_open() == left


def test_closed_alert_stands_below_with_who_closed_it(admin: Browser, about: Integration) -> None:
    admin.post(f"/alerts/{db.session.query(Alert).one().id}/close")
    page = text_of(admin, "/alerts")
    assert "admin@example.com" in page.partition('id="alerts-closed"')[2]
    assert "/close" not in page


def test_closing_an_unknown_alert_answers_not_found(admin: Browser) -> None:
    assert admin.post("/alerts/77/close").status_code == 404


def test_closed_alerts_are_paged_by_place_and_a_strange_cursor_begins_anew(admin: Browser, about: Integration) -> None:
    for _number in range(60):
        raised(about)
        alerts.clear_alerts("integration", about.id)
    found = read(admin.get("/alerts"))
    following = next(attrs["hx-get"] for attrs in found.all("a") if attrs.get("hx-get"))
    assert text_of(admin, following).count("<tr>") == 1 + 10
    assert text_of(admin, "/alerts?cursor=WyJ4IiwxXQ").count("<tr>") == 1 + 50


def test_alert_of_a_reading_leads_to_that_reading(admin: Browser) -> None:
    alerts.raise_alert("reading_stale", "source", 3, "HubSoft", {"hours": 26, "pull_id": 12})
    assert 'href="/pulls/12"' in text_of(admin, "/alerts")
    assert PAGES["source_pull"] == ("pulls.detail", "pull_id")


def menu_count(browser: Browser) -> str:
    """Return the number beside *Alerts* in the menu; empty when there is none."""
    link = text_of(browser, "/customers").partition('href="/alerts"')[2].partition("</a>")[0]
    return link.partition('ms-auto">')[2].partition("<")[0]
