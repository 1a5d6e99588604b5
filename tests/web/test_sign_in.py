"""Sign-in, sign-out, the first administrator, guessing."""

import re
from dataclasses import replace
from email import message_from_string, policy

import pytest
from apiflask import APIFlask

from tests.fixtures.people import PASSWORD, Browser, make_browser
from tests.services.mail_server import mail_server
from tests.web.page import read_page
from webapp import create_app
from webapp.clock import sleep
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Event, Operator
from webapp.services import channels, passwords
from webapp.services.channels import ChannelInput
from webapp.services.errors import Conflict, Invalid, NotFound
from webapp.services.hub import KEY, current_hub
from webapp.services.operators import create_operator
from webapp.services.setup import issue_setup_token, redeem_setup_token
from webapp.web.next_page import local_page

EMAIL = "ana@example.com"


def try_to_enter(browser: Browser, email: str, password: str) -> int:
    return browser.post("/login", data={"email": email, "password": password}).status_code


def test_right_password_opens_the_page_that_was_wanted(app: APIFlask, anonymous: Browser) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    response = anonymous.post("/login?next=/customers", data={"email": EMAIL.upper(), "password": PASSWORD})
    assert response.status_code == 303
    assert response.location == "/customers"
    assert anonymous.get("/customers").status_code == 200


def test_sign_in_never_leads_to_another_site(app: APIFlask, anonymous: Browser) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    response = anonymous.post("/login?next=//evil.example.com/", data={"email": EMAIL, "password": PASSWORD})
    assert "evil" not in response.headers.get("Location", "")


