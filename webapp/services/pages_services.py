"""Services as pages show them: the card of one, and what a plan offers to a new one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.decide.contracts import contract_end, contract_state
from webapp.decide.policy import ENDED, NOT_PAYING, PAYING
from webapp.extensions import db
from webapp.models import Account, Package, Plan, PlanPackage, Service
from webapp.services.case_loading import ServiceRows
from webapp.services.cases import Case, cases_of_service
from webapp.services.hub import current_hub
from webapp.services.pages_sources import Origin
from webapp.services.plan_sales import takes_email

# Somebody who gets more than that in one list wants to type a part of it.
FILTERED_FROM = 4


@dataclass(frozen=True)
class ServiceCard:
    """One service with what is worked out about it.

    Attributes:
        number: place among the customer's services, from 1; it stays when others are hidden.
        cases: what it has sold, each with the verdict whether it can be watched.
        value: what the plan costs this customer per month.
        contract: ``decide.contracts.contract_state``.
        origin: the source that brought it; None = made by hand.
    """

    service: Service
    number: int
    cases: Sequence[Case]
    accounts: Sequence[Account]
    value: Decimal
    packages_value: Decimal
    contract: str
    origin: Origin | None = None

    @property
    def total(self) -> Decimal:
        """What the service costs per month with its packages."""
        return self.value + self.packages_value

    @property
    def authenticates(self) -> bool:
        """Whether it has a log-in or a password of its own."""
        return bool(self.service.login or self.service.password)

    @property
    def steps(self) -> tuple[str, ...]:
        """Which of suspend, enable and cancel make sense now."""
        return status_steps(self.service.status)


@dataclass(frozen=True)
class OfferLine:
    """A package of a plan; a mandatory one cannot be taken off while the service is added."""

    package: Package
    mandatory: bool
    chosen: bool


@dataclass(frozen=True)
class Offer:
    """What a plan brings to a new service.

    Attributes:
        value: of the service per month, without packages.
        contract_ends_on: proposed from the plan's term; None without one.
    """

    plan: Plan
    lines: tuple[OfferLine, ...]
    value: Decimal
    contract_ends_on: date | None

    @property
    def takes_email(self) -> bool:
        """Whether a package that is chosen may have an e-mail of its own."""
        return any(line.chosen and takes_email(line.package) for line in self.lines)

    @property
    def total(self) -> Decimal:
        """Per month, with the packages chosen."""
        return self.value + sum((line.package.value for line in self.lines if line.chosen), Decimal(0))


def status_steps(status: str) -> tuple[str, ...]:
    """Return which of suspend, enable and cancel make sense for a service of that status."""
    steps = [("suspend", status in PAYING or status in NOT_PAYING[1:]), ("enable", status not in PAYING)]
    return tuple(name for name, sensible in [*steps, ("cancel", status not in ENDED)] if sensible)


def service_cards(rows: ServiceRows) -> list[ServiceCard]:
    """Return the cards of services that are loaded with all that hangs on them."""
    day = current_hub().today()
    return [_card(service, rows, day) for service in rows.services]


def plan_choices(besides: int | None = None) -> list[tuple[int, str]]:
    """Return id and description of the plans that are offered, without the one that a service has already."""
    wanted = select(Plan.id, Plan.description).where(Plan.active, Plan.id != (besides or 0))
    return [(row.id, row.description) for row in db.session.execute(wanted.order_by(Plan.description))]


def plan_offer(
    plan_id: int, chosen: Collection[int] | None, *, value: Decimal | None = None, sold_on: date | None = None
) -> Offer | None:
    """Return what a plan brings to a new service; None when no such plan is offered.

    Args:
        chosen: packages to have, beside the mandatory ones; None = all, as HubSoft presets them.
        value: the service's own value; None = the plan's.
    """
    plan = db.session.scalar(
        select(Plan)
        .options(selectinload(Plan.packages).joinedload(PlanPackage.package).joinedload(Package.integration))
        .where(Plan.id == plan_id, Plan.active)
    )
    if plan is None:
        return None
    lines = tuple(
        OfferLine(link.package, link.mandatory, chosen is None or link.mandatory or link.package_id in chosen)
        for link in plan.packages
        if link.package.active
    )
    ends_on = contract_end(sold_on or current_hub().today(), plan.contract_months)
    return Offer(plan, lines, plan.value if value is None else value, ends_on)


def _card(service: Service, rows: ServiceRows, day: date) -> ServiceCard:
    brought = rows.around.brought.get(service.id)
    live = (sale for sale in service.packages if sale.removed_at is None)
    return ServiceCard(
        service=service,
        number=rows.places[service.id],
        cases=cases_of_service(service, rows.around),
        accounts=rows.around.accounts.get(service.id, ()),
        value=service.plan.value if service.value is None else service.value,
        packages_value=sum((sale.value for sale in live), Decimal(0)),
        contract=contract_state(service.contract_ends_on, day),
        origin=brought.origin if brought else None,
    )
