"""Reports: figures of months, counts for Anatel, composition for the accountant."""

from datetime import date

from webapp.api.auth import READ, needs
from webapp.api.blueprint import bp
from webapp.api.schemas.common import money
from webapp.api.schemas.reports import (
    COMPOSITION,
    COUNTS,
    REPORT,
    AccessesOut,
    AccessOut,
    AccountingLineOut,
    AccountingOut,
    MonthQuery,
    ReportFiguresOut,
    ReportOut,
    ReportQuery,
    ReportRowOut,
)
from webapp.decide.reports import Figures, former_month, read_month
from webapp.services.hub import current_hub
from webapp.services.reports import accounting, anatel
from webapp.services.reports.figures import read_report, usual


@bp.get("/reports/figures")
@needs(READ)
@bp.input(ReportQuery, location="query")
@bp.output(ReportOut, example=REPORT)
def read_figures(query_data: ReportQuery) -> ReportOut:
    """Read subscribers, adds, removals, churn, revenue and cost by month, the last twelve months unless named."""
    first, last = read_month(query_data.first or ""), read_month(query_data.last or "")
    asked = query_data.model_dump(exclude={"first", "last"})
    report = read_report(usual(first=first, last=last, **asked))
    rows = [ReportRowOut(month=_month(month), name=name, figures=show(one)) for month, name, one in report.rows]
    before = report.rebuilt_before
    return ReportOut(
        first=_month(report.wanted.first), last=_month(report.wanted.last), by=report.wanted.by,
        total=show(report.total), rows=rows, reconstructed_before=_month(before) if before else None,
    )  # fmt: skip


@bp.get("/reports/anatel")
@needs(READ)
@bp.input(MonthQuery, location="query")
@bp.output(AccessesOut, example=COUNTS)
def read_accesses(query_data: MonthQuery) -> AccessesOut:
    """Read the counts of a month by what packages declare to Anatel. These are counts, not a filing."""
    counts = anatel.count_accesses(_asked(query_data))
    items = [
        AccessOut(
            declared=one.declared, package=one.package, city=one.city, customer=one.client,  # type: ignore[arg-type]
            medium=one.medium, product_kind=one.product_kind, technology=one.technology, speed=one.speed,
            ibge=one.ibge, area=one.area,  # type: ignore[arg-type]
            accesses=one.count, missing=one.missing(counts.cnpj) if one in counts.declared else [],
        )
        for one in counts.rows
    ]  # fmt: skip
    return AccessesOut(month=_month(counts.month), cnpj=counts.cnpj, items=items)


@bp.get("/reports/accounting")
@needs(READ)
@bp.input(MonthQuery, location="query")
@bp.output(AccountingOut, example=COMPOSITION)
def read_composition(query_data: MonthQuery) -> AccountingOut:
    """Read what the packages sold of a month are made of, by SVA and SCM. No tax is computed."""
    found = accounting.compose_month(_asked(query_data))
    items = [
        AccountingLineOut(
            package_id=package.package_id, package=package.package, line=share.description,
            kind=share.kind,  # type: ignore[arg-type]
            sales=share.count, value=money(share.value), accountant_note=package.checked,
        )
        for package in found.packages for share in package.shares
    ]  # fmt: skip
    return AccountingOut(month=_month(found.month), total=money(found.total), computes_tax=False, items=items)


def show(one: Figures) -> ReportFiguresOut:
    """Return figures as they are given out."""
    return ReportFiguresOut(
        at_start=one.at_start, added=one.added, ended=one.ended, cancelled=one.cancelled, at_end=one.at_end,
        churn=None if one.churn is None else str(one.churn), revenue=money(one.revenue), cost=money(one.cost),
        margin=money(one.margin),
    )  # fmt: skip


def _asked(query: MonthQuery) -> date:
    today = current_hub().today()
    return min(read_month(query.month or "") or former_month(today), today.replace(day=1))


def _month(month: date) -> str:
    return f"{month:%Y-%m}"
