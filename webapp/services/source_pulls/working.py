"""Works on a pull from wherever it is to its end, in the caller's thread."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.certificate import FILE
from webapp.extensions import db
from webapp.gateways.errors import GatewayError
from webapp.models import Source, SourcePull
from webapp.services.audit import acting_as
from webapp.services.errors import Conflict, Invalid, NotFound
from webapp.services.leases import Interrupted, LeaseLost, StopRequested
from webapp.services.source_pulls import ending, rows
from webapp.services.source_pulls.applying import Applier
from webapp.services.source_pulls.comparing import Comparer
from webapp.services.source_pulls.judging import Judgement, judge, load_judgement
from webapp.services.source_pulls.known import LOOKS, load_fresher, load_known
from webapp.services.source_pulls.leases import Lease, take
from webapp.services.source_pulls.looking import look
from webapp.services.source_pulls.reading import Tally, convert_file, read_whole, tally_of_file
from webapp.services.source_pulls.requests import get_pull
from webapp.services.source_pulls.task import Task, load_task
from webapp.services.transactions import begin
from webapp.sources.registry import UnknownSource
from webapp.vault import VaultError

# What was read so long ago is read again before anything is made of it.
READING_KEEPS = timedelta(hours=2)
ACTOR = "source:"
log = structlog.get_logger()


def work(pull_id: int, interrupted: Callable[[], bool] = lambda: False) -> SourcePull | None:
    """Work on a pull to its end, or until somebody stops it; a reading that broke gives its positives.

    Args:
        interrupted: tells that this process is about to end: the pull is left for the next one.

    Returns:
        The pull as it is then; None when it was a look that changed nothing, which leaves no row.

    Raises:
        NotFound: no such pull.
        Conflict: somebody works on it already, or nothing is to be done.
    """
    get_pull(pull_id)
    lease = take(pull_id, interrupted)
    if lease is None:
        raise Conflict("pull_at_work", {"id": pull_id})
    source_id, mode, description = _about(pull_id)
    with acting_as(f"{ACTOR}{description}"):
        _guarded(lease, source_id, mode)
    db.session.rollback()
    return db.session.get(SourcePull, pull_id, populate_existing=True)


def _guarded(lease: Lease, source_id: int, mode: str) -> None:
    """A border: whatever happens ends in a state that a person can see, or in one that is taken up again."""
    try:
        _work(load_task(lease))
    except (LeaseLost, Interrupted, NotFound) as left:
        db.session.rollback()
        log.info("pull.left", pull_id=lease.row_id, why=type(left).__name__)
        _leave(lease)
    except StopRequested:
        db.session.rollback()
        ending.stop(lease.row_id)
    except Exception as error:
        db.session.rollback()
        code, params, kind = _reason(error, lease.row_id)
        ending.fail(lease, source_id, mode, code, params, kind)


def _reason(error: Exception, pull_id: int) -> tuple[str, Mapping[str, Any], str]:
    """Return message code, params and kind of what ended a pull; what nobody foresaw is logged whole."""
    match error:
        case GatewayError():
            return error.code, error.params, error.kind
        case UnknownSource():
            return "source_kind_missing", {"kind": error.args[0]}, ""
        case VaultError():
            return "pull_vault_closed", {}, ""
        case Invalid():
            return error.problems[0].code, error.problems[0].params, ""
    log.error("pull.broke", pull_id=pull_id, exc_info=error)
    return "pull_broke", {"type": type(error).__name__}, ""


def _work(task: Task) -> None:
    if task.approved:
        _apply_approved(task)
    elif task.mode in LOOKS:
        ending.close_look(task) if _records(task.pull_id) else look(task)
    elif task.judged and not _too_old(task):
        judgement = load_judgement(task.pull_id)
        _apply(task, judgement, _counts(task.pull_id), _applied(task.pull_id), None)
    else:
        _read_on(_begun_anew(task))


def _read_on(task: Task) -> None:
    """Read, compare and judge; then apply, unless a person has to look first."""
    tally = _read(task)
    if tally.error is not None and not tally.records:
        raise tally.error
    judgement, counts = _judge(task, tally)
    if task.dry_run:
        ending.end_dry_run(task, tally.error)
    elif judgement.nothing:
        ending.refuse(task, judgement.certificate)
    elif task.mode == FILE:
        ending.wait_for_person(task)
    else:
        task.lease.renew(status="applying")
        _apply(task, judgement, counts, 0, tally.error)


def _read(task: Task) -> Tally:
    if task.mode != FILE:
        return read_whole(task)
    convert_file(task)
    return tally_of_file()


def _judge(task: Task, tally: Tally) -> tuple[Judgement, dict[str, int]]:
    known = load_known(task.source_id)
    comparer = Comparer(task, known, load_fresher(task), tally if task.mode == FILE else None)
    for batch in rows.batches(task.pull_id):
        _, lines = comparer.compare(batch)
        begin(reads_only=False)
        rows.write_items(lines)
        task.lease.keep()
        db.session.commit()
    counts: dict[str, int] = {}
    return judge(task, tally, comparer.comparison, known, counts), counts


def _apply(task: Task, judgement: Judgement, counts: dict[str, int], first: int, error: GatewayError | None) -> None:
    applier = Applier(task, judgement.certificate, counts)
    applier.apply_open(first)
    finding = applier.apply_negatives("planned")
    certificate = judgement.certificate if finding is None else judgement.certificate.plus(finding)
    ending.finish(task, certificate, applier.counts, error)


def _apply_approved(task: Task) -> None:
    judgement = load_judgement(task.pull_id)
    applier = Applier(task, judgement.certificate, _counts(task.pull_id))
    finding = applier.apply_negatives("staged")
    told = [one.code for one in judgement.certificate.causes]
    certificate = judgement.certificate if finding is None else judgement.certificate.plus(finding)
    ending.finish(task, certificate, applier.counts, told=told)


def _begun_anew(task: Task) -> Task:
    """What was read before, and how it was judged, counts no more."""
    now = utc_now()
    task.lease.renew(status="reading", started_at=now)
    return replace(task, judged=False, started_at=now)


def _too_old(task: Task) -> bool:
    return task.mode != FILE and utc_now() - task.started_at > READING_KEEPS


def _leave(lease: Lease) -> None:
    begin(reads_only=False)
    lease.leave()
    db.session.commit()


def _about(pull_id: int) -> tuple[int, str, str]:
    begin(reads_only=True)
    row = db.session.execute(
        select(SourcePull.source_id, SourcePull.mode, Source.description)
        .join(Source, Source.id == SourcePull.source_id)
        .where(SourcePull.id == pull_id)
    ).one()
    db.session.rollback()
    return row.source_id, row.mode, row.description


def _counts(pull_id: int) -> dict[str, int]:
    return dict(_column(pull_id, SourcePull.counts) or {})


def _applied(pull_id: int) -> int:
    return int(_column(pull_id, SourcePull.applied) or 0)


def _records(pull_id: int) -> int:
    return int(_column(pull_id, SourcePull.records) or 0)


def _column(pull_id: int, column: Any) -> Any:
    begin(reads_only=True)
    value = db.session.scalar(select(column).where(SourcePull.id == pull_id))
    db.session.rollback()
    return value
