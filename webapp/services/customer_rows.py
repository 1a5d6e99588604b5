"""Which customers a search and filters choose: every one of them led by an index, however many customers there are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, func, or_, select, union, union_all
from sqlalchemy.orm import aliased

from webapp.decide.policy import ENDED, PAYING
from webapp.extensions import db
from webapp.models import Account, Customer, Integration, Service, ServicePackage, SourceLink
from webapp.models.account import ACTIVE, BLOCKED, CANCELLED, PARKED, PENDING, SUSPENDED, WAITING_USER
from webapp.services.beginnings import begins_with
from webapp.services.documents import fold, normalise_document
from webapp.services.name_words import by_words
from webapp.services.pages import COUNT_LIMIT, contains
from webapp.services.probing import FEW, Found, among, look

MIN_DOCUMENT, MOST_KNOWN = 3, 20
# So many are looked up where that saves testing one customer after the other. More than are counted are just many.
KNOWN, MANY = 6_000, COUNT_LIMIT + 1
# By the index of words they are told five times as fast as by any other.
NAMED = 12_000
GOING, ENDED_ALL = ACTIVITIES = ("active", "inactive")
PERSON, UNSERVED = "person", "unserved"
ACCOUNT_STATES: Mapping[str, tuple[str, ...]] = {
    PERSON: (BLOCKED, PARKED),
    # And those that are suspended or ended while a change is on its way.
    UNSERVED: (PENDING, BLOCKED, PARKED, WAITING_USER),
    WAITING_USER: (WAITING_USER,),
    PENDING: (PENDING,),
    ACTIVE: (ACTIVE,),
    SUSPENDED: (SUSPENDED,),
    CANCELLED: (CANCELLED,),
}


@dataclass(frozen=True)
class Part:
    """What one filter asks for.

    Attributes:
        looked_up: ids of the customers, some of them perhaps more than once, through the filter's own index.
        tested: the same as a condition on one customer after the other, found through the customer.
        most: how many of them are looked for at most.
    """

    looked_up: Select[Any]
    tested: ColumnElement[bool]
    most: int = KNOWN


def customer_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the customers that (clean) filters choose, as ``find_rows``."""
    return find_rows(filters).rows


def find_rows(filters: Mapping[str, str]) -> Found:
    """Return the customers that (clean) filters choose, and how many they are.

    Args:
        filters: ``q``: part of the name without marks, document, code or e-mail; ``active``: with a service that has
            not ended, or without one; ``status`` of a service; ``plan``, ``package``, ``integration``, ``source``: ids;
            ``account``: one of ``ACCOUNT_STATES``.
    """
    parts, words, named = _parts(filters), *_asked(filters.get("q", ""))
    if named is not None:
        parts, words = [*parts, named], []
    if not parts and not words:
        return Found(select(Customer))
    alone = len(parts) == 1 and not words
    looked = look([(part.looked_up, min(part.most, FEW) if alone else part.most) for part in parts])
    known = [one.ids for one in looked if not one.cut]
    left = [part.tested for part, one in zip(parts, looked, strict=True) if one.cut]
    walked = select(Customer).where(*words, *(part.tested for part in parts))
    ids = frozenset[int].intersection(*known) if known else frozenset()
    # To test many one by one takes longer than to walk until as many are found as are counted.
    if known and (len(ids) <= FEW or not (words or left)):
        return _known(ids, [*words, *left], walked)
    if alone:
        return Found(walked, MANY if len(looked[0].ids) >= MANY else None)
    # Whoever is searched for by a name that few bear is found in one walk over the names, and counted by it.
    (found,) = look([(walked.with_only_columns(Customer.id), MANY)])
    return Found(walked, MANY) if found.cut else Found(_of(found.ids), len(found.ids))


def _known(ids: frozenset[int], left: Sequence[ColumnElement[bool]], walked: Select[Any]) -> Found:
    """Some filters leave so few that they are known one by one; whatever else is asked is tested of those."""
    if ids and left:
        (tested,) = look([(select(Customer.id).where(among(Customer.id, ids), *left), KNOWN)])
        ids = tested.ids
    return Found(_of(ids) if len(ids) <= FEW else walked, min(len(ids), MANY))


def _of(ids: frozenset[int]) -> Select[Any]:
    return select(Customer).where(among(Customer.id, ids))


def with_account(state: str) -> Select[Any]:
    """Return the ids of the customers with an account in one of ``ACCOUNT_STATES``, one for each such account."""
    return _of_accounts({"account": state}, tested=False)


def searched(query: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a search; none without a text."""
    conditions, _named = _asked(query)
    return conditions


def _asked(query: str) -> tuple[list[ColumnElement[bool]], Part | None]:
    """Return the conditions of a search, and the same as a part where an index of words serves it."""
    text = query.strip()
    if not text:
        return [], None
    if "@" in text:
        return [begins_with(Customer.email, text.lower())], None
    choices = [Customer.code == text]
    bare = normalise_document(text)
    if len(bare) >= MIN_DOCUMENT and re.search(r"\d", bare):
        choices.append(begins_with(Customer.document, bare))
    # An e-mail is searched from its beginning, so that the index serves.
    choices.append(begins_with(Customer.email, text.lower()))
    exact = union(*(select(Customer.id).where(choice) for choice in choices))
    if not re.search(r"[^\W\d_]", text):
        return [Customer.id.in_(exact)], None
    # Name and id stand together in one index, so the walk by name never touches the rows themselves.
    # The longest word first: fewest have it, so the others are seldom looked at.
    parts = sorted(fold(text).split(), key=len, reverse=True)
    words = and_(*(Customer.name_folded.like(contains(word), escape="\\") for word in parts))
    known, quick = _or_known(words, exact), by_words(parts)
    return [known], Part(quick, words, NAMED) if quick is not None and known is words else None


def _or_known(words: ColumnElement[bool], exact: CompoundSelect[Any]) -> ColumnElement[bool]:
    """Mostly a text is no code and no e-mail; then the walk need not ask that of each name again."""
    known = db.session.scalars(exact.limit(MOST_KNOWN + 1)).all()
    if len(known) > MOST_KNOWN:
        return or_(words, Customer.id.in_(exact))
    return or_(words, Customer.id.in_(known)) if known else words


def _parts(filters: Mapping[str, str]) -> list[Part]:
    """Return a part for each filter on what belongs to a customer."""
    found = [make(filters[name]) for name, make in _MAKERS.items() if name in filters]
    if filters.get("active") in ACTIVITIES and not _follows(filters):
        found.append(_going() if filters["active"] == GOING else _ended())
    if "integration" in filters or "account" in filters:
        found.append(Part(_of_accounts(filters, tested=False), _tested(_of_accounts(filters, tested=True))))
    return found


def _follows(filters: Mapping[str, str]) -> bool:
    """Whoever has a service of a status that has not ended has one that has not ended."""
    status = filters.get("status", "")
    return filters["active"] == GOING and bool(status) and status not in ENDED


def _going() -> Part:
    going = Service.status.not_in(ENDED)
    return Part(select(Service.customer_id).where(going), _tested(select(Service.customer_id).where(going)))


def _ended() -> Part:
    """Those whose services all ended are found through those that ended; those without any are what is left."""
    going = select(Service.customer_id).where(Service.status.not_in(ENDED))
    other = aliased(Service)
    still = other.status.not_in(ENDED) & (other.customer_id == Service.customer_id)
    ended = select(Service.customer_id).where(Service.status.in_(ENDED), ~exists().where(still).correlate(Service))
    if _some_have_none():
        none = select(Customer.id).except_(select(Service.customer_id)).subquery()
        every = union_all(ended, select(none.c.id)).subquery()
        ended = select(every.c.customer_id)
    return Part(ended, ~_tested(going))


def _some_have_none() -> bool:
    """Mostly everybody has a service, and that is told much sooner than who has none."""
    customers, having = select(func.count()).select_from(Customer), select(func.count(Service.customer_id.distinct()))
    return bool(db.session.scalar(select(customers.scalar_subquery() > having.scalar_subquery())))


def _with_status(status: str) -> Part:
    mine = select(Service.customer_id)
    return Part(mine.where(Service.status == status), _tested(mine.where(_unindexed(Service.status, "") == status)))


def _with_plan(plan: str) -> Part:
    mine = select(Service.customer_id)
    tested = mine.where(_unindexed(Service.plan_id, 0) == int(plan))
    return Part(mine.where(Service.plan_id == int(plan)), _tested(tested))


def _with_package(package: str) -> Part:
    mine = select(Service.customer_id).join(ServicePackage, ServicePackage.service_id == Service.id)
    mine = mine.where(ServicePackage.removed_at.is_(None))
    tested = mine.where(_unindexed(ServicePackage.package_id, 0) == int(package))
    return Part(mine.where(ServicePackage.package_id == int(package)), _tested(tested))


def _from_source(source: str) -> Part:
    mine = select(SourceLink.local_id).where(SourceLink.kind == "customer")
    tested = mine.where(_unindexed(SourceLink.source_id, 0) == int(source))
    return Part(mine.where(SourceLink.source_id == int(source)), _tested(tested))


_MAKERS = {"status": _with_status, "plan": _with_plan, "package": _with_package, "source": _from_source}


def _of_accounts(filters: Mapping[str, str], *, tested: bool) -> Select[Any]:
    """One account must fit both: an integration and a state of it.

    Args:
        tested: for one customer after the other, found through the customer. Else through the filter's own index.
    """
    state, of = filters.get("account", ""), _unindexed if tested else _indexed
    wanted = select(Service.customer_id).join(Account, Account.service_id == Service.id)
    if "integration" in filters:
        wanted = wanted.where(of(Account.integration_id, 0) == int(filters["integration"]))
    if state == UNSERVED:
        return _unserved(wanted, tested=tested)
    if "integration" not in filters and not tested:
        wanted = wanted.where(_on_any())
    return wanted.where(of(Account.status, "").in_(ACCOUNT_STATES[state])) if state else wanted


def _unserved(wanted: Select[Any], *, tested: bool) -> Select[Any]:
    """Whoever pays shall be able to watch: not there, or there and still to be changed.

    One that is suspended or ended and not due is as it should be. One that is new and due has no desired state yet.
    Each arm has an index of its own, and whoever stops counting early stops it.
    """
    due = Account.due_at.is_not(None)
    wants = or_(Account.desired == "active", (Account.desired == "") & due)
    wanted = wanted.where(Service.status.in_(PAYING) if tested else _unindexed(Service.status, "").in_(PAYING), wants)
    stuck = Account.status.in_(ACCOUNT_STATES[UNSERVED])
    still_out = and_(due, _unindexed(Account.status, "").in_((SUSPENDED, CANCELLED)))
    if tested:
        return wanted.where(or_(stuck, still_out))
    arms = union_all(wanted.where(stuck, _on_any()), wanted.where(still_out)).subquery()
    return select(arms.c.customer_id)


def _on_any() -> ColumnElement[bool]:
    """The index on states begins with the integration; there are few of those."""
    return Account.integration_id.in_(select(Integration.id))


def _indexed(column: Any, _empty: Any) -> Any:
    return column


def _unindexed(column: Any, empty: Any) -> Any:
    """No index is on it, so a database without counts of values begins at the customer, never at the filter."""
    return func.coalesce(column, empty)


def _tested(mine: Select[Any]) -> ColumnElement[bool]:
    """Return the condition that one of these is the customer at hand."""
    return mine.where(mine.selected_columns[0] == Customer.id).correlate(Customer).exists()
