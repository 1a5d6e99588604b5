"""Views of lists under a name: keep, apply, rename, share, fill anew, delete."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.services.errors import ServiceError
from webapp.services.tables import TABLES, Table, views
from webapp.services.tables.views import View
from webapp.web import htmx
from webapp.web.access import READERS, requires
from webapp.web.forms.base import show_refusal
from webapp.web.forms.tables import ViewForm
from webapp.web.labels_lists import TABLE
from webapp.web.tables import leaves_search, query_of, told, who

bp = Blueprint("table_views", __name__, url_prefix="/tables")


@bp.route("/<name>/views", methods=["GET", "POST"])
@requires(*READERS)
def index(name: str) -> ResponseReturnValue:
    """List the views of a list; and keep what its address says as a new one."""
    table, form, status = _table(name), ViewForm(), 200
    asked = request.values.get("query", "")
    query = query_of(table, asked)
    if form.validate_on_submit():
        try:
            made = views.keep_view(who(), table, form.name.data or "", query, shared=form.shared.data)
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(_address(table, query, made), _("The view was saved."))
    elif form.errors:
        status = 422
    found = [(view, _address(table, view.query, view.id)) for view in views.views_of(who(), table)]
    context = {
        "table": table, "title": TABLE[name], "form": form, "query": query, "views": found,
        "dropped": leaves_search(table, asked), "told": told(table, query), "asks": "query" in request.values,
    }  # fmt: skip
    return render_template("tables/views.html", **context), status


@bp.route("/views/<int:view_id>", methods=["GET", "POST"])
@requires(*READERS)
def edit(view_id: int) -> ResponseReturnValue:
    """Rename a view, share it, or take it back to oneself."""
    found, name = views.view_for(who(), view_id)
    if not found.editable:
        abort(403)
    form, status = ViewForm(obj=found), 200
    if form.validate_on_submit():
        try:
            views.rename_view(who(), view_id, form.name.data or "", shared=form.shared.data)
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("table_views.index", name=name), _("The view was saved."))
    elif form.errors:
        status = 422
    context = {"view": found, "table": TABLES[name], "title": TABLE[name], "form": form}
    return render_template("tables/view.html", **context), status


@bp.post("/views/<int:view_id>/refill")
@requires(*READERS)
def refill(view_id: int) -> ResponseReturnValue:
    """Put what the address says in the place of what a view had."""
    table = TABLES[views.view_for(who(), view_id)[1]]
    query = query_of(table, request.form.get("query", ""))
    views.refill_view(who(), view_id, query)
    return htmx.go_to(_address(table, query, view_id), _("The view was saved."))


@bp.post("/views/<int:view_id>/delete")
@requires(*READERS)
def delete(view_id: int) -> ResponseReturnValue:
    """Delete a view."""
    name = views.view_for(who(), view_id)[1]
    gone: View = views.delete_view(who(), view_id)
    text = _("The view “%(name)s” was deleted.", name=gone.name)
    return htmx.go_to(url_for("table_views.index", name=name), text, undo=_brought_back(name, gone))


def _brought_back(name: str, gone: View) -> htmx.Undo | None:
    """Only the owner can: made again by somebody else it would be that person's."""
    if not gone.own:
        return None
    fields = {"name": gone.name, "query": gone.query, **({"shared": "y"} if gone.shared else {})}
    return htmx.Undo(url_for("table_views.index", name=name), fields)


def _table(name: str) -> Table:
    if name not in TABLES or not TABLES[name].viewed:
        abort(404)
    return TABLES[name]


def _address(table: Table, query: str, view_id: int) -> str:
    """Return the list's page as a view shows it."""
    address: dict[str, Any] = {**table.address, **views.values_of(query), "view": view_id}
    return url_for(table.endpoint, **address)
