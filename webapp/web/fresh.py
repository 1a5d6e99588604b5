"""``@fresh``: whoever sits there must have proved a short while ago to be the operator."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.clock import utc_now
from webapp.web import htmx, once
from webapp.web.forms.base import PageForm
from webapp.web.next_page import former_page, local_page
from webapp.web.sessions import running

View = TypeVar("View", bound=Callable[..., Any])
# Long enough to fill in a form, short enough for a desk that was left.
FRESH_FOR = timedelta(minutes=15)
# A form that was opened in time may be typed slowly.
GRACE = timedelta(minutes=15)
SAFE = frozenset({"GET", "HEAD"})


def fresh(view: View) -> View:
    """Declare that a view needs a fresh sign-in; stands under ``@requires``.

    Who has none is led to a page that asks for password, code or passkey, and from there back.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if is_fresh():
            return view(*args, **kwargs)  # type: ignore[no-any-return]
        return _prove_first()

    return guarded  # type: ignore[return-value]


def is_fresh() -> bool:
    """Tell whether the running session was proved within ``FRESH_FOR``; what is sent has ``GRACE`` more."""
    found = running()
    patience = FRESH_FOR if request.method in SAFE else FRESH_FOR + GRACE
    return found is not None and found.fresh_at > utc_now() - patience


def may_save(form: PageForm) -> bool:
    """Tell whether a form may be saved that only some open to change; else it says how to prove first.

    For long forms with secrets, which anybody who may open them reads: what was typed stays in it.
    """
    if is_fresh():
        return True
    form.unproved = True
    form.form_errors.append(_("To save this, prove once more that it is you; then save again."))
    return False


def _prove_first() -> ResponseReturnValue:
    once.forget()
    page = url_for("prove.show", next=_back())
    return htmx.redirect_browser(page, status=401) if htmx.is_htmx() else htmx.see_other(page)


def _back() -> str:
    """Return the page to come back to: this one, or for what was sent the one with its form."""
    if request.method in SAFE and not htmx.is_htmx():
        return local_page(request.full_path.rstrip("?"))
    if htmx.is_htmx():
        return local_page(htmx.current_path())
    return former_page()
