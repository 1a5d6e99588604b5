"""Which customers a search and filters choose: every one of them led by an index, however many customers there are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased

from webapp.decide.policy import ENDED, PAYING
from webapp.extensions import db
from webapp.models import Account, Customer, Integration, Service, ServicePackage, SourceLink
from webapp.models.account import ACTIVE, BLOCKED, CANCELLED, PARKED, PENDING, SUSPENDED, WAITING_USER
from webapp.services.customer_search import search_of
from webapp.services.pages import COUNT_LIMIT
from webapp.services.probing import FEW, Found, Looked, Part, among, gathered, look

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
    parts = _parts(filters)
    search, by_index = search_of(filters.get("q", ""), alone=not parts)
    asked = [*parts, search] if search else parts
    if not asked:
        return Found(select(Customer))
    walked = select(Customer).where(*(part.tested(Customer.id) for part in asked))
    if len(asked) == 1:
        return _alone(asked[0], walked)
    return _together(parts, search, walked) if by_index else _together(asked, None, walked)


def _alone(part: Part, walked: Select[Any]) -> Found:
    """Return those of one filter; so many that nobody counts them are met soon enough while walking."""
    if part.looked_up is None:
        return _walk(walked)
    (looked,) = look([(part.looked_up, FEW)])
    if looked.cut or len(looked.ids) >= MANY:
        total = MANY if len(looked.ids) >= MANY else None
        return Found(walked if looked.cut or part.besides else _of(looked.ids), total)
    ids = _whole(part, looked.ids)
    return Found(walked) if ids is None else _shown(ids, walked)


def _together(parts: Sequence[Part], named: Part | None, walked: Select[Any]) -> Found:
    """Return those whom several choose: the fewest that an index tells lead, and are tested of everything else.

    Args:
        named: a search that the index of words tells; it is not one of ``parts``.
    """
    looked = _look_up([part for part in parts if not (named and part.besides)])
    known = {part: one.ids for part, one in looked.items() if not (one.cut or part.besides)}
    if known:
        ids, left = frozenset.intersection(*known.values()), [part for part in parts if part not in known]
        return _known(*_named_too(ids, left, named), walked)
    if named is not None:
        return _led(named, parts, walked)
    for part, one in looked.items():
        whole = None if one.cut else _whole(part, one.ids)
        if whole is not None:
            return _known(whole, [other for other in parts if other is not part], walked)
    return _walk(walked)


def _look_up(parts: Sequence[Part]) -> dict[Part, Looked]:
    served = {part: part.looked_up for part in parts if part.looked_up is not None}
    return dict(zip(served, look([(chosen, KNOWN) for chosen in served.values()]), strict=True))


def _named_too(
    ids: frozenset[int], left: Sequence[Part], named: Part | None
) -> tuple[frozenset[int], Sequence[Part]]:  # fmt: skip
    """Choose by name, too: few are tested one by one, many are looked up."""
    if named is None:
        return ids, left
    if len(ids) >= MANY and named.looked_up is not None:
        (found,) = look([(named.looked_up, NAMED)])
        if not found.cut:
            return ids & found.ids, left
    return ids, [*left, named]


def _known(ids: frozenset[int], left: Sequence[Part], walked: Select[Any]) -> Found:
    """Some filters leave so few that they are known one by one; whatever else is asked is tested of those."""
    if ids and left:
        tests = (part.tested(Customer.id) for part in left)
        (tested,) = look([(select(Customer.id).where(among(Customer.id, ids), *tests), len(ids) + 1)])
        ids = tested.ids
    return _shown(ids, walked)


def _led(named: Part, parts: Sequence[Part], walked: Select[Any]) -> Found:
    """Those of that name are tested of the rest, until as many are found as are counted."""
    if named.looked_up is None:
        return _walk(walked)
    people = named.looked_up.subquery()
    (found,) = look([(select(people.c.id).where(*(part.tested(people.c.id) for part in parts)), MANY)])
    if found.cut:
        return Found(walked, MANY if len(found.ids) >= MANY else None)
    return _shown(found.ids, walked)


def _walk(walked: Select[Any]) -> Found:
    """Whoever no index leads to is found in one walk over the names, and counted by it."""
    (found,) = look([(walked.with_only_columns(Customer.id), MANY)])
    return Found(walked, MANY) if found.cut else _shown(found.ids, walked)


def _shown(ids: frozenset[int], walked: Select[Any]) -> Found:
    return Found(_of(ids) if len(ids) <= FEW else walked, min(len(ids), MANY))


def _whole(part: Part, ids: frozenset[int]) -> frozenset[int] | None:
    """Return all of a part, with those whom it is slow to tell; None = too many."""
    if part.besides is None:
        return ids
    found = part.besides()
    return None if found is None else ids | found


def _of(ids: frozenset[int]) -> Select[Any]:
    return select(Customer).where(among(Customer.id, ids))


def with_account(state: str) -> Select[Any]:
    """Return the ids of the customers with an account in one of ``ACCOUNT_STATES``, one for each such account."""
    return _of_accounts({"account": state}, tested=False)


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
    still = _tested(select(Service.customer_id).where(Service.status.not_in(ENDED)))
    other = aliased(Service)
    going = other.status.not_in(ENDED) & (other.customer_id == Service.customer_id)
    ended = select(Service.customer_id).where(Service.status.in_(ENDED), ~exists().where(going).correlate(Service))
    return Part(ended, lambda person: ~still(person), _without_any)


def _without_any() -> frozenset[int] | None:
    """Return who has no service; None = too many. Mostly everybody has one, and that is told sooner than who has none.

    Both read an index whole, so nobody asks before those that have one are known to be few.
    """
    customers, having = select(func.count()).select_from(Customer), select(func.count(Service.customer_id.distinct()))
    none = select(Customer.id).except_(select(Service.customer_id)).subquery()
    some = customers.scalar_subquery() > having.scalar_subquery()
    found = db.session.scalar(select(case((some, gathered(select(none.c.id), KNOWN)), else_=None))) or ()
    return frozenset(found) if len(found) < KNOWN else None


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


def _tested(mine: Select[Any]) -> Callable[[Any], ColumnElement[bool]]:
    """Return what makes the condition that one of these is the customer at hand."""
    return lambda person: mine.where(mine.selected_columns[0] == person).correlate(person.table).exists()
