"""Reconciliations: list, start, one in full; approve, reject, pause, go on, stop, take back."""

from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.messages import explain
from webapp.models.run import FULL, SAMPLE
from webapp.services import pages_runs, runs
from webapp.services.pages_runs import LineFilter
from webapp.services.pages_transmissions import integration_choices
from webapp.services.persons import same_person
from webapp.services.runs import steering, undo
from webapp.services.tables import TABLES
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.fresh import fresh
from webapp.web.labels_runs import ACTION, ITEM_OUTCOME, SITUATION
from webapp.web.tables import show

bp = Blueprint("runs", __name__, url_prefix="/runs")

MODES = ("plan", "apply")
ASKED = (FULL, SAMPLE)
REASON_CHARS = 200


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List reconciliations, the latest first, and above them what waits for a person."""
    shown = show(TABLES["runs"])
    context: dict[str, Any] = {"shown": shown, "table": shown.table, "page": shown.page}
    if not htmx.wants_fragment():
        context |= {"integrations": integration_choices(), "undecided": pages_runs.undecided_runs()}
    return htmx.page_or_partial("runs/index.html", "runs/_table.html", context)


@bp.post("")
@requires(*ADMINS)
def start() -> ResponseReturnValue:
    """Ask for a comparison of one integration; *plan* changes nothing."""
    integration_id = request.form.get("integration_id", type=int)
    mode, reading = request.form.get("mode", "plan"), request.form.get("reading", FULL)
    if integration_id is None or mode not in MODES or reading not in ASKED:
        abort(422)
    run = runs.request_run(integration_id, mode, reading)
    return htmx.go_to(url_for("runs.detail", run_id=run.id), _("The reconciliation was started."))


@bp.get("/<int:run_id>")
@requires(*READERS)
def detail(run_id: int) -> ResponseReturnValue:
    """Show one run with its lines."""
    wanted = LineFilter(*(request.args.get(name, "") for name in ("situation", "action", "outcome")))
    page = pages_runs.run_items(run_id, wanted, request.args.get("cursor", ""))
    context = {
        **summary_context(run_id), "wanted": wanted, "page": page, "situations": SITUATION, "actions": ACTION,
        "outcomes": ITEM_OUTCOME,
        "people": pages_runs.people_of_accounts([row.account_id for row in page.items if row.account_id]),
    }  # fmt: skip
    return htmx.page_or_partial("runs/detail.html", "runs/_items.html", context)


@bp.post("/<int:run_id>/approve")
@requires(*ADMINS)
@fresh
def approve(run_id: int) -> ResponseReturnValue:
    """Let through what was held back, or chosen lines of it; the checksum names exactly this plan."""
    chosen = request.form.getlist("line", type=int) if request.form.get("part") else None
    if chosen is not None and not chosen:
        return _back(run_id, str(explain("run_no_line_chosen")), "warning")
    run = runs.approve_run(run_id, request.form.get("checksum", ""), chosen)
    left = run.counts.get("staged", 0)
    return _back(run_id, _("The chosen lines were approved; the others go on waiting.") if left else _(
        "The batch was approved."))  # fmt: skip


@bp.post("/<int:run_id>/<any(reject, stop):action>")
@requires(*ADMINS)
def refuse(run_id: int, action: str) -> ResponseReturnValue:
    """Leave what waits undone, or stop what is under way; both want a reason."""
    reason = _reason()
    if not reason:
        return _back(run_id, str(explain("run_reason_missing")), "warning")
    if action == "reject":
        runs.reject_run(run_id, reason)
        return _back(run_id, _("What waited was rejected; nobody lost anything of it."))
    steering.stop_run(run_id, reason)
    return _back(run_id, _("It stops: what was not sent yet stays as it is."))


@bp.post("/<int:run_id>/<any(pause, resume, accept):action>")
@requires(*ADMINS)
def steer(run_id: int, action: str) -> ResponseReturnValue:
    """Pause, go on, or take a held reading for the new normal."""
    done = {
        "pause": (steering.pause_run, _("It pauses: nothing more is sent.")),
        "resume": (steering.resume_run, _("It goes on.")),
        "accept": (runs.accept_reading, _("The next reading is measured by this one.")),
    }
    use_case, message = done[action]
    use_case(run_id)
    return _back(run_id, message)


@bp.route("/<int:run_id>/undo", methods=["GET", "POST"])
@requires(*ADMINS)
def take_back(run_id: int) -> ResponseReturnValue:
    """Say what taking back would do; then do it."""
    status, reason = 200, _reason()
    if request.method == "POST" and reason:
        made = undo.undo_run(run_id, reason)
        return _back(made.id, _("The batch is being taken back."))
    if request.method == "POST":
        status = 422
    context = {
        "preview": undo.undo_preview(run_id), "takes": runs.get_run(run_id).trigger == pages_runs.UNDO,
        "waits": runs.get_run(run_id).counts.get("staged", 0), "missing": status == 422,
        "action": url_for("runs.take_back", run_id=run_id), "back": url_for("runs.detail", run_id=run_id),
        "title": _("Reconciliation %(number)s", number=run_id),
    }  # fmt: skip
    return htmx.page_or_partial("runs/undo.html", "runs/_undo.html", context, status)


def summary_context(run_id: int) -> dict[str, Any]:
    """Return what the head of a run shows, on the page and polled."""
    run = runs.get_run(run_id)
    return {"view": pages_runs.view_run(run), "own": same_person(run.requested_by)}


def _reason() -> str:
    return request.form.get("reason", "").strip()[:REASON_CHARS]


def _back(run_id: int, message: str, category: str = "success") -> ResponseReturnValue:
    return htmx.go_to(url_for("runs.detail", run_id=run_id), message, category)
