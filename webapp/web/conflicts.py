"""Two people edit one thing: the second sees both versions, chooses field by field, and nothing typed is lost."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, abort, make_response, request
from flask_security import current_user

from webapp.extensions import db
from webapp.services import pages_conflicts
from webapp.services.errors import Conflict, ServiceError
from webapp.web import htmx
from webapp.web.forms.base import PageForm, as_stored, show_refusal
from webapp.web.forms.versions import GO_ON, KEEP, MINE, OPENED, THEIRS, carried, differences, read_opened
from webapp.web.forms.versions import settled as merged


@dataclass(frozen=True)
class Edited:
    """What a form edits.

    Attributes:
        object_type, object_id: as the history calls it.
        read: makes the form anew from what is stored now.
    """

    object_type: str
    object_id: int
    read: Callable[[], PageForm]


def register(app: Flask) -> None:
    """Before any view reads a form, put in what was chosen of the others' version."""
    app.before_request(_settle)
    app.after_request(_shown_again)


def refuse(form: PageForm, error: ServiceError, edited: Edited) -> int:
    """Put a refusal on the form and return the status that the page answers with.

    Where somebody else saved meanwhile, the request ends here with a page that shows both versions.

    Raises:
        ServiceError: the same, when it is neither about the data nor a conflict.
    """
    if isinstance(error, Conflict) and error.code == "stale":
        abort(_page(form, edited))
    return show_refusal(form, error)


def _settle() -> None:
    # What strangers and programs send is read by its view alone, which may take less than a form may have.
    asked = request.method == "POST" and request.endpoint and current_user.is_authenticated
    found = merged(request.form) if asked else None
    if found is not None:
        request.form = found  # type: ignore[assignment]


def _shown_again(response: Response) -> Response:
    """Whoever goes on typing asked for the form: that it was not saved is no refusal."""
    if response.status_code == 422 and GO_ON in request.form:
        response.status_code = 200
    return response


def _page(form: PageForm, edited: Edited) -> Response:
    # What was read before the refusal may be old already.
    db.session.rollback()
    with as_stored():
        now = edited.read()
    opened, theirs = read_opened(request.form.get(OPENED, "")), now.opened_with()
    found = differences(form, now, request.form.to_dict(flat=False), opened.fields)
    context = {
        "differences": found, "carried": carried(form, request.form), "version": now["version"].data,
        "theirs": theirs, "saves": pages_conflicts.saves_of(edited.object_type, edited.object_id, opened.at),
        "names": {"keep": KEEP, "theirs": THEIRS, "mine": MINE, "go_on": GO_ON, "opened": OPENED},
        "edited": edited, "known": bool(opened.fields), "action": request.full_path.rstrip("?"),
    }  # fmt: skip
    body = htmx.page_or_partial("forms/conflict.html", "forms/_conflict.html", context, 409)
    answer = make_response(body)
    if htmx.wants_fragment():
        # The part that the form asked for has no place for it.
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#main", "innerHTML"
    return answer
