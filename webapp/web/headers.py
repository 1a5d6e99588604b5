"""What every answer carries: a strict content policy, and no copies of personal pages."""

from flask import Flask, Response, request
from flask_talisman import DENY, Talisman

from webapp.config import Settings
from webapp.web import htmx

CONTENT_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    # Tabler's style sheet carries its small arrows and ticks as data URLs.
    "img-src": "'self' data:",
    # Only the page for the time without a server (web/shell.py).
    "worker-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def register(app: Flask, settings: Settings) -> None:
    """Bind the headers. HSTS only where the hub is reached by https."""
    secure = settings.base_url.startswith("https://")
    Talisman(
        app,
        force_https=False,
        strict_transport_security=secure,
        session_cookie_secure=secure,
        session_cookie_http_only=True,
        session_cookie_samesite="Lax",
        frame_options=DENY,
        referrer_policy="same-origin",
        content_security_policy=CONTENT_POLICY,
    )
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        htmx.add_vary(response)
    return response
