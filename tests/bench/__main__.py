"""``python -m tests.bench [--json FILE] [--only PART] [--large] [--size N]``; a part is a module of this folder."""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import (
    backups,
    callbacks,
    conference,
    deliveries,
    exports,
    imports,
    million,
    pages,
    platforms,
    recipes,
    report,
    runs,
    scale,
    seats,
    sources,
    undo,
)

PARTS: dict[str, Any] = {
    "recipes": recipes, "deliveries": deliveries, "sources": sources, "imports": imports, "pages": pages,
    "undo": undo, "runs": runs, "backups": backups, "platforms": platforms, "scale": scale,
    "callbacks": callbacks, "million": million, "exports": exports,
    "conference": conference, "seats": seats,
}  # fmt: skip
# As the report takes them, after deliveries and pages.
LATER = ("recipes", "imports", "sources")
# These bring a table of their own.
OWN_TABLE = ("undo", "runs", "backups", "platforms", "scale", "callbacks", "million", "exports", "conference", "seats")


def main() -> None:
    """Measure, show the table, and write the figures where that was asked for."""
    options = _options()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        found = {name: _measure(name, progress) for name in PARTS if options.only in (None, name)}
    times, rss_mb = found.get("pages", ([], {}))
    figures = (found.get("deliveries", []), times, rss_mb, *(found.get(name, []) for name in LATER))
    report.show(*figures)
    told: dict[str, Any] = report.as_json(*figures)
    for name in OWN_TABLE:
        if mine := found.get(name):
            Console(width=130).print(PARTS[name].table(mine))
        told[name] = PARTS[name].as_json(mine) if mine else []
    if providers := found.get("million"):
        Console(width=130).print(million.disk(providers))
    if options.json:
        options.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Ratios, side by side in one run.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure here as well")
    parser.add_argument("--only", choices=sorted(PARTS), help="one part alone")
    parser.add_argument("--large", action="store_true", help="runs: a million accounts as well (minutes)")
    parser.add_argument("--size", type=int, metavar="N", help="million: so many subscribers, beside a fifth of them")
    options = parser.parse_args()
    if options.size:
        million.SIZES = (options.size // 5, options.size)
    if options.large:
        runs.SIZES = (*runs.SIZES, runs.LARGE)
    return options


def _measure(name: str, progress: Progress) -> Any:
    part = PARTS[name]
    task = progress.add_task(name.capitalize(), total=part.steps())
    return part.measure(lambda: progress.advance(task))


if __name__ == "__main__":
    main()
