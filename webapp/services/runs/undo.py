"""Undo: what a run, or a reading of a source, took away is given back, and held until the status asks for it.

The run that does it has a line for each account; ``advance`` carries it out and proves it like any other.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Run, RunItem, SourcePull
from webapp.models.run import APPLYING, EXPIRED, FAILED, PAUSED, REJECTED, RUNNING, STAGED, UNDONE
from webapp.services import epoch
from webapp.services.audit import record
from webapp.services.drift import UNDO
from webapp.services.errors import Conflict, NotFound
from webapp.services.runs import lifting, lines, undo_lines, undo_pulls
from webapp.services.runs.requests import get_run, label_of
from webapp.services.runs.steering import halt_lines, reason_of
from webapp.services.runs.undo_lines import Back, UndoPreview
from webapp.services.signals import RUNS
from webapp.services.transactions import begin

# What nobody let through takes the place of no other.
_NEVER_WENT = (REJECTED, EXPIRED, FAILED)
# A pull that may still write.
_AT_WORK = ("reading", "applying", "ready")
BATCH = 500
_ITEM, _RUN = RunItem.__table__, Run.__table__


def undo_preview(run_id: int) -> UndoPreview:
    """Return what an undo of this run would give back; reads only.

    Raises:
        NotFound: no such run.
        Conflict: it cannot be undone, or was already.
    """
    run = get_run(run_id)
    _check_run(run)
    if run.trigger == UNDO:
        return lifting.preview_of_run(run_id)
    return undo_lines.preview_of_run(run_id)


def undo_run(run_id: int, reason: str) -> Run:
    """Give back what a run took away, and commit; what of it still waited lapses.

    Accounts that changed since are listed and not touched. An undo is undone by a batch that takes away again
    what it keeps; that batch waits for a person in any case.

    Returns:
        The run that does it: ``applying``, ``staged`` where it takes away, or ``done`` when everybody changed since.

    Raises:
        NotFound: no such run.
        Conflict: it took nothing away, is still being read (stop it first), was undone already, or the hub only
            observes.
        Invalid: the reason is missing.
    """
    said = reason_of(reason)
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    epoch.refuse(run.integration_id)
    _check_run(run)
    if run.status in (APPLYING, PAUSED, STAGED) or lines.is_open(run.id):
        halt_lines(run, said)
    undo = lifting.stage_of_run(run, said) if run.trigger == UNDO else _give_back(run, said)
    told = {"run": undo.id, "count": undo.counts.get("planned", 0) + undo.counts.get("staged", 0)}
    record("run.undo", "run", run.id, label_of(run), after=told, reason=said)
    db.session.commit()
    RUNS.wake()
    return undo


def undo_pull_preview(pull_id: int) -> UndoPreview:
    """Return what an undo of this reading of a source would give back; reads only.

    Raises:
        NotFound: no such reading.
        Conflict: it cannot be undone, or was already.
    """
    pull = _checked_pull(pull_id, lock=False)
    return undo_lines.preview(one for batch in undo_pulls.of_pull(pull) for group in batch.values() for one in group)


def undo_pull(pull_id: int, reason: str) -> list[Run]:
    """Give back on all platforms what a reading of a source took away, and commit.

    The rows of services stay as the source says; their accounts are held at what they had. A package that was
    removed, or ends earlier, is listed with what to do about it.

    Returns:
        One run for each integration.

    Raises:
        NotFound: no such reading.
        Conflict: it took nothing away, is under way (stop it first), was undone already, or the hub only observes.
        Invalid: the reason is missing.
    """
    said = reason_of(reason)
    epoch.refuse()
    begin(reads_only=False)
    pull = _checked_pull(pull_id, lock=True)
    runs: dict[int, Run] = {}
    for batch in undo_pulls.of_pull(pull):
        for integration_id, found in batch.items():
            if integration_id not in runs:
                runs[integration_id] = undo_lines.begin_run(integration_id, said, undo_pull_id=pull_id)
            undo_lines.write(runs[integration_id], found, "cause_undo_pull", {"pull": pull_id, "reason": said})
    if not runs:
        raise Conflict("pull_not_undoable", {"id": pull_id})
    count = sum(undo_lines.close(run).count for run in runs.values())
    label = f"{pull.source.description} #{pull.id}"
    record("source_pull.undo", "source_pull", pull.id, label, after={"count": count}, reason=said)
    db.session.commit()
    RUNS.wake()
    return list(runs.values())


def _give_back(run: Run, reason: str) -> Run:
    undo = undo_lines.begin_run(run.integration_id, reason, undo_of_id=run.id)
    for found in undo_lines.of_run(run.id):
        undo_lines.write(undo, found, "cause_undo", {"run": run.id, "reason": reason})
        _mark_undone(found)
    lines.recount(run)
    undo_lines.close(undo)
    return undo


def _mark_undone(found: Sequence[Back]) -> None:
    """Say of the lines that are taken back that they are, in the caller's transaction."""
    ids = [item_id for one in found if not one.code for item_id in one.item_ids]
    for start in range(0, len(ids), BATCH):
        part = _ITEM.c.id.in_(ids[start : start + BATCH])
        values = {"outcome": UNDONE, "ended_at": utc_now()}
        db.session.execute(update(_ITEM).where(part).values(**values), execution_options={"synchronize_session": False})


def _check_run(run: Run) -> None:
    if _undone(_RUN.c.undo_of_id == run.id):
        raise Conflict("run_undone_already", {"id": run.id})
    if run.status == RUNNING or not (run.trigger == UNDO or undo_lines.has_any(run.id)):
        raise Conflict("run_not_undoable", {"id": run.id})


def _checked_pull(pull_id: int, *, lock: bool) -> SourcePull:
    pull = db.session.get(SourcePull, pull_id, populate_existing=True, with_for_update=lock)
    if pull is None:
        raise NotFound("pull_not_found", {"id": pull_id})
    if _undone(_RUN.c.undo_pull_id == pull_id):
        raise Conflict("pull_undone_already", {"id": pull_id})
    if pull.status in _AT_WORK or pull.dry_run or not undo_pulls.has_any(pull_id):
        raise Conflict("pull_not_undoable", {"id": pull_id})
    return pull


def _undone(which: ColumnElement[bool]) -> bool:
    wanted = select(_RUN.c.id).where(which, _RUN.c.status.not_in(_NEVER_WENT))
    return db.session.scalar(wanted.limit(1)) is not None
