"""A month's invoice of a platform, of 20,000 lines: uploaded, read, matched with the ledger, and written down.

The provider and the mistakes are those of ``tests/services/invoice_year.py``; what is found is compared with them.
"""

import gc
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.table import Table
from sqlalchemy import func, select

from tests.services.invoice_year import KINDS, YEAR, Year
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import InvoiceLine
from webapp.schema import migrate_database
from webapp.services.invoices import checking, uploading
from webapp.services.invoices.columns import suggest

# So many subscribers that the invoice of November has some 20,000 lines.
SUBSCRIBERS = 26_000
MONTH = 11
MARK_S = 5.0
Progress = Callable[[], None]


@dataclass(frozen=True)
class Checked:
    """One invoice of a platform that bills in one way.

    Attributes:
        upload_s, check_s: seconds by the clock; ``cpu_s`` of the process, in both.
        peak_mb: the most memory that the process had; ``more_mb``: of it what both added.
        right: what was found is what was seeded, to the cent.
    """

    kind: str
    lines: int
    upload_s: float
    check_s: float
    cpu_s: float
    peak_mb: float
    more_mb: float
    right: bool

    @property
    def is_within(self) -> bool:
        """Tell whether it was fast enough."""
        return self.upload_s + self.check_s <= MARK_S


def steps() -> int:
    """Return how many are measured."""
    return len(KINDS)


def measure(progress: Progress) -> list[Checked]:
    """Check one invoice for each way to bill."""
    found = []
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            found.append(_measure_one(kind, Path(folder)))
        progress()
    return found


def table(found: Sequence[Checked]) -> Table:
    """Return what was measured as a table."""
    shown = Table(title=f"An invoice of a month (mark: {MARK_S:.0f} s)")
    for title in ("Billed by", "Lines", "Upload s", "Check s", "CPU s", "Peak MB", "Added MB", "All found", "Within"):
        shown.add_column(title, justify="right")
    for one in found:
        times = (f"{seconds:.2f}" for seconds in (one.upload_s, one.check_s, one.cpu_s))
        sizes = f"{one.peak_mb:.0f}", f"{one.more_mb:.0f}"
        shown.add_row(one.kind, str(one.lines), *times, *sizes, str(one.right), str(one.is_within))
    return shown


def as_json(found: Sequence[Checked]) -> list[dict[str, Any]]:
    """Return what was measured as plain values."""
    return [{**asdict(one), "is_within": one.is_within} for one in found]


def _measure_one(kind: str, folder: Path) -> Checked:
    app = create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}))
    with app.app_context():
        migrate_database(db.engine)
        year = Year(kind, SUBSCRIBERS, seed=1)
        year.build()
        told = year.invoice(MONTH)
        content = year.file(told)
        db.engine.dispose()
    # A process of its own: its memory is that of the work alone.
    with multiprocessing.get_context("spawn").Pool(1) as other:
        disputed = sum((cents for _, _, cents in told.errors), Decimal(0))
        return other.apply(_check, (kind, folder, year.integration_id, content, disputed))


def _check(kind: str, folder: Path, integration_id: int, content: bytes, disputed: Decimal) -> Checked:
    app = create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}))
    with app.app_context():
        _collect_as_served()
        before_mb, began, cpu = _peak_mb(), time.perf_counter(), time.process_time()
        made = uploading.upload(integration_id, date(YEAR, MONTH, 1), "fatura.csv", content)
        columns = suggest(uploading.header_of(made.id).columns)
        uploaded = time.perf_counter()
        invoice = checking.check(made.id, columns)
        ended, used = time.perf_counter(), time.process_time() - cpu
        of_it = select(func.count()).select_from(InvoiceLine).where(InvoiceLine.number.is_not(None))
        lines, right = db.session.scalars(of_it).one(), invoice.disputed == disputed
    peak_mb = _peak_mb()
    return Checked(
        kind, lines, uploaded - began, ended - uploaded, used, peak_mb, peak_mb - before_mb, right
    )  # fmt: skip


def _collect_as_served() -> None:
    """Let garbage be collected as a hub that serves does (``webapp/jobs/server.py``)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)


def _peak_mb() -> float:
    """Return it as Linux counts it for this program alone; ``getrusage`` counts what began it, too."""
    told = Path("/proc/self/status").read_text("ascii")
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024
