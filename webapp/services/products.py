"""Products of an integration: read from the platform, or typed by hand where it has no list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import ProductFacts
from webapp.models import PackageProduct, Product
from webapp.services import accounts, audit
from webapp.services.changes import assign, commit, get_or_refuse, refuse_if, snapshot
from webapp.services.connections import open_connection
from webapp.services.errors import Problem
from webapp.services.inputs import ProductInput
from webapp.services.integrations import get_integration

FIELDS = ("code", "name", "description", "active")


@dataclass
class SyncResult:
    """What a synchronisation found, by product code; ``unchanged`` is a count."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unchanged: int = 0


def get_product(product_id: int) -> Product:
    """Return a product.

    Raises:
        NotFound: answer 404.
    """
    return get_or_refuse(Product, product_id, "product_unknown")


def sync_products(integration_id: int) -> SyncResult:
    """Read the platform's products and commit. One that vanished there is marked, never deleted.

    A product that an operator switched off stays off.

    Raises:
        NotFound: no such integration.
        Invalid: the list is empty although there were products; nothing was changed.
        GatewayError: the platform could not be read; show its message, nothing was changed.
        VaultError: restore the encryption key; nothing was sent.
    """
    get_integration(integration_id)
    # A platform may take its time: no transaction waits for it.
    db.session.rollback()
    gateway, connection = open_connection(integration_id)
    found = gateway.list_products(connection)
    integration = get_integration(integration_id)
    refuse_if(_doubts(integration.products, found))
    result = _merge(integration_id, integration.products, found, utc_now())
    after = {"added": result.added, "changed": result.changed, "missing": result.missing}
    audit.record("integration.sync", "integration", integration_id, integration.description, after=after)
    commit()
    return result


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


def update_product(product_id: int, data: ProductInput) -> Product:
    """Change a product and commit; equal data change nothing.

    Raises:
        NotFound: no such product.
        Invalid: the code is taken.
    """
    product = get_product(product_id)
    refuse_if(_code_problems(product.integration_id, data.code, product.id))
    before = snapshot(product, FIELDS)
    if assign(product, data.model_dump()):
        after = snapshot(product, FIELDS)
        audit.record("product.update", "product", product.id, product.name, before=before, after=after)
        if before["code"] != after["code"]:
            _mark_holders(product.id)
    commit()
    return product


def set_product_active(product_id: int, active: bool) -> Product:
    """Offer a product for new packages or not, and commit; packages that hold it keep it.

    Raises:
        NotFound: no such product.
    """
    product = get_product(product_id)
    if product.active != active:
        product.active = active
        action = "product.activate" if active else "product.deactivate"
        audit.record(
            action, "product", product.id, product.name, before={"active": not active}, after={"active": active}
        )
    commit()
    return product


def _doubts(known: Sequence[Product], found: Sequence[ProductFacts]) -> list[Problem]:
    """An empty list from a platform that sold things yesterday is an error, not a fact."""
    there = [product for product in known if product.missing_since is None]
    if there and not found:
        return [Problem("", "products_empty", {"count": len(there)})]
    return []


def _merge(integration_id: int, known: Sequence[Product], found: Sequence[ProductFacts], now: datetime) -> SyncResult:
    result = SyncResult()
    rows = {product.code: product for product in known}
    for facts in {facts.code: facts for facts in found}.values():
        row = rows.pop(facts.code, None)
        if row is None:
            _add(integration_id, facts)
            result.added.append(facts.code)
        elif _refresh(row, facts):
            result.changed.append(facts.code)
        else:
            result.unchanged += 1
    for row in rows.values():
        if row.missing_since is None:
            row.missing_since = now
            result.missing.append(row.code)
    return result


def _add(integration_id: int, facts: ProductFacts) -> None:
    db.session.add(
        Product(
            integration_id=integration_id, code=facts.code, name=facts.name[:200],
            description=facts.description[:500], active=facts.active,
        )
    )  # fmt: skip


def _refresh(row: Product, facts: ProductFacts) -> bool:
    values: dict[str, object] = {
        "name": facts.name[:200],
        "description": facts.description[:500],
        "missing_since": None,
    }
    if not facts.active:
        values["active"] = False
    return assign(row, values)


def _code_problems(integration_id: int, code: str, own_id: int) -> list[Problem]:
    taken = select(Product.id).where(
        Product.integration_id == integration_id, Product.code == code, Product.id != own_id
    )
    return [Problem("code", "product_code_taken", {"code": code})] if db.session.scalar(taken) else []


def _mark_holders(product_id: int) -> None:
    packages = db.session.scalars(select(PackageProduct.package_id).where(PackageProduct.product_id == product_id))
    for package_id in packages.all():
        accounts.mark_package(package_id)
