"""Transmissions: the queue, the calls made, what waits for a person, one call in full."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.services import pages_transmissions as queries
from webapp.services.tables import TABLES
from webapp.web import htmx
from webapp.web.access import READERS, requires
from webapp.web.tables import show

bp = Blueprint("transmissions", __name__)

TABS = {table.address["tab"]: table.name for table in TABLES.values() if "tab" in table.address}
SHARED = ("q", "integration", "account")


@bp.get("/transmissions")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show one tab: pending, done or blocked."""
    return htmx.page_or_partial("transmissions/index.html", "transmissions/_list.html", _context())


@bp.get("/attempts/<int:attempt_id>")
@requires(*READERS)
def attempt(attempt_id: int) -> ResponseReturnValue:
    """Show one call, masked."""
    return render_template("transmissions/attempt.html", attempt=queries.view_attempt(attempt_id))


def _context() -> dict[str, Any]:
    tab = request.args.get("tab", queries.PENDING_TAB)
    tab = tab if tab in TABS else queries.PENDING_TAB
    shown = show(TABLES[TABS[tab]])
    # What was asked of one tab is asked of the others, too; each has columns of its own to sort by.
    shared = {name: value for name, value in shown.params.items() if name in SHARED}
    return {
        "tab": tab, "shown": shown, "table": shown.table, "page": shown.page, "shared": shared,
        "counts": queries.tab_counts() if not htmx.wants_fragment() else {},
    }  # fmt: skip
