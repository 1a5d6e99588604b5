"""What a scrape asks the database, in ten queries at the most, each answered by an index or by a small table.

On PostgreSQL there is one more, about its queue (``services/queue/counting.py``).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, func, literal, null, select, text, union_all

from webapp.extensions import db
from webapp.models import (
    Account,
    Alert,
    Backup,
    BulkJob,
    Heartbeat,
    Integration,
    Leader,
    Orphan,
    Run,
    Source,
    SourcePull,
    Tick,
)
from webapp.models.desk import RUNNING, WAITING

ALERT, BULK, OPEN_RUN, OPEN_ORPHAN = "alert", "bulk", "run", "orphan"
BEAT, TASK, LEADS = "beat", "task", "leads"
# The last good backup is among so many; older ones have failed for weeks, which the age then tells.
LATEST_BACKUPS = 50
Rows = Sequence[Any]


def integrations() -> Rows:
    """Return id, gateway, description, active, paused_code and breaker of each."""
    columns = (Integration.id, Integration.gateway, Integration.description, Integration.active,
               Integration.paused_code, Integration.breaker)  # fmt: skip
    return db.session.execute(select(*columns).order_by(Integration.id)).all()


def statuses() -> Rows:
    """Return integration, status and how many accounts; from the index on both alone."""
    return db.session.execute(
        select(Account.integration_id, Account.status, func.count().label("size")).group_by(
            Account.integration_id, Account.status
        )
    ).all()


def queues(now: datetime) -> Rows:
    """Return for each integration: accounts in the queue, due ones, when the oldest was due, leases."""
    due, leased = func.count().filter(Account.due_at <= now), func.count().filter(Account.lease_until > now)
    # Who is leased is due: nobody outside of the queue is under way.
    return db.session.execute(
        select(Account.integration_id, func.count().label("size"), due.label("due"),
               func.min(Account.due_at).label("oldest"), leased.label("leased"))
        .where(Account.due_at.is_not(None)).group_by(Account.integration_id)
    ).all()  # fmt: skip


def counts() -> Rows:
    """Return kind, owner (or None), word and how many: of alerts, bulk jobs, runs and orphans that are open."""
    nobody = cast(null(), Integration.id.type)
    open_runs = ("running", "applying", "paused", "staged")
    alerts = select(literal(ALERT).label("kind"), nobody.label("owner"),
                    (Alert.level + ":" + Alert.code).label("word"), func.count().label("size"))  # fmt: skip
    bulk = select(literal(BULK), nobody, cast(BulkJob.status, Text), func.count())
    runs = select(literal(OPEN_RUN), Run.integration_id, cast(Run.status, Text), func.count())
    orphans = select(literal(OPEN_ORPHAN), Orphan.integration_id, literal("open"), func.count())
    return db.session.execute(union_all(
        alerts.where(Alert.closed_at.is_(None)).group_by(Alert.level, Alert.code),
        bulk.where(BulkJob.status.in_((WAITING, RUNNING))).group_by(BulkJob.status),
        runs.where(Run.status.in_(open_runs)).group_by(Run.integration_id, Run.status),
        orphans.where(Orphan.status == "open").group_by(Orphan.integration_id),
    )).all()  # fmt: skip


def times() -> Rows:
    """Return kind, name and time: signs of life, the last turn of each periodic task, until when somebody leads."""
    # Name by name along the index of the ticks: the table has tens of thousands of them.
    first = select(func.min(Tick.task).label("task")).cte("tasks", recursive=True)
    following = select(func.min(Tick.task)).where(Tick.task > first.c.task).correlate(first).scalar_subquery()
    tasks = first.union_all(select(following).where(first.c.task.is_not(None)))
    fired = (
        select(Tick.fired_at).where(Tick.task == tasks.c.task).order_by(Tick.scheduled_at.desc()).limit(1)
        .correlate(tasks).scalar_subquery()
    )  # fmt: skip
    beats = select(literal(BEAT).label("kind"), cast(Heartbeat.name, Text).label("name"), Heartbeat.at.label("at"))
    ticks = select(literal(TASK), cast(tasks.c.task, Text), fired).where(tasks.c.task.is_not(None))
    leads = select(literal(LEADS), cast(Leader.name, Text), Leader.until)
    return db.session.execute(union_all(beats, ticks, leads)).all()


def backups() -> Rows:
    """Return status, end, size and whether it was found good, of the latest, the newest first."""
    columns = (Backup.status, Backup.finished_at, Backup.size_bytes, Backup.verified_at)
    wanted = select(*columns).where(Backup.finished_at.is_not(None))
    return db.session.execute(wanted.order_by(Backup.id.desc()).limit(LATEST_BACKUPS)).all()


def sources() -> Rows:
    """Return id, kind, description, active, paused_code and the end of the last whole reading, of each source."""
    read_at = (
        select(SourcePull.finished_at)
        .where(SourcePull.source_id == Source.id, SourcePull.mode.in_(("full", "file")))
        .where(SourcePull.dry_run.is_(False), SourcePull.status.in_(("done", "staged", "held")))
        .order_by(SourcePull.id.desc()).limit(1).scalar_subquery()
    )  # fmt: skip
    columns = (Source.id, Source.kind, Source.description, Source.active, Source.paused_code)
    return db.session.execute(select(*columns, read_at.label("read_at")).order_by(Source.id)).all()


def server_size() -> int:
    """Return the size of the database on PostgreSQL, in bytes."""
    return int(db.session.scalar(text("select pg_database_size(current_database())")) or 0)
