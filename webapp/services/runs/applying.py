"""Carries runs out: hands lines to convergence, sees them end, has them read back, ends the run.

All progress is in the rows, so any process goes on where another one stopped. A run is stepped under its row's
lock; what it asks of a platform is asked by ``proving``, outside of any transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update

from webapp import clock
from webapp.decide.canary import CANARY, Stage, room, stage_of
from webapp.decide.proof import Proof, proof_of, readable
from webapp.extensions import db
from webapp.gateways.contract import Traits
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Integration, Run, RunItem
from webapp.models.run import APPLYING, DONE, EXPIRED, HELD, PAUSED, QUEUED, REJECTED, SENT, STAGED, WAITING
from webapp.services import drift, epoch, recipes
from webapp.services.audit import record
from webapp.services.connections import effective_limits
from webapp.services.runs import canary, keeping, lines, proving, rows
from webapp.services.runs.proof_rounds import listing_left
from webapp.services.runs.requests import get_run, label_of
from webapp.services.transactions import begin

# What gives goes on whatever a person decided about the rest.
GIVES = (APPLYING, STAGED, REJECTED, EXPIRED)
# What was approved of a batch goes on, too, when the rest of it was refused or lapsed.
TAKES = GIVES
# A platform that cannot be read for so long proves nothing any more.
PATIENCE = timedelta(hours=24)
MISSED = "run_proof_missed"
# A run with very many lines is not looked through all the time: it rests so many times as long as a look takes.
REST_TIMES = 4
_ITEM = RunItem.__table__
_rests: dict[int, float] = {}
log = structlog.get_logger()


@dataclass(frozen=True)
class _Scene:
    """A run, and what its platform is; traits None = its gateway is gone, so nothing is asked."""

    run_id: int
    traits: Traits | None
    window: int
    lag: timedelta


def advance(now: datetime, *, background: bool = True) -> bool:
    """Do one step for every run with open lines; returns whether anything moved.

    Call it again and again. Safe in several processes at the same time.

    Args:
        background: what is to be read back is asked for in a thread; False = here, which may take long.
    """
    # Nobody else need have looked up a gateway in this process yet.
    recipes.refresh()
    begin(reads_only=True)
    run_ids = lines.open_runs()
    db.session.rollback()
    moved = False
    for run_id in run_ids:
        started_s = clock.monotonic_s()
        if background and started_s < _rests.get(run_id, 0.0):
            continue
        try:
            moved = _step(run_id, now, background=background) or moved
        except Exception:
            # A border: one run must not hold the others.
            log.exception("run.step", run_id=run_id)
            db.session.rollback()
        ended_s = clock.monotonic_s()
        _rests[run_id] = ended_s + REST_TIMES * (ended_s - started_s)
    for run_id in set(_rests) - set(run_ids):
        del _rests[run_id]
    return moved


def _step(run_id: int, now: datetime, *, background: bool) -> bool:
    begin(reads_only=True)
    scene = _scene(run_id)
    due = scene is not None and _is_due(scene, now)
    db.session.rollback()
    if scene is None:
        return False
    moved = due and _transact(scene, now)
    proof = _proof(scene, now)
    return (proof is not None and proving.prove(run_id, proof, background=background)) or moved


def _scene(run_id: int) -> _Scene | None:
    run = db.session.get(Run, run_id)
    if run is None or run.status == "running" or epoch.observing(run.integration_id) is not None:
        return None
    integration = run.integration
    try:
        traits = get_gateway(integration.gateway).traits
    except UnknownGateway:
        return _Scene(run_id, None, CANARY, timedelta())
    return _Scene(run_id, traits, _window(integration, traits), timedelta(seconds=traits.limits.read_lag_s))


def _window(integration: Integration, traits: Traits) -> int:
    """Return how many lines that take away are under way at once: enough to keep the lane busy, and no more."""
    calls = effective_limits(traits, integration.concurrency, integration.rate_per_s).concurrency
    return max(CANARY, 2 * calls * max(traits.batch.values(), default=1))


def _is_due(scene: _Scene, now: datetime) -> bool:
    """Tell whether there is anything to write; the lock of the database is not taken for nothing."""
    run = db.session.get_one(Run, scene.run_id)
    if lines.ended(run.id, readable=True):
        return True
    if run.status in GIVES and lines.has(run.id, WAITING, rows.GIVING):
        return True
    if run.status in TAKES and lines.has(run.id, WAITING, rows.TAKING):
        tally = lines.tally(run)
        if stage_of(tally) is Stage.HALT or room(tally, scene.window):
            return True
    if run.status in (APPLYING, PAUSED) and not lines.is_open(run.id):
        return True
    return lines.count_ready(run.id, now - PATIENCE) > 0


def _transact(scene: _Scene, now: datetime) -> bool:
    begin(reads_only=False)
    run = get_run(scene.run_id, lock=True)
    shown = scene.traits is None or readable(scene.traits)
    lines.settle(run, lines.ended(run.id, readable=shown), now)
    _give_up(run, now)
    _hand_over(run, scene)
    lines.recount(run)
    _finish(run)
    db.session.commit()
    return True


def _give_up(run: Run, now: datetime) -> None:
    """End what could not be read back for very long: it was accepted, and the next reading tells.

    Silence is no proof: of the first few, nothing follows for the rest.
    """
    late = (_ITEM.c.run_id == run.id, _ITEM.c.outcome == QUEUED, _ITEM.c.ended_at <= now - PATIENCE)
    statement = update(_ITEM).where(*late).values(outcome=SENT, ended_at=now, error_code=MISSED)
    taking = statement.where(_ITEM.c.action.in_(lines.TAKING))
    no_sync = {"synchronize_session": False}
    unsure = db.session.execute(taking, execution_options=no_sync).rowcount  # type: ignore[attr-defined]
    lines.add_verdicts(run, 0, 0, unsure)
    db.session.execute(statement, execution_options=no_sync)


def _hand_over(run: Run, scene: _Scene) -> None:
    if run.status in GIVES:
        give = rows.waiting_items(run.id, rows.GIVING)
        if give:
            hand_over(run, give)
    if run.status not in TAKES:
        return
    tally = lines.tally(run)
    if not tally.waiting:
        return
    if stage_of(tally) is Stage.HALT:
        canary.halt(run, label_of(run))
        return
    take = canary.next_items(run, tally, scene.window)
    if take:
        hand_over(run, take)


def hand_over(run: Run, items: list[RunItem]) -> None:
    """Hand lines to convergence in the caller's transaction."""
    if run.trigger == drift.UNDO:
        keeping.keep_accounts(run, items)
    elif run.trigger == drift.LIFT:
        keeping.release_accounts(items)
    else:
        drift.mend(run, items)


