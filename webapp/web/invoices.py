"""Invoices of platforms: upload one, say which column is what, look at what was found, contest it, close it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import current_user

from webapp.decide.invoice import VERDICTS
from webapp.models.invoice import CLOSED
from webapp.services import audit
from webapp.services.errors import Invalid, Problem
from webapp.services.invoices import asides, checking, contest, files, pages, uploading
from webapp.services.pages import read_id
from webapp.services.privacy.accesses import MANY, look_now
from webapp.services.tables import TABLES
from webapp.services.tables.files import CSV, FORMATS, TYPES, XLSX, as_csv, as_xlsx, pieces
from webapp.web import htmx, once
from webapp.web.access import VALUERS, requires
from webapp.web.access_log import leave
from webapp.web.contest_words import contest_cells, contest_titles
from webapp.web.forms.base import show_refusal
from webapp.web.forms.invoices import columns_form, upload_form
from webapp.web.months import month_code, months_to_choose
from webapp.web.report_charts import month_words
from webapp.web.table_cells import Cell, written
from webapp.web.tables import show

bp = Blueprint("invoices", __name__, url_prefix="/invoices")

# What stands around a file in a form.
ENVELOPE = 1_000_000


@bp.url_value_preprocessor
def _make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """An upload may be larger than any other request; how much too large is told by the page itself."""
    if endpoint == "invoices.new" and current_user.is_authenticated:
        request.max_content_length = files.LARGEST_BYTES + ENVELOPE


@bp.get("")
@requires(*VALUERS)
def index() -> ResponseReturnValue:
    """List them, the latest month first."""
    chosen = read_id(request.args.get("integration", ""))
    page = pages.list_invoices(request.args.get("cursor", ""), chosen)
    context = {"page": page, "integrations": pages.integrations(), "chosen": chosen}
    return htmx.page_or_partial("invoices/index.html", "invoices/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*VALUERS)
def new() -> ResponseReturnValue:
    """Take a file; then its columns are chosen."""
    months = [(month_code(one), month_words(one)) for one in months_to_choose()]
    form, status = upload_form(pages.integrations(), months), 200
    if form.validate_on_submit():
        try:
            invoice = _upload(form)
        except Invalid as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("invoices.columns", invoice_id=invoice.id))
    elif form.errors:
        status = 422
    return htmx.page_or_partial("invoices/new.html", "invoices/_new.html", {"form": form}, status)


@bp.route("/<int:invoice_id>/columns", methods=["GET", "POST"])
@requires(*VALUERS)
def columns(invoice_id: int) -> ResponseReturnValue:
    """Say which column of a file is what, and check the invoice by that."""
    invoice = uploading.get_invoice(invoice_id)
    if invoice.state == CLOSED or invoice.content is None:
        return redirect(url_for("invoices.detail", invoice_id=invoice_id), 303)
    header = uploading.header_of(invoice_id)
    form, status = columns_form(header), 200
    if form.validate_on_submit():
        try:
            _refuse_repeated(form)
            checking.check(invoice_id, form.chosen())
        except Invalid as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("invoices.detail", invoice_id=invoice_id), _("The invoice was checked."))
    context = {"form": form, "header": header, "invoice": uploading.get_invoice(invoice_id)}
    return htmx.page_or_partial("invoices/columns.html", "invoices/_columns.html", context, status)


@bp.get("/<int:invoice_id>")
@requires(*VALUERS)
def detail(invoice_id: int) -> ResponseReturnValue:
    """Show what was found; whoever did not choose the columns yet is led there."""
    view = pages.view_invoice(invoice_id)
    if uploading.waits_for_columns(view.invoice):
        return redirect(url_for("invoices.columns", invoice_id=invoice_id), 303)
    shown = show(TABLES["invoice_lines"], place={"invoice_id": invoice_id}, fixed={"invoice": str(invoice_id)})
    context = {"view": view, "shown": shown, "table": shown.table, "page": shown.page, "verdicts": VERDICTS}
    return htmx.page_or_partial("invoices/detail.html", "invoices/_lines.html", context)


@bp.get("/<int:invoice_id>/lines/<int:line_id>")
@requires(*VALUERS)
def line(invoice_id: int, line_id: int) -> ResponseReturnValue:
    """Show one line: the days behind it, and the proof of what was ended."""
    context = {"view": pages.view_line(invoice_id, line_id), "invoice": uploading.get_invoice(invoice_id)}
    return htmx.page_or_partial("invoices/line.html", "invoices/_line.html", context)


@bp.post("/<int:invoice_id>/lines/<int:line_id>/<any(aside, contest):action>")
@requires(*VALUERS)
def decide(invoice_id: int, line_id: int, action: str) -> ResponseReturnValue:
    """Set a line aside, or contest it again."""
    place = url_for("invoices.line", invoice_id=invoice_id, line_id=line_id)
    pages.view_line(invoice_id, line_id)
    if action == "contest":
        asides.take_up(line_id)
        return htmx.go_to(place, _("The line is contested again."))
    asides.set_aside(line_id, request.form.get("reason", ""))
    return htmx.go_to(place, _("The line is set aside: it is not contested."))


@bp.post("/<int:invoice_id>/products")
@requires(*VALUERS)
def name_products(invoice_id: int) -> ResponseReturnValue:
    """Say which products of ours the platform's words mean."""
    uploading.get_invoice(invoice_id)
    words = _named()
    if not words:
        raise Invalid([Problem("product_id", "invoice_product_missing")])
    checking.name_products(invoice_id, words)
    message = ngettext("%(num)s product was named.", "%(num)s products were named.", len(words))
    return htmx.go_to(url_for("invoices.detail", invoice_id=invoice_id), message)


