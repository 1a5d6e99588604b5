"""Transmissions: the queue, the calls made, what waits for a person, one call in full."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.services import pages_transmissions as queries
from webapp.web import htmx
from webapp.web.access import READERS, requires

bp = Blueprint("transmissions", __name__)


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
    tab = tab if tab in queries.TABS else queries.PENDING_TAB
    integration_id = request.args.get("integration", type=int)
    account_id = request.args.get("account", type=int)
    return {
        "tab": tab,
        "integration_id": integration_id,
        "account_id": account_id,
        "integrations": queries.integration_choices(),
        "counts": queries.tab_counts(integration_id),
        "page": _page(tab, integration_id, account_id, request.args.get("cursor", "")),
    }


def _page(tab: str, integration_id: int | None, account_id: int | None, cursor: str) -> Any:
    if tab == queries.DONE_TAB:
        return queries.attempts(integration_id, account_id, cursor)
    lister = queries.stuck_accounts if tab == queries.BLOCKED_TAB else queries.pending_accounts
    return lister(integration_id, cursor)
