"""Products of an integration."""

from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.paging import page
from webapp.api.schemas.integrations import (
    PRODUCT,
    PRODUCT_IN,
    ProductOut,
    ProductPage,
    ProductQuery,
    ProductSwitch,
    SyncOut,
    SyncQuery,
)
from webapp.models import Product
from webapp.services import products as use
from webapp.services.errors import NotFound
from webapp.services.inputs import ProductInput
from webapp.services.integrations import get_integration


@bp.get("/integrations/<int:integration_id>/products")
@needs(READ)
@bp.input(ProductQuery, location="query")
@bp.output(ProductPage, example={"items": [PRODUCT], "next_cursor": None})
def list_products(integration_id: int, query_data: ProductQuery) -> ProductPage:
    """List the products of an integration."""
    get_integration(integration_id)
    wanted = select(Product).where(Product.integration_id == integration_id)
    if query_data.active is not None:
        wanted = wanted.where(Product.active == query_data.active)
    if query_data.hidden is not None:
        wanted = wanted.where(Product.hidden == query_data.hidden)
    rows, following = page(wanted, Product.id, query_data)
    return ProductPage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/integrations/<int:integration_id>/products")
@needs(ADMIN_SCOPE)
@bp.input(ProductInput, example=PRODUCT_IN)
@bp.output(ProductOut, status_code=201, example=PRODUCT)
def add_product(integration_id: int, json_data: ProductInput) -> Answer:
    """Add a product by hand, where the platform has no list of them."""
    made = use.add_product(integration_id, json_data)
    return tagged(show(made), 201, f"{PREFIX}/integrations/{integration_id}/products/{made.id}")


@bp.get("/integrations/<int:integration_id>/products/<int:product_id>")
@needs(READ)
@bp.output(ProductOut, example=PRODUCT)
def read_product(integration_id: int, product_id: int) -> Answer:
    """Read one product."""
    return tagged(show(_find(integration_id, product_id)))


@bp.put("/integrations/<int:integration_id>/products/<int:product_id>")
@needs(ADMIN_SCOPE)
@bp.input(ProductInput, example=PRODUCT_IN)
@bp.output(ProductOut, example=PRODUCT)
def replace_product(integration_id: int, product_id: int, json_data: ProductInput) -> Answer:
    """Replace a product. Another code reaches the accounts of everybody who has it."""
    check_conditions(lambda: show(_find(integration_id, product_id)))
    _find(integration_id, product_id)
    return tagged(show(use.update_product(product_id, json_data)))


@bp.patch("/integrations/<int:integration_id>/products/<int:product_id>")
@needs(ADMIN_SCOPE)
@bp.input(ProductSwitch, example={"hidden": True})
@bp.output(ProductOut, example={**PRODUCT, "hidden": True})
def switch_product(integration_id: int, product_id: int, json_data: ProductSwitch) -> Answer:
    """Offer a product for new packages or not, or keep it out of lists; packages that hold it keep it."""
    check_conditions(lambda: show(_find(integration_id, product_id)))
    product = _find(integration_id, product_id)
    if json_data.active is not None:
        product = use.set_product_active(product_id, json_data.active)
    if json_data.hidden is not None:
        product = use.set_product_hidden(product_id, json_data.hidden)
    return tagged(show(product))


@bp.post("/integrations/<int:integration_id>/products/sync")
@needs(ADMIN_SCOPE)
@bp.input(SyncQuery, location="query")
@bp.output(SyncOut, example={"added": ["premium"], "changed": [], "missing": [], "unchanged": 4})
def sync_products(integration_id: int, query_data: SyncQuery) -> SyncOut:
    """Read the platform's products. One that vanished there is marked, never deleted."""
    found = use.sync_products(integration_id, query_data.customer_code)
    return SyncOut(
        added=list(found.added),
        changed=list(found.changed),
        missing=list(found.missing),
        unchanged=found.unchanged,
    )


def _find(integration_id: int, product_id: int) -> Product:
    """Return the product if it is this integration's; another one's is as unknown as none."""
    product = use.get_product(product_id)
    if product.integration_id != integration_id:
        raise NotFound("product_unknown", {"id": product_id})
    return product


def show(row: Product) -> ProductOut:
    """Return a product as it is given out."""
    return ProductOut(
        id=row.id,
        integration_id=row.integration_id,
        code=row.code,
        name=row.name,
        description=row.description,
        active=row.active,
        hidden=row.hidden,
        missing_since=row.missing_since,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
