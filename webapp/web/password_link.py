"""``/ver/<token>``: a subscriber sees log-in and password once, without signing in anywhere.

The token in the address stands for the subscriber, as a form's mark does elsewhere: no cookie is needed. Looking at
the page uses nothing up, whoever looks; only its button does.
"""

from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from webapp.extensions import csrf
from webapp.services import throttle
from webapp.services.activation import links
from webapp.services.activation.links import OPEN, Shown
from webapp.web.access import public

bp = Blueprint("password_link", __name__)
csrf.exempt(bp)

# Tokens cannot be guessed; this keeps whoever tries from costing anything.
PER_ADDRESS = throttle.Limit("password-link", 60, 300, of_address=True)


@bp.get("/ver/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Show the button, or what became of the link."""
    _brake()
    view = links.view_link(token)
    return _page(200 if view.state == OPEN else 410, view=view, shown=None, token=token)


@bp.post("/ver/<token>")
@public
def reveal(token: str) -> ResponseReturnValue:
    """Show log-in and password, once."""
    _brake()
    found = links.open_link(token)
    if isinstance(found, Shown):
        return _page(200, view=None, shown=found, token="")
    return _page(410, view=found, shown=None, token=token)


def _brake() -> None:
    if not throttle.hit(PER_ADDRESS, request.remote_addr or ""):
        abort(429)


def _page(status: int, **context: Any) -> Response:
    """Render the page; copies of it are kept nowhere, and its address goes to nobody."""
    answer = make_response(render_template("password_link/show.html", **context), status)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer
