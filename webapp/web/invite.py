"""``/invite/<token>``: whoever was invited, or lost the password, chooses one. Opening the page changes nothing."""

from typing import Any

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.models.people import JOIN
from webapp.services import invitations, throttle
from webapp.services.errors import NotFound, ServiceError
from webapp.web import sign_in
from webapp.web.access import public
from webapp.web.forms.base import show_refusal
from webapp.web.forms.people import AcceptForm

bp = Blueprint("invite", __name__)

# Tokens cannot be guessed; this keeps whoever tries from costing anything.
PER_ADDRESS = throttle.Limit("invitation", 30, 300, of_address=True)


@bp.route("/invite/<token>", methods=["GET", "POST"])
@public
def accept(token: str) -> ResponseReturnValue:
    """Set the password of a new person, or a new one."""
    if not throttle.hit(PER_ADDRESS, request.remote_addr or ""):
        abort(429)
    try:
        return _page(token)
    except NotFound:
        return render_template("people/no_invitation.html"), 404


def _page(token: str) -> ResponseReturnValue:
    invitation = invitations.find(token)
    form, status = AcceptForm(name=invitation.name), 200
    if invitation.kind != JOIN:
        del form.name
    if form.validate_on_submit():
        name = form.name.data if "name" in form else ""
        try:
            operator: Any = invitations.accept(token, form.password.data or "", name or "")
        except NotFound:
            raise
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            flash(_("The password is set. Welcome."), "success")
            return sign_in.enter(operator.id, [sign_in.PASSWORD], "/")
    elif form.errors:
        status = 422
    return render_template("people/accept.html", form=form, invitation=invitations.find(token), token=token), status
