"""The dashboard: accounts by integration and state, queue, pauses, last runs, and how all that went over time."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.clock import utc_now
from webapp.services import pages_dashboard
from webapp.services.pages_transmissions import integration_choices
from webapp.web import htmx
from webapp.web.access import READERS, requires
from webapp.web.dashboard_charts import chart_context

bp = Blueprint("dashboard", __name__)


@bp.get("/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show the state of everything; for htmx only the charts, of another span or integration."""
    charts = chart_context(utc_now(), request.args.get("range", ""), request.args.get("integration", type=int))
    if htmx.wants_fragment():
        return render_template("dashboard/_charts.html", **charts, choices=_in_order(integration_choices()))
    page = context()
    choices = [(line.integration.id, line.integration.description) for line in page["overview"].lines]
    return render_template("dashboard/index.html", **page, **charts, choices=_in_order(choices))


def context() -> dict[str, Any]:
    """Return what the page and its polled part show."""
    return {"overview": pages_dashboard.overview(utc_now())}


def _in_order(choices: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    return sorted(choices, key=lambda choice: (choice[1].casefold(), choice[0]))
