"""Works the queue now and ends: the ``converge`` command, and tests."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from webapp import clock
from webapp.extensions import db
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.models import Account, Integration
from webapp.services import epoch
from webapp.services.connections import current_connections
from webapp.services.hub import current_hub

LOOK_S = 0.02
SHOW_S = 0.3


def due_count(integration_id: int | None = None) -> int:
    """Return how many accounts are due now, those under a lease included; inactive integrations have none."""
    return _count(Account.due_at <= clock.utc_now(), integration_id)


def _count(condition: ColumnElement[bool], integration_id: int | None) -> int:
    statement = select(func.count()).select_from(Account).join(Integration).where(Integration.active, condition)
    if integration_id is not None:
        statement = statement.where(Account.integration_id == integration_id)
    count = db.session.scalar(statement) or 0
    db.session.rollback()
    return count


def converge(
    integration_id: int | None = None,
    *,
    until_idle: bool = False,
    patience_s: float = 60.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Work what is due and return how many accounts are still due.

    Args:
        until_idle: go on until nothing is due, nor waits for what a platform may show late; else one
            round and the calls it started.
        patience_s: give up when nothing moved for so long (a paused integration, an open breaker).
        progress: called with accounts done and all of them, now and then.

    Raises:
        Conflict: the hub only observes; approve the adoption first.
    """
    epoch.check_once()
    epoch.refuse(integration_id)
    with Owner(current_hub().settings.instance) as owner:
        engine = Engine(db.engine, current_hub(), current_connections(), owner)
        meter = _Meter(integration_id, progress)
        moved_s = clock.monotonic_s()
        while True:
            if engine.cycle(integration_id):
                moved_s = clock.monotonic_s()
                meter.show()
                if until_idle:
                    continue
            if not engine.busy() and (not until_idle or not _worth_waiting(integration_id, moved_s, patience_s)):
                break
            clock.sleep(LOOK_S)
        engine.finish()
    return due_count(integration_id)


class _Meter:
    """Tells how far the work is, a few times a second at the most: counting costs a query."""

    def __init__(self, integration_id: int | None, progress: Callable[[int, int], None]) -> None:
        self._integration_id = integration_id
        self._progress = progress
        self._total = due_count(integration_id)
        self._shown_s = clock.monotonic_s()

    def show(self) -> None:
        """Call ``progress`` when it is time."""
        if clock.monotonic_s() - self._shown_s < SHOW_S:
            return
        self._shown_s = clock.monotonic_s()
        left = due_count(self._integration_id)
        self._total = max(self._total, left)
        self._progress(self._total - left, self._total)


def _worth_waiting(integration_id: int | None, moved_s: float, patience_s: float) -> bool:
    """Tell whether something is due, or will be for another reason than a failure, while patience lasts."""
    left_s = patience_s - (clock.monotonic_s() - moved_s)
    now = clock.utc_now()
    late = and_(Account.due_at <= now + timedelta(seconds=max(left_s, 0)), Account.error_kind.is_(None))
    return left_s > 0 and _count(or_(Account.due_at <= now, late), integration_id) > 0
