"""Reads a platform's products and says what changed: added, changed, back again, gone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Connection, ProductFacts, ProductSource, Subject, Traits
from webapp.models import Account, Customer, Event, Integration, Product, Service
from webapp.services import audit
from webapp.services.changes import assign, commit, refuse_if, snapshot
from webapp.services.connections import open_connection
from webapp.services.errors import Problem
from webapp.services.integrations import get_integration
from webapp.services.subjects import load_subjects

SYNC = "integration.sync"
SEEN = ("code", "name", "description", "kind", "active")


@dataclass
class SyncResult:
    """What a synchronisation found, by product code; ``unchanged`` is a count.

    Attributes:
        changed: all that differ now, those of ``returned`` among them.
        returned: were gone from the platform and are there again.
        missing: were there and are gone now.
        details: code -> what the product was before and is now, by field.
        event_id: where it stands in the history.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unchanged: int = 0
    details: dict[str, dict[str, tuple[Any, Any]]] = field(default_factory=dict)
    event_id: int = 0


def sync_products(integration_id: int, customer_code: str = "") -> SyncResult:
    """Read the platform's products and commit. One that vanished there is marked, never deleted.

    A product that an operator switched off, or hid, stays so. One typed by hand is marked only where
    the platform has a list of its own for everybody.

    Args:
        customer_code: whose products, where each customer has a list of his own there; else not looked at.

    Raises:
        NotFound: no such integration.
        Invalid: the list is empty although there were products; or a customer is needed whom the platform
            knows. Nothing was changed.
        GatewayError: the platform could not be read; show its message, nothing was changed.
        VaultError: restore the encryption key; nothing was sent.
    """
    integration = get_integration(integration_id)
    gateway, connection = open_connection(integration_id)
    subject = None
    if gateway.traits.product_source is ProductSource.PER_CUSTOMER:
        subject = _customer(integration, gateway.traits, connection, customer_code.strip())
    # A platform may take its time: no transaction waits for it.
    db.session.rollback()
    found = gateway.list_products(connection, subject)
    integration = get_integration(integration_id)
    refuse_if(_doubts(integration.products, found))
    whole = gateway.traits.product_source is ProductSource.LIST
    result = _merge(integration_id, integration.products, found, whole)
    result.event_id = _record(integration_id, integration.description, result)
    commit()
    return result


def _customer(integration: Integration, traits: Traits, connection: Connection, code: str) -> Subject:
    """Return the customer whose products are asked for: one whom the platform knows under an id of its own."""
    refuse_if([] if code else [Problem("customer_code", "products_customer_needed", {"gateway": traits.label})])
    accounts = db.session.scalars(
        select(Account)
        .join(Service, Service.id == Account.service_id)
        .join(Customer, Customer.id == Service.customer_id)
        .where(Account.integration_id == integration.id, Customer.code == code)
        .order_by(Account.id)
    )
    known = [account.id for account in accounts if account.remote_ids]
    subjects = load_subjects(integration, traits, connection, known)
    unknown = Problem("customer_code", "products_customer_unknown", {"customer": code, "gateway": traits.label})
    refuse_if([] if subjects else [unknown])
    return next(iter(subjects.values()))


def _doubts(known: Sequence[Product], found: Sequence[ProductFacts]) -> list[Problem]:
    """An empty list from a platform that sold things yesterday is an error, not a fact."""
    there = [product for product in known if product.missing_since is None]
    if there and not found:
        return [Problem("", "products_empty", {"count": len(there)})]
    return []


def _merge(integration_id: int, known: Sequence[Product], found: Sequence[ProductFacts], whole: bool) -> SyncResult:
    result = SyncResult()
    rows = {product.code: product for product in known}
    for facts in {facts.code: facts for facts in found}.values():
        row = rows.pop(facts.code, None)
        if row is None:
            _add(integration_id, facts)
            result.added.append(facts.code)
        else:
            _refresh(row, facts, result)
    if whole:
        _mark_missing([row for row in rows.values() if row.missing_since is None], utc_now(), result)
    return result


def _add(integration_id: int, facts: ProductFacts) -> None:
    product = Product(
        integration_id=integration_id, code=facts.code, name=facts.name[:200],
        description=facts.description[:500], kind=facts.kind[:60], active=facts.active,
    )  # fmt: skip
    db.session.add(product)
    db.session.flush()
    audit.record("product.create", "product", product.id, product.name, after=snapshot(product, SEEN))


def _refresh(row: Product, facts: ProductFacts, result: SyncResult) -> None:
    before, back = snapshot(row, SEEN), row.missing_since is not None
    values: dict[str, object] = {
        "name": facts.name[:200],
        "description": facts.description[:500],
        "missing_since": None,
    }
    if facts.kind:
        # A platform that says nothing of it leaves what a person may have typed.
        values["kind"] = facts.kind[:60]
    if not facts.active:
        values["active"] = False
    if not assign(row, values):
        result.unchanged += 1
        return
    after = snapshot(row, SEEN)
    result.changed.append(row.code)
    if back:
        result.returned.append(row.code)
    result.details[row.code] = {name: (before[name], after[name]) for name in SEEN if before[name] != after[name]}
    audit.record("product.return" if back else "product.update", "product", row.id, row.name,
                 before=before, after=after)  # fmt: skip


def _mark_missing(rows: Sequence[Product], now: datetime, result: SyncResult) -> None:
    for row in rows:
        row.missing_since = now
        result.missing.append(row.code)
        audit.record("product.missing", "product", row.id, row.name)


def _record(integration_id: int, label: str, result: SyncResult) -> int:
    """Write the synchronisation down and return the event's id, by which a page can show it."""
    after: dict[str, Any] = {
        "added": result.added, "changed": result.changed, "returned": result.returned, "missing": result.missing,
        "unchanged": result.unchanged,
    }  # fmt: skip
    if result.details:
        after["details"] = {
            code: {name: list(pair) for name, pair in fields.items()} for code, fields in result.details.items()
        }
    audit.record(SYNC, "integration", integration_id, label, after=after)
    db.session.flush()
    newest = select(func.max(Event.id)).where(Event.object_type == "integration", Event.object_id == integration_id)
    return db.session.scalar(newest) or 0
