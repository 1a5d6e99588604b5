"""A hub of a hundred thousand subscribers: backed up while others write, checked, restored, upgraded.

A year of such a hub is stood in for by three calls and three lines of history for each account. Beside the backup a
writer commits as fast as the disk lets it, as the hub's own engine does.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from click.testing import CliRunner
from pysqlite3 import dbapi2 as sqlite
from rich.table import Table
from sqlalchemy import bindparam, insert, update

from tests.bench import runs
from tests.gateways.servers import LoopbackServer
from webapp import clock, create_app
from webapp.cli import sintonia
from webapp.commands.program import Program
from webapp.config import Settings, load_settings
from webapp.extensions import db
from webapp.models import Attempt, Event, Service
from webapp.paths import MIGRATIONS
from webapp.schema import migrate_database
from webapp.services import chain
from webapp.services.backups import making, upgrading
from webapp.services.buyers import password_place
from webapp.services.hub import current_hub

SIZE = 100_000
OPERATIONS = ("create", "suspend", "enable")
BATCH = 5_000
FORMER = "0004"
RESTORE_MARK_S, UPGRADE_MARK_S = 300.0, 60.0
QUIET_S, PAUSE_S = 1.0, 0.002
Progress = Callable[[], None]


@dataclass(frozen=True)
class Secured:
    """How it went; times in seconds, of a write in milliseconds.

    Attributes:
        backup_s: making, packing and opening it again, beside a writer.
        write_ms, beside_ms: the 99th of a hundred writes, before and beside the backup; ``worst_ms``: the slowest one.
        restore_s: the command, from the file to a database that may be served; ``restore_cpu_s``: what it computed.
        upgrade_s: from the version before to this one, the backup before it included: nobody is served meanwhile.
    """

    subscribers: int
    database_mb: float
    file_mb: float
    backup_s: float
    write_ms: float
    beside_ms: float
    worst_ms: float
    restore_s: float
    restore_cpu_s: float
    upgrade_s: float

    @property
    def is_within(self) -> bool:
        return self.restore_s <= RESTORE_MARK_S and self.upgrade_s <= UPGRADE_MARK_S


def steps() -> int:
    """Return how often ``progress`` is called."""
    return 4


def measure(progress: Progress) -> list[Secured]:
    """Measure it once, in a hub of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        settings = load_settings({"SINTONIA_INSTANCE": folder, "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"})
        with create_app(settings, TESTING=True).app_context():
            _fill(SIZE)
            progress()
            found = _back_up(settings, progress)
        cpu_s = time.process_time()
        found |= {"restore_s": _restore(settings, str(found.pop("file")))}
        found["restore_cpu_s"] = time.process_time() - cpu_s
        progress()
        with create_app(settings, TESTING=True).app_context():
            found["upgrade_s"] = _upgrade()
        progress()
    return [Secured(subscribers=SIZE, **found)]


def _fill(size: int) -> None:
    migrate_database(db.engine)
    with LoopbackServer(runs.Platform(1)) as server:
        runs.fill(server.url, size)
    vault, now, service = current_hub().vault, clock.utc_now(), Service.__table__
    body = {"method": "POST", "url": "https://tv.example.com/v1/subscribers", "body": "x" * 300}
    sealed = update(service).where(service.c.id == bindparam("b_id")).values(password=bindparam("b_password"))
    with db.engine.begin() as connection:
        for start, stop in pairwise([*range(1, size + 1, BATCH), size + 1]):
            ids = range(start, stop)
            closed = {one: vault.seal(f"senha{one}", password_place(one)) for one in ids}
            connection.execute(sealed, [{"b_id": one, "b_password": text} for one, text in closed.items()])
            connection.execute(insert(Attempt), [
                {"integration_id": 1, "account_id": one, "operation": operation, "generation": 1, "started_at": now,
                 "finished_at": now, "outcome": "ok", "key": f"{one}-{operation}", "request": body, "response": body}
                for one in ids for operation in OPERATIONS])  # fmt: skip
            connection.execute(insert(Event), [
                {"at": now, "actor": "system", "action": f"account.{operation}", "object_type": "account",
                 "object_id": one, "label": f"Pessoa {one}", "after": {"status": operation}}
                for one in ids for operation in OPERATIONS])  # fmt: skip
    while chain.seal():
        pass


def _back_up(settings: Settings, progress: Progress) -> dict[str, Any]:
    database = settings.instance / "sintonia.db"
    with _writer(database) as times:
        time.sleep(QUIET_S)
        before = sorted(times)
        times.clear()
        began = time.perf_counter()
        row = making.make_now()
        backup_s = time.perf_counter() - began
        beside = sorted(times)
    assert row.verified_at, row.error_code
    progress()
    found = {
        "file": row.file, "database_mb": database.stat().st_size / 1e6, "file_mb": (row.size_bytes or 0) / 1e6,
        "backup_s": backup_s, "write_ms": _share(before), "beside_ms": _share(beside), "worst_ms": 1000 * beside[-1],
    }  # fmt: skip
    db.session.remove()
    db.engine.dispose()
    return found


def _share(times: Sequence[float], share: float = 0.99) -> float:
    return 1000 * times[min(len(times) - 1, int(len(times) * share))]


@contextmanager
def _writer(database: Path) -> Any:
    """Commit one row after the other, and note how long each took."""
    stop, times = threading.Event(), []

    def write() -> None:
        connection = sqlite.connect(str(database), timeout=60, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        while not stop.wait(PAUSE_S):
            began = time.perf_counter()
            connection.execute("update account set tries = tries + 1 where id = ?", (1 + len(times),))
            times.append(time.perf_counter() - began)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield times
    finally:
        stop.set()
        thread.join()


def _restore(settings: Settings, file: str) -> float:
    program = Program(lambda given=None: create_app(given or settings, TESTING=True), "bench")
    began = time.perf_counter()
    result = CliRunner().invoke(sintonia, ["restore", file, "--yes"], obj=program)
    assert result.exit_code == 0, result.output
    return time.perf_counter() - began


def _upgrade() -> float:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = db.engine
    command.downgrade(config, FORMER)
    began = time.perf_counter()
    upgrading.upgrade(db.engine)
    found = time.perf_counter() - began
    db.session.remove()
    db.engine.dispose()
    return found


def table(rows: Sequence[Secured]) -> Table:
    """Return the table for people."""
    marks = f"marks: restored within {RESTORE_MARK_S:.0f} s, upgraded within {UPGRADE_MARK_S:.0f} s"
    made = Table(title=f"Backup, restore, upgrade; {marks}")
    names = ("people", "database", "file", "backup", "write p99", "beside it", "worst", "restore", "CPU", "upgrade")
    for name in (*names, "within"):
        made.add_column(name, justify="right")
    for row in rows:
        made.add_row(
            f"{row.subscribers:,}", f"{row.database_mb:.0f} MB", f"{row.file_mb:.0f} MB", f"{row.backup_s:.1f} s",
            f"{row.write_ms:.1f} ms", f"{row.beside_ms:.1f} ms", f"{row.worst_ms:.0f} ms", f"{row.restore_s:.1f} s",
            f"{row.restore_cpu_s:.1f} s", f"{row.upgrade_s:.1f} s", "yes" if row.is_within else "no",
        )  # fmt: skip
    return made


def as_json(rows: Sequence[Secured]) -> list[dict[str, Any]]:
    """Return everything that was measured."""
    return [{**asdict(row), "is_within": row.is_within} for row in rows]
