"""How the hub itself does, for people: what an operator without Prometheus has to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from webapp.database.file import guard_of
from webapp.database.trouble import free_bytes, standing
from webapp.extensions import db
from webapp.models import Attempt
from webapp.services import epoch, ping
from webapp.services.doctor_room import LOW_MB, MEGABYTE, place_of_database
from webapp.services.hub import current_hub
from webapp.services.measures import WELL
from webapp.services.metrics import process, rows
from webapp.services.metrics.hub import database_bytes
from webapp.services.pages_health import STALE_AFTER
from webapp.services.ping import LastPing

PARTS = ("scheduler", "engine", "runs", "sources", "bulk")
GOES, SLOW, SILENT, NEVER = "goes", "slow", "silent", "never"
SILENT_AFTER = timedelta(minutes=2)
# A task that is due every few seconds may be late by a minute while something long goes on.
LATE_S = 120.0
SENDS, OFF, PAUSED, HELD, LATE = "sends", "off", "paused", "held", "late"
QUEUE_OLD = timedelta(minutes=15)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Part:
    """One part of the hub; ``seen_at`` None = it never lived here."""

    name: str
    seen_at: datetime | None
    state: str


@dataclass(frozen=True)
class Task:
    """One periodic task; ``late_s`` is 0 when it is in time, or nobody knows how often it is due."""

    name: str
    began_at: datetime
    late_s: float


@dataclass(frozen=True)
class Queue:
    """One platform: what waits for it, what is under way, and the calls of the last hour."""

    id: int
    name: str
    state: str
    size: int = 0
    due: int = 0
    oldest_at: datetime | None = None
    under_way: int = 0
    calls: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Room:
    """What this process and the database take, in bytes; None = nobody can tell."""

    memory: int | None
    database: int | None
    journal: int | None
    free: int | None

    @property
    def is_low(self) -> bool:
        """Whether somebody should look after the disk."""
        return self.free is not None and self.free < LOW_MB * MEGABYTE


@dataclass(frozen=True)
class SystemView:
    """The page.

    Attributes:
        trouble: code of what keeps changes from being stored now; empty = nothing.
        begun_at: when this process began.
        ping: the last call to whoever watches from elsewhere; ``pings``: an address for it is set.
        backup_at: when the last good backup ended; ``backup_ok``: whether the last one is good, None = there is none.
    """

    trouble: str
    begun_at: datetime | None
    parts: Sequence[Part]
    tasks: Sequence[Task]
    queues: Sequence[Queue]
    room: Room
    pings: bool
    ping: LastPing | None
    backup_at: datetime | None
    backup_ok: bool | None

    @property
    def late_tasks(self) -> list[Task]:
        """Those that should have begun long ago."""
        return [task for task in self.tasks if task.late_s > LATE_S]

    @property
    def longest_s(self) -> float:
        """By how many seconds the latest of them is late."""
        return max((task.late_s for task in self.tasks), default=0.0)

    @property
    def well(self) -> bool:
        """Whether nothing here needs somebody."""
        quiet = all(part.state in (GOES, NEVER) for part in self.parts)
        flows = all(queue.state in (SENDS, OFF) for queue in self.queues)
        heard = self.ping is None or (self.ping.alive and not self.ping.code)
        return not (self.trouble or self.late_tasks or self.room.is_low) and quiet and flows and heard


def view_system(now: datetime) -> SystemView:
    """Return how the hub does, as far as the database knows."""
    times = rows.times()
    backups = rows.backups()
    good = next((row for row in backups if row.status == "done"), None)
    beats = {row.name: row.at for row in times if row.kind == rows.BEAT}
    return SystemView(
        standing(db.engine), _begun_at(), [_part(name, beats.get(name), now) for name in PARTS],
        [_task(row.name, row.at, now) for row in times if row.kind == rows.TASK], _queues(now), _room(),
        bool(current_hub().settings.ping_url), ping.read_last(),
        good.finished_at if good is not None else None, backups[0].status == "done" if backups else None,
    )  # fmt: skip


def _part(name: str, seen_at: datetime | None, now: datetime) -> Part:
    if seen_at is None:
        return Part(name, None, NEVER)
    age = now - seen_at
    return Part(name, seen_at, SILENT if age > SILENT_AFTER else SLOW if age > STALE_AFTER else GOES)


def _task(name: str, at: datetime, now: datetime) -> Task:
    every_s = process.expected_tasks().get(name)
    late_s = 0.0 if every_s is None else max((now - at).total_seconds() - every_s, 0.0)
    return Task(name, at, late_s)


def _queues(now: datetime) -> list[Queue]:
    found = rows.integrations()
    held = epoch.held(db.session.connection(), [row.id for row in found])
    queues, calls = {row.integration_id: row for row in rows.queues(now)}, _calls(now - HOUR)
    lines = []
    for row in found:
        queue, (made, failed) = queues.get(row.id), calls.get(row.id, (0, 0))
        size, due, under_way = (queue.size, queue.due, queue.leased) if queue is not None else (0, 0, 0)
        oldest = queue.oldest if queue is not None and due else None
        late = oldest is not None and now - oldest > QUEUE_OLD
        state = (OFF if not row.active else HELD if row.id in held else PAUSED if row.paused_code
                 else LATE if late else SENDS)  # fmt: skip
        lines.append(Queue(row.id, row.description, state, size, due, oldest, under_way, made, failed))
    return lines


def _calls(since: datetime) -> Mapping[int, tuple[int, int]]:
    """Return by integration how many operations ended since then, and how many of them did not end well."""
    failed = func.count().filter(Attempt.outcome.not_in((*WELL, "found", "not_found", "in_progress", "unsent")))
    found = db.session.execute(
        select(Attempt.integration_id, func.count(), failed)
        .where(Attempt.started_at >= since, Attempt.outcome.is_not(None)).group_by(Attempt.integration_id)
    )  # fmt: skip
    return {row[0]: (row[1], row[2]) for row in found}


def _room() -> Room:
    memory = process.REGISTRY.get_sample_value("process_resident_memory_bytes")
    database, journal = database_bytes(guard_of(db.engine))
    free = free_bytes(place_of_database(current_hub().settings))
    return Room(int(memory) if memory else None, database, journal, free)


def _begun_at() -> datetime | None:
    at_s = process.REGISTRY.get_sample_value("process_start_time_seconds")
    return datetime.fromtimestamp(at_s, UTC) if at_s else None
