"""The cookie by which a browser is known in which operators signed in before; it signs nobody in.

It holds a name of its own for the browser and the ids of the operators, signed. With it wrong passwords are counted for
that browser alone, so that strangers who guess cannot keep its operators out (OWASP, "Device Cookies").
"""

import secrets

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from webapp.services.sign_in import Visitor
from webapp.services.throttle import network_of

COOKIE = "known_browser"
MOST = 8
LASTS_S = 400 * 24 * 3600


def visitor() -> Visitor:
    """Return where this request comes from."""
    browser, known = _read()
    return Visitor(_address(), browser, frozenset(known))


def remember(operator_id: int) -> None:
    """Let the browser of this request be known as one of this operator; the answer carries the cookie."""
    browser, known = _read()
    ids = [operator_id, *(one for one in known if one != operator_id)][:MOST]
    text = str(_serializer().dumps([browser or secrets.token_urlsafe(12), ids]))

    def plant(response: Response) -> Response:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(
            COOKIE, text, max_age=LASTS_S, secure=secure, httponly=True, samesite="Lax", path="/login"
        )  # fmt: skip
        return response

    after_this_request(plant)


def _read() -> tuple[str, list[int]]:
    try:
        browser, ids = _serializer().loads(request.cookies.get(COOKIE, ""))
    except (BadSignature, ValueError, TypeError):
        return "", []
    return str(browser), [int(one) for one in ids]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known-browser")


def _address() -> str:
    return network_of(request.remote_addr or "")
