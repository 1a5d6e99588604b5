"""A whole reading of a platform: what comparing and planning costs beside fetching and parsing the pages.

The pages come over real HTTP from a server that has them nearly ready, so that next to nothing but our own work is
measured: at once, and as a platform would that needs a moment for each page. One account in a hundred differs. Each
size is read in a process of its own, whose peak is its own. At the end, one run is carried out as a whole, up to the
calls that it leads to: the rows that it writes are counted, for what did not change must not be written.
"""

import argparse
import gc
import json
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.table import Table
from sqlalchemy import event, insert, select

from tests.bench import seed
from tests.gateways.servers import LoopbackServer, http
from webapp import clock, create_app
from webapp.config import load_settings
from webapp.decide.plan import DEFAULT_LIMITS, Spent, make_plan
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway
from webapp.models import Account, Customer, Entitlement, Integration, Service, ServicePackage
from webapp.services.connections import open_connection
from webapp.services.marks import keep_marks
from webapp.services.runs import start_run
from webapp.services.runs.reading import Read, read_platform

SIZES: tuple[int, ...] = (100_000,)
LARGE = 1_000_000
PAGE = 500
# At once, which no platform does; and as one does that needs so long for five hundred accounts.
LATENCIES_MS = (0, 50)
MARK = 0.20
MARK_MB = {100_000: 300, LARGE: 1_000}
# For an account that differs: its line, its marks, and a share of what the run writes about itself.
MARK_ROWS = 8
ROUNDS = 3
# Every so many are shown suspended; every so many are not shown.
SUSPENDED, GONE = 100, 1_000
BATCH = 10_000
DOCUMENT = "52998224725"
Progress = Callable[[], None]


@dataclass(frozen=True)
class Reading:
    """One size, at one pace of the platform: seconds, the least of the rounds. What else runs only adds to them.

    Attributes:
        fetched_s: fetching and parsing all pages, and nothing else.
        read_s: the same, with comparing and planning.
        ratio: what comparing and planning took, to fetching and parsing.
        compare_cpu_s: of the process, for comparing and planning alone.
        peak_mb: of the process so far; ``before_mb``: when it had not read anything yet.
        written: rows that a run of it wrote; ``run_s``: how long that took.
    """

    size: int
    latency_ms: int
    pages: int
    fetched_s: float
    read_s: float
    ratio: float
    fetch_cpu_s: float
    compare_cpu_s: float
    before_mb: float
    peak_mb: float
    differing: int
    written: int
    run_s: float

    @property
    def written_each(self) -> float:
        """Rows that were written for each account that differs."""
        return self.written / self.differing

    @property
    def is_within(self) -> bool:
        """Tell whether all marks were reached."""
        is_small = self.peak_mb <= MARK_MB.get(self.size, MARK_MB[LARGE])
        return self.ratio <= MARK and is_small and self.written_each <= MARK_ROWS


def steps() -> int:
    """Return how often ``progress`` is called."""
    return len(SIZES)


def measure(progress: Progress) -> list[Reading]:
    """Read a platform of each size, with a hub that believes in all of its accounts."""
    found = []
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder, LoopbackServer(Platform(size)) as server:
            own = (sys.executable, "-m", "tests.bench.runs", folder, server.url, str(size))
            mark = subprocess.run([*own, "--fill"], check=True, capture_output=True, text=True).stdout.strip()
            server.respond.mark = mark
            latencies = [str(each) for each in LATENCIES_MS]
            answer = subprocess.run([*own, "--read", *latencies], check=True, capture_output=True, text=True)
            found += [Reading(**row) for row in json.loads(answer.stdout.splitlines()[-1])]
        progress()
    return found


