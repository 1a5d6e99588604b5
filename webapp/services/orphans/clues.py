"""What accounts that nobody here made have in common with customers and services: many at once, few queries."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, String, cast, literal, select, union_all

from webapp.decide.orphans import Candidate, Clue
from webapp.decide.policy import ENDED
from webapp.decide.state import load_units
from webapp.extensions import db
from webapp.models import Account, Customer, Package, Service, ServicePackage
from webapp.services.documents import normalise_document, normalise_phone
from webapp.services.marks import load_marks

Key = TypeVar("Key", bound=Hashable)
_PEOPLE = select(Service.id).join(Customer, Customer.id == Service.customer_id)
# With a country's code, and without.
PHONE_DIGITS = range(10, 14)


@dataclass(frozen=True)
class Marks:
    """By what an account there may be known here."""

    login: str
    document: str = ""
    reference: str = ""

    @property
    def local_part(self) -> str:
        """What stands before the @ of a log-in; empty where there is none."""
        local, at, _domain = self.login.partition("@")
        return local if at else ""

    @property
    def phone(self) -> str:
        """The log-in as a phone number; empty where it is none."""
        digits = normalise_phone(self.login)
        plain = self.login.replace("+", "").replace("-", "").replace(" ", "").replace("(", "").replace(")", "")
        return digits if plain.isdecimal() and len(digits) in PHONE_DIGITS else ""


def find_candidates(integration_id: int, strangers: Mapping[Key, Marks]) -> dict[Key, list[Candidate]]:
    """Return, for each stranger, the services that it may belong to, one for each clue."""
    hits = _Hits(integration_id, strangers.values())
    facts = _facts(integration_id, hits.service_ids())
    return {key: [_candidate(facts, *hit) for hit in hits.of(marks)] for key, marks in strangers.items()}


class _Hits:
    """Which services have which marks."""

    def __init__(self, integration_id: int, strangers: Collection[Marks]) -> None:
        self._references = load_marks(db.session.connection())
        self._by: dict[Clue, dict[Any, set[int]]] = {clue: defaultdict(set) for clue in Clue}
        logins = {form for one in strangers if one.login for form in (one.login, one.login.lower())}
        locals_ = {form for one in strangers if one.local_part for form in (one.local_part, one.local_part.lower())}
        documents = {normalise_document(one.document) for one in strangers} - {""}
        phones = {one.phone for one in strangers} - {""}
        references = {self._references.read(one.reference) for one in strangers if one.reference} - {None}
        mails = {one for one in logins if "@" in one}
        accounts = select(Account.service_id, cast(Account.id, String)).where(Account.integration_id == integration_id)
        arms = [
            _arm(Clue.REFERENCE, accounts, Account.id, references),
            *(
                _arm(clue, _PEOPLE.add_columns(column), column, values)
                for clue, column, values in (
                    (Clue.DOCUMENT, Customer.document, documents), (Clue.EMAIL, Customer.email, mails),
                    (Clue.PHONE, Customer.phone, phones), (Clue.CUSTOMER_CODE, Customer.code, logins),
                    (Clue.LOCAL_PART, Customer.code, locals_), (Clue.SERVICE_LOGIN, Service.login, logins),
                    (Clue.LOCAL_PART, Service.login, locals_),
                )
            ),
        ]  # fmt: skip
        wanted = [arm for arm in arms if arm is not None]
        for service_id, value, clue in db.session.execute(union_all(*wanted)) if wanted else ():
            self._by[Clue(clue)][value.lower()].add(service_id)

    def service_ids(self) -> set[int]:
        """Return every service that was hit."""
        return {one for found in self._by.values() for ids in found.values() for one in ids}

    def of(self, marks: Marks) -> Iterator[tuple[int, Clue]]:
        """Return services and clues of one stranger."""
        account_id = self._references.read(marks.reference)
        login, local = marks.login.lower(), marks.local_part.lower()
        wanted = {
            Clue.REFERENCE: str(account_id or ""), Clue.DOCUMENT: normalise_document(marks.document).lower(),
            Clue.EMAIL: login,
            Clue.SERVICE_LOGIN: login, Clue.PHONE: marks.phone, Clue.CUSTOMER_CODE: login, Clue.LOCAL_PART: local,
        }  # fmt: skip
        for clue, value in wanted.items():
            for service_id in sorted(self._by[clue].get(value, ())):
                yield service_id, clue


def _arm(clue: Clue, rows: Select[Any, Any], column: Any, values: Collection[Any]) -> Select[Any, Any, Any] | None:
    """Return the query of who has one of these values; None where there are none."""
    return rows.where(column.in_(values)).add_columns(literal(str(clue))) if values else None


@dataclass(frozen=True)
class _Facts:
    document: str
    sold: bool
    taken: bool
    ended: bool


def _facts(integration_id: int, service_ids: Collection[int]) -> dict[int, _Facts]:
    if not service_ids:
        return {}
    sold = sold_services(integration_id).where(ServicePackage.service_id == Service.id).exists()
    here = (Account.service_id == Service.id) & (Account.integration_id == integration_id)
    rows = (
        select(Service.id, Service.status, Customer.document, Account.units, sold.label("sold"))
        .join(Customer, Customer.id == Service.customer_id)
        .outerjoin(Account, here)
        .where(Service.id.in_(service_ids))
    )
    return {
        row.id: _Facts(row.document, row.sold, _live(row.units), row.status in ENDED)
        for row in db.session.execute(rows)
    }


def _live(units: Mapping[str, Any] | None) -> bool:
    return any(unit.maybe_there for unit in load_units(units or {}).values())


def sold_services(integration_id: int) -> Select[int]:
    """Return the query of services that have a package of an integration now."""
    return (
        select(ServicePackage.service_id)
        .join(Package, Package.id == ServicePackage.package_id)
        .where(Package.integration_id == integration_id, ServicePackage.removed_at.is_(None))
    )


def _candidate(facts: Mapping[int, _Facts], service_id: int, clue: Clue) -> Candidate:
    known = facts[service_id]
    return Candidate(service_id, clue, known.document, known.sold, known.taken, known.ended)
