"""The products of an integration."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.gateways.contract import ProductSource
from webapp.gateways.registry import get_gateway
from webapp.services import integrations, pages_platforms, products
from webapp.services.errors import ServiceError
from webapp.services.inputs import ProductInput
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.forms.integrations import ProductForm

bp = Blueprint("products", __name__)


@bp.get("/integrations/<int:integration_id>/products")
@requires(*READERS)
def index(integration_id: int) -> ResponseReturnValue:
    """List the products of an integration."""
    integration = integrations.get_integration(integration_id)
    active = request.args.get("active", "all")
    context = {
        "integration": integration, "active": active,
        "source": get_gateway(integration.gateway).traits.product_source,
        "page": pages_platforms.list_products(integration_id, active, request.args.get("cursor", "")),
        "by_hand": (ProductSource.MANUAL, ProductSource.PER_CUSTOMER),
    }  # fmt: skip
    return htmx.page_or_partial("products/index.html", "products/_table.html", context)


@bp.post("/integrations/<int:integration_id>/products/sync")
@requires(*ADMINS)
def sync(integration_id: int) -> ResponseReturnValue:
    """Read the platform's products now."""
    result = products.sync_products(integration_id)
    message = ngettext("%(num)d product was added.", "%(num)d products were added.", len(result.added))
    if result.missing:
        gone = len(result.missing)
        message += " " + ngettext(
            "%(num)d is no longer on the platform.", "%(num)d are no longer on the platform.", gone
        )
    return htmx.go_to(url_for("products.index", integration_id=integration_id), message)


@bp.route("/integrations/<int:integration_id>/products/new", methods=["GET", "POST"])
@requires(*ADMINS)
def new(integration_id: int) -> ResponseReturnValue:
    """Type a product by hand."""
    integration = integrations.get_integration(integration_id)
    form, status = ProductForm(), 200
    if form.validate_on_submit():
        try:
            products.add_product(integration_id, _input(form))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("products.index", integration_id=integration_id), _("The product was saved."))
    elif form.errors:
        status = 422
    return render_template("products/form.html", form=form, integration=integration), status


@bp.post("/products/<int:product_id>/active")
@requires(*ADMINS)
def set_active(product_id: int) -> ResponseReturnValue:
    """Inactivate or activate a product."""
    product = pages_platforms.view_product(product_id)
    page = url_for("products.index", integration_id=product.integration_id)
    products.set_product_active(product_id, request.form.get("active") == "1")
    return htmx.go_to(page, _("The product was saved."))


def _input(form: ProductForm) -> ProductInput:
    names = ("code", "name", "description")
    return parse_input(ProductInput, {name: form[name].data or "" for name in names})
