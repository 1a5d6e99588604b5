"""Accounts that a platform shows and that nobody here made: look at them, adopt, ignore, end."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.extensions import db
from webapp.messages import explain
from webapp.services import pages_orphans
from webapp.services.errors import Invalid
from webapp.services.orphans import adopting, deciding
from webapp.services.persons import same_person
from webapp.services.tables import TABLES
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.fresh import fresh
from webapp.web.tables import show

bp = Blueprint("orphans", __name__, url_prefix="/orphans")

ADOPT, IGNORE, CANCEL, APPROVE, REOPEN = "adopt", "ignore", "cancel", "approve", "reopen"
REASONED = (IGNORE, CANCEL)


def register(app: Flask) -> None:
    """Bind what templates use."""
    app.jinja_env.globals.update(orphan_state=pages_orphans.state_of, orphan_name=pages_orphans.name_of)


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List them, the latest first."""
    shown = show(TABLES["orphans"])
    context = {"shown": shown, "table": shown.table, "page": shown.page}
    return htmx.page_or_partial("orphans/index.html", "orphans/_table.html", context)


@bp.get("/<int:orphan_id>")
@requires(*READERS)
def detail(orphan_id: int) -> ResponseReturnValue:
    """Show one: what is known, and whose it may be."""
    query = request.args.get("q", "").strip()
    view = pages_orphans.view_orphan(orphan_id, query)
    context = {"view": view, "query": query, "own": same_person(view.orphan.requested_by)}
    return htmx.page_or_partial("orphans/detail.html", "orphans/_search.html", context)


@bp.get("/choose")
@requires(*ADMINS)
def choose() -> ResponseReturnValue:
    """Say what adopting those that were chosen would do, each for whom it probably belongs to."""
    ids = _chosen()
    if not ids:
        return htmx.go_to(url_for("orphans.index"), str(explain("orphan_none_chosen")), "warning")
    return _confirm(ids, ADOPT)


@bp.post("/<any(adopt, ignore, cancel, approve, reopen):action>")
@requires(*ADMINS)
@fresh
def decide(action: str) -> ResponseReturnValue:
    """Carry out what was confirmed."""
    ids = _ticked(request.form)
    try:
        message = _carry_out(action, ids)
    except Invalid as error:
        db.session.rollback()
        return _confirm(ids, action, [explain(one.code, one.params).cause for one in error.problems])
    only = ids[0] if len(ids) == 1 else None
    place = url_for("orphans.detail", orphan_id=only) if only else url_for("orphans.index")
    return htmx.go_to(place, *message)


def _carry_out(action: str, ids: list[int]) -> tuple[str, str]:
    if action == ADOPT:
        return _adopt(ids)
    reason = request.form.get("reason", "").strip()
    if action == CANCEL:
        asked = deciding.cancel(ids, reason)
        waits = _("Asked for. Another person must approve it before anything is ended.")
        return (waits if asked.waits else _("It is looked up once more and then ended.")), "success"
    done = {
        IGNORE: lambda: deciding.ignore(ids, reason), REOPEN: lambda: deciding.reopen(ids),
        APPROVE: lambda: deciding.approve_cancel(ids),
    }[action]()  # fmt: skip
    words = {
        IGNORE: ngettext("%(num)s account is ignored.", "%(num)s accounts are ignored.", done),
        REOPEN: ngettext("%(num)s account is open again.", "%(num)s accounts are open again.", done),
        APPROVE: ngettext(
            "The end of %(num)s account was approved.", "The end of %(num)s accounts was approved.", done
        ),
    }
    return words[action], "success"


def _adopt(ids: list[int]) -> tuple[str, str]:
    results = adopting.adopt(ids, request.form.get("service_id", type=int), request.form.get("stamp", ""))
    left = [one.problem for one in results if one.problem is not None]
    done = len(results) - len(left)
    if not done and len(left) == 1:
        return str(explain(left[0].code, left[0].params)), "warning"
    message = ngettext("%(num)s account was adopted.", "%(num)s accounts were adopted.", done)
    if left:
        message += " " + ngettext("%(num)s was left as it is.", "%(num)s were left as they are.", len(left))
    if any(one.loses for one in results):
        message += " " + _("Who would lose content by that stands in a reconciliation, with its limits.")
    return message, "success" if done else "warning"


def _confirm(ids: list[int], action: str, errors: list[str] | None = None) -> ResponseReturnValue:
    service_id = request.values.get("service_id", type=int)
    context: dict[str, Any] = {
        "choice": pages_orphans.view_choice(ids, action, service_id), "action": action, "errors": errors or [],
        "service_id": service_id,
        "reasoned": action in REASONED, "examples": pages_orphans.EXAMPLES, "alone": deciding.ALONE_PER_DAY,
    }  # fmt: skip
    return render_template("orphans/choose.html", **context), 422 if errors else 200


def _chosen() -> list[int]:
    """Return the ids that were ticked, or all that the filter of the list finds."""
    if request.args.get("all") == "1":
        wanted = TABLES["orphans"].clean(dict(parse_qsl(request.args.get("filters", ""))))
        return pages_orphans.all_ids(TABLES["orphans"].rows(wanted))
    return _ticked(request.args)


def _ticked(values: Any) -> list[int]:
    return sorted(set(values.getlist("id", type=int)))
