"""Two people on one form, the same form twice, the back button, a session that ended, a platform that hangs."""

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import factories
from tests.fixtures.people import PASSWORD, Browser, make_browser, signed_in
from tests.journeys.platforms import connect
from tests.web import world
from tests.web.page import NOT_TYPED, Page, read_page
from tests.web.sheet import read_sheet
from webapp import clock
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Customer, Integration, Package, Plan, Product, Setting
from webapp.sandbox.client import Tenant
from webapp.services import once
from webapp.services.operators import create_operator

NEW = {
    "integration": ("/integrations/new?gateway=outros", Integration, {
        "description": "Books", "reconcile_minutes": "60", "param-url": "http://127.0.0.1:9/hook"}),
    "package": ("/packages/new", Package, {
        "description": "Cinema", "value": "29,90", "dici_type": "none", "integration_id": ""}),
    "plan": ("/plans/new", Plan, {"description": "Fibra 500", "value": "99,90", "download_kbps": "512000"}),
    "customer": ("/customers/new", Customer, {"code": "1234", "name": "Ana"}),
    "product": ("/integrations/{integration_id}/products/new", Product, {"code": "livro", "name": "Livro"}),
}  # fmt: skip
EDITED = ("/integrations/{integration_id}", "/packages/{package_id}", "/plans/{plan_id}",
          "/customers/{customer_id}/edit", "/services/{service_id}/edit", "/service-packages/{sale_id}")  # fmt: skip
FIRST, TYPED = "What the first person typed", "What the second person typed"


def values(page: Page) -> dict[str, str]:
    """Return what a page's forms would send: its fields as they stand, ticked boxes, chosen options."""
    found: dict[str, str] = {}
    name = ""
    for tag, attrs in page.tags:
        if tag == "input" and (attrs.get("type") not in ("checkbox", "radio") or "checked" in attrs):
            found.setdefault(attrs.get("name", ""), attrs.get("value", ""))
        name = attrs.get("name", "") if tag == "select" else name
        if tag == "option" and ("selected" in attrs or name not in found):
            found[name] = attrs.get("value", "")
    # What other forms of the page ask before they act.
    return {name: value for name, value in found.items() if name not in NOT_TYPED}


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def fill(browser: Browser, address: str, typed: Mapping[str, str]) -> dict[str, str]:
    """Open a form and type; return what pressing Save would send."""
    return {**values(read_page(browser.get(address))), **typed}


@pytest.fixture(params=NEW)
def new_form(request: pytest.FixtureRequest, app: APIFlask) -> tuple[str, type, dict[str, str]]:
    address, model, typed = NEW[request.param]
    return address.format(integration_id=factories.make_integration().id), model, typed


def test_same_new_form_sent_twice_makes_one_thing_and_leads_to_it(
    new_form: tuple[str, type, dict[str, str]], admin: Browser
) -> None:
    address, model, typed = new_form
    form, before = fill(admin, address, typed), count(model)
    first, second = admin.post(address, data=form), admin.post(address, data=form)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert count(model) == before + 1


def test_two_clicks_at_the_same_moment_make_one_thing(app: APIFlask, admin: Browser) -> None:
    address, model, typed = NEW["package"]
    form, other = fill(admin, address, typed), make_browser(app)
    cookie = admin.get_cookie("session")
    assert cookie is not None
    other.set_cookie("session", cookie.value)
    db.session.commit()
    ready = threading.Barrier(2)

    def click(browser: Browser) -> TestResponse:
        ready.wait()
        with app.app_context():
            return browser.post(address, data=form)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(click, (admin, other)))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert count(model) == 1


def test_second_sending_says_that_nothing_was_done_twice(admin: Browser) -> None:
    address, _model, typed = NEW["package"]
    form = fill(admin, address, typed)
    admin.get(admin.post(address, data=form).location)
    assert "nada foi feito duas vezes" in admin.get(admin.post(address, data=form).location).text


def test_form_that_the_back_button_brought_back_makes_another_thing_when_it_is_changed(admin: Browser) -> None:
    address, model, typed = NEW["plan"]
    form = fill(admin, address, typed)
    admin.post(address, data=form)
    assert admin.post(address, data={**form, "description": "Fibra 700"}).status_code == 303
    assert count(model) == 2


def test_refused_form_may_be_sent_again_as_it_is(admin: Browser) -> None:
    factories.make_plan(description="Fibra 500")
    address, model, typed = NEW["plan"]
    form = fill(admin, address, typed)
    assert [admin.post(address, data=form).status_code for _number in range(2)] == [422, 422]
    assert not db.session.query(Setting).filter(Setting.name.startswith(once.PREFIX)).count()
    assert count(model) == 1


