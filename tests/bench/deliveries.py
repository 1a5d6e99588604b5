"""Durable deliveries a second, beside the bare loop of the same library on the same bodies."""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from sqlalchemy import func, select

from tests.bench.seed import Shop, add_customers, open_shop
from tests.fixtures import postgres_server as server
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.gateways.webhook import new_secret
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.models import Account
from webapp.sandbox.client import SandboxProcess, Tenant
from webapp.schema import migrate_database
from webapp.services.connections import current_connections
from webapp.services.hub import current_hub
from webapp.services.integrations import set_integration_active

IN_FLIGHT = 32
ROUNDS = 3
COUNTS = {0: 1_500, 50: 1_000}
WARM_UP = 100
LOOK_S = 0.01
PATIENCE_S = 60.0
GATEWAYS = ("outros", "nx_play")
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
DATABASES = (SQLITE, POSTGRESQL)
DATABASE = "bench_deliveries"
SECRET = new_secret()
Request = tuple[str, bytes, dict[str, str]]
Progress = Callable[[], None]


@dataclass
class Rates:
    """One row: deliveries a second, and milliseconds of CPU for each delivery, one figure for each round."""

    gateway: str
    latency_ms: int
    database: str
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    ours_cpu_ms: list[float] = field(default_factory=list)
    bare_cpu_ms: list[float] = field(default_factory=list)

    @property
    def limit(self) -> float | None:
        """What the waiting alone allows; None where there is no waiting."""
        return IN_FLIGHT / (self.latency_ms / 1000) if self.latency_ms else None


def steps() -> int:
    """Return how often ``progress`` is called."""
    return ROUNDS * len(COUNTS) * len(GATEWAYS) * len(DATABASES)


def measure(progress: Progress) -> list[Rates]:
    """Measure on each database; whatever is asked of it, both wait for the disk before a call begins."""
    return [row for database in DATABASES for row in _measure(database, progress)]


def _measure(database: str, progress: Progress) -> list[Rates]:
    """Measure every row in every round, so that what the machine does besides hits all of them alike."""
    rows = [Rates(gateway, latency_ms, database) for latency_ms in COUNTS for gateway in GATEWAYS]
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        SandboxProcess() as sandbox,
        _hub(Path(folder), patient_database(DATABASE) if database == POSTGRESQL else None),
    ):
        bench = _Bench(sandbox)
        for gateway in GATEWAYS:
            bench.round(gateway, 0, WARM_UP)
        for _ in range(ROUNDS):
            for row in rows:
                count = COUNTS[row.latency_ms]
                ours, bare = bench.round(row.gateway, row.latency_ms, count)
                row.ours.append(count / ours.seconds)
                row.bare.append(count / bare.seconds)
                row.ours_cpu_ms.append(ours.cpu_s / count * 1000)
                row.bare_cpu_ms.append(bare.cpu_s / count * 1000)
                progress()
    return rows


def patient_database(name: str) -> str:
    """Make an empty database on a PostgreSQL that waits for its disk, as a served one does; returns its address."""
    server.command("ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET synchronous_commit = on", "SELECT pg_reload_conf()")
    server.command(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    return server.url_of(name)


@contextmanager
def _hub(folder: Path, url: str | None = None) -> Iterator[Flask]:
    named = {"SINTONIA_DATABASE_URL": url} if url else {}
    settings = load_settings({"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.1/32", **named})
    app = create_app(settings)
    with app.app_context():
        migrate_database(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


@dataclass(frozen=True)
class Cost:
    """What a piece of work took. The CPU is this process's alone: the sandbox is another one."""

    seconds: float
    cpu_s: float


def _cost(work: Callable[[], None]) -> Cost:
    start, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - start, time.process_time() - cpu)


class _Bench:
    def __init__(self, sandbox: SandboxProcess) -> None:
        self._sandbox = sandbox
        self._next_id = 1

    def round(self, gateway: str, latency_ms: int, count: int) -> tuple[Cost, Cost]:
        """Return what the hub and the bare loop needed; all must have arrived, each once."""
        name = f"{gateway}-{latency_ms}-{self._next_id}"
        ours, bare = self._sandbox.tenant(name), self._sandbox.tenant(name + "-bare")
        for tenant in (ours, bare):
            tenant.set_dials(latency_ms=latency_ms, operations=["create", "cadastro"], secrets=[SECRET])
        shop = _shop(name, gateway, ours)
        add_customers(shop, count, self._next_id, due=True)
        self._next_id += count
        hub = _cost(lambda: _drain(shop))
        outgoing = _requests(gateway, ours, bare)
        loop = _cost(lambda: _bare_loop(outgoing))
        for tenant in (ours, bare):
            assert tenant.effects("created") == count, f"{tenant.name}: {tenant.effects('created')} of {count}"
        set_integration_active(shop.integration_id, active=False)
        return hub, loop


def _shop(name: str, gateway: str, tenant: Tenant) -> Shop:
    if gateway == "outros":
        return open_shop(name, gateway, {"url": tenant.hook_url, "segredo": SECRET}, "generico", IN_FLIGHT)
    return open_shop(name, gateway, {"api_url": tenant.url, "token": tenant.token}, "full", IN_FLIGHT)


def _drain(shop: Shop) -> None:
    """Run the server's engine until all is applied."""
    with Owner(current_hub().settings.instance) as owner:
        engine = Engine(db.engine, current_hub(), current_connections(), owner)
        thread = threading.Thread(target=engine.run, daemon=True)
        start = time.perf_counter()
        thread.start()
        # The database is asked only when nothing is under way: a hub is not asked a hundred times a second either.
        while (engine.busy() or _left(shop)) and time.perf_counter() - start < PATIENCE_S:
            time.sleep(LOOK_S)
        engine.stop()
        thread.join()


def _left(shop: Shop) -> int:
    statement = select(func.count()).where(Account.integration_id == shop.integration_id, Account.due_at.is_not(None))
    with db.engine.connect().execution_options(reads_only=True) as connection:
        return connection.scalar(statement) or 0


def _requests(gateway: str, ours: Tenant, bare: Tenant) -> list[Request]:
    """Return what the hub sent, aimed at a platform that has seen nothing yet."""
    if gateway == "outros":
        lines = ours.ledger(operation="cadastro")
        return [(bare.hook_url, line["raw"].encode(), _signed(line["headers"])) for line in lines]
    return [_create(bare, row) for row in ours.subscribers()]


def _signed(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith(("webhook-", "content-type"))}


def _create(bare: Tenant, row: dict[str, Any]) -> Request:
    names = ("external_id", "email", "password", "name", "document", "phone", "products", "noggin", "paramount")
    body = json.dumps({name: row[name] for name in names}).encode()
    headers = {
        "Authorization": f"Bearer {bare.token}", "Idempotency-Key": row["external_id"],
        "Content-Type": "application/json",
    }  # fmt: skip
    return f"{bare.url}/subscribers", body, headers


def _bare_loop(outgoing: list[Request]) -> None:
    """Post with the same library and as many threads, keeping nothing."""
    kept = threading.local()

    def send(request: Request) -> None:
        session = getattr(kept, "session", None)
        if session is None:
            session = kept.session = requests.Session()
            session.trust_env = False
        url, body, headers = request
        response = session.post(url, data=body, headers=headers, timeout=(5, 30), allow_redirects=False)
        assert response.ok, response.text

    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        for _ in pool.map(send, outgoing):
            pass
