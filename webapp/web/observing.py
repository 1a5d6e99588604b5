"""A hub that only observes: why, what it would take over from each platform, and the approval."""

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.services import epoch
from webapp.services.adoption import requests
from webapp.services.pages_observing import view_observing
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.fresh import fresh

bp = Blueprint("observing", __name__, url_prefix="/observing")


def register(app: Flask) -> None:
    """Bind what the banner on every page asks."""
    app.jinja_env.globals.update(hub_observing=epoch.observing)


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show why the hub observes, and what comes next."""
    return htmx.page_or_partial("observing/index.html", "observing/_state.html", {"view": view_observing()})


@bp.post("/plan")
@requires(*ADMINS)
def plan() -> ResponseReturnValue:
    """Have platforms read and plan what would be taken over; one of them, or all."""
    integration_id = request.form.get("integration_id", type=int)
    requests.plan_adoption(None if integration_id is None else [integration_id])
    return htmx.go_to(url_for("observing.index"), _("The platforms are being read; nothing is changed by that."))


@bp.post("/approve")
@requires(*ADMINS)
@fresh
def approve() -> ResponseReturnValue:
    """Let plans be carried out; each is named with its checksum, as ``run:checksum``."""
    requests.approve_adoption(_plans(request.form.getlist("plan")))
    message = _("The adoption was approved. What would be taken away waits for your decision in Reconciliations.")
    return htmx.go_to(url_for("observing.index"), message)


def _plans(named: list[str]) -> dict[int, str]:
    pairs = (text.partition(":") for text in named)
    return {int(run_id): checksum for run_id, _colon, checksum in pairs if run_id.isdecimal() and len(run_id) < 10}
