"""``python -m tests.bench [--json FILE] [--only PART] [--large]``; a part is a module of this folder."""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import backups, deliveries, imports, pages, platforms, recipes, report, runs, scale, sources, undo

PARTS: dict[str, Any] = {
    "recipes": recipes, "deliveries": deliveries, "sources": sources, "imports": imports, "pages": pages,
    "undo": undo, "runs": runs, "backups": backups, "platforms": platforms, "scale": scale,
}  # fmt: skip
# As the report takes them, after deliveries and pages.
LATER = ("recipes", "imports", "sources")


def main() -> None:
    """Measure, show the table, and write the figures where that was asked for."""
    parser = argparse.ArgumentParser(prog="bench", description="Ratios, side by side in one run.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure here as well")
    parser.add_argument("--only", choices=sorted(PARTS), help="one part alone")
    parser.add_argument("--large", action="store_true", help="runs: a million accounts as well (minutes)")
    options = parser.parse_args()
    if options.large:
        runs.SIZES = (*runs.SIZES, runs.LARGE)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        found = {name: _measure(name, progress) for name in PARTS if options.only in (None, name)}
    times, rss_mb = found.get("pages", ([], {}))
    figures = (found.get("deliveries", []), times, rss_mb, *(found.get(name, []) for name in LATER))
    report.show(*figures)
    if undone := found.get("undo"):
        Console(width=120).print(undo.table(undone))
    if readings := found.get("runs"):
        Console(width=120).print(runs.table(readings))
    if secured := found.get("backups"):
        Console(width=120).print(backups.table(secured))
    if waits := found.get("platforms"):
        Console(width=120).print(platforms.table(waits))
    if together := found.get("scale"):
        Console(width=120).print(scale.table(together))
    told = {**report.as_json(*figures), "undo": undo.as_json(found.get("undo", [])),
            "runs": runs.as_json(found.get("runs", [])),
            "backups": backups.as_json(found.get("backups", [])),
            "platforms": platforms.as_json(found.get("platforms", [])),
            "scale": scale.as_json(found.get("scale", []))}  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _measure(name: str, progress: Progress) -> Any:
    part = PARTS[name]
    task = progress.add_task(name.capitalize(), total=part.steps())
    return part.measure(lambda: progress.advance(task))


if __name__ == "__main__":
    main()
