"""What somebody who means harm tries at the door, and between two steps of getting in."""

import base64
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask

from tests.fixtures.people import PASSWORD, Browser, make_browser, signed_in
from tests.web.authenticator import Device
from tests.web.page import read_page
from tests.web.sign_in_states import code_of, give_app
from tests.web.test_passkeys import make, options
from webapp import clock
from webapp.extensions import db
from webapp.models import Event, Operator, OperatorSession
from webapp.services import audit, invitations, operators, passwords, second_factor, second_factor_rule, sessions
from webapp.services.operators import create_operator
from webapp.services.tokens import create_token

EMAIL, HUB = "ana@example.com", "https://localhost"
ENTER = {"email": EMAIL, "password": PASSWORD}
# What a browser says of where a form stood, by the policy of its page.
TOLD = {"strict-origin": {"Referer": f"{HUB}/"}, "same-origin": {"Referer": f"{HUB}/page"}, "no-referrer": {}}
# 7.5 s of a processor before these were replaced; the figure allows for a machine that does much else.
DEAR, SECONDS = "4@8({[<369&#!1/|0$5+7%2" * 3, 2.0
NESTED = ("[" * 16_000, '{"id":' * 2_500)


def ana() -> tuple[int, str]:
    """Return an operator with an app: id and its secret."""
    operator: Any = create_operator(EMAIL, PASSWORD, "viewer")
    secret = second_factor.new_setup(EMAIL).secret
    give_app(operator.id, secret)
    return operator.id, secret


def actions() -> list[str]:
    return [row.action for row in db.session.query(Event).order_by(Event.id)]


@pytest.mark.parametrize("referer", ["as its page says", "https://evil.example.com/"])
def test_link_for_a_password_works_over_https_and_from_no_other_site(
    app: APIFlask, anonymous: Browser, referer: str
) -> None:
    _row, token = invitations.invite(EMAIL, "viewer")
    address = f"/invite/{token}"
    page = anonymous.get(address, base_url=HUB)
    told = {"Referer": referer} if "://" in referer else TOLD[page.headers["Referrer-Policy"]]
    (mark,) = {field["value"] for field in read_page(page).all("input") if field.get("name") == "csrf_token"}
    data = {"csrf_token": mark, "password": PASSWORD, "again": PASSWORD}
    answer = anonymous.post(address, base_url=HUB, csrf=False, headers=told, data=data)
    assert answer.status_code == (400 if "evil" in referer else 303)


def test_file_that_proxies_keep_for_everybody_carries_nobodys_session(admin: Browser) -> None:
    answer = admin.get("/static/css/app.css")
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


def test_page_sends_the_cookie_only_when_it_changed(admin: Browser) -> None:
    admin.get("/people")
    assert "Set-Cookie" not in admin.get("/people").headers
    assert "Set-Cookie" in admin.post("/own", data={"name": "Ana"}).headers


def test_pages_of_signing_in_and_out_are_kept_nowhere(admin: Browser, anonymous: Browser) -> None:
    for answer in (anonymous.get("/login"), anonymous.post("/login", data=ENTER), admin.post("/logout")):
        assert answer.headers["Cache-Control"] == "no-store"


def test_what_one_left_undone_does_not_hold_the_next_who_signs_in_there(app: APIFlask, anonymous: Browser) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    second_factor_rule.change_rule("all")
    assert anonymous.post("/login", data=ENTER).location == "/own/second-factor"
    anonymous.post("/logout")
    second_factor_rule.change_rule("nobody")
    assert anonymous.post("/login", data=ENTER).location == "/"
    assert anonymous.get("/").status_code == 200


def test_code_opens_nothing_once_the_password_before_it_was_changed(app: APIFlask, anonymous: Browser) -> None:
    operator_id, secret = ana()
    assert anonymous.post("/login", data=ENTER).location == "/login/code"
    operators.set_password(operator_id, passwords.hash_new("sete capivaras na varanda"))
    db.session.commit()
    assert anonymous.post("/login/code", data={"code": code_of(secret, 1)}).location == "/login"
    assert anonymous.get("/").status_code == 303


