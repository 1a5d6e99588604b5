"""How a found difference becomes work, and how that is taken back while nothing was sent.

A difference is written into our belief: the desired state stands, so convergence mends it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from webapp.clock import utc_now
from webapp.decide.compare import NEGATIVE, Action, Situation
from webapp.decide.outcome import account_status
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, PENDING_USER, UnitState, dump_units, load_units
from webapp.extensions import db
from webapp.models import Account, Run, RunItem
from webapp.models.run import PROVEN, QUEUED, SKIPPED
from webapp.services.accounts import NEGATIVE as NEGATIVE_PRIORITY
from webapp.services.accounts import ORDINARY, PAID_NOW
from webapp.services.errors import Conflict

BATCH = 500
MOVED_ON = "run_line_moved_on"
# Runs whose lines are about what an undo keeps: it is set, or lifted again.
UNDO, LIFT = OWN_PLANS = ("undo", "lift")
_ACCOUNT = Account.__table__


def mend(run: Run, items: Sequence[RunItem]) -> None:
    """Hand lines of a run to convergence: what was seen is written into our belief, and the accounts are due.

    The caller commits. What only had to be noted is proven by that. An account that moved on meanwhile is left
    alone, and its lines say so. All lines of one account that may go must come together.
    """
    lines = list(_by_account(items).items())
    for start in range(0, len(lines), BATCH):
        chunk = dict(lines[start : start + BATCH])
        accounts = _locked(chunk)
        for account_id, differing in chunk.items():
            _mend_account(run, differing, accounts.get(account_id))


def take_back(items: Sequence[RunItem]) -> list[RunItem]:
    """Restore what we believed before these lines were handed over, where nothing was sent of them since.

    The caller commits and gives the lines their new outcome. Lines whose call has begun, or whose account moved
    on, are left as they are.

    Args:
        items: queued lines, all of one account together.

    Returns:
        The lines that were taken back.
    """
    taken: list[RunItem] = []
    lines = list(_by_account(items).items())
    for start in range(0, len(lines), BATCH):
        chunk = dict(lines[start : start + BATCH])
        accounts = _locked(chunk)
        for account_id, queued in chunk.items():
            account = accounts.get(account_id)
            if account is not None and _untouched(account, queued):
                _restore(account, queued[0].kept)
                taken += queued
    return taken


def check_unchanged(run: Run, items: Sequence[RunItem]) -> None:
    """Refuse an approval when an account of the batch is not as it was when the plan was made.

    Raises:
        Conflict: reconcile anew and look at the new plan.
    """
    ids = [item.account_id for item in items]
    accounts = {account.id: account for account in db.session.scalars(select(Account).where(Account.id.in_(ids)))}
    if not all(_as_planned(run, item, accounts.get(item.account_id or 0)) for item in items):
        raise Conflict("plan_changed", {"id": run.id})


def requeue_stuck(integration_id: int) -> None:
    """Make work due that no engine would find: behind in generation, yet not due and not held.

    It should not exist; a hub that promises to lose nothing looks all the same.
    """
    statement = (
        update(_ACCOUNT)
        .where(_ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.due_at.is_(None))
        .where(_ACCOUNT.c.generation != _ACCOUNT.c.applied_generation)
        .where(_ACCOUNT.c.status.not_in(("blocked", "parked")))
        .values(due_at=utc_now())
    )
    db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.commit()


def _unit(raw: dict[str, Any], key: str = ACCOUNT_UNIT) -> UnitState:
    return load_units(raw).get(key, UnitState())


def _by_account(items: Iterable[RunItem]) -> dict[int, list[RunItem]]:
    found: dict[int, list[RunItem]] = {}
    for item in items:
        found.setdefault(item.account_id or 0, []).append(item)
    return found


def _locked(account_ids: Collection[int]) -> dict[int, Account]:
    statement = select(Account).where(Account.id.in_(account_ids)).with_for_update()
    found = db.session.scalars(statement, execution_options={"populate_existing": True})
    return {account.id: account for account in found}


def _as_planned(run: Run, item: RunItem, account: Account | None) -> bool:
    if account is None or account.lease_until is not None:
        return False
    if run.trigger in OWN_PLANS:
        # Nothing was read: the plan was made from our own rows.
        return item.generation == account.generation
    unchanged = account.applied_at is None or account.applied_at <= run.started_at
    settled = account.generation == account.applied_generation and account.due_at is None
    return settled and unchanged and _unit(account.units, _unit_of(item)).state == item.after.get("state", "")


def _unit_of(item: RunItem) -> str:
    return str(item.after.get("unit", ACCOUNT_UNIT))


def _mend_account(run: Run, items: Sequence[RunItem], account: Account | None) -> None:
    """Take over what was seen of one account; several of its rights may differ."""
    if account is None or not all(_as_planned(run, item, account) for item in items):
        end_lines(items, SKIPPED, MOVED_ON)
        return
    kept = _kept(account)
    _take_over(run, items, account)
    actions = {item.action for item in items} - {Action.NOTE}
    missed = any(item.situation == Situation.MISSING for item in items)
    if actions or missed:
        # Absence was only observed: whoever makes it anew looks first.
        account.verify_first = missed or Action.CREATE in actions
    if not actions:
        account.status = account_status(load_units(account.units), account.desired, settled=True)
        end_lines(items, PROVEN)
        return
    account.generation += 1
    account.due_at, account.tries, account.status = utc_now(), 0, "pending"
    account.priority = min(_priority(action) for action in actions)
    for item in items:
        item.kept = kept
    queue_lines(items, account)


def queue_lines(items: Iterable[RunItem], account: Account) -> None:
    """Say of lines that convergence has them now; the account's generation tells later whether it moved on."""
    for item in items:
        item.outcome, item.generation, item.queued_at = QUEUED, account.generation, utc_now()
        item.ended_at = None


