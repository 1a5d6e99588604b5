"""Reports: figures of months with charts and files, counts for Anatel, what the accountant needs, who is told."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.decide.reports import DIMENSIONS, Figures, former_month, read_month
from webapp.services import channels, provider
from webapp.services.errors import Invalid
from webapp.services.hub import current_hub
from webapp.services.reports import accounting, anatel, summary
from webapp.services.reports.figures import Report, Wanted, read_report, usual
from webapp.services.tables.files import CSV, FORMATS, TYPES, as_csv, as_xlsx, pieces
from webapp.web import htmx
from webapp.web.access import ADMINS, VALUERS, requires
from webapp.web.filters import amount
from webapp.web.forms.base import show_refusal
from webapp.web.forms.reports import CnpjForm, SummaryForm
from webapp.web.labels import label
from webapp.web.report_charts import month_charts, month_words

bp = Blueprint("reports", __name__, url_prefix="/reports")

SHOWN_PARTS = 200


def register(app: Flask) -> None:
    """Bind what templates use."""
    app.jinja_env.filters["month"] = month_words
    app.jinja_env.globals.update(no_tax=no_tax, no_name=no_name)


@bp.get("")
@requires(*VALUERS)
def index() -> ResponseReturnValue:
    """Show the figures of a period, and what it is divided by."""
    report = read_report(_wanted())
    context = {
        "report": report, "wanted": report.wanted, "charts": month_charts(report.months), "dimensions": DIMENSIONS,
        "most": SHOWN_PARTS, "query": {name: value for name, value in request.args.items() if value},
    }  # fmt: skip
    return htmx.page_or_partial("reports/index.html", "reports/_report.html", context)


@bp.get("/file")
@requires(*VALUERS)
def file() -> ResponseReturnValue:
    """Give every month of the period, by what it is divided by, as a file."""
    report = read_report(_wanted())
    return _sheet(_titles(report), _lines(report), f"relatorio-{report.wanted.first:%Y-%m}-{report.wanted.last:%Y-%m}")


@bp.route("/anatel", methods=["GET", "POST"])
@requires(*VALUERS)
def count() -> ResponseReturnValue:
    """Show the counts of a month for Anatel's collection; keep the provider's CNPJ, which they carry."""
    form, status = CnpjForm(data={"cnpj": provider.read_cnpj()}), 200
    if form.validate_on_submit():
        try:
            provider.save_cnpj(form.cnpj.data or "")
        except Invalid as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("reports.count", month=request.args.get("month")), _("The CNPJ was saved."))
    elif form.errors:
        status = 422
    context = {"counts": anatel.count_accesses(_month()), "form": form}
    return render_template("reports/anatel.html", **context), status


@bp.get("/anatel/file")
@requires(*VALUERS)
def count_file() -> ResponseReturnValue:
    """Give the counts of SCM in the columns of the collection, as far as they are known."""
    month = _month()
    titles, *rows = anatel.as_lines(anatel.count_accesses(month))
    return _sheet(titles, rows, f"anatel-scm-{month:%Y-%m}")


@bp.get("/accounting")
@requires(*VALUERS)
def compose() -> ResponseReturnValue:
    """Show what the packages sold of a month are made of."""
    return render_template("reports/accounting.html", composition=accounting.compose_month(_month()))


@bp.get("/accounting/file")
@requires(*VALUERS)
def compose_file() -> ResponseReturnValue:
    """Give the same as a file."""
    found = accounting.compose_month(_month())
    titles = [
        _("Month"), _("Package"), _("Line"), _("Kind"), _("Packages sold"), _("Value"),
        _("What the accountant said"),
    ]  # fmt: skip
    rows: list[Sequence[Any]] = [
        [f"{found.month:%Y-%m}", package.package, share.description, str(label("composition", share.kind).text),
         share.count, share.value, package.checked]
        for package in found.packages for share in package.shares
    ]  # fmt: skip
    return _sheet(titles, [*rows, [str(no_tax())]], f"composicao-{found.month:%Y-%m}")


@bp.route("/summary", methods=["GET", "POST"])
@requires(*ADMINS)
def tell() -> ResponseReturnValue:
    """Choose the channels that are told of each month."""
    known, plan = channels.list_channels(), summary.read_plan()
    form = SummaryForm(data={"channels": list(plan.channels)})
    form.channels.choices = [(one.id, one.description) for one in known]
    if form.validate_on_submit():
        summary.choose_channels(form.channels.data or [])
        return htmx.go_to(url_for("reports.tell"), _("The channels of the monthly summary were saved."))
    status = 422 if form.errors else 200
    return render_template("reports/summary.html", form=form, plan=plan, known=known), status


def no_tax() -> str:
    """Return what every page and file for the accountant says."""
    return str(_("Sintonia computes no tax: these are sums of what was sold, for the accountant to check."))


def _wanted() -> Wanted:
    asked, args = {}, request.args
    for name in ("platform", "package", "plan"):
        asked[name] = args.get(name, type=int)
    first, last = (read_month(args.get(name, "")) for name in ("from", "to"))
    return usual(first=first, last=last, by=args.get("by", ""), city=args.get("city") or None, **asked)


def _month() -> date:
    """Return the month that is asked for; the last one that is over where none is."""
    today = current_hub().today()
    found = read_month(request.args.get("month", "")) or former_month(today)
    return min(found, today.replace(day=1))


def _titles(report: Report) -> list[str]:
    return [
        _("Month"), str(label("report_by", report.wanted.by).text), _("At the beginning"), _("Came"), _("Went"),
        _("Went with the service"), _("At the end"), _("Churn, of a hundred"), _("Revenue"), _("Cost"), _("Margin"),
    ]  # fmt: skip


def _lines(report: Report) -> Iterable[Sequence[Any]]:
    for month, name, one in report.rows:
        yield [f"{month:%Y-%m}", name or no_name(report.wanted.by), *_cells(one)]


def _cells(one: Figures) -> list[Any]:
    counts = [one.at_start, one.added, one.ended, one.cancelled, one.at_end]
    return [*counts, one.churn, one.revenue, one.cost, one.margin]


def no_name(by: str) -> str:
    """Return what stands where there is no name: a package without a platform, a city that is not known."""
    return str(_("without a platform") if by == "platform" else _("not known"))


def _sheet(titles: Sequence[Any], rows: Iterable[Sequence[Any]], name: str) -> Response:
    fmt = request.args.get("format", CSV)
    if fmt not in FORMATS:
        abort(404)
    words = [str(title) for title in titles]
    # Whole: afterwards nobody would know any more in which language money is written.
    body = b"".join(as_csv(words, rows, _written)) if fmt == CSV else pieces(as_xlsx(words, rows))
    headers = {"Content-Disposition": f"attachment; filename={name}.{fmt}", "Cache-Control": "no-store"}
    return Response(body, mimetype=TYPES[fmt], headers=headers)


def _written(cell: Any) -> str:
    return "" if cell is None else str(cell) if isinstance(cell, int) else amount(cell)
