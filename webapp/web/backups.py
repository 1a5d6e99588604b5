"""Backups: what there is, one made now, when they are made, and the export of the keys. Restoring is a command."""

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from webapp.messages import explain
from webapp.services import throttle
from webapp.services.backups import keys, making, rhythm
from webapp.services.errors import ServiceError
from webapp.services.pages_backups import view_backups
from webapp.web import htmx
from webapp.web.access import ADMINS, requires
from webapp.web.forms.backups import KeysForm, RhythmForm, rhythm_data
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.fresh import fresh

bp = Blueprint("backups", __name__, url_prefix="/backups")

# Each costs a second of the machine.
EXPORTS = throttle.Limit("keys-export", 5, 60)
KEYS_FILE = "encryption.keys.age"


@bp.get("")
@requires(*ADMINS)
def index() -> ResponseReturnValue:
    """List backups, with where they lie and how one is put back."""
    context = {"view": view_backups(request.args.get("cursor", ""))}
    return htmx.page_or_partial("backups/index.html", "backups/_table.html", context)


@bp.post("")
@requires(*ADMINS)
def make() -> ResponseReturnValue:
    """Ask for a backup; the scheduler makes it within seconds."""
    try:
        making.ask()
    except ServiceError as error:
        return htmx.go_to(url_for("backups.index"), str(explain(error.code, error.params)), "warning")
    return htmx.go_to(url_for("backups.index"), _("A backup is being made."))


@bp.route("/settings", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def settings() -> ResponseReturnValue:
    """Show and change when backups are made, and how many are kept."""
    form, status = RhythmForm(data=rhythm_data(rhythm.read_rhythm())), 200
    if form.validate_on_submit():
        try:
            rhythm.set_rhythm(parse_input(rhythm.RhythmInput, form.values()))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("backups.index"), _("The settings of the backups were saved."))
    elif form.errors:
        status = 422
    return render_template("backups/settings.html", form=form), status


@bp.route("/keys", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def export() -> ResponseReturnValue:
    """Give out the encryption keys, closed by a passphrase; the history says who took them."""
    form, status = KeysForm(), 200
    if form.validate_on_submit():
        if not throttle.hit(EXPORTS, str(current_user.id)):
            return htmx.go_to(url_for("backups.export"), str(explain("backup_keys_often")), "warning")
        try:
            return _file(keys.export_keys(form.passphrase.data or "", form.again.data or ""))
        except ServiceError as error:
            status = show_refusal(form, error)
    elif form.errors:
        status = 422
    return render_template("backups/keys.html", form=form, view=view_backups()), status


def _file(content: bytes) -> Response:
    response = Response(content, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{KEYS_FILE}"'
    response.headers["Cache-Control"] = "no-store"
    return response
