"""Which customers a search and filters choose: every one of them led by an index, however many customers there are."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, func, or_, select, union, union_all
from sqlalchemy.orm import InstrumentedAttribute

from webapp.decide.policy import ENDED, PAYING
from webapp.extensions import db
from webapp.models import Account, Customer, Integration, Service, ServicePackage, SourceLink
from webapp.models.account import ACTIVE, BLOCKED, CANCELLED, PARKED, PENDING, SUSPENDED, WAITING_USER
from webapp.services.documents import fold, normalise_document
from webapp.services.pages import contains
from webapp.services.probing import short

MIN_DOCUMENT, MOST_KNOWN = 3, 20
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


def customer_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the customers that (clean) filters choose.

    Args:
        filters: ``q``: part of the name without marks, document, code or e-mail; ``active``: with a service that has
            not ended, or without one; ``status`` of a service; ``plan``, ``package``, ``integration``, ``source``: ids;
            ``account``: one of ``ACCOUNT_STATES``.
    """
    wanted = select(Customer).where(*searched(filters.get("q", "")), *with_service(filters.get("active", "")))
    parts = _parts(filters)
    ways = zip(parts, _parts(filters, tested=True), short(parts), strict=True)
    return wanted.where(*(_chosen(*way) for way in ways))


def counted_rows(filters: Mapping[str, str]) -> Select[Any] | None:
    """Return the same customers for counting, where that is quicker: for one filter alone through its own index.

    None: count the rows of ``customer_rows``.
    """
    parts = _parts(filters)
    if len(parts) != 1 or filters.get("q", "") or filters.get("active", ""):
        return None
    found = parts[0].subquery()
    return select(list(found.c)[0]).distinct()


def with_account(state: str) -> Select[Any]:
    """Return the ids of the customers with an account in one of ``ACCOUNT_STATES``, one for each such account."""
    return _of_accounts(select(Service.customer_id), {"account": state}, tested=False)


def searched(query: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a search; none without a text."""
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
    exact = union(*(select(Customer.id).where(choice) for choice in choices))
    if not re.search(r"[^\W\d_]", text):
        return [Customer.id.in_(exact)]
    # Name and id stand together in one index, so the walk by name never touches the rows themselves.
    words = and_(*(Customer.name_folded.like(contains(word), escape="\\") for word in fold(text).split()))
    return [_or_known(words, exact)]


def _or_known(words: ColumnElement[bool], exact: CompoundSelect[Any]) -> ColumnElement[bool]:
    """Mostly a text is no code and no e-mail; then the walk need not ask that of each name again."""
    known = db.session.scalars(exact.limit(MOST_KNOWN + 1)).all()
    if len(known) > MOST_KNOWN:
        return or_(words, Customer.id.in_(exact))
    return or_(words, Customer.id.in_(known)) if known else words


def with_service(active: str) -> list[ColumnElement[bool]]:
    """Return the condition of having a service that has not ended, or none; no condition for another word."""
    going = exists().where(Service.customer_id == Customer.id, Service.status.not_in(ENDED))
    conditions: dict[str, list[ColumnElement[bool]]] = {GOING: [going], ENDED_ALL: [~going]}
    return conditions.get(active, [])


def _parts(filters: Mapping[str, str], *, tested: bool = False) -> list[Select[Any]]:
    """Return for each filter on what belongs to a customer a select of the customers' ids.

    Args:
        tested: for one customer after the other, found through the customer. Else through the filter's own index.
    """
    of = _unindexed if tested else _indexed
    mine = select(Service.customer_id)
    found: list[Select[Any]] = []
    if "status" in filters:
        found.append(mine.where(of(Service.status, "") == filters["status"]))
    if "plan" in filters:
        found.append(mine.where(of(Service.plan_id, 0) == int(filters["plan"])))
    if "package" in filters:
        package = of(ServicePackage.package_id, 0) == int(filters["package"])
        sold = mine.join(ServicePackage, ServicePackage.service_id == Service.id)
        found.append(sold.where(package, ServicePackage.removed_at.is_(None)))
    if "integration" in filters or "account" in filters:
        found.append(_of_accounts(mine, filters, tested=tested))
    if "source" in filters:
        source = of(SourceLink.source_id, 0) == int(filters["source"])
        found.append(select(SourceLink.local_id).where(SourceLink.kind == "customer", source))
    return found


def _of_accounts(mine: Select[Any], filters: Mapping[str, str], *, tested: bool) -> Select[Any]:
    """One account must fit both: an integration and a state of it."""
    state, of = filters.get("account", ""), _unindexed if tested else _indexed
    wanted = mine.join(Account, Account.service_id == Service.id)
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


def _chosen(looked_up: Select[Any], tested: Select[Any], few: bool) -> ColumnElement[bool]:
    """Look a short part up; walk by name and test each customer against a long one."""
    if few:
        return Customer.id.in_(looked_up)
    return tested.where(tested.selected_columns[0] == Customer.id).correlate(Customer).exists()


def _begins_with(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """A range instead of LIKE: both databases use the index for it."""
    return and_(column >= text, column < text + "\uffff")
