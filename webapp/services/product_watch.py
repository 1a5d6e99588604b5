"""Looks once a day whether what packages sell is still what the platform lists. Nothing is written over.

A name that changed upstream may be other content under the same code, so a person decides; the names that the
packages point at stay until he synchronises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, Update, func, or_, select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import ProductFacts, ProductSource
from webapp.gateways.errors import GatewayError
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Event, Integration, Package, PackageProduct, Product
from webapp.services.alerts import FAIL, WARN, clear_alert, raise_alert
from webapp.services.connections import open_connection
from webapp.services.product_sync import SYNC
from webapp.vault import VaultError

GONE, RENAMED = "product_gone", "product_renamed"
EVERY, AGAIN = timedelta(days=1), timedelta(hours=1)
# A message names so many; the page of products shows all.
MOST_NAMED = 6
_INTEGRATION = Integration.__table__
log = structlog.get_logger()


@dataclass(frozen=True)
class Sold:
    """A product of ours that packages sell."""

    code: str
    name: str
    packages: tuple[str, ...]


def watch_products(now: datetime) -> None:
    """Look at the products of every integration whose turn it is; one that fails holds no other."""
    for integration_id in _due(now):
        try:
            if _claim(integration_id, now):
                _look(integration_id)
        except Exception:
            # A border: the next integration must have its turn.
            log.exception("products.failed", integration_id=integration_id)
            db.session.rollback()


def gone(sold: Sequence[Sold], listed: Mapping[str, str]) -> list[Sold]:
    """Return what packages sell and the platform lists no more; an empty list is a fault, and proves nothing.

    Args:
        listed: code -> name.
    """
    return [one for one in sold if one.code not in listed] if listed else []


def renamed(sold: Sequence[Sold], listed: Mapping[str, str]) -> list[tuple[Sold, str]]:
    """Return what packages sell and the platform names otherwise now, with that name; spelling alone is no change."""
    pairs = ((one, listed.get(one.code, "")) for one in sold)
    return [(one, name) for one, name in pairs if name and _folded(name) != _folded(one.name)]


def _folded(name: str) -> str:
    # As long as a name of ours may be: see ``product_sync``.
    return " ".join(name[:200].split()).casefold()


def _due(now: datetime) -> list[int]:
    synced = _synced(Integration.id)
    checked = Integration.products_checked_at
    # After a synchronisation what was told may be over.
    wanted = or_(checked.is_(None), checked < now - EVERY, checked < synced.scalar_subquery())
    rows = db.session.execute(
        select(Integration.id, Integration.gateway)
        .where(Integration.active, Integration.paused_code.is_(None), wanted)
        .order_by(Integration.id)
    )
    return [row.id for row in rows if _lists(row.gateway)]


def _synced(integration_id: Any) -> Select[datetime]:
    """Ask when a person last synchronised the products."""
    about = (Event.object_type == "integration", Event.object_id == integration_id, Event.action == SYNC)
    return select(func.max(Event.at)).where(*about)


def _lists(key: str) -> bool:
    try:
        return get_gateway(key).traits.product_source is ProductSource.LIST
    except UnknownGateway:
        return False


def _claim(integration_id: int, now: datetime) -> bool:
    """Take the turn of an integration, once in all processes."""
    known = db.session.scalar(select(_INTEGRATION.c.products_checked_at).where(_INTEGRATION.c.id == integration_id))
    same = (
        _INTEGRATION.c.products_checked_at.is_(None) if known is None else _INTEGRATION.c.products_checked_at == known
    )
    mine = db.session.execute(_checked(integration_id, now).where(same))
    db.session.commit()
    return bool(mine.rowcount)  # type: ignore[attr-defined]


def _checked(integration_id: int, at: datetime) -> Update:
    # Not through the ORM: a look must not count as an edit of the integration.
    statement = update(_INTEGRATION).where(_INTEGRATION.c.id == integration_id)
    return statement.values(products_checked_at=at, updated_at=_INTEGRATION.c.updated_at)


def _look(integration_id: int) -> None:
    try:
        gateway, connection = open_connection(integration_id)
        db.session.rollback()
        found = gateway.list_products(connection)
    except (UnknownGateway, VaultError, GatewayError) as error:
        # That the platform cannot be reached is told elsewhere; this looks again in an hour.
        log.warning("products.unread", integration_id=integration_id, error=type(error).__name__)
        db.session.rollback()
        # A synchronisation has looked, too.
        synced = db.session.scalar(_synced(integration_id))
        soon = utc_now() - EVERY + AGAIN
        db.session.execute(_checked(integration_id, max(soon, synced or soon)))
        db.session.commit()
        return
    _tell(integration_id, found)
    db.session.commit()


def _tell(integration_id: int, found: Sequence[ProductFacts]) -> None:
    sold, listed = _sold(integration_id), {facts.code: facts.name for facts in found}
    lost, changed = gone(sold, listed), renamed(sold, listed)
    names = [one.name for one in lost]
    _say(integration_id, GONE, names, lost, FAIL)
    _say(integration_id, RENAMED, [f"{one.name} → {name}" for one, name in changed], [one for one, _ in changed], WARN)


def _say(integration_id: int, code: str, names: Sequence[str], sold: Sequence[Sold], level: str) -> None:
    if not names:
        clear_alert(code, "integration", integration_id)
        return
    label = db.session.scalar(select(Integration.description).where(Integration.id == integration_id)) or ""
    packages = sorted({name for one in sold for name in one.packages})
    params = {"products": _named(names), "packages": _named(packages)}
    raise_alert(code, "integration", integration_id, label, params, level)


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return f"{shown} (+{len(names) - MOST_NAMED})" if len(names) > MOST_NAMED else shown


def _sold(integration_id: int) -> list[Sold]:
    """Return the products that packages in use sell."""
    rows = db.session.execute(
        select(Product.code, Product.name, Package.description)
        .join(PackageProduct, PackageProduct.product_id == Product.id)
        .join(Package, Package.id == PackageProduct.package_id)
        .where(Product.integration_id == integration_id, Package.active)
        .order_by(Product.code, Package.description)
    )
    packages: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        packages.setdefault((row.code, row.name), []).append(row.description)
    return [Sold(code, name, tuple(names)) for (code, name), names in packages.items()]
