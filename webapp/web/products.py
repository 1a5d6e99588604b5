"""The products of an integration."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.gateways.contract import ProductSource
from webapp.gateways.errors import GatewayError
from webapp.models import Event, Integration, Product
from webapp.services import integrations, pages_platforms, products
from webapp.services.errors import Invalid, ServiceError
from webapp.services.inputs import ProductInput
from webapp.services.tables import TABLES
from webapp.web import conflicts, htmx
from webapp.web.access import ADMINS, READERS, requires
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.forms.integrations import ProductForm, product_data
from webapp.web.reasons import reason_given
from webapp.web.tables import show

bp = Blueprint("products", __name__)


@bp.get("/integrations/<int:integration_id>/products")
@requires(*READERS)
def index(integration_id: int) -> ResponseReturnValue:
    """List the products of an integration; after a synchronisation also what it changed."""
    integration = integrations.get_integration(integration_id)
    shown = show(
        TABLES["products"], place={"integration_id": integration_id}, fixed={"integration": str(integration_id)}
    )
    page = shown.page
    sync = pages_platforms.find_sync(integration_id, request.args.get("synced", ""))
    named = pages_platforms.products_by_code(integration_id, _codes(sync)) if sync else {}
    missing = {product.id for product in [*page.items, *named.values()] if product.missing_since}
    context = {
        "integration": integration, "shown": shown, "table": shown.table, "page": page,
        "can_sync": pages_platforms.has_product_list(integration), "sync": sync, "named": named,
        "per_customer": pages_platforms.lists_by_customer(integration),
        "hidden": pages_platforms.hidden_count(integration_id), "looks_like_test": pages_platforms.looks_like_test,
        "carrying": pages_platforms.packages_carrying(missing) if missing else {},
    }  # fmt: skip
    return htmx.page_or_partial("products/index.html", "products/_table.html", context)


@bp.post("/integrations/<int:integration_id>/products/sync")
@requires(*ADMINS)
def sync(integration_id: int) -> ResponseReturnValue:
    """Read the platform's products now, within its time-outs; then show what changed."""
    if not pages_platforms.has_gateway(integrations.get_integration(integration_id)):
        return htmx.go_to(url_for("integrations.edit", integration_id=integration_id))
    try:
        result = products.sync_products(integration_id, request.form.get("customer_code", ""))
    except GatewayError as error:
        return _not_read(integration_id, error.code, error.params), 200
    except Invalid as error:
        return _not_read(integration_id, error.problems[0].code, error.problems[0].params), 422
    return htmx.go_to(url_for("products.index", integration_id=integration_id, active="all", synced=result.event_id))


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
    return _form_page(form, integration), status


@bp.route("/products/<int:product_id>", methods=["GET", "POST"])
@requires(*ADMINS)
def edit(product_id: int) -> ResponseReturnValue:
    """Show and change a product, and which packages hold it."""
    product = products.get_product(product_id)
    form, status = ProductForm(data=product_data(product)), 200
    if form.validate_on_submit():
        try:
            products.update_product(product_id, _input(form, product), version=form.version.data or "")
        except ServiceError as error:
            status = conflicts.refuse(form, error, conflicts.Edited("product", product_id, lambda: _stored(product_id)))
        else:
            page = url_for("products.index", integration_id=product.integration_id, active="all")
            return htmx.go_to(page, _("The product was saved."))
    elif form.errors:
        status = 422
    return _form_page(form, product.integration, products.get_product(product_id)), status


@bp.post("/products/<int:product_id>/active")
@requires(*ADMINS)
def set_active(product_id: int) -> ResponseReturnValue:
    """Inactivate or activate a product."""
    active = request.form.get("active") == "1"
    product = products.set_product_active(product_id, active, reason_given())
    message = _("The product was activated.") if active else _("The product was inactivated.")
    undo = htmx.Undo(url_for("products.set_active", product_id=product_id), {"active": str(int(not active))})
    return htmx.go_to(_list_of(product), message, undo=undo)


@bp.post("/products/<int:product_id>/hidden")
@requires(*ADMINS)
def set_hidden(product_id: int) -> ResponseReturnValue:
    """Take a product out of lists and choices, or bring it back."""
    hidden = request.form.get("hidden") == "1"
    product = products.set_product_hidden(product_id, hidden)
    message = _("The product is hidden; the filter shows it.") if hidden else _("The product is shown again.")
    undo = htmx.Undo(url_for("products.set_hidden", product_id=product_id), {"hidden": str(int(not hidden))})
    return htmx.go_to(_list_of(product), message, undo=undo)


def _list_of(product: Product) -> str:
    return url_for("products.index", integration_id=product.integration_id, active="all")


def _codes(sync: Event) -> set[str]:
    found = sync.after or {}
    return {code for name in ("added", "changed", "missing") for code in found.get(name, [])}


def _stored(product_id: int) -> ProductForm:
    return ProductForm(data=product_data(products.get_product(product_id)))


def _input(form: ProductForm, product: Product | None = None) -> ProductInput:
    values: dict[str, Any] = {name: form[name].data or "" for name in ("code", "name", "description")}
    return parse_input(ProductInput, {**values, "active": product.active if product else True})


def _form_page(form: ProductForm, integration: Integration, product: Product | None = None) -> str:
    traits = pages_platforms.find_traits(integration.gateway)
    listed = traits is not None and traits.product_source is ProductSource.LIST
    holders = pages_platforms.packages_carrying([product.id]).get(product.id, []) if product else []
    return render_template(
        "products/form.html", form=form, integration=integration, product=product, listed=listed, holders=holders,
    )  # fmt: skip


def _not_read(integration_id: int, code: str, params: Any) -> str:
    integration = integrations.get_integration(integration_id)
    return render_template(
        "products/sync_failed.html", integration=integration, code=code, params=params,
        per_customer=pages_platforms.lists_by_customer(integration),
        customer_code=request.form.get("customer_code", ""),
    )  # fmt: skip
