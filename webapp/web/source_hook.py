"""``/hook/<token>``: an ERP tells that something changed; what it says is read again there, never believed."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.extensions import csrf
from webapp.gateways.contract import CallbackRequest
from webapp.services import source_hints
from webapp.services.errors import NotFound
from webapp.web.access import public
from webapp.web.told_json import told_json

# What names a few services is small; nothing larger is read.
LARGEST_BODY = 64 * 1024

bp = Blueprint("source_hook", __name__)
# The caller is an ERP and has no session; the token in the address stands for it.
csrf.exempt(bp)


@bp.route("/hook/<token>", methods=["POST"])
@public
def receive(token: str) -> ResponseReturnValue:
    """Take one message; the answer is the same whomever it names."""
    request.max_content_length = LARGEST_BODY
    body = request.get_data(cache=True)
    try:
        source_hints.receive(token, _message(), body, request.remote_addr or "")
    except NotFound:
        return jsonify({"received": False}), 404
    except source_hints.HintRefused:
        return jsonify({"received": False}), 401
    except source_hints.TooManyHints as error:
        return jsonify({"received": False}), 429, {"Retry-After": str(error.retry_after_s)}
    return jsonify({"received": True}), 202


def _message() -> CallbackRequest:
    given = request.authorization
    basic = None
    if given is not None and given.type == "basic":
        basic = (given.username or "", given.password or "")
    return CallbackRequest(
        method=request.method,
        headers=dict(request.headers),
        query=dict(request.args.items()),
        form=dict(request.form.items()),
        json=None if request.form else told_json(),
        basic=basic,
        address=request.remote_addr or "",
    )
