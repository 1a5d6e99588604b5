"""The history: who did what, when, before, after, why."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.services import audit_export, audit_files, chain
from webapp.services import pages_history as queries
from webapp.services.history_query import Filter
from webapp.services.hub import current_hub
from webapp.services.pages import PAGE_SIZE, Page, chosen_size
from webapp.services.pages_transmissions import integration_choices
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.forms.history import HistoryForm

bp = Blueprint("history", __name__, url_prefix="/history")

NOTHING = queries.HistoryView(Page(()), {}, None)


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show what happened: to everything, or to one object with what belongs to it."""
    form, size = HistoryForm(request.args), chosen_size(request.args.get("size", ""))
    people = queries.actors()
    form.offer(people, integration_choices())
    view, status = NOTHING, 422
    if form.validate():
        wanted, status = form.wanted(_zone()), 200
        view = queries.view_history(wanted, request.args.get("cursor", ""), size)
        _refuse_nobody(wanted, view, form)
    context: dict[str, Any] = {"form": form, "view": view, "page": view.page, "size": size, "people": dict(people)}
    return htmx.page_or_partial("history/index.html", "history/_list.html", context, status)


@bp.post("/export")
@requires(*ADMINS)
def export() -> ResponseReturnValue:
    """Send what the filter finds as a file that can be verified without the hub; the history notes who took it."""
    form, fmt = HistoryForm(request.form), request.form.get("format", "csv")
    form.offer(queries.actors(), integration_choices())
    if not form.validate() or fmt not in audit_files.FORMATS:
        return render_template("history/index.html", form=form, view=NOTHING, page=NOTHING.page, size=PAGE_SIZE,
                               people={}), 422  # fmt: skip
    entries = audit_export.begin_export(form.wanted(_zone()), fmt)
    name = f"history-{current_hub().today():%Y-%m-%d}.{fmt}"
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"}
    return Response(audit_files.write(entries, fmt), mimetype=audit_files.TYPES[fmt], headers=headers)


@bp.get("/audit")
@requires(*ADMINS)
def audit() -> ResponseReturnValue:
    """Show whether the history is as it was written, and since when that is known."""
    context = {"standing": chain.standing(), "anchor": chain.anchor()}
    return htmx.page_or_partial("history/audit.html", "history/_audit.html", context)


@bp.post("/audit/check")
@requires(*ADMINS)
def check() -> ResponseReturnValue:
    """Have the whole chain checked; that may take a minute, so another part of the hub does it."""
    chain.ask_for_check()
    return htmx.go_to(url_for("history.audit"), _("The check begins within a minute."))


def _refuse_nobody(wanted: Filter, view: queries.HistoryView, form: HistoryForm) -> None:
    """Of an object that never was there is no history; one that is gone still has its own."""
    if wanted.is_about_one and view.subject is None and not view.page.items and not form.narrows:
        abort(404)


def _zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])
