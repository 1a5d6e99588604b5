"""How the hub itself does: the truth of ``/metrics`` in plain words, for who has no Prometheus."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.clock import utc_now
from webapp.services.pages_system import view_system
from webapp.web.access import READERS, requires

bp = Blueprint("system", __name__)


@bp.get("/system")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show parts, queues, periodic work and room."""
    return render_template("system/index.html", **context())


def context() -> dict[str, Any]:
    """Return what page and fragment show."""
    return {"view": view_system(utc_now())}
