"""What a person does with any list beside looking: choose its columns, and take it as a file."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from webapp.models.operator import ADMIN, ATTENDANT, FINANCE
from webapp.services import audit
from webapp.services.errors import Invalid
from webapp.services.hub import current_hub
from webapp.services.pages import PAGE_SIZE, PAGE_SIZES
from webapp.services.privacy.accesses import MANY, look_now
from webapp.services.tables import TABLES, Table, choices, export, files
from webapp.services.tables.reading import Asked
from webapp.web import htmx, table_cells
from webapp.web.access import READERS, may, requires
from webapp.web.access_log import leave
from webapp.web.labels_lists import TABLE
from webapp.web.labels_tables import COLUMN, words
from webapp.web.next_page import local_page
from webapp.web.tables import asked_in

bp = Blueprint("tables", __name__, url_prefix="/tables")

# Who only looks does not carry all subscribers away in one file.
TAKERS = (ADMIN, ATTENDANT, FINANCE)
MOVES = (("up", -1), ("down", 1))


def register(app: Flask) -> None:
    """Bind what templates of lists use."""
    app.jinja_env.globals.update(may_take=may_take)


def may_take(table: Table) -> bool:
    """Tell whether the person may take a list as a file."""
    return table.exported and may(*(table.takers or TAKERS))


@bp.route("/<name>/columns", methods=["GET", "POST"])
@requires(*READERS)
def columns(name: str) -> ResponseReturnValue:
    """Choose columns, their order and the rows of a page; a button beside a column moves it and saves nothing."""
    table = _table(name)
    chosen = choices.choice_of(current_user.id, table)
    shown, size, problem = list(chosen.columns or table.usual_columns), chosen.size, ""
    if request.method == "POST":
        shown, size = _wanted(table), request.form.get("size", type=int)
        if not _moved(shown):
            try:
                choices.keep_choice(current_user.id, table, shown, size)
            except Invalid as error:
                problem = error.problems[0].code
            else:
                return htmx.go_to(_back(table), _("The columns were saved."))
    context = {"table": table, "shown": shown, "size": size, "problem": problem, **_words(table, shown)}
    return render_template("tables/columns.html", **context), 422 if problem else 200


@bp.post("/<name>/columns/reset")
@requires(*READERS)
def reset(name: str) -> ResponseReturnValue:
    """Show the list as it is by itself."""
    table = _table(name)
    choices.forget_choice(current_user.id, table)
    return htmx.go_to(_back(table), _("The list shows its usual columns again."))


@bp.post("/<name>/export")
@requires(*TAKERS)
def take(name: str) -> ResponseReturnValue:
    """Send what the filters find as a file, with the columns that the person sees; the history notes who took it."""
    table, fmt = _table(name), request.form.get("format", files.CSV)
    if fmt not in files.FORMATS:
        abort(404)
    if not may_take(table):
        abort(403)
    asked = asked_in(table, request.form.get("query", ""), choices.choice_of(current_user.id, table))
    count = export.begin_export(table, asked, fmt)
    response = Response(_pieces(table, asked, fmt), content_type=files.TYPES[fmt])
    file_name = f"{name}-{current_hub().today():%Y-%m-%d}.{fmt}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response.headers["Cache-Control"] = "no-store"
    if table.people:
        leave(response, look_now(audit.current_actor(), "tables.take", request.remote_addr or "", (MANY, 0), count))
    return response


def _pieces(table: Table, asked: Asked, fmt: str) -> Iterator[bytes]:
    columns = table.in_file(asked.columns)
    titles, cells = table_cells.titles(table, columns), table_cells.cells_of(table, columns)
    rows = export.read_all(table, asked, cells)
    if fmt == files.XLSX:
        # Its directory stands at its end: it is made before the first byte goes out, and a fault shows as one.
        return files.pieces(files.as_xlsx(titles, rows))
    return stream_with_context(files.as_csv(titles, rows, table_cells.written))


def _table(name: str) -> Table:
    if name not in TABLES or not TABLES[name].arranged:
        abort(404)
    return TABLES[name]


def _words(table: Table, shown: list[str]) -> dict[str, Any]:
    rest = [column.key for column in table.columns if column.key not in shown]
    return {
        "title": TABLE[table.name], "back": _back(table), "order": [*shown, *rest], "sizes": PAGE_SIZES,
        "usual_size": PAGE_SIZE,
        "titles": {one.key: words(COLUMN, table.name, one.key, one.key) for one in table.columns},
    }  # fmt: skip


def _back(table: Table) -> str:
    wanted = request.values.get("back", "")
    # A list within another object has no page of its own to go back to.
    return local_page(wanted) if wanted or table.place else _home(table)


def _wanted(table: Table) -> list[str]:
    """Return the chosen columns in the order of the form; the first one of the list always stands."""
    order = [key for key in request.form.getlist("order") if table.has(key)]
    chosen = {*request.form.getlist("column"), table.columns[0].key}
    return [key for key in dict.fromkeys(order) if key in chosen]


def _moved(shown: list[str]) -> bool:
    """Carry out a button that moves a column; False where none was pressed."""
    for name, step in MOVES:
        key = request.form.get(name, "")
        if key in shown:
            place = shown.index(key)
            # The first column names the row: it stays where it is.
            shown.insert(max(place + step, 1), shown.pop(place))
            return True
    return False


def _home(table: Table) -> str:
    address: dict[str, Any] = dict(table.address)
    return url_for(table.endpoint, **address)
