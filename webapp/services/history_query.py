"""Which events and transmissions a history is made of: one arm per table and kind of object, each on its index."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from webapp.gateways.contract import Operation
from webapp.models import Account, Attempt, Entitlement, Event, Package, Product, Run, Service, ServicePackage
from webapp.services.pages import contains

# Time, kind of row, id.
Keys = Select[datetime, int, int]
EVENT, ATTEMPT = 0, 1
WITH, ONLY, WITHOUT = SENT = ("yes", "only", "no")
ENGINE = "system"
# Each of these stands beside the transmission that it is the outcome of.
CALLS = tuple(f"account.{operation}" for operation in Operation)


@dataclass(frozen=True)
class Filter:
    """What is asked for; an empty field asks for nothing.

    Attributes:
        object_type, object_id: one object, with everything that belongs to it.
        action: ``package.update``, or ``package`` for everything about that kind of object.
        text: part of a label or reason; of transmissions, part of the log-in.
        since, until: times; ``until`` itself is left out.
        sent: one of ``SENT``: transmissions among the events, alone, or none.
        integration_id: only what belongs to that integration.
    """

    object_type: str = ""
    object_id: int | None = None
    actor: str = ""
    action: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    sent: str = WITHOUT
    integration_id: int | None = None

    @property
    def is_about_one(self) -> bool:
        return bool(self.object_type) and self.object_id is not None


@dataclass(frozen=True)
class Place:
    """Where a page begins: right behind this row."""

    at: datetime
    kind: int
    row_id: int


def newest(wanted: Filter, behind: Place | None, count: int, *, down: bool = True) -> Select[Any] | None:
    """Return time, kind and id of the newest rows; each arm stops at ``count`` by itself. None: there can be none.

    Args:
        down: False = the oldest first.
    """
    arms = []
    for arm in _arms(wanted, behind, down=down):
        at, _kind, row_id = arm.selected_columns
        arms.append(select(arm.order_by(*_turned((at, row_id), down=down)).limit(count).subquery()))
    if not arms:
        return None
    found = union_all(*arms).subquery()
    return select(found).order_by(*_turned((found.c.at, found.c.kind, found.c.id), down=down)).limit(count)


def everything(wanted: Filter) -> Select[Any] | None:
    """Return the ids of all that is wanted, in no order; for counting. None: there can be none."""
    arms = _arms(wanted, None, down=True)
    return select(union_all(*arms).subquery().c.id) if arms else None


def _turned(keys: tuple[Any, ...], *, down: bool) -> list[Any]:
    return [key.desc() if down else key.asc() for key in keys]


def _arms(wanted: Filter, behind: Place | None, *, down: bool) -> list[Keys]:
    belongs = dict(_belongings(wanted.object_type, wanted.object_id)) if wanted.object_id is not None else {}
    mine = belongs.pop("attempt", None)
    events = [] if wanted.sent == ONLY else list(_event_arms(wanted, belongs))
    arms = [arm.where(*_behind(behind, EVENT, Event.at, Event.id, down=down)) for arm in events]
    if _shows_attempts(wanted) and (mine is not None or not wanted.is_about_one):
        beginning = _behind(behind, ATTEMPT, Attempt.started_at, Attempt.id, down=down)
        arms.append(_attempt_arm(wanted, mine).where(*beginning))
    return arms


def _event_arms(wanted: Filter, belongs: Mapping[str, Any]) -> Iterator[Keys]:
    base: Keys = select(Event.at.label("at"), literal(EVENT).label("kind"), Event.id.label("id"))
    base = base.where(*_event_conditions(wanted))
    if not wanted.is_about_one:
        yield base
    for kind, ids in belongs.items():
        mine = Event.object_id == ids if isinstance(ids, int) else Event.object_id.in_(ids)
        yield base.where(Event.object_type == kind, mine)


def _attempt_arm(wanted: Filter, mine: ColumnElement[bool] | None) -> Keys:
    base: Keys = select(Attempt.started_at.label("at"), literal(ATTEMPT).label("kind"), Attempt.id.label("id"))
    conditions = [*([] if mine is None else [mine]), *_attempt_conditions(wanted)]
    return base.where(*conditions)


def _shows_attempts(wanted: Filter) -> bool:
    """A transmission is made by the engine, for an account; a filter for something else leaves it out."""
    asked = wanted.action in ("", "account", *CALLS)
    return asked and wanted.sent != WITHOUT and wanted.actor in ("", ENGINE)


def _belongings(kind: str, row_id: int) -> Mapping[str, Any]:
    """Return the ids of what belongs to an object, by kind; under ``attempt`` a condition on transmissions."""
    services = select(Service.id)
    if kind == "customer":
        services = services.where(Service.customer_id == row_id)
        return {"customer": row_id, "service": services, **_of_services(services)}
    if kind == "service":
        return {"service": row_id, **_of_services(services.where(Service.id == row_id))}
    if kind == "service_package":
        return {"service_package": row_id, "attempt": _attempts_of_sale(row_id)}
    if kind == "account":
        return {"account": row_id, "attempt": Attempt.account_id == row_id}
    if kind == "integration":
        products = select(Product.id).where(Product.integration_id == row_id)
        runs = select(Run.id).where(Run.integration_id == row_id)
        return {"integration": row_id, "product": products, "run": runs, "attempt": _calls_of(row_id)}
    return {kind: row_id}


def _of_services(services: Select[Any]) -> Mapping[str, Any]:
    accounts = select(Account.id).where(Account.service_id.in_(services))
    return {
        "service_package": select(ServicePackage.id).where(ServicePackage.service_id.in_(services)),
        "account": accounts,
        "attempt": Attempt.account_id.in_(accounts),
    }


def _attempts_of_sale(sale_id: int) -> ColumnElement[bool]:
    """A call is about the whole account, or about one right; ``SALE:CODE`` then."""
    accounts = select(Entitlement.account_id).where(Entitlement.service_package_id == sale_id)
    mine = or_(~Attempt.unit.contains(":"), Attempt.unit.startswith(f"{sale_id}:"))
    return and_(Attempt.account_id.in_(accounts), mine)


def _event_conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.actor:
        yield _seldom(Event.actor, wanted.actor, often=wanted.actor == ENGINE)
    if "." in wanted.action:
        yield Event.action == wanted.action
    elif wanted.action:
        yield _seldom(Event.object_type, wanted.action, often=wanted.action == "account")
    if wanted.sent == WITH:
        yield Event.action.not_in(CALLS)
    if wanted.text:
        pattern = contains(wanted.text.lower())
        yield or_(*(func.lower(column).like(pattern, escape="\\") for column in (Event.label, Event.reason)))
    if wanted.integration_id is not None:
        yield _of_integration(wanted.integration_id)
    yield from _between(wanted, Event.at)


def _attempt_conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.action in CALLS:
        yield Attempt.operation == wanted.action.partition(".")[2]
    if wanted.text:
        login = func.lower(Account.login).like(contains(wanted.text.lower()), escape="\\")
        yield exists().where(Account.id == Attempt.account_id, login)
    if wanted.integration_id is not None:
        yield _calls_of(wanted.integration_id)
    yield from _between(wanted, Attempt.started_at)


def _calls_of(integration_id: int) -> ColumnElement[bool]:
    """Tested while walking back in time, as in ``_seldom``: one integration may have most of all calls."""
    return func.coalesce(Attempt.integration_id, 0) == integration_id


def _seldom(column: InstrumentedAttribute[str], value: str, *, often: bool) -> ColumnElement[bool]:
    """A value that most rows have is tested while walking back in time: its index would lead to all of them."""
    return func.coalesce(column, "") == value if often else column == value


def _of_integration(integration_id: int) -> ColumnElement[bool]:
    """A case and not an or: an or would be looked up arm by arm and sorted, and a page shows only the newest."""
    kind, mine = Event.object_type, Event.object_id
    return case(
        (kind == "integration", mine == integration_id),
        *(
            (kind == name, exists().where(model.id == mine, model.integration_id == integration_id))
            for name, model in (("product", Product), ("package", Package), ("account", Account), ("run", Run))
        ),
        (kind == "service_package", _sale_of_integration(integration_id)),
        else_=false(),
    )


def _sale_of_integration(integration_id: int) -> ColumnElement[bool]:
    sold = and_(ServicePackage.id == Event.object_id, Package.id == ServicePackage.package_id)
    return exists().where(sold, Package.integration_id == integration_id)


def _between(wanted: Filter, at: Any) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield at >= wanted.since
    if wanted.until is not None:
        yield at < wanted.until


def _behind(place: Place | None, kind: int, at: Any, row_id: Any, *, down: bool) -> list[ColumnElement[bool]]:
    """Newest first; of one moment the transmissions (the larger kind) come before the events. Or the other way."""
    if place is None:
        return []
    if kind == place.kind:
        here, there = tuple_(at, row_id), tuple_(literal(place.at, at.type), place.row_id)
        return [here < there if down else here > there]
    if (kind < place.kind) == down:
        return [at <= place.at if down else at >= place.at]
    return [at < place.at if down else at > place.at]
