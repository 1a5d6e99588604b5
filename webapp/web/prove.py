"""``/prove``: who is signed in proves it again, before what needs a fresh sign-in."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.extensions import db
from webapp.messages import explain
from webapp.services import guesses, passkeys, second_factor, sessions, sign_in
from webapp.services.errors import Busy, Invalid
from webapp.services.guesses import Refused
from webapp.vault import VaultError
from webapp.web import asked_passkeys, htmx, known_browsers
from webapp.web.access import READERS, requires
from webapp.web.next_page import local_page
from webapp.web.sessions import running

bp = Blueprint("prove", __name__, url_prefix="/prove")


@bp.get("")
@requires(*READERS)
def show() -> ResponseReturnValue:
    """Ask who sits there: by password, code or passkey, as the person has."""
    return _page()


@bp.post("")
@requires(*READERS)
def check() -> ResponseReturnValue:
    """Take the password or the code, and lead back to where it was asked for."""
    operator_id, session_id = current_user.id, _session_id()
    code, password = request.form.get("code", "").strip(), request.form.get("password", "")
    try:
        wait_s, right = (
            _by_code(operator_id, session_id, code) if code else _by_password(operator_id, session_id, password)
        )
    except Busy as busy:
        return _page(busy.code, status=503)
    except VaultError:
        return _page("code_key_missing", status=503)
    if wait_s:
        return _page("prove_refused", {"minutes": -(-wait_s // 60)}, status=429)
    if not right:
        return _page("code_wrong" if code else "password_wrong", status=422)
    return _back(session_id)


@bp.get("/done")
@requires(*READERS)
def done() -> ResponseReturnValue:
    """Say that a form in another tab can be saved now."""
    return render_template("security/proved.html")


@bp.post("/passkey/options")
@requires(*READERS)
def passkey_options() -> ResponseReturnValue:
    """Return a challenge for the passkeys of who is signed in, as JSON for the page's script."""
    return asked_passkeys.ask(passkeys.ask_to_enter(asked_passkeys.site(), current_user.id), asked_passkeys.PROVE)


@bp.post("/passkey")
@requires(*READERS)
def by_passkey() -> ResponseReturnValue:
    """Take the answer of a passkey, and lead back."""
    operator_id, session_id = current_user.id, _session_id()
    challenge = asked_passkeys.take(asked_passkeys.PROVE)
    try:
        passkeys.enter(request.form.get("answer", ""), challenge, asked_passkeys.site(), operator_id)
    except Invalid as error:
        return _page(error.problems[0].code, status=422)
    return _back(session_id)


def _by_password(operator_id: int, session_id: int, password: str) -> tuple[int, bool]:
    if not password:
        return 0, False
    answer = sign_in.prove_by_password(operator_id, session_id, password)
    return answer.wait_s, answer.operator_id is not None


def _by_code(operator_id: int, session_id: int, code: str) -> tuple[int, bool]:
    taken = sign_in.take_code_try(operator_id, f"session:{session_id}")
    if isinstance(taken, Refused):
        return taken.wait_s, False
    if not second_factor.use(operator_id, code):
        sign_in.note_code_failure(operator_id, taken, known_browsers.visitor())
        return 0, False
    guesses.give_back(taken)
    return 0, True


def _session_id() -> int:
    found = running()
    assert found is not None, "the door lets nobody in without a session"  # noqa: S101
    return found.id


def _back(session_id: int) -> ResponseReturnValue:
    sessions.prove(session_id)
    return htmx.see_other(local_page(request.form.get("next")))


def _page(code: str = "", params: dict[str, Any] | None = None, status: int = 200) -> ResponseReturnValue:
    db.session.rollback()
    context = {
        "has": second_factor.status(current_user), "going": local_page(request.values.get("next")),
        "trouble": explain(code, params) if code else None, "passkeys_possible": asked_passkeys.site().possible,
    }  # fmt: skip
    return render_template("security/prove.html", **context), status
