"""``python -m tests.bench [--json FILE] [--only deliveries|pages|recipes]``."""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import deliveries, pages, recipes, report


def main() -> None:
    """Measure, show the table, and write the figures where that was asked for."""
    parser = argparse.ArgumentParser(prog="bench", description="Ratios, side by side in one run.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure here as well")
    parser.add_argument("--only", choices=["deliveries", "pages", "recipes"], help="one part alone")
    options = parser.parse_args()
    rates: list[deliveries.Rates] = []
    times: list[pages.Times] = []
    rss_mb: dict[int, float] = {}
    costs: list[recipes.Costs] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        if options.only in (None, "recipes"):
            first = progress.add_task("Recipes", total=recipes.steps())
            costs = recipes.measure(lambda: progress.advance(first))
        if options.only in (None, "deliveries"):
            task = progress.add_task("Deliveries", total=deliveries.steps())
            rates = deliveries.measure(lambda: progress.advance(task))
        if options.only in (None, "pages"):
            second = progress.add_task("Pages", total=pages.steps())
            times, rss_mb = pages.measure(lambda: progress.advance(second))
    report.show(rates, times, rss_mb, costs)
    if options.json:
        options.json.write_text(
            json.dumps(report.as_json(rates, times, rss_mb, costs), indent=2) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
