"""The dashboard: what waits for a person, how platforms and sources stand, and how all that went over time."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.clock import utc_now
from webapp.models.operator import ADMIN, FINANCE, VIEWER
from webapp.services import pages_dashboard
from webapp.services.pages_transmissions import integration_choices
from webapp.web import dashboard_words, htmx
from webapp.web.access import ADMINS, READERS, VALUERS, may, requires
from webapp.web.dashboard_charts import chart_context

bp = Blueprint("dashboard", __name__)
# Charts are for those who watch over the whole; an attendant has somebody on the phone.
WATCHERS = (ADMIN, FINANCE, VIEWER)


@bp.get("/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show the state of everything; for htmx only the charts, of another span or integration."""
    if htmx.wants_fragment():
        return render_template("dashboard/_charts.html", **_charts(integration_choices()))
    page = context()
    choices = [(line.integration.id, line.integration.description) for line in page["overview"].lines]
    charts = _charts(choices) if choices and may(*WATCHERS) else {}
    return render_template("dashboard/index.html", **page, **charts)


def context() -> dict[str, Any]:
    """Return what the page and its polled part show."""
    return {
        "overview": pages_dashboard.overview(utc_now(), administers=may(*ADMINS), values=may(*VALUERS)),
        "words": dashboard_words,
    }


def _charts(choices: Sequence[tuple[int, str]]) -> dict[str, Any]:
    drawn = chart_context(utc_now(), request.args.get("range", ""), request.args.get("integration", type=int))
    return {**drawn, "choices": sorted(choices, key=lambda choice: (choice[1].casefold(), choice[0]))}
