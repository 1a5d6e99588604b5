"""From a payment in the ERP to enabled on the platform, while thousands of suspensions wait for a slow platform.

Once by looks at recent changes (a HubSoft-shaped ERP), once by messages that the ERP pushes (an SGP-shaped one).
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from sqlalchemy import select, update
from waitress.server import create_server

from tests.bench.seed import Shop, open_shop
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.jobs import drain
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.jobs.sources import SourceWorker
from webapp.models import Account, Service, SourceMapping
from webapp.sandbox.client import Erp, SandboxProcess, Tenant
from webapp.schema import migrate_database
from webapp.services import source_pulls, sources
from webapp.services.accounts import mark_services
from webapp.services.connections import current_connections
from webapp.services.hub import current_hub
from webapp.services.inputs import SourceInput

WAITING = 5_000
PAYERS = 20
# Payments come one by one, so that they fall on every moment of the interval.
BETWEEN_S = {"light": 3.0, "hint": 0.7}
MARKS_S = {"light": 60.0, "hint": 5.0}
KINDS = {"light": "hubsoft", "hint": "sgp"}
LIGHT_EVERY_S = 30
LATENCY_MS = 1_000
PATIENCE_S = 180.0
OFF, ON = "suspenso_debito", "servico_habilitado"
Progress = Callable[[], None]


@dataclass
class Paid:
    """One way in which a payment comes in: seconds from each payment to its account being active."""

    way: str
    waiting: int
    seconds: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        return sorted(self.seconds)[max(-(-len(self.seconds) * 95 // 100) - 1, 0)]

    @property
    def is_within(self) -> bool:
        return self.p95 <= MARKS_S[self.way]


def steps() -> int:
    """Return how often ``progress`` is called."""
    return len(KINDS) * PAYERS


def measure(progress: Progress) -> list[Paid]:
    """Measure both ways, each in a hub of its own."""
    with SandboxProcess() as sandbox:
        return [_measure(sandbox, way, progress) for way in KINDS]


def as_json(found: Sequence[Paid]) -> list[dict[str, object]]:
    """Return everything that was measured."""
    return [
        {"way": one.way, "waiting": one.waiting, "seconds": one.seconds, "p95_s": one.p95, "mark_s": MARKS_S[one.way],
         "is_within": one.is_within}
        for one in found
    ]  # fmt: skip


def _measure(sandbox: SandboxProcess, way: str, progress: Progress) -> Paid:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _hub(Path(folder)) as app:
        platform, erp = sandbox.tenant(f"bench-{way}"), sandbox.erp(f"bench-{way}")
        shop = open_shop(f"bench-{way}", "nx_play", {"api_url": platform.url, "token": platform.token}, "full", 8)
        people = _suspended_people(erp)
        source_id = _source(erp, way, shop)
        _queue_suspensions(platform, people[PAYERS:])
        with _serving(app) as address:
            return _pay(erp, way, people[:PAYERS], address + _hook(source_id), progress)


def _suspended_people(erp: Erp) -> list[int]:
    """Have people in the ERP of whom none pays, so that each look lists them all; returns the ids of services."""
    erp.people(WAITING + PAYERS, plain=True)
    erp.change(status=OFF)
    return [row["id"] for row in erp.services()]


def _source(erp: Erp, way: str, shop: Shop) -> int:
    """Configure the ERP, map its words, and read it once."""
    params = erp.hubsoft_params() if way == "light" else erp.sgp_params()
    light_s = LIGHT_EVERY_S if way == "light" else None
    data = SourceInput(kind=KINDS[way], description="ERP", code_prefix="E", params=params, light_interval_s=light_s)
    source_id = sources.create_source(data).id
    db.session.rollback()
    source_pulls.work(source_pulls.request_pull(source_id, dry_run=True).id)
    for row in db.session.scalars(select(SourceMapping).where(SourceMapping.kind != "status")):
        row.target, row.confirmed = str(shop.plan_id if row.kind == "plan" else shop.package_id), True
    db.session.commit()
    pull = source_pulls.work(source_pulls.request_pull(source_id).id)
    assert pull is not None
    assert pull.counts["created"] == WAITING + PAYERS, pull.counts
    db.session.rollback()
    return source_id


def _queue_suspensions(platform: Tenant, people: Sequence[int]) -> None:
    """Have these active on the platform, and then all stop paying at once, while it takes its time."""
    _set_status(ON, people)
    drain.converge(until_idle=True)
    platform.set_dials(latency_ms=LATENCY_MS)
    _set_status(OFF, people)


def _set_status(status: str, people: Sequence[int]) -> None:
    theirs = Service.code.in_([f"E{identity}" for identity in people])
    db.session.execute(update(Service).where(theirs).values(status=status))
    mark_services(list(db.session.scalars(select(Service.id).where(theirs))))
    db.session.commit()


def _hook(source_id: int) -> str:
    address = sources.hook_url(sources.get_source(source_id))
    db.session.rollback()
    return address


def _pay(erp: Erp, way: str, codes: Sequence[int], hook: str, progress: Progress) -> Paid:
    """Let one after the other pay, and see when each is active."""
    paid = Paid(way, WAITING)
    since: dict[str, float] = {}
    left, until_s = list(codes), time.perf_counter() + PATIENCE_S
    next_s = time.perf_counter()
    while (left or since) and time.perf_counter() < until_s:
        if left and time.perf_counter() >= next_s:
            code = left.pop(0)
            next_s = time.perf_counter() + BETWEEN_S[way]
            since[f"E{code}"] = time.perf_counter()
            erp.set_service(code, status=ON)
            if way == "hint":
                assert erp.push(hook, code) == 202
        for code in _active(list(since)):
            paid.seconds.append(time.perf_counter() - since.pop(code))
            progress()
        time.sleep(0.05)
    assert not since, f"{len(since)} payers were not enabled in {PATIENCE_S} s"
    return paid


def _active(codes: list[str]) -> list[str]:
    with db.engine.connect().execution_options(reads_only=True) as connection:
        statement = select(Service.code).join(Account, Account.service_id == Service.id)
        return list(connection.scalars(statement.where(Service.code.in_(codes), Account.status == "active")))


@contextmanager
def _hub(folder: Path) -> Iterator[Flask]:
    settings = load_settings({"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.1/32"})
    app = create_app(settings)
    with app.app_context():
        migrate_database(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


@contextmanager
def _serving(app: Flask) -> Iterator[str]:
    """Run what ``serve`` runs: the engine, the readers of sources and the web."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    with ExitStack() as stack:
        owner = stack.enter_context(Owner(current_hub().settings.instance))
        engine = Engine(db.engine, current_hub(), current_connections(), owner)
        worker = SourceWorker(app)
        threads = [threading.Thread(target=work, daemon=True) for work in (engine.run, server.run)]
        for thread in threads:
            thread.start()
        worker.start()
        yield f"http://127.0.0.1:{server.effective_port}"
        worker.stop()
        engine.stop()
        threads[0].join()
        server.close()
