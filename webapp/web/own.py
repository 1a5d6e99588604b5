"""``/own``: what everybody sees and changes of the own access."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from webapp.services import own_access, pages_people, sessions, sign_in_news, sign_in_rules
from webapp.services.errors import Invalid, ServiceError
from webapp.web import htmx
from webapp.web.access import READERS, requires
from webapp.web.forms.base import show_refusal
from webapp.web.forms.people import OwnForm, OwnPasswordForm
from webapp.web.sessions import renew, running

bp = Blueprint("own", __name__, url_prefix="/own")

LATEST = 5


@bp.route("", methods=["GET", "POST"])
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show the own access; the name can be changed."""
    form, status = OwnForm(obj=current_user), 200
    if form.validate_on_submit():
        try:
            own_access.rename(current_user.id, form.name.data or "")
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("own.index"), _("The name was changed."))
    elif form.errors:
        status = 422
    rows = pages_people.list_sessions(current_user.id, _running_id())
    latest = sorted(rows, key=lambda row: row.session.id, reverse=True)[:LATEST]
    open_count = sum(not row.state for row in rows)
    context = {"latest": latest, "open_count": open_count, "new_browsers": sign_in_news.new_browsers(current_user.id)}
    return render_template("own/index.html", form=form, **context), status


@bp.route("/password", methods=["GET", "POST"])
@requires(*READERS)
def password() -> ResponseReturnValue:
    """Change the own password; whoever else is signed in with it is out."""
    form, status = OwnPasswordForm(), 200
    if form.validate_on_submit():
        given = (form.present.data or "", form.password.data or "")
        try:
            own_access.change_password(current_user.id, _running_id() or 0, *given)
        except Invalid as error:
            often = any(problem.code == own_access.TRIED_OFTEN for problem in error.problems)
            status = 429 if often else 422
            form.add_problems(error.problems)
        else:
            renew(current_user)
            return htmx.go_to(url_for("own.index"), _("The password was changed. All other sessions were ended."))
    elif form.errors:
        status = 422
    return render_template("own/password.html", form=form), status


@bp.get("/sessions")
@requires(*READERS)
def show_sessions() -> ResponseReturnValue:
    """List in which browsers one is signed in, and was."""
    rows = pages_people.list_sessions(current_user.id, _running_id())
    return render_template("own/sessions.html", rows=rows, rules=sign_in_rules.read_rules())


@bp.post("/sessions/<int:session_id>/end")
@requires(*READERS)
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign out of one browser; of this one too, if it is chosen."""
    sessions.get_session(session_id, current_user.id)
    sessions.end(session_id, sessions.REVOKED)
    return htmx.go_to(url_for("own.show_sessions"), _("The session was ended."))


@bp.post("/sessions/end-others")
@requires(*READERS)
def end_others() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    sessions.sign_out_everywhere(current_user.id, but=_running_id())
    return htmx.go_to(url_for("own.show_sessions"), _("All other sessions were ended."))


def _running_id() -> int | None:
    found = running()
    return found.id if found is not None else None
