"""``/setup/<token>``: the first administrator, once."""

from typing import Any

from flask import Blueprint, abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.services import setup
from webapp.services.errors import Invalid
from webapp.web import sign_in
from webapp.web.access import public
from webapp.web.forms.base import show_refusal
from webapp.web.forms.setup import SetupForm

bp = Blueprint("setup", __name__)


@bp.route("/setup/<token>", methods=["GET", "POST"])
@public
def first_administrator(token: str) -> ResponseReturnValue:
    """Create the first administrator and sign in."""
    if not setup.is_setup_token(token):
        abort(404)
    form, status = SetupForm(), 200
    if form.validate_on_submit():
        try:
            operator: Any = setup.redeem_setup_token(token, form.email.data, form.password.data)
        except Invalid as error:
            status = show_refusal(form, error)
        else:
            flash(_("Welcome. These are the first steps; each can be skipped."), "success")
            return sign_in.enter(operator.id, [sign_in.PASSWORD], url_for("first_run.index"))
    elif form.errors:
        status = 422
    return render_template("security/setup.html", form=form, token=token), status
