"""``/approve/<token>``: a batch that waits is decided from the link in a message, without signing in.

The token in the address stands for the person, as a form's mark does elsewhere: no cookie is needed. Opening the
page changes nothing, whoever opens it; a second step asks before anything is decided.
"""

from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from webapp.extensions import csrf
from webapp.messages import explain
from webapp.services import approval_links, throttle
from webapp.services.alert_texts import masked_name
from webapp.services.approval_links import DECISIONS, OPEN, REJECT
from webapp.services.errors import NotFound, ServiceError
from webapp.web.access import public

bp = Blueprint("approval", __name__)
csrf.exempt(bp)

# Tokens cannot be guessed; this keeps whoever tries from costing anything.
PER_ADDRESS = throttle.Limit("approval-link", 60, 300, of_address=True)


@bp.get("/approve/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Show what waits, or what became of it; with ``step`` the question before the decision."""
    _brake()
    step = request.args.get("step", "")
    return _page(token, step if step in DECISIONS else "")


@bp.post("/approve/<token>")
@public
def decide(token: str) -> ResponseReturnValue:
    """Approve or reject, in the name of whom the link was sent to."""
    _brake()
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "").strip()[:200]
    if decision not in DECISIONS:
        abort(400)
    if decision == REJECT and not reason:
        return _page(token, decision, missing=True, status=422)
    try:
        approval_links.decide(token, decision, reason)
    except NotFound:
        return _page(token, "")
    except ServiceError as error:
        return _page(token, "", refusal=explain(error.code, error.params), status=409)
    return _page(token, "", done=decision)


def _brake() -> None:
    if not throttle.hit(PER_ADDRESS, request.remote_addr or ""):
        abort(429)


def _page(token: str, step: str, status: int = 200, **said: Any) -> Response:
    """Render the page; copies of it are kept nowhere, and its address goes to nobody."""
    try:
        view = approval_links.view_link(token)
    except NotFound:
        view, status = None, 404
    if view is not None and view.state != OPEN and status == 200 and not said:
        status = 410
    context = {"view": view, "token": token, "step": step, "masked_name": masked_name, **said}
    answer = make_response(render_template("approval/show.html", **context), status)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer
