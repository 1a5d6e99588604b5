"""What a platform can do wrong (``tests/journeys/test_faults.py``), to a worker that the queue tells what to do."""

import os
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import func, select

from tests.journeys import crowd
from tests.journeys import test_faults as faults
from tests.journeys.test_faults import healthy
from tests.scale.workers import worker
from webapp import clock
from webapp.config import Settings
from webapp.decide.breaker import load_breaker
from webapp.extensions import db
from webapp.jobs import rounds
from webapp.jobs.drain import due_count
from webapp.jobs.scaled import consumer
from webapp.models import Account, Attempt, Integration

__all__ = ["healthy"]
# All by `make test-scale`; in every run one of each kind: left alone, stopped, taken as a doubt, refused.
CHOSEN = {
    "test_a_throttled_platform_is_left_alone_for_as_long_as_it_asks",
    "test_refused_credentials_stop_this_integration_once_and_no_other",
    "test_gone_for_good_stops_until_a_person_looks",
}
# It measures times of one engine alone.
ELSEWHERE = {"test_a_dead_platform_does_not_slow_the_healthy_one_beside_it"}
ALL = {name for name in vars(faults) if name.startswith("test_")} - ELSEWHERE
ASKED = bool(os.environ.get("SINTONIA_SCALE"))
FRESH = {"populate_existing": True}
LOOK_S, REST_S, STUCK_S = 0.05, 0.5, 60.0
pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.slow]
for _name in sorted(ALL if ASKED else CHOSEN):
    globals()[_name] = vars(faults)[_name]


@pytest.fixture(autouse=True)
def _told_by_the_queue(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker do what is due, where the tests let one engine look for it."""
    for name, value_s in (("POLL_S", 0.1), ("TROUBLE_S", 0.1)):
        monkeypatch.setattr(consumer, name, value_s)
    monkeypatch.setattr(rounds, "QUEUE_S", 0.2)
    for module in (faults, crowd):
        monkeypatch.setattr(module, "drain", partial(drain, settings))


def drain(settings: Settings, integration: Integration | None = None, patience_s: float = 5.0) -> int:
    """Let a worker work until nothing is due but what is stopped, and nothing moves any more."""
    db.session.rollback()
    with worker(settings, minds_the_clock=False) as engine:
        seen, since_s = (-1, -1), clock.monotonic_s()
        # Where nothing can move a short rest shows that nothing does; else a busy machine may need long.
        while clock.monotonic_s() < since_s + (STUCK_S if seen[0] or engine.busy() else max(patience_s, REST_S)):
            clock.sleep(LOOK_S)
            if (found := standing()) != seen:
                seen, since_s = found, clock.monotonic_s()
    return due_count(integration.id if integration else None)


def standing() -> tuple[int, int]:
    """Return how many accounts are due where nothing is stopped, and how many calls have begun or ended."""
    now = clock.utc_now()
    lanes = db.session.scalars(select(Integration).where(Integration.active), execution_options=FRESH)
    moving = [one.id for one in lanes if not is_stopped(one, now)]
    due = select(func.count()).where(Account.due_at <= now, Account.integration_id.in_(moving))
    calls = select(func.count(Attempt.id) + func.count(Attempt.finished_at))
    found = db.session.scalar(due) or 0, db.session.scalar(calls) or 0
    db.session.rollback()
    return found


def is_stopped(integration: Integration, now: datetime) -> bool:
    """Tell whether nothing is sent until time passes, or somebody looks."""
    until = load_breaker(integration.breaker).open_until
    paused = integration.paused_code is not None and (
        integration.paused_until is None or integration.paused_until > now
    )
    return paused or bool(until and datetime.fromisoformat(until) > now)
