"""What actions on services share: how rows are read, who they are, what of them would be lost."""

from abc import ABC
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Account, Integration, Package, Plan, Service, ServicePackage, SourceLink
from webapp.models.account import CANCELLED
from webapp.models.operator import ADMIN, ATTENDANT
from webapp.services.bulk_jobs.contract import Kind, LeftOut, Loss, Named, Params
from webapp.services.bulk_jobs.kinds.asked import asked_id
from webapp.services.bulk_jobs.kinds.logins import Logins, complete
from webapp.services.buyers import frozen_account, live_sales, taken_problems
from webapp.services.hub import current_hub
from webapp.services.sale_checks import Frozen, Taken

_LINK = SourceLink.__table__


@dataclass(frozen=True)
class ServiceRow:
    """One service with what judging needs.

    Attributes:
        accounts: live ones, by integration.
        links: knows what of it a source brought.
        taken, frozen: see ``sale_checks.sale_problems``.
        sold: is told of a package that the row was just sold.
    """

    service: Service
    accounts: Mapping[int, Account] = field(default_factory=dict)
    links: "_Links" = field(default_factory=lambda: _Links())
    taken: Taken = taken_problems
    frozen: Frozen = frozen_account
    sold: Callable[[ServicePackage], None] = lambda _sale: None

    @property
    def of_source(self) -> bool:
        """Whether its status comes from a source."""
        return self.links.has("service", self.service.id)

    def is_of_source(self, sale: ServicePackage) -> bool:
        """Tell whether one of its sales comes from a source."""
        return self.links.has("sale", sale.id)

    def sale_of(self, package_id: int) -> ServicePackage | None:
        """Return the package as the service holds it now."""
        return next((sale for sale in live_sales(self.service) if sale.package_id == package_id), None)


class OnServices(Kind, ABC):
    """An action on services that did not end, chosen by their customers; ``plan_id`` narrows them to one plan."""

    subject = "service"
    tables = ("customers",)
    roles = (ADMIN, ATTENDANT)
    asks: tuple[str, ...] = ("plan_id",)
    undoable = True
    most = 5_000

    def subjects(self, table: str, rows: Select[Any], params: Params) -> Select[Any]:
        """Return the ids of what is touched; see ``Kind.subjects``."""
        wanted = select(Service.id).where(Service.customer_id.in_(rows), Service.status.not_in(ENDED))
        plan_id = asked_id(params, "plan_id")
        return wanted.where(Service.plan_id == plan_id) if plan_id is not None else wanted

    def load(self, ids: Collection[int], *, lock: bool = False) -> Mapping[int, ServiceRow]:
        """Return rows by id with all that judging needs; see ``Kind.load``."""
        wanted = _for_writing() if lock else _for_looking()
        services = db.session.scalars(wanted.where(Service.id.in_(ids)).order_by(Service.id)).unique().all()
        if not lock:
            complete(Plan.packages, {one.plan for one in services})
            complete(Integration.params, _platforms(services))
        accounts, links = _accounts(ids), _Links(ids)
        known = Logins(services)
        return {one.id: _row(one, accounts.get(one.id, {}), links, known) for one in services}

    def names(self, ids: Collection[int]) -> Mapping[int, Named]:
        """Return who rows are; see ``Kind.names``."""
        wanted = select(Service).options(joinedload(Service.customer), joinedload(Service.plan))
        services = db.session.scalars(wanted.where(Service.id.in_(ids)))
        return {one.id: self.name(ServiceRow(one)) for one in services}

    def name(self, row: ServiceRow) -> Named:
        """Return a row as people know it."""
        service = row.service
        customer, path = service.customer, ("customers.detail", {"customer_id": service.customer_id})
        facts = {
            "service": service.code, "login": service.login, "email": customer.email, "value": customer.email,
            "document": customer.document, "name": customer.name,
        }  # fmt: skip
        return Named(customer.name, f"{service.plan.description} · {service.code}", path, facts)