class Platform:
    """Answers the listing of an NX Play; the pace comes with the address."""

    def __init__(self, size: int) -> None:
        self.mark = ""
        self._shown = [number for number in range(1, size + 1) if number % GONE]

    def __call__(self, peer: socket.socket, raw: bytes) -> None:
        path = raw.split(b" ", 2)[1].decode()
        found = re.search(r"[?&]page=(\d+)", path)
        body = self._page(int(found.group(1))) if found else b'{"products": [{"code": "full", "name": "Full"}]}'
        answer, pace = http(body), re.match(r"/wait(\d+)/", path)
        time.sleep(int(pace.group(1)) / 1000 if pace else 0)
        peer.sendall(answer)

    @lru_cache(maxsize=400)  # noqa: B019  The platform lives as long as the bench.
    def _page(self, page: int) -> bytes:
        rows = [self._row(number) for number in self._shown[(page - 1) * PAGE : page * PAGE]]
        return f'{{"total": {len(self._shown)}, "subscribers": [{",".join(rows)}]}}'.encode()

    def _row(self, number: int) -> str:
        state = "suspended" if not number % SUSPENDED else "active"
        return (
            f'{{"id": "{7_000_000 + number}", "external_id": "sin-{self.mark}-{number}", "email": "{_login(number)}",'
            f' "name": "Pessoa {number}", "document": "{DOCUMENT}", "phone": "5511987654321", "status": "{state}",'
            f' "products": ["full"], "noggin": true, "paramount": true}}'
        )


def _login(number: int) -> str:
    return f"person.number{number}@example.com"


def fill(url: str, size: int) -> str:
    """Make a hub that believes in so many active accounts; returns its mark."""
    shop = seed.open_shop("Platform", "nx_play", {"api_url": url, "token": "token-of-nobody"}, "full", 4)
    mark = keep_marks(db.session.connection()).newest
    db.session.commit()
    with db.engine.begin() as connection:
        for start, stop in pairwise([*range(1, size + 1, BATCH), size + 1]):
            for table, row in _rows(shop):
                connection.execute(insert(table), [row(number) for number in range(start, stop)])
    return mark


def _rows(shop: seed.Shop) -> list[tuple[Any, Callable[[int], dict[str, Any]]]]:
    done = {"status": "active", "desired": "active", "applied_generation": 1, "priority": 5}
    unit = {"state": "active", "payload": "0123456789abcdef", "seq": 1}
    return [
        (Customer, lambda n: {"id": n, "code": str(n), "name": f"Pessoa {n}", "name_folded": f"pessoa {n}",
                              "document": DOCUMENT, "email": _login(n), "phone": "", "version": 1}),
        (Service, lambda n: {"id": n, "code": f"S{n}", "customer_id": n, "plan_id": shop.plan_id,
                             "status": "servico_habilitado", "login": f"login{n}", "version": 1}),
        (ServicePackage, lambda n: {"id": n, "service_id": n, "package_id": shop.package_id, "value": seed.VALUE,
                                    "version": 1}),
        (Account, lambda n: {"id": n, "service_id": n, "integration_id": shop.integration_id, **done,
                             "login": _login(n), "login_key": _login(n), "remote_ids": {"id": str(7_000_000 + n)},
                             "units": {"account": unit}}),
        (Entitlement, lambda n: {"id": n, "account_id": n, "service_package_id": n, "product_id": shop.product_id,
                                 "desired": "active", "applied": "active"}),
    ]  # fmt: skip


def read_all(url: str, size: int, latencies_ms: Sequence[int]) -> list[Reading]:
    """Fetch all pages, then read them with all that belongs to it, in turn."""
    integration_id = db.session.scalars(select(Integration.id)).one()
    gateway, connection = open_connection(integration_id)
    db.session.rollback()
    before_mb, timed = _peak_mb(), []
    for latency_ms in latencies_ms:
        connection.params = {**connection.params, "api_url": f"{url}/wait{latency_ms}"}
        timed.append((latency_ms, [_round(integration_id, gateway, connection) for _ in range(ROUNDS)]))
    run = _carry_out(integration_id)
    return [_least(size, latency_ms, rounds, before_mb, run) for latency_ms, rounds in timed]


