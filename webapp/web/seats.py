"""Leaking seats: what platforms bill and nobody pays for, what is paid for and not there, and what is left of it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.decide.leaks import COSTING, USUAL_DAYS
from webapp.services.seats import balance, leak_months, leaks
from webapp.services.seats.beginning import begun_at
from webapp.services.tables import TABLES
from webapp.services.tables.seats import DAYS
from webapp.web import htmx
from webapp.web.access import VALUERS, requires
from webapp.web.report_charts import leak_charts, trend_charts
from webapp.web.tables import show

bp = Blueprint("seats", __name__, url_prefix="/seats")


@bp.get("")
@requires(*VALUERS)
def index() -> ResponseReturnValue:
    """Show what leaks now, what is left of what is sold, and how it went."""
    asked = request.args.get("days", "")
    days = int(asked) if asked in DAYS else USUAL_DAYS
    platforms = leaks.leaking(days)
    sums, months = leaks.total(platforms), leak_months.list_months()
    context = {
        "platforms": platforms, "sums": sums, "days": days, "choices": DAYS, "begun_at": begun_at(),
        "monthly": sum((sums[kind].value for kind in COSTING), sums[COSTING[0]].value * 0),
        "months": months[::-1], "charts": leak_charts(months),
    }  # fmt: skip
    return htmx.page_or_partial("seats/index.html", "seats/_leaks.html", context)


@bp.get("/left")
@requires(*VALUERS)
def left() -> ResponseReturnValue:
    """Show what is left of what packages, plans and platforms bring."""
    return render_template("seats/left.html", balances=balance.balances())


@bp.get("/trend")
@requires(*VALUERS)
def trend() -> ResponseReturnValue:
    """Show how it went at the ends of the last months."""
    points = balance.trend()
    context = {"trend": points[::-1], "charts": trend_charts(points), "begun_at": begun_at()}
    return render_template("seats/trend.html", **context)


@bp.get("/rights")
@requires(*VALUERS)
def rights() -> ResponseReturnValue:
    """List who has what is not sold, or has not what is."""
    return _list("leaking_rights")


@bp.get("/suspended")
@requires(*VALUERS)
def suspended() -> ResponseReturnValue:
    """List who is suspended for long on a platform that bills it all the same."""
    return _list("leaking_seats")


def _list(name: str) -> ResponseReturnValue:
    shown = show(TABLES[name])
    context = {"shown": shown, "table": shown.table, "page": shown.page}
    return htmx.page_or_partial("seats/people.html", "seats/_table.html", context)
