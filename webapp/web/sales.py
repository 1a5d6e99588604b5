"""Packages sold on a service: add, change, take off."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.gateways.contract import ParamSpec, Traits
from webapp.gateways.registry import get_gateway
from webapp.models import Package, Service, ServicePackage
from webapp.services import pages_customers, subscriptions
from webapp.services.errors import NotFound, ServiceError
from webapp.services.inputs import SaleChange, SaleInput
from webapp.web import htmx
from webapp.web.access import SELLERS, requires
from webapp.web.forms import params
from webapp.web.forms.base import change_rows, parse_input, row_params, show_refusal
from webapp.web.forms.sales import ReasonForm, SaleForm

bp = Blueprint("sales", __name__)


@bp.route("/services/<int:service_id>/packages/new", methods=["GET", "POST"])
@requires(*SELLERS)
def sell(service_id: int) -> ResponseReturnValue:
    """Choose a package, then fill in value and params."""
    service = pages_customers.view_service(service_id)
    choices = {package.id: package for package in subscriptions.sale_choices(service.code)}
    package = choices.get(request.args.get("package_id", type=int) or 0)
    if package is None:
        return render_template("sales/choose.html", service=service, packages=list(choices.values()))
    return _sell(service, package)


@bp.route("/service-packages/<int:sale_id>", methods=["GET", "POST"])
@requires(*SELLERS)
def edit(sale_id: int) -> ResponseReturnValue:
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
def remove(sale_id: int) -> ResponseReturnValue:
    """Take a package off a service, after a question."""
    sale = pages_customers.view_sale(sale_id)
    form = ReasonForm()
    if form.validate_on_submit():
        subscriptions.remove_sale(sale_id, reason=form.reason.data or "")
        return _back(sale.service.customer_id, _("The package was removed; the platform follows."))
    return render_template("sales/remove.html", form=form, sale=sale)


def _back(customer_id: int, message: str) -> ResponseReturnValue:
    return htmx.go_to(url_for("customers.detail", customer_id=customer_id), message)


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
        "sales/form.html", form=form, service=service, package=package, sale=sale,
        specs=_specs(traits), free_params=traits is not None and traits.free_params,
    )  # fmt: skip
