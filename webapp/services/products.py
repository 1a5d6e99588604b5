"""Products of an integration: read from the platform, or typed by hand."""

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import PackageProduct, Product
from webapp.services import accounts, audit
from webapp.services.changes import assign, commit, get_or_refuse, refuse_if, snapshot
from webapp.services.errors import Conflict, Problem
from webapp.services.inputs import ProductInput
from webapp.services.integrations import get_integration
from webapp.services.product_sync import SyncResult, sync_products

__all__ = [
    "SyncResult", "add_product", "get_product", "product_version", "set_product_active", "set_product_hidden",
    "sync_products", "update_product",
]  # fmt: skip

FIELDS = ("code", "name", "description", "active")


def get_product(product_id: int) -> Product:
    """Return a product.

    Raises:
        NotFound: answer 404.
    """
    return get_or_refuse(Product, product_id, "product_unknown")


def product_version(product: Product) -> str:
    """Return what tells one state of a product from the next; a form carries it."""
    return product.updated_at.isoformat()


def add_product(integration_id: int, data: ProductInput) -> Product:
    """Add a product typed by hand, and commit.

    Raises:
        NotFound: no such integration.
        Invalid: the code is taken.
    """
    integration = get_integration(integration_id)
    refuse_if(_code_problems(integration_id, data.code, 0))
    product = Product(integration_id=integration.id, **data.model_dump())
    db.session.add(product)
    db.session.flush()
    audit.record("product.create", "product", product.id, product.name, after=snapshot(product, FIELDS))
    commit()
    return product


def update_product(product_id: int, data: ProductInput, version: str | None = None) -> Product:
    """Change a product and commit; equal data change nothing.

    Args:
        version: what ``product_version`` said when the form was opened.

    Raises:
        NotFound: no such product.
        Conflict: ``stale``; somebody, or a synchronisation, changed it meanwhile: show it and ask again.
        Invalid: the code is taken.
    """
    product = get_product(product_id)
    if version is not None and version != product_version(product):
        raise Conflict("stale", {"id": product.id})
    refuse_if(_code_problems(product.integration_id, data.code, product.id))
    before = snapshot(product, FIELDS)
    if assign(product, data.model_dump()):
        after = snapshot(product, FIELDS)
        audit.record("product.update", "product", product.id, product.name, before=before, after=after)
        if before["code"] != after["code"]:
            _mark_holders(product.id)
    commit()
    return product


def set_product_active(product_id: int, active: bool, reason: str = "") -> Product:
    """Offer a product for new packages or not, and commit; packages that hold it keep it.

    Raises:
        NotFound: no such product.
    """
    return _switch(product_id, "active", active, "product.activate" if active else "product.deactivate", reason)


def set_product_hidden(product_id: int, hidden: bool) -> Product:
    """Keep a product out of lists and choices or show it again, and commit; packages that hold it keep it.

    Raises:
        NotFound: no such product.
    """
    return _switch(product_id, "hidden", hidden, "product.hide" if hidden else "product.show")


def _switch(product_id: int, name: str, on: bool, action: str, reason: str = "") -> Product:
    product = get_product(product_id)
    before = snapshot(product, (name,))
    if assign(product, {name: on}):
        audit.record(action, "product", product.id, product.name, before=before, after={name: on}, reason=reason)
    commit()
    return product


def _code_problems(integration_id: int, code: str, own_id: int) -> list[Problem]:
    taken = select(Product.id).where(
        Product.integration_id == integration_id, Product.code == code, Product.id != own_id
    )
    return [Problem("code", "product_code_taken", {"code": code})] if db.session.scalar(taken) else []


def _mark_holders(product_id: int) -> None:
    packages = db.session.scalars(select(PackageProduct.package_id).where(PackageProduct.product_id == product_id))
    for package_id in packages.all():
        accounts.mark_package(package_id)
