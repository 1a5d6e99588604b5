"""What people decide about accounts that nobody here made: ignore, take up again, end.

Ending is for good, and the hub knows nobody to ask: several at once need a second person, as cancels of a
reconciliation do. One person alone may end one at a time, and only so many a day (``ALONE_PER_DAY``): else "several"
would mean nothing. Whatever ends counts towards the integration's limits of 24 hours.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import joinedload

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Operation, Traits
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Event, Integration, Orphan
from webapp.services import epoch, marks, transactions
from webapp.services.audit import current_actor, entry
from webapp.services.errors import Conflict, Invalid, NotFound, Problem
from webapp.services.orphans.noting import CANCELLED, CANCELLING, GONE, IGNORED, OPEN
from webapp.services.orphans.telling import tell
from webapp.services.persons import same_person

MOST = 1000
ALONE_PER_DAY = 10
REASON_CHARS = 200
DAY = timedelta(hours=24)
# Of what is kept of calls, what outlives the wish: how often it was wished, and when a whole reading showed it.
KEPT = ("asked", "shown_at")


@dataclass(frozen=True)
class Asked:
    """What became of a wish to end accounts. ``waits``: a second person must approve it."""

    count: int
    waits: bool


def ignore(orphan_ids: Collection[int], reason: str) -> int:
    """Leave these as they are, and commit: they are shown no more until something about them changes there.

    Returns:
        How many.

    Raises:
        Invalid: the reason is missing.
        NotFound: there is no such one (any more).
        Conflict: one of them is not open any more, or they are too many at once: look again. Nothing was changed.
    """
    _check_reason(reason)
    rows = _locked(orphan_ids, (OPEN,))
    for row in rows:
        _set_aside(row, reason)
    return _finish(rows, "orphan.ignore", reason)


def set_aside(row: Orphan, reason: str) -> None:
    """Like ``ignore``, for one that is open, in the caller's transaction, which holds it; the caller commits."""
    _set_aside(row, reason)
    _note([row], "orphan.ignore", reason)


def take_up(row: Orphan, reason: str) -> None:
    """Like ``reopen``, for one that may be, in the caller's transaction, which holds it."""
    _open_again(row)
    _note([row], "orphan.reopen", reason)


def ask_end(row: Orphan, reason: str) -> None:
    """Like ``cancel``, for one of several, in the caller's transaction, which holds it: it waits for somebody else."""
    _ask(row, reason, marks.instance_id(db.session.connection()))
    _note([row], "orphan.cancel", reason)


def let_end(row: Orphan, reason: str) -> None:
    """Like ``approve_cancel``, for one whose end another person asked for, in the caller's transaction."""
    _let_go(row)
    _note([row], "orphan.approve", reason)


def is_busy(row: Orphan) -> bool:
    """Tell whether its end is being sent just now."""
    return row.lease_until is not None and row.lease_until > utc_now()


def reopen(orphan_ids: Collection[int]) -> int:
    """Take these up again, and commit: ignored ones, and those whose end was asked for and has not come.

    Returns:
        How many.

    Raises:
        NotFound: there is no such one (any more).
        Conflict: one of them is open, gone or just being ended: look again. Nothing was changed.
    """
    rows = _locked(orphan_ids, (IGNORED, CANCELLING))
    for row in rows:
        if is_busy(row):
            raise Conflict("orphan_busy", {"login": row.login})
        _open_again(row)
    return _finish(rows, "orphan.reopen")


def cancel(orphan_ids: Collection[int], reason: str) -> Asked:
    """Ask for the end of these on their platforms, and commit. Each is looked up before it is ended.

    Raises:
        Invalid: the reason is missing.
        NotFound: there is no such one (any more).
        Conflict: one of them is not open any more, its platform cannot end accounts or is only observed, or they are
            too many at once. Nothing was changed.
    """
    _check_reason(reason)
    rows = _locked(orphan_ids, (OPEN,))
    refuse_observing(rows)
    for integration in {row.integration_id: row.integration for row in rows}.values():
        check_can_cancel(integration)
    waits = needs_second([row.integration_id for row in rows])
    mark = marks.instance_id(db.session.connection())
    for row in rows:
        _ask(row, reason, mark)
        if not waits:
            _let_go(row)
    return Asked(_finish(rows, "orphan.cancel", reason), waits)


def approve_cancel(orphan_ids: Collection[int]) -> int:
    """Let the end of these go, as a second person, and commit.

    Returns:
        How many.

    Raises:
        NotFound: there is no such one (any more).
        Conflict: one of them waits for nobody, its platform is only observed, or whoever asks now asked for it, too:
            another person must do it.
    """
    rows = _locked(orphan_ids, (CANCELLING,))
    refuse_observing(rows)
    for row in rows:
        if row.decided_by:
            raise Conflict("orphan_changed", {"login": row.login})
        if same_person(row.requested_by):
            raise Conflict("orphan_second_operator", {"login": row.login})
        _let_go(row)
    return _finish(rows, "orphan.approve")


