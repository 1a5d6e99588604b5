"""Why each difference is to be mended, what it is worth, and whose it is: in batches, whatever their number."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from webapp.decide.causes import Situated, Sold, cause_of, value_of
from webapp.decide.compare import Difference, Situation
from webapp.decide.desired import Rules, ServiceDates
from webapp.decide.policy import CUSTOMER_SCOPE
from webapp.decide.radius import Radius
from webapp.decide.state import ACCOUNT_UNIT
from webapp.extensions import db
from webapp.models import (
    Account,
    Customer,
    Event,
    Integration,
    Package,
    PackageProduct,
    Product,
    RunItem,
    Service,
    ServicePackage,
)
from webapp.services.facts import statuses_beside
from webapp.services.hub import current_hub
from webapp.services.integrations import get_integration

BATCH = 500
_SOURCE = "source:"
_ACCOUNT, _SERVICE, _CUSTOMER, _EVENT = Account.__table__, Service.__table__, Customer.__table__, Event.__table__
_SALE, _PACKAGE, _LINK, _PRODUCT = (
    ServicePackage.__table__, Package.__table__, PackageProduct.__table__, Product.__table__,
)  # fmt: skip
_ITEM = RunItem.__table__
# Events by which a service gets a status.
_STATUS_ACTIONS = ("service.status", "service.update", "service.create")


@dataclass(frozen=True)
class Explained:
    """A difference with its reason; it can stand where the row of a run stands.

    Attributes:
        cause: message code; empty for what belongs to nobody here.
        value: R$ per month; None where it belongs to nobody here.
        name: of the customer.
    """

    difference: Difference
    cause: str = ""
    cause_params: Mapping[str, Any] = field(default_factory=dict)
    value: Decimal | None = None
    name: str = ""

    @property
    def account_id(self) -> int | None:
        return self.difference.account_id

    @property
    def login(self) -> str:
        return self.difference.login

    @property
    def situation(self) -> str:
        return self.difference.situation

    @property
    def action(self) -> str:
        return self.difference.action

    @property
    def before(self) -> Mapping[str, Any]:
        return self.difference.before

    @property
    def after(self) -> Mapping[str, Any]:
        return self.difference.after


@dataclass(frozen=True)
class _Named:
    """One line of a run with its customer's name, for the radius."""

    account_id: int | None
    login: str
    action: str
    cause: str
    cause_params: Mapping[str, Any]
    value: Decimal | None
    name: str


def explain(integration_id: int, differences: Iterable[Difference]) -> list[Explained]:
    """Return differences with why, how much and whose; in their order. Reads only; the caller's transaction."""
    return list(explained(integration_id, differences))


def explained(integration_id: int, differences: Iterable[Difference]) -> Iterator[Explained]:
    """Yield what ``explain`` returns, so many at a time: for those who write them away at once."""
    reader = _Reader(get_integration(integration_id))
    rest = iter(differences)
    while batch := list(islice(rest, BATCH)):
        yield from reader.read(batch)


def radius_of_run(run_id: int, outcomes: Collection[str] = ("staged",)) -> dict[str, Any]:
    """Return the radius of a run's lines that stand so, as they are now: after a part of a batch was decided."""
    statement = (
        select(_ITEM.c.account_id, _ITEM.c.login, _ITEM.c.action, _ITEM.c.cause, _ITEM.c.cause_params, _ITEM.c.value,
               func.coalesce(_CUSTOMER.c.name, "").label("name"))
        .outerjoin(_ACCOUNT, _ACCOUNT.c.id == _ITEM.c.account_id)
        .outerjoin(_SERVICE, _SERVICE.c.id == _ACCOUNT.c.service_id)
        .outerjoin(_CUSTOMER, _CUSTOMER.c.id == _SERVICE.c.customer_id)
        .where(_ITEM.c.run_id == run_id, _ITEM.c.outcome.in_(outcomes))
        .order_by(_ITEM.c.id)
    )  # fmt: skip
    radius = Radius()
    for row in db.session.execute(statement, execution_options={"yield_per": BATCH}):
        radius.add(_Named(*row))
    return radius.as_json()


def worth(integration_id: int, account_ids: Collection[int]) -> Decimal:
    """Return R$ per month of what is sold, or was sold last, on these accounts together."""
    reader, ids, total = _Reader(get_integration(integration_id)), sorted(account_ids), Decimal(0)
    for start in range(0, len(ids), BATCH):
        known = reader.situated(ids[start : start + BATCH])
        total += sum((value_of(facts) for facts, _name in known.values()), Decimal(0))
    return total


