"""Change of ownership and of e-mail, step by step: ask, watch the steps, let it go on or stop it."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.extensions import db
from webapp.models import Customer, Service
from webapp.services import guided_moves
from webapp.services.errors import ServiceError
from webapp.services.guided_moves import MoveOrder
from webapp.services.hub import current_hub
from webapp.web import htmx
from webapp.web.access import READERS, SELLERS, requires
from webapp.web.forms.agenda import GuidedMoveForm
from webapp.web.forms.base import edited_version, parse_input, show_refusal
from webapp.web.reasons import reason_given

bp = Blueprint("guided_moves", __name__)

STATES = ("asked", "making", "checking", "ending", "done", "stopped")
FIELDS = ("code", "on", "email", "login", "password", "also_own", "agree_gap", "reason")


@bp.get("/guided-moves")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List guided moves."""
    status = request.args.get("status", "")
    status = status if status in STATES else ""
    page = guided_moves.list_moves(status, request.args.get("cursor", ""))
    context = {"page": page, "status": status, "states": STATES}
    return htmx.page_or_partial("guided_moves/index.html", "guided_moves/_table.html", context)


@bp.get("/guided-moves/<int:move_id>")
@requires(*READERS)
def detail(move_id: int) -> ResponseReturnValue:
    """Show the steps of a move, and what is in its way."""
    context = {"view": guided_moves.view_move(move_id)}
    return htmx.page_or_partial("guided_moves/detail.html", "guided_moves/_steps.html", context)


@bp.post("/guided-moves/<int:move_id>/go-on")
@requires(*SELLERS)
def go_on(move_id: int) -> ResponseReturnValue:
    """Let a move that met a failure go on."""
    guided_moves.go_on(move_id, reason_given())
    guided_moves.advance(move_id)
    return htmx.go_to(url_for("guided_moves.detail", move_id=move_id), _("The move goes on."))


@bp.post("/guided-moves/<int:move_id>/stop")
@requires(*SELLERS)
def stop(move_id: int) -> ResponseReturnValue:
    """Stop a move; the old service stays."""
    guided_moves.stop(move_id, reason_given())
    message = _("The move was stopped; the old service stays as it is.")
    return htmx.go_to(url_for("guided_moves.detail", move_id=move_id), message)


@bp.route("/services/<int:service_id>/change-email", methods=["GET", "POST"])
@requires(*SELLERS)
def email(service_id: int) -> ResponseReturnValue:
    """Move the accounts of a service to another e-mail of the same customer."""
    return _ask(guided_moves.service_to_move(service_id), "email", None)


@bp.route("/services/<int:service_id>/guided-transfer", methods=["GET", "POST"])
@requires(*SELLERS)
def holder(service_id: int) -> ResponseReturnValue:
    """Move a service to another holder, the old account last."""
    service = guided_moves.service_to_move(service_id)
    customer_id = request.values.get("customer_id", type=int)
    customer = db.session.get(Customer, customer_id) if customer_id else None
    if customer is None or customer.id == service.customer_id:
        return htmx.see_other(url_for("moves.transfer", service_id=service_id))
    return _ask(service, "holder", customer)


def _ask(service: Service, kind: str, customer: Customer | None) -> ResponseReturnValue:
    form, status = _form(service, kind), 200
    sent = form.validate_on_submit()
    if sent and "show" not in request.form:
        try:
            order = _order(form, kind, customer)
            move = guided_moves.ask(service.id, order, edited_version(form))
        except ServiceError as error:
            db.session.rollback()
            status = show_refusal(form, error)
        else:
            guided_moves.advance(move.id, order.password)
            return htmx.go_to(url_for("guided_moves.detail", move_id=move.id), _("The move has begun."))
    elif form.errors:
        status = 422
    return _page(service, form, kind, customer, judged=sent and status == 200), status


def _form(service: Service, kind: str) -> GuidedMoveForm:
    first = {"version": service.version, "on": current_hub().today(), "also_own": True}
    own = {"code": f"{service.code}-2"} if kind == "email" else {"login": service.login}
    return GuidedMoveForm(data={**first, **own})


def _order(form: GuidedMoveForm, kind: str, customer: Customer | None) -> MoveOrder:
    values = {name: form[name].data for name in FIELDS}
    return parse_input(MoveOrder, {**values, "kind": kind, "customer_id": customer.id if customer else None})


def _page(service: Service, form: GuidedMoveForm, kind: str, customer: Customer | None, *, judged: bool) -> str:
    """Show the form with what will happen; what was typed is judged where somebody asked to see it."""
    service = guided_moves.service_to_move(service.id)
    scheme = None
    if form.code.data and form.on.data:
        scheme = guided_moves.scheme_of(service, _order(form, kind, customer))
        if judged:
            form.add_problems([one for one in scheme.problems if one.code != "guided_move_gap"])
    context: dict[str, Any] = {
        "form": form, "service": service, "kind": kind, "customer": customer or service.customer, "scheme": scheme,
        "open_move": guided_moves.open_move_of(service.id),
    }  # fmt: skip
    return render_template("guided_moves/form.html", **context)
