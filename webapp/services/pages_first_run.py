"""What the first steps have at hand: the platform that was connected last, and what was made of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Account, Customer, Integration, Package, Plan, PlanPackage, Product, Service
from webapp.models.account import ACTIVE
from webapp.services.practice.line import KEY


@dataclass(frozen=True)
class Hand:
    """What there is already, the latest of each; None and empty where there is nothing yet."""

    integration: Integration | None = None
    products: Sequence[Product] = ()
    package: Package | None = None
    plan: Plan | None = None
    account: Account | None = None

    @property
    def practises(self) -> bool:
        """Whether the platform is the practice platform."""
        return self.integration is not None and self.integration.gateway == KEY

    @property
    def watches(self) -> bool:
        """Whether the account is ready on the platform."""
        return self.account is not None and self.account.status == ACTIVE


def at_hand() -> Hand:
    """Return it, in five questions."""
    integration = db.session.scalar(
        select(Integration).where(Integration.active.is_(True)).order_by(Integration.id.desc()).limit(1)
    )
    if integration is None:
        return Hand()
    package = db.session.scalar(
        select(Package)
        .where(Package.integration_id == integration.id, Package.active.is_(True))
        .order_by(Package.id.desc())
        .limit(1)
    )
    return Hand(
        integration,
        _products(integration.id),
        package,
        _plan(package.id) if package is not None else None,
        _account(integration.id),
    )


def _products(integration_id: int) -> Sequence[Product]:
    sold = Product.active.is_(True), Product.hidden.is_(False), Product.missing_since.is_(None)
    return db.session.scalars(
        select(Product).where(Product.integration_id == integration_id, *sold).order_by(Product.id)
    ).all()


def _plan(package_id: int) -> Plan | None:
    found: Plan | None = db.session.scalar(
        select(Plan)
        .join(PlanPackage, PlanPackage.plan_id == Plan.id)
        .where(PlanPackage.package_id == package_id, Plan.active.is_(True))
        .order_by(Plan.id.desc())
        .limit(1)
    )
    return found


def _account(integration_id: int) -> Account | None:
    people = joinedload(Account.service).joinedload(Service.customer).load_only(Customer.name, Customer.email)
    found: Account | None = db.session.scalar(
        select(Account)
        .options(people)
        .where(Account.integration_id == integration_id)
        .order_by(Account.id.desc())
        .limit(1)
    )
    return found
