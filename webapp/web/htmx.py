"""The only reader and writer of ``HX-`` headers, on top of ``htmx-flask``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from htmx_flask import make_response

STOP_POLLING = 286


def is_htmx() -> bool:
    """Tell whether htmx sent the request."""
    return bool(request.htmx)


def wants_fragment() -> bool:
    """Tell whether a part of the page is wanted; a restored history entry needs the whole page."""
    return is_htmx() and not request.htmx.boosted and not request.htmx.history_restore_request


def current_path() -> str:
    """Return path and query of the page on which an htmx request started; empty when unknown."""
    parts = urlsplit(request.htmx.current_url or "")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def see_other(url: str) -> Response:
    """Send a plain browser on with GET."""
    return redirect(url, code=303)  # type: ignore[return-value]


def redirect_browser(url: str, *, status: int = 200) -> Response:
    """Send the whole page on: an ordinary redirect would be followed inside the fragment."""
    return make_response("", status, redirect=url)


@dataclass(frozen=True)
class Undo:
    """What takes back what was just done: a POST to this address with these fields, offered beside the message."""

    action: str
    fields: Mapping[str, str] = field(default_factory=dict)


def go_to(url: str, message: str = "", category: str = "success", undo: Undo | None = None) -> Response:
    """End a successful POST that leads to a page, with a message on it.

    Args:
        undo: only where the service really takes it back, and whoever did it may.
    """
    if message:
        flash({"text": str(message), "undo": asdict(undo)} if undo else message, category)
    return redirect_browser(url) if wants_fragment() else see_other(url)


def page_or_partial(page: str, partial: str, context: Mapping[str, Any], status: int = 200) -> ResponseReturnValue:
    """Render the page, or only its partial for htmx; both from the same context."""
    return render_template(partial if wants_fragment() else page, **context), status


def add_vary(response: Response) -> Response:
    """One URL has two answers; caches must keep them apart."""
    response.vary.add("HX-Request")
    return response
