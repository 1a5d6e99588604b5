"""The dashboard: accounts by integration and state, queue, pauses, last runs."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.clock import utc_now
from webapp.services import pages_dashboard
from webapp.web.access import READERS, requires

bp = Blueprint("dashboard", __name__)


@bp.get("/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show the state of everything."""
    return render_template("dashboard/index.html", **context())


def context() -> dict[str, Any]:
    """Return what the page and its polled part show."""
    return {"overview": pages_dashboard.overview(utc_now())}
