"""Customers as pages show them: search, and one customer with everything that is sold to them."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select, tuple_, union
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Account, Customer, Entitlement, Event, Service, ServicePackage
from webapp.services.documents import fold, normalise_document
from webapp.services.errors import NotFound
from webapp.services.pages import PAGE_SIZE, Page, capped_count, contains, decode_cursor, page_of
from webapp.services.pages_services import FILTERED_FROM, ServiceCard, cards, load_services

RECENT_EVENTS = 15
MIN_DOCUMENT = 3


@dataclass(frozen=True)
class CustomerView:
    """One customer with the services that are shown, and the last events about them.

    Attributes:
        hidden: how many services are not shown, because they ended.
    """

    customer: Customer
    cards: Sequence[ServiceCard]
    hidden: int
    events: Sequence[Event]

    @property
    def filtered(self) -> bool:
        """Whether a box to narrow the list is worth its place."""
        return len(self.cards) >= FILTERED_FROM


def find_customers(query: str, cursor: str = "", size: int = PAGE_SIZE, active: str = "all") -> Page[Customer]:
    """Return customers by name, without a query or by name without marks, document, code or e-mail.

    Args:
        active: ``active`` = with a service that has not ended, ``inactive`` = without one; else all.
    """
    wanted = select(Customer).where(*_conditions(query), *_with_service(active))
    total = capped_count(wanted.with_only_columns(Customer.id))
    after = decode_cursor(cursor, 2)
    if after is not None:
        wanted = wanted.where(tuple_(Customer.name_folded, Customer.id) > tuple_(*after))
    rows = db.session.scalars(
        wanted.options(selectinload(Customer.services).joinedload(Service.plan))
        .order_by(Customer.name_folded, Customer.id)
        .limit(size + 1)
    ).all()
    shown, following = page_of(rows, size, lambda row: (row.name_folded, row.id))
    return Page(shown, following, total)


def view_customer(customer_id: int, *, ended: bool = False) -> CustomerView:
    """Return one customer with everything that hangs on it.

    Args:
        ended: True shows the services that ended, too.

    Raises:
        NotFound: no such customer; answer 404.
    """
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("customer_unknown", {"id": customer_id})
    ids = db.session.scalars(select(Service.id).where(Service.customer_id == customer_id).order_by(Service.id)).all()
    services = load_services(customer_id, ended=ended)
    places = {service_id: place for place, service_id in enumerate(ids, 1)}
    shown = cards(services, places, accounts_of([service.id for service in services]))
    return CustomerView(customer, shown, len(ids) - len(shown), _events(customer_id, ids))


def accounts_of(service_ids: Sequence[int]) -> dict[int, list[Account]]:
    """Return the accounts of these services, with integration and entitlements."""
    rows = db.session.scalars(
        select(Account)
        .options(
            joinedload(Account.integration),
            selectinload(Account.entitlements).joinedload(Entitlement.product),
            selectinload(Account.entitlements)
            .joinedload(Entitlement.service_package)
            .joinedload(ServicePackage.package),
        )
        .where(Account.service_id.in_(service_ids))
        .order_by(Account.id)
    )
    accounts: dict[int, list[Account]] = defaultdict(list)
    for row in rows:
        accounts[row.service_id].append(row)
    return accounts


def view_service(service_id: int) -> Service:
    """Return a service with customer, plan and packages.

    Raises:
        NotFound: no such service; answer 404.
    """
    service: Service | None = db.session.scalar(
        select(Service)
        .options(
            joinedload(Service.customer),
            joinedload(Service.plan),
            selectinload(Service.packages).joinedload(ServicePackage.package),
        )
        .where(Service.id == service_id)
    )
    if service is None:
        raise NotFound("service_unknown", {"id": service_id})
    return service


def _conditions(query: str) -> list[ColumnElement[bool]]:
    text = query.strip()
    if not text:
        return []
    if "@" in text:
        return [_begins_with(Customer.email, text.lower())]
    choices = [Customer.code == text]
    bare = normalise_document(text)
    if len(bare) >= MIN_DOCUMENT and re.search(r"\d", bare):
        choices.append(_begins_with(Customer.document, bare))
    # An e-mail is searched from its beginning, so that the index serves.
    choices.append(_begins_with(Customer.email, text.lower()))
    exact = Customer.id.in_(union(*(select(Customer.id).where(choice) for choice in choices)))
    if not re.search(r"[^\W\d_]", text):
        return [exact]
    # Name and id stand together in one index, so the walk by name never touches the rows themselves.
    words = [Customer.name_folded.like(contains(word), escape="\\") for word in fold(text).split()]
    return [or_(and_(*words), exact)]


def _with_service(active: str) -> list[ColumnElement[bool]]:
    going = exists().where(Service.customer_id == Customer.id, Service.status.not_in(ENDED))
    conditions: dict[str, list[ColumnElement[bool]]] = {"active": [going], "inactive": [~going]}
    return conditions.get(active, [])


def _begins_with(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """A range instead of LIKE: both databases use the index for it."""
    return and_(column >= text, column < text + "\uffff")


def _events(customer_id: int, service_ids: Sequence[int]) -> Sequence[Event]:
    about = [and_(Event.object_type == "customer", Event.object_id == customer_id)]
    if service_ids:
        about.append(and_(Event.object_type == "service", Event.object_id.in_(service_ids)))
        sales = select(ServicePackage.id).where(ServicePackage.service_id.in_(service_ids))
        about.append(and_(Event.object_type == "service_package", Event.object_id.in_(sales)))
        accounts = select(Account.id).where(Account.service_id.in_(service_ids))
        about.append(and_(Event.object_type == "account", Event.object_id.in_(accounts)))
    return db.session.scalars(select(Event).where(or_(*about)).order_by(Event.id.desc()).limit(RECENT_EVENTS)).all()