class _Reader:
    """Reads what the reasons of a batch follow from; a handful of queries each."""

    def __init__(self, integration: Integration) -> None:
        self._id = integration.id
        self._rules = Rules(integration.follow_status, dict(integration.status_rules), {}, integration.status_scope)
        self._today = current_hub().today()
        self._zone = ZoneInfo(current_hub().settings.timezone)
        self._products = self._load_products()

    def read(self, differences: Sequence[Difference]) -> Iterator[Explained]:
        """Yield the differences of one batch, explained."""
        known = self.situated({item.account_id for item in differences if item.account_id is not None})
        for item in differences:
            facts, name = known.get(item.account_id or 0, (None, ""))
            yield Explained(item) if facts is None else _explained(item, facts, name)

    def situated(self, account_ids: Collection[int]) -> dict[int, tuple[Situated, str]]:
        """Return what the state of each follows from, and the customer's name."""
        people = self._people(account_ids)
        services = {row.service_id for row in people.values()}
        sales, since = self._sales(services), self._since(services)
        others = (
            statuses_beside(db.session.connection(), services) if self._rules.status_scope == CUSTOMER_SCOPE else {}
        )
        return {account_id: (self._facts(row, sales, since, others), row.name) for account_id, row in people.items()}

    def _facts(
        self, row: Any, sales: Mapping[int, list[Sold]], since: Mapping[int, tuple[datetime, str]],
        others: Mapping[int, dict[str, str]],
    ) -> Situated:  # fmt: skip
        at, by = since.get(row.service_id, (None, ""))
        return Situated(
            status=row.status, rules=self._rules, today=self._today,
            dates=ServiceDates(row.pause_from, row.pause_until, row.no_suspend_until),
            sales=tuple(sales.get(row.service_id, ())), others=others.get(row.service_id, {}),
            since=self._day(at), by=by.removeprefix(_SOURCE), keep=row.keep_content, keep_since=self._day(row.kept_at),
            keep_reason=row.keep_reason,
        )  # fmt: skip

    def _people(self, account_ids: Collection[int]) -> dict[int, Any]:
        statement = (
            select(
                _ACCOUNT.c.id, _ACCOUNT.c.service_id, _ACCOUNT.c.keep_content, _ACCOUNT.c.keep_reason,
                _ACCOUNT.c.kept_at, _SERVICE.c.status, _SERVICE.c.pause_from, _SERVICE.c.pause_until,
                _SERVICE.c.no_suspend_until, _CUSTOMER.c.name,
            )
            .join(_SERVICE, _SERVICE.c.id == _ACCOUNT.c.service_id)
            .join(_CUSTOMER, _CUSTOMER.c.id == _SERVICE.c.customer_id)
            .where(_ACCOUNT.c.id.in_(account_ids))
        )  # fmt: skip
        return {row.id: row for row in db.session.execute(statement)}

    def _sales(self, service_ids: Collection[int]) -> dict[int, list[Sold]]:
        statement = (
            select(
                _SALE.c.id, _SALE.c.service_id, _SALE.c.package_id, _SALE.c.value, _SALE.c.starts_on, _SALE.c.ends_on,
                _SALE.c.removed_at, _PACKAGE.c.description,
            )
            .join(_PACKAGE, _PACKAGE.c.id == _SALE.c.package_id)
            .where(_SALE.c.service_id.in_(service_ids), _PACKAGE.c.integration_id == self._id)
            .order_by(_SALE.c.id)
        )  # fmt: skip
        found: dict[int, list[Sold]] = defaultdict(list)
        for row in db.session.execute(statement):
            products = self._products.get(row.package_id, ())
            removed_on = self._local(row.removed_at)
            found[row.service_id].append(
                Sold(row.id, row.description, row.value, products, row.starts_on, row.ends_on, removed_on)
            )
        return found

    def _load_products(self) -> dict[int, tuple[str, ...]]:
        statement = (
            select(_LINK.c.package_id, _PRODUCT.c.code)
            .join(_PRODUCT, _PRODUCT.c.id == _LINK.c.product_id)
            .where(_PRODUCT.c.integration_id == self._id)
            .order_by(_PRODUCT.c.code)
        )
        found: dict[int, list[str]] = defaultdict(list)
        for row in db.session.execute(statement):
            found[row.package_id].append(row.code)
        return {package_id: tuple(codes) for package_id, codes in found.items()}

    def _since(self, service_ids: Collection[int]) -> dict[int, tuple[datetime, str]]:
        """Return, by service, when and from whom it got its status; the history knows."""
        last = (
            select(func.max(_EVENT.c.id))
            .where(_EVENT.c.object_type == "service", _EVENT.c.object_id.in_(service_ids))
            .where(_EVENT.c.action.in_(_STATUS_ACTIONS), _EVENT.c.after["status"].as_string().is_not(None))
            .group_by(_EVENT.c.object_id)
        )
        statement = select(_EVENT.c.object_id, _EVENT.c.at, _EVENT.c.actor).where(_EVENT.c.id.in_(last))
        return {row.object_id: (row.at, row.actor) for row in db.session.execute(statement)}

    def _local(self, at: datetime | None) -> date | None:
        return None if at is None else at.astimezone(self._zone).date()

    def _day(self, at: datetime | None) -> str:
        day = self._local(at)
        return "" if day is None else day.isoformat()


def _explained(item: Difference, facts: Situated, name: str) -> Explained:
    unit = str(item.after.get("unit", ACCOUNT_UNIT))
    cause = cause_of(facts, unit, products_differ=item.situation is Situation.PRODUCT)
    return Explained(item, cause.code, dict(cause.params), value_of(facts, unit), name)
