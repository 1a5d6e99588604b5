"""Does some rows of a job in the caller's transaction: together where that is quicker, else each by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from webapp.clock import monotonic_s
from webapp.extensions import db
from webapp.models.desk import LINE_DONE
from webapp.services.bulk_jobs.contract import Effect, Kind, LeftOut, Refused, failed
from webapp.services.bulk_jobs.lines import befores, of_error, plain_params
from webapp.services.errors import ServiceError

# So long at most to a commit; see ``working.ROWS``.
CHUNK_S = 0.25
PutBack = Mapping[int, Mapping[str, Any]] | None
log = structlog.get_logger()


class Exceeded(Exception):
    """More rows would lose content than the person saw: the job ends here."""


@dataclass
class Work:
    """A job as its worker needs it, read once.

    Attributes:
        most: so many may be done; None = all.
    """

    id: int
    kind: Kind
    params: dict[str, Any]
    reason: str
    ids: list[int]
    undo_of_id: int | None
    most: int | None
    cursor: int
    done: int
    skipped: int
    failed: int


@dataclass
class Chunk:
    """What became of a few rows."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        """Return how many rows ended so."""
        return sum(line["outcome"] == outcome for line in self.lines)


@dataclass(frozen=True)
class _Ended:
    """What became of one row: exactly one of both."""

    subject_id: int
    effect: Effect | None
    left_out: LeftOut | None


def do_rows(found: Work, ids: Sequence[int]) -> Chunk:
    """Do some of these rows, from the first one on; the caller writes down what became of them, and commits.

    Raises:
        Exceeded: more would be done than was allowed; roll back and end the job.
        DBAPIError: the database cannot take it now; roll back and take the job up again.
    """
    put_back = befores(found.undo_of_id, ids) if found.undo_of_id else None
    ended = _together(found, ids, put_back) if found.kind.together else None
    if ended is None:
        ended = _each(found, ids, put_back)
    return _chunk(found, ended)


def _together(found: Work, ids: Sequence[int], put_back: PutBack) -> list[_Ended] | None:
    """Write all at once. None: one of them, who knows which, cannot be written; nothing was."""
    savepoint = db.session.begin_nested()
    try:
        ended = _some(found, ids, put_back, _bare)
        savepoint.commit()
    except OperationalError:
        raise
    except Exception as error:
        # A border: what went wrong is found, and told, where each is done by itself.
        savepoint.rollback()
        log.info("bulk.apart", job_id=found.id, why=type(error).__name__)
        return None
    return ended


def _each(found: Work, ids: Sequence[int], put_back: PutBack) -> list[_Ended]:
    return _some(found, ids, put_back, _guarded)


def _some(found: Work, ids: Sequence[int], put_back: PutBack, do: Any) -> list[_Ended]:
    rows, ended, deadline_s = found.kind.load(ids, lock=True), [], monotonic_s() + CHUNK_S
    for subject_id in ids:
        row = rows.get(subject_id)
        before = None if put_back is None else put_back.get(subject_id, {})
        ended.append(_Ended(subject_id, *(do(found, row, before) if row is not None else _gone())))
        if monotonic_s() >= deadline_s:
            break
    return ended


def _gone() -> tuple[None, LeftOut]:
    return None, LeftOut("bulk_row_gone")


def _bare(found: Work, row: Any, before: Mapping[str, Any] | None) -> tuple[Effect | None, LeftOut | None]:
    """Do one row of those that are written together; whatever is raised takes all of them back."""
    left_out = _judged(found, row, before)
    return (None, left_out) if left_out is not None else (_applied(found, row, before), None)


def _guarded(found: Work, row: Any, before: Mapping[str, Any] | None) -> tuple[Effect | None, LeftOut | None]:
    """Do one row within a savepoint: what keeps it from being done keeps no other."""
    savepoint = db.session.begin_nested()
    try:
        effect, left_out = _bare(found, row, before)
        savepoint.rollback() if effect is None else savepoint.commit()
    except Refused as refused:
        savepoint.rollback()
        return None, refused.left_out
    except (ServiceError, StaleDataError, IntegrityError) as error:
        savepoint.rollback()
        return None, of_error(error)
    except DBAPIError:
        raise
    except Exception as error:
        # A border: one row that nobody foresaw must not hold the others for ever.
        savepoint.rollback()
        log.exception("bulk.row", job_id=found.id)
        return None, failed("bulk_row_broke", {"type": type(error).__name__})
    return effect, left_out


def _judged(found: Work, row: Any, before: Mapping[str, Any] | None) -> LeftOut | None:
    kind = found.kind
    return kind.judge(row, found.params) if before is None else kind.judge_undo(row, before, found.params)


def _applied(found: Work, row: Any, before: Mapping[str, Any] | None) -> Effect:
    kind = found.kind
    return kind.apply(row, found.params, found.reason) if before is None else kind.undo(row, before, found.reason)


def _chunk(found: Work, ended: Sequence[_Ended]) -> Chunk:
    effects = [one.effect for one in ended if one.effect is not None]
    if found.most is not None and found.done + len(effects) > found.most:
        raise Exceeded
    settled = list(found.kind.settled(effects)) if found.undo_of_id is None else effects
    following = iter(settled)
    lines = [_line(found.id, one, next(following) if one.effect is not None else None) for one in ended]
    return Chunk(lines, settled)


def _line(job_id: int, one: _Ended, effect: Effect | None) -> dict[str, Any]:
    left_out = one.left_out
    return {
        "bulk_job_id": job_id, "subject_id": one.subject_id, "outcome": left_out.outcome if left_out else LINE_DONE,
        "code": left_out.code if left_out else "", "params": plain_params(left_out.params) if left_out else {},
        "before": dict(effect.before) if effect else {},
    }  # fmt: skip
