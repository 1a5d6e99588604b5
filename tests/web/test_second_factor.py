"""The second factor: set up, used once, lost, required, removed."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask

from tests.fixtures.people import PASSWORD, Browser, make_browser, signed_in
from tests.web.page import read_page
from tests.web.sign_in_states import code_of
from webapp import clock
from webapp.extensions import db
from webapp.models import Event, Operator, OperatorSession
from webapp.services import second_factor, second_factor_rule, sign_in
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.operators import create_operator

EMAIL = "ana@example.com"
ENTER = {"email": EMAIL, "password": PASSWORD}


def shown(browser: Browser) -> tuple[str, str]:
    """Return the secret on the page that sets an app up, and the same sealed in its form."""
    page = browser.get("/own/second-factor")
    readable = re.search(r'id="totp-secret">([^<]+)<', page.text)
    assert readable is not None
    (sealed,) = [field["value"] for field in read_page(page).all("input") if field.get("name") == "secret"]
    return re.sub(r"\s", "", readable[1]), sealed


def with_app(role: str = "viewer") -> tuple[int, str, list[str]]:
    """Return an operator who has an app: id, its secret, recovery codes. The code of now is used up."""
    operator: Any = create_operator(EMAIL, PASSWORD, role)
    secret = second_factor.new_setup(EMAIL).secret
    return operator.id, secret, second_factor.set_up(operator.id, secret, code_of(secret))


def actions() -> list[str]:
    return [row.action for row in db.session.query(Event).order_by(Event.id)]


def test_an_app_is_set_up_on_its_page_and_the_recovery_codes_are_shown_once(app: APIFlask, admin: Browser) -> None:
    secret, sealed = shown(admin)
    assert secret not in sealed
    wrong = admin.post("/own/second-factor", data={"secret": sealed, "code": "000000"})
    assert wrong.status_code == 422
    assert secret in re.sub(r"\s", "", wrong.text)
    right = admin.post("/own/second-factor", data={"secret": sealed, "code": code_of(secret)})
    codes = re.findall(r"<code>([a-z0-9-]{19})</code>", right.text)
    assert len(set(codes)) == second_factor.CODES
    row: Any = db.session.query(Operator).one()
    kept = f"{row.tf_totp_secret} {row.mf_recovery_codes}"
    assert not [code for code in [secret, *codes] if code in kept or code.replace("-", "") in kept]
    assert codes[0] not in admin.get("/own/second-factor").text
    assert "second_factor.set_up" in actions()


def test_a_sealed_secret_of_somebody_else_is_not_taken(app: APIFlask, admin: Browser) -> None:
    _secret, sealed = shown(admin)
    other = signed_in(app, "viewer")
    assert other.post("/own/second-factor", data={"secret": sealed, "code": "123456"}).status_code == 422


def test_password_alone_does_not_sign_in_who_has_an_app(app: APIFlask, anonymous: Browser) -> None:
    _id, secret, _codes = with_app()
    first = anonymous.post("/login?next=/customers", data=ENTER)
    assert (first.status_code, first.location) == (303, "/login/code")
    assert anonymous.get("/customers").status_code == 303
    read_page(anonymous.get("/login/code"))
    assert anonymous.post("/login/code", data={"code": "000000"}).status_code == 422
    assert anonymous.get("/customers").status_code == 303
    second = anonymous.post("/login/code", data={"code": code_of(secret, 1)})
    assert (second.status_code, second.location) == (303, "/customers")
    assert anonymous.get("/customers").status_code == 200
    ways = db.session.query(Event).filter_by(action="sign_in.done").one().after
    assert ways is not None
    assert ways["sign_in_ways"] == ["password", "totp"]


def test_a_code_is_good_once_also_for_who_watched_it_being_typed(app: APIFlask) -> None:
    operator_id, secret, _codes = with_app()
    assert second_factor.use(operator_id, code_of(secret)) == ""
    assert second_factor.use(operator_id, code_of(secret, 1)) == second_factor.APP
    assert second_factor.use(operator_id, code_of(secret, 1)) == ""
    assert second_factor.use(operator_id, code_of(secret, 0)) == ""


def test_of_two_who_send_the_same_code_at_once_one_gets_in(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    operator_id, secret, codes = with_app()
    real = second_factor._seal

    def beaten(*given: Any) -> str:
        monkeypatch.setattr(second_factor, "_seal", real)
        assert second_factor.use(operator_id, code_of(secret, 1)) == second_factor.APP
        return real(*given)

    monkeypatch.setattr(second_factor, "_seal", beaten)
    assert second_factor.use(operator_id, code_of(secret, 1)) == ""


def test_each_recovery_code_is_good_once_and_the_person_is_told_how_many_are_left(
    app: APIFlask, anonymous: Browser
) -> None:
    _id, _secret, codes = with_app()
    for code, status in ((codes[3].upper().replace("-", " "), 303), (codes[3], 422)):
        anonymous.post("/login", data=ENTER)
        answer = anonymous.post("/login/code", data={"code": code})
        assert answer.status_code == status
        if status == 303:
            assert re.search(r"restam 9|9 are left", anonymous.get("/").text)
            anonymous.post("/logout")


def test_new_recovery_codes_end_the_old_ones(app: APIFlask) -> None:
    operator_id, _secret, old = with_app()
    new = second_factor.renew_codes(operator_id)
    assert second_factor.use(operator_id, old[0]) == ""
    assert second_factor.use(operator_id, new[0]) == second_factor.RECOVERY


def test_codes_cannot_be_guessed_by_who_has_the_password(app: APIFlask, anonymous: Browser) -> None:
    _id, secret, _codes = with_app()
    anonymous.post("/login", data=ENTER)
    answers = [anonymous.post("/login/code", data={"code": f"{number:06}"}).status_code for number in range(12)]
    assert answers.count(422) == sign_in.BY_CODE.times
    assert answers[-1] == 429
    assert anonymous.post("/login/code", data={"code": code_of(secret, 1)}).status_code == 429
    assert actions().count("sign_in.code_failed") == 1


def test_the_second_step_waits_ten_minutes(app: APIFlask, anonymous: Browser) -> None:
    _id, secret, _codes = with_app()
    anonymous.post("/login", data=ENTER)
    clock.move(timedelta(minutes=11))
    anonymous.post("/login/code", data={"code": code_of(secret)})
    assert anonymous.get("/").status_code == 303


def test_a_lost_key_lets_nobody_in_by_a_code_and_says_so(app: APIFlask, anonymous: Browser) -> None:
    operator_id, secret, codes = with_app()
    db.session.get_one(Operator, operator_id).tf_totp_secret = "gone.AAAA"
    db.session.commit()
    anonymous.post("/login", data=ENTER)
    assert anonymous.post("/login/code", data={"code": code_of(secret, 1)}).status_code == 503
    assert anonymous.post("/login/code", data={"code": codes[0]}).status_code == 303


def test_the_secret_survives_a_new_sealing_under_its_place(app: APIFlask) -> None:
    operator_id, secret, _codes = with_app()
    row: Any = db.session.get_one(Operator, operator_id)
    vault, place = current_hub().vault, second_factor.place_of(operator_id)
    opened = str(vault.open(row.tf_totp_secret, place))
    assert json.loads(opened)["secret"] == secret
    row.tf_totp_secret = vault.seal(opened, place)
    db.session.commit()
    assert second_factor.use(operator_id, code_of(secret, 1)) == second_factor.APP


@pytest.mark.parametrize(("rule", "role", "asked"), [
    ("nobody", "admin", False), ("admins", "admin", True), ("admins", "viewer", False), ("all", "viewer", True),
])  # fmt: skip
def test_who_lacks_what_is_required_sets_it_up_before_anything_else(
    app: APIFlask, anonymous: Browser, rule: str, role: str, asked: bool
) -> None:
    create_operator(EMAIL, PASSWORD, role)
    second_factor_rule.change_rule(rule)
    answer = anonymous.post("/login?next=/customers", data=ENTER)
    assert answer.location == ("/own/second-factor" if asked else "/customers")
    if not asked:
        return
    assert anonymous.get("/customers").location == "/own/second-factor"
    assert anonymous.get("/customers", hx=True).headers["HX-Redirect"] == "/own/second-factor"
    secret, sealed = shown(anonymous)
    anonymous.post("/own/second-factor", data={"secret": sealed, "code": code_of(secret)})
    assert anonymous.get("/customers").status_code == 200


def test_what_is_required_cannot_be_removed(app: APIFlask) -> None:
    operator_id, _secret, _codes = with_app("admin")
    second_factor_rule.change_rule("admins")
    with pytest.raises(Conflict):
        second_factor.remove_app(operator_id)
    db.session.rollback()
    second_factor_rule.change_rule("nobody")
    second_factor.remove_app(operator_id)
    assert not second_factor.status(db.session.get_one(Operator, operator_id)).any


@pytest.mark.parametrize("change", [second_factor.remove_app, second_factor.remove])
def test_a_changed_second_factor_is_gone_whole(app: APIFlask, change: Callable[[int], None]) -> None:
    operator_id, secret, codes = with_app()
    change(operator_id)
    db.session.commit()
    assert second_factor.use(operator_id, code_of(secret, 1)) == second_factor.use(operator_id, codes[0]) == ""


def test_setting_an_app_up_ends_the_other_sessions(app: APIFlask, admin: Browser) -> None:
    operator: Any = db.session.query(Operator).one()
    elsewhere = make_browser(app).sign_in(operator)
    secret, sealed = shown(admin)
    admin.post("/own/second-factor", data={"secret": sealed, "code": code_of(secret)})
    assert admin.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303
    assert {row.end_reason for row in db.session.query(OperatorSession)} == {"", "second_factor"}


def test_the_picture_for_the_app_holds_the_secret_and_loads_nothing() -> None:
    setup = second_factor.new_setup(EMAIL)
    assert setup.image.startswith("data:image/svg+xml;base64,")
    assert second_factor.new_setup(EMAIL, setup.secret).image == setup.image
    assert setup.readable.replace(" ", "") == setup.secret