@bp.post("/<int:invoice_id>/<any(check, close, discard):action>")
@requires(*VALUERS)
def act(invoice_id: int, action: str) -> ResponseReturnValue:
    """Check it anew, close it, or take a wrong file back."""
    if action == "discard":
        uploading.discard(invoice_id)
        return htmx.go_to(url_for("invoices.index"), _("The invoice was discarded."))
    place = url_for("invoices.detail", invoice_id=invoice_id)
    if action == "check":
        checking.check(invoice_id)
        return htmx.go_to(place, _("The invoice was checked anew."))
    uploading.close(invoice_id)
    return htmx.go_to(place, _("The invoice is closed."))


@bp.post("/<int:invoice_id>/contestation")
@requires(*VALUERS)
def contestation(invoice_id: int) -> ResponseReturnValue:
    """Give what is contested as a file for the platform."""
    fmt = request.form.get("format", CSV)
    if fmt not in FORMATS:
        abort(404)
    invoice = contest.begin_contestation(invoice_id, fmt)
    once.done(url_for("invoices.detail", invoice_id=invoice_id))
    rows = [contest_cells(one) for one in contest.contested_lines(invoice_id)]
    response = Response(_file(rows, fmt), content_type=TYPES[fmt])
    name = f"contestacao-{invoice.month:%Y-%m}-{invoice_id}.{fmt}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    look = look_now(audit.current_actor(), "invoices.contestation", request.remote_addr or "", (MANY, 0), len(rows))
    leave(response, look)
    return response


def _file(rows: list[list[Cell]], fmt: str) -> Iterator[bytes]:
    if fmt == XLSX:
        return pieces(as_xlsx(contest_titles(), rows))
    return stream_with_context(as_csv(contest_titles(), rows, written))


def _upload(form: Any) -> Any:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid([Problem("file", "file_missing")])
    month = date.fromisoformat(f"{form.month.data}-01")
    return uploading.upload(int(form.integration_id.data), month, file.filename, file.stream.read())


def _refuse_repeated(form: Any) -> None:
    repeated = [Problem(name, "file_column_twice") for name in form.find_repeated()]
    if repeated:
        raise Invalid(repeated)


def _named() -> dict[str, int]:
    """Return the words for which a product was chosen."""
    pairs = zip(request.form.getlist("word"), request.form.getlist("product_id"), strict=False)
    chosen = ((word[:200], read_id(product)) for word, product in pairs)
    return {word: product for word, product in chosen if word and product is not None}
