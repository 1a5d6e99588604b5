"""Who was sold something and never began to use it; they are told anew as work on many rows."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webapp.services.activation.switch import is_on
from webapp.services.hub import current_hub
from webapp.services.never_used import listing
from webapp.services.tables import TABLES
from webapp.web import htmx
from webapp.web.access import READERS, VALUERS, may, requires
from webapp.web.tables import show

bp = Blueprint("never_used", __name__, url_prefix="/never-used")


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List accounts that are there for a while and were never used, those first that wait for their user."""
    shown = show(TABLES["never_used"])
    cost = listing.cost_per_month(shown.asked.filters, current_hub().today()) if may(*VALUERS) else None
    context = {
        "shown": shown, "table": shown.table, "page": shown.page, "cost": cost, "telling": listing.telling(),
        "results": listing.results(), "messages_on": is_on(),
    }  # fmt: skip
    return htmx.page_or_partial("never_used/index.html", "never_used/_table.html", context)
