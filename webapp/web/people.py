"""People who sign in: list, invitations, roles, who leaves, who lost the access. For administrators."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from webapp.models import Invitation, Operator
from webapp.services import access_reset, invitation_mail, invitations, operators, pages_people, sessions, sign_in_rules
from webapp.services.channel_plugins import Sent
from webapp.services.errors import Invalid, Problem, ServiceError
from webapp.services.hub import current_hub
from webapp.services.tables import TABLES
from webapp.web import htmx, once
from webapp.web.access import ADMINS, requires
from webapp.web.forms.base import PageForm, show_refusal
from webapp.web.forms.people import ConfirmForm, DeactivateForm, InviteForm, ResetForm, RoleForm, RulesForm
from webapp.web.fresh import fresh
from webapp.web.sessions import running
from webapp.web.tables import show

bp = Blueprint("people", __name__, url_prefix="/people")


@bp.get("")
@requires(*ADMINS)
def index() -> ResponseReturnValue:
    """List who may sign in, and who was invited."""
    shown = show(TABLES["people"])
    context = {"shown": shown, "table": shown.table, "page": shown.page, "me": current_user.id}
    if not htmx.wants_fragment():
        context["invitations"] = pages_people.list_invitations()
    return htmx.page_or_partial("people/index.html", "people/_table.html", context)


@bp.route("/invite", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def invite() -> ResponseReturnValue:
    """Invite somebody; the link stands on the page that answers, and nowhere else ever again."""
    form, status = InviteForm(request.form or request.args), 200
    if form.validate_on_submit():
        try:
            row, token = invitations.invite(form.email.data or "", form.role.data, form.name.data or "")
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            answer = _show_link(row, token, mail=form.mail.data)
            once.done(url_for("people.index"))
            return answer
    elif form.errors:
        status = 422
    return render_template("people/invite.html", form=form, can_mail=invitation_mail.can_mail()), status


@bp.route("/<int:operator_id>/role", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def change_role(operator_id: int) -> ResponseReturnValue:
    """Give somebody another role."""
    operator = operators.get_operator(operator_id)
    form = RoleForm(role=operators.role_of(operator))
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            operators.change_role(operator_id, form.role.data, and_tokens=form.tokens.data)
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return _back(_("The role was changed. The person signs in again and has the new one."))
    return _person_page("people/role.html", form, operator_id, status)


@bp.route("/<int:operator_id>/deactivate", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def deactivate(operator_id: int) -> ResponseReturnValue:
    """Let somebody in no more, after asking."""
    operators.get_operator(operator_id)
    form, status = DeactivateForm(), 200
    if form.validate_on_submit():
        try:
            operators.deactivate(operator_id, form.reason.data or "", and_tokens=form.tokens.data)
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return _back(_("The person was deactivated and is signed out everywhere."))
    elif form.errors:
        status = 422
    return _person_page("people/deactivate.html", form, operator_id, status)


@bp.route("/<int:operator_id>/reactivate", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def reactivate(operator_id: int) -> ResponseReturnValue:
    """Let somebody in again, after asking."""
    operators.get_operator(operator_id)
    form = ConfirmForm()
    if form.validate_on_submit():
        operators.reactivate(operator_id)
        return _back(_("The person may sign in again, with the former password and role."))
    return _person_page("people/reactivate.html", form, operator_id, 200)


@bp.route("/<int:operator_id>/reset", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def reset(operator_id: int) -> ResponseReturnValue:
    """Help somebody who lost the password or the second factor."""
    operators.get_operator(operator_id)
    form, status = ResetForm(), 200
    if form.validate_on_submit():
        try:
            return _reset(form, operator_id)
        except ServiceError as error:
            status = show_refusal(form, error)
    elif form.errors:
        status = 422
    return _person_page("people/reset.html", form, operator_id, status, can_mail=invitation_mail.can_mail())


@bp.get("/<int:operator_id>/sessions")
@requires(*ADMINS)
def show_sessions(operator_id: int) -> ResponseReturnValue:
    """List where somebody is signed in."""
    operator, mine = operators.get_operator(operator_id), running()
    rows = pages_people.list_sessions(operator_id, mine.id if mine is not None else None)
    return render_template("people/sessions.html", operator=operator, rows=rows)


@bp.post("/<int:operator_id>/sessions/<int:session_id>/end")
@requires(*ADMINS)
def end_session(operator_id: int, session_id: int) -> ResponseReturnValue:
    """Sign somebody out of one browser."""
    sessions.get_session(session_id, operator_id)
    sessions.end(session_id, sessions.REVOKED)
    return htmx.go_to(url_for("people.show_sessions", operator_id=operator_id), _("The session was ended."))


@bp.post("/<int:operator_id>/sessions/end")
@requires(*ADMINS)
def end_sessions(operator_id: int) -> ResponseReturnValue:
    """Sign somebody out everywhere."""
    operators.get_operator(operator_id)
    sessions.sign_out_everywhere(operator_id)
    return htmx.go_to(url_for("people.show_sessions", operator_id=operator_id), _("All sessions were ended."))


@bp.post("/invitations/<int:invitation_id>/revoke")
@requires(*ADMINS)
def revoke_invitation(invitation_id: int) -> ResponseReturnValue:
    """Make the link of an invitation useless."""
    invitations.revoke(invitation_id)
    return _back(_("The invitation was withdrawn; its link leads nowhere."))


@bp.route("/rules", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def rules() -> ResponseReturnValue:
    """Decide how long a sign-in is good."""
    form, status = RulesForm(obj=sign_in_rules.read_rules()), 200
    if form.validate_on_submit():
        try:
            sign_in_rules.change_rules(form.idle_min.data or 0, form.longest_h.data or 0)
        except Invalid as error:
            status = show_refusal(form, error)
        else:
            return _back(_("Sessions last as you decided, those that are open too."))
    elif form.errors:
        status = 422
    return render_template("people/rules.html", form=form), status


def _reset(form: ResetForm, operator_id: int) -> ResponseReturnValue:
    if not (form.password.data or form.second_factor.data):
        raise Invalid([Problem("", "reset_nothing_chosen")])
    # What may be refused comes first: a refusal says that nothing was changed.
    made = invitations.invite_to_reset(operator_id) if form.password.data else None
    if form.second_factor.data:
        access_reset.remove_second_factor(operator_id)
    if made is not None:
        return _show_link(*made, mail=form.mail.data)
    return _back(_("The second factor was removed. The person signs in with the password and sets up a new one."))


def _show_link(row: Invitation, token: str, *, mail: bool) -> ResponseReturnValue:
    path = url_for("invite.accept", token=token)
    link = (current_hub().settings.base_url or request.url_root.rstrip("/")) + path
    kind, email, until = row.kind, row.email, row.expires_at
    sent: Sent | None = None
    if mail and invitation_mail.can_mail():
        sent = invitation_mail.mail_link(kind, email, path, until)
    return render_template("people/link.html", kind=kind, email=email, until=until, link=link, sent=sent)


def _person_page(
    page: str, form: PageForm, operator_id: int, status: int, *, can_mail: bool = False
) -> ResponseReturnValue:
    operator: Operator = operators.get_operator(operator_id)
    context = {"operator": operator, "role": operators.role_of(operator), "can_mail": can_mail}
    return render_template(page, form=form, oneself=operator_id == current_user.id, **context), status


def _back(message: str) -> ResponseReturnValue:
    return htmx.go_to(url_for("people.index"), message)
