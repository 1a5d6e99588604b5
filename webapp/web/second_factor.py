"""``/own/second-factor``: codes of an app and recovery codes; ``/people/second-factor``: of whom it is required."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from webapp.extensions import db
from webapp.services import second_factor, second_factor_rule
from webapp.services.errors import ServiceError
from webapp.services.hub import current_hub
from webapp.vault import VaultError
from webapp.web import enrolling, htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.forms.base import show_refusal
from webapp.web.forms.sign_in import AppForm, RuleForm
from webapp.web.fresh import fresh
from webapp.web.sessions import running

bp = Blueprint("second_factor", __name__)
SECRET = "secret"  # noqa: S105 - the name of the hidden field


@bp.get("/own/second-factor")
@requires(*READERS)
@fresh
def index() -> ResponseReturnValue:
    """Show what one has beside the password, and how to set an app up."""
    return _page(AppForm(formdata=None))


@bp.post("/own/second-factor")
@requires(*READERS)
@fresh
def set_up() -> ResponseReturnValue:
    """Take an app into use once it has shown a right code; the answer shows the recovery codes, this once."""
    form, secret = AppForm(), _opened(request.form.get(SECRET, ""))
    if not form.validate():
        return _page(form, secret, 422)
    if not secret:
        form.code.errors = [_("The picture is a new one: add the account in the app once more, then type its code.")]
        return _page(form, "", 422)
    try:
        codes = second_factor.set_up(current_user.id, secret, form.code.data or "", _session_id())
    except ServiceError as error:
        return _page(form, secret, show_refusal(form, error))
    return _codes_page(codes)


@bp.post("/own/second-factor/codes")
@requires(*READERS)
@fresh
def renew_codes() -> ResponseReturnValue:
    """Make new recovery codes; the old ones are good for nothing from then on."""
    return _codes_page(second_factor.renew_codes(current_user.id))


@bp.route("/own/second-factor/remove", methods=["GET", "POST"])
@requires(*READERS)
@fresh
def remove() -> ResponseReturnValue:
    """Take the app away, after asking."""
    if request.method == "POST":
        second_factor.remove_app(current_user.id, _session_id())
        return htmx.go_to(url_for("second_factor.index"), _("The app was removed. The password alone is enough now."))
    return render_template("security/remove_app.html", has=second_factor.status(current_user))


@bp.route("/people/second-factor", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def policy() -> ResponseReturnValue:
    """Say of whom a second factor is required, from everybody's next sign-in on."""
    form = RuleForm(rule=second_factor_rule.read_rule())
    if form.validate_on_submit():
        second_factor_rule.change_rule(form.rule.data)
        return htmx.go_to(url_for("people.index"), _("It counts from everybody's next sign-in."))
    return render_template("security/policy.html", form=form), 422 if form.errors else 200


def _page(form: AppForm, secret: str = "", status: int = 200) -> ResponseReturnValue:
    db.session.rollback()
    has = second_factor.status(current_user)
    setup = None if has.totp else second_factor.new_setup(current_user.email, secret)
    sealed = current_hub().vault.seal(setup.secret, _place()) if setup else ""
    context = {"form": form, "has": has, "setup": setup, "sealed": sealed, "asked": enrolling.asked()}
    return render_template("security/second_factor.html", **context), status


def _codes_page(codes: Sequence[str]) -> ResponseReturnValue:
    return render_template("security/codes.html", codes=codes, going=enrolling.over() or url_for("own.index"))


def _opened(sealed: str) -> str:
    """Return the secret that was shown, as only the same person's next request can open it."""
    try:
        return str(current_hub().vault.open(sealed, _place()))
    except VaultError:
        return ""


def _place() -> str:
    return f"form:{SECRET}:{current_user.fs_uniquifier}"


def _session_id() -> int | None:
    found = running()
    return found.id if found is not None else None
