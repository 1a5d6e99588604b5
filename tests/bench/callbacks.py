"""How long a platform waits that asks at log-in: a served hub, asked so many times a second by another process.

An open loop: each question has its moment, whatever became of the ones before it, and its wait counts from that moment.
A hub that stands still for a second so makes two hundred waits long, and not one.
"""

import http.client
import multiprocessing
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import local
from typing import Any

from rich.table import Table
from sqlalchemy import bindparam, update

from tests.bench.seed import add_customers, open_shop
from tests.bench.site import Site, free_port, serving
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Integration, Service
from webapp.schema import migrate_database
from webapp.services.hub import current_hub
from webapp.services.integrations import callback_url

RATE_PER_S, SECONDS, CUSTOMERS = 200, 20, 2_000
WARM_UP_S = 2
# As many questions may wait for their answers; a platform's servers keep their connections.
CONNECTIONS = 32
PATIENCE_S = 10.0
MARK_MS = 20.0
NOWHERE = "http://127.0.0.1:9/hook"
Progress = Callable[[], None]


@dataclass(frozen=True)
class Asked:
    """What came of the questions: milliseconds of each that was answered rightly, how many were not, and our CPU."""

    ms: list[float]
    failed: int
    cpu_ms: float

    @property
    def p99_ms(self) -> float:
        return quantiles(self.ms, n=100)[-1]


def steps() -> int:
    """Return how often ``progress`` is called."""
    return 3


def measure(progress: Progress) -> Asked:
    """Fill a hub, serve it, and have it asked."""
    with TemporaryDirectory(prefix="bench-") as folder:
        path = _fill(Path(folder))
        progress()
        with _served(Path(folder)) as site:
            _ask_for(site.port, path, WARM_UP_S)
            progress()
            worked_ms = site.cpu_ms()
            answered = _ask_for(site.port, path, SECONDS)
            cpu_ms = (site.cpu_ms() - worked_ms) / len(answered)
            progress()
    good = [ms for ms in answered if ms is not None]
    return Asked(good, len(answered) - len(good), cpu_ms)


def _fill(folder: Path) -> str:
    """Make subscribers with a log-in each; returns the path at which the platform asks."""
    app = create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}))
    with app.app_context():
        migrate_database(db.engine)
        shop = open_shop("Clube", "outros", {"url": NOWHERE}, "generico", 8)
        add_customers(shop, CUSTOMERS, 1, due=False)
        _give_passwords()
        url = callback_url(db.session.get_one(Integration, shop.integration_id))
        db.session.remove()
        db.engine.dispose()
    return "/" + url.removeprefix("http://").removeprefix("https://").split("/", 1)[1]


def _give_passwords() -> None:
    """Seal a password for each service: to open it is a part of every answer."""
    vault, numbers = current_hub().vault, range(1, CUSTOMERS + 1)
    rows = [{"b_id": one, "b_sealed": vault.seal(f"login{one}", f"service:password:{one}")} for one in numbers]
    own = update(Service.__table__).where(Service.id == bindparam("b_id")).values(password=bindparam("b_sealed"))
    with db.engine.begin() as connection:
        connection.execute(own, rows)


@contextmanager
def _served(folder: Path) -> Iterator[Site]:
    """Serve all that a hub serves: what its scheduler and engine do besides is in the figures."""
    port = free_port()
    with serving(folder, ("webapp", "serve", "--port", str(port)), port) as site:
        yield site


def _ask_for(port: int, path: str, seconds: float) -> list[float | None]:
    """Ask from a process of its own; milliseconds for each question, None = not let in."""
    # Not forked: the asking process shall share nothing with what fills and watches the hub.
    with multiprocessing.get_context("spawn").Pool(1) as other:
        return other.apply(ask_all, (port, path, int(seconds * RATE_PER_S), RATE_PER_S, CUSTOMERS))


def ask_all(port: int, path: str, questions: int, rate_per_s: int, customers: int) -> list[float | None]:
    """Ask each question at its moment, whoever is free; runs in the other process."""
    platform = _Platform(port, path, time.perf_counter() + 0.2, rate_per_s, customers)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(lambda _: platform.ask(), range(questions)))


class _Platform:
    def __init__(self, port: int, path: str, begins_s: float, rate_per_s: int, customers: int) -> None:
        self._port, self._path, self._begins_s = port, path, begins_s
        self._rate_per_s, self._customers = rate_per_s, customers
        self._numbers = count()
        self._kept = local()

    def ask(self) -> float | None:
        number = next(self._numbers)
        planned_s = self._begins_s + number / self._rate_per_s
        time.sleep(max(planned_s - time.perf_counter(), 0.0))
        try:
            let_in = self._is_let_in(f"login{number % self._customers + 1}")
        except (OSError, http.client.HTTPException):
            self._kept.connection = None
            let_in = False
        return (time.perf_counter() - planned_s) * 1000 if let_in else None

    def _is_let_in(self, login: str) -> bool:
        connection = getattr(self._kept, "connection", None)
        if connection is None:
            connection = self._kept.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        shown = b64encode(f"{login}:{login}".encode()).decode()
        connection.request("GET", self._path, headers={"Authorization": f"Basic {shown}"})
        response = connection.getresponse()
        return response.status == 200 and b'"authorized":true' in response.read().replace(b" ", b"")


def table(asked: Asked) -> Table:
    """Return the figures for people."""
    shown = Table(title=f"Log-ins asked by a platform, {RATE_PER_S} a second for {SECONDS} s; "
                  f"mark: p99 under {MARK_MS:.0f} ms")  # fmt: skip
    for name in ("p50 ms", "p99 ms", "longest ms", "failed", "CPU ms each"):
        shown.add_column(name, justify="right")
    shown.add_row(f"{median(asked.ms):.1f}", f"{asked.p99_ms:.1f}", f"{max(asked.ms):.1f}", str(asked.failed),
                  f"{asked.cpu_ms:.2f}")  # fmt: skip
    return shown


def as_json(asked: Asked) -> dict[str, Any]:
    """Return everything that was measured."""
    return {
        "rate_per_s": RATE_PER_S, "ms": asked.ms, "p50_ms": median(asked.ms), "p99_ms": asked.p99_ms,
        "failed": asked.failed, "cpu_ms": asked.cpu_ms, "mark_ms": MARK_MS,
    }  # fmt: skip
