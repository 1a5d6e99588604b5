"""New values are planned exactly as they were shown, and dropped before their day."""

from decimal import Decimal

from webapp.extensions import db
from webapp.models import Package, Plan, PriceChange
from webapp.models.agenda import DROPPED, PLANNED
from webapp.services import audit
from webapp.services.changes import commit, get_or_refuse, plain, refuse_if
from webapp.services.errors import Conflict, Problem
from webapp.services.price_changes.previews import PACKAGE, Line, Order, Preview, preview_changes
from webapp.services.transactions import begin


def get_change(change_id: int) -> PriceChange:
    """Return a planned or applied change.

    Raises:
        NotFound: answer 404.
    """
    return get_or_refuse(PriceChange, change_id, "price_change_unknown")


def plan_changes(order: Order, checksum: str) -> list[PriceChange]:
    """Plan exactly what the preview of this checksum showed, and commit.

    Raises:
        Invalid: show every problem; nothing was planned.
        Conflict: ``preview_changed``; show a new preview and ask again.
    """
    begin(reads_only=False)
    seen = preview_changes(order)
    if seen.checksum != checksum:
        raise Conflict("preview_changed")
    wanted = [line for line in seen.lines if line.changes]
    refuse_if([] if wanted else [Problem("percent", "readjust_nothing")])
    changes = [_change(seen, line) for line in wanted]
    db.session.add_all(changes)
    db.session.flush()
    for change in changes:
        note("plan", change)
    commit()
    return changes


def drop_change(change_id: int, reason: str = "") -> PriceChange:
    """Drop a change before its day, and commit; a second time changes nothing.

    Raises:
        NotFound: no such change.
        Conflict: ``price_change_begun``; it is being applied, or was: take it back then.
    """
    begin(reads_only=False)
    change = get_change(change_id)
    if change.status == DROPPED:
        return change
    if change.status != PLANNED or "cursor" in change.counts:
        raise Conflict("price_change_begun")
    change.status = DROPPED
    note("drop", change, reason)
    commit()
    return change


def note(word: str, change: PriceChange, reason: str = "") -> None:
    """Write into the history of the package or plan what becomes of a change; the caller commits."""
    owner = owner_of(change)
    after = {
        "percent": plain(change.percent), "amount": plain(change.amount), "from_on": plain(change.from_on),
        "also_sold": change.also_sold, **{name: change.counts[name] for name in ("changed",) if name in change.counts},
    }  # fmt: skip
    why = reason or change.reason
    audit.record(f"price.{word}", change.kind, owner.id, owner.description, after=after, reason=why)


def owner_of(change: PriceChange) -> Package | Plan:
    """Return the package or the plan that gets a new value."""
    owner = change.package if change.kind == PACKAGE else change.plan
    assert owner is not None
    return owner


def _change(seen: Preview, line: Line) -> PriceChange:
    order, own = seen.order, {"package" if seen.order.kind == PACKAGE else "plan": line.owner}
    return PriceChange(
        kind=order.kind, percent=line.rate.percent, amount=line.rate.amount, also_sold=order.also_sold,
        from_on=order.from_on, reason=order.reason, checksum=seen.checksum, planned_by=audit.current_actor(),
        counts={}, before={"value": plain(Decimal(line.owner.value))}, **own,
    )  # fmt: skip
