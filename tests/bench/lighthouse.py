"""``python -m tests.bench.lighthouse [--customers N]``: Lighthouse on a hub; ``make lighthouse`` installs it first.

Everything stays on loopback: the hub, the browser, and what the browser may reach.
"""

import argparse
import json
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.pages import hub
from tests.bench.provider import fill
from tests.bench.site import Site
from tests.journeys.browser import ROOT

HOME = ROOT / "build" / "lighthouse"
CUSTOMERS, RUNS = 100_000, 3
PROFILES = ("mobile", "desktop")
# Page, signed in, and whether the mark on performance counts there.
PAGES = {
    "entrada": ("/login", False),
    "painel": ("/", True), "clientes": ("/customers", True), "um cliente": ("/customers/{middle}", True),
    "formulário": ("/customers/{middle}/edit", True),
}  # fmt: skip
MARKED = ("painel", "clientes")
SCORES, MARKS = ("performance", "accessibility", "best-practices"), (95, 100, 100)
Row = dict[str, Any]


def main() -> int:
    """Audit, show the table; 1 where a mark is missed."""
    parser = argparse.ArgumentParser(prog="lighthouse")
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lighthouse-") as name:
        fill(Path(name), options.customers)
        with hub(Path(name)) as site:
            rows = audited(site, options.customers, options.runs)
    found = [summed_up(page, profile, rows) for page in PAGES for profile in PROFILES]
    Console(width=140).print(table(found, options.customers))
    return 0 if all(one["within"] for one in found) else 1


def audited(site: Site, customers: int, runs: int) -> list[Row]:
    """Return the scores of every run of every page."""
    pages = [
        {"name": name, "url": site.address + path.format(middle=customers // 2), "signedIn": inside}
        for name, (path, inside) in PAGES.items()
    ]
    cookie = "; ".join(f"{name}={value}" for name, value in site.cookies.items())
    chromium = which("chromium") or which("chromium-browser")
    work = {"chromium": chromium, "cookie": cookie, "pages": pages, "profiles": PROFILES, "runs": runs}
    done = subprocess.run(
        [node(), "run.mjs"], cwd=HOME, input=json.dumps(work), check=True, text=True, stdout=subprocess.PIPE
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def node() -> str:
    """Return the Node that came with the packages, else the system's."""
    return next(
        (str(path) for path in sorted(HOME.glob("node_modules/node-linux-*/bin/node"))), which("node") or "node"
    )


def summed_up(page: str, profile: str, rows: Iterable[Row]) -> Row:
    """Return the median of a page's runs, what took from its scores, and whether the marks are reached."""
    mine = [row for row in rows if (row["page"], row["profile"]) == (page, profile)]
    values: Row = {
        name: median(row[name] for row in mine) for name in mine[0] if isinstance(mine[0][name], int | float)
    }
    failed: dict[str, int] = defaultdict(int)
    for name in (name for row in mine for name in row["failed"]):
        failed[name] += 1
    wanted = [mark for name, mark in zip(SCORES, MARKS, strict=True) if name != "performance" or page in MARKED]
    scored = [values[name] for name in SCORES if name != "performance" or page in MARKED]
    hosts = {host for row in mine for host in row["hosts"]}
    within = all(score >= mark for score, mark in zip(scored, wanted, strict=True)) and len(hosts) == 1
    return {"page": page, "profile": profile, **values, "failed": dict(failed), "within": within}


def table(found: Sequence[Row], customers: int) -> Table:
    """Return the table for people."""
    shown = Table(title=f"Lighthouse, {customers:,} customers; marks: {dict(zip(SCORES, MARKS, strict=True))}")
    for name in ("page", "profile", *SCORES, "FCP", "LCP", "blocked", "shift", "within", "took from it"):
        shown.add_column(name)
    for row in found:
        times = [f"{row[name] / 1000:.2f} s" for name in ("first-contentful-paint", "largest-contentful-paint")]
        shown.add_row(
            row["page"], row["profile"], *(f"{row[name]:.0f}" for name in SCORES), *times,
            f"{row['total-blocking-time']:.0f} ms", f"{row['cumulative-layout-shift']:.3f}",
            "yes" if row["within"] else "NO", ", ".join(row["failed"]),
        )  # fmt: skip
    return shown


if __name__ == "__main__":
    raise SystemExit(main())
