"""How an integration is reconciled, on the screen."""

from typing import get_args

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser
from tests.web import reconciliation_states
from tests.web.page import read_page
from webapp.decide.calendar import STATES
from webapp.extensions import db
from webapp.models import Event, Integration
from webapp.services.reconciliation_settings import State, clock_of
from webapp.web.causes import cause_words
from webapp.web.filters import day

PAGE = {
    "limit_floor": "10", "limit_run_percent": "7,5", "limit_day_percent": "", "batch_expires_h": "24",
    "reconcile_minutes": "30", "nights_from": "22:00", "nights_until": "08:00", "weekend": "y", "holidays": "y",
    "state": "SP", "dates": "24/12/2026\n2026-12-31, 24/12/2026", "billing_day": "25", "billing_lead_h": "48",
    "probe_nights": "7", "probe_from": "01:00", "probe_until": "06:00",
}  # fmt: skip


@pytest.fixture
def integration(app: object) -> Integration:
    return factories.make_integration(description="Clube")


def address(integration: Integration) -> str:
    return f"/integrations/{integration.id}/reconciliation"


def typed(integration: Integration, **changes: str) -> dict[str, str]:
    return {**PAGE, "version": str(integration.version), **changes}


def with_past(integration: Integration) -> None:
    factories.make_sale(package=factories.make_package(integration))
    reconciliation_states.build(integration.id, 1)


def test_settings_are_saved_and_the_history_tells_before_and_after(admin: Browser, integration: Integration) -> None:
    response = admin.post(address(integration), data=typed(integration))
    assert (response.status_code, response.headers["Location"]) == (303, address(integration))
    db.session.refresh(integration)
    assert (integration.limit_floor, integration.limit_run_percent, integration.limit_day_percent) == (10, 7.5, None)
    assert (integration.batch_expires_h, integration.reconcile_interval_s, integration.billing_day) == (24, 1800, 25)
    assert integration.no_suspend == {
        "nights": ["22:00", "08:00"], "weekend": True, "eve": False, "holidays": True, "state": "SP",
        "dates": ["2026-12-24", "2026-12-31"], "cancels": False,
    }  # fmt: skip
    event = db.session.query(Event).filter_by(action="integration.reconciliation").one()
    assert (event.before or {})["limit_floor"] is None
    assert (event.after or {})["no_suspend_nights"] == "22:00 – 08:00"
    assert "22:00 – 08:00" in admin.get(f"/history?type=integration&id={integration.id}").text
    page = read_page(admin.get(address(integration)))
    again = {attrs["name"]: attrs.get("value", "") for attrs in page.all("input") if attrs.get("name") in PAGE}
    assert (again["limit_run_percent"], again["nights_from"]) == ("7,5", "22:00")


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("limit_run_percent", "many", "limit_run_percent-error"),
        ("limit_run_percent", "101", "limit_run_percent-error"),
        ("limit_run_percent", "50", "limit_day_percent-error"),
        ("nights_until", "", "nights_until-error"),
        ("nights_from", "8h", "nights_from-error"),
        ("nights_from", "08:00", "nights_until-error"),
        ("dates", "someday", "dates-error"),
        ("holidays", "", "state-error"),
        ("billing_day", "32", "billing_day-error"),
        ("probe_until", "01:00", "probe_until-error"),
        ("batch_expires_h", "", "batch_expires_h-error"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    admin: Browser, integration: Integration, field: str, value: str, shown: str
) -> None:
    data = {name: text for name, text in typed(integration, **{field: value}).items() if name != field or value}
    response = admin.post(address(integration), data=data)
    assert response.status_code == 422
    assert f'id="{shown}"' in response.text
    db.session.refresh(integration)
    assert (integration.limit_floor, integration.no_suspend) == (None, {})


def test_stale_form_is_a_conflict_that_keeps_what_was_typed(admin: Browser, integration: Integration) -> None:
    response = admin.post(address(integration), data=typed(integration, version="99"))
    assert response.status_code == 409
    assert 'value="7,5"' in response.text


def test_typed_limits_are_shown_on_the_past_and_nothing_is_saved(admin: Browser, integration: Integration) -> None:
    with_past(integration)
    assert admin.get(address(integration)).text.count("bg-green-lt") == 2
    data = typed(integration, limit_floor="0", limit_run_percent="0", preview="1")
    whole = admin.post(address(integration), data=data)
    part = admin.post(address(integration), data=data, headers={"HX-Request": "true"})
    assert (whole.status_code, part.status_code) == (200, 200)
    assert "<html" not in part.text
    for response in (whole, part):
        assert response.text.count("bg-orange-lt") == 2
    db.session.refresh(integration)
    assert integration.limit_floor is None


def test_page_says_until_when_suspensions_wait_and_when_the_platform_counts(
    admin: Browser, integration: Integration
) -> None:
    assert 'data-state="none"' in admin.get(address(integration)).text
    with_past(integration)
    text = admin.get(address(integration)).text
    assert 'data-state="closed"' in text
    assert "22:00" in text
    cutoff = clock_of(integration).cutoff
    assert cutoff is not None
    assert day(cutoff) in text


def test_only_administrators_see_the_page(attendant: Browser, integration: Integration) -> None:
    assert attendant.get(address(integration)).status_code == 403


def test_reason_is_told_with_the_names_and_days_of_the_screen(app: APIFlask) -> None:
    params = {"status": "suspenso_debito", "since": "2026-11-10/2026-11-12", "by": "HubSoft"}
    with app.test_request_context():
        words = cause_words("cause_status", params)
        assert cause_words("") == ""
    assert "“Suspenso por débito”" in words
    assert "10/11/2026 – 12/11/2026" in words


def test_every_state_with_holidays_can_be_chosen_on_the_screen_and_by_the_api() -> None:
    assert get_args(State) == ("", *STATES)
