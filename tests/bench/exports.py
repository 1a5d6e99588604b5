"""The whole list of customers as a file, asked of the server as a browser does: how long, in how much memory."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from rich.table import Table

from tests.bench.pages import hub
from tests.bench.provider import fill
from tests.bench.site import FORM, TOKEN, Site
from webapp.services.tables.files import FORMATS, XLSX

CUSTOMERS = 100_000
MARK_S = 30.0
PIECE = 1 << 16
Progress = Callable[[], None]


@dataclass(frozen=True)
class Taken:
    """One file.

    Attributes:
        first_s: until its first byte came; ``whole_s``: until its last one.
        grown_mb: what the server held more of at most than before it.
    """

    fmt: str
    customers: int
    first_s: float
    whole_s: float
    cpu_s: float
    megabytes: float
    grown_mb: float

    @property
    def is_within(self) -> bool:
        return self.fmt != XLSX or self.whole_s <= MARK_S


def steps() -> int:
    """Return how often ``progress`` is called."""
    return 1 + len(FORMATS)


def measure(progress: Progress) -> list[Taken]:
    """Return how each kind of file did."""
    with TemporaryDirectory(prefix="bench-") as name:
        fill(Path(name), CUSTOMERS)
        progress()
        with hub(Path(name)) as site:
            found = []
            for fmt in FORMATS:
                found.append(_taken(site, fmt))
                progress()
    return found


def _taken(site: Site, fmt: str) -> Taken:
    token = TOKEN.search(site.get("/customers").decode())
    assert token is not None
    body = urlencode({"csrf_token": token[1], "query": "", "format": fmt})
    jar = "; ".join(f"{name}={value}" for name, value in site.cookies.items())
    held, worked, start = site.memory_mb(), site.cpu_ms(), time.perf_counter()
    site.connection.request("POST", "/tables/customers/export", body, {**FORM, "Cookie": jar})
    answer = site.connection.getresponse()
    assert answer.status == 200, answer.status
    size, most, first_s = len(answer.read(1)), held, time.perf_counter() - start
    while piece := answer.read(PIECE):
        size, most = size + len(piece), max(most, site.memory_mb())
    whole_s, cpu_s = time.perf_counter() - start, (site.cpu_ms() - worked) / 1000
    return Taken(fmt, CUSTOMERS, first_s, whole_s, cpu_s, size / 1e6, most - held)


def table(taken: Sequence[Taken]) -> Table:
    """Return the figures as a table for people."""
    made = Table(title=f"The list of customers as a file; mark: {CUSTOMERS:,} as XLSX within {MARK_S:.0f} s")
    for head in ("file", "customers", "first byte", "whole", "cpu", "size", "memory more", "within"):
        made.add_column(head, justify="left" if head == "file" else "right")
    for one in taken:
        made.add_row(
            one.fmt, f"{one.customers:,}", f"{one.first_s:.1f} s", f"{one.whole_s:.1f} s", f"{one.cpu_s:.1f} s",
            f"{one.megabytes:.1f} MB", f"{one.grown_mb:.0f} MB", "yes" if one.is_within else "NO",
        )  # fmt: skip
    return made


def as_json(taken: Sequence[Taken]) -> list[dict[str, Any]]:
    """Return the same for programs."""
    return [{**asdict(one), "is_within": one.is_within} for one in taken]
