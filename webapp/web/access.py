"""Who may open which route: every view declares it, and one that declares nothing is refused."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.models.operator import ADMIN, ATTENDANT, FINANCE, VIEWER
from webapp.services import audit
from webapp.web import htmx, languages, sessions
from webapp.web.next_page import former_page

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
READERS = (ADMIN, ATTENDANT, FINANCE, VIEWER)
SELLERS = (ADMIN, ATTENDANT)
VALUERS = (ADMIN, FINANCE)
ADMINS = (ADMIN,)

# Views that are not ours. Everything else says for itself who may open it.
FOREIGN = {"static": PUBLIC, "security.login": PUBLIC, "security.logout": PUBLIC}
API_PREFIX = "/api/"


def requires(*roles: str) -> Callable[[View], View]:
    """Declare the roles that may open a view."""

    def declare(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Declare that a view may be opened without signing in."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def declared_access(app: Flask, endpoint: str) -> frozenset[str] | str | None:
    """Return the roles of an endpoint, ``PUBLIC``, or None when nothing was declared."""
    return FOREIGN.get(endpoint) or getattr(app.view_functions[endpoint], "access", None)


def may(*roles: str) -> bool:
    """Tell whether whoever is signed in has one of these roles; for what a template may show."""
    return not roles_here().isdisjoint(roles)


def roles_here() -> frozenset[str]:
    """Return the names of the roles of whoever is signed in; none where nobody is."""
    return frozenset(role.name for role in current_user.roles)


def recognised() -> bool:
    """Tell whether somebody is signed in, also where no page was found that would have asked; speak their language."""
    if not current_user.is_authenticated:
        return False
    languages.remember(current_user.language)
    return True


def register(app: Flask) -> None:
    """Stand at the door: before every request, name who acts and refuse who may not."""
    sessions.bind(app)
    app.before_request(_guard)
    app.teardown_request(_leave)
    app.jinja_env.globals.update(may=may, roles_here=roles_here, SELLERS=SELLERS, ADMINS=ADMINS, VALUERS=VALUERS)


def _guard() -> ResponseReturnValue | None:
    # The API signs in programs by token and guards its own routes.
    if request.endpoint is None or request.path.startswith(API_PREFIX):
        return None
    access = declared_access(current_app, request.endpoint)
    if access == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _sign_in_first()
    sessions.note_click()
    if access is None or not may(*access):
        abort(403)
    languages.remember(current_user.language)
    _enter(current_user.email)
    return None


def _sign_in_first() -> ResponseReturnValue:
    if htmx.is_htmx():
        page = htmx.current_path() or "/"
        return htmx.redirect_browser(url_for("security.login", next=page), status=401)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else former_page()
    return htmx.see_other(url_for("security.login", next=wanted))


def _enter(email: str) -> None:
    g.acting = ExitStack()
    g.acting.enter_context(audit.acting_as(email))


def _leave(_error: BaseException | None) -> None:
    acting = g.pop("acting", None)
    if acting is not None:
        acting.close()
