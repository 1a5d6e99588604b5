"""Integrations and their products as pages show them."""

import re
from collections.abc import Collection

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.gateways.contract import ProductSource, Traits
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Event, Integration, Package, PackageProduct, Product
from webapp.services.product_sync import SYNC

# A whole word: a contest is no test.
_TEST_WORD = re.compile(r"(?<![^\W_])test(e|es|s|ing)?(?![^\W_])", re.IGNORECASE)
HIDDEN = "hidden"


def hidden_count(integration_id: int) -> int:
    """Return how many products of an integration are hidden."""
    wanted = select(func.count()).where(Product.integration_id == integration_id, Product.hidden)
    return db.session.scalar(wanted) or 0


def looks_like_test(product: Product) -> bool:
    """Tell whether the name says that the product is a test of the platform's, and not for sale."""
    return bool(_TEST_WORD.search(product.name))


def packages_carrying(product_ids: Collection[int]) -> dict[int, list[Package]]:
    """Return the packages by product that they hold, in order of their descriptions."""
    rows = db.session.execute(
        select(PackageProduct.product_id, Package)
        .join(Package, Package.id == PackageProduct.package_id)
        .where(PackageProduct.product_id.in_(product_ids))
        .order_by(Package.description, Package.id)
    )
    carrying: dict[int, list[Package]] = {}
    for product_id, package in rows:
        carrying.setdefault(product_id, []).append(package)
    return carrying


def find_sync(integration_id: int, event_id: str) -> Event | None:
    """Return what a synchronisation of this integration found; None for anything else."""
    event = db.session.get(Event, int(event_id)) if event_id.isdecimal() and len(event_id) < 10 else None
    ours = event is not None and (event.action, event.object_id) == (SYNC, integration_id)
    return event if ours else None


def products_by_code(integration_id: int, codes: Collection[str]) -> dict[str, Product]:
    """Return these products of an integration."""
    rows = db.session.scalars(select(Product).where(Product.integration_id == integration_id, Product.code.in_(codes)))
    return {product.code: product for product in rows}


def find_traits(key: str) -> Traits | None:
    """Return what a gateway declares; None when its recipe is gone or broken."""
    try:
        return get_gateway(key).traits
    except UnknownGateway:
        return None


def has_gateway(integration: Integration) -> bool:
    """Tell whether the integration's gateway is there; without it nothing can be sent."""
    return find_traits(integration.gateway) is not None


def has_product_list(integration: Integration) -> bool:
    """Tell whether the platform's products can be read; else they are typed by hand."""
    traits = find_traits(integration.gateway)
    return traits is not None and traits.product_source is not ProductSource.MANUAL


def lists_by_customer(integration: Integration) -> bool:
    """Tell whether each customer has a list of products of his own there, so that one must be named."""
    traits = find_traits(integration.gateway)
    return traits is not None and traits.product_source is ProductSource.PER_CUSTOMER
