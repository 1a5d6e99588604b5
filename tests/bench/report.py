"""One table for people, one file for machines."""

import os
import platform
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import deliveries, pages


def show(rates: list[deliveries.Rates], times: list[pages.Times], rss_mb: dict[int, float]) -> None:
    """Print the ratios first; absolute figures belong to this machine only."""
    console = Console(width=120)
    if rates:
        console.print(_deliveries(rates))
    if times:
        console.print(_pages(times, rss_mb))


def as_json(rates: list[deliveries.Rates], times: list[pages.Times], rss_mb: dict[int, float]) -> dict[str, Any]:
    """Return everything that was measured, round by round."""
    return {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
        "in_flight": deliveries.IN_FLIGHT,
        "deliveries": [
            {
                "gateway": row.gateway, "latency_ms": row.latency_ms, "limit_per_s": row.limit,
                "ours_per_s": row.ours, "bare_per_s": row.bare, "ours_cpu_ms": row.ours_cpu_ms,
                "bare_cpu_ms": row.bare_cpu_ms, "ratio_to_bare": _against_bare(row),
                "ratio_to_limit": median(row.ours) / row.limit if row.limit else None,
            }
            for row in rates
        ],
        "pages": [
            {"page": row.page, "customers": row.size, "median_ms": row.median_ms, "p95_ms": row.p95_ms}
            for row in times
        ],
        "rss_mb": rss_mb,
    }  # fmt: skip


def _deliveries(rates: list[deliveries.Rates]) -> Table:
    table = Table(title=f"Durable deliveries, {deliveries.IN_FLIGHT} in flight ({deliveries.ROUNDS} rounds)")
    for name in (
        "platform",
        "answers after",
        "to bare loop",
        "to limit",
        "CPU to bare",
        "ours/s min",
        "median",
        "bare/s",
        "limit/s",
    ):
        table.add_column(name, justify="left" if name == "platform" else "right")
    for row in rates:
        ours, limit = median(row.ours), row.limit
        table.add_row(
            row.gateway, f"{row.latency_ms} ms", f"{_against_bare(row):.2f}", f"{ours / limit:.2f}" if limit else "-",
            f"{_cpu_against_bare(row):.2f}",
            f"{min(row.ours):,.0f}", f"{ours:,.0f}", f"{median(row.bare):,.0f}", f"{limit:,.0f}" if limit else "-",
        )  # fmt: skip
    return table


def _pages(times: list[pages.Times], rss_mb: dict[int, float]) -> Table:
    small, large = pages.SIZES
    table = Table(title=f"Pages, one connection: {small:,} and {large:,} customers ({pages.ROUNDS} rounds)")
    for name in ("page", "ratio", f"median {small:,}", f"median {large:,}", f"p95 {small:,}", f"p95 {large:,}"):
        table.add_column(name, justify="left" if name == "page" else "right")
    found = {(row.page, row.size): row for row in times}
    for page in dict.fromkeys(row.page for row in times):
        few, many = found[page, small], found[page, large]
        table.add_row(
            page, f"{many.median_ms / few.median_ms:.2f}", f"{few.median_ms:.1f} ms", f"{many.median_ms:.1f} ms",
            f"{few.p95_ms:.1f} ms", f"{many.p95_ms:.1f} ms",
        )  # fmt: skip
    ratio = rss_mb[large] / rss_mb[small]
    table.add_row("memory of the server", f"{ratio:.2f}", f"{rss_mb[small]:.0f} MB", f"{rss_mb[large]:.0f} MB", "", "")
    return table


def _against_bare(row: deliveries.Rates) -> float:
    """Compare round with round: what slowed one slowed the other."""
    return median(ours / bare for ours, bare in zip(row.ours, row.bare, strict=True))


def _cpu_against_bare(row: deliveries.Rates) -> float:
    """Compare the work itself, which a busy machine changes less than the time."""
    return median(row.ours_cpu_ms) / median(row.bare_cpu_ms)
