"""``/own/passkeys``: register with a name, list, delete."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from webapp.extensions import db
from webapp.messages import explain
from webapp.services import passkey_rows, passkeys, second_factor
from webapp.services.errors import Conflict, ServiceError
from webapp.web import asked_passkeys, enrolling, htmx
from webapp.web.access import READERS, requires
from webapp.web.forms.base import show_refusal
from webapp.web.forms.sign_in import PasskeyForm
from webapp.web.fresh import fresh

bp = Blueprint("passkeys", __name__, url_prefix="/own/passkeys")


@bp.get("")
@requires(*READERS)
@fresh
def index() -> ResponseReturnValue:
    """List the own passkeys; the form makes another."""
    return _page(PasskeyForm(formdata=None))


@bp.post("")
@requires(*READERS)
@fresh
def register() -> ResponseReturnValue:
    """Keep the passkey that the browser has just made."""
    form, challenge = PasskeyForm(), asked_passkeys.take(asked_passkeys.REGISTER)
    answer, site = request.form.get("answer", ""), asked_passkeys.site()
    if not form.validate():
        return _page(form, 422)
    try:
        passkeys.register(current_user.id, form.name.data or "", answer, challenge, site)
    except ServiceError as error:
        return _page(form, show_refusal(form, error))
    going = enrolling.over() or url_for("passkeys.index")
    return htmx.go_to(going, _("The passkey was registered. You can sign in with it from now on."))


@bp.post("/options")
@requires(*READERS)
@fresh
def options() -> ResponseReturnValue:
    """Return a challenge for a new passkey, as JSON for the page's script."""
    try:
        challenge = passkeys.ask_to_register(current_user.id, asked_passkeys.site())
    except Conflict as error:
        return asked_passkeys.refuse(str(explain(error.code, error.params)), 409)
    return asked_passkeys.ask(challenge, asked_passkeys.REGISTER)


@bp.route("/<int:passkey_id>/delete", methods=["GET", "POST"])
@requires(*READERS)
@fresh
def delete(passkey_id: int) -> ResponseReturnValue:
    """Delete a passkey, after asking."""
    passkey = passkey_rows.get_passkey(passkey_id, current_user.id)
    if request.method == "POST":
        passkey_rows.delete(passkey_id, current_user.id)
        return htmx.go_to(url_for("passkeys.index"), _("The passkey was deleted: it signs nobody in any more."))
    return render_template("security/delete_passkey.html", passkey=passkey)


def _page(form: PasskeyForm, status: int = 200) -> ResponseReturnValue:
    db.session.rollback()
    context = {
        "form": form, "passkeys": passkey_rows.list_passkeys(current_user.id), "site": asked_passkeys.site(),
        "has": second_factor.status(current_user), "asked": enrolling.asked(),
    }  # fmt: skip
    return render_template("security/passkeys.html", **context), status
