"""Passkeys: made, used, refused, deleted, by a device in software; ``journeys/test_passkeys.py`` has a real browser."""

import json
from dataclasses import replace
from typing import Any

import pytest
from apiflask import APIFlask

from tests.fixtures.people import PASSWORD, Browser, make_browser, signed_in
from tests.web.authenticator import Device
from webapp import clock
from webapp.extensions import db
from webapp.models import Event, Operator, WebAuthn
from webapp.services import second_factor, second_factor_rule
from webapp.services.hub import KEY, current_hub
from webapp.services.operators import create_operator
from webapp.services.passkeys import Site


def options(browser: Browser, address: str) -> dict[str, Any]:
    answer = browser.post(address)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def make(browser: Browser, device: Device, name: str = "Notebook") -> int:
    answer = device.make(options(browser, "/own/passkeys/options"))
    return browser.post("/own/passkeys", data={"name": name, "answer": answer}).status_code


def enter(browser: Browser, device: Device) -> int:
    answer = device.sign(options(browser, "/login/passkey/options"))
    return browser.post("/login/passkey", data={"answer": answer, "next": "/customers"}).status_code


@pytest.fixture
def device(admin: Browser) -> Device:
    found = Device()
    assert make(admin, found) == 303
    return found


def test_a_passkey_signs_in_without_e_mail_password_and_second_step(
    app: APIFlask, device: Device, anonymous: Browser
) -> None:
    operator: Any = db.session.query(Operator).one()
    second_factor.set_up(operator.id, *_app_of(operator.email))
    assert enter(anonymous, device) == 303
    assert anonymous.get("/customers").status_code == 200
    said = [row.after for row in db.session.query(Event).filter_by(action="sign_in.done")]
    assert [one["sign_in_ways"] for one in said if one] == [["passkey"]]


def test_any_kind_of_device_is_asked_for_and_its_user_must_be_verified(app: APIFlask, admin: Browser) -> None:
    asked = options(admin, "/own/passkeys/options")["authenticatorSelection"]
    assert asked["residentKey"] == "required"
    assert asked["userVerification"] == "required"
    assert "authenticatorAttachment" not in asked
    to_enter = options(make_browser(app), "/login/passkey/options")
    assert (to_enter["userVerification"], to_enter.get("allowCredentials") or []) == ("required", [])


def test_a_device_that_did_not_verify_its_user_is_refused(app: APIFlask, admin: Browser, device: Device) -> None:
    assert make(admin, Device(verifies=False), "Key") == 422
    device.verifies = False
    assert enter(make_browser(app), device) == 422


def test_an_answer_is_good_once(app: APIFlask, device: Device, anonymous: Browser) -> None:
    answer = device.sign(options(anonymous, "/login/passkey/options"))
    with anonymous.session_transaction() as session:
        kept = dict(session["passkey"])
    assert anonymous.post("/login/passkey", data={"answer": answer}).status_code == 303
    thief = make_browser(app)
    with app.app_context(), thief.session_transaction() as session:
        session["passkey"] = kept
    assert thief.post("/login/passkey", data={"answer": answer}).status_code == 422


@pytest.mark.parametrize("broken", ["challenge", "origin", "rp", "key", "late", "nothing"])
def test_an_answer_for_something_else_is_refused(
    app: APIFlask, device: Device, anonymous: Browser, broken: str
) -> None:
    asked = options(anonymous, "/login/passkey/options")
    if broken == "challenge":
        asked = options(make_browser(app), "/login/passkey/options")
    if broken == "origin":
        device.origin = "https://evil.example.com"
    if broken == "key":
        device.key = Device().key
    answer = device.sign(asked, "evil.example.com" if broken == "rp" else "")
    if broken == "late":
        clock.move(clock.utc_now() - clock.utc_now().replace(year=clock.utc_now().year - 1))
    answer = {"nothing": "[]"}.get(broken, answer)
    assert anonymous.post("/login/passkey", data={"answer": answer}).status_code == 422
    assert anonymous.get("/customers").status_code == 303


