"""What the dashboard shows, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Account, Alert, Customer, Integration, Run, Source
from webapp.models.account import BLOCKED, PARKED, PENDING, STATUSES
from webapp.services.alerts import open_alerts

RECENT_RUNS = 6
OPEN_ALERTS = 3
# Nothing is to be sent until the service itself moves on; people must not take it for a queue that stands.
WAITING_SERVICE = "waiting_service"


@dataclass(frozen=True)
class Queue:
    """Accounts that wait for a call: how many, since when the oldest is due, and how many are ``pending``."""

    size: int = 0
    due: int = 0
    oldest_due_at: datetime | None = None
    pending: int = 0


@dataclass(frozen=True)
class Line:
    """One integration on the dashboard."""

    integration: Integration
    counts: Mapping[str, int]
    queue: Queue

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def needs_person(self) -> int:
        return self.counts.get(BLOCKED, 0) + self.counts.get(PARKED, 0)


@dataclass(frozen=True)
class Overview:
    """The whole dashboard.

    Attributes:
        peopled: there are customers, or a source that will bring them.
    """

    lines: Sequence[Line]
    totals: Mapping[str, int]
    queue: Queue
    runs: Sequence[Run]
    alerts: Sequence[Alert] = ()
    more_alerts: bool = False
    peopled: bool = True

    @property
    def paused(self) -> list[Integration]:
        return [line.integration for line in self.lines if line.integration.paused_code]

    @property
    def needs_person(self) -> int:
        return self.totals[BLOCKED] + self.totals[PARKED]


def overview(now: datetime) -> Overview:
    """Return the state of all integrations."""
    queues = account_queues(now)
    counts = _shown_counts(queues)
    integrations = db.session.scalars(
        select(Integration).order_by(Integration.active.desc(), Integration.description, Integration.id)
    ).all()
    lines = [Line(row, counts.get(row.id, {}), queues.get(row.id, Queue())) for row in integrations]
    totals = {status: sum(line.counts.get(status, 0) for line in lines) for status in STATUSES}
    alerts = open_alerts(OPEN_ALERTS + 1)
    return Overview(
        lines,
        totals,
        _whole_queue(queues),
        _recent_runs(),
        alerts[:OPEN_ALERTS],
        len(alerts) > OPEN_ALERTS,
        peopled=bool(counts) or _peopled(),
    )


def _peopled() -> bool:
    anybody, fed = select(Customer.id).exists(), select(Source.id).exists()
    return bool(db.session.scalar(select(or_(anybody, fed))))


def account_counts() -> dict[int, dict[str, int]]:
    """Return accounts by integration and status."""
    rows = db.session.execute(
        select(Account.integration_id, Account.status, func.count()).group_by(Account.integration_id, Account.status)
    )
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for integration_id, name, count in rows:
        counts[integration_id][name] = count
    return counts


def _shown_counts(queues: Mapping[int, Queue]) -> dict[int, dict[str, int]]:
    """Return the same, those that wait for their service apart: what is pending, and in no queue."""
    counts = account_counts()
    for integration_id, shown in counts.items():
        waiting = shown.get(PENDING, 0) - queues.get(integration_id, Queue()).pending
        shown[WAITING_SERVICE] = waiting
        shown[PENDING] = shown.get(PENDING, 0) - waiting
    return {one: {name: count for name, count in shown.items() if count > 0} for one, shown in counts.items()}


def account_queues(now: datetime) -> dict[int, Queue]:
    """Return the queue of each integration."""
    due, pending = func.count().filter(Account.due_at <= now), func.count().filter(Account.status == PENDING)
    rows = db.session.execute(
        select(Account.integration_id, func.count(), due, func.min(Account.due_at), pending)
        .where(Account.due_at.is_not(None))
        .group_by(Account.integration_id)
    )
    return {row[0]: Queue(row[1], row[2], row[3] if row[2] else None, row[4]) for row in rows}


def _whole_queue(queues: Mapping[int, Queue]) -> Queue:
    oldest = [queue.oldest_due_at for queue in queues.values() if queue.oldest_due_at is not None]
    return Queue(
        sum(queue.size for queue in queues.values()), sum(queue.due for queue in queues.values()),
        min(oldest, default=None),
    )  # fmt: skip


def _recent_runs() -> Sequence[Run]:
    statement = select(Run).options(joinedload(Run.integration)).order_by(Run.id.desc()).limit(RECENT_RUNS)
    return db.session.scalars(statement).all()
