"""``python -m tests.scan --tools BIN [--only RUN] [--seconds N]``: two scanners against a demonstration on loopback.

Each run has a hub of its own, which is thrown away. Ends with 1 where something was found that nobody has explained.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from tests.scan import bait, hub, operations
from tests.scan.crawl import crawl
from tests.scan.explained import unexplained
from tests.scan.hub import PROGRAM, STRANGER
from tests.scan.tools import Finding, Scanner
from webapp.models.operator import ADMIN, VIEWER

RUNS = {f"{tool}-{who}": (tool, who) for tool in ("wapiti", "sqlmap") for who in (ADMIN, VIEWER, STRANGER, PROGRAM)}
FOLDER = Path("build/scan")


def main() -> None:
    """Run what was asked for, and say what was found."""
    options = _options()
    scanner = Scanner(options.tools.absolute(), FOLDER.absolute(), options.seconds, options.after)
    FOLDER.mkdir(parents=True, exist_ok=True)
    failed = False
    for name in options.only or RUNS:
        told, findings = _scan(scanner, name)
        left = unexplained(findings)
        failed = failed or bool(left or told["broken"] or told["went_out"])
        click.echo(json.dumps(told))
        for finding in left:
            click.echo(f"  {finding.line}")
    sys.exit(1 if failed else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scan", description="wapiti and sqlmap against a hub that is thrown away.")
    parser.add_argument("--tools", type=Path, required=True, metavar="BIN", help="the folder with wapiti and sqlmap")
    parser.add_argument("--only", action="append", choices=sorted(RUNS), help="this run alone; may be given again")
    parser.add_argument("--seconds", type=int, default=600, help="about how long each run may take")
    parser.add_argument("--after", type=int, default=0, help="sqlmap leaves so many requests out: tried before")
    return parser.parse_args()


def _scan(scanner: Scanner, name: str) -> tuple[dict[str, Any], list[Finding]]:
    tool, who = RUNS[name]
    started = time.monotonic()
    with bait.laid() as laid, hub.running(scanner.folder, name) as running:
        asked = operations.operations(running) if who == PROGRAM else crawl(running, who)
        if tool == "wapiti":
            findings = scanner.wapiti(name, running, who, asked, laid)
        else:
            findings = scanner.sqlmap(name, running, who, asked)
    told = {"run": name, "kinds_of_request": len(asked), "seconds": round(time.monotonic() - started),
            **hub.seen(scanner.folder, name), "went_out": laid.taken, "findings": len(findings),
            "cut": name in scanner.cut}  # fmt: skip
    summary = {**told, "lines": [one.line for one in findings]}
    (scanner.folder / f"{name}.json").write_text(json.dumps(summary, indent=1, ensure_ascii=False), encoding="utf-8")
    return told, findings


if __name__ == "__main__":
    main()
