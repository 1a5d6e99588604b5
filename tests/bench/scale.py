"""One worker and two on one PostgreSQL, the same platform that answers after 50 ms: how much faster two are.

Every worker has the same few threads, so that waiting is the limit and not the processors of one machine: with two
cores, what two workers do at 0 ms says nothing of what two machines would.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from rich.table import Table
from sqlalchemy import func, select, text

from tests.bench.seed import Shop, add_customers, open_shop
from tests.fixtures import postgres_server as server
from tests.journeys.engine_child import SCALED, EngineProcesses, environment
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Account, Attempt
from webapp.sandbox.client import SandboxProcess
from webapp.schema import migrate_database
from webapp.services.integrations import set_integration_active
from webapp.services.queue import tables

LATENCY_MS, THREADS, COUNT, ROUNDS, WORKERS = 50, 12, 900, 3, (1, 2)
MARK = 1.8
PATIENCE_S, LOOK_S = 600.0, 0.05
DATABASE = "bench_scale"
HEARD = text(f"SELECT count(*) FROM {tables.SCHEMA}.procrastinate_workers")
Progress = Callable[[], None]


@dataclass
class Scaled:
    """Deliveries a second by so many workers, one figure for each round."""

    workers: int
    per_s: list[float] = field(default_factory=list)

    @property
    def limit(self) -> float:
        """What the waiting of all their threads allows."""
        return self.workers * THREADS / (LATENCY_MS / 1000)


def steps() -> int:
    """Return how often ``progress`` is called."""
    return ROUNDS * len(WORKERS)


def measure(progress: Progress) -> list[Scaled]:
    """Measure each number of workers in every round, so that what the machine does besides hits all of them alike."""
    rows, first = [Scaled(count) for count in WORKERS], 1
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _hub(Path(folder)) as url, SandboxProcess() as sandbox:
        for number in range(ROUNDS):
            for row in rows:
                with EngineProcesses() as engines:
                    name = f"scale-{number}-{row.workers}"
                    row.per_s.append(_round(engines, (Path(folder), url), sandbox, name, (row.workers, first)))
                first += COUNT
                progress()
    return rows


@contextmanager
def _hub(folder: Path) -> Iterator[str]:
    """A hub on a PostgreSQL that waits for its disk, as a served one does."""
    server.command("ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET synchronous_commit = on", "SELECT pg_reload_conf()")
    server.command(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}")
    (folder / "sintonia.toml").write_text(f"workers = {THREADS}\n", "utf-8")
    url = server.url_of(DATABASE)
    app: Flask = create_app(load_settings(environment(str(folder), url)))
    with app.app_context():
        migrate_database(db.engine)
        tables.install(db.engine)
        yield url
        db.session.remove()
        db.engine.dispose()


def _round(
    engines: EngineProcesses, hub: tuple[Path, str], sandbox: SandboxProcess, name: str, plan: tuple[int, int]
) -> float:
    """Return the deliveries a second from the first intent to the last outcome; each must have arrived once."""
    (folder, url), (workers, first) = hub, plan
    tenant = sandbox.tenant(name)
    tenant.set_dials(latency_ms=LATENCY_MS, operations=["create"])
    shop = open_shop(name, "nx_play", {"api_url": tenant.url, "token": tenant.token}, "full", 4 * THREADS)
    set_integration_active(shop.integration_id, active=False)
    add_customers(shop, COUNT, first, due=True)
    pids = [engines.start(folder, SCALED, url=url) for _ in range(workers)]
    _wait(lambda: _count(HEARD) == workers)
    set_integration_active(shop.integration_id, active=True)
    _wait(lambda: not _left(shop))
    assert [engines.wait(pid) for pid in pids] == [0] * workers, engines.errors()
    assert tenant.effects("created") == COUNT, f"{tenant.effects('created')} of {COUNT}"
    mine = Attempt.integration_id == shop.integration_id
    with db.engine.connect() as connection:
        began, ended = connection.execute(
            select(func.min(Attempt.started_at), func.max(Attempt.finished_at)).where(mine)
        ).one()
    return COUNT / float((ended - began).total_seconds())


def _wait(reached: Callable[[], bool]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < until_s, "nothing moves"
        time.sleep(LOOK_S)


def _count(statement: Any) -> int:
    with db.engine.connect() as connection:
        return connection.scalar(statement) or 0


def _left(shop: Shop) -> int:
    mine = Account.integration_id == shop.integration_id
    return _count(select(func.count()).where(mine, Account.due_at.is_not(None)))


def table(rows: list[Scaled]) -> Table:
    """Return the rows for people: the ratio first."""
    shown = Table(title=f"Workers on one PostgreSQL, {THREADS} threads each, {LATENCY_MS} ms ({ROUNDS} rounds); "
                  f"mark: two are {MARK} times one")  # fmt: skip
    for name in ("workers", "to one worker", "to the limit", "a second", "each round"):
        shown.add_column(name, justify="right")
    one = median(rows[0].per_s)
    for row in rows:
        mine = median(row.per_s)
        each = " ".join(f"{value:.0f}" for value in row.per_s)
        shown.add_row(str(row.workers), f"{mine / one:.2f}", f"{mine / row.limit:.0%}", f"{mine:.0f}", each)
    return shown


def as_json(rows: list[Scaled]) -> list[dict[str, Any]]:
    """Return everything that was measured, round by round."""
    return [{"workers": row.workers, "per_s": row.per_s, "limit_per_s": row.limit} for row in rows]
