"""Services of a customer and the packages sold on them."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.extensions import db
from webapp.gateways.contract import ParamSpec, Traits
from webapp.gateways.registry import get_gateway
from webapp.models import Customer, Package, Service, ServicePackage
from webapp.services import pages_catalogue, pages_customers, subscriptions
from webapp.services.errors import NotFound, ServiceError
from webapp.services.inputs import SaleChange, SaleInput, ServiceInput
from webapp.web import htmx
from webapp.web.access import SELLERS, requires
from webapp.web.forms import params
from webapp.web.forms.base import change_rows, parse_input, row_params, show_refusal
from webapp.web.forms.customers import MigrateForm, ReasonForm, SaleForm, ServiceForm, StatusForm

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
    form.plan_id.choices = [(plan.id, plan.description) for plan in pages_catalogue.active_plans()]
    if not form.validate() or form.plan_id.data is None:
        abort(422)
    subscriptions.migrate_plan(service.code, form.plan_id.data)
    return _back(service.customer_id, _("The plan was changed."))


@bp.route("/services/<int:service_id>/packages/new", methods=["GET", "POST"])
@requires(*SELLERS)
def sell(service_id: int) -> ResponseReturnValue:
    """Choose a package, then fill in value and params."""
    service = pages_customers.view_service(service_id)
    choices = {package.id: package for package in subscriptions.sale_choices(service.code)}
    package = choices.get(request.args.get("package_id", type=int) or 0)
    if package is None:
        return render_template("customers/sell.html", service=service, packages=list(choices.values()))
    return _sell(service, package)


@bp.route("/service-packages/<int:sale_id>", methods=["GET", "POST"])
@requires(*SELLERS)
def edit_sale(sale_id: int) -> ResponseReturnValue:
    """Change value, dates or params of a package sold."""
    sale = pages_customers.view_sale(sale_id)
    traits = _traits(sale.package)
    form, status = _sale_form(traits, sale), 200
    if request.method == "POST" and change_rows(form.free, request.form, "free"):
        return _sale_page(form, traits, sale.service, sale.package, sale)
    if form.validate_on_submit():
        try:
            change = parse_input(SaleChange, _sale_values(form, traits, sale))
            subscriptions.update_sale(sale_id, change, version=int(form.version.data or 0))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return _back(sale.service.customer_id, _("The package was saved."))
    elif form.errors:
        status = 422
    sale = pages_customers.view_sale(sale_id)
    return _sale_page(form, traits, sale.service, sale.package, sale), status


@bp.route("/service-packages/<int:sale_id>/remove", methods=["GET", "POST"])
@requires(*SELLERS)
def remove_sale(sale_id: int) -> ResponseReturnValue:
    """Take a package off a service, after a question."""
    sale = pages_customers.view_sale(sale_id)
    form = ReasonForm()
    if form.validate_on_submit():
        subscriptions.remove_sale(sale_id, reason=form.reason.data or "")
        return _back(sale.service.customer_id, _("The package was removed; the platform follows."))
    return render_template("customers/remove_sale.html", form=form, sale=sale)


def _back(customer_id: int, message: str) -> ResponseReturnValue:
    return htmx.go_to(url_for("customers.detail", customer_id=customer_id), message)


def _service_form(service: Service | None = None) -> ServiceForm:
    form = ServiceForm(obj=service) if service is None else ServiceForm(data=_service_data(service))
    plans = {plan.id: plan.description for plan in pages_catalogue.active_plans()}
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


def _traits(package: Package) -> Traits | None:
    return get_gateway(package.integration.gateway).traits if package.integration else None


def _specs(traits: Traits | None) -> list[ParamSpec]:
    return params.sale_specs(traits) if traits else []


def _sale_form(traits: Traits | None, sale: ServicePackage | None, package: Package | None = None) -> SaleForm:
    specs = _specs(traits)
    form_class = params.with_params(SaleForm, specs)
    if sale is None:
        return form_class(data={"value": package.value if package else None})
    declared = {spec.name for spec in specs}
    free = [{"name": name, "value": value} for name, value in sale.params.items() if name not in declared]
    own = {name: getattr(sale, name) for name in ("version", "value", "description", "starts_on", "ends_on")}
    return form_class(data={**own, "free": free, **params.filled(specs, sale.params)})


def _sale_values(form: SaleForm, traits: Traits | None, sale: ServicePackage | None = None) -> dict[str, Any]:
    names = ("value", "description", "starts_on", "ends_on")
    specs = _specs(traits)
    secret = {spec.name for spec in specs if spec.secret}
    # A secret is never shown, so an empty field means: as it was.
    kept = {name: value for name, value in (sale.params if sale else {}).items() if name in secret}
    params_given = {**kept, **params.given(form, specs), **row_params(form.free)}
    return {**{name: form[name].data for name in names}, "params": params_given}


def _sell(service: Service, package: Package) -> ResponseReturnValue:
    traits = _traits(package)
    form, status = _sale_form(traits, None, package), 200
    if request.method == "POST" and change_rows(form.free, request.form, "free"):
        return _sale_page(form, traits, service, package, None)
    if form.validate_on_submit():
        try:
            given = parse_input(SaleInput, {**_sale_values(form, traits), "package_id": package.id})
            subscriptions.add_sale(service.code, given)
        except NotFound:
            raise
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return _back(service.customer_id, _("The package was sold; the platform follows."))
    elif form.errors:
        status = 422
    return _sale_page(form, traits, service, package, None), status


def _sale_page(
    form: SaleForm, traits: Traits | None, service: Service, package: Package, sale: ServicePackage | None
) -> str:
    return render_template(
        "customers/sale_form.html", form=form, service=service, package=package, sale=sale,
        specs=_specs(traits), free_params=traits is not None and traits.free_params,
    )  # fmt: skip
