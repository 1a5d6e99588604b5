"""A service moves to another plan: first what would happen, then exactly that."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Package, PackageProduct, Plan, PlanPackage, Service, ServicePackage
from webapp.services import accounts
from webapp.services.buyers import EMAIL
from webapp.services.changes import commit, refuse_if
from webapp.services.errors import Conflict, NotFound, Problem
from webapp.services.inputs import SaleInput
from webapp.services.plan_sales import PlanMove, email_param, plan_move, takes_email
from webapp.services.service_store import migrate_service

ADDED, KEPT, REMOVED, LEFT_OUT = "added", "kept", "removed", "left_out"


@dataclass(frozen=True)
class MoveLine:
    """One package, and what the move does to it.

    Attributes:
        outcome: ``added``, ``kept``, ``removed``, or ``left_out`` (offered, not chosen, not held).
        reason: of a removal: ``left_plan``, ``taken_off``, ``locked_out``; of what may not be taken off:
            ``mandatory``, ``sold_apart``; else empty.
        value: per month.
        choosable: whether a person decides about it here.
    """

    package: Package
    outcome: str
    reason: str
    value: Decimal
    choosable: bool

    @property
    def stays(self) -> bool:
        """Whether the service has it afterwards."""
        return self.outcome in (ADDED, KEPT)


@dataclass(frozen=True)
class Moving:
    """What a move to a plan would do.

    Attributes:
        chosen: ids of the packages that a person decides about and wants.
        before, after: value per month with packages.
        email: that the packages which come get of their own; empty = the customer's.
        plan_value: whether the new plan's value takes the place of the service's own.
        move: the same as rows, for ``move_effects``.
        problems: why it cannot be done; what a platform would refuse is told by its effects.
        stamp: changes with everything that this was worked out from.
    """

    service: Service
    plan: Plan
    move: PlanMove
    lines: tuple[MoveLine, ...]
    before: Decimal
    after: Decimal
    plan_value: bool
    email: str
    problems: tuple[Problem, ...]
    stamp: str

    @property
    def takes_email(self) -> bool:
        """Whether a package that comes may have an e-mail of its own."""
        known = _emails(self.service)
        return any(takes_email(new.package) and new.package.integration_id not in known for new in self.move.add)

    @property
    def chosen(self) -> tuple[int, ...]:
        return tuple(line.package.id for line in self.lines if line.choosable and line.stays)


def view_move(
    service: Service, plan_id: int, chosen: Collection[int] | None, *, plan_value: bool = False, email: str = ""
) -> Moving:
    """Return what a move would do; nothing is changed.

    Args:
        email: for the packages that come, where a platform has the customer's own already.
        chosen: of the packages that may be chosen, those that are wanted; None = all that the new plan carries.

    Raises:
        NotFound: no such plan; answer 404.
    """
    plan = _load_plan(service, plan_id)
    wanted = _wanted(service, plan, chosen, email)
    move, problems = plan_move(service, plan, wanted)
    problems += _ended(service)
    plan_value = plan_value and service.value is not None
    lines = tuple(_lines(service, plan, move))
    before = _monthly(service.plan if service.value is None else service, service.packages)
    own = plan if plan_value or service.value is None else service
    after = (own.value or Decimal(0)) + sum((line.value for line in lines if line.stays), Decimal(0))
    return Moving(service, plan, move, lines, before, after, plan_value, email, tuple(problems), _stamp(service, plan))


def move_service(
    service: Service, plan_id: int, chosen: Collection[int], stamp: str, *, plan_value: bool = False, email: str = ""
) -> Service:
    """Move a service as ``view_move`` showed it, and commit; the plan that it has already changes nothing.

    Args:
        stamp: of what was shown.

    Raises:
        NotFound: no such plan.
        Invalid: show every problem; nothing was changed.
        Conflict: ``stale``; service, packages or plan changed meanwhile: show the move anew.
    """
    plan = _load_plan(service, plan_id)
    if service.plan_id == plan.id:
        return service
    if stamp != _stamp(service, plan):
        raise Conflict("stale", {"id": service.id})
    refuse_if(_ended(service))
    if migrate_service(service, plan, _wanted(service, plan, chosen, email), plan_value=plan_value):
        accounts.mark_services([service.id])
    commit()
    return service


def _load_plan(service: Service, plan_id: int) -> Plan:
    """Both plans with all that hangs on them, in one query."""
    package = joinedload(Plan.packages).joinedload(PlanPackage.package)
    products = joinedload(Package.product_links).joinedload(PackageProduct.product)
    rows = db.session.scalars(
        select(Plan)
        .options(package.joinedload(Package.integration), package.options(products))
        .where(Plan.id.in_([plan_id, service.plan_id]))
    )
    plans = {row.id: row for row in rows.unique()}
    if plan_id not in plans:
        raise NotFound("plan_unknown", {"id": plan_id})
    return plans[plan_id]


def _wanted(service: Service, plan: Plan, chosen: Collection[int] | None, email: str) -> list[SaleInput]:
    """Only what this move lets a person choose may be named; anything else would be sold behind the plan's back."""
    held = {sale.package_id for sale in _live(service.packages)}
    offered = {link.package_id: link for link in plan.packages if link.package.active or link.package_id in held}
    must = {package_id for package_id, link in offered.items() if link.mandatory}
    allowed = offered.keys() if plan.lock_packages else offered.keys() | _of_old_plan(service)
    wanted = offered.keys() if chosen is None else allowed & (set(chosen) | must)
    emails = _emails(service)
    return [
        SaleInput(package_id=package_id, params=_email_param(offered[package_id].package, emails, email))
        if package_id in offered
        else SaleInput(package_id=package_id)
        for package_id in sorted(wanted)
    ]


