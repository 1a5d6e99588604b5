"""Which changes of a record are made now, and what is here after them."""

from collections.abc import Collection
from dataclasses import dataclass

from webapp.decide.intake import Change, Direction, What
from webapp.decide.intake_compare import applied_customer, applied_service
from webapp.services.intake.catalogue import Catalogue
from webapp.services.intake.rows import Allowed, Judged, RowPlan
from webapp.services.intake.stock import Stock

CREATES = (What.CREATE_CUSTOMER, What.CREATE_SERVICE)
CONTACTS = (What.UPDATE_CUSTOMER, What.UPDATE_SERVICE)
LEFT_PLAN = "left_plan"
Key = tuple[What, int | None, str, object]


@dataclass(frozen=True)
class Done:
    """A record with the changes that are made; ids are provisional (negative) until rows are written.

    Attributes:
        held: some of its changes wait.
    """

    judged: Judged
    changes: tuple[Change, ...] = ()
    held: bool = False
    customer_id: int | None = None
    service_id: int | None = None


def permitted(judged: Judged, planned: RowPlan, allowed: Allowed, catalogue: Catalogue) -> tuple[Change, ...]:
    """Return the changes that may be made.

    What takes something away must have been planned so, and be allowed: what became negative since the plan waits
    for the next one. What hangs together with something that waits, waits with it.
    """
    changes = judged.plan.changes
    if not allowed.creates and any(change.what in CREATES for change in changes):
        return ()
    if not allowed.contacts:
        changes = tuple(change for change in changes if change.what not in CONTACTS)
    if all(change.direction is not Direction.NEGATIVE for change in changes):
        return changes
    known = {_key(change) for change in planned.changes if change.direction is Direction.NEGATIVE}
    takes = allowed.takes(judged.position)
    kept = tuple(
        change for change in changes
        if change.direction is not Direction.NEGATIVE or (takes and _key(change) in known)
    )  # fmt: skip
    return kept if len(kept) == len(changes) else _together(judged, changes, kept, catalogue)


def fold(stock: Stock, judged: Judged, changes: tuple[Change, ...], *, held: bool = False) -> Done:
    """Bring the stock to what is here after these changes."""
    plan, wanted = judged.plan, judged.effective
    customer = applied_customer(wanted, plan.customer, changes, stock.fresh)
    if customer is None:
        return Done(judged, changes, held)
    if customer is not plan.customer:
        stock.keep_customer(customer)
    service = applied_service(wanted, customer, plan.service, changes, stock.fresh)
    if service is not None and service is not plan.service:
        stock.keep_service(service)
    return Done(judged, changes, held, customer.id, None if service is None else service.id)


def _together(
    judged: Judged, changes: tuple[Change, ...], kept: tuple[Change, ...], catalogue: Catalogue
) -> tuple[Change, ...]:
    waiting = [change for change in changes if change not in kept and change.what is What.REMOVE_PACKAGE]
    if any(change.field == LEFT_PLAN for change in waiting):
        # Once the plan has moved, nobody would know any more what left with it.
        kept = tuple(change for change in kept if change.what is not What.PLAN)
    staying = [change.package_id for change in waiting if change.package_id is not None]
    instead = _instead_of(judged, staying)
    return tuple(
        change for change in kept
        if change.what is not What.ADD_PACKAGE
        or (change.package_id not in instead and catalogue.clash(change.package_id or 0, staying) is None)
    )  # fmt: skip


def _instead_of(judged: Judged, staying: Collection[int]) -> set[int]:
    """Return packages that have the source's name of one that stays: by that name it is known whose to take away."""
    service, wanted = judged.plan.service, judged.effective.service
    names = {held.external for held in service.packages if held.package_id in staying} if service else set()
    packages = (wanted.packages if wanted else None) or ()
    return {package.package_id for package in packages if package.external and package.external in names}


def _key(change: Change) -> Key:
    return change.what, change.package_id, change.field, change.after
