"""Accounts that an undo keeps as they were: list, and release them."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.messages import explain
from webapp.services import keeps, pages_kept
from webapp.services.pages import read_id
from webapp.services.pages_transmissions import integration_choices
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.fresh import fresh

bp = Blueprint("kept", __name__, url_prefix="/kept")

REASON_CHARS = 200


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List kept accounts, and why."""
    integration_id = read_id(request.args.get("integration", ""))
    context = {
        "page": pages_kept.list_kept(integration_id, request.args.get("cursor", "")),
        "integration_id": integration_id, "integrations": integration_choices(),
    }  # fmt: skip
    return htmx.page_or_partial("kept/index.html", "kept/_table.html", context)


@bp.route("/lift", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def lift() -> ResponseReturnValue:
    """Say what releasing the chosen accounts would do; then release them."""
    chosen = request.values.getlist("account", type=int)
    reason = request.form.get("reason", "").strip()[:REASON_CHARS]
    if request.method == "POST" and reason:
        return _release(chosen, reason)
    found = pages_kept.view_kept(chosen)
    if not found:
        return htmx.go_to(url_for("kept.index"), str(explain("kept_none_chosen")), "warning")
    context: dict[str, Any] = {"found": found, "missing": request.method == "POST"}
    return htmx.page_or_partial("kept/lift.html", "kept/_lift.html", context, 422 if context["missing"] else 200)


def _release(chosen: list[int], reason: str) -> ResponseReturnValue:
    staged = keeps.lift_keeps(chosen, reason)
    if staged:
        message = _("That would pass the limits, at a time or of 24 hours: it waits as a batch until a person decides.")
        return htmx.go_to(url_for("runs.detail", run_id=staged[0].id), message, "warning")
    return htmx.go_to(url_for("kept.index"), _("They were released; now their status counts again."))
