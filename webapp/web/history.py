"""The history: who did what, when, before, after, why."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from webapp.services import pages_history as queries
from webapp.services.history_query import Filter
from webapp.services.pages import Page, chosen_size
from webapp.services.pages_transmissions import integration_choices
from webapp.web import htmx
from webapp.web.access import READERS, requires
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


def _refuse_nobody(wanted: Filter, view: queries.HistoryView, form: HistoryForm) -> None:
    """Of an object that never was there is no history; one that is gone still has its own."""
    if wanted.is_about_one and view.subject is None and not view.page.items and not form.narrows:
        abort(404)


def _zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])
