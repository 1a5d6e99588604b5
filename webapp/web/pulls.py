"""Readings of sources: upload a file, choose its columns, watch, compare, approve, reject, stop, go on."""

from typing import Any, BinaryIO, cast

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from webapp.messages import explain
from webapp.services import bad_rows, pages_pull_items, pages_pulls, source_files, source_pulls, sources
from webapp.services.errors import Invalid, Problem, ServiceError
from webapp.services.inputs import SourceInput
from webapp.services.pages_pull_items import ItemFilter
from webapp.services.runs import undo
from webapp.services.tables import TABLES
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.forms.files import ListForm, UploadForm, columns_form
from webapp.web.fresh import fresh
from webapp.web.labels_pulls import DIRECTION, OUTCOME
from webapp.web.pull_words import TEMPLATE_WORDS, bad_row_lines
from webapp.web.tables import show

bp = Blueprint("pulls", __name__)

# A file of 50 MB, and what stands around it in a form. Nobody who is not signed in may send so much.
LARGEST_REQUEST = 52_000_000
FILES = {"csv": ("text/csv; charset=utf-8", bad_rows.as_csv), "xlsx": (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bad_rows.as_xlsx)}  # fmt: skip


def register(app: Flask) -> None:
    """Bind the words of pulls for templates."""
    app.jinja_env.globals.update(TEMPLATE_WORDS)


@bp.url_value_preprocessor
def _make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """An upload may be larger than any other request."""
    if endpoint == "pulls.upload" and current_user.is_authenticated:
        request.max_content_length = LARGEST_REQUEST


@bp.route("/import", methods=["GET", "POST"])
@requires(*ADMINS)
def wizard() -> ResponseReturnValue:
    """Begin an import: choose the list to which a file belongs, or make one."""
    form, status = ListForm(), 200
    if form.validate_on_submit():
        try:
            data = {"kind": source_files.KIND, "description": form.description.data}
            source = sources.create_source(parse_input(SourceInput, data))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("pulls.upload", source_id=source.id), _("The list was made. Now upload a file."))
    elif form.errors:
        status = 422
    context = {"form": form, "sources": pages_pulls.spreadsheet_sources()}
    return htmx.page_or_partial("pulls/wizard.html", "pulls/_wizard.html", context, status)


@bp.route("/sources/<int:source_id>/file", methods=["GET", "POST"])
@requires(*ADMINS)
def upload(source_id: int) -> ResponseReturnValue:
    """Take a file; then its columns are chosen."""
    source, form, status = sources.get_source(source_id), UploadForm(), 200
    if form.validate_on_submit():
        try:
            pull = _stage(source_id)
        except Invalid as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("pulls.columns", pull_id=pull.id))
    latest = pages_pulls.list_pulls(source_id, size=1).items
    context = {"form": form, "source": source, "latest": latest[0] if latest else None}
    return htmx.page_or_partial("sources/file.html", "sources/_file.html", context, status)


@bp.route("/pulls/<int:pull_id>/columns", methods=["GET", "POST"])
@requires(*ADMINS)
def columns(pull_id: int) -> ResponseReturnValue:
    """Say which column of a file is what; whoever comes too late is led to the pull."""
    if not source_files.waits_for_columns(pages_pulls.find_pull(pull_id)):
        return redirect(url_for("pulls.detail", pull_id=pull_id), 303)
    header = source_files.file_header(pull_id)
    form, status = columns_form(header), 200
    if form.validate_on_submit():
        try:
            _refuse_repeated(form)
            source_files.choose_columns(pull_id, form.chosen(), sure=form.sure.data)
        except Invalid as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("pulls.detail", pull_id=pull_id))
    doubts = {doubt.column: doubt for doubt in header.doubts} if request.method == "GET" else {}
    context = {"form": form, "header": header, "doubts": doubts, "source": sources.get_source(header.source_id)}
    return htmx.page_or_partial("sources/file_columns.html", "sources/_file_columns.html", context, status)


@bp.post("/sources/<int:source_id>/pull")
@requires(*ADMINS)
def start(source_id: int) -> ResponseReturnValue:
    """Read a source now; a dry run changes nothing."""
    dry_run, mode = request.form.get("dry_run") == "1", request.form.get("mode", "full")
    if mode not in ("full", "light"):
        abort(422)
    pull = source_pulls.request_pull(source_id, mode, dry_run=dry_run)
    return htmx.go_to(url_for("pulls.detail", pull_id=pull.id))


@bp.get("/sources/<int:source_id>/pulls")
@requires(*READERS)
def index(source_id: int) -> ResponseReturnValue:
    """List the readings of a source, the latest first."""
    shown = show(TABLES["pulls"], place={"source_id": source_id}, fixed={"source": str(source_id)})
    context = {
        "source": sources.get_source(source_id), "shown": shown, "table": shown.table, "page": shown.page,
        "may_read": _can_read(source_id),
    }  # fmt: skip
    return htmx.page_or_partial("pulls/index.html", "pulls/_table.html", context)