def loses(row: ServiceRow, action: str, cause: str, cause_params: Mapping[str, Any]) -> Iterator[Loss]:
    """Yield a loss for each platform that the service has something on."""
    for integration_id, account in row.accounts.items():
        yield loss(row, integration_id, account, action, cause, cause_params, _worth(row, integration_id))


def loss(
    row: ServiceRow, integration_id: int, account: Account | None, action: str, cause: str,
    cause_params: Mapping[str, Any], value: Decimal | None,
) -> Loss:  # fmt: skip
    """Return what one service loses on one platform."""
    login = account.login if account is not None else ""
    name = row.service.customer.name
    return Loss(integration_id, account.id if account else None, login, name, action, cause, cause_params, value)


def under_contract(row: ServiceRow) -> LeftOut | None:
    """Tell that the customer's contract still runs: what it promises is not taken from many at once."""
    ends_on = row.service.contract_ends_on
    if ends_on is None or ends_on <= current_hub().today():
        return None
    return LeftOut("bulk_contract_runs", {"until": ends_on.isoformat()})


def _worth(row: ServiceRow, integration_id: int) -> Decimal:
    sales = (sale for sale in live_sales(row.service) if sale.package.integration_id == integration_id)
    return sum((sale.value for sale in sales), Decimal(0))


def _for_writing() -> Select[Service]:
    """Rows as they are now, whatever was read before; nobody else changes them until the caller's commit."""
    package = selectinload(Service.packages).joinedload(ServicePackage.package)
    wanted = select(Service).options(
        joinedload(Service.customer), package.joinedload(Package.integration).selectinload(Integration.params),
        joinedload(Service.plan).selectinload(Plan.packages),
    )  # fmt: skip
    return wanted.with_for_update(of=Service).execution_options(populate_existing=True)


def _for_looking() -> Select[Service]:
    """The same in one query: a service holds few packages, and platforms and plans are mostly known already."""
    package = joinedload(Service.packages).joinedload(ServicePackage.package)
    return select(Service).options(
        joinedload(Service.customer), joinedload(Service.plan), package.joinedload(Package.integration)
    )  # fmt: skip


def _platforms(services: Collection[Service]) -> set[Integration]:
    packages = (sale.package for service in services for sale in service.packages)
    return {one.integration for one in packages if one.integration is not None}


def _row(service: Service, accounts: Mapping[int, Account], links: "_Links", known: Logins) -> ServiceRow:
    return ServiceRow(service, accounts, links, known.taken, _frozen(accounts), known.sold)


def _frozen(accounts: Mapping[int, Account]) -> Frozen:
    """Return what tells of a service's live accounts those whose log-in the platform has, as they were read."""
    known = {one.integration_id: one for one in accounts.values() if one.login_frozen_at is not None}
    return lambda _service_id, integration_id: known.get(integration_id)


def _accounts(ids: Collection[int]) -> dict[int, dict[int, Account]]:
    found: dict[int, dict[int, Account]] = {}
    wanted = select(Account).where(Account.service_id.in_(ids), Account.status != CANCELLED)
    for account in db.session.scalars(wanted.order_by(Account.integration_id)):
        found.setdefault(account.service_id, {})[account.integration_id] = account
    return found


class _Links:
    """Knows which services and sales of a batch a source brought; asked once, when the first is asked about."""

    def __init__(self, service_ids: Collection[int] = ()) -> None:
        self._ids = service_ids

    def has(self, kind: str, local_id: int) -> bool:
        return (kind, local_id) in self._known

    @cached_property
    def _known(self) -> frozenset[tuple[str, int]]:
        if not self._ids:
            return frozenset()
        sales = select(ServicePackage.id).where(ServicePackage.service_id.in_(self._ids))
        of_service = and_(_LINK.c.kind == "service", _LINK.c.local_id.in_(self._ids))
        of_sale = and_(_LINK.c.kind == "sale", _LINK.c.local_id.in_(sales))
        rows = db.session.execute(select(_LINK.c.kind, _LINK.c.local_id).where(or_(of_service, of_sale)))
        return frozenset((row.kind, row.local_id) for row in rows)
