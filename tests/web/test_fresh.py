"""A fresh sign-in: asked for where it matters, given by whatever one has, and back to where one was."""

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from passlib.totp import TOTP

from tests import factories
from tests.fixtures.people import PASSWORD, Browser
from tests.web.authenticator import Device
from tests.web.page import read_page
from tests.web.sheet import read_sheet
from tests.web.test_passkeys import make, options
from tests.web.test_reconciliation_settings import PAGE as RECONCILIATION
from webapp import clock
from webapp.extensions import db
from webapp.models import ApiToken, Integration, Operator, OperatorSession
from webapp.services import recipe_texts, second_factor, sign_in
from webapp.services.once import new_mark
from webapp.web.fresh import FRESH_FOR, GRACE

RETENTION = "/privacy/retention"
TOKEN = {"name": "billing", "scope": "read", "integration_id": ""}
# What needs it, and how it is asked for there.
PAGES = ("/tokens/new", "/own/second-factor", "/own/passkeys", "/own/second-factor/remove", "/people/second-factor",
         "/people/invite")  # fmt: skip
ACTIONS = ("/runs/1/approve", "/pulls/1/approve", "/observing/approve", "/orphans/cancel", "/channels/1/delete",
           "/integrations/1/callback-token", "/sources/1/hook", "/own/second-factor/codes", "/kept/lift",
           "/gateways/nx_play/remove", "/gateways/nx_play/versions/1/active")  # fmt: skip


@pytest.fixture
def stale(admin: Browser) -> Browser:
    """A browser whose operator proved too long ago, and clicks on."""
    for _number in range(2):
        clock.move(FRESH_FOR)
        admin.get("/")
    clock.move(timedelta(seconds=1))
    return admin


@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_who_sits_there_and_leads_back(stale: Browser, address: str) -> None:
    asked = stale.get(address)
    assert (asked.status_code, asked.location) == (303, f"/prove?next={address}")
    read_page(stale.get(asked.location))
    proved = stale.post("/prove", data={"password": PASSWORD, "next": address})
    assert (proved.status_code, proved.location) == (303, address)
    assert stale.get(address).status_code == 200


@pytest.mark.parametrize("address", ACTIONS)
def test_an_action_is_not_done_and_leads_back_to_its_page(stale: Browser, address: str) -> None:
    plain = stale.post(address, headers={"Referer": "http://localhost/somewhere?q=1"})
    assert (plain.status_code, plain.location) == (303, "/prove?next=/somewhere?q%3D1")
    by_htmx = stale.post(address, hx=True, headers={"HX-Current-URL": "http://localhost/somewhere"})
    assert (by_htmx.status_code, by_htmx.headers["HX-Redirect"]) == (401, "/prove?next=/somewhere")


def test_a_form_that_was_not_done_for_want_of_a_proof_can_be_sent_again_as_it_is(stale: Browser) -> None:
    form = {**TOKEN, "once": new_mark()}
    assert stale.post("/tokens/new", data=form).location.startswith("/prove?next=")
    stale.post("/prove", data={"password": PASSWORD})
    assert stale.post("/tokens/new", data=form).status_code == 200
    assert [row.name for row in db.session.query(ApiToken)] == ["billing"]


def test_who_came_from_another_site_is_led_home(stale: Browser) -> None:
    answer = stale.post("/orphans/cancel", headers={"Referer": "http://evil.example.com/x"})
    assert answer.location == "/prove?next=/"
    assert stale.get("/prove?next=//evil.example.com").text.count("evil") == 0
    assert stale.post("/prove", data={"password": PASSWORD, "next": "https://evil.example.com"}).location == "/"


def test_a_form_that_was_opened_in_time_may_be_typed_slowly(admin: Browser) -> None:
    clock.move(FRESH_FOR + GRACE - timedelta(seconds=5))
    assert admin.get("/tokens/new").status_code == 303
    assert admin.post("/tokens/new", data=TOKEN).status_code == 200
    clock.move(timedelta(seconds=6))
    assert admin.post("/tokens/new", data={**TOKEN, "name": "other"}).status_code == 303
    assert [row.name for row in db.session.query(ApiToken)] == ["billing"]


