"""``python -m tests.bench.moving [--customers N]``: the move of a hub from SQLite to PostgreSQL.

Everybody has a service, an account, a history, calls and a source (``provider.py``), and the history is linked. The
server is that of the tests: it waits for no disk.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy.engine import make_url

from tests.bench import provider
from tests.fixtures import postgres_server as server
from webapp import clock, create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.services import chain

SIZE, GOAL, FILE = 100_000, "moved_for_bench", "sintonia.db"
MEGABYTE = 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]
# Ticks a second, and where /proc/.../stat has its own time and that of its children, counted behind the name.
_TICKS, _TIMES = os.sysconf("SC_CLK_TCK"), slice(11, 15)


@dataclass(frozen=True)
class Move:
    """How it went.

    Attributes:
        command_cpu_s: what the command computed; ``server_cpu_s``: what the PostgreSQL did meanwhile.
        rss_mb: the most memory that the command had.
    """

    customers: int
    rows: int
    links: int
    wall_s: float
    command_cpu_s: float
    server_cpu_s: float
    rss_mb: float
    file_mb: float
    moved_mb: float


def measure(customers: int) -> Move:
    """Make a hub of that size, move it, and take both away."""
    server.command(f"DROP DATABASE IF EXISTS {GOAL} WITH (FORCE)", f"CREATE DATABASE {GOAL} TEMPLATE template0")
    try:
        with tempfile.TemporaryDirectory(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")) as folder:
            return _move(Path(folder), customers)
    finally:
        server.command(f"DROP DATABASE {GOAL} WITH (FORCE)")


def _move(folder: Path, customers: int) -> Move:
    settings = {"SINTONIA_INSTANCE": str(folder)}
    (folder / "sintonia.toml").write_text(f'database_url = "sqlite:///{folder / FILE}"\n', "utf-8")
    provider.fill(folder, customers)
    with create_app(load_settings(settings)).app_context():
        chain.seal()
        db.session.remove()
        db.engine.dispose()
    file_mb = (folder / FILE).stat().st_size / MEGABYTE
    began_s, before_s = clock.monotonic_s(), _server_cpu_s()
    told, usage = _command(settings)
    size = server.answer(f"select pg_database_size('{GOAL}')")
    return Move(
        customers, sum(told["rows"].values()), told["links"], clock.monotonic_s() - began_s,
        usage.ru_utime + usage.ru_stime, _server_cpu_s() - before_s, usage.ru_maxrss / 1024, file_mb, size / MEGABYTE,
    )  # fmt: skip


def _command(settings: dict[str, str]) -> tuple[dict[str, Any], resource.struct_rusage]:
    """Move in a process of its own; return what it said and what it used."""
    command = [sys.executable, "-m", "webapp", "migrate-database", "--json", "--to", server.url_of(GOAL)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=said)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, "the move was refused; what it said is above"
        said.seek(0)
        return json.loads(said.read()), usage


def _server_cpu_s() -> float:
    """Return what the server has computed; a connection that ended counts with it."""
    place = Path(str(make_url(server.address()).query["host"]))
    pid = (place / "postmaster.pid").read_text("ascii").splitlines()[0]
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(map(int, fields[_TIMES])) / _TICKS


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(prog="moving", description="From SQLite to PostgreSQL, every row compared.")
    parser.add_argument("--customers", type=int, default=SIZE, metavar="N")
    table = Table("what", "figure")
    for name, figure in asdict(measure(parser.parse_args().customers)).items():
        table.add_row(name, f"{figure:,.1f}" if isinstance(figure, float) else f"{figure:,}")
    Console(width=80).print(table)


if __name__ == "__main__":
    main()
