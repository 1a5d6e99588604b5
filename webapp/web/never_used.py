"""Who was sold something and never began to use it; they are told anew as work on many rows."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

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
    costed = bool(shown.page.items) and may(*VALUERS)
    context = {
        "shown": shown, "table": shown.table, "page": shown.page, "telling": listing.telling(),
        "heading": listing.heading(shown.asked.filters, current_hub().today(), costed=costed),
        "results": listing.results(),
    }  # fmt: skip
    return htmx.page_or_partial("never_used/index.html", "never_used/_table.html", context)