def test_a_long_form_with_secrets_keeps_what_was_typed_until_it_is_proved(stale: Browser) -> None:
    integration = factories.make_integration()
    address, typed = f"/integrations/{integration.id}", "Another description"
    fields = {"version": str(integration.version), "description": typed, "reconcile_minutes": "60",
              "param-url": "http://127.0.0.1:9/hook"}  # fmt: skip
    refused = stale.post(address, data=fields)
    assert refused.status_code == 422
    assert typed in refused.text
    assert "/prove?next=/prove/done" in refused.text
    assert stale.post("/prove", data={"password": PASSWORD, "next": "/prove/done"}).location == "/prove/done"
    assert stale.post(address, data=fields).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Integration, integration.id).description == typed


def test_limits_periods_and_recipes_are_saved_by_who_proved_it_and_nobody_else(stale: Browser) -> None:
    integration = factories.make_integration()
    text = recipe_texts.starter_text()
    limits = {**RECONCILIATION, "version": str(integration.version)}
    periods = read_sheet(stale.get(RETENTION), RETENTION).sent.to_dict()
    forms = {
        f"/integrations/{integration.id}/reconciliation": limits, RETENTION: {**periods, "reason": "shorter"},
        "/gateways/new": {"text": text, "reason": "ours", "base": "0.0", "key": ""},
    }  # fmt: skip
    for address, fields in forms.items():
        refused = stale.post(address, data=fields)
        assert (refused.status_code, "/prove?next=/prove/done" in refused.text) == (422, True), address
    assert stale.post("/prove", data={"password": PASSWORD, "next": "/prove/done"}).location == "/prove/done"
    for address, fields in forms.items():
        assert stale.post(address, data=fields).status_code == 303, address


def test_a_code_of_the_app_proves_it_too_and_a_passkey(app: APIFlask, admin: Browser) -> None:
    device = Device()
    make(admin, device)
    operator: Any = db.session.query(Operator).one()
    key = second_factor.new_setup(operator.email).secret
    app_of = TOTP(key=key, format="base32")
    second_factor.set_up(operator.id, key, app_of.generate(clock.utc_now()).token, _session_id())
    clock.move(FRESH_FOR * 2 + timedelta(seconds=1))
    assert admin.post("/prove", data={"code": "000000"}).status_code == 422
    code = app_of.generate(clock.utc_now()).token
    assert admin.post("/prove", data={"code": code, "next": "/tokens/new"}).status_code == 303
    assert admin.get("/tokens/new").status_code == 200
    clock.move(FRESH_FOR)
    assert admin.get("/tokens/new").status_code == 303
    answer = device.sign(options(admin, "/prove/passkey/options"))
    assert admin.post("/prove/passkey", data={"answer": answer, "next": "/tokens/new"}).status_code == 303
    assert admin.get("/tokens/new").status_code == 200


def test_a_passkey_of_somebody_else_proves_nothing(admin: Browser, viewer: Browser) -> None:
    device = Device()
    make(viewer, device)
    answer = device.sign(options(admin, "/prove/passkey/options"))
    assert admin.post("/prove/passkey", data={"answer": answer}).status_code == 422


def test_whoever_sits_at_an_open_browser_cannot_guess_for_long(stale: Browser) -> None:
    answers = [stale.post("/prove", data={"password": f"guess {number}"}).status_code for number in range(12)]
    assert answers.count(422) == sign_in.BY_SESSION.times
    assert stale.post("/prove", data={"password": PASSWORD}).status_code == 429
    assert stale.post("/prove", data={}).status_code == 422


def _session_id() -> int:
    return db.session.query(OperatorSession).one().id
