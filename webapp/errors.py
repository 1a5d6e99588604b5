"""Error handlers: page, fragment, problem JSON. Never a traceback."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from webapp.database.trouble import is_twice, retry_after_s, status_of, trouble
from webapp.extensions import db
from webapp.messages import Explanation, explain
from webapp.messages.entry import Entry
from webapp.services.errors import Busy, Conflict, Invalid, NotAllowed, NotFound, ServiceError
from webapp.web import access, htmx
from webapp.web.request_ids import request_id

log = structlog.get_logger()

MACHINE_PATHS = ("/api/", "/callback/", "/hook/", "/healthz", "/readyz", "/metrics")
PROBLEM_JSON = "application/problem+json"

STATUS_OF: tuple[tuple[type[ServiceError], int], ...] = (
    (NotFound, 404), (Conflict, 409), (NotAllowed, 403), (Invalid, 422), (Busy, 503),
)  # fmt: skip

WORDS: dict[int, Entry] = {
    400: Entry(_("The request could not be understood."), _("Go back, reload the page and try again.")),
    401: Entry(_("You are not signed in."), _("Sign in and try again.")),
    403: Entry(_("Your role does not allow this."), _("Ask an administrator to do it, or to change your role.")),
    404: Entry(
        _("There is no such page."),
        _("Check the address, or look for what you want in the search. What was removed stays in the history."),
    ),
    405: Entry(
        _("This address does not answer to that kind of request."),
        _("It is reached by a button, not by its address. Go back, or start from the dashboard."),
    ),
    409: Entry(_("Somebody else changed this meanwhile."), _("Reload the page, look at the change and try again.")),
    413: Entry(
        _("The file or text is too large."),
        _("At most 32 MB are taken at once. Go back and send it in parts; nothing of it was saved."),
    ),
    422: Entry(_("Some values cannot be accepted."), _("Mend them and send again.")),
    429: Entry(_("Too many tries in a short time."), _("Wait a few minutes and try again.")),
    500: Entry(
        _("Something failed on our side."),
        _("Try again. If it stays, tell the administrator the code below: it leads to the lines of the log."),
    ),
    503: Entry(
        _("The hub is busy or being started."),
        _("Try again in a few seconds. Nothing of what you sent was saved; transmissions go on by themselves."),
    ),
}
EXPIRED_FORM = Entry(
    _("The form is no longer valid: the session ended, or the page is too old."),
    _("Go back, reload the page and send it again; nothing was changed."),
)


@dataclass(frozen=True)
class Trouble:
    """One refusal as it is shown: status, code, words."""

    status: int
    explanation: Explanation
    problems: tuple[dict[str, Any], ...] = ()


def register(app: Flask) -> None:
    """Bind the handlers for everything that can be refused or can fail."""
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(ServiceError, _on_refusal)
    app.register_error_handler(StaleDataError, _on_stale)
    app.register_error_handler(IntegrityError, _on_twice)
    app.register_error_handler(OverflowError, _on_unfit)
    app.register_error_handler(DataError, _on_unfit)
    app.register_error_handler(Exception, _on_crash)


def trouble_of(error: ServiceError) -> Trouble:
    """Return a refusal in words, with one line for every problem."""
    status = next((status for kind, status in STATUS_OF if isinstance(error, kind)), 422)
    if not isinstance(error, Invalid):
        return Trouble(status, explain(error.code, error.params))
    lines = tuple(
        {"field": problem.field, "code": problem.code, "explanation": explain(problem.code, problem.params)}
        for problem in error.problems
    )
    return Trouble(status, _words(422, error.code), lines)


def _on_http(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error
    if isinstance(error, SecurityError):
        return _foreign_name()
    status = error.code or 500
    words = EXPIRED_FORM if isinstance(error, CSRFError) else WORDS.get(status, WORDS[400 if status < 500 else 500])
    explanation = Explanation(f"http_{status}", str(words.cause), str(words.remedy))
    answer = _answer(Trouble(status, explanation))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _foreign_name() -> Response:
    """Whoever asks for another site gets no page of ours; without a name of its own a page has no links either."""
    return Response(f"{WORDS[400].cause}\n", 400, mimetype="text/plain")


def _on_refusal(error: ServiceError) -> Response:
    db.session.rollback()
    return _answer(trouble_of(error))


def _on_stale(_error: StaleDataError) -> Response:
    db.session.rollback()
    return _answer(Trouble(409, _words(409, "stale")))


def _on_twice(error: IntegrityError) -> Response:
    """Two made the same in the same moment; any other rule of the database that is broken is a fault of ours."""
    if not is_twice(error):
        return _on_crash(error)
    db.session.rollback()
    return _answer(Trouble(409, _words(409, "exists_already")))


def _on_unfit(_error: Exception) -> Response:
    """A number in the address or the form that no row can have."""
    db.session.rollback()
    return _answer(Trouble(400, _words(400, "http_400")))


def _on_crash(error: Exception) -> Response:
    db.session.rollback()
    code = trouble(error)
    if code:
        return _on_trouble(code, error)
    log.error("request_failed", path=_path(), method=request.method, exc_info=error)
    return _answer(Trouble(500, _words(500, "http_500")))


def _on_trouble(code: str, error: Exception) -> Response:
    """Nothing was stored, and it will heal: said so, in a page that needs no database."""
    log.error("database_trouble", path=_path(), method=request.method, code=code, reason=type(error).__name__)
    answer = _answer(Trouble(status_of(code), explain(code)), _render_plainly)
    answer.headers["Retry-After"] = str(retry_after_s(code))
    return answer


def _path() -> str:
    """Return the path as a log may have it: a token in it is a secret."""
    token = (request.view_args or {}).get("token")
    return request.path.replace(token, "***") if token else request.path


def _words(status: int, code: str) -> Explanation:
    return Explanation(code, str(WORDS[status].cause), str(WORDS[status].remedy))


def _render_plainly(template: str, **context: Any) -> str:
    """Render without asking who is signed in, which would need the database."""
    return current_app.jinja_env.get_template(template).render(context)


def _answer(trouble: Trouble, render: Callable[..., str] = render_template) -> Response:
    if request.path.startswith(MACHINE_PATHS) or _prefers_json():
        return _problem_json(trouble)
    text = render("errors/_problem.html", trouble=trouble) if htmx.wants_fragment() else _page(trouble, render)
    return htmx.add_vary(Response(text, trouble.status, mimetype="text/html"))


def _page(trouble: Trouble, render: Callable[..., str]) -> str:
    """Render a whole page: for who is signed in within the frame, so that nobody stands in a dead end."""
    context = {"trouble": trouble, "request_id": request_id()}
    if render is render_template:
        try:
            return render("errors/problem.html", framed=access.recognised(), **context)
        except Exception:
            # A border: what failed may be the frame itself, or the database that it asks.
            db.session.rollback()
            log.warning("error_page_without_frame", path=_path(), exc_info=True)
    return _render_plainly("errors/problem.html", framed=False, **context)


def _prefers_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def _problem_json(trouble: Trouble) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank", "title": trouble.explanation.cause, "status": trouble.status,
        "detail": str(trouble.explanation), "code": trouble.explanation.code,
    }  # fmt: skip
    if trouble.problems:
        body["errors"] = [{**line, "explanation": str(line["explanation"])} for line in trouble.problems]
    response = jsonify(body)
    response.status_code = trouble.status
    response.content_type = PROBLEM_JSON
    return response
