"""The history: who did what, when, before, after, why."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.services import audit_export, audit_files, chain
from webapp.services.history_query import WITH
from webapp.services.hub import current_hub
from webapp.services.pages_history import actors, subject_of
from webapp.services.tables import TABLES
from webapp.services.tables.history import filter_of
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.history_words import actions, people
from webapp.web.tables import Shown, asked_in, show

bp = Blueprint("history", __name__, url_prefix="/history")

# The history of one of these is short, and the transmissions tell most of it.
TOLD_BY_CALLS = ("customer", "service", "service_package", "account")


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show what happened: to everything, or to one object with what belongs to it."""
    table, known = TABLES["history"], actors()
    about = _about()
    shown = show(
        table, place=about, fixed=about, usual={"sent": WITH} if about.get("type") in TOLD_BY_CALLS else {},
        offers={"action": actions(), "who": people(known, request.args.get("who", "")[:200])},
    )  # fmt: skip
    subject = subject_of((about["type"], int(about["id"])), shown.page.items) if about else None
    _refuse_nobody(shown, known=subject is not None)
    context: dict[str, Any] = {
        "shown": shown, "table": table, "page": shown.page, "subject": subject, "about": about, "people": dict(known),
    }  # fmt: skip
    return htmx.page_or_partial("history/index.html", "history/_list.html", context)


@bp.post("/export")
@requires(*ADMINS)
def export() -> ResponseReturnValue:
    """Send what the filter finds as a file that can be verified without the hub; the history notes who took it."""
    fmt = request.form.get("format", "csv")
    if fmt not in audit_files.FORMATS:
        abort(404)
    asked = asked_in(TABLES["history"], request.form.get("query", ""))
    entries = audit_export.begin_export(filter_of(asked.filters), fmt)
    name = f"history-{current_hub().today():%Y-%m-%d}.{fmt}"
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"}
    return Response(audit_files.write(entries, fmt), mimetype=audit_files.TYPES[fmt], headers=headers)


@bp.get("/audit")
@requires(*ADMINS)
def audit() -> ResponseReturnValue:
    """Show whether the history is as it was written, and since when that is known."""
    context = {"standing": chain.standing(), "anchor": chain.anchor()}
    return htmx.page_or_partial("history/audit.html", "history/_audit.html", context)


@bp.post("/audit/check")
@requires(*ADMINS)
def check() -> ResponseReturnValue:
    """Have the whole chain checked; that may take a minute, so another part of the hub does it."""
    chain.ask_for_check()
    return htmx.go_to(url_for("history.audit"), _("The check begins within a minute."))


def _about() -> dict[str, str]:
    """Return kind and number of the object that is asked for; empty = everything."""
    asked = TABLES["history"].clean(request.args)
    found = {name: asked.get(name, "") for name in ("type", "id")}
    return found if all(found.values()) else {}


def _refuse_nobody(shown: Shown, *, known: bool) -> None:
    """Of an object that never was there is no history; one that is gone still has its own."""
    if shown.fixed and not known and not shown.page.items and not shown.filtered:
        abort(404)
