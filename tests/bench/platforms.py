"""Five platforms, of which one dies: how long the customers of the other four wait, with and without it.

Customers come evenly, as they do; each is due at a moment of its own, and the platform's record says when its call
came in. Rounds take turns, so that what the machine does besides hits both alike.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.table import Table
from sqlalchemy import func, select, update

from tests.bench.seed import Shop, add_customers, open_shop
from webapp import clock, create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.models import Account, Customer, Service
from webapp.sandbox.client import SandboxProcess, Tenant
from webapp.schema import migrate_database
from webapp.services.connections import current_connections
from webapp.services.hub import current_hub
from webapp.services.integrations import set_integration_active

PLATFORMS = 5
# Far from what the hub can do: what is measured is whether one waits for another, and not how fast it is.
PEOPLE, SECONDS = 80, 8.0
LATENCY_MS = 50
ROUNDS = 4
MARK = 0.10
# Longer than a round lasts, and not so long that its end is waited for.
HANGS_MS = 14_000
ILLNESSES = ("hangs", "answers 503", "refuses")
PATIENCE_S = 40.0
Progress = Callable[[], None]


@dataclass
class Waits:
    """How long customers of the four waited, from due to the call at the platform; one figure for each round.

    Attributes:
        beside: what the fifth does; empty = it is well.
    """

    beside: str
    p95_ms: list[float] = field(default_factory=list)
    median_ms: list[float] = field(default_factory=list)


def steps() -> int:
    """Return how often ``progress`` is called."""
    return ROUNDS * (len(ILLNESSES) + 1)


def measure(progress: Progress) -> list[Waits]:
    """Measure the four beside a fifth that is well, and beside one that is ill in each way, round by round."""
    rows = [Waits(beside) for beside in ("", *ILLNESSES)]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, SandboxProcess() as sandbox, _hub(Path(folder)):
        next_id = 1
        for number in range(ROUNDS):
            # The first of a round would always meet the machine as the last round left it.
            for row in rows[number % len(rows) :] + rows[: number % len(rows)]:
                waits = _round(sandbox, f"{number}-{rows.index(row)}", row.beside, next_id)
                next_id += PLATFORMS * PEOPLE
                row.p95_ms.append(quantiles(waits, n=20)[-1])
                row.median_ms.append(median(waits))
                progress()
    return rows


def table(rows: Sequence[Waits]) -> Table:
    """Return the figures for people: each round beside the one in which all were well."""
    title = f"Four platforms beside a fifth ({PEOPLE} customers each in {SECONDS:.0f} s); mark: p95 within {MARK:.0%}"
    found = Table(title=title)
    for name in ("the fifth", "median", "p95", "p95 to all well", "within"):
        found.add_column(name, justify="left" if name == "the fifth" else "right")
    for row in rows:
        ratio = _ratio(row, rows[0])
        found.add_row(
            row.beside or "is well", f"{median(row.median_ms):.0f} ms", f"{median(row.p95_ms):.0f} ms", f"{ratio:.2f}",
            "yes" if ratio <= 1 + MARK else "no",
        )  # fmt: skip
    return found


def as_json(rows: Sequence[Waits]) -> list[dict[str, Any]]:
    """Return every figure."""
    return [
        {"beside": row.beside, "median_ms": row.median_ms, "p95_ms": row.p95_ms, "p95_ratio": _ratio(row, rows[0])}
        for row in rows
    ]


def _ratio(row: Waits, well: Waits) -> float:
    return median(ill / calm for ill, calm in zip(row.p95_ms, well.p95_ms, strict=True))


@contextmanager
def _hub(folder: Path) -> Iterator[None]:
    settings = load_settings({"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.1/32"})
    with create_app(settings).app_context():
        migrate_database(db.engine)
        yield
        db.session.remove()
        db.engine.dispose()


def _round(sandbox: SandboxProcess, name: str, beside: str, first: int) -> list[float]:
    tenants = [sandbox.tenant(f"{name}-{number}") for number in range(PLATFORMS)]
    shops = [_shop(tenant) for tenant in tenants]
    _ail(tenants[-1], beside)
    for number, shop in enumerate(shops):
        add_customers(shop, PEOPLE, first + number * PEOPLE, due=True)
    begin = clock.utc_now() + timedelta(seconds=0.5)
    due = {shop.integration_id: _spread(shop, begin, number) for number, shop in enumerate(shops)}
    _work(shops[:-1], begin)
    for shop in shops:
        set_integration_active(shop.integration_id, active=False)
    return [
        wait
        for tenant, shop in zip(tenants[:-1], shops[:-1], strict=True)
        for wait in _waits(tenant, due[shop.integration_id])
    ]


def _shop(tenant: Tenant) -> Shop:
    tenant.set_dials(latency_ms=LATENCY_MS, operations=["create"])
    return open_shop(tenant.name, "nx_play", {"api_url": tenant.url, "token": tenant.token}, "full", 16)


def _ail(tenant: Tenant, beside: str) -> None:
    if beside == "hangs":
        tenant.set_dials(faults=[{"operations": ["create", "find"], "latency_after_effect_ms": HANGS_MS}])
    elif beside == "answers 503":
        tenant.set_dials(faults=[{"operations": ["create", "find"], "status": 503}])
    elif beside == "refuses":
        tenant.set_dials(faults=[{"operations": ["create", "find"], "reset": "before"}])


def _spread(shop: Shop, begin: datetime, number: int) -> dict[str, datetime]:
    """Let one customer after the other be due; returns when, by log-in there."""
    found = {}
    rows = db.session.execute(
        select(Account.id, Customer.email)
        .join(Service, Service.id == Account.service_id)
        .join(Customer, Customer.id == Service.customer_id)
        .where(Account.integration_id == shop.integration_id)
        .order_by(Account.id)
    ).all()
    for place, row in enumerate(rows):
        at = begin + timedelta(seconds=(place + number / PLATFORMS) * SECONDS / PEOPLE)
        db.session.execute(update(Account).where(Account.id == row.id).values(due_at=at))
        found[row.email] = at
    db.session.commit()
    return found


def _work(shops: Sequence[Shop], begin: datetime) -> None:
    """Run the server's engine until the four have all they are due."""
    ids = [shop.integration_id for shop in shops]
    with Owner(current_hub().settings.instance) as owner:
        engine = Engine(db.engine, current_hub(), current_connections(), owner)
        thread = threading.Thread(target=engine.run, daemon=True)
        thread.start()
        until = begin + timedelta(seconds=SECONDS + PATIENCE_S)
        time.sleep(SECONDS)
        while _left(ids) and clock.utc_now() < until:
            time.sleep(0.05)
        engine.stop()
        if not _left(ids):
            # What hangs at the fifth ends by its time-out; nothing is measured any more.
            thread.join(PATIENCE_S)


def _left(integration_ids: Sequence[int]) -> int:
    statement = select(func.count()).where(
        Account.integration_id.in_(integration_ids), Account.due_at.is_not(None)
    )  # fmt: skip
    with db.engine.connect().execution_options(reads_only=True) as connection:
        return connection.scalar(statement) or 0


def _waits(tenant: Tenant, due: dict[str, datetime]) -> list[float]:
    """Return the waits in milliseconds; all must have come, each once."""
    lines = tenant.ledger(operation="create", effect="created")
    came = {line["email"]: datetime.fromisoformat(line["received_at"]) for line in lines}
    assert (came.keys(), len(lines)) == (due.keys(), len(due)), f"{len(lines)} of {len(due)} came"
    return [(came[email] - at).total_seconds() * 1000 for email, at in due.items()]