def test_same_form_of_another_person_is_another_form(app: APIFlask, admin: Browser) -> None:
    address, model, typed = NEW["package"]
    form = fill(admin, address, typed)
    finance = signed_in(app, "finance")
    assert [browser.post(address, data=form).status_code for browser in (admin, finance)] == [303, 303]
    assert count(model) == 2


def test_mark_that_we_did_not_give_or_that_is_old_is_no_reason_to_refuse(admin: Browser) -> None:
    address, model, typed = NEW["package"]
    form = fill(admin, address, typed)
    for mark in ("x" * 500, "ffffffff-AAAAAAAAAAAAAAAA"):
        assert admin.post(address, data={**form, "once": mark}).status_code == 303
    clock.move(timedelta(days=9))
    assert once.claim(form["once"], b"content") is None
    assert count(model) == 2


def test_marks_are_forgotten_after_their_time(app: APIFlask) -> None:
    claimed = once.claim(once.new_mark(), b"first")
    assert isinstance(claimed, once.Claim)
    once.keep(claimed, "/packages")
    clock.move(timedelta(days=4))
    once.claim(once.new_mark(), b"second")
    assert db.session.get(Setting, claimed.name) is None


def test_form_whose_process_died_is_worked_on_by_the_next(app: APIFlask) -> None:
    mark = once.new_mark()
    assert isinstance(once.claim(mark, b"form"), once.Claim)
    clock.move(once.CRASHED_AFTER + timedelta(seconds=1))
    assert isinstance(once.claim(mark, b"form"), once.Claim)


@pytest.fixture
def here(app: APIFlask) -> world.World:
    return world.build()


@pytest.mark.parametrize("address", EDITED)
def test_second_of_two_people_is_told_and_nothing_of_the_first_is_lost(
    address: str, app: APIFlask, admin: Browser, here: world.World
) -> None:
    url = address.format(**here.ids())
    name = "address" if "services" in url else "name" if "customers" in url else "description"
    mine = fill(admin, url, {name: TYPED})
    theirs = {**mine, name: FIRST, "once": ""}
    assert make_browser_of(app, "second@example.com").post(url, data=theirs).status_code == 303
    refused = admin.post(url, data=mine)
    assert refused.status_code == 409
    assert all(words in read_page(refused).text for words in (TYPED, FIRST))
    assert f'href="{url}"' in refused.text
    assert values(read_page(admin.get(url)))[name] == FIRST
    choice = read_sheet(refused, url)
    assert choice.sent["version"] != mine["version"]
    assert admin.post(choice.action, data=choice.sent).status_code == 303
    assert values(read_page(admin.get(url)))[name] == TYPED


def make_browser_of(app: APIFlask, email: str) -> Browser:
    return make_browser(app).sign_in(create_operator(email, PASSWORD, "admin"))


def test_session_that_ended_inside_a_fragment_leads_through_the_sign_in_back_to_the_page(
    app: APIFlask, anonymous: Browser, here: world.World
) -> None:
    create_operator("ana@example.com", PASSWORD, "viewer")
    page = f"/customers/{here.customer_id}"
    part = f"/fragments/services/{here.service_id}/accounts"
    answer = anonymous.get(part, hx=True, headers={"HX-Current-URL": f"http://localhost{page}"})
    assert answer.status_code == 401
    door = answer.headers["HX-Redirect"]
    assert door == f"/login?next={page}"
    assert anonymous.post(door, data={"email": "ana@example.com", "password": PASSWORD}).location == page
    assert anonymous.get(part, hx=True).status_code == 200


@pytest.fixture
def hanging(settings: Settings, app: APIFlask, nx: Tenant) -> Iterator[Integration]:
    """A platform that takes every call and does not answer in its time."""
    integration = connect(nx, "key", total_timeout_s=1)
    nx.set_dials(latency_ms=60_000)
    yield integration
    nx.set_dials()


@pytest.mark.parametrize("address", ["/integrations/{}/test", "/integrations/{}/products/sync"])
def test_platform_that_hangs_ends_in_its_time_with_a_sentence_and_the_page_goes_on(
    address: str, hanging: Integration, admin: Browser
) -> None:
    began = time.monotonic()
    answer = admin.post(address.format(hanging.id), follow_redirects=True)
    assert time.monotonic() - began < 20
    read_page(answer)
    assert "não terminou a resposta em" in answer.text
    assert admin.get(f"/integrations/{hanging.id}").status_code == 200


def test_a_stranger_s_forms_leave_no_mark_behind(anonymous: Browser) -> None:
    anonymous.post("/login", data={"email": "x@example.com", "password": "wrong", "once": once.new_mark()})
    assert not db.session.query(Setting).filter(Setting.name.startswith(once.PREFIX)).count()
