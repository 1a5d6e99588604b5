"""The ledger of seats of a year: how large it is on SQLite, and how long the page of leaks reads it."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.table import Table
from sqlalchemy import insert

from tests import factories
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Account, Customer, Entitlement, Seat, Service, ServicePackage
from webapp.schema import migrate_database
from webapp.services.seats import balance, leaks, reading

SUBSCRIBERS, PRODUCTS, PIECE = 20_000, 2, 2_000
BEGAN, YEAR = datetime(2025, 11, 1, tzinfo=UTC), timedelta(days=365)
MARK_MB = 200.0
# Of the active ones some 10 % are suspended in a month, for a week or so; a fifth of that leaves instead.
ACTIVE_DAYS, SUSPENDED_DAYS, LEAVES, RETURNS = 240, 8, 0.2, 0.5
ANSWER = '{"success": true, "data": {"id": "subscriber-17", "status": "suspended", "plan": "full", "note": "%s"}}'
Progress = Callable[[], None]
Row = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """The ledger of one year.

    Attributes:
        seats_mb: with their indexes, in the file.
        leaks_s, balances_s, trend_s, month_s: seconds by the clock; ``month_s``: every seat of one month.
    """

    subscribers: int
    seats: int
    seats_mb: float
    leaks_s: float
    balances_s: float
    trend_s: float
    month_s: float

    @property
    def mb_per_1000(self) -> float:
        """Megabytes for a thousand subscribers."""
        return self.seats_mb / self.subscribers * 1_000

    @property
    def is_within(self) -> bool:
        """Tell whether it is small enough."""
        return self.seats_mb <= MARK_MB


def steps() -> int:
    """Return how many are measured."""
    return 1


def measure(progress: Progress) -> list[Held]:
    """Write the year of one provider, and read it."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({"SINTONIA_INSTANCE": str(Path(folder))}))
        with app.app_context():
            migrate_database(db.engine)
            found = [_measure()]
    progress()
    return found


def table(found: Sequence[Held]) -> Table:
    """Return what was measured as a table."""
    shown = Table(title=f"Seats of a year (mark: {MARK_MB:.0f} MB)")
    titles = ("Subscribers", "Seats", "MB", "MB per 1,000", "Leaks s", "Balances s", "Trend s", "A month s", "Within")
    for title in titles:
        shown.add_column(title, justify="right")
    for one in found:
        sizes = f"{one.seats_mb:.1f}", f"{one.mb_per_1000:.2f}"
        times = (f"{seconds:.2f}" for seconds in (one.leaks_s, one.balances_s, one.trend_s, one.month_s))
        shown.add_row(str(one.subscribers), str(one.seats), *sizes, *times, str(one.is_within))
    return shown


def as_json(found: Sequence[Held]) -> list[Row]:
    """Return what was measured as plain values."""
    return [{**asdict(one), "mb_per_1000": one.mb_per_1000, "is_within": one.is_within} for one in found]


def _measure() -> Held:
    integration_id, products, dice = *_provider(), random.Random(1)
    before_mb, seats = _file_mb(), 0
    with db.engine.begin() as connection:
        for first in range(1, SUBSCRIBERS + 1, PIECE):
            rows = [row for number in range(first, first + PIECE) for row in _year(number, dice)]
            rows = [{**row, "integration_id": integration_id, "product_id": one} for row in rows for one in products]
            connection.execute(insert(Seat.__table__), rows)
            seats += len(rows)
    month = BEGAN + YEAR - timedelta(days=40)
    reads: tuple[Callable[[], Any], ...] = (
        leaks.leaking, balance.balances, balance.trend,
        lambda: sum(1 for _ in reading.spans(integration_id, month, month + timedelta(days=30))),
    )  # fmt: skip
    return Held(SUBSCRIBERS, seats, _file_mb() - before_mb, *(_timed(one) for one in reads))


def _provider() -> tuple[int, list[int]]:
    integration = factories.make_integration()
    products = [factories.make_product(integration, code=f"p{number}").id for number in range(PRODUCTS)]
    db.session.expire_all()
    package = factories.make_package(integration, product_codes=[f"p{number}" for number in range(PRODUCTS)])
    plan_id, package_id, integration_id = factories.make_plan().id, package.id, integration.id
    db.session.commit()
    db.session.remove()
    with db.engine.begin() as connection:
        for first in range(1, SUBSCRIBERS + 1, PIECE):
            for model, rows in _people(range(first, first + PIECE), plan_id, package_id, integration_id, products):
                connection.execute(insert(model.__table__), rows)
    return integration_id, products


def _people(
    numbers: range, plan_id: int, package_id: int, integration_id: int, products: Sequence[int]
) -> Iterator[tuple[Any, list[Row]]]:
    at = {"created_at": BEGAN, "updated_at": BEGAN}
    yield Customer, [{"id": n, "code": str(n), "name": f"Person {n}", "name_folded": f"person {n}", "document": "",
                      "email": "", "phone": "", "version": 1, **at} for n in numbers]  # fmt: skip
    yield Service, [{"id": n, "code": str(n), "customer_id": n, "plan_id": plan_id, "version": 1,
                     "status": "servico_habilitado", **at} for n in numbers]  # fmt: skip
    yield ServicePackage, [{"id": n, "service_id": n, "package_id": package_id, "value": 0, "params": {}, "version": 1,
                            **at} for n in numbers]  # fmt: skip
    yield Account, [{"id": n, "integration_id": integration_id, "service_id": n, **at} for n in numbers]
    yield Entitlement, [{"account_id": n, "service_package_id": n, "product_id": one, "desired": "active",
                         "applied": "active", **at} for n in numbers for one in products]  # fmt: skip


def _year(number: int, dice: random.Random) -> Iterator[Row]:
    """Yield what one subscriber held, one after another, until the year is over or nothing is held any more."""
    at, state, why, end = BEGAN + timedelta(days=dice.random() * 120), "active", "sold", BEGAN + YEAR
    while at < end:
        until = at + timedelta(days=dice.expovariate(1 / (ACTIVE_DAYS if state == "active" else SUSPENDED_DAYS)))
        leaves = state == "active" and dice.random() < LEAVES
        over = until < end
        yield {
            "account_id": number, "service_package_id": number, "state": state, "began_at": at, "began_by": why,
            "ended_at": until if over else None, "ended_by": ("removed" if leaves else "debt") if over else "",
            "proof": _proof(until, dice) if over and state == "active" else None,
        }  # fmt: skip
        at, state, why = until, "suspended" if state == "active" else "active", "debt"
        if leaves:
            at, state, why = until + timedelta(days=20 if dice.random() < RETURNS else YEAR.days), "active", "returned"


def _proof(at: datetime, dice: random.Random) -> Row:
    return {
        "at": at.isoformat(), "attempt_id": dice.randrange(10**7), "http_status": 200, "outcome": "ok",
        "request_id": f"sin-ab12cd34-{dice.randrange(10**6)}-account-7", "answer": ANSWER % ("x" * 160),
    }  # fmt: skip


def _file_mb() -> float:
    with db.engine.connect() as connection:
        pages = connection.exec_driver_sql("pragma page_count").scalar_one()
        size = connection.exec_driver_sql("pragma page_size").scalar_one()
    return float(pages * size / 1e6)


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    db.session.remove()
    return time.perf_counter() - began
