"""The timeline of one customer, filtered and page by page."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.services import timeline
from webapp.services.pages import chosen_size
from webapp.web import htmx
from webapp.web.access import READERS, requires

bp = Blueprint("timeline", __name__)


@bp.get("/customers/<int:customer_id>/timeline")
@requires(*READERS)
def index(customer_id: int) -> ResponseReturnValue:
    """Show everything that happened about a customer, the newest first."""
    kind, about = request.args.get("kind", ""), request.args.get("about", "")
    size = chosen_size(request.args.get("size", ""))
    view = timeline.view_timeline(customer_id, kind, about, request.args.get("cursor", ""), size)
    context = {"view": view, "page": view.page, "kind": kind, "about": about, "kinds": timeline.KINDS, "size": size}
    return htmx.page_or_partial("timeline/index.html", "timeline/_list.html", context)
