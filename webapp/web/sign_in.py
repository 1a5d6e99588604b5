"""``/login``: e-mail and password, the second step, passkeys. Every way in ends in ``finish``."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, jsonify, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_security import current_user, login_user, logout_user

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Operator
from webapp.services import guesses, passkeys, second_factor, second_factor_rule, sign_in, sign_in_news, throttle
from webapp.services.errors import Busy, Invalid
from webapp.services.guesses import Refused
from webapp.vault import VaultError
from webapp.web import asked_passkeys, enrolling, htmx, known_browsers
from webapp.web.access import public
from webapp.web.agents import browser_words
from webapp.web.next_page import local_page

bp = Blueprint("sign_in", __name__)
PENDING = "second_step"
PENDING_S = 600
PASSWORD, CODE, RECOVERY, PASSKEY = "password", "totp", "recovery", "passkey"  # noqa: S105 - names of ways in
# Challenges cost little; this keeps whoever asks for nothing else from costing anything.
CHALLENGES = throttle.Limit("passkey-challenge", 60, 300, of_address=True)


def login() -> ResponseReturnValue:
    """Ask for e-mail and password, or for a passkey; takes the place of Flask-Security-Too's own view."""
    going = local_page(request.values.get("next"))
    if current_user.is_authenticated:
        return htmx.see_other(going)
    email, password = request.form.get("email", ""), request.form.get("password", "")
    if request.method != "POST":
        return _login_page()
    if not email.strip() or not password:
        return _login_page("sign_in_wrong")
    try:
        answer = sign_in.enter_by_password(email, password, known_browsers.visitor())
    except Busy as busy:
        return _login_page(busy.code, status=503)
    if answer.wait_s:
        return _login_page("sign_in_refused", {"minutes": -(-answer.wait_s // 60)}, status=429)
    if answer.operator_id is None:
        return _login_page("sign_in_wrong")
    return enter(answer.operator_id, [PASSWORD], going, answer.proved)


@bp.route("/login/code", methods=["GET", "POST"])
@public
def second_step() -> ResponseReturnValue:
    """Ask for the second factor of whoever has just given the right password."""
    pending = _pending()
    if pending is None:
        return render_template("security/second_step_late.html")
    if request.method != "POST":
        return _code_page(pending["id"])
    visitor = known_browsers.visitor()
    taken = sign_in.take_code_try(pending["id"], visitor.lane_of(pending["id"]))
    if isinstance(taken, Refused):
        return _code_page(pending["id"], "sign_in_refused", {"minutes": -(-taken.wait_s // 60)}, status=429)
    try:
        way = second_factor.use(pending["id"], request.form.get("code", ""))
    except VaultError:
        return _code_page(pending["id"], "code_key_missing", status=503)
    if not way:
        sign_in.note_code_failure(pending["id"], taken, visitor)
        return _code_page(pending["id"], "code_wrong", status=422)
    guesses.give_back(taken)
    return finish(pending["id"], [PASSWORD, way], pending["next"], pending["proved"])


@bp.post("/login/passkey/options")
@public
def passkey_options() -> ResponseReturnValue:
    """Return a challenge that any passkey made here can answer, as JSON for the page's script."""
    if not throttle.hit(CHALLENGES, request.remote_addr or ""):
        return jsonify(error=str(explain("sign_in_refused", {"minutes": 5}))), 429
    return asked_passkeys.ask(passkeys.ask_to_enter(asked_passkeys.site()), asked_passkeys.ENTER)


@bp.post("/login/passkey")
@public
def by_passkey() -> ResponseReturnValue:
    """Sign in whoever's passkey answered the challenge; it is two factors at once."""
    challenge = asked_passkeys.take(asked_passkeys.ENTER)
    try:
        operator_id = passkeys.enter(request.form.get("answer", ""), challenge, asked_passkeys.site())
    except Invalid as error:
        return _login_page(error.problems[0].code, status=422)
    return finish(operator_id, [PASSKEY], local_page(request.form.get("next")))


def enter(operator_id: int, ways: Sequence[str], going: str, proved: str = "") -> Response:
    """Sign in who has proved a password, or lead to the second step; also for links that set a password.

    Args:
        ways: how it was proved: ``PASSWORD``.
        going: path of this hub where the person wants to go.
        proved: which password it was (``services/sign_in.Answer``); empty = it was set a moment ago.
    """
    operator = db.session.get_one(Operator, operator_id)
    has = second_factor.status(operator)
    needs = has.totp or (has.passkeys > 0 and second_factor_rule.is_required(operator))
    db.session.rollback()
    if not needs:
        return finish(operator_id, ways, going, proved)
    session[PENDING] = {"id": operator_id, "next": going, "at": int(utc_now().timestamp()), "proved": proved}
    return htmx.see_other(url_for("sign_in.second_step"))


def finish(operator_id: int, ways: Sequence[str], going: str, proved: str = "") -> Response:
    """Sign in who has proved everything that is asked, write it down, and lead on.

    Args:
        proved: as of ``enter``.
    """
    session.pop(PENDING, None)
    # Whoever sat here before may have left in the middle of setting up a second factor.
    enrolling.over()
    if not db.session.get_one(Operator, operator_id).active:
        return htmx.see_other(url_for("security.login"))
    visitor = known_browsers.visitor()
    if sign_in.note_entry(operator_id, list(ways), visitor):
        sign_in_news.tell(operator_id, visitor.address, browser_words(request.user_agent.string))
    operator = db.session.get_one(Operator, operator_id)
    must, left = second_factor.must_set_up(operator), len(operator.mf_recovery_codes or [])
    login_user(operator, remember=False, authn_via=list(ways))
    # After the session was begun: a password that changed before ended all others, and one that changes now ends this.
    if not sign_in.is_current(operator_id, proved):
        logout_user()
        return htmx.see_other(url_for("security.login"))
    known_browsers.remember(operator_id)
    if RECOVERY in ways:
        _tell_codes_left(left)
    return htmx.see_other(enrolling.begin(going) if must else going)


def _tell_codes_left(left: int) -> None:
    text = ngettext(
        "You used a recovery code: %(num)d is left. Make new ones before they run out.",
        "You used a recovery code: %(num)d are left. Make new ones before they run out.", left,
    )  # fmt: skip
    flash(text, "warning")


def _pending() -> dict[str, Any] | None:
    pending: dict[str, Any] | None = session.get(PENDING)
    if pending is None or pending["at"] < utc_now().timestamp() - PENDING_S:
        session.pop(PENDING, None)
        return None
    return pending


def _login_page(code: str = "", params: dict[str, Any] | None = None, status: int = 200) -> ResponseReturnValue:
    db.session.rollback()
    context = {
        "email": request.form.get("email", "")[:254], "going": local_page(request.values.get("next")),
        "trouble": explain(code, params) if code else None, "passkeys_possible": asked_passkeys.site().possible,
    }  # fmt: skip
    return render_template("security/login_user.html", **context), status


def _code_page(
    operator_id: int, code: str = "", params: dict[str, Any] | None = None, status: int = 200
) -> ResponseReturnValue:
    db.session.rollback()
    context = {
        "has": second_factor.status(db.session.get_one(Operator, operator_id)),
        "trouble": explain(code, params) if code else None, "passkeys_possible": asked_passkeys.site().possible,
    }  # fmt: skip
    return render_template("security/second_step.html", **context), status
