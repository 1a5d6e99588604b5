"""Notes who opened a page, or asked the API, about a person; after the answer went out, so nobody waits for it."""

import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, before_render_template, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from webapp.services import audit
from webapp.services.privacy.accesses import MANY, Look, look_now, note
from webapp.web.access import API_PREFIX

# The name of an id in an address says whom a page is about.
KINDS = {
    "customer_id": "customer", "service_id": "service", "sale_id": "service_package", "account_id": "account",
    "attempt_id": "attempt",
}  # fmt: skip
# Of the API, where people and services go by their codes.
CODES = {"/customers/": "customer_code", "/services/": "service_code"}
# Pages and lists with people on them, without an id of one.
MANY_PEOPLE = frozenset({
    "customers.index", "transmissions.index", "history.index", "kept.index", "orphans.index", "orphans.detail",
    "orphans.choose", "runs.detail", "pulls.detail", "pulls.bad_rows_file", "api.list_customers", "api.list_services",
    "api.list_accounts", "api.list_all_attempts", "api.list_events", "api.list_orphans", "api.read_orphan",
    "api.list_pull_items", "api.read_run", "api.list_subscribers", "api.list_erasures", "api.read_erasure",
    "kept.lift", "packages.edit", "privacy.index", "privacy.accesses", "fragments.run_summary", "fragments.guided_move",
    "fragments.pull_summary", "first_run.index", "first_run.done", "fragments.first_account", "practice.index",
    "never_used.index", "activation.messages", "api.list_never_used", "api.list_messages",
    "search.index", "bulk.new", "bulk.detail", "agenda.day", "guided_moves.index", "guided_moves.detail",
    "api.list_guided_moves", "api.read_guided_move",
    "seats.rights", "seats.suspended",
    "invoices.detail", "invoices.line", "invoices.columns", "api.list_invoice_lines", "api.contest_invoice",
})  # fmt: skip
# They refresh what a page showed already; but whoever asks for one alone has looked, too.
REPEATED = "fragments."


def register(app: Flask) -> None:
    """Stand behind every answer."""
    before_render_template.connect(_count_people, app)
    app.after_request(_note)


def about(endpoint: str, path: str, args: dict[str, Any], query: Callable[[str], str | None]) -> tuple[str, Any] | None:
    """Return whom a request shows: kind and id; ``many`` and 0 for a list; None = nobody.

    Args:
        query: value of a name in the query.
    """
    for name, kind in KINDS.items():
        if name in args:
            return kind, args[name]
    if path.startswith(API_PREFIX) and "code" in args:
        return next(((kind, args["code"]) for part, kind in CODES.items() if part in path), None)
    if endpoint not in MANY_PEOPLE:
        return None
    return _narrowed(endpoint, query) or (MANY, 0)


def _narrowed(endpoint: str, query: Callable[[str], str | None]) -> tuple[str, Any] | None:
    """A list may be narrowed to one person."""
    account, of, one = query("account"), query("type"), query("id")
    if endpoint == "transmissions.index" and (account or "").isdecimal():
        return "account", int(account or 0)
    if endpoint == "history.index" and of is not None and of in KINDS.values() and (one or "").isdecimal():
        return of, int(one or 0)
    return None


def _note(response: Response) -> Response:
    endpoint = request.endpoint
    if request.method != "GET" or response.status_code != 200 or endpoint is None:
        return response
    found = about(endpoint, request.path, dict(request.view_args or {}), request.args.get)
    if found is not None and audit.current_actor() != "system":
        people, repeated = _people(response, found), endpoint.startswith(REPEATED)
        look = look_now(audit.current_actor(), endpoint, request.remote_addr or "", found, people, repeated=repeated)
        leave(response, look)
    return response


def leave(response: Response, look: Look) -> None:
    """Have a look written down as soon as the answer is out."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def write() -> None:
        with app.app_context():
            try:
                note(look)
            except SQLAlchemyError:
                # A border: the answer is out, and nothing may fail because of its note.
                app.logger.exception("access.not_noted")

    response.call_on_close(write)


def _people(response: Response, found: tuple[str, Any]) -> int:
    if found[0] != MANY:
        return 1
    if request.path.startswith(API_PREFIX):
        body = json.loads(response.get_data()) if response.is_json else {}
        return len(body.get("items", ())) if isinstance(body, dict) else 1
    return int(g.get("people_shown", 1))


def _count_people(_app: Flask, context: dict[str, Any], **_extra: Any) -> None:
    items = getattr(context.get("page"), "items", None)
    if isinstance(items, list | tuple):
        g.people_shown = len(items)