def _emails(service: Service) -> dict[int, str]:
    """The e-mail by integration: where the service has an account already, what comes there goes to the same one."""
    emails: dict[int, str] = {}
    for sale in _live(service.packages):
        integration_id, own = sale.package.integration_id, sale.params.get(EMAIL, "")
        if integration_id is not None:
            emails[integration_id] = own or emails.get(integration_id, "")
    return emails


def _email_param(package: Package, emails: Mapping[int, str], typed: str) -> dict[str, str]:
    return email_param(package, emails.get(package.integration_id or 0, typed))


def _of_old_plan(service: Service) -> set[int]:
    carried = {link.package_id for link in service.plan.packages}
    return {sale.package_id for sale in _live(service.packages) if sale.package_id in carried}


def _lines(service: Service, plan: Plan, move: PlanMove) -> Iterable[MoveLine]:
    links = {link.package_id: link for link in plan.packages}
    of_old = _of_old_plan(service)
    for new in move.add:
        must = links[new.package.id].mandatory
        yield MoveLine(new.package, ADDED, "mandatory" if must else "", new.package.value, not must)
    for sale in move.keep:
        link = links.get(sale.package_id)
        reason = "mandatory" if link and link.mandatory else ""
        if link is None and sale.package_id not in of_old:
            reason = "sold_apart"
        yield MoveLine(sale.package, KEPT, reason, sale.value, not reason)
    yield from _leaving(plan, move)
    yield from _left_out(plan, move)


def _leaving(plan: Plan, move: PlanMove) -> Iterable[MoveLine]:
    groups = (("left_plan", move.left_plan), ("taken_off", move.taken_off), ("locked_out", move.locked_out))
    for reason, sales in groups:
        for sale in sales:
            choosable = reason == "taken_off" or (reason == "left_plan" and not plan.lock_packages)
            yield MoveLine(sale.package, REMOVED, reason, sale.value, choosable)


def _left_out(plan: Plan, move: PlanMove) -> Iterable[MoveLine]:
    named = {new.package.id for new in move.add}
    named |= {sale.package_id for sale in (*move.keep, *move.gone)}
    for link in plan.packages:
        if link.package_id not in named and link.package.active:
            yield MoveLine(link.package, LEFT_OUT, "", link.package.value, True)


def _ended(service: Service) -> list[Problem]:
    if service.status not in ENDED:
        return []
    return [Problem("", "service_ended_move", {"service": service.code})]


def _live(sales: Iterable[ServicePackage]) -> list[ServicePackage]:
    return [sale for sale in sales if sale.removed_at is None]


def _monthly(priced: Plan | Service, sales: Sequence[ServicePackage]) -> Decimal:
    return (priced.value or Decimal(0)) + sum((sale.value for sale in _live(sales)), Decimal(0))


def _stamp(service: Service, plan: Plan) -> str:
    """Return a mark of all rows that a move is worked out from."""
    facts = [
        service.id, service.version, service.plan_id, service.plan.version, plan.id, plan.version,
        sorted((sale.id, sale.version) for sale in _live(service.packages)),
        sorted((link.package_id, link.mandatory, link.package.version) for link in plan.packages),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
