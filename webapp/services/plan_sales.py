"""Packages that come with a plan: on a new service, and when a service moves to another plan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.clock import utc_now
from webapp.decide.sales import Held, Link, packages_for_migration, packages_for_new, single_package_clashes
from webapp.extensions import db
from webapp.models import Package, Plan, Service, ServicePackage
from webapp.services.buyers import EMAIL, Wanted, live_sales, traits_of
from webapp.services.campaigns import grant
from webapp.services.errors import Problem
from webapp.services.inputs import SaleInput


@dataclass(frozen=True)
class NewSale(Wanted):
    """A package to be sold, with what was said about it.

    Attributes:
        carried: the sale that goes on as this one; then it is no new sale, so no campaign counts.
    """

    data: SaleInput | None = None
    carried: ServicePackage | None = None


@dataclass(frozen=True)
class PlanMove:
    """What happens to a service's packages.

    Attributes:
        left_plan, taken_off, locked_out: as in ``decide.sales.Migration``.
    """

    add: tuple[NewSale, ...] = ()
    keep: tuple[ServicePackage, ...] = ()
    left_plan: tuple[ServicePackage, ...] = ()
    taken_off: tuple[ServicePackage, ...] = ()
    locked_out: tuple[ServicePackage, ...] = ()

    @property
    def gone(self) -> tuple[ServicePackage, ...]:
        """Everything that is taken off, for whatever reason."""
        return (*self.left_plan, *self.taken_off, *self.locked_out)

    @property
    def wanted(self) -> list[Wanted]:
        """What the service will hold; only what is new is judged param by param."""
        return [*(Wanted(sale.package, sale.params, judged=False) for sale in self.keep), *self.add]

    @property
    def held_judged(self) -> list[Wanted]:
        """What the service holds without any move, for judging a change of the person's own data."""
        held = (*self.keep, *self.gone)
        return [Wanted(sale.package, sale.params, judged=False) for sale in held]

    def named(self) -> dict[str, list[str]]:
        """Return descriptions for the history; empty groups are left out."""
        groups: dict[str, Iterable[Wanted | ServicePackage]] = {
            "added": self.add, "left_plan": self.left_plan, "taken_off": self.taken_off, "locked_out": self.locked_out
        }  # fmt: skip
        return {name: [sale.package.description for sale in sales] for name, sales in groups.items() if sales}


def links_of(plan: Plan) -> list[Link]:
    """Return what a plan carries."""
    return [Link(link.package_id, link.mandatory) for link in plan.packages]


def held_for_rules(packages: Iterable[Package]) -> list[Held]:
    """Return packages as Pacote Único sees them."""
    return [
        Held(
            package.id,
            package.description,
            package.integration_id,
            package.integration is not None and package.integration.single_package,
        )
        for package in packages
    ]


def single_package_problems(packages: Sequence[Package], field: str) -> list[Problem]:
    """Return the pairs of packages that cannot be held together."""
    return [
        Problem(field, "single_package_taken", {"package": clash.second.description, "other": clash.first.description})
        for clash in single_package_clashes(held_for_rules(packages))
    ]


def plan_new_packages(plan: Plan, packages: Sequence[SaleInput] | None) -> tuple[list[NewSale], list[Problem]]:
    """Return what a new service starts with, and what is wrong with the choice."""
    problems = [] if plan.active else [Problem("plan_id", "plan_inactive", {"plan": plan.description})]
    problems += _twice(packages)
    chosen = None if packages is None else [sale.package_id for sale in packages]
    choice = packages_for_new(_sellable(plan), chosen, locked=plan.lock_packages)
    wanted, more = _sales(plan, choice.add, packages)
    problems += more + _refused(plan, choice.refused)
    problems += single_package_problems([sale.package for sale in wanted], "packages")
    return wanted, problems


