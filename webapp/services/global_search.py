"""One box for everything: people by whatever they are known by, and what the provider set up, by name.

Every part is led by an index, or walks over one that holds nothing but what is compared, so the box answers at once
with a hundred thousand customers. Only the id that a platform gave is looked for without one, and last.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Account, Customer, Integration, Package, Plan, Service, Source
from webapp.services.beginnings import begins_with
from webapp.services.documents import document_problem, fold, normalise_document, normalise_phone
from webapp.services.name_words import by_words
from webapp.services.pages import contains
from webapp.services.probing import among, look

MOST = 6
MIN_TEXT, MIN_DIGITS, NUMBER_DIGITS = 2, 3, 5
LONGEST = 200
# Of names that fewer have, all are found first and put in order then.
RARE = 200
# Ids of platforms are looked for as they are: shorter ones are in too many.
MIN_REMOTE = 3


@dataclass(frozen=True)
class Thing:
    """Something of the configuration that a search found.

    Attributes:
        kind: ``integration``, ``package``, ``plan`` or ``source``.
    """

    kind: str
    id: int
    name: str
    active: bool


@dataclass(frozen=True)
class Found:
    """What a text stands for; each list is cut at ``MOST``.

    Attributes:
        straight_to: the one customer whose code, document or service's code the text is exactly; None = not one.
    """

    customers: Sequence[Customer] = ()
    services: Sequence[Service] = ()
    accounts: Sequence[Account] = ()
    things: Sequence[Thing] = ()
    straight_to: int | None = None

    @property
    def people(self) -> int:
        """How many people are shown; for the access log."""
        services = {row.customer_id for row in self.services} | {row.service.customer_id for row in self.accounts}
        return len(services | {row.id for row in self.customers})


def search(query: str) -> Found:
    """Look everywhere; at most six questions to the database, none for a text that is too short."""
    # PostgreSQL refuses a text with a zero byte.
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in query[:LONGEST]).split())
    if len(text) < MIN_TEXT:
        return Found(straight_to=_straight_to(_exact_customers(text), ())) if text else Found()
    exact = _exact_customers(text)
    services = _services(text)
    accounts = _accounts(text, known=bool(exact or services))
    people = _without_twins([*exact, *_customers_by_name(text)])[:MOST]
    return Found(people, services, accounts, _things(text), _straight_to(exact, services, text))


def _straight_to(exact: Sequence[Customer], services: Sequence[Service], text: str = "") -> int | None:
    bare, code = normalise_document(text), text.lower()
    whole = len(bare) in (11, 14) and document_problem(bare) is None
    ids = {row.id for row in exact if row.code.lower() == code or (whole and row.document == bare)}
    ids |= {row.customer_id for row in services if row.code.lower() == code}
    return ids.pop() if len(ids) == 1 else None


def _exact_customers(text: str) -> Sequence[Customer]:
    """Return customers that are known by this text: code, or the beginning of document, e-mail or phone."""
    choices: list[ColumnElement[bool]] = [Customer.code.in_(_cases(text)), begins_with(Customer.email, text.lower())]
    bare, digits = normalise_document(text), re.sub(r"\D", "", text)
    if len(bare) >= MIN_DIGITS and any(sign.isdecimal() for sign in bare):
        choices.append(begins_with(Customer.document, bare))
    if len(digits) >= 8:
        choices.append(Customer.phone.in_({digits, normalise_phone(text)}))
    ids = union_all(*(select(Customer.id).where(choice).limit(MOST).subquery().select() for choice in choices))
    wanted = select(Customer).where(Customer.id.in_(ids)).order_by(Customer.name_folded, Customer.id)
    return db.session.scalars(wanted.limit(2 * MOST)).all()


def _customers_by_name(text: str) -> Sequence[Customer]:
    words = fold(text).split()
    if not any(_may_be_name(word) for word in words):
        return ()
    if (named := by_words(words)) is not None:
        (found,) = look([(named, RARE)])
        if not found.cut:
            wanted = select(Customer).where(among(Customer.id, found.ids))
            return db.session.scalars(wanted.order_by(Customer.name_folded, Customer.id).limit(MOST)).all()
    # Name and id stand together in one index: the walk never touches the rows themselves, and it ends soon where so
    # many are called like that.
    like = and_(*(Customer.name_folded.like(contains(word), escape="\\") for word in words))
    ids = select(Customer.id).where(like).order_by(Customer.name_folded, Customer.id).limit(MOST)
    return db.session.scalars(select(Customer).where(Customer.id.in_(ids)).order_by(Customer.name_folded)).all()


def _may_be_name(word: str) -> bool:
    """A word without letters is none; nor is one with as many digits as only a number of somebody has."""
    return bool(re.search(r"[^\W\d_]", word)) and sum(sign.isdecimal() for sign in word) < NUMBER_DIGITS


def _services(text: str) -> Sequence[Service]:
    """Return services by code, or by the beginning of the log-in."""
    choices = (Service.code.in_(_cases(text)), begins_with(Service.login, text))
    ids = union_all(*(select(Service.id).where(choice).limit(MOST).subquery().select() for choice in choices))
    wanted = select(Service).options(joinedload(Service.customer), joinedload(Service.plan)).where(Service.id.in_(ids))
    return db.session.scalars(wanted.order_by(Service.id).limit(MOST)).all()


def _accounts(text: str, *, known: bool) -> Sequence[Account]:
    """Return accounts by the beginning of the log-in, or by an id that the platform gave.

    Args:
        known: the text stands for something else already. Ids of platforms are kept as JSON, which no index serves:
            all accounts are walked over, so only for a text with a digit that is nothing else.
    """
    of_all = Account.integration_id.in_(select(Integration.id))
    parts: list[Select[Any]] = [select(Account.id).where(of_all, begins_with(Account.login_key, text.lower()))]
    if not known and len(text) >= MIN_REMOTE and re.fullmatch(r"(?=.*\d)[\w.:@/-]+", text):
        kept = cast(Account.remote_ids, String)
        parts.append(select(Account.id).where(kept.like(contains(f'"{text}"'), escape="\\")))
    ids = union_all(*(part.limit(MOST).subquery().select() for part in parts))
    owner = joinedload(Account.service).joinedload(Service.customer)
    wanted = select(Account).options(joinedload(Account.integration), owner).where(Account.id.in_(ids))
    return db.session.scalars(wanted.order_by(Account.id).limit(MOST)).all()


def _things(text: str) -> Sequence[Thing]:
    """Return integrations, packages, plans and sources that are called so; active ones first."""
    parts = [
        _named("integration", Integration, Integration.description),
        _named("package", Package, Package.description, Package.code),
        _named("plan", Plan, Plan.description),
        _named("source", Source, Source.description),
    ]
    every = union_all(*(part.where(_is_called(part, text)) for part in parts)).subquery()
    rows = db.session.execute(select(every).order_by(every.c.active.desc(), every.c.name, every.c.id).limit(4 * MOST))
    return [Thing(row.kind, row.id, row.name, bool(row.active)) for row in rows]


def _named(kind: str, model: Any, name: Any, code: Any = None) -> Select[Any]:
    said = name if code is None else name + " " + func.coalesce(code, "")
    return select(literal(kind).label("kind"), model.id, name.label("name"), model.active, said.label("said"))


def _is_called(part: Select[Any], text: str) -> ColumnElement[bool]:
    said = part.selected_columns.said
    return or_(*(func.lower(said).like(contains(form), escape="\\") for form in {text.lower(), fold(text)}))


def _cases(text: str) -> set[str]:
    """Codes are compared as they are, so that the index serves; people write them in any case."""
    return {text, text.upper(), text.lower()}


def _without_twins(rows: Sequence[Customer]) -> list[Customer]:
    return list({row.id: row for row in rows}.values())