def _carry_out(integration_id: int) -> tuple[int, float]:
    """Reconcile as a person asks for it; returns the rows that were written, and the seconds."""
    writers: dict[int, Any] = {}
    event.listen(db.engine, "checkout", lambda raw, _record, _proxy: writers.setdefault(id(raw), raw))
    db.session.remove()
    before, began_s = _changes(writers), time.perf_counter()
    run = start_run(integration_id, "apply")
    assert run.status in ("applying", "done"), (run.status, run.counts)
    db.session.rollback()
    return _changes(writers) - before, time.perf_counter() - began_s


def _changes(writers: dict[int, Any]) -> int:
    """Return how many rows SQLite has changed so far on every connection that was lent."""
    with db.engine.connect().execution_options(reads_only=True):
        return sum(raw.total_changes for raw in writers.values())


@dataclass(frozen=True)
class _Round:
    fetched: tuple[float, float]
    read: tuple[float, float]
    result: Read


def _round(integration_id: int, gateway: Gateway, connection: Connection) -> _Round:
    with_clocks = (time.perf_counter(), time.thread_time())
    listed = sum(1 for _ in gateway.list(connection))
    fetched = _since(with_clocks)
    with_clocks = (time.perf_counter(), time.thread_time())
    result = read_platform(integration_id, gateway, connection, clock.utc_now())
    plan = make_plan(result.differences, listed, Spent(), DEFAULT_LIMITS)
    read = _since(with_clocks)
    assert result.complete, (result.refused, result.error)
    assert len(plan.apply) == len(result.differences) > 0
    return _Round(fetched, read, result)


def _since(began: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - began[0], time.thread_time() - began[1]


def _least(size: int, latency_ms: int, rounds: list[_Round], before_mb: float, run: tuple[int, float]) -> Reading:
    fetched_s, fetch_cpu_s = (min(one.fetched[which] for one in rounds) for which in (0, 1))
    read_s, read_cpu_s = (min(one.read[which] for one in rounds) for which in (0, 1))
    result = rounds[0].result
    return Reading(
        size, latency_ms, result.counts["pages"], fetched_s, read_s, read_s / fetched_s - 1, fetch_cpu_s,
        read_cpu_s - fetch_cpu_s, before_mb, _peak_mb(), len(result.differences), *run,
    )  # fmt: skip


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(rows: Sequence[Reading]) -> Table:
    """Return the table for people."""
    made = Table(title=f"A platform read whole, 1 % of it differing; mark: compare and plan to fetch and parse {MARK}")
    names = ("accounts", "pages", "a page after", "fetch, parse", "all", "ratio", "compare CPU", "peak (before)",
             "rows written", "for each that differs")  # fmt: skip
    for name in (*names, "within"):
        made.add_column(name, justify="right")
    for row in rows:
        made.add_row(
            f"{row.size:,}", str(row.pages), f"{row.latency_ms} ms", f"{row.fetched_s:.2f} s", f"{row.read_s:.2f} s",
            f"{row.ratio:.2f}", f"{row.compare_cpu_s:.2f} s", f"{row.peak_mb:.0f} ({row.before_mb:.0f}) MB",
            f"{row.written:,}", f"{row.written_each:.1f}", "yes" if row.is_within else "no",
        )  # fmt: skip
    return made


def as_json(rows: Sequence[Reading]) -> list[dict[str, Any]]:
    """Return everything that was measured."""
    return [{**asdict(row), "mark": MARK, "is_within": row.is_within} for row in rows]


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("url")
    parser.add_argument("size", type=int)
    parser.add_argument("--fill", action="store_true")
    parser.add_argument("--read", type=int, nargs="*", default=[])
    options = parser.parse_args()
    settings = {"SINTONIA_INSTANCE": str(options.folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}
    with create_app(load_settings(settings), TESTING=True).app_context():
        if options.fill:
            db.create_all()
            sys.stdout.write(fill(options.url, options.size) + "\n")
            return
        # As ``serve`` does, in which a run is worked on.
        gc.collect()
        gc.freeze()
        gc.set_threshold(5_000, 20, 100)
        rows = read_all(options.url, options.size, options.read)
        sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")


if __name__ == "__main__":
    _main()
