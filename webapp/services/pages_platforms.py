"""Integrations and their products as pages show them."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from webapp.extensions import db
from webapp.models import Integration, Product
from webapp.services.errors import NotFound
from webapp.services.pages import Page, active_only, contains, numbered


def list_integrations(query: str = "", active: str = "active", cursor: str = "") -> Page[Integration]:
    """Return integrations by id, by text in description or gateway."""
    wanted = (
        select(Integration).options(selectinload(Integration.params)).where(*active_only(Integration.active, active))
    )
    if query.strip():
        pattern = contains(query.strip().lower())
        texts = (func.lower(Integration.description), func.lower(Integration.gateway))
        wanted = wanted.where(or_(*(text.like(pattern, escape="\\") for text in texts)))
    return numbered(wanted, (Integration.id,), cursor)


def list_products(integration_id: int, active: str = "all", cursor: str = "") -> Page[Product]:
    """Return the products of an integration by name."""
    wanted = select(Product).where(Product.integration_id == integration_id, *active_only(Product.active, active))
    return numbered(wanted, (Product.name, Product.id), cursor)


def view_product(product_id: int) -> Product:
    """Return one product.

    Raises:
        NotFound: no such product; answer 404.
    """
    product = db.session.get(Product, product_id)
    if product is None:
        raise NotFound("product_unknown", {"id": product_id})
    return product


def product_choices() -> dict[int, list[Product]]:
    """Return active products by integration, for check-boxes."""
    rows = db.session.scalars(
        select(Product).join(Integration).where(Product.active, Integration.active).order_by(Product.name)
    )
    choices: dict[int, list[Product]] = {}
    for product in rows:
        choices.setdefault(product.integration_id, []).append(product)
    return choices


def active_integrations() -> Sequence[Integration]:
    """Return integrations that packages can belong to."""
    return db.session.scalars(select(Integration).where(Integration.active).order_by(Integration.description)).all()
