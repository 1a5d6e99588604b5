"""``/callback/<token>``: a platform asks at log-in; the answer comes from our own rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.extensions import csrf
from webapp.gateways.contract import CallbackAnswer, CallbackRequest
from webapp.services import callback, events, redirect_codes
from webapp.services.metrics.process import CALLBACK_SECONDS
from webapp.services.never_used import first_use
from webapp.web.access import public
from webapp.web.told_json import told_json

bp = Blueprint("callback", __name__)
# The caller is a platform and has no session; the token in the address stands for it.
csrf.exempt(bp)


@bp.route("/callback/<token>", methods=["GET", "POST"])
@public
def answer(token: str) -> ResponseReturnValue:
    """Answer one log-in."""
    try:
        with CALLBACK_SECONDS.time():
            used: list[int] = []
            given = callback.answer(token, _question(), request.remote_addr or "", used.extend)
            return _after(_response(given), used)
    except callback.TooManyRefusals as error:
        response = jsonify({"authorized": False})
        response.headers["Retry-After"] = str(error.retry_after_s)
        return response, 429


@bp.route("/callback/<token>/event", methods=["GET", "POST"])
@public
def take_event(token: str) -> ResponseReturnValue:
    """Take a hint that something changed there; the answer is the same whomever it names."""
    try:
        events.receive(token, _question(), request.remote_addr or "")
    except callback.TooManyRefusals as error:
        return jsonify({"received": False}), 429, {"Retry-After": str(error.retry_after_s)}
    return "", 204


@bp.route("/callback/<token>/code", methods=["GET", "POST"])
@public
def receive_code(token: str) -> ResponseReturnValue:
    """Take a code that the platform delivers; a delivery that nobody waits for gets the same answer."""
    try:
        redirect_codes.receive(token, _question(), request.remote_addr or "")
    except callback.TooManyRefusals as error:
        return jsonify({"received": False}), 429, {"Retry-After": str(error.retry_after_s)}
    return jsonify({"received": True})


def _after(response: Response, used: Sequence[int]) -> Response:
    """Note who was let in for the first time as soon as the answer is out: nobody waits for it at the door."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def write() -> None:
        with app.app_context():
            first_use.note(used)

    if used:
        response.call_on_close(write)
    return response


def _question() -> CallbackRequest:
    given = request.authorization
    basic = None
    if given is not None and given.type == "basic":
        basic = (given.username or "", given.password or "")
    return CallbackRequest(
        method=request.method,
        headers=dict(request.headers),
        query=_flat(request.args),
        form=_flat(request.form),
        json=told_json() if request.is_json or _looks_like_json() else None,
        basic=basic,
        address=request.remote_addr or "",
    )


def _looks_like_json() -> bool:
    """Some platforms send JSON and call it something else."""
    return not request.form and request.get_data(cache=True)[:1] in (b"{", b"[")


def _flat(values: Mapping[str, str]) -> dict[str, str]:
    return dict(values.items())


def _response(given: CallbackAnswer) -> Response:
    response = _body(given.body)
    response.status_code = given.status
    response.headers.update(dict(given.headers))
    return response


def _body(body: Any) -> Response:
    return Response(body, mimetype="text/plain") if isinstance(body, str) else jsonify(body)
