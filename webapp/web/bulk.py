"""Work on many rows: see what an action would do, begin it, watch it, stop it."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Flask, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from webapp.extensions import db
from webapp.messages import explain
from webapp.models.desk import BULK_STATUSES
from webapp.services import bulk_jobs, pages_bulk
from webapp.services.audit import MASK
from webapp.services.bulk_jobs import KINDS, Order, Preview
from webapp.services.errors import Conflict, Invalid
from webapp.services.tables import TABLES
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, SELLERS, may, requires
from webapp.web.forms.base import show_refusal
from webapp.web.forms.bulk import ActionForm, StartForm
from webapp.web.fresh import fresh
from webapp.web.label import Label
from webapp.web.labels_bulk import KIND, LINE, STATE

bp = Blueprint("bulk", __name__, url_prefix="/bulk")

# A form carries the rows that were ticked; whoever wants more takes all that the filter finds.
MOST_TICKED = 1_000
MOST_LETTERS = 200


def register(app: Flask) -> None:
    """Bind what lists and dashboard use."""
    app.jinja_env.globals.update(bulk_kinds=offered, open_bulk_jobs=pages_bulk.open_jobs)


def offered(table: str) -> list[tuple[str, Label]]:
    """Return the actions that whoever is signed in may begin from a list; empty where there is none."""
    return [(key, KIND[key]) for key, kind in KINDS.items() if table in kind.tables and may(*kind.roles)]


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List jobs, the latest first."""
    status = request.args.get("status", "")
    status = status if status in BULK_STATUSES else ""
    page = pages_bulk.list_jobs(status, request.args.get("cursor", ""))
    context = {"page": page, "status": status, "statuses": {name: STATE[name] for name in BULK_STATUSES}}
    return htmx.page_or_partial("bulk/index.html", "bulk/_table.html", context)


@bp.get("/new")
@requires(*SELLERS)
def new() -> ResponseReturnValue:
    """Ask what an action needs, and say what it would do; nothing is begun."""
    order = _order(request.args)
    if order.ids == ():
        return htmx.go_to(_list_of(order), str(explain("bulk_none_chosen")), "warning")
    form = _asked(order)
    seen, status = _seen(order, form) if _is_asked(order) else (None, 200)
    return _page(order, form, StartForm(formdata=None), seen, status)


@bp.post("")
@requires(*SELLERS)
def start() -> ResponseReturnValue:
    """Begin what was shown; where a number is to be confirmed, only after a fresh proof of who sits there."""
    order = _order(request.form)
    if order.action.fresh or request.form.get("confirm", "").strip():
        return _begin_proved(order)
    return _begin(order)


@bp.get("/<int:job_id>")
@requires(*READERS)
def detail(job_id: int) -> ResponseReturnValue:
    """Show one job: how far it is, and what became of each row."""
    context = summary_context(job_id)
    outcome = request.args.get("outcome", "")
    outcome = outcome if outcome in LINE else ""
    page = pages_bulk.job_lines(context["view"].job, outcome, request.args.get("cursor", ""))
    context |= {"page": page, "outcome": outcome, "outcomes": LINE}
    return htmx.page_or_partial("bulk/detail.html", "bulk/_lines.html", context)


@bp.post("/<int:job_id>/stop")
@requires(*SELLERS)
def stop(job_id: int) -> ResponseReturnValue:
    """Stop a job between two rows."""
    kind = KINDS.get(bulk_jobs.get_job(job_id).kind)
    if kind is not None and not may(*kind.roles):
        abort(403)
    bulk_jobs.request_stop(job_id)
    return htmx.go_to(url_for("bulk.detail", job_id=job_id), _("It stops; what was done stays."))


def summary_context(job_id: int) -> dict[str, Any]:
    """Return what the head of a job shows, on the page and polled."""
    view = pages_bulk.view_job(job_id)
    kind = KINDS.get(view.job.kind)
    return {
        "view": view, "decides": kind is not None and may(*kind.roles),
        "again": pages_bulk.has_failed(view.job), "list_url": _list_url(view.job.table_name, view.job.filters),
    }  # fmt: skip


@fresh
def _begin_proved(order: Order) -> ResponseReturnValue:
    return _begin(order, may_exceed=may(*ADMINS))


