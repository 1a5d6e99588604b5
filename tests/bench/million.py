"""A provider on PostgreSQL, from a file to a run: what each step takes at one size and at another, and how it grows.

Each step is a process of its own, whose peak is its own:

* ``import``: files of subscribers, each sold a package, the way of the screens; ``again``: the last of them once more;
* ``deliver``: a few thousand calls, while all others wait in the queue behind them;
* ``plan``: the platform is read whole and compared, one account in a hundred differing, and the run is planned.

Between ``deliver`` and ``plan`` the rest counts as delivered, by hand: that would only be a longer wait.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from math import log
from pathlib import Path
from typing import Any

from rich.table import Table
from sqlalchemy import func, select, text

from tests.bench import imports, runs
from tests.fixtures import postgres_server as server
from tests.gateways.servers import LoopbackServer, http
from tests.journeys.engine_child import environment
from webapp import clock, create_app
from webapp.config import load_settings
from webapp.decide.plan import DEFAULT_LIMITS, Spent, make_plan
from webapp.extensions import db
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.models import Attempt, Integration
from webapp.schema import migrate_database
from webapp.services.connections import current_connections, open_connection
from webapp.services.hub import current_hub
from webapp.services.inputs import IntegrationInput, PackageInput, PlanInput, SourceInput
from webapp.services.integrations import create_integration
from webapp.services.marks import keep_marks
from webapp.services.packages import create_package
from webapp.services.plans import create_plan
from webapp.services.products import sync_products
from webapp.services.queue import tables
from webapp.services.runs.reading import read_platform
from webapp.services.sources import create_source

SIZES: tuple[int, ...] = (5_000, 20_000)
# A file is refused above 50 MB.
FILE_ROWS = 250_000
DELIVERED = 2_000
STEPS = ("import", "again", "deliver", "plan")
DATABASE = "bench_million"
LOOK_S, PATIENCE_S, SHOWN = 0.1, 600.0, 14
MB = 1024 * 1024
# What all have after a delivery, and what makes them those that the platform shows.
BELIEVED = (
    """UPDATE account SET login = 'person.number' || id || '@example.com', status = 'active', desired = 'active',
         login_key = 'person.number' || id || '@example.com', applied_generation = generation, due_at = NULL,
         remote_ids = json_build_object('id', (7000000 + id)::text),
         units = '{"account": {"state": "active", "payload": "0123456789abcdef", "seq": 1}}'""",
    """INSERT INTO entitlement (account_id, service_package_id, product_id, desired, applied, created_at, updated_at)
         SELECT a.id, s.id, p.id, 'active', 'active', now(), now()
         FROM account a JOIN service_package s ON s.service_id = a.service_id CROSS JOIN product p
         ON CONFLICT DO NOTHING""",
    "UPDATE entitlement SET desired = 'active', applied = 'active'",
    "VACUUM ANALYZE",
)
Progress = Callable[[], None]


@dataclass(frozen=True)
class Step:
    """One step of one size.

    Attributes:
        count: of what it did: rows, calls, accounts read.
        cpu_s: of this process, without the database server's.
        peak_mb: of this process.
    """

    name: str
    count: int
    seconds: float
    cpu_s: float
    peak_mb: float


@dataclass
class Provider:
    """One size: its steps, and what the database holds on the disk after them, by table."""

    size: int
    steps: list[Step] = field(default_factory=list)
    database_mb: dict[str, float] = field(default_factory=dict)
    tables_mb: dict[str, float] = field(default_factory=dict)


class Platform(runs.Platform):
    """Takes subscribers, and shows all of them."""

    def __call__(self, peer: Any, raw: bytes) -> None:
        """Answer one call."""
        if not raw.startswith(b"POST"):
            return super().__call__(peer, raw)
        sent = json.loads(raw.partition(b"\r\n\r\n")[2])
        number = 7_000_000 + int(sent["external_id"].rpartition("-")[2])
        told = {"id": str(number), "external_id": sent["external_id"], "email": sent["email"]}
        peer.sendall(http(json.dumps(told).encode(), "201 Created"))
        return None

    def _row(self, number: int) -> str:
        """Show one, without the document: each has another one."""
        return super()._row(number).replace(f' "document": "{runs.DOCUMENT}",', "")


def steps() -> int:
    """Return how often ``progress`` is called."""
    return len(SIZES) * len(STEPS)


def measure(progress: Progress) -> list[Provider]:
    """Take a provider of each size through all steps, on a server that waits for its disk."""
    server.command("ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET synchronous_commit = on",
                   "ALTER SYSTEM SET autovacuum = on", "SELECT pg_reload_conf()")  # fmt: skip
    found = []
    for size in SIZES:
        platform = Platform(size)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder, LoopbackServer(platform) as pages:
            server.command(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}")
            provider = Provider(size)
            for name in STEPS:
                step, disk, platform.mark = _step(name, folder, pages.url, size)
                provider.steps.append(step)
                provider.database_mb[name] = sum(disk.values())
                provider.tables_mb = disk
                progress()
            found.append(provider)
    server.command(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    return found


def _step(name: str, folder: str, url: str, size: int) -> tuple[Step, dict[str, float], str]:
    command = [sys.executable, "-m", "tests.bench.million", name, folder, url, str(size), server.url_of(DATABASE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{name}, {size}: {done.stderr[-3000:]}"
    told = json.loads(done.stdout.splitlines()[-1])
    return Step(**told["step"]), told["disk"], told["mark"]


@contextmanager
def _hub(folder: str, url: str) -> Iterator[None]:
    with create_app(load_settings(environment(folder, url))).app_context():
        imports.calm_collector()
        yield
        db.session.remove()
        db.engine.dispose()


def _import(folder: Path, platform: str, size: int) -> int:
    """Import everybody, in as many files as it needs; the hub is made first."""
    migrate_database(db.engine)
    tables.install(db.engine)
    source_id = _open(platform)
    keep_marks(db.session.connection())
    db.session.commit()
    for first in range(1, size + 1, FILE_ROWS):
        path, rows = folder / f"people-{first}.csv", min(FILE_ROWS, size + 1 - first)
        imports.write_file(path, rows, first)
        imports.import_file(source_id, path, rows, again=first > 1)
    return size


def _again(folder: Path, _platform: str, size: int) -> int:
    """Import the last file once more: nothing changes."""
    path = sorted(folder.glob("people-*.csv"), key=lambda one: int(one.stem.rpartition("-")[2]))[-1]
    rows = sum(1 for _ in path.open("rb")) - 1
    source_id = db.session.execute(text("SELECT max(id) FROM source")).scalar_one()
    db.session.rollback()
    imports.import_file(source_id, path, rows, again=True)
    return rows


def _open(platform: str) -> int:
    """Make what the files name; returns the list to which they are uploaded."""
    data = {"gateway": "nx_play", "description": "Platform", "params": {"api_url": platform, "token": "of-nobody"}}
    integration = create_integration(IntegrationInput(concurrency=32, **data))
    sync_products(integration.id)
    package = PackageInput(description=imports.PACKAGE, code=imports.PACKAGE, value=imports.VALUE,
                           integration_id=integration.id, product_codes=["full"])  # fmt: skip
    create_package(package)
    create_plan(PlanInput(description=imports.PLAN, value=imports.VALUE))
    return create_source(SourceInput(kind="spreadsheet", description="File")).id


def _deliver(_folder: Path, _platform: str, size: int) -> int:
    """Make some of the calls that wait; the rest is then believed to be done."""
    wanted = min(DELIVERED, size)
    with Owner(current_hub().settings.instance) as owner:
        engine = Engine(db.engine, current_hub(), current_connections(), owner)
        thread = threading.Thread(target=engine.run, daemon=True)
        thread.start()
        until_s = time.monotonic() + PATIENCE_S
        while (done := _made()) < wanted:
            assert time.monotonic() < until_s, f"{done} calls in {PATIENCE_S} s"
            time.sleep(LOOK_S)
        engine.stop()
        thread.join()
    return _made()


def _made() -> int:
    with db.engine.connect() as connection:
        return connection.scalar(select(func.count()).where(Attempt.finished_at.is_not(None))) or 0


def _believe() -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        for statement in BELIEVED:
            connection.exec_driver_sql(statement)


def _plan(_folder: Path, _platform: str, size: int) -> int:
    """Read the platform whole, compare, and plan."""
    integration_id = db.session.scalars(select(Integration.id)).one()
    gateway, connection = open_connection(integration_id)
    db.session.rollback()
    read = read_platform(integration_id, gateway, connection, clock.utc_now())
    make_plan(read.differences, read.counts["listed"], Spent(), DEFAULT_LIMITS)
    assert read.complete, (read.refused, read.error)
    # Every hundredth is shown suspended; every thousandth is not shown, and is a hundredth, too.
    assert len(read.differences) == size // runs.SUSPENDED, (len(read.differences), read.counts)
    return int(read.counts["listed"])


WORK: dict[str, Callable[[Path, str, int], int]] = {
    "import": _import, "again": _again, "deliver": _deliver, "plan": _plan,
}  # fmt: skip


def _disk() -> dict[str, float]:
    """Return what each table takes with its indexes, in MB, the largest first; ``rest`` is what is no table of ours."""
    rows = db.session.execute(text("SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables")).all()
    whole = int(db.session.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    found = {name: size / MB for name, size in sorted(rows, key=lambda row: -row[1])}
    return {**found, "rest": whole / MB - sum(found.values())}


def table(found: Sequence[Provider]) -> Table:
    """Return the table for people; an exponent above one says that it grows faster than the provider."""
    made = Table(title="A provider on PostgreSQL (fsync on), each step in a process of its own")
    names = ("step", "subscribers", "did", "seconds", "a second", "CPU", "grows as", "peak memory", "database after")
    for name in names:
        made.add_column(name, justify="left" if name == "step" else "right")
    for name in STEPS:
        for before, provider in zip((None, *found), found, strict=False):
            step = _of(provider, name)
            grows = "-" if before is None else f"n^{_exponent(before, provider, name):.2f}"
            made.add_row(
                name, f"{provider.size:,}", f"{step.count:,}", f"{step.seconds:.1f} s",
                f"{step.count / step.seconds:,.0f}", f"{step.cpu_s:.1f} s", grows, f"{step.peak_mb:.0f} MB",
                f"{provider.database_mb[name]:,.0f} MB",
            )  # fmt: skip
    return made


def disk(found: Sequence[Provider]) -> Table:
    """Return what the largest tables take for each subscriber, with their indexes."""
    made = Table(title="Bytes for each subscriber, with indexes")
    made.add_column("table")
    for provider in found:
        made.add_column(f"{provider.size:,}", justify="right")
    for name in list(found[-1].tables_mb)[:SHOWN]:
        cells = (f"{provider.tables_mb.get(name, 0.0) * MB / provider.size:,.0f}" for provider in found)
        made.add_row(name, *cells)
    return made


def _of(provider: Provider, name: str) -> Step:
    return next(step for step in provider.steps if step.name == name)


def _exponent(small: Provider, large: Provider, name: str) -> float:
    """Return how CPU grows with the number of subscribers; a number of calls that is the same counts for each call."""
    one, other = _of(small, name), _of(large, name)
    if one.count == other.count or name in ("deliver", "again"):
        return log((other.cpu_s / other.count) / (one.cpu_s / one.count)) / log(large.size / small.size)
    return log(other.cpu_s / one.cpu_s) / log(other.count / one.count)


def as_json(found: Sequence[Provider]) -> list[dict[str, Any]]:
    """Return everything that was measured."""
    return [{**asdict(one), "bytes_each": {name: mb * MB / one.size for name, mb in one.tables_mb.items()}}
            for one in found]  # fmt: skip


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("folder")
    parser.add_argument("platform")
    parser.add_argument("size", type=int)
    parser.add_argument("database")
    options = parser.parse_args()
    with _hub(options.folder, options.database):
        began = time.perf_counter(), time.process_time()
        count = WORK[options.step](Path(options.folder), options.platform, options.size)
        seconds, cpu_s = time.perf_counter() - began[0], time.process_time() - began[1]
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if options.step == "deliver":
            _believe()
        step = Step(options.step, count, seconds, cpu_s, peak_mb)
        mark = keep_marks(db.session.connection()).newest
        told = {"step": asdict(step), "disk": _disk(), "mark": mark}
        db.session.rollback()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    _main()