@bp.get("/pulls/<int:pull_id>")
@requires(*READERS)
def detail(pull_id: int) -> ResponseReturnValue:
    """Show one reading: how far it is, what the certificate says, and every line of it."""
    view = pages_pulls.view_pull(pull_id)
    wanted = ItemFilter(*(request.args.get(name, "") for name in ("direction", "outcome", "q")))
    found = pages_pull_items.pull_items(view.pull, wanted, request.args.get("cursor", ""))
    context = {
        "view": view, "found": found, "page": found.page, "wanted": wanted, "directions": DIRECTION,
        "outcomes": OUTCOME,
    }  # fmt: skip
    return htmx.page_or_partial("pulls/detail.html", "pulls/_items.html", context)


@bp.get("/pulls/<int:pull_id>/bad-rows/<kind>")
@requires(*ADMINS)
def bad_rows_file(pull_id: int, kind: str) -> ResponseReturnValue:
    """Give the records that could not be used as a file, to mend and upload again."""
    if kind not in FILES:
        abort(404)
    pull = pages_pulls.find_pull(pull_id)
    mimetype, write = FILES[kind]
    response = Response(write(bad_row_lines(bad_rows.bad_lines(pull))), content_type=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="pull-{pull_id}-rows.{kind}"'
    return response


@bp.post("/pulls/<int:pull_id>/<any(stop, resume, compare, confirm, discard, accept):action>")
@requires(*ADMINS)
def act(pull_id: int, action: str) -> ResponseReturnValue:
    """Stop, go on, apply a file, discard it, or take a held reading for the new normal."""
    done = {
        "stop": (source_pulls.request_stop, _("It stops after the batch that is under way.")),
        "resume": (source_pulls.resume_pull, _("It goes on.")),
        "compare": (source_files.compare_again, _("The file is being compared anew.")),
        "confirm": (source_pulls.confirm_pull, _("The file is being applied.")),
        "discard": (source_files.discard_upload, _("The file was discarded; nothing was changed.")),
        "accept": (source_pulls.accept_reading, _("The next reading is measured by this one.")),
    }
    use_case, message = done[action]
    use_case(pull_id)
    return htmx.go_to(url_for("pulls.detail", pull_id=pull_id), message)


@bp.post("/pulls/<int:pull_id>/approve")
@requires(*ADMINS)
@fresh
def approve(pull_id: int) -> ResponseReturnValue:
    """Let through what waits; the checksum names exactly these changes."""
    source_pulls.approve_pull(pull_id, request.form.get("checksum", ""))
    return htmx.go_to(url_for("pulls.detail", pull_id=pull_id), _("The changes were approved and are being made."))


@bp.post("/pulls/<int:pull_id>/reject")
@requires(*ADMINS)
def reject(pull_id: int) -> ResponseReturnValue:
    """Leave what waits undone, with the reason."""
    reason = request.form.get("reason", "").strip()[:500]
    if not reason:
        message = str(explain("pull_reason_missing"))
        return htmx.go_to(url_for("pulls.detail", pull_id=pull_id), message, "warning")
    source_pulls.reject_pull(pull_id, reason)
    return htmx.go_to(url_for("pulls.detail", pull_id=pull_id), _("The changes were rejected; nobody lost anything."))


@bp.route("/pulls/<int:pull_id>/undo", methods=["GET", "POST"])
@requires(*ADMINS)
def take_back(pull_id: int) -> ResponseReturnValue:
    """Say what taking back would do, for everybody who lost content by this reading; then do it."""
    reason = request.form.get("reason", "").strip()[:200]
    status = 422 if request.method == "POST" and not reason else 200
    if request.method == "POST" and reason:
        undo.undo_pull(pull_id, reason)
        return htmx.go_to(url_for("pulls.detail", pull_id=pull_id), _("The changes are being taken back."))
    context = {
        "preview": undo.undo_pull_preview(pull_id), "takes": False, "waits": 0,
        "missing": status == 422,
        "action": url_for("pulls.take_back", pull_id=pull_id), "back": url_for("pulls.detail", pull_id=pull_id),
        "title": _("Reading %(number)s", number=pull_id),
    }  # fmt: skip
    return htmx.page_or_partial("runs/undo.html", "runs/_undo.html", context, status)


def _stage(source_id: int) -> Any:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid([Problem("file", "file_missing")])
    return source_files.stage_upload(source_id, cast("BinaryIO", file.stream), file.filename)


def _refuse_repeated(form: Any) -> None:
    repeated = [Problem(name, "file_column_twice") for name in form.find_repeated()]
    if repeated:
        raise Invalid(repeated)


def _can_read(source_id: int) -> bool:
    return sources.get_source(source_id).kind != source_files.KIND
