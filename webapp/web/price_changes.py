"""New values of packages and plans from a day on: choose, see what happens, plan exactly that; drop, take back."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.extensions import db
from webapp.models import Package, Plan, PriceChange
from webapp.services import price_changes
from webapp.services.errors import Invalid, Problem, ServiceError
from webapp.services.price_changes import Item, Order
from webapp.web import htmx
from webapp.web.access import VALUERS, requires
from webapp.web.forms.agenda import PriceForm
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.forms.fields import parse_money
from webapp.web.reasons import reason_given

bp = Blueprint("price_changes", __name__, url_prefix="/price-changes")

KINDS = ("package", "plan")
STATES = ("", "planned", "applied", "dropped")


@bp.get("")
@requires(*VALUERS)
def index() -> ResponseReturnValue:
    """List what is planned, what was applied and what was dropped."""
    status = request.args.get("status", "")
    status = status if status in STATES else ""
    page = price_changes.list_changes(status, request.args.get("cursor", ""))
    context = {"page": page, "status": status, "states": STATES[1:], "shown_state": shown_state}
    return htmx.page_or_partial("price_changes/index.html", "price_changes/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*VALUERS)
def new() -> ResponseReturnValue:
    """Choose packages or plans, see what new values do, and plan what was seen."""
    kind = request.values.get("kind", "package")
    kind = kind if kind in KINDS else "package"
    form, seen, status = PriceForm(), None, 200
    if form.validate_on_submit():
        try:
            order = _order(form, kind)
            if "show" not in request.form and form.checksum.data:
                return _planned(order, form.checksum.data)
            seen = price_changes.preview_changes(order)
        except ServiceError as error:
            db.session.rollback()
            status = _refused(form, error)
            seen = price_changes.preview_changes(order) if status == 409 else None
    elif form.errors:
        status = 422
    return _page(form, kind, seen, status)


@bp.post("/<int:change_id>/drop")
@requires(*VALUERS)
def drop(change_id: int) -> ResponseReturnValue:
    """Drop a change before its day."""
    price_changes.drop_change(change_id, reason_given())
    return htmx.go_to(url_for("price_changes.index"), _("The change was dropped."))


@bp.post("/<int:change_id>/take-back")
@requires(*VALUERS)
def take_back(change_id: int) -> ResponseReturnValue:
    """Give back the values of before."""
    kept = price_changes.take_back(change_id, reason_given()).counts["kept"]
    message = ngettext(
        "The values of before are back. %(num)d was changed by somebody since and was left alone.",
        "The values of before are back. %(num)d were changed by somebody since and were left alone.", kept,
    ) if kept else _("The values of before are back.")  # fmt: skip
    return htmx.go_to(url_for("price_changes.index"), message)


def shown_state(change: PriceChange) -> str:
    """Return the word for how far a change is."""
    if change.status == "dropped":
        return "refused" if "refused" in change.counts else "returned" if "returned" in change.counts else "dropped"
    return "applying" if change.status == "planned" and "cursor" in change.counts else change.status


def _order(form: PriceForm, kind: str) -> Order:
    items = [_item(one) for one in request.form.getlist("items", type=int)]
    names = ("percent", "amount", "from_on", "also_sold", "reason")
    return parse_input(Order, {**{name: form[name].data for name in names}, "kind": kind, "items": items})


def _item(item_id: int) -> Item:
    own = request.form.get(f"own-{item_id}", "").strip()
    try:
        return parse_input(Item, {"id": item_id, "amount": parse_money(own) if own else None})
    except InvalidOperation as error:
        raise Invalid([Problem("items", "price_change_own_wrong", {"value": own})]) from error


def _planned(order: Order, checksum: str) -> ResponseReturnValue:
    count = len(price_changes.plan_changes(order, checksum))
    message = ngettext("%(num)d change was planned.", "%(num)d changes were planned.", count)
    return htmx.go_to(url_for("price_changes.index"), message)


def _refused(form: PriceForm, error: ServiceError) -> int:
    """A rate for all is wrong for all alike; it is told once, beside the field of the rate."""
    if isinstance(error, Invalid):
        told = [Problem(problem.field.rpartition(".")[2], problem.code, problem.params) for problem in error.problems]
        error = Invalid(list({(one.field, one.code): one for one in told}.values()))
    return show_refusal(form, error)


def _page(form: PriceForm, kind: str, seen: price_changes.Preview | None, status: int) -> ResponseReturnValue:
    query = request.values.get("q", "")
    items: Sequence[Package | Plan] = price_changes.list_items(kind, query)
    context: dict[str, Any] = {
        "form": form, "kind": kind, "kinds": KINDS, "seen": seen, "items": items, "query": query,
        "chosen": set(request.values.getlist("items", type=int)), "zero": Decimal("0.00"),
        "own": {row.id: request.form.get(f"own-{row.id}", "") for row in items},
    }  # fmt: skip
    return htmx.page_or_partial("price_changes/new.html", "price_changes/_choose.html", context, status)
