"""Services of a customer: contract, change, suspend, migrate."""

from typing import Any

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.extensions import db
from webapp.models import Customer, Service
from webapp.services import pages_customers, pages_plans, subscriptions
from webapp.services.errors import ServiceError
from webapp.services.inputs import ServiceInput
from webapp.web import htmx
from webapp.web.access import SELLERS, requires
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.forms.customers import MigrateForm, ServiceForm, StatusForm

bp = Blueprint("services", __name__)

SERVICE_FIELDS = (
    "plan_id", "status", "login", "address", "sold_on", "pause_from", "pause_until", "no_suspend_until",
    "no_suspend_reason",
)  # fmt: skip


@bp.route("/customers/<int:customer_id>/services/new", methods=["GET", "POST"])
@requires(*SELLERS)
def new(customer_id: int) -> ResponseReturnValue:
    """Contract a plan; its packages come with it."""
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        abort(404)
    form, status = _service_form(), 200
    if form.validate_on_submit():
        try:
            subscriptions.upsert_service(form.code.data, _service_input(form, customer.code), version=0)
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return _back(customer_id, _("The service was saved."))
    elif form.errors:
        status = 422
    context = {"form": form, "customer": db.session.get(Customer, customer_id), "service": None}
    return render_template("customers/service_form.html", **context), status


@bp.route("/services/<int:service_id>/edit", methods=["GET", "POST"])
@requires(*SELLERS)
def edit(service_id: int) -> ResponseReturnValue:
    """Change a service's own data."""
    service = pages_customers.view_service(service_id)
    form, status = _service_form(service), 200
    if form.validate_on_submit():
        try:
            given = _service_input(form, service.customer.code)
            subscriptions.upsert_service(service.code, given, version=int(form.version.data or 0))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return _back(service.customer_id, _("The service was saved."))
    elif form.errors:
        status = 422
    service = pages_customers.view_service(service_id)
    context = {"form": form, "customer": service.customer, "service": service}
    return render_template("customers/service_form.html", **context), status


@bp.post("/services/<int:service_id>/status")
@requires(*SELLERS)
def change_status(service_id: int) -> ResponseReturnValue:
    """Enable, suspend or cancel; the platforms follow through the queue."""
    service = pages_customers.view_service(service_id)
    form = StatusForm()
    if not form.validate():
        abort(422)
    subscriptions.set_status(service.code, form.status.data, reason=form.reason.data or "")
    return _back(service.customer_id, _("The status was changed; the platforms follow."))


@bp.post("/services/<int:service_id>/migrate")
@requires(*SELLERS)
def migrate(service_id: int) -> ResponseReturnValue:
    """Move a service to another plan."""
    service = pages_customers.view_service(service_id)
    form = MigrateForm()
    form.plan_id.choices = [(plan.id, plan.description) for plan in pages_plans.active_plans()]
    if not form.validate() or form.plan_id.data is None:
        abort(422)
    subscriptions.migrate_plan(service.code, form.plan_id.data)
    return _back(service.customer_id, _("The plan was changed."))


def _back(customer_id: int, message: str) -> ResponseReturnValue:
    return htmx.go_to(url_for("customers.detail", customer_id=customer_id), message)


def _service_form(service: Service | None = None) -> ServiceForm:
    form = ServiceForm(obj=service) if service is None else ServiceForm(data=_service_data(service))
    plans = {plan.id: plan.description for plan in pages_plans.active_plans()}
    if service is not None:
        plans[service.plan_id] = service.plan.description
        form.code.data = service.code
    form.plan_id.choices = list(plans.items())
    return form


def _service_data(service: Service) -> dict[str, Any]:
    names = ("code", "version", *SERVICE_FIELDS)
    return {name: getattr(service, name) for name in names}


def _service_input(form: ServiceForm, customer_code: str) -> ServiceInput:
    values = {name: form[name].data for name in SERVICE_FIELDS}
    return parse_input(ServiceInput, {**values, "customer_code": customer_code, "password": form.password.data or None})
