"""Reconciliations: list, start, one in full, approve what was held back."""

from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.services import pages_runs, reconciliation
from webapp.services.pages_transmissions import integration_choices
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires

bp = Blueprint("runs", __name__, url_prefix="/runs")

MODES = ("plan", "apply")


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List reconciliations, the latest first."""
    integration_id = request.args.get("integration", type=int)
    context = {
        "page": pages_runs.list_runs(integration_id, request.args.get("cursor", "")),
        "integration_id": integration_id,
        "integrations": integration_choices(),
    }
    return htmx.page_or_partial("runs/index.html", "runs/_table.html", context)


@bp.post("")
@requires(*ADMINS)
def start() -> ResponseReturnValue:
    """Compare one integration now; *plan* changes nothing."""
    integration_id = request.form.get("integration_id", type=int)
    mode = request.form.get("mode", "plan")
    if integration_id is None or mode not in MODES:
        abort(422)
    run = reconciliation.start_run(integration_id, mode)
    return htmx.go_to(url_for("runs.detail", run_id=run.id), _("The reconciliation was started."))


@bp.get("/<int:run_id>")
@requires(*READERS)
def detail(run_id: int) -> ResponseReturnValue:
    """Show one run with its lines by situation."""
    situation = request.args.get("situation", "")
    page = pages_runs.run_items(run_id, situation, request.args.get("cursor", ""))
    context = {
        **summary_context(run_id),
        "situation": situation,
        "page": page,
        "customers": pages_runs.customers_of_accounts([row.account_id for row in page.items if row.account_id]),
    }
    return htmx.page_or_partial("runs/detail.html", "runs/_items.html", context)


@bp.post("/<int:run_id>/approve")
@requires(*ADMINS)
def approve(run_id: int) -> ResponseReturnValue:
    """Let through what was held back; the checksum names exactly this plan."""
    reconciliation.approve_run(run_id, request.form.get("checksum", ""))
    return htmx.go_to(url_for("runs.detail", run_id=run_id), _("The batch was approved."))


def summary_context(run_id: int) -> dict[str, Any]:
    """Return what the head of a run shows, on the page and polled."""
    return {"run": reconciliation.get_run(run_id), "situations": pages_runs.situation_counts(run_id)}
