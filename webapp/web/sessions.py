"""The session cookie and the row behind it: polling is no activity, never renews the cookie and never prolongs."""

from flask import Flask, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import user_logged_in, user_logged_out
from flask_security.utils import set_request_attr

from webapp.clock import utc_now
from webapp.models import Operator, OperatorSession
from webapp.services import sessions

# Files that browsers keep for everybody.
QUIET_ENDPOINTS = frozenset({"static", "shell.offline", "shell.worker"})
QUIET_BLUEPRINTS = frozenset({"fragments", "health", "callback", "approval", "password_link"})
TOKEN = "operator_session"  # noqa: S105 - the name of the cookie's field


class QuietSessions(SecureCookieSessionInterface):
    """Flask's own sessions, except that fragments never set the cookie, nor files that proxies keep for everybody."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        return not _is_quiet() and super().should_set_cookie(app, session)


def register(app: Flask) -> None:
    """Bind the session interface."""
    app.session_interface = QuietSessions()


def bind(app: Flask) -> None:
    """Let only rows of ``services/sessions.py`` sign people in; call it after Flask-Security-Too was bound.

    Its way in by a token in a header is closed: nobody could see or end what came in by it. Nor does a cookie
    that remembers sign in: without the token there is no session to load.
    """
    manager = app.login_manager  # type: ignore[attr-defined]
    manager.user_loader(_load_operator)
    manager.request_loader(None)
    app.jinja_env.globals.update(why_signed_out=why_signed_out)
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)


def running() -> OperatorSession | None:
    """Return the session of this request; None when nobody is signed in."""
    found: OperatorSession | None = g.get("operator_session")
    return found


def why_signed_out() -> str:
    """Return the message that tells why whoever asks is signed out; empty where there is nothing to tell."""
    token = session.get(TOKEN, "")
    why = sessions.why_over(token, utc_now()) if token and running() is None else ""
    return f"session_over_{why}" if why and why != sessions.SIGNED_OUT else ""


def renew(operator: Operator) -> None:
    """Begin another session in this browser for who is signed in: all former ones were ended.

    What stood in the cookie before is worth nothing from now on, also for whoever stole it.
    """
    session[TOKEN] = sessions.begin(operator, request.remote_addr or "", request.user_agent.string)
    g.operator_session = sessions.current(session[TOKEN], utc_now())


def note_click() -> None:
    """Prolong the session of this request, unless it is a part of a page that refreshes itself."""
    found = running()
    if found is not None and not _is_quiet():
        sessions.touch(found, utc_now())


def _is_quiet() -> bool:
    """Whether nobody clicked: a part of a page that refreshes itself, or a page that is asked for again (``polls``)."""
    known = request.endpoint in QUIET_ENDPOINTS or request.blueprint in QUIET_BLUEPRINTS
    return known or "polls" in request.args


def _load_operator(user_id: str) -> Operator | None:
    """Return who is signed in; called by Flask-Login once a request, with what the cookie says."""
    found = sessions.current(session.get(TOKEN, ""), utc_now())
    if found is None or found.operator.fs_uniquifier != user_id:
        return None
    g.operator_session = found
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", found.fresh_at.timestamp())
    return found.operator


def _begin(_app: Flask, user: Operator, **_details: object) -> None:
    """Begin a session; whatever the cookie carried before the sign-in is worth nothing after it."""
    former = running()
    if former is not None:
        sessions.end(former.id, sessions.SIGNED_OUT)
    # Who planted a cookie in this browser before the sign-in would know the seed of its forms' tokens.
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
    session.permanent = True
    renew(user)


def _end(_app: Flask, **_details: object) -> None:
    session.pop(TOKEN, None)
    former = g.pop("operator_session", None)
    if former is not None:
        sessions.end(former.id, sessions.SIGNED_OUT)
