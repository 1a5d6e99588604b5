"""Who is who on one platform: by which names an invoice may call an account, and which words a product."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, case, cast, select

from webapp.decide.invoice import Line, find_accounts
from webapp.extensions import db
from webapp.models import Account, BillingTerms, Customer, Product, Service
from webapp.services.documents import fold
from webapp.services.marks import Marks, load_marks
from webapp.services.privacy.marks import Clues, find_people

Name = tuple[str, str]
Accounts = frozenset[int]
Found = Accounts | None
_ACCOUNT, _SERVICE, _CUSTOMER = Account.__table__.c, Service.__table__.c, Customer.__table__.c


@dataclass(frozen=True)
class Directory:
    """All accounts of one integration.

    Attributes:
        who: name -> accounts that bear it.
        owners: account -> customer.
        erased: accounts of people who were erased.
    """

    integration_id: int
    who: Mapping[Name, frozenset[int]]
    owners: Mapping[int, int]
    erased: frozenset[int]

    def find(self, lines: Collection[Line]) -> list[tuple[Line, Found]]:
        """Return every line with the accounts that it can mean; None = it contradicts itself."""
        found = [(line, find_accounts(line, self.who)) for line in lines]
        unknown = [line for line, accounts in found if accounts is not None and not accounts and line.names]
        return self._with_erased(found, unknown) if self.erased and unknown else found

    def _with_erased(self, found: list[tuple[Line, Found]], unknown: list[Line]) -> list[tuple[Line, Found]]:
        """Whoever was erased here is still known again, by marks."""
        of_customer: defaultdict[int, set[int]] = defaultdict(set)
        for account_id in self.erased:
            of_customer[self.owners[account_id]].add(account_id)
        people = find_people([self._clues(line) for line in unknown])
        known = {
            line.number: frozenset(of_customer.get(person.customer_id, ()))
            for line, person in zip(unknown, people, strict=True)
            if person is not None
        }
        return [(line, known.get(line.number, accounts)) for line, accounts in found]

    def _clues(self, line: Line) -> Clues:
        said = dict(reversed(line.names))
        remote = said.get("remote_id", "")
        return Clues(
            said.get("document", ""), said.get("code", ""), said.get("email", ""), login=said.get("login", ""),
            remote_ids=((self.integration_id, remote),) if remote else (),
        )  # fmt: skip


def load_directory(integration_id: int, *, remote: bool) -> Directory:
    """Read it, in the caller's transaction.

    Args:
        remote: with the platform's own ids; there are many of them, and not every invoice names any.
    """
    who: dict[Name, Accounts] = {}
    owners: dict[int, int] = {}
    erased: set[int] = set()
    marks = load_marks(db.session.connection())
    for row in db.session.execute(_rows(integration_id, remote)):
        owners[row.id] = row.customer_id
        if row.erased_at is not None:
            erased.add(row.id)
            continue
        alone = frozenset((row.id,))
        for name in _names(row, marks) + (_remote_names(row) if remote else []):
            who[name] = who[name] | alone if name in who else alone
    return Directory(integration_id, who, owners, frozenset(erased))


def load_products(integration_id: int, terms: BillingTerms | None) -> dict[str, int]:
    """Return folded words -> product: as persons said, else its code, else its name where only one bears it."""
    rows = db.session.execute(
        select(Product.id, Product.code, Product.name).where(Product.integration_id == integration_id)
    ).all()
    words = _single((fold(row.name), row.id) for row in rows) | _single((fold(row.code), row.id) for row in rows)
    ids = {row.id for row in rows}
    said = (terms.product_words or {}) if terms is not None else {}
    return words | {word: product_id for word, product_id in said.items() if product_id in ids}


def _rows(integration_id: int, remote: bool) -> Any:
    ids = (_ACCOUNT.remote_ids, _ACCOUNT.units) if remote else ()
    grave = case((cast(_ACCOUNT.tombstone, Text).not_in(("null", "{}")), _ACCOUNT.tombstone)).label("tombstone")
    return (
        select(
            _ACCOUNT.id, _ACCOUNT.login_key, *ids, grave,
            _SERVICE.customer_id, _SERVICE.code, _CUSTOMER.code.label("customer_code"), _CUSTOMER.document,
            _CUSTOMER.email, _CUSTOMER.erased_at,
        )
        .join(Service, _ACCOUNT.service_id == _SERVICE.id)
        .join(Customer, _SERVICE.customer_id == _CUSTOMER.id)
        .where(_ACCOUNT.integration_id == integration_id)
        .order_by(_ACCOUNT.id)
    )  # fmt: skip


def _names(row: Any, marks: Marks) -> list[Name]:
    grave = row.tombstone or {}
    # Where the e-mail is the log-in, it stays that after the customer changed it.
    names = [("login", login.lower()) for login in (row.login_key, grave.get("login", "")) if login]
    names += [("email", mail.lower()) for mail in (row.email, row.login_key) if "@" in mail]
    names += [("code", code) for code in (row.code, row.customer_code, marks.of(row.id))]
    if row.document:
        names.append(("document", row.document))
    return names


def _remote_names(row: Any) -> list[Name]:
    kept = [row.remote_ids, *((one.get("remote_ids") or {}) for one in (row.tombstone or {}, *row.units.values()))]
    return [("remote_id", str(one)) for ids in kept for one in ids.values() if one]


def _single(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for word, product_id in pairs:
        found[word].add(product_id)
    return {word: next(iter(ids)) for word, ids in found.items() if word and len(ids) == 1}
