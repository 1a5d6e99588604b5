"""What the dashboard shows, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, cast, func, literal, null, or_, select, union_all

from webapp.extensions import db
from webapp.models import Account, Alert, BulkJob, Customer, Integration, Run, Setting, Source, SourcePull
from webapp.models.account import BLOCKED, PARKED, PENDING, STATUSES, WAITING_USER
from webapp.models.desk import RUNNING as JOB_RUNNING
from webapp.models.desk import WAITING
from webapp.models.run import FAILED, FULL, PROBES, REFUSED, RUNNING
from webapp.services import first_run, provider
from webapp.services.alerts import open_alerts
from webapp.services.customer_rows import UNSERVED, with_account
from webapp.services.first_run import Progress
from webapp.services.lights import GRAVEST_FIRST, OFF, Light, platform_light, source_light
from webapp.services.pages import COUNT_LIMIT
from webapp.services.practice.line import KEY
from webapp.services.seats.leak_months import Stake, stake_columns, stake_of

OPEN_ALERTS = 5
# Nothing is to be sent until the service itself moves on; people must not take it for a queue that stands.
WAITING_SERVICE = "waiting_service"
_DUE = "due"


@dataclass(frozen=True)
class Queue:
    """Accounts that wait for a call: how many, since when the oldest is due, and how many are ``pending``."""

    size: int = 0
    due: int = 0
    oldest_due_at: datetime | None = None
    pending: int = 0


@dataclass(frozen=True)
class Line:
    """One integration on the dashboard.

    Attributes:
        compared_at: when it was last read and compared.
        practises: it is the practice platform.
    """

    integration: Integration
    counts: Mapping[str, int]
    queue: Queue
    light: Light
    compared_at: datetime | None = None
    practises: bool = False

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Fed:
    """One source and how fresh it is."""

    source: Source
    light: Light


@dataclass(frozen=True)
class Overview:
    """The whole dashboard.

    Attributes:
        unserved: customers who pay and cannot watch; ``confirming``: those who must confirm on the platform. Both
            are counted up to ``COUNT_LIMIT`` + 1, as the lists that they lead to.
        peopled: there are customers, or a source that will bring them.
        jobs: how many pieces of work on many rows wait or go on now.
        steps: the first steps, for who may take them and as long as they are not over.
        stake: the money that waits for somebody, for who may see money.
    """

    lines: Sequence[Line]
    totals: Mapping[str, int]
    queue: Queue
    unserved: int = 0
    confirming: int = 0
    alerts: Sequence[Alert] = ()
    more_alerts: bool = False
    sources: Sequence[Fed] = field(default_factory=tuple)
    peopled: bool = True
    jobs: int = 0
    steps: Progress | None = None
    stake: Stake | None = None

    @property
    def paused(self) -> list[Line]:
        """Platforms to which nothing is sent now, although they are switched on."""
        return [line for line in self.lines if line.integration.paused_code and line.integration.active]

    @property
    def needs_person(self) -> int:
        """Accounts that wait for a person."""
        return self.totals[BLOCKED] + self.totals[PARKED]

    @property
    def calm(self) -> bool:
        """Whether nothing waits for a person."""
        return not (self.alerts or self.paused or self.needs_person or self.unserved)


def overview(now: datetime, *, administers: bool = False, values: bool = False) -> Overview:
    """Return the state of everything.

    Args:
        administers: whoever looks at it may connect things: with the first steps and how fresh the sources are.
        values: whoever looks at it may see money.
    """
    counts, queues = _accounts(now)
    lines = [
        _line(row, compared_at, counts.get(row.id, {}), queues.get(row.id, Queue()), now)
        for row, compared_at in db.session.execute(_integrations())
    ]
    lines.sort(key=lambda line: GRAVEST_FIRST.index(line.light.colour))
    alerts = open_alerts(OPEN_ALERTS + 1)
    today = db.session.execute(_today(values)).one()
    steps = first_run.invitation(today.steps or "", today.provider or "", bool(counts)) if administers else None
    return Overview(
        [line for line in lines if line.light.colour != OFF or not line.practises],
        {status: sum(line.counts.get(status, 0) for line in lines) for status in STATUSES},
        _whole_queue(queues), today.unserved, today.confirming, alerts[:OPEN_ALERTS], len(alerts) > OPEN_ALERTS,
        _sources(now) if administers else (), bool(counts) or bool(today.peopled), today.jobs, steps,
        stake_of(today) if values else None,
    )  # fmt: skip


def account_counts() -> dict[int, dict[str, int]]:
    """Return accounts by integration and status."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for row in db.session.execute(_by_status()):
        if row.size:
            counts[row.integration_id][row.status] = row.size
    return counts