def end_lines(items: Iterable[RunItem], outcome: str, code: str | None = None, **params: Any) -> None:
    """End lines in the caller's transaction; ``code`` says why, where the outcome does not."""
    for item in items:
        item.outcome, item.ended_at = outcome, utc_now()
        item.error_code, item.error_params = code, params


def _kept(account: Account) -> dict[str, Any]:
    """Return what ``take_back`` needs: our belief as it was before what was seen was written into it."""
    return {
        "units": dict(account.units), "status": account.status, "verify_first": account.verify_first,
        "remote_ids": dict(account.remote_ids), "observed": account.observed, "observed_at": _iso(account.observed_at),
        "missing_since": _iso(account.missing_since),
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _read(at: str | None) -> datetime | None:
    return None if at is None else datetime.fromisoformat(at)


def _untouched(account: Account, items: Sequence[RunItem]) -> bool:
    """Tell whether the account stands exactly as it was handed over: no intent was recorded, nobody changed it."""
    if account.lease_until is not None or any(item.generation != account.generation for item in items):
        return False
    before = items[0].kept.get("units")
    return before is not None and account.units == _seen_in(before, items)


def _restore(account: Account, kept: Mapping[str, Any]) -> None:
    account.units, account.status = dict(kept["units"]), kept["status"]
    account.verify_first, account.observed = kept["verify_first"], kept["observed"]
    account.remote_ids = dict(kept["remote_ids"])
    account.observed_at, account.missing_since = _read(kept["observed_at"]), _read(kept["missing_since"])
    account.due_at, account.applied_generation = None, account.generation


def _take_over(run: Run, items: Sequence[RunItem], account: Account) -> None:
    whole = next((item for item in items if _unit_of(item) == ACCOUNT_UNIT), None)
    if whole is not None:
        # What is seen of one right says nothing of the account as a whole.
        account.observed, account.observed_at = whole.before.get("state", ""), run.started_at
        if whole.action == Action.CANCEL:
            # Forgotten when it was ended; without them it cannot be ended again.
            account.remote_ids = {**whole.before.get("remote_ids", {}), **account.remote_ids}
    if any(item.situation == Situation.MISSING for item in items):
        account.missing_since = None
    account.units = _seen_in(account.units, items)


def _seen_in(raw: Mapping[str, Any], items: Iterable[RunItem]) -> dict[str, Any]:
    """Return units with what these lines saw written into them."""
    units = load_units(raw)
    for item in items:
        shown, key = item.before.get("state", ""), _unit_of(item)
        unit = units.get(key, UnitState())
        if item.action == Action.UPDATE:
            unit = unit.with_(payload="")
        elif shown in (ABSENT, PENDING_USER, "active", "suspended"):
            unit = unit.with_(state=shown)
        if item.action == Action.CANCEL and key != ACCOUNT_UNIT:
            unit = unit.with_(remote_ids={**item.before.get("remote_ids", {}), **unit.remote_ids})
        units[key] = unit
    return dump_units(units)


def _priority(action: str) -> int:
    if action in NEGATIVE:
        return NEGATIVE_PRIORITY
    return PAID_NOW if action == Action.ENABLE else ORDINARY
