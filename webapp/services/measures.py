"""How each platform stands, once an hour: counts, queue, calls and drift. The last look of an hour counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from webapp.extensions import db
from webapp.models import Attempt, Integration, Measure
from webapp.models.account import ACTIVE, BLOCKED, PARKED, PENDING, SUSPENDED
from webapp.services.pages_dashboard import Queue, account_counts, account_queues
from webapp.services.readings import PastReading, last_readings
from webapp.services.transactions import begin, insert_once

DAY = timedelta(days=1)
HOURLY_KEPT, KEPT = timedelta(days=90), timedelta(days=3 * 365)
WELL = ("ok", "already", "gone", "pending_user")
_MEASURE = Measure.__table__


def measure(now: datetime) -> None:
    """Write how every integration stands in this hour, and commit."""
    begin(reads_only=True)
    figures = _figures(now)
    begin(reads_only=False)
    at = now.replace(minute=0, second=0, microsecond=0)
    for integration_id, values in figures.items():
        _write(integration_id, at, values)
    db.session.commit()


def thin(now: datetime) -> None:
    """Keep one a day of what is older than ``HOURLY_KEPT``, nothing older than ``KEPT``, and commit."""
    db.session.execute(delete(Measure).where(Measure.at < now - KEPT))
    old = Measure.at < now - HOURLY_KEPT
    last = select(func.max(Measure.at)).where(old).group_by(Measure.integration_id, func.date(Measure.at))
    # The last hour of a day is the same for all integrations, or one more row is kept.
    statement = delete(Measure).where(old, Measure.at.not_in(last))
    db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.commit()


def add_past(integration_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add measures of hours that have none yet, and commit.

    Args:
        rows: column -> value; ``at`` is the beginning of the hour.
    """
    there = set(db.session.scalars(select(Measure.at).where(Measure.integration_id == integration_id)))
    wanted = [{**row, "integration_id": integration_id} for row in rows if row["at"] not in there]
    if wanted:
        db.session.execute(insert(_MEASURE), wanted)
    db.session.commit()


def _figures(now: datetime) -> dict[int, dict[str, Any]]:
    counts, queues, calls, readings = account_counts(), account_queues(now), _calls(now - DAY), last_readings(1)
    return {
        one: {
            **_accounts(counts.get(one, {})), **_queue(queues.get(one, Queue()), now),
            "calls": calls.get(one, (0, 0))[0], "calls_ok": calls.get(one, (0, 0))[1],
            **_reading(readings[one][-1] if one in readings else None),
        }
        for one in db.session.scalars(select(Integration.id))
    }  # fmt: skip


def _accounts(counts: Mapping[str, int]) -> dict[str, int]:
    return {
        "active": counts.get(ACTIVE, 0), "suspended": counts.get(SUSPENDED, 0), "pending": counts.get(PENDING, 0),
        "person": counts.get(BLOCKED, 0) + counts.get(PARKED, 0),
    }  # fmt: skip


def _queue(queue: Queue, now: datetime) -> dict[str, int]:
    oldest = queue.oldest_due_at
    return {"due": queue.due, "oldest_due_s": max(0, int((now - oldest).total_seconds())) if oldest else 0}


def _reading(last: PastReading | None) -> dict[str, int | None]:
    return {"compared": last.compared if last else None, "differing": last.differing if last else None}


def _calls(since: datetime) -> dict[int, tuple[int, int]]:
    """Return by integration how many calls ended, and how many of them well."""
    well = func.count().filter(Attempt.outcome.in_(WELL))
    # A sum and no column: SQLite would read every call ever made in the order of the column's index, and not the last.
    integration_id = Attempt.integration_id + 0
    rows = db.session.execute(
        select(integration_id, func.count(), well)
        .where(Attempt.started_at >= since, Attempt.outcome.is_not(None))
        .group_by(integration_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _write(integration_id: int, at: datetime, values: Mapping[str, Any]) -> None:
    """Write the row of this hour; of several processes the last one counts."""
    again = update(_MEASURE).where(_MEASURE.c.integration_id == integration_id, _MEASURE.c.at == at).values(**values)
    if db.session.execute(again).rowcount:  # type: ignore[attr-defined]
        return
    if not insert_once(
        db.session.connection(), insert(_MEASURE).values(integration_id=integration_id, at=at, **values)
    ):
        db.session.execute(again)
