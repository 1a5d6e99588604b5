"""Accounts that nobody here made, on the screen: chosen, shown what happens, decided."""

import re

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import factories
from tests.fixtures.people import PASSWORD, Browser, make_browser
from tests.web import orphan_states
from tests.web.page import read_page
from webapp.extensions import db
from webapp.models import Account, Integration, Orphan
from webapp.services.operators import create_operator
from webapp.services.orphans.deciding import cancel, ignore

pytestmark = pytest.mark.usefixtures("app")
HIDDEN = re.compile(r'name="(stamp|service_id)" value="([^"]*)"')


@pytest.fixture
def there(app: object) -> Integration:
    """A platform that shows one account of a customer who has bought, and two of nobody."""
    integration = factories.make_integration(gateway="nx_play", description="NX Play")
    customer = factories.make_customer(name="Maria das Dores", email="maria@example.com")
    factories.make_sale(factories.make_service(customer, code="17711"), factories.make_package(integration))
    logins = ("maria@example.com", "a@example.com", "b@example.com")
    orphan_states.note(integration.id, [orphan_states.stranger(login, login) for login in logins])
    return integration


def statuses() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Orphan.status).order_by(Orphan.id)))


def hidden(page: TestResponse) -> dict[str, str]:
    return dict(HIDDEN.findall(page.text))


def told(browser: Browser, answer: TestResponse) -> str:
    """Follow to the page on which a decision ends; returns its text."""
    assert answer.status_code == 303, answer.text[:2000]
    return browser.get(answer.headers["Location"]).text


def test_list_names_whom_each_probably_belongs_to(admin: Browser, there: Integration) -> None:
    page = admin.get("/orphans")
    read_page(page)
    assert "Maria das Dores" in page.text
    assert page.text.count('type="checkbox" name="id" value') == 3
    assert "Maria das Dores" not in admin.get("/orphans?guess=unknown").text
    assert admin.get("/orphans?q=MARIA@").text.count('name="id"') == 1
    assert admin.get("/orphans?status=ignored").text.count('name="id"') == 0


def test_adopting_shows_what_happens_and_then_does_exactly_that(admin: Browser, there: Integration) -> None:
    chosen = admin.get("/orphans/choose?id=1&id=2")
    read_page(chosen)
    assert statuses() == ["open"] * 3
    done = admin.post("/orphans/adopt", data={"id": ["1", "2"], "stamp": hidden(chosen)["stamp"]})
    text = told(admin, done)
    assert "1 conta foi adotada" in text or "1 account was adopted" in text
    assert statuses() == ["adopted", "open", "open"]
    assert db.session.scalars(select(Account)).one().login == "maria@example.com"


def test_adopting_what_changed_since_it_was_shown_answers_conflict(admin: Browser, there: Integration) -> None:
    shown = hidden(admin.get("/orphans/choose?id=1"))
    there.follow_status = False
    account = db.session.scalars(select(Account)).one()
    account.service.status = "aguardando_instalacao"
    db.session.commit()
    answer = admin.post("/orphans/adopt", data={"id": "1", **shown})
    assert (answer.status_code, statuses()[0]) == (409, "open")


def test_one_is_adopted_for_a_service_that_was_searched_or_led_to_selling_what_is_missing(
    admin: Browser, there: Integration
) -> None:
    assert hidden(admin.get("/orphans/1"))["service_id"] == "1"
    other = factories.make_service()
    found = admin.get(f"/orphans/2?q={other.customer.code}", hx=True)
    assert hidden(found) == {"service_id": str(other.id)}
    chosen = f"/orphans/choose?id=2&service_id={other.id}"
    page = admin.get(chosen)
    assert f"/services/{other.id}/packages/new" in page.text
    assert '<button class="btn btn-primary">' not in page.text
    factories.make_sale(other, factories.make_package(there))
    page = admin.get(chosen)
    told(admin, admin.post("/orphans/adopt", data={"id": "2", **hidden(page)}))
    assert statuses() == ["open", "adopted", "open"]


