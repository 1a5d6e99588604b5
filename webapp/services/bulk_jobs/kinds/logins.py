"""Whose account has a log-in already, answered for many services with a few queries."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any

from sqlalchemy import CompoundSelect, Select, inspect, or_, select, union
from sqlalchemy.orm import QueryableAttribute, contains_eager, joinedload

from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.gateways.contract import Traits
from webapp.models import Account, Customer, Integration, Package, Service, ServicePackage
from webapp.models.account import CANCELLED
from webapp.services.buyers import (
    EMAIL,
    Buyer,
    Wanted,
    buyer_of,
    held_problems,
    is_somebody_else,
    live_sales,
    login_of,
    logins_of,
    taken_problems,
    traits_of,
)
from webapp.services.errors import Problem

Held = tuple[int, str, Service]
Key = tuple[int, str]


class Logins:
    """Knows who has the log-ins that some services may get; of another log-in the database is asked."""

    def __init__(self, services: Collection[Service]) -> None:
        self._texts = {text for one in services for text in _candidates(one) if text}
        self._known = {text.lower() for text in self._texts}

    def taken(self, traits: Traits, integration: Integration, buyer: Buyer, login: str) -> list[Problem]:
        """Return whose account has that log-in already, as ``buyers.taken_problems`` does."""
        key = login.lower()
        if key not in self._known:
            return taken_problems(traits, integration, buyer, login)
        if not traits.login_is_key:
            return []
        holders = self._holders.get((integration.id, key), ())
        holder = next((one for one in holders if is_somebody_else(traits, buyer, one)), None)
        return held_problems(integration, buyer, login, holder) if holder is not None else []

    def sold(self, sale: ServicePackage) -> None:
        """Count a package that one of the services was just sold: from now on its log-in is taken."""
        # Whoever reads the holders later reads this one with them.
        there = sale.package.integration_id
        if "_holders" in self.__dict__ and there is not None:
            for _there, login, service in _held([one for one in live_sales(sale.service) if _place(one)[1] == there]):
                self._holders.setdefault((there, login), []).append(service)

    @cached_property
    def _holders(self) -> dict[Key, list[Service]]:
        """Read when the first one is asked about: not every action asks."""
        # An account that is there says more than one that is still to be made.
        return _by_login([*_sent(self._known), *_queued(self._texts | self._known)])


def complete(collection: QueryableAttribute[Any], rows: Collection[Any]) -> None:
    """Read a collection of those rows that were not read with it, all at once; for most it is there already."""
    missing = [row.id for row in rows if collection.key in inspect(row).unloaded]
    if missing:
        model = collection.class_
        wanted = select(model).options(joinedload(collection)).where(model.id.in_(missing))
        db.session.scalars(wanted).unique().all()


def _candidates(service: Service) -> Iterator[str]:
    yield from (service.customer.email, service.customer.document, service.login)
    yield from (sale.params.get(EMAIL, "").strip() for sale in service.packages)


def _by_login(held: Iterable[Held]) -> dict[Key, list[Service]]:
    found: dict[Key, list[Service]] = {}
    for integration_id, login, service in held:
        found.setdefault((integration_id, login), []).append(service)
    return found


def _sent(logins: Collection[str]) -> Iterator[Held]:
    """Yield who has an account with such a log-in; that of the services themselves, too."""
    wanted = (
        select(Account.integration_id, Account.login_key, Service)
        .join(Service, Service.id == Account.service_id)
        .join(Service.customer)
        .options(contains_eager(Service.customer))
        # The index on log-ins begins with the integration; there are few of those.
        .where(Account.integration_id.in_(select(Integration.id)), Account.login_key.in_(logins))
        .where(Account.status != CANCELLED)
        .order_by(Account.id)
    )
    for row in db.session.execute(wanted):
        yield row[0], row[1], row[2]


def _queued(texts: Collection[str]) -> Iterator[Held]:
    """Yield who will get such a log-in: the account was not looked at yet, so it does not stand on it."""
    sales = db.session.scalars(_waiting(texts)).all()
    complete(Integration.params, {one.package.integration for one in sales if one.package.integration is not None})
    for _place_of, some in groupby(sales, _place):
        yield from _held(list(some))


def _held(bound: Sequence[ServicePackage]) -> Iterator[Held]:
    """Yield the log-in that a service will get for what it holds on one integration; nothing where it is no key."""
    service, integration = bound[0].service, bound[0].package.integration
    traits = traits_of(integration)
    if traits is None or integration is None or not traits.login_is_key:
        return
    login = login_of(traits, buyer_of(service), [Wanted(sale.package, sale.params) for sale in bound]).lower()
    if login in logins_of(traits, service):
        yield integration.id, login, service


def _place(sale: ServicePackage) -> tuple[int, int]:
    return sale.service_id, sale.package.integration_id or 0


def _waiting(texts: Collection[str]) -> Select[ServicePackage]:
    """Return what services with such an e-mail, document or log-in hold on integrations that do not know them."""
    integration = contains_eager(ServicePackage.package).contains_eager(Package.integration)
    known = (Account.service_id == Service.id) & (Account.integration_id == Package.integration_id)
    return (
        select(ServicePackage)
        .join(ServicePackage.service)
        .join(Service.customer)
        .join(ServicePackage.package)
        .join(Package.integration)
        .outerjoin(Account, known)
        .options(contains_eager(ServicePackage.service).contains_eager(Service.customer))
        .options(integration)
        .where(Service.id.in_(_owners(texts)), Service.status.not_in(ENDED), ServicePackage.removed_at.is_(None))
        .where(or_(Account.id.is_(None), Account.login_key == ""))
        .order_by(Service.id, Package.integration_id, ServicePackage.id)
    )


def _owners(texts: Collection[str]) -> CompoundSelect[int]:
    """Each arm has an index of its own."""
    of_customer = select(Service.id).join(Service.customer)
    return union(
        of_customer.where(Customer.email.in_(texts)), of_customer.where(Customer.document.in_(texts)),
        select(Service.id).where(Service.login.in_(texts)),
    )  # fmt: skip
