"""The hub dies again and again while it reconciles, undoes and adopts: everybody gets what is planned, once."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.journeys.crowd import OWING, accounts_of, drain, package_of, sell_to_crowd, set_statuses, statuses
from tests.journeys.engine_child import RUNS, EngineProcesses
from tests.journeys.platforms import Recipe, integrate, use
from tests.services.runs_helpers import fresh, outcomes
from webapp import clock
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Integration, Run, RunItem
from webapp.sandbox.client import Tenant
from webapp.services import epoch, runs
from webapp.services.accounts import NEGATIVE
from webapp.services.adoption import requests
from webapp.services.runs.leases import LEASE
from webapp.services.runs.rows import GIVING, TAKING
from webapp.services.runs.undo import undo_run

# Who is active although he owes; who is suspended although he pays; who was deleted there; and everybody else.
OWE, PAY, GONE, REST = 24, 12, 4, 20
PAGES = {"start = 1, size = 500": "start = 1, size = 20"}
LATENCY = {"latency_ms": 150}
PATIENCE_S = 30.0
POLL_S = 0.005
CHANGES = ("create", "update", "suspend", "enable", "cancel")
pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.slow]


@pytest.fixture(scope="module")
def engines() -> Iterator[EngineProcesses]:
    with EngineProcesses() as processes:
        yield processes


@dataclass
class Hub:
    """A hub as a process that works on runs and sends; it is killed and started again."""

    engines: EngineProcesses
    settings: Settings
    nx: Tenant
    integration_id: int
    since: int
    kills: int = 0

    def start(self) -> int:
        """Start it where the lease of the one before has run out."""
        db.session.rollback()
        clock.move(LEASE)
        ahead_s = (clock.utc_now() - datetime.now(UTC)).total_seconds()
        return self.engines.start(self.settings.instance, RUNS, str(ahead_s))

    def kill_when(self, reached: Callable[[], bool]) -> None:
        """Let it work until that moment, and kill it."""
        pid = self.start()
        self.wait(reached)
        assert self.engines.kill(pid) == -signal.SIGKILL, self.engines.errors()
        assert reached(), "it was over already"
        self.kills += 1

    def work_until(self, reached: Callable[[], bool]) -> None:
        """Let it work until then; it has nothing to do any more."""
        pid = self.start()
        self.wait(reached)
        assert self.engines.kill(pid) == -signal.SIGKILL, self.engines.errors()

    def wait(self, reached: Callable[[], bool]) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while not reached():
            assert time.monotonic() < until_s, (self.lines(), self.engines.errors())
            time.sleep(POLL_S)

    def lines(self) -> dict[tuple[str, str], int]:
        """Return how many lines there are of each action and outcome, of all runs."""
        db.session.rollback()
        rows = db.session.execute(
            select(RunItem.action, RunItem.outcome, func.count()).group_by(RunItem.action, RunItem.outcome)
        )
        found = {(row[0], row[1]): row[2] for row in rows}
        db.session.rollback()
        return found

    def calls(self) -> Counter[tuple[str, str]]:
        """Return how often each subscriber was changed in which way; an answer given again is no change."""
        lines = self.nx.ledger(self.since, kind="nx")
        return Counter((line["operation"], line["external_id"]) for line in lines if line.get("effect"))