def needs_second(integration_ids: Sequence[int]) -> bool:
    """Tell whether ending these accounts, one of each integration named, needs another person's approval."""
    if len(integration_ids) != 1:
        return True
    alone = (
        select(func.count())
        .where(Orphan.integration_id == integration_ids[0], Orphan.status.in_((CANCELLING, CANCELLED, GONE)))
        .where(Orphan.decided_at > utc_now() - DAY, Orphan.requested_by != "", Orphan.decided_by == Orphan.requested_by)
    )
    return (db.session.scalar(alone) or 0) >= ALONE_PER_DAY


def why_no_end(integration: Integration) -> Problem | None:
    """Return why no account of this platform can be ended now; None where one can."""
    try:
        epoch.refuse(integration.id)
        check_can_cancel(integration)
    except Conflict as error:
        return Problem("", error.code, error.params)
    return None


def check_can_cancel(integration: Integration) -> Traits:
    """Return what the gateway declares.

    Raises:
        Conflict: its recipe is gone, or it has no call that ends an account: do it in the platform's own panel.
    """
    try:
        traits = get_gateway(integration.gateway).traits
    except UnknownGateway as error:
        raise Conflict("gateway_missing", {"gateway": error.args[0]}) from error
    if not traits.can(Operation.CANCEL) or traits.sent_as(Operation.CANCEL) in traits.local:
        raise Conflict("orphan_cancel_unsupported", {"integration": integration.description})
    return traits


def _ask(row: Orphan, reason: str, mark: str) -> None:
    asked = int(row.call.get("asked", 0)) + 1
    row.status, row.reason, row.requested_by = CANCELLING, reason[:REASON_CHARS], current_actor()
    # One key over all repeats of this wish; another wish is another key.
    row.call = {**row.call, "key": f"sin-{mark}-orphan-{row.id}-{asked}", "asked": asked}
    row.decided_by, row.decided_at = "", None


def _let_go(row: Orphan) -> None:
    now = utc_now()
    row.decided_by, row.decided_at, row.due_at, row.tries = current_actor(), now, now, 0
    row.error_code, row.error_params = None, {}


def _open_again(row: Orphan) -> None:
    row.status, row.due_at, row.lease_until = OPEN, None, None
    row.call = {name: row.call[name] for name in KEPT if name in row.call}
    row.requested_by = row.decided_by = row.reason = ""
    row.decided_at, row.error_code, row.error_params, row.tries = None, None, {}, 0


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid([Problem("reason", "orphan_reason_missing")])


def locked(orphan_ids: Collection[int]) -> list[Orphan]:
    """Begin to write, and return these orphans, locked, by id.

    Raises:
        NotFound: there is no such one (any more).
        Conflict: none was chosen, or they are too many at once.
    """
    ids = sorted(set(orphan_ids))
    if not ids:
        raise Conflict("orphan_none_chosen")
    if len(ids) > MOST:
        raise Conflict("orphans_too_many", {"most": MOST})
    transactions.begin(reads_only=False)
    wanted = select(Orphan).options(joinedload(Orphan.integration)).where(Orphan.id.in_(ids)).order_by(Orphan.id)
    rows = list(db.session.scalars(wanted.with_for_update(of=Orphan)))
    if len(rows) != len(ids):
        missing = sorted(set(ids) - {row.id for row in rows})
        raise NotFound("orphan_unknown", {"id": missing[0]})
    return rows


def refuse_observing(rows: Sequence[Orphan]) -> None:
    """Refuse what would act on a platform that the hub only observes: what it knows of it may be of another time.

    Raises:
        Conflict: approve the adoption of the platform first.
    """
    for integration_id in sorted({row.integration_id for row in rows}):
        epoch.refuse(integration_id)


def _locked(orphan_ids: Collection[int], statuses: Collection[str]) -> list[Orphan]:
    rows = locked(orphan_ids)
    for row in rows:
        if row.status not in statuses:
            raise Conflict("orphan_changed", {"login": row.login})
    return rows


def _set_aside(row: Orphan, reason: str) -> None:
    row.status, row.reason = IGNORED, reason[:REASON_CHARS]
    row.decided_by, row.decided_at = current_actor(), utc_now()


def _finish(rows: Sequence[Orphan], action: str, reason: str = "") -> int:
    _note(rows, action, reason)
    db.session.commit()
    return len(rows)


def _note(rows: Sequence[Orphan], action: str, reason: str) -> None:
    """Write the history, and keep the alert's figures right."""
    db.session.execute(insert(Event.__table__), [_event(row, action, reason) for row in rows])
    db.session.flush()
    for integration_id in sorted({row.integration_id for row in rows}):
        tell(integration_id)


def _event(row: Orphan, action: str, reason: str) -> dict[str, Any]:
    about = {"integration_id": row.integration_id, "remote_ids": dict(row.remote_ids)}
    return entry(action, "orphan", row.id, row.login, after=about, reason=reason[:REASON_CHARS])