def test_wrong_and_unknown_get_the_same_words(app: APIFlask, anonymous: Browser) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    wrong = anonymous.post("/login", data={"email": EMAIL, "password": "not this one"})
    unknown = anonymous.post("/login", data={"email": "nobody@example.com", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 200
    bare = re.compile(r'value="[^"]*"|"X-CSRFToken": "[^"]*"')
    assert bare.sub("", wrong.text) == bare.sub("", unknown.text)
    assert "login-error" in read_page(wrong).ids()


def test_password_typed_with_another_unicode_form_still_opens(app: APIFlask, anonymous: Browser) -> None:
    create_operator(EMAIL, "senha-é-comprida", "viewer")
    assert try_to_enter(anonymous, EMAIL, "senha-e\u0301-comprida") == 303


def test_inactive_operator_stays_outside(app: APIFlask, anonymous: Browser) -> None:
    create_operator(EMAIL, PASSWORD, "viewer").active = False
    db.session.commit()
    assert try_to_enter(anonymous, EMAIL, PASSWORD) == 200
    assert anonymous.get("/").status_code == 303


def test_guessing_one_password_is_stopped(app: APIFlask, anonymous: Browser) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    answers = [try_to_enter(anonymous, EMAIL, f"guess {number}") for number in range(12)]
    assert answers[:8] == [200] * 8
    assert set(answers[8:]) == {429}
    assert try_to_enter(anonymous, EMAIL, PASSWORD) == 429


def test_guesser_does_not_shut_out_the_operator_elsewhere(app: APIFlask, anonymous: Browser) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    for number in range(9):
        try_to_enter(anonymous, EMAIL, f"guess {number}")
    data = {"email": EMAIL, "password": PASSWORD}
    elsewhere = make_browser(app).post("/login", data=data, environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert elsewhere.status_code == 303


def flood(app: APIFlask, times: int = 12) -> None:
    """Guess from as many addresses as there are guesses."""
    for number in range(times):
        data = {"email": EMAIL, "password": f"guess {number}"}
        make_browser(app).post("/login", data=data, environ_base={"REMOTE_ADDR": f"198.18.0.{number}"})


def test_while_somebody_guesses_the_operator_gets_in_from_a_browser_that_is_known(
    app: APIFlask, anonymous: Browser
) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    for browser in (make_browser(app), anonymous):
        assert try_to_enter(browser, EMAIL, PASSWORD) == 303
    anonymous.post("/logout")
    flood(app)
    assert try_to_enter(make_browser(app), EMAIL, PASSWORD) == 429
    assert try_to_enter(anonymous, EMAIL, PASSWORD) == 303
    said = [row.after["new_browser"] for row in db.session.query(Event).filter_by(action="sign_in.done") if row.after]
    # The browser of the very first sign-in is no news to anybody.
    assert said == [False, True, False]


def test_a_sign_in_from_an_unknown_browser_is_told_on_the_own_page_and_by_mail(
    app: APIFlask, anonymous: Browser
) -> None:
    hub = current_hub()
    app.extensions[KEY] = replace(hub, settings=replace(hub.settings, base_url="http://localhost"))
    create_operator(EMAIL, PASSWORD, "viewer")
    with mail_server() as letters:
        address = f"mailto://127.0.0.1:{letters.port}?from=hub@example.com&to=plantao@example.com"
        channels.create_channel(ChannelInput(description="Mail", address=address))
        for browser in (make_browser(app), anonymous):
            assert try_to_enter(browser, EMAIL, PASSWORD) == 303
        anonymous.post("/logout")
        assert try_to_enter(anonymous, EMAIL, PASSWORD) == 303
        for _number in range(200):
            if letters.texts:
                break
            sleep(0.05)
    # The first sign-in of all is no news, and neither is one from a browser that is known.
    assert letters.to == [EMAIL]
    assert "http://localhost/own" in unescaped(letters.texts[0])
    assert "new-browsers" in read_page(anonymous.get("/own")).ids()


def unescaped(text: str) -> str:
    """Return what a letter says, its parts decoded."""
    parts = message_from_string(text, policy=policy.default).walk()
    return " ".join(part.get_content() for part in parts if part.get_content_maintype() == "text")


def test_the_cookie_of_a_known_browser_is_signed_hidden_and_signs_nobody_in(app: APIFlask, anonymous: Browser) -> None:
    operator = create_operator(EMAIL, PASSWORD, "viewer")
    cookies = anonymous.post("/login", data={"email": EMAIL, "password": PASSWORD}).headers.getlist("Set-Cookie")
    (planted,) = [cookie for cookie in cookies if cookie.startswith("known_browser=")]
    assert {"HttpOnly", "Path=/login", "SameSite=Lax"} <= {part.strip() for part in planted.split(";")}
    value = planted.split(";")[0].partition("=")[2]
    thief = make_browser(app)
    thief.set_cookie("known_browser", value, path="/")
    assert thief.get("/").status_code == 303
    forged = make_browser(app)
    forged.set_cookie("known_browser", f"WyJ4IixbMV1d{value[12:]}", path="/")
    flood(app)
    assert operator.id
    assert try_to_enter(forged, EMAIL, PASSWORD) == 429
    assert try_to_enter(thief, EMAIL, PASSWORD) == 303


def test_wrong_and_unknown_are_refused_with_the_same_words_after_the_same_number_of_tries(app: APIFlask) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    texts = []
    for email in (EMAIL, "nobody@example.com"):
        answers = [make_browser(app).post("/login", data={"email": email, "password": "no"}) for _number in range(9)]
        texts.append([(answer.status_code, read_page(answer).text) for answer in answers])
    assert texts[0] == texts[1]
    assert [status for status, _text in texts[0]] == [200] * 8 + [429]


def test_a_sign_in_as_json_or_with_nothing_in_it_costs_no_hash(
    app: APIFlask, anonymous: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    monkeypatch.setattr(passwords, "is_right", lambda *_given: pytest.fail("a password was looked at"))
    assert anonymous.post("/login", json={"email": EMAIL, "password": PASSWORD}).status_code == 200
    assert anonymous.post("/login?include_auth_token", data={"email": " ", "password": PASSWORD}).status_code == 200
    assert anonymous.get("/").status_code == 303


def test_when_too_many_sign_in_at_once_the_page_asks_to_try_again(
    app: APIFlask, anonymous: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    monkeypatch.setattr(passwords, "WAIT_S", 0.0)
    with passwords.hashing(known=False), passwords.hashing(known=False):
        assert try_to_enter(anonymous, EMAIL, PASSWORD) == 503
    assert try_to_enter(anonymous, EMAIL, PASSWORD) == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example.com", "https://evil.example.com", "/\\evil.example.com", "/\t/evil.example.com",
        "evil.example.com", "javascript:alert(1)", "/\n/evil", "\\\\evil.example.com", "/" * 3000,
        " //evil.example.com", "",
    ],
)  # fmt: skip
def test_whatever_the_address_says_a_sign_in_leads_to_a_page_of_this_hub(
    app: APIFlask, anonymous: Browser, wanted: str
) -> None:
    assert local_page(wanted) == "/"


def test_pages_of_this_hub_are_where_a_sign_in_may_lead() -> None:
    assert (
        local_page("/customers?q=a%2F%2Fb&x=http://evil.example.com")
        == "/customers?q=a%2F%2Fb&x=http://evil.example.com"
    )


def test_strength_is_told_while_typing_and_kept_nowhere(app: APIFlask, anonymous: Browser) -> None:
    typed = {"password": "flamengo2024flamengo", "email": EMAIL}
    weak = anonymous.post("/password-strength", data=typed, hx=True)
    assert weak.status_code == 200
    assert "meter" in weak.text
    assert typed["password"] not in weak.text
    assert 'value="4"' in anonymous.post("/password-strength", data={"password": PASSWORD}).text
    assert anonymous.post("/password-strength", data={}).text.strip() == ""
    answers = {anonymous.post("/password-strength", data={"password": "x"}).status_code for _number in range(60)}
    assert answers == {200, 204}


def test_strength_that_is_told_late_takes_no_session_from_who_signed_in_meanwhile(anonymous: Browser) -> None:
    late = anonymous.post("/password-strength", data={"password": PASSWORD}, hx=True)
    assert "meter" in late.text
    assert late.headers.getlist("Set-Cookie") == []


def test_signing_in_often_is_no_guessing(app: APIFlask) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    assert {try_to_enter(make_browser(app), EMAIL, PASSWORD) for _number in range(12)} == {303}


def test_session_lasts_for_hours_not_for_ever(app: APIFlask, anonymous: Browser) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    cookie = anonymous.post("/login", data={"email": EMAIL, "password": PASSWORD}).headers["Set-Cookie"]
    assert "Expires=" in cookie


def test_sign_out_needs_a_post_and_ends_the_session(admin: Browser) -> None:
    assert admin.get("/logout").status_code == 405
    assert admin.post("/logout").status_code == 302
    assert admin.get("/").status_code == 303


def test_session_cookie_is_hidden_from_scripts_and_only_secure_over_https(app: APIFlask, tmp_path: object) -> None:
    cookie = make_browser(app).get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_https_base_url_makes_cookies_secure_and_sends_hsts(tmp_path: object) -> None:
    from_https = {"SINTONIA_INSTANCE": str(tmp_path), "SINTONIA_BASE_URL": "https://hub.example.com"}
    app = create_app(load_settings(from_https), TESTING=True)
    with app.app_context():
        response = make_browser(app).get("/login", base_url="https://hub.example.com")
        db.engine.dispose()
    assert "Secure" in response.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in response.headers


def test_password_is_kept_as_argon2id_only(app: APIFlask) -> None:
    kept = create_operator(EMAIL, PASSWORD, "viewer").password
    assert kept is not None
    assert kept.startswith("$argon2id$")


def test_first_administrator_is_made_by_the_link_and_signed_in(app: APIFlask, anonymous: Browser) -> None:
    token = issue_setup_token()
    read_page(anonymous.get(f"/setup/{token}"))
    data = {"email": EMAIL, "password": PASSWORD, "again": PASSWORD}
    assert anonymous.post(f"/setup/{token}", data=data).status_code == 303
    assert anonymous.get("/integrations/new").status_code == 200
    assert db.session.query(Event).filter_by(action="operator.create").count() == 1


def test_set_up_link_works_once(app: APIFlask, anonymous: Browser) -> None:
    token = issue_setup_token()
    assert token is not None
    redeem_setup_token(token, EMAIL, PASSWORD)
    assert anonymous.get(f"/setup/{token}").status_code == 404
    with pytest.raises(NotFound):
        redeem_setup_token(token, "other@example.com", PASSWORD)
    assert issue_setup_token() is None


def test_newer_set_up_link_ends_the_older_one(app: APIFlask, anonymous: Browser) -> None:
    older, newer = issue_setup_token(), issue_setup_token()
    assert anonymous.get(f"/setup/{older}").status_code == 404
    assert anonymous.get(f"/setup/{newer}").status_code == 200


def test_set_up_with_a_short_password_says_so_and_keeps_the_link(app: APIFlask, anonymous: Browser) -> None:
    token = issue_setup_token()
    response = anonymous.post(
        f"/setup/{token}", data={"email": "not an address", "password": "short", "again": "short"}
    )
    assert response.status_code == 422
    assert {"email-error", "password-error"} <= set(read_page(response).ids())
    assert anonymous.get(f"/setup/{token}").status_code == 200


def test_operator_is_refused_with_every_problem_at_once(app: APIFlask) -> None:
    with pytest.raises(Invalid) as caught:
        create_operator("nobody", "short", "king")
    assert {problem.field for problem in caught.value.problems} == {"email", "password", "role"}


def test_second_operator_with_the_same_address_is_refused(app: APIFlask) -> None:
    create_operator(EMAIL, PASSWORD, "viewer")
    with pytest.raises(Conflict):
        create_operator(EMAIL.title(), PASSWORD, "admin")
    assert db.session.query(Operator).count() == 1