def _line(
    integration: Integration, compared_at: datetime | None, counts: Mapping[str, int], queue: Queue, now: datetime
) -> Line:
    people = counts.get(BLOCKED, 0) + counts.get(PARKED, 0)
    light = platform_light(integration, queue.oldest_due_at, people, compared_at, now)
    return Line(integration, counts, queue, light, compared_at, integration.gateway == KEY)


def _accounts(now: datetime) -> tuple[dict[int, dict[str, int]], dict[int, Queue]]:
    """Return accounts by integration and status, those that wait for their service apart, and each queue: one query."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    queues: dict[int, Queue] = {}
    for row in db.session.execute(union_all(*map(_of_status, STATUSES), _in_queue(now))):
        if row.status == _DUE:
            queues[row.integration_id] = _queue(row)
        elif row.size:
            counts[row.integration_id][row.status] = row.size
    return {one: _apart(shown, queues.get(one, Queue())) for one, shown in counts.items()}, queues


def account_queues(now: datetime) -> dict[int, Queue]:
    """Return the queue of each integration."""
    return {row[0]: _queue(row) for row in db.session.execute(_in_queue(now))}


def _queue(row: Row[Any]) -> Queue:
    _integration_id, _kind, size, due, oldest, pending = tuple(row)
    return Queue(size, due, oldest if due else None, pending)


def _apart(shown: Mapping[str, int], queue: Queue) -> dict[str, int]:
    """Tell what is pending and in no queue from what is."""
    waiting = shown.get(PENDING, 0) - queue.pending
    told = {**shown, WAITING_SERVICE: waiting, PENDING: shown.get(PENDING, 0) - waiting}
    return {name: count for name, count in told.items() if count > 0}


def _by_status() -> CompoundSelect[Any]:
    """Each count is one stretch of the index on states: less than half of what grouping all accounts takes."""
    return union_all(*(_of_status(status) for status in STATUSES))


def _of_status(status: str) -> Select[Any]:
    mine = Account.integration_id == Integration.id, Account.status == status
    return select(
        Integration.id.label("integration_id"), literal(status).label("status"),
        select(func.count()).select_from(Account).where(*mine).scalar_subquery().label("size"), literal(0).label("due"),
        cast(null(), Account.due_at.type).label("oldest"), literal(0).label("pending"),
    )  # fmt: skip


def _in_queue(now: datetime) -> Any:
    due, pending = func.count().filter(Account.due_at <= now), func.count().filter(Account.status == PENDING)
    return (
        select(Account.integration_id, literal(_DUE), func.count(), due, func.min(Account.due_at), pending)
        .where(Account.due_at.is_not(None))
        .group_by(Account.integration_id)
    )


def _whole_queue(queues: Mapping[int, Queue]) -> Queue:
    oldest = [queue.oldest_due_at for queue in queues.values() if queue.oldest_due_at is not None]
    return Queue(
        sum(queue.size for queue in queues.values()), sum(queue.due for queue in queues.values()),
        min(oldest, default=None),
    )  # fmt: skip


def _integrations() -> Any:
    """Return integrations, each with the time of its last comparison that could be trusted."""
    compared_at = (
        select(Run.started_at)
        .where(Run.integration_id == Integration.id, Run.reading.in_((FULL, PROBES)))
        .where(Run.status.not_in((RUNNING, FAILED, REFUSED)))
        .order_by(Run.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    order = Integration.active.desc(), Integration.description, Integration.id
    return select(Integration, compared_at).order_by(*order)


def _today(values: bool) -> Any:
    """Return what is asked about the whole hub, each part by its own index: one query."""
    going = select(func.count()).select_from(BulkJob).where(BulkJob.status.in_((WAITING, JOB_RUNNING)))
    return select(
        _how_many(UNSERVED).label("unserved"),
        _how_many(WAITING_USER).label("confirming"),
        or_(select(Customer.id).exists(), select(Source.id).exists()).label("peopled"),
        going.scalar_subquery().label("jobs"),
        _setting(first_run.NAME).label("steps"),
        _setting(provider.NAME).label("provider"),
        *(stake_columns() if values else ()),
    )


def _setting(name: str) -> Any:
    return select(Setting.value).where(Setting.name == name).scalar_subquery()


def _how_many(state: str) -> Any:
    customers = with_account(state).distinct().limit(COUNT_LIMIT + 1).subquery()
    return select(func.count()).select_from(customers).scalar_subquery()


def _sources(now: datetime) -> list[Fed]:
    """Return sources, each with the time of its last whole reading."""
    read_at = (
        select(SourcePull.finished_at)
        .where(SourcePull.source_id == Source.id, SourcePull.mode.in_(("full", "file")))
        .where(SourcePull.dry_run.is_(False), SourcePull.status.in_(("done", "staged", "held")))
        .order_by(SourcePull.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(select(Source, read_at).where(Source.active.is_(True)).order_by(Source.description))
    return [Fed(source, source_light(source, at, now)) for source, at in rows]
