"""The calendar of everything that is planned: a month, and one of its days with the people."""

from datetime import date, timedelta

from babel.dates import format_skeleton, get_day_names
from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from webapp.decide import agenda as decide
from webapp.services import agenda
from webapp.services.hub import current_hub
from webapp.services.pages import Page
from webapp.web import htmx
from webapp.web.access import READERS, requires

bp = Blueprint("agenda", __name__, url_prefix="/agenda")
SUNDAY_FIRST = (6, 0, 1, 2, 3, 4, 5)

# Months that can be chosen, before and after the one that is shown.
AROUND = 12
# A calendar knows no days beyond these.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show a month."""
    today, kind = current_hub().today(), _kind()
    first = min(max(decide.month_of(request.args.get("month", ""), today), FIRST_DAY), LAST_DAY)
    entries = agenda.list_entries(first, {kind} if kind else decide.KINDS)
    context = {
        "first": first, "today": today, "kind": kind, "kinds": decide.KINDS, "weeks": decide.weeks_of(first),
        "days": decide.by_day(entries), "before": decide.month_beside(first, -1),
        "after": decide.month_beside(first, 1),
        "months": [decide.month_beside(first, away) for away in range(-AROUND, AROUND + 1)],
    }  # fmt: skip
    return htmx.page_or_partial("agenda/index.html", "agenda/_month.html", context)


@bp.get("/day")
@requires(*READERS)
def day() -> ResponseReturnValue:
    """Show a day: what concerns all, and the people of one kind."""
    on = _day(request.args.get("on", ""))
    entries = [one for one in agenda.list_entries(on.replace(day=1)) if one.day == on]
    kinds = [one.kind for one in entries if one.count is not None]
    kind = _kind() if _kind() in kinds else next(iter(kinds), "")
    page = agenda.list_people(kind, on, request.args.get("cursor", "")) if kind else Page([])
    context = {
        "on": on, "entries": decide.by_day(entries).get(on, []), "kind": kind, "page": page,
        "before": on - timedelta(days=1), "after": on + timedelta(days=1),
    }  # fmt: skip
    return htmx.page_or_partial("agenda/day.html", "agenda/_people.html", context)


@bp.app_template_filter("month_name")
def month_name(first: date) -> str:
    """Return a month as it is written: “novembro de 2026”."""
    return format_skeleton("yMMMM", first, locale=get_locale())


@bp.app_template_global("weekday_names")
def weekday_names() -> list[str]:
    """Return short names of the days of the week, from Sunday on."""
    names = get_day_names("abbreviated", locale=get_locale())
    return [names[day] for day in SUNDAY_FIRST]


def _kind() -> str:
    kind = request.args.get("kind", "")
    return kind if kind in decide.KINDS else ""


def _day(text: str) -> date:
    try:
        return min(max(date.fromisoformat(text), FIRST_DAY), LAST_DAY)
    except ValueError:
        return current_hub().today()
