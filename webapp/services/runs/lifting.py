"""Lifting what undos keep: at once where it takes little away, else as a batch that waits for a person."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import case, exists, func, select, update

from webapp.clock import utc_now
from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.desired import Rules, desired_state
from webapp.decide.plan import LimitHit, Spent, limit_hit, measured
from webapp.decide.policy import Content
from webapp.decide.radius import Radius
from webapp.decide.state import load_units
from webapp.extensions import db
from webapp.gateways.contract import Traits
from webapp.models import Account, Integration, Run, RunItem
from webapp.models.run import HELD, QUEUED, STAGED
from webapp.models.run import NONE as NO_READING
from webapp.services import facts
from webapp.services.accounts import NEGATIVE
from webapp.services.audit import current_actor, record
from webapp.services.connections import open_connection
from webapp.services.drift import LIFT
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.runs import planning, rows
from webapp.services.runs.causes import Explained, explain
from webapp.services.runs.limits import limits_of, live_accounts, spent_today
from webapp.services.runs.requests import label_of, lock_integration
from webapp.services.runs.telling import tell_staged
from webapp.services.runs.undo_lines import UndoPreview

BATCH = 500
_DEPTH = {Content.ABSENT: 0, Content.SUSPENDED: 1, Content.ACTIVE: 2}
_ACCOUNT, _ITEM = Account.__table__, RunItem.__table__


@dataclass(frozen=True)
class Asked:
    """One kept account, and what its status asks for."""

    account_id: int
    login: str
    keep: Content
    asked: Content

    @property
    def takes(self) -> bool:
        """Tell whether lifting takes something away."""
        return self.asked in _DEPTH and _DEPTH[self.asked] < _DEPTH[self.keep]

    @property
    def action(self) -> Action:
        return Action.CANCEL if self.asked is Content.ABSENT else Action.SUSPEND


def lift(integration_id: int, account_ids: Collection[int], reason: str, *, stage_all: bool) -> Run | None:
    """Lift keeps of one integration in the caller's transaction; returns the run that waits, where one must.

    Args:
        account_ids: those of other integrations, and those that keep nothing, are left out.
        stage_all: a person decides about whatever takes away, however little it is.

    Raises:
        VaultError, UnknownGateway: mend that first; nothing was lifted.
    """
    integration = lock_integration(integration_id)
    found = [one for batch in asked(integration, account_ids) for one in batch]
    taking = [one for one in found if one.takes]
    hit = _hit(integration, taking, stage_all=stage_all)
    # What takes nothing away is lifted at once, whatever becomes of the rest.
    _release([one.account_id for one in found if hit is None or not one.takes])
    return None if hit is None else stage(integration, taking, reason, hit)


def preview_of_run(run_id: int) -> UndoPreview:
    """Return what taking back an undo would take away; reads only."""
    run = db.session.get_one(Run, run_id)
    found = [one for batch in asked(run.integration, _kept_by(run_id)) for one in batch]
    taking = [one for one in found if one.takes]
    value = sum((one.value or Decimal(0) for one in explain(run.integration_id, _differences(taking))), Decimal(0))
    return UndoPreview(len(taking), _count_lines(run_id) - len(found), value)


def stage_of_run(run: Run, reason: str) -> Run:
    """Take back an undo: a batch that lifts what it keeps, in the caller's transaction. A person decides in any case.

    Raises:
        Conflict: it keeps nothing any more that would be lost.
    """
    integration = lock_integration(run.integration_id)
    taking = [one for batch in asked(integration, _kept_by(run.id)) for one in batch if one.takes]
    if not taking:
        raise Conflict("run_not_undoable", {"id": run.id})
    return stage(integration, taking, reason, LimitHit("all", len(taking), 0), undo_of_id=run.id)


def asked(integration: Integration, account_ids: Collection[int]) -> Iterator[list[Asked]]:
    """Return, of those that keep something, what their status asks for, batch by batch.

    Raises:
        VaultError, UnknownGateway: mend that first.
    """
    gateway, connection = open_connection(integration.id)
    rules = Rules(integration.follow_status, integration.status_rules, connection.params, integration.status_scope)
    ids = sorted(set(account_ids))
    for start in range(0, len(ids), BATCH):
        yield _asked(integration.id, gateway.traits, rules, ids[start : start + BATCH])


def stage(
    integration: Integration, taking: Sequence[Asked], reason: str, hit: LimitHit, undo_of_id: int | None = None
) -> Run:
    """Write the batch that lifts these keeps once a person approves it, in the caller's transaction."""
    run = Run(
        integration_id=integration.id, mode="apply", reading=NO_READING, trigger=LIFT, status=STAGED,
        started_at=utc_now(), requested_by=current_actor(), reason=reason, complete=False, undo_of_id=undo_of_id,
        expires_at=planning.expires_at(integration),
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    radius = Radius()
    for start in range(0, len(taking), BATCH):
        told = [_told(one, reason) for one in explain(integration.id, _differences(taking[start : start + BATCH]))]
        rows.insert_lines(run.id, told, HELD)
        for one in told:
            radius.add(one)
    _note_generations(run.id)
    run.radius, run.checksum = radius.as_json(), rows.held_checksum(run.id)
    run.limits = measured(live_accounts(integration.id), spent_today(integration.id), limits_of(integration), hit)
    run.counts = {"planned": 0, "staged": len(taking)}
    tell_staged(run)
    record("run.staged", "run", run.id, label_of(run), after={"staged": len(taking)}, reason=reason)
    return run


def _hit(integration: Integration, taking: Sequence[Asked], *, stage_all: bool) -> LimitHit | None:
    """Return why lifting these waits for a person; None = it need not."""
    if not taking:
        return None
    if stage_all:
        return LimitHit("all", len(taking), 0)
    cancels = sum(one.action is Action.CANCEL for one in taking)
    spent, released = spent_today(integration.id), _released(integration.id)
    # What was lifted a moment ago, or waits for the calendar, is not sent yet; many small parts are one large one.
    spent = Spent(spent.negatives + released, spent.cancels + released)
    return limit_hit(len(taking), cancels, live_accounts(integration.id), spent, limits_of(integration))


def _released(integration_id: int) -> int:
    """Return how many are about to lose something that no line of a run is about."""
    line = exists().where(_ITEM.c.account_id == _ACCOUNT.c.id, _ITEM.c.outcome == QUEUED)
    wanted = select(func.count()).where(
        _ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.due_at.is_not(None), _ACCOUNT.c.priority == NEGATIVE,
        ~line,
    )  # fmt: skip
    return db.session.scalar(wanted) or 0


def _release(account_ids: Sequence[int]) -> None:
    """Keep nothing for these any more, and mark them as changed, in the caller's transaction."""
    now = utc_now()
    for start in range(0, len(account_ids), BATCH):
        part = _ACCOUNT.c.id.in_(account_ids[start : start + BATCH])
        values: dict[str, Any] = {
            "keep_content": "", "keep_reason": "", "kept_at": None, "generation": _ACCOUNT.c.generation + 1,
            "due_at": now, "tries": 0, "priority": NEGATIVE, "updated_at": now,
            "status": case((_ACCOUNT.c.status == "parked", "parked"), else_="pending"),
        }  # fmt: skip
        statement = update(_ACCOUNT).where(part, _ACCOUNT.c.keep_content != "").values(**values)
        db.session.execute(statement, execution_options={"synchronize_session": False})


def _asked(integration_id: int, traits: Traits, rules: Rules, ids: Sequence[int]) -> list[Asked]:
    hub = current_hub()
    kept = db.session.execute(
        select(_ACCOUNT.c.id, _ACCOUNT.c.service_id, _ACCOUNT.c.login, _ACCOUNT.c.remote_ids, _ACCOUNT.c.units,
               _ACCOUNT.c.keep_content)
        .where(_ACCOUNT.c.id.in_(ids), _ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.keep_content != "")
        .order_by(_ACCOUNT.c.id)
    ).all()  # fmt: skip
    # Without what is kept: what counts is what the status asks for.
    known = [facts.Known(row.id, row.service_id, row.login, row.remote_ids, load_units(row.units)) for row in kept]
    connection = db.session.connection()
    inputs = facts.load_inputs(connection, hub.vault, integration_id, traits, rules, known, hub.today())
    return [
        Asked(row.id, row.login, Content(row.keep_content),
              desired_state(inputs[row.id], hub.vault.fingerprint).content)
        for row in kept
    ]  # fmt: skip


def _differences(taking: Iterable[Asked]) -> list[Difference]:
    return [
        Difference(
            one.account_id, one.login, Situation.STATE, one.action, {"state": str(one.keep)}, {"state": str(one.asked)}
        )
        for one in taking
    ]


def _told(one: Explained, reason: str) -> Explained:
    return replace(one, cause="cause_lift", cause_params={"reason": reason})


def _note_generations(run_id: int) -> None:
    """Note how each account stands now: a line is carried out only while nothing else changed it."""
    now = select(_ACCOUNT.c.generation).where(_ACCOUNT.c.id == _ITEM.c.account_id).scalar_subquery()
    statement = update(_ITEM).where(_ITEM.c.run_id == run_id).values(generation=now)
    db.session.execute(statement, execution_options={"synchronize_session": False})


def _kept_by(run_id: int) -> list[int]:
    """Return the accounts that an undo keeps still: nothing changed them since."""
    wanted = (
        select(_ITEM.c.account_id)
        .join(_ACCOUNT, _ACCOUNT.c.id == _ITEM.c.account_id)
        .where(_ITEM.c.run_id == run_id, _ITEM.c.queued_at.is_not(None), _ACCOUNT.c.generation == _ITEM.c.generation)
        .where(_ACCOUNT.c.keep_content != "")
    )
    return [account_id for account_id in db.session.scalars(wanted) if account_id is not None]


def _count_lines(run_id: int) -> int:
    wanted = select(func.count()).select_from(_ITEM).where(_ITEM.c.run_id == run_id, _ITEM.c.queued_at.is_not(None))
    return db.session.scalar(wanted) or 0
