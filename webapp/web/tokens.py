"""Tokens with which programs use the API: list, make, revoke."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.models import ApiToken
from webapp.services import tokens
from webapp.services.errors import ServiceError
from webapp.services.pages_history import actors
from webapp.services.pages_transmissions import integration_choices
from webapp.services.tables import TABLES
from webapp.web import htmx, once
from webapp.web.access import ADMINS, requires
from webapp.web.forms.base import show_refusal
from webapp.web.forms.tokens import RevokeForm, TokenForm
from webapp.web.fresh import fresh
from webapp.web.tables import show

bp = Blueprint("tokens", __name__, url_prefix="/tokens")


@bp.get("")
@requires(*ADMINS)
def index() -> ResponseReturnValue:
    """List tokens; none of them can be read again."""
    shown = show(TABLES["tokens"])
    context = {"shown": shown, "table": shown.table, "page": shown.page, "people": dict(actors())}
    return htmx.page_or_partial("tokens/index.html", "tokens/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def new() -> ResponseReturnValue:
    """Make a token; it stands on the page that answers, and nowhere else ever again."""
    form, status = TokenForm(), 200
    form.offer(integration_choices())
    if form.validate_on_submit():
        try:
            token, text = _make(form)
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            answer = render_template("tokens/made.html", token=token, text=text)
            once.done(url_for("tokens.index"))
            return answer
    elif form.errors:
        status = 422
    return render_template("tokens/form.html", form=form), status


@bp.route("/<int:token_id>/revoke", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def revoke(token_id: int) -> ResponseReturnValue:
    """Make a token useless, after asking; the program that uses it stops at once."""
    token, form = tokens.get_token(token_id), RevokeForm()
    if form.validate_on_submit():
        tokens.revoke_token(token_id, form.reason.data or "")
        return htmx.go_to(url_for("tokens.index"), _("The token was revoked; whoever uses it is refused from now on."))
    return render_template("tokens/revoke.html", form=form, token=token), 422 if form.errors else 200


def _make(form: TokenForm) -> tuple[ApiToken, str]:
    last_day = form.expires_at.data
    return tokens.create_token(
        form.name.data or "", form.scope.data, tokens.end_of_day(last_day) if last_day else None, form.addresses(),
        form.integration_id.data,
    )  # fmt: skip