def plan_move(service: Service, plan: Plan, packages: Sequence[SaleInput] | None) -> tuple[PlanMove, list[Problem]]:
    """Return what a move to this plan does to the service's packages, and what forbids it."""
    problems = [] if plan.active else [Problem("plan_id", "plan_inactive", {"plan": plan.description})]
    problems += _twice(packages)
    held = {sale.package_id: sale for sale in live_sales(service)}
    chosen = None if packages is None else [sale.package_id for sale in packages]
    rule = packages_for_migration(
        tuple(held), links_of(service.plan), _sellable(plan, held), chosen, locked=plan.lock_packages
    )
    add, more = _sales(plan, rule.add, packages)
    problems += more + _refused(plan, rule.refused)
    move = PlanMove(
        add=tuple(add),
        keep=tuple(sale for package_id, sale in held.items() if package_id not in rule.remove),
        left_plan=tuple(held[package_id] for package_id in rule.left_plan),
        taken_off=tuple(held[package_id] for package_id in rule.taken_off),
        locked_out=tuple(held[package_id] for package_id in rule.locked_out),
    )
    problems += single_package_problems([sale.package for sale in move.wanted], "packages")
    return move, problems


def move_packages(service: Service, move: PlanMove) -> None:
    """Carry a move out in the caller's transaction."""
    for sale in move.gone:
        sale.removed_at = utc_now()
    if move.gone:
        # The live index allows a package once, so what goes must be gone before anything comes.
        db.session.flush()
    service.packages.extend(new_row(new) for new in move.add)


def takes_email(package: Package) -> bool:
    """Tell whether a sale of this package may name an e-mail of its own, as a second account of a person needs."""
    traits = traits_of(package.integration)
    return traits is not None and traits.param(EMAIL) is not None


def email_param(package: Package, email: str) -> dict[str, str]:
    """Return the param that gives a sale its own e-mail; nothing without one, or where it means nothing."""
    return {EMAIL: email} if email and takes_email(package) else {}


def new_row(sale: NewSale) -> ServicePackage:
    """Return the row of a sale; its value is the package's own where none was said, and a campaign that runs counts."""
    data = sale.data or SaleInput(package_id=sale.package.id)
    row = ServicePackage(
        package=sale.package,
        # Rules look at it before the row is flushed.
        package_id=sale.package.id,
        value=sale.package.value if data.value is None else data.value,
        description=data.description,
        params=dict(sale.params),
        starts_on=data.starts_on,
        ends_on=data.ends_on,
    )
    if sale.carried is None:
        grant(row)
    else:
        row.free_until, row.campaign_id = sale.carried.free_until, sale.carried.campaign_id
    return row


def date_problems(data: SaleInput, prefix: str = "") -> list[Problem]:
    """Refuse a right that ends before it begins."""
    if data.starts_on and data.ends_on and data.ends_on < data.starts_on:
        return [Problem(f"{prefix}ends_on", "sale_dates_order")]
    return []


def _sellable(plan: Plan, held: Iterable[int] = ()) -> list[Link]:
    """A package that is no longer sold comes with no plan any more; who holds it keeps it."""
    kept = set(held)
    return [
        Link(link.package_id, link.mandatory)
        for link in plan.packages
        if link.package.active or link.package_id in kept
    ]


def _sales(
    plan: Plan, package_ids: Sequence[int], packages: Sequence[SaleInput] | None
) -> tuple[list[NewSale], list[Problem]]:
    given = {sale.package_id: (index, sale) for index, sale in enumerate(packages or ())}
    params = {link.package_id: link.params for link in plan.packages}
    wanted, problems = [], []
    for package_id in package_ids:
        index, data = given.get(package_id, (0, SaleInput(package_id=package_id)))
        prefix = f"packages.{index}." if package_id in given else "packages."
        package = db.session.get(Package, package_id)
        problems += date_problems(data, prefix)
        if package is None:
            problems.append(Problem(f"{prefix}package_id", "package_id_unknown", {"id": package_id}))
        elif not package.active:
            problems.append(Problem(f"{prefix}package_id", "package_inactive", {"package": package.description}))
        else:
            merged = {**params.get(package_id, {}), **data.params}
            wanted.append(NewSale(package, merged, prefix, data=data))
    return wanted, problems


def _refused(plan: Plan, package_ids: Iterable[int]) -> list[Problem]:
    problems = []
    for package_id in package_ids:
        package = db.session.get(Package, package_id)
        name = package.description if package else str(package_id)
        problems.append(Problem("packages", "package_locked_out", {"package": name, "plan": plan.description}))
    return problems


def _twice(packages: Sequence[SaleInput] | None) -> list[Problem]:
    ids = [sale.package_id for sale in packages or ()]
    again = {package_id for package_id in ids if ids.count(package_id) > 1}
    return [Problem("packages", "package_twice", {"id": package_id}) for package_id in sorted(again)]
