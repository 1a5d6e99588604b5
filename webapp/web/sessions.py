"""The session cookie: polling is no activity and never renews it."""

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

QUIET_BLUEPRINTS = frozenset({"fragments", "health", "callback", "approval"})


class QuietSessions(SecureCookieSessionInterface):
    """Flask's own sessions, except that fragments never set the cookie."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        return request.blueprint not in QUIET_BLUEPRINTS and super().should_set_cookie(app, session)


def register(app: Flask) -> None:
    """Bind the session interface."""
    app.session_interface = QuietSessions()
