"""A thousand wrong suspensions: applied, paused, stopped, and given back, by a hub that serves."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from sqlalchemy import func, select, update

from tests import factories
from tests.journeys.undo_world import serving, wait_for, wrong_batch
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Account, Integration, RunItem
from webapp.sandbox.client import SandboxProcess, Tenant
from webapp.schema import migrate_database
from webapp.services.runs.steering import pause_run, resume_run
from webapp.services.runs.undo import undo_run

PEOPLE = 1_000
TOUCHED = 10
LATENCY_MS = 50
CONCURRENCY = 16
RATE_PER_S = 50.0
PAUSE_MARK_S, BESIDES_S = 2.0, 60.0
QUIET_S = 2.5
Progress = Callable[[], None]


@dataclass(frozen=True)
class Undone:
    """How it went; times in seconds.

    Attributes:
        paused_s: from the pause to the last call that began.
        applied_s: from the first line to the last one read back, without the pause.
        undone_s: from the undo to the last account active and read back.
        mark_s: at the set rate, and a minute.
    """

    people: int
    paused_s: float
    applied_s: float
    undone_s: float
    mark_s: float
    proven: int
    left_alone: int
    active: int

    @property
    def is_within(self) -> bool:
        whole = (self.proven, self.left_alone, self.active) == (self.people - TOUCHED, TOUCHED, self.people - TOUCHED)
        return whole and self.undone_s <= self.mark_s and self.paused_s <= PAUSE_MARK_S


def steps() -> int:
    """Return how often ``progress`` is called."""
    return 3


def measure(progress: Progress) -> list[Undone]:
    """Measure it once, in a hub of its own."""
    with SandboxProcess() as sandbox, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        app = create_app(
            load_settings({"SINTONIA_INSTANCE": str(Path(folder)), "SINTONIA_EGRESS_ALLOW": "127.0.0.1/32"})
        )
        with app.app_context():
            migrate_database(db.engine)
            found = _measure(sandbox.tenant("bench-undo"), progress)
            db.session.remove()
            db.engine.dispose()
    return [found]


def as_json(found: Sequence[Undone]) -> list[dict[str, object]]:
    """Return everything that was measured."""
    return [{**vars(one), "is_within": one.is_within} for one in found]


def table(found: Sequence[Undone]) -> Table:
    """Return it for people."""
    rows = Table(title=f"Undo of wrong suspensions, at {RATE_PER_S:.0f} calls a second that take {LATENCY_MS} ms")
    for title in ("accounts", "paused after", "applied in", "given back in", "mark", "proven", "left alone", "within"):
        rows.add_column(title, justify="right")
    for one in found:
        rows.add_row(
            str(one.people), f"{one.paused_s:.2f} s", f"{one.applied_s:.1f} s", f"{one.undone_s:.1f} s",
            f"{one.mark_s:.0f} s", str(one.proven), str(one.left_alone), "yes" if one.is_within else "no",
        )  # fmt: skip
    return rows


def _measure(tenant: Tenant, progress: Progress) -> Undone:
    params = {"api_url": tenant.url, "token": tenant.token}
    integration = factories.make_integration(gateway="nx_play", params=params, concurrency=CONCURRENCY)
    integration_id = integration.id
    run_id = wrong_batch(integration, PEOPLE)
    progress()
    tenant.set_dials(latency_ms=LATENCY_MS)
    _set_rate(integration_id)
    with serving():
        started_s = time.perf_counter()
        tenant.wait_calls("suspend", PEOPLE // 10, timeout_s=60)
        paused_s, watched_s = _pause(tenant, run_id)
        wait_for(run_id, "done", timeout_s=300)
        applied_s = time.perf_counter() - started_s - watched_s
        progress()
        _touch(TOUCHED)
        started_s = time.perf_counter()
        undo_id = undo_run(run_id, "the wrong list").id
        db.session.rollback()
        wait_for(undo_id, "done", timeout_s=300)
        undone_s = time.perf_counter() - started_s
    progress()
    proven, alone = _lines(undo_id, "proven"), _lines(undo_id, "skipped")
    active = len(tenant.subscribers(status="active"))
    return Undone(
        PEOPLE, paused_s, applied_s, undone_s, PEOPLE / RATE_PER_S + BESIDES_S, proven, alone, active
    )  # fmt: skip


def _pause(tenant: Tenant, run_id: int) -> tuple[float, float]:
    """Pause and resume; returns when the last call began after the pause, and how long it was watched."""
    pause_run(run_id)
    db.session.rollback()
    started_s = time.perf_counter()
    last_s, seen = 0.0, tenant.calls("suspend")
    while time.perf_counter() - started_s < last_s + QUIET_S:
        time.sleep(0.02)
        if (now := tenant.calls("suspend")) != seen:
            seen, last_s = now, time.perf_counter() - started_s
    resume_run(run_id)
    db.session.rollback()
    return last_s, time.perf_counter() - started_s


def _set_rate(integration_id: int) -> None:
    db.session.execute(update(Integration).where(Integration.id == integration_id).values(rate_per_s=RATE_PER_S))
    db.session.commit()


def _touch(count: int) -> None:
    """Let somebody change the first few after the batch."""
    for account in db.session.scalars(select(Account).order_by(Account.id).limit(count)):
        account.generation += 1
        account.applied_generation += 1
    db.session.commit()


def _lines(run_id: int, outcome: str) -> int:
    wanted = select(func.count()).select_from(RunItem).where(RunItem.run_id == run_id, RunItem.outcome == outcome)
    count = db.session.scalar(wanted) or 0
    db.session.rollback()
    return count
