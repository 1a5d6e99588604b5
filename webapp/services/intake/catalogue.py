"""Plans and packages as a batch needs them: read once, without their rows staying in the session."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from webapp.extensions import db
from webapp.gateways.contract import Traits
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Integration, Package, Plan, PlanPackage

_PLAN, _PACKAGE, _LINK = Plan.__table__, Package.__table__, PlanPackage.__table__
_INTEGRATION = Integration.__table__


@dataclass(frozen=True)
class PackageFacts:
    """A package as far as a batch needs it; ``single`` = its integration allows one at a time."""

    id: int
    description: str
    value: Decimal
    active: bool
    integration_id: int | None
    single: bool
    gateway: str | None

    @property
    def traits(self) -> Traits | None:
        """What its gateway declares; None without one, or when its recipe is gone."""
        if self.gateway is None:
            return None
        try:
            return get_gateway(self.gateway).traits
        except UnknownGateway:
            return None


@dataclass(frozen=True)
class PlanFacts:
    """A plan; ``carried``: package id -> params that are preset on each sale; ``locked``: nothing else may be sold."""

    id: int
    description: str
    carried: Mapping[int, Mapping[str, str]]
    locked: bool = False


@dataclass(frozen=True)
class Catalogue:
    """All plans and packages, by id."""

    plans: Mapping[int, PlanFacts]
    packages: Mapping[int, PackageFacts]

    @property
    def values(self) -> dict[int, Decimal]:
        """What packages cost by themselves."""
        return {package.id: package.value for package in self.packages.values()}

    def sellable(self, plan_id: int) -> tuple[int, ...]:
        """Return the packages of a plan that are still sold."""
        return tuple(one for one in self.plans[plan_id].carried if self.packages[one].active)

    def presets(self, plan_id: int, package_id: int) -> Mapping[str, str]:
        """Return the params that a plan presets for a package."""
        return self.plans[plan_id].carried.get(package_id, {})

    def clash(self, package_id: int, others: Collection[int]) -> PackageFacts | None:
        """Return which of the others Pacote Único does not allow beside this package."""
        package = self.packages[package_id]
        if not package.single or package.integration_id is None:
            return None
        found = (self.packages[one] for one in others if one != package_id)
        return next((one for one in found if one.integration_id == package.integration_id), None)


def load_catalogue() -> Catalogue:
    """Read everything that is sold; three queries."""
    statement = select(
        _PACKAGE.c.id, _PACKAGE.c.description, _PACKAGE.c.value, _PACKAGE.c.active, _PACKAGE.c.integration_id,
        _INTEGRATION.c.single_package, _INTEGRATION.c.gateway,
    ).outerjoin(_INTEGRATION, _INTEGRATION.c.id == _PACKAGE.c.integration_id)  # fmt: skip
    packages = {
        row.id: PackageFacts(
            row.id, row.description, row.value, row.active, row.integration_id, bool(row.single_package), row.gateway
        )
        for row in db.session.execute(statement)
    }
    carried: dict[int, dict[int, Mapping[str, str]]] = {}
    links = select(_LINK.c.plan_id, _LINK.c.package_id, _LINK.c.params).order_by(_LINK.c.id)
    for link in db.session.execute(links):
        carried.setdefault(link.plan_id, {})[link.package_id] = link.params
    plans = {
        row.id: PlanFacts(row.id, row.description, carried.get(row.id, {}), row.lock_packages)
        for row in db.session.execute(select(_PLAN.c.id, _PLAN.c.description, _PLAN.c.lock_packages))
    }
    return Catalogue(plans, packages)
