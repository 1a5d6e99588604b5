"""Who lacks the second factor that the rule asks for sets it up first; nothing else opens before."""

from flask import Flask, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.web import htmx

MUST = "must_set_up"
# What may be opened meanwhile: what sets it up, what proves, and the way out.
OPEN = frozenset({"static", "security.logout", "health.alive", "health.ready", "health.metrics"})
OPEN_BLUEPRINTS = frozenset({"second_factor", "passkeys", "prove"})


def register(app: Flask) -> None:
    """Stand behind the door."""
    app.before_request(_lead)


def begin(going: str) -> str:
    """Note that this session must set it up first; return the page where that is done."""
    session[MUST] = going
    return url_for("second_factor.index")


def over() -> str:
    """It is set up: return where the person wanted to go, or an empty text when nothing was asked."""
    return str(session.pop(MUST, ""))


def asked() -> bool:
    """Tell whether this session must set up a second factor before anything else."""
    return MUST in session


def _lead() -> ResponseReturnValue | None:
    if not asked() or request.endpoint is None or not current_user.is_authenticated:
        return None
    if request.endpoint in OPEN or request.blueprint in OPEN_BLUEPRINTS:
        return None
    page = url_for("second_factor.index")
    return htmx.redirect_browser(page) if htmx.is_htmx() else htmx.see_other(page)
