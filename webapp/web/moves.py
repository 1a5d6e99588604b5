"""A service moves: to another plan, or to another holder. Each shows what happens before it does."""

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.extensions import db
from webapp.messages import Explanation, explain
from webapp.models import Customer, Service
from webapp.services import move_effects, moves, pages_customers, pages_services, transfers
from webapp.services.errors import Conflict, Invalid, ServiceError
from webapp.services.hub import current_hub
from webapp.services.preview_effects import effects_of_new_status
from webapp.services.preview_inputs import Scene, load_scene
from webapp.services.transfers import CANCELLED, TransferInput
from webapp.web import htmx
from webapp.web.access import SELLERS, requires
from webapp.web.forms.base import edited_version, parse_input, show_refusal
from webapp.web.forms.services import TransferForm

bp = Blueprint("moves", __name__)


class _Besides(TypedDict):
    """What is said of a migration beside the plan and its packages."""

    plan_value: bool
    email: str


FOUND = 10
TRANSFER_FIELDS = ("code", "on", "login", "password", "email", "reason")


@bp.get("/services/<int:service_id>/migrate")
@requires(*SELLERS)
def migrate(service_id: int) -> ResponseReturnValue:
    """Choose a plan, and see what moving there does."""
    scene = load_scene(service_id)
    plan_id = request.args.get("plan_id", type=int)
    if plan_id is None or plan_id == scene.service.plan_id:
        return _migrate_page(scene, None)
    chosen = request.args.getlist("packages", type=int) if "chosen" in request.args else None
    return _migrate_page(scene, moves.view_move(scene.service, plan_id, chosen, **_besides(request.args)))


@bp.post("/services/<int:service_id>/migrate")
@requires(*SELLERS)
def carry_out_migration(service_id: int) -> ResponseReturnValue:
    """Move a service to another plan, exactly as it was shown; another choice is shown first."""
    scene = load_scene(service_id)
    service = scene.service
    plan_id, chosen = request.form.get("plan_id", type=int), request.form.getlist("packages", type=int)
    if plan_id is None:
        abort(422)
    besides = _besides(request.form)
    if request.form.get("shown") != _choice_mark(chosen, **besides):
        return _migrate_page(scene, moves.view_move(service, plan_id, chosen, **besides))
    try:
        moves.move_service(service, plan_id, chosen, request.form.get("stamp", ""), **besides)
    except (Conflict, Invalid) as error:
        db.session.rollback()
        scene = load_scene(service_id)
        again = moves.view_move(scene.service, plan_id, chosen, **besides)
        return _migrate_page(scene, again, error)
    return htmx.go_to(_customer_page(service), _("The plan was changed; the platforms follow."))


@bp.route("/services/<int:service_id>/transfer", methods=["GET", "POST"])
@requires(*SELLERS)
def transfer(service_id: int) -> ResponseReturnValue:
    """Give a service to another customer: choose the holder, see what happens, confirm."""
    service = db.session.get(Service, service_id) or abort(404)
    customer = _holder(service)
    if customer is None:
        return _choose_holder(service)
    form, status = _transfer_form(service), 200
    if "show" in request.form:
        return _transfer_page(service_id, customer.id, form)
    if form.validate_on_submit():
        try:
            new = transfers.transfer_service(service, _transfer_input(form, customer), edited_version(form))
        except ServiceError as error:
            db.session.rollback()
            status = show_refusal(form, error)
        else:
            message = _("The service is now held by %(name)s; the platforms follow.", name=new.customer.name)
            return htmx.go_to(url_for("customers.detail", customer_id=new.customer_id), message)
    elif form.errors:
        status = 422
    return _transfer_page(service_id, customer.id, form), status


def _migrate_page(
    scene: Scene, moving: moves.Moving | None, error: Conflict | Invalid | None = None
) -> ResponseReturnValue:
    service, problems = scene.service, _words_of(moving, error)
    effects = None
    if moving is not None and not moving.problems:
        effects = move_effects.effects_of_plan_move(scene, moving.move)
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 422
    context: dict[str, Any] = {
        "service": service, "moving": moving, "effects": effects, "problems": problems,
        "changed": request.method == "POST" and error is None,
        "plans": pages_services.plan_choices(besides=service.plan_id),
        "shown": _choice_mark(moving.chosen, moving.plan_value, moving.email) if moving else "",
    }  # fmt: skip
    return htmx.page_or_partial("customers/migrate.html", "customers/_move.html", context, status)


def _words_of(moving: moves.Moving | None, error: Conflict | Invalid | None) -> list[Explanation]:
    told = list(moving.problems) if moving else []
    if isinstance(error, Invalid):
        told = error.problems
    words = [explain(problem.code, problem.params) for problem in told]
    return [explain(error.code, error.params), *words] if isinstance(error, Conflict) else words


def _besides(values: Mapping[str, str]) -> _Besides:
    return {"plan_value": values.get("plan_value") == "y", "email": values.get("email", "").strip().lower()}


def _choice_mark(chosen: Iterable[int], plan_value: bool, email: str) -> str:
    return ",".join(map(str, sorted(chosen))) + ("+" if plan_value else "") + email


def _holder(service: Service) -> Customer | None:
    customer_id = request.values.get("customer_id", type=int)
    customer = db.session.get(Customer, customer_id) if customer_id else None
    return customer if customer is not None and customer.id != service.customer_id else None


def _choose_holder(service: Service) -> ResponseReturnValue:
    query = request.args.get("q", "").strip()
    found = pages_customers.find_customers(query, size=FOUND).items if query else []
    context = {
        "service": service, "query": query, "found": [row for row in found if row.id != service.customer_id],
        "status_steps": pages_services.status_steps(service.status),
    }  # fmt: skip
    return htmx.page_or_partial("customers/transfer_choose.html", "customers/_holders.html", context)


def _transfer_form(service: Service) -> TransferForm:
    data = {"version": service.version, "on": current_hub().today(), "login": service.login}
    return TransferForm(data=data)


def _transfer_input(form: TransferForm, customer: Customer) -> TransferInput:
    values = {name: form[name].data for name in TRANSFER_FIELDS}
    return parse_input(TransferInput, {**values, "customer_id": customer.id})


def _transfer_page(service_id: int, customer_id: int, form: TransferForm) -> str:
    scene, customer = load_scene(service_id), db.session.get_one(Customer, customer_id)
    return render_template(
        "customers/transfer.html", form=form, service=scene.service, customer=customer,
        ending=effects_of_new_status(scene, CANCELLED),
        beginning=move_effects.effects_for_holder(scene, customer, form.email.data or ""),
    )  # fmt: skip


def _customer_page(service: Service) -> str:
    return url_for("customers.detail", customer_id=service.customer_id)
