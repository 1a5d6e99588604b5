"""One table for people, one file for machines."""

import os
import platform
from collections.abc import Sequence
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import deliveries, imports, pages, pages_report, recipes, sources


def show(
    rates: list[deliveries.Rates], times: list[pages.Times], rss_mb: dict[int, float],
    costs: Sequence[recipes.Costs] = (), imported: Sequence[imports.Imported] = (),
    paid: Sequence[sources.Paid] = (),
) -> None:  # fmt: skip
    """Print the ratios first; absolute figures belong to this machine only."""
    console = Console(width=160)
    if costs:
        console.print(_recipes(costs))
    if rates:
        console.print(_deliveries(rates))
    if imported:
        console.print(_imports(imported))
    if paid:
        console.print(_paid(paid))
    if times:
        console.print(*pages_report.tables(times, rss_mb))


def as_json(
    rates: list[deliveries.Rates], times: list[pages.Times], rss_mb: dict[int, float],
    costs: Sequence[recipes.Costs] = (), imported: Sequence[imports.Imported] = (),
    paid: Sequence[sources.Paid] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return everything that was measured, round by round."""
    return {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
        "in_flight": deliveries.IN_FLIGHT,
        "deliveries": [
            {
                "gateway": row.gateway, "latency_ms": row.latency_ms, "database": row.database,
                "limit_per_s": row.limit,
                "ours_per_s": row.ours, "bare_per_s": row.bare, "ours_cpu_ms": row.ours_cpu_ms,
                "bare_cpu_ms": row.bare_cpu_ms, "ratio_to_bare": _against_bare(row),
                "ratio_to_limit": median(row.ours) / row.limit if row.limit else None,
            }
            for row in rates
        ],
        "pages": pages_report.as_json(times),
        "rss_mb": rss_mb,
        "recipes": [
            {"call": row.name, "recipe_ms": row.recipe_ms, "whole_ms": row.whole_ms, "bare_ms": row.bare_ms,
             "mark_ms": recipes.MARK_MS, "is_within": row.is_within}
            for row in costs
        ],
        "imports": imports.as_json(imported),
        "payments": sources.as_json(paid),
    }  # fmt: skip


def _recipes(costs: Sequence[recipes.Costs]) -> Table:
    table = Table(title=f"A recipe's own cost for a call, CPU ({recipes.ROUNDS} rounds); mark: {recipes.MARK_MS} ms")
    for name in ("call", "render and judge", "min", "with its record", "bare requests", "to bare", "within"):
        table.add_column(name, justify="left" if name == "call" else "right")
    for row in costs:
        own, bare = median(row.recipe_ms), median(row.bare_ms)
        table.add_row(
            row.name, f"{own:.3f} ms", f"{min(row.recipe_ms):.3f} ms", f"{median(row.whole_ms):.3f} ms",
            f"{bare:.3f} ms", f"{own / bare:.2f}", "yes" if row.is_within else "no",
        )  # fmt: skip
    return table


def _imports(rows: Sequence[imports.Imported]) -> Table:
    table = Table(title=f"A file of subscribers in the background; mark: {imports.MARK_S} s for the largest")
    names = ("rows", "reading", "upload", "compare", "apply", "all", "rows/s", "CPU", "peak memory", "within")
    for name in names:
        table.add_column(name, justify="left" if name == "reading" else "right")
    for row in rows:
        table.add_row(
            f"{row.size:,}", "again" if row.again else "first", f"{row.staged_s:.1f} s", f"{row.compared_s:.1f} s",
            f"{row.applied_s:.1f} s", f"{row.seconds:.1f} s", f"{row.size / row.seconds:,.0f}", f"{row.cpu_s:.1f} s",
            f"{row.peak_mb:.0f} MB", "yes" if row.is_within else "no",
        )  # fmt: skip
    return table


def _paid(rows: Sequence[sources.Paid]) -> Table:
    title = f"From a payment in the ERP to active on a platform that answers after {sources.LATENCY_MS} ms"
    table = Table(title=title)
    for name in ("comes in by", "suspensions waiting", "payments", "median", "p95", "mark", "within"):
        table.add_column(name, justify="left" if name == "comes in by" else "right")
    for row in rows:
        table.add_row(
            row.way, f"{row.waiting:,}", str(len(row.seconds)), f"{median(row.seconds):.1f} s", f"{row.p95:.1f} s",
            f"{sources.MARKS_S[row.way]:.0f} s", "yes" if row.is_within else "no",
        )  # fmt: skip
    return table


def _deliveries(rates: list[deliveries.Rates]) -> Table:
    table = Table(title=f"Durable deliveries, {deliveries.IN_FLIGHT} in flight ({deliveries.ROUNDS} rounds)")
    for name in (
        "database",
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
        table.add_column(name, justify="left" if name in ("database", "platform") else "right")
    for row in rates:
        ours, limit = median(row.ours), row.limit
        table.add_row(
            row.database, row.gateway, f"{row.latency_ms} ms", f"{_against_bare(row):.2f}",
            f"{ours / limit:.2f}" if limit else "-",
            f"{_cpu_against_bare(row):.2f}",
            f"{min(row.ours):,.0f}", f"{ours:,.0f}", f"{median(row.bare):,.0f}", f"{limit:,.0f}" if limit else "-",
        )  # fmt: skip
    return table


def _against_bare(row: deliveries.Rates) -> float:
    """Compare round with round: what slowed one slowed the other."""
    return median(ours / bare for ours, bare in zip(row.ours, row.bare, strict=True))


def _cpu_against_bare(row: deliveries.Rates) -> float:
    """Compare the work itself, which a busy machine changes less than the time."""
    return median(row.ours_cpu_ms) / median(row.bare_cpu_ms)
