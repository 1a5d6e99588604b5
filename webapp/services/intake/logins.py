"""Whose account has a log-in already, answered for a whole batch with four queries."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from webapp.decide.intake import Wanted
from webapp.extensions import db
from webapp.gateways.contract import Traits
from webapp.models import Account, Customer, Integration, Service
from webapp.services.buyers import EMAIL, Buyer, key_logins, taken_problems
from webapp.services.errors import Problem

Key = tuple[int, str]
Holder = tuple[str, str]
_ACCOUNT, _CUSTOMER, _SERVICE = Account.__table__, Customer.__table__, Service.__table__


class Logins:
    """Judges log-ins that must be nobody else's: against the rows, and against earlier records."""

    def __init__(self, reserved: dict[Key, Holder] | None = None) -> None:
        # Of a plan, whose rows are rolled back: they still clash with what comes later.
        self.reserved: dict[Key, Holder] = {} if reserved is None else dict(reserved)
        self._pending: dict[Key, Holder] = {}
        self._doubtful: set[str] = set()

    def look(self, batch: Iterable[Wanted]) -> None:
        """Find which of the batch's possible log-ins somebody may have; only those are looked at one by one."""
        found = {text for wanted in batch for text in _candidates(wanted) if text}
        texts = found | {text.lower() for text in found}
        if not texts:
            return
        queries = (
            select(_ACCOUNT.c.login_key).where(_ACCOUNT.c.login_key.in_(texts), _ACCOUNT.c.status != "cancelled"),
            select(_CUSTOMER.c.email).where(_CUSTOMER.c.email.in_(texts)),
            select(_CUSTOMER.c.document).where(_CUSTOMER.c.document.in_(texts)),
            select(_SERVICE.c.login).where(_SERVICE.c.login.in_(texts)),
        )
        self._doubtful = {str(text).lower() for query in queries for text in db.session.scalars(query)}

    def taken(self, traits: Traits, integration: Integration, buyer: Buyer, login: str) -> list[Problem]:
        """Return whose account has that log-in already, as ``buyers.taken_problems`` does."""
        if not traits.login_is_key or not login:
            return []
        key, mine = (integration.id, login.lower()), (buyer.customer.code, buyer.service.code)
        other = self.reserved.get(key)
        shared = traits.shared_users and other is not None and other[0] == mine[0]
        if other is not None and other[1] != mine[1] and not shared:
            return [_problem(login, other, mine, integration)]
        self._pending[key] = mine
        return taken_problems(traits, integration, buyer, login) if login.lower() in self._doubtful else []

    def settle(self, *, accepted: bool) -> None:
        """End a row: what it was judged with is taken from now on, or not."""
        if accepted:
            self.reserved.update(self._pending)
        self._pending = {}

    def reserve(self, service: Service) -> list[Problem]:
        """Take the log-ins of a service that was stored; return with whose they clash."""
        mine = (service.customer.code, service.code)
        found = {(integration.id, login): integration for integration, login in key_logins(service)}
        for key, integration in found.items():
            other = self.reserved.get(key, mine)
            if other[1] != mine[1]:
                return [_problem(key[1], other, mine, integration)]
        self.reserved.update(dict.fromkeys(found, mine))
        return []


def _candidates(wanted: Wanted) -> Iterator[str]:
    service: Any = wanted.service
    yield from (wanted.customer_code, wanted.document, wanted.email, wanted.phone)
    yield from (service.code, service.login)
    yield from (package.params.get(EMAIL, "").strip() for package in service.packages or ())


def _problem(login: str, other: Holder, mine: Holder, integration: Integration) -> Problem:
    params = {"login": login, "customer": other[0], "service": other[1], "integration": integration.description}
    code = "login_held_own" if other[0] == mine[0] else "login_held"
    return Problem("email" if "@" in login else "login", code, params)