def _begin(order: Order, *, may_exceed: bool = False) -> ResponseReturnValue:
    confirm, form = StartForm(), _asked(order)
    seen, status = None, 422
    if confirm.validate_on_submit():
        try:
            job = bulk_jobs.start(order, confirm.stamp.data or "", confirm=confirm.confirm.data, may_exceed=may_exceed)
        except (Invalid, Conflict) as error:
            db.session.rollback()
            status = show_refusal(confirm, error)
        else:
            return htmx.go_to(url_for("bulk.detail", job_id=job.id), _("It has begun. You may leave this page."))
    seen, _status = _seen(order, form)
    confirm.stamp.data = seen.stamp if seen is not None else ""
    return _page(order, form, confirm, seen, status)


def _page(
    order: Order, form: ActionForm, confirm: StartForm, seen: Preview | None, status: int
) -> ResponseReturnValue:  # fmt: skip
    if seen is not None:
        confirm.stamp.data = seen.stamp
    context = {
        "order": order, "kind": order.action, "form": form, "confirm": confirm, "seen": seen,
        "fields": [] if order.retry_of or order.undo_of else form.of(order.action),
        "carried": _carried(order), "back": _list_of(order),
    }  # fmt: skip
    return htmx.page_or_partial("bulk/new.html", "bulk/_new.html", context, status)


def _seen(order: Order, form: ActionForm) -> tuple[Preview | None, int]:
    """Return what an order would do, or put on the form why that cannot be said."""
    try:
        seen = bulk_jobs.preview(order)
    except Conflict as error:
        return None, show_refusal(form, error)
    if seen.problems:
        form.add_problems(seen.problems)
        return None, 422
    return seen, 200


def _order(values: MultiDict[str, str]) -> Order:
    """Read what is wanted; what does not fit together is no page of ours."""
    reason = values.get("reason", "").strip()
    for name, make in (("undo_of", bulk_jobs.back), ("retry_of", bulk_jobs.again)):
        job_id = values.get(name, type=int)
        if job_id is not None:
            return _permitted(make(job_id, reason))
    kind, table = KINDS.get(values.get("kind", "")), values.get("table", "")
    if kind is None or table not in kind.tables:
        abort(404)
    ids = tuple(sorted(set(values.getlist("id", type=int))))
    if len(ids) > MOST_TICKED:
        raise Conflict("bulk_too_many", {"most": MOST_TICKED})
    params = {name: values.get(name, "").strip()[:MOST_LETTERS] for name in (*kind.fields, *kind.asks)}
    filters = TABLES[table].clean(dict(parse_qsl(values.get("filters", ""))))
    return _permitted(
        Order(kind.key, table, filters, None if values.get("all") == "1" else ids, _filled(params), reason)
    )


def _permitted(order: Order) -> Order:
    if not may(*order.action.roles):
        abort(403)
    return order


def _filled(params: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in params.items() if value}


def _is_asked(order: Order) -> bool:
    """Tell whether the question was answered, or there is none."""
    again = order.retry_of is not None or order.undo_of is not None
    return again or not order.action.fields or "asked" in request.args


def _asked(order: Order) -> ActionForm:
    form = ActionForm(formdata=MultiDict(order.params), meta={"csrf": False})
    # What is tried again or taken back asks nothing anew.
    shown = () if order.retry_of or order.undo_of else (*order.action.fields, *order.action.asks)
    selling = order.action.key == "services_sell"
    form.offer(
        pages_bulk.packages_on_offer(selling=selling) if "package_id" in shown else (),
        pages_bulk.plans_on_offer() if "plan_id" in shown else (),
    )
    return form


def _carried(order: Order) -> list[tuple[str, str]]:
    """Return what the forms of the page hand on: which action on which rows."""
    if order.undo_of is not None and order.retry_of is None:
        return [("undo_of", str(order.undo_of))]
    if order.retry_of is not None:
        return [("retry_of", str(order.retry_of))]
    found = [("kind", order.kind), ("table", order.table)]
    if order.ids is None:
        return [*found, ("all", "1"), ("filters", urlencode(order.filters))]
    return [*found, *(("id", str(one)) for one in order.ids)]


def _list_of(order: Order) -> str:
    job_id = order.retry_of or order.undo_of
    return url_for("bulk.detail", job_id=job_id) if job_id else _list_url(order.table, order.filters)


def _list_url(table: str, filters: Any) -> str:
    """Return the list that rows were chosen from; what was searched for is not kept, so it is left out."""
    tabs = {"accounts_pending": "pending", "accounts_stuck": "blocked"}
    kept = {name: value for name, value in dict(filters).items() if value != MASK}
    found = TABLES.get(table)
    if found is None:
        return url_for("bulk.index")
    return url_for(found.endpoint, **kept, **({"tab": tabs[table]} if table in tabs else {}))