def test_password_that_changes_while_it_is_looked_at_opens_nothing(
    app: APIFlask, anonymous: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator: Any = create_operator(EMAIL, PASSWORD, "viewer")
    operator_id, real = operator.id, passwords.is_right

    def slow(text: str, kept: str | None) -> bool:
        found = real(text, kept)
        operators.set_password(operator_id, passwords.hash_new("sete capivaras na varanda"))
        db.session.commit()
        return found

    monkeypatch.setattr(passwords, "is_right", slow)
    assert anonymous.post("/login", data=ENTER).location == "/login"
    assert anonymous.get("/").status_code == 303
    assert db.session.query(OperatorSession).filter_by(ended_at=None).count() == 0


def test_code_of_who_was_deactivated_meanwhile_opens_nothing_and_is_no_sign_in(
    app: APIFlask, anonymous: Browser
) -> None:
    operator_id, secret = ana()
    anonymous.post("/login", data=ENTER)
    operators.deactivate(operator_id)
    assert anonymous.post("/login/code", data={"code": code_of(secret, 1)}).location == "/login"
    assert "sign_in.done" not in actions()
    operators.reactivate(operator_id)
    assert anonymous.get("/").status_code == 303


def test_reset_that_is_refused_takes_nothing_away(app: APIFlask, admin: Browser) -> None:
    operator_id, _secret = ana()
    operators.deactivate(operator_id)
    answer = admin.post(f"/people/{operator_id}/reset", data={"password": "y", "second_factor": "y"})
    assert answer.status_code == 409
    assert second_factor.status(operators.get_operator(operator_id)).totp


def test_session_that_slipped_in_at_the_deactivation_does_not_outlive_it(app: APIFlask) -> None:
    operator = create_operator(EMAIL, PASSWORD, "viewer")
    operator_id: Any = operator.id
    operators.deactivate(operator_id)
    token = sessions.begin(operator, "127.0.0.1", "")
    operators.reactivate(operator_id)
    assert sessions.current(token, clock.utc_now()) is None


@pytest.mark.parametrize("nested", NESTED, ids=["list", "object"])
def test_nested_text_instead_of_a_passkey_or_of_json_is_refused_in_words(
    app: APIFlask, admin: Browser, anonymous: Browser, nested: str
) -> None:
    assert anonymous.post("/login/passkey", data={"answer": nested}).status_code == 422
    assert admin.post("/own/passkeys", data={"name": "x", "answer": nested}).status_code == 422
    headers = {"Authorization": f"Bearer {create_token('erp', 'admin')[1]}", "Content-Type": "application/json"}
    assert anonymous.post("/api/v1/tokens", headers=headers, data=nested * 8).status_code == 400
    for path in ("/callback/nothing", "/callback/nothing/event", "/hook/nothing"):
        assert anonymous.post(path, data=nested, content_type="application/json").status_code in (401, 404), path
    cursor = base64.urlsafe_b64encode(nested.encode()).decode()
    assert admin.get(f"/people?cursor={cursor}").status_code == 200


def test_answer_of_a_passkey_is_good_once_also_over_midnight(app: APIFlask, admin: Browser) -> None:
    device, browser, thief = Device(), make_browser(app), make_browser(app)
    make(admin, device)
    now = clock.utc_now()
    midnight = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo) + timedelta(days=1)
    clock.move(midnight - now - timedelta(seconds=30))
    answer = device.sign(options(browser, "/login/passkey/options"))
    with browser.session_transaction() as session:
        kept = dict(session["passkey"])
    assert browser.post("/login/passkey", data={"answer": answer}).status_code == 303
    clock.move(timedelta(minutes=1))
    with app.app_context(), thief.session_transaction() as session:
        session["passkey"] = kept
    assert thief.post("/login/passkey", data={"answer": answer}).status_code == 422


def test_no_text_makes_rating_a_password_dear(app: APIFlask) -> None:
    began = time.process_time()
    assert passwords.rate(DEAR, [EMAIL, "Ana Souza " * 12]).score > 0
    assert time.process_time() - began < SECONDS
    assert passwords.rate("c0r1nth14n$1977").hint == "password_weak_common"


def test_wrong_passwords_at_an_open_browser_are_in_the_history(viewer: Browser) -> None:
    for _number in range(3):
        viewer.post("/prove", data={"password": "not this one"})
    viewer.post("/own/password", data={"present": "nor this", "password": PASSWORD, "again": PASSWORD})
    said = db.session.query(Event).filter_by(action="sign_in.failed").one()
    assert (said.actor, said.label) == ("viewer@example.com", "viewer@example.com")


@pytest.mark.parametrize("taken", ["deactivate", "role"])
def test_tokens_that_were_made_with_somebodys_tokens_go_with_the_person(
    app: APIFlask, admin: Browser, taken: str
) -> None:
    bia = create_operator("bia@example.com", PASSWORD, "admin")
    with audit.acting_as("bia@example.com"):
        create_token("first", "admin")
    with audit.acting_as("token:first"):
        create_token("second", "admin")
    with audit.acting_as("token:second"):
        _row, text = create_token("third", "admin")
    with audit.acting_as("admin@example.com"):
        create_token("of somebody else", "admin")
    data = {"role": "viewer", "tokens": "y"}
    assert admin.post(f"/people/{bia.id}/{taken}", data=data).status_code == 303
    answer = make_browser(app).get("/api/v1/tokens", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 401
    revoked = db.session.query(Event).filter_by(action="token.revoke").count()
    assert (revoked, db.session.query(Operator).filter_by(active=True).count()) == (3, 1 + (taken == "role"))


def test_other_methods_and_spellings_of_an_address_open_nothing_more(app: APIFlask, anonymous: Browser) -> None:
    stale = signed_in(app, "admin")
    db.session.query(OperatorSession).update({"fresh_at": clock.utc_now() - timedelta(hours=1)})
    db.session.commit()
    assert stale.head("/people/invite").status_code == stale.get("/people/invite", hx=True).status_code - 98 == 303
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        assert stale.open("/people/invite", method=method).status_code == 405
    for path in ("/people/", "/people/.", "/./people", "/PEOPLE", "/people%2f", "/people;a=b", "/people/./invite"):
        assert (anonymous.get(path).status_code, stale.get(path).status_code) == (404, 404), path
    assert anonymous.head("/people").status_code == anonymous.options("/people").status_code == 303
