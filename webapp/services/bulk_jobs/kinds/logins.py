"""Whose account has a log-in already, answered for many services with a few queries."""

from collections.abc import Collection, Iterator

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.gateways.contract import Traits
from webapp.models import Account, Customer, Integration, Service
from webapp.models.account import CANCELLED
from webapp.services.buyers import EMAIL, Buyer, taken_problems
from webapp.services.errors import Problem


class Logins:
    """Knows which of the log-ins of some services may be somebody else's; only those are looked at one by one."""

    def __init__(self, services: Collection[Service]) -> None:
        texts = {text for one in services for text in _candidates(one) if text}
        self._known = {text.lower() for text in texts}
        self._doubtful = set(_held(texts)) | set(_shared(texts, services))

    def taken(self, traits: Traits, integration: Integration, buyer: Buyer, login: str) -> list[Problem]:
        """Return whose account has that log-in already, as ``buyers.taken_problems`` does."""
        key = login.lower()
        if key in self._known and key not in self._doubtful:
            return []
        return taken_problems(traits, integration, buyer, login)


def _candidates(service: Service) -> Iterator[str]:
    yield from (service.customer.email, service.customer.document, service.login)
    yield from (sale.params.get(EMAIL, "").strip() for sale in service.packages)


def _held(texts: Collection[str]) -> Iterator[str]:
    """Yield what an account has; that of the service itself is looked at, too."""
    lowered = {text.lower() for text in texts}
    held = select(Account.login_key).where(Account.login_key.in_(lowered), Account.status != CANCELLED)
    yield from db.session.scalars(held)


def _shared(texts: Collection[str], services: Collection[Service]) -> Iterator[str]:
    """Yield what several customers, or several services, have; and all of customers with more than one service."""
    for column in (Customer.email, Customer.document, Service.login):
        twice = select(column).where(column.in_(texts)).group_by(column).having(func.count() > 1)
        yield from (text.lower() for text in db.session.scalars(twice))
    several = (
        select(Service.customer_id)
        .where(Service.customer_id.in_({one.customer_id for one in services}))
        .group_by(Service.customer_id)
        .having(func.count() > 1)
    )
    many = set(db.session.scalars(several))
    yield from (text.lower() for one in services if one.customer_id in many for text in _candidates(one) if text)