def _finish(run: Run) -> None:
    """End a run of which nothing is under way or waits any more."""
    if run.status not in (APPLYING, PAUSED) or lines.is_open(run.id):
        return
    if run.status == PAUSED:
        canary.clear(run)
    if lines.has(run.id, HELD, rows.TAKING):
        run.status = STAGED
        return
    run.status, run.finished_at = DONE, clock.utc_now()
    outcomes = rows.outcome_counts(run.id)
    told = {name: count for name, count in outcomes.items() if name not in (WAITING, QUEUED, HELD)}
    record("run.done", "run", run.id, label_of(run), after=told)
    log.info("run.applied", run_id=run.id, integration_id=run.integration_id, **told)


def _proof(scene: _Scene, now: datetime) -> Proof | None:
    """Return how to read back what is ready; None = nothing is, or nobody can be asked."""
    if scene.traits is None:
        return None
    begin(reads_only=True)
    try:
        until = now - scene.lag
        count = lines.count_ready(scene.run_id, until)
        if not count:
            return None
        return proof_of(
            scene.traits, count, _outstanding(scene.run_id, until), listing_left=listing_left(scene.run_id)
        )  # fmt: skip
    finally:
        db.session.rollback()


def _outstanding(run_id: int, until: datetime) -> int:
    """Return how many more lines will be ready soon. What waits for the canary's proof comes later than that."""
    run = db.session.get_one(Run, run_id)
    under_way = lines.count_under_way(run_id, until)
    follows = run.status in TAKES and stage_of(lines.tally(run)) is Stage.REST
    return under_way + (lines.count_waiting(run_id) if follows else 0)
