"""Why a seat began, or ended: from what is known of the subscriber at that time. Pure."""

from dataclasses import dataclass

from webapp.decide.policy import ENDED

ABSENT, ACTIVE, SUSPENDED, PENDING = "absent", "active", "suspended", "pending"
REASONS = (
    "sold", "plan", "before", "finished", "waiting", "enabled", "returned", "debt", "asked", "paused", "suspended",
    "removed", "unbundled", "date_ended", "service_ended", "erased", "adopted", "reconciled",
)  # fmt: skip
_SUSPENSIONS = {"suspenso_debito": "debt", "suspenso_parcialmente": "debt", "suspenso_pedido_cliente": "asked"}


@dataclass(frozen=True)
class Change:
    """One right that went from one state to another, and what is known around it.

    Attributes:
        before, after: absent, active, suspended or pending.
        called: a call of ours did it; else it was found so.
        held_before: there was a seat of the same right once.
        status: of the service.
        removed, over: the package was taken off; its last day is over.
        carried: the package still has the product.
        with_plan: the package comes with the plan of the service.
    """

    before: str
    after: str
    called: bool = True
    held_before: bool = False
    status: str = ""
    removed: bool = False
    over: bool = False
    paused: bool = False
    erased: bool = False
    carried: bool = True
    with_plan: bool = False


def reason(change: Change) -> str:
    """Return the code of why; empty = not known."""
    if change.after == ABSENT:
        return _ended(change)
    if change.after == SUSPENDED:
        return _suspended(change)
    if change.after == PENDING:
        return "waiting" if change.before != ABSENT else _begun(change)
    if change.before == SUSPENDED:
        return "enabled" if change.called else "reconciled"
    return "finished" if change.before == PENDING else _begun(change)


def _begun(change: Change) -> str:
    if not change.called:
        return "reconciled" if change.held_before else "adopted"
    if change.held_before:
        return "returned"
    return "plan" if change.with_plan else "sold"


def _suspended(change: Change) -> str:
    if change.status in _SUSPENSIONS:
        return _SUSPENSIONS[change.status]
    if change.paused:
        return "paused"
    return "suspended" if change.called else "reconciled"


def _ended(change: Change) -> str:
    known = (
        (change.erased, "erased"), (change.removed, "removed"), (change.over, "date_ended"),
        (change.status in ENDED, "service_ended"), (not change.carried, "unbundled"), (not change.called, "reconciled"),
    )  # fmt: skip
    return next((code for holds, code in known if holds), "")
