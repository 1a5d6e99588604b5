"""One's own account, and what a session is worth over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask

from tests.fixtures.people import PASSWORD, Browser, make_browser
from webapp import clock
from webapp.extensions import db
from webapp.models import Operator, OperatorSession
from webapp.services import operators, sessions
from webapp.services.operators import create_operator
from webapp.web.agents import browser_words
from webapp.web.sessions import TOKEN

BIA = "bia@example.com"
NEW = "sete capivaras na varanda"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"


@pytest.fixture
def bia(app: APIFlask) -> Operator:
    return create_operator(BIA, PASSWORD, "viewer")


def enter(app: APIFlask) -> Browser:
    browser = make_browser(app)
    answer = browser.post("/login", data={"email": BIA, "password": PASSWORD}, headers={"User-Agent": FIREFOX})
    assert answer.status_code == 303
    return browser


def carried(browser: Browser) -> dict[str, Any]:
    with browser.application.app_context(), browser.session_transaction() as session:
        return dict(session)


def test_sign_in_begins_a_session_that_others_can_see_and_end(app: APIFlask, bia: Operator, admin: Browser) -> None:
    browser = enter(app)
    listed = admin.get(f"/people/{bia.id}/sessions").text
    assert "Firefox" in listed
    assert "Linux" in listed
    sessions.sign_out_everywhere(bia.id)  # type: ignore[arg-type]
    assert browser.get("/").status_code == 303
    fragment = browser.get("/customers", hx=True)
    assert (fragment.status_code, fragment.text) == (401, "")
    assert fragment.headers["HX-Redirect"].startswith("/login")


def test_copied_cookie_is_worth_nothing_after_sign_out(app: APIFlask, bia: Operator) -> None:
    browser, thief = enter(app), make_browser(app)
    stolen = browser.get_cookie("session")
    assert stolen is not None
    thief.set_cookie("session", stolen.value)
    assert thief.get("/").status_code == 200
    assert browser.post("/logout").status_code == 302
    assert thief.get("/").status_code == 303
    assert db.session.query(OperatorSession).one().end_reason == sessions.SIGNED_OUT


def test_what_a_cookie_carried_before_the_sign_in_is_worth_nothing_after_it(app: APIFlask, bia: Operator) -> None:
    browser = make_browser(app)
    browser.get("/login")
    planted = carried(browser)["csrf_token"]
    browser.post("/login", data={"email": BIA, "password": PASSWORD})
    assert carried(browser).get("csrf_token") != planted
    first = carried(browser)[TOKEN]
    browser.post("/logout")
    browser.post("/login", data={"email": BIA, "password": PASSWORD})
    assert carried(browser)[TOKEN] != first
    assert TOKEN in carried(browser)


@pytest.mark.parametrize("spoil", ["no token", "another token", "another operator"])
def test_signed_cookie_without_its_row_signs_nobody_in(
    app: APIFlask, bia: Operator, admin: Browser, spoil: str
) -> None:
    browser = enter(app)
    with app.app_context(), browser.session_transaction() as session:
        if spoil == "no token":
            session.pop(TOKEN)
        elif spoil == "another token":
            session[TOKEN] = "x" * 43
        else:
            session["_user_id"] = operators.get_operator(2).fs_uniquifier
    assert browser.get("/").status_code == 303


def test_token_in_a_header_and_remembering_cookies_sign_nobody_in(app: APIFlask, bia: Operator) -> None:
    browser = enter(app)
    with app.test_request_context():
        token = db.session.get_one(Operator, bia.id).get_auth_token()
    data = {"email": BIA, "password": PASSWORD, "remember": "y"}
    answer = make_browser(app).post("/login?include_auth_token", json=data)
    assert "authentication_token" not in answer.text
    assert "remember_token" not in "".join(browser.post("/login", data=data).headers.getlist("Set-Cookie"))
    assert make_browser(app).get("/", headers={"Authentication-Token": token}).status_code == 303
    assert make_browser(app).get(f"/?auth_token={token}").status_code == 303


def test_clicks_prolong_a_session_and_polling_does_not(app: APIFlask, bia: Operator) -> None:
    clicking, polling = enter(app), enter(app)
    for _number in range(3):
        clock.move(timedelta(minutes=25))
        assert clicking.get("/own").status_code == 200
        last = polling.get("/fragments/dashboard", hx=True)
    assert last.status_code == 401
    assert polling.get("/").status_code == 303
    clock.move(timedelta(hours=12))
    assert clicking.get("/").status_code == 303


def test_own_sessions_are_listed_and_ended_here_and_elsewhere(app: APIFlask, bia: Operator, admin: Browser) -> None:
    here, there, third = enter(app), enter(app), enter(app)
    assert here.get("/own/sessions").text.count("Firefox") == 3
    ids = {row.id for row in db.session.query(OperatorSession).filter_by(operator_id=bia.id)}
    others = {row.id for row in db.session.query(OperatorSession)} - ids
    assert here.post(f"/own/sessions/{max(ids)}/end").status_code == 303
    assert (third.get("/").status_code, there.get("/").status_code) == (303, 200)
    assert here.post(f"/own/sessions/{others.pop()}/end").status_code == 404
    assert here.post("/own/sessions/end-others").status_code == 303
    assert (here.get("/").status_code, there.get("/").status_code, admin.get("/").status_code) == (200, 303, 200)


def test_new_password_keeps_this_browser_with_another_token_and_ends_all_others(app: APIFlask, bia: Operator) -> None:
    here, there = enter(app), enter(app)
    before = carried(here)[TOKEN]
    data = {"present": PASSWORD, "password": NEW, "again": NEW}
    assert here.post("/own/password", data=data).status_code == 303
    assert carried(here)[TOKEN] != before
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 303)
    again = make_browser(app)
    assert again.post("/login", data={"email": BIA, "password": NEW}).status_code == 303


def test_present_password_cannot_be_guessed_at_an_open_browser(bia: Operator, viewer: Browser) -> None:
    wrong = {"present": "guess", "password": NEW, "again": NEW}
    assert [viewer.post("/own/password", data=wrong).status_code for _number in range(11)] == [422] * 10 + [429]
    assert viewer.post("/own/password", data={**wrong, "present": PASSWORD}).status_code == 429


def test_own_name_is_changed_and_shown(viewer: Browser) -> None:
    assert viewer.post("/own", data={"name": "Vera"}).status_code == 303
    assert "Vera" in viewer.get("/customers").text


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/139 Safari/537 Edg/139", ("Edge", "Windows")),
        (FIREFOX, ("Firefox", "Linux")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) Version/18 Mobile Safari/604", ("Safari", "iPhone")),
        ("curl/8.5", ("curl",)),
        ("<script>alert(1)</script>", ()),
        ("", ()),
    ],
)
def test_browser_is_told_in_plain_words(app: APIFlask, agent: str, words: tuple[str, ...]) -> None:
    with app.test_request_context():
        told = browser_words(agent)
    assert all(word in told for word in words)
    assert told
    assert "script" not in told