def test_a_copied_device_whose_counter_went_back_is_refused(app: APIFlask, admin: Browser) -> None:
    device = Device(counts=True)
    make(admin, device, "Key on the ring")
    device.counter = 7
    assert enter(make_browser(app), device) == 303
    device.counter = 2
    assert enter(make_browser(app), device) == 422


def test_a_passkey_of_a_person_who_was_deactivated_signs_nobody_in(
    app: APIFlask, device: Device, anonymous: Browser
) -> None:
    db.session.query(Operator).one().active = False
    db.session.commit()
    assert enter(anonymous, device) == 422


def test_names_are_asked_for_and_stand_once(admin: Browser, device: Device) -> None:
    assert [make(admin, Device(), name) for name in ("", "Notebook", "x" * 65)] == [422] * 3
    assert "Notebook" in admin.get("/own/passkeys").text


def test_a_deleted_passkey_signs_nobody_in_and_others_cannot_delete_it(
    app: APIFlask, admin: Browser, device: Device
) -> None:
    passkey_id = db.session.query(WebAuthn).one().id
    other = signed_in(app, "viewer")
    assert other.get(f"/own/passkeys/{passkey_id}/delete").status_code == 404
    assert other.post(f"/own/passkeys/{passkey_id}/delete").status_code == 404
    assert admin.post(f"/own/passkeys/{passkey_id}/delete").status_code == 303
    assert enter(make_browser(app), device) == 422
    actions = [row.action for row in db.session.query(Event)]
    assert {"passkey.register", "passkey.delete"} <= set(actions)


def test_the_only_second_factor_that_is_required_cannot_be_deleted(admin: Browser, device: Device) -> None:
    second_factor_rule.change_rule("all")
    passkey_id = db.session.query(WebAuthn).one().id
    assert admin.post(f"/own/passkeys/{passkey_id}/delete").status_code == 409


def test_where_a_second_factor_is_required_the_password_leads_to_the_passkey(
    app: APIFlask, device: Device, anonymous: Browser
) -> None:
    second_factor_rule.change_rule("all")
    answer = anonymous.post("/login", data={"email": "admin@example.com", "password": PASSWORD})
    assert answer.location == "/login/code"
    assert "data-passkey" in anonymous.get("/login/code").text
    assert enter(anonymous, device) == 303
    assert anonymous.get("/customers").status_code == 200


def test_a_passkey_is_the_second_factor_that_was_asked_for(app: APIFlask, anonymous: Browser) -> None:
    create_operator("ana@example.com", PASSWORD, "viewer")
    second_factor_rule.change_rule("all")
    anonymous.post("/login?next=/customers", data={"email": "ana@example.com", "password": PASSWORD})
    assert anonymous.get("/customers").location == "/own/second-factor"
    answer = Device().make(options(anonymous, "/own/passkeys/options"))
    kept = anonymous.post("/own/passkeys", data={"name": "Celular", "answer": answer})
    assert (kept.status_code, kept.location) == (303, "/customers")
    assert anonymous.get("/customers").status_code == 200


@pytest.mark.parametrize(("origin", "possible"), [
    ("https://hub.example.com", True), ("http://localhost:8000", True), ("http://hub.example.com", False),
    ("http://127.0.0.1:8000", False), ("https://192.0.2.7", False), ("https://[2001:db8::1]", False),
])  # fmt: skip
def test_passkeys_are_offered_only_where_browsers_have_them(origin: str, possible: bool) -> None:
    assert Site(origin).possible is possible


def test_without_https_the_page_says_what_to_do(app: APIFlask, admin: Browser) -> None:
    hub = current_hub()
    app.extensions[KEY] = replace(hub, settings=replace(hub.settings, base_url="http://127.0.0.1:8000"))
    page = admin.get("/own/passkeys").text
    assert "http://127.0.0.1:8000" in page
    assert "data-passkey" not in page


def _app_of(email: str) -> tuple[str, str]:
    from_page = second_factor.new_setup(email).secret
    return from_page, str(second_factor.TOTP(key=from_page, format="base32").generate(clock.utc_now()).token)
