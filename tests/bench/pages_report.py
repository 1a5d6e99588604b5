"""The figures of pages as tables for people and as lists for machines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from tests.bench import pages
from tests.bench.pages import BESIDE, HUB, MARK, MOST_QUERIES, NOT_SLOWER, Times


@dataclass(frozen=True)
class Grown:
    """One page with few and with many customers."""

    few: Times
    many: Times

    @property
    def ratio(self) -> float:
        """Return how much slower the slow requests are with many."""
        return self.many.p95_ms / self.few.p95_ms

    @property
    def cpu_ratio(self) -> float:
        """Return how much more the server works with many: on a busy machine this tells more than waiting does."""
        return self.many.cpu_p95_ms / self.few.cpu_p95_ms

    @property
    def cpu_p50_ratio(self) -> float:
        """Return the same of the request in the middle."""
        return self.many.cpu_p50_ms / self.few.cpu_p50_ms

    @property
    def is_within(self) -> bool:
        """Tell whether both marks are reached."""
        return self.ratio <= MARK and (self.many.queries or 0) <= MOST_QUERIES


def grown(times: Sequence[Times]) -> Iterator[Grown]:
    """Yield the hub's pages."""
    small, large = pages.SIZES
    found = {(row.page, row.size): row for row in times if row.side == HUB}
    for page in dict.fromkeys(page for page, _size in found):
        yield Grown(found[page, small], found[page, large])


def beside(times: Sequence[Times]) -> Iterator[tuple[Times, Times]]:
    """Yield the hub's and Flask-Admin's figures for the same page and size."""
    found = {(row.page, row.size): row for row in times if row.side == HUB}
    for row in times:
        if row.side == BESIDE:
            yield found[row.page, row.size], row


def tables(times: Sequence[Times], rss_mb: dict[int, float]) -> Iterator[Table]:
    """Yield the table of sizes, and that of both sides where there are two."""
    yield _sizes(times, rss_mb)
    if any(row.side == BESIDE for row in times):
        yield _sides(times)


def as_json(times: Sequence[Times]) -> list[dict[str, Any]]:
    """Return every page's figures."""
    return [
        {"page": row.page, "customers": row.size, "side": row.side, "median_ms": row.median_ms, "p95_ms": row.p95_ms,
         "cpu_p50_ms": row.cpu_p50_ms, "cpu_p95_ms": row.cpu_p95_ms, "queries": row.queries}
        for row in times
    ]  # fmt: skip


def _sizes(times: Sequence[Times], rss_mb: dict[int, float]) -> Table:
    small, large = pages.SIZES
    title = f"Pages, one connection: {small:,} and {large:,} customers ({pages.ROUNDS} rounds); mark: p95 x {MARK}"
    heads = (
        "p95 ratio", f"p50 {small:,}", f"p50 {large:,}", f"p95 {small:,}", f"p95 {large:,}", "cpu ratio, p50", "p95",
        f"cpu {small:,}", f"cpu {large:,}", "queries", "within",
    )  # fmt: skip
    table = _table(title, heads)
    for row in grown(times):
        table.add_row(
            row.few.page, f"{row.ratio:.2f}", *_ms(row.few.median_ms, row.many.median_ms, row.few.p95_ms),
            *_ms(row.many.p95_ms), f"{row.cpu_p50_ratio:.2f}", f"{row.cpu_ratio:.2f}",
            *_ms(row.few.cpu_p50_ms, row.many.cpu_p50_ms), str(row.many.queries), "yes" if row.is_within else "NO",
        )  # fmt: skip
    used = f"{rss_mb[large] / rss_mb[small]:.2f}", f"{rss_mb[small]:.0f} MB", f"{rss_mb[large]:.0f} MB"
    table.add_row("memory of the server", *used, *[""] * (len(heads) - len(used)))
    return table


def _sides(times: Sequence[Times]) -> Table:
    heads = ("customers", "ours to theirs", "ours p50", "theirs p50", "ours p95", "theirs p95", "ours cpu",
             "theirs cpu", "not slower")  # fmt: skip
    table = _table("The list of customers beside Flask-Admin, in the same run", heads)
    for ours, theirs in beside(times):
        ratio = ours.median_ms / theirs.median_ms
        table.add_row(
            ours.page, f"{ours.size:,}", f"{ratio:.2f}", *_ms(ours.median_ms, theirs.median_ms, ours.p95_ms),
            *_ms(theirs.p95_ms, ours.cpu_p50_ms, theirs.cpu_p50_ms), "yes" if ratio <= NOT_SLOWER else "NO",
        )  # fmt: skip
    return table


def _table(title: str, heads: Sequence[str]) -> Table:
    table = Table(title=title)
    table.add_column("page")
    for name in heads:
        table.add_column(name, justify="right")
    return table


def _ms(*values: float) -> list[str]:
    return [f"{value:.1f} ms" for value in values]