def test_all_that_the_filter_finds_are_looked_at_and_adopted_only_as_they_were_shown(
    admin: Browser, there: Integration
) -> None:
    page = admin.get("/orphans/choose?all=1&filters=status%3Dopen%26guess%3Dunknown")
    assert re.findall(r'name="id" value="(\d+)"', page.text) == ["2", "3"]
    page = admin.get("/orphans/choose?all=1&filters=guess%3Dguessed")
    assert re.findall(r'name="id" value="(\d+)"', page.text) == ["1"]
    ignore([1], "Test account")
    assert admin.post("/orphans/adopt", data={"id": "1", **hidden(page)}).status_code == 409


def test_list_offers_its_actions_on_many_and_their_preview_names_who_would_lose(
    app: APIFlask, admin: Browser, there: Integration
) -> None:
    page = admin.get("/orphans").text
    kinds = ("orphans_adopt", "orphans_ignore", "orphans_cancel", "orphans_approve", "orphans_reopen")
    assert all(f'<option value="{kind}">' in page for kind in kinds)
    assert 'formaction="/orphans/choose"' in page
    told(admin, admin.post("/orphans/cancel", data={"id": ["2", "3"], "reason": "Ninguém conhece"}))
    other = make_browser(app).sign_in(create_operator("second@example.com", PASSWORD, "admin"))
    seen = other.get("/bulk/new?table=orphans&kind=orphans_approve&all=1&filters=status%3Dwaits")
    read_page(seen)
    assert "a@elsewhere" not in seen.text
    assert "a@example.com" in seen.text
    assert "R$" not in seen.text, "nobody knows what an account of nobody is worth"


def test_ignoring_without_a_reason_asks_for_it_and_with_one_is_done(admin: Browser, there: Integration) -> None:
    refused = admin.post("/orphans/ignore", data={"id": "2", "reason": " "})
    assert (refused.status_code, statuses()[1]) == (422, "open")
    assert 'id="reason-error"' in refused.text
    text = told(admin, admin.post("/orphans/ignore", data={"id": "2", "reason": "Conta de teste"}))
    assert "Conta de teste" in text
    assert statuses()[1] == "ignored"
    told(admin, admin.post("/orphans/reopen", data={"id": "2"}))
    assert statuses()[1] == "open"


def test_whoever_asked_for_the_end_sees_no_button_to_approve_it(
    app: APIFlask, admin: Browser, there: Integration
) -> None:
    told(admin, admin.post("/orphans/cancel", data={"id": ["2", "3"], "reason": "Ninguém conhece"}))
    assert "/orphans/approve" not in admin.get("/orphans/2").text
    assert admin.post("/orphans/approve", data={"id": ["2", "3"]}).status_code == 409
    other = make_browser(app).sign_in(create_operator("second@example.com", PASSWORD, "admin"))
    assert "/orphans/approve" in other.get("/orphans/2").text
    told(other, other.post("/orphans/approve", data={"id": ["2", "3"]}))
    approved = select(Orphan.decided_by).where(Orphan.status == "cancelling")
    assert set(db.session.scalars(approved)) == {"second@example.com"}


def test_deciding_twice_answers_conflict_and_nothing_chosen_goes_back_to_the_list(
    admin: Browser, there: Integration
) -> None:
    ignore([2], "Test account")
    cancel([3], "Unknown")
    for orphan_id in ("2", "3"):
        assert admin.post("/orphans/cancel", data={"id": orphan_id, "reason": "x"}).status_code == 409
    assert admin.get("/orphans/choose").headers["Location"] == "/orphans"
    assert admin.post("/orphans/sell", data={"id": "1"}).status_code in (404, 405)
    assert admin.get("/orphans/99").status_code == 404


def test_who_may_only_look_decides_nothing(viewer: Browser, there: Integration) -> None:
    assert 'name="id"' not in viewer.get("/orphans").text
    assert "/orphans/choose" not in viewer.get("/orphans").text
    assert 'action="/orphans/' not in viewer.get("/orphans/1").text.replace('method="get" action="/orphans/1"', "")
    assert viewer.get("/orphans/choose?id=1").status_code == 403
    for action in ("adopt", "ignore", "cancel", "approve", "reopen"):
        assert viewer.post(f"/orphans/{action}", data={"id": "1", "reason": "x"}).status_code == 403
    assert statuses() == ["open"] * 3
