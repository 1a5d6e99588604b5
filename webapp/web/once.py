"""A form that is sent twice as it is has one effect, and the second sender sees what the first one did."""

import hashlib

import structlog
from flask import Flask, Response, g, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.exc import OperationalError

from webapp.services import once
from webapp.web import htmx

FIELD = "once"
# New in every page that is shown, and no part of what a person filled in.
NOT_CONTENT = (FIELD, "csrf_token")
CHUNK = 1 << 16

log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    """Stand behind the door: claim a marked form before its view, settle it after."""
    app.before_request(_claim)
    app.after_request(_settle)
    app.jinja_env.globals.update(new_mark=once.new_mark)


def forget() -> None:
    """Let the form of this request be sent again as it is: nothing was done, although the answer leads elsewhere."""
    claimed: once.Claim | None = g.pop("once_claim", None)
    if claimed is not None:
        once.release(claimed)


def done(address: str) -> None:
    """Say that the work of this request is done although its answer is a page, such as one that shows a new secret.

    Args:
        address: where the same form leads when it is sent again; never what was shown once.
    """
    claimed: once.Claim | None = g.pop("once_claim", None)
    if claimed is not None:
        once.keep(claimed, address)


def _claim() -> ResponseReturnValue | None:
    # Strangers cannot make us keep anything.
    asked = request.method == "POST" and request.endpoint and current_user.is_authenticated
    mark = request.form.get(FIELD, "") if asked else ""
    if not mark:
        return None
    found = once.claim(mark, _content())
    if isinstance(found, str):
        return htmx.go_to(found, _("This form had been sent already: nothing was done twice."))
    g.once_claim = found
    return None


def _settle(response: Response) -> Response:
    claimed: once.Claim | None = g.pop("once_claim", None)
    if claimed is None:
        return response
    # Only what was done leads elsewhere; a page that is shown again may be sent again.
    address = response.headers.get("HX-Redirect") or response.headers.get("Location")
    try:
        once.keep(claimed, address) if address and response.status_code < 400 else once.release(claimed)
    except OperationalError:
        # The work is done and committed: its answer is worth more than the record of it.
        log.warning("once_not_settled", status=response.status_code)
    return response


def _content() -> bytes:
    """Return who sends what to which address, as bytes."""
    fields = sorted((name, value) for name, value in request.form.items(multi=True) if name not in NOT_CONTENT)
    return repr((session.get("_user_id"), request.full_path, fields, _files())).encode()


def _files() -> list[tuple[str, str]]:
    """Return what each uploaded file is: another file in the same form is another form."""
    found = []
    for name, file in request.files.items(multi=True):
        digest = hashlib.sha256()
        while chunk := file.stream.read(CHUNK):
            digest.update(chunk)
        file.stream.seek(0)
        found.append((name, digest.hexdigest()))
    return found
