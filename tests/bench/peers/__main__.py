"""``python -m tests.bench.peers [--tools BIN] [--json FILE] [--only MODULE]``; ``make bench-peers`` calls it.

BIN is the ``bin`` of an environment with the peers (packaging/bench-requirements.txt); without it, only those are
measured that need no more than ours.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.bench.peers import stores
from tests.bench.peers.handler import IN_FLIGHT
from tests.bench.peers.sink import Sink
from tests.bench.peers.trial import Killed, Peer, Speed, killed, measured

ROUNDS, WARM_UP = 3, 50
# How many jobs, where the sink takes so many milliseconds.
COUNTS = {0: 3_000, 50: 1_500}
KILL_COUNT, KILL_LATENCY_MS = 400, 50
BARE = Peer("bare pool, 32 threads", "bare", is_ours=True, restarts=False)
OURS = Peer("ours, SQLite", "ours", is_ours=True)
PEERS = (
    BARE, OURS,
    Peer("ours, PostgreSQL", "ours", stores.POSTGRES, is_ours=True),
    Peer("cron script, one by one", "cron", options=("1",), share=0.1, is_ours=True),
    Peer("cron script, 8 threads", "cron", options=("8",), share=0.5, is_ours=True),
    Peer("Procrastinate, PostgreSQL, 32", "procrastinate", stores.POSTGRES),
    Peer("Huey, SQLite, 32", "huey"),
    Peer("Celery, Redis (everysec), 32", "celery", stores.EVERY_SECOND),
    Peer("Celery, Redis (always), 32", "celery", stores.ALWAYS),
    Peer("Dramatiq, Redis (everysec), 32", "dramatiq", stores.EVERY_SECOND),
    Peer("Dramatiq, Redis (always), 32", "dramatiq", stores.ALWAYS),
)  # fmt: skip
# These come with the product.
WITHOUT_TOOLS = ("bare", "ours", "cron", "procrastinate")


@dataclass
class Row:
    """One peer: a speed for each round and pace, and what became of its jobs when it was killed."""

    peer: Peer
    speeds: dict[int, list[Speed]] = field(default_factory=dict)
    killed: Killed | None = None


def chosen(tools: Path | None, only: Sequence[str]) -> list[Peer]:
    """Return the peers that can be measured here."""
    found = [peer for peer in PEERS if tools is not None or peer.module in WITHOUT_TOOLS]
    found = [peer for peer in found if peer.store not in stores.SYNCS or stores.has_redis()]
    # Without it there is no ratio.
    return [peer for peer in found if not only or peer.module in only or peer is BARE]


def steps(peers: Sequence[Peer]) -> int:
    """Return how often ``progress`` is called."""
    return len(peers) * (ROUNDS * len(COUNTS) + 1)


def measure(peers: Sequence[Peer], tools: Path | None, progress: Callable[[], None]) -> list[Row]:
    """Measure every peer in every round, so that what the machine does besides hits all of them alike."""
    rows = [Row(peer) for peer in peers]
    with Sink() as sink:
        # What ours says to a receiver is what all the others say, too.
        _, seen = measured(OURS, tools, sink, "body", (WARM_UP, "", 0))
        for number in range(ROUNDS):
            for latency_ms, count in COUNTS.items():
                for place, row in enumerate(rows):
                    jobs = (max(int(count * row.peer.share), 1), seen.body, latency_ms)
                    speed, _ = measured(row.peer, tools, sink, f"{number}-{latency_ms}-{place}", jobs)
                    row.speeds.setdefault(latency_ms, []).append(speed)
                    progress()
        for place, row in enumerate(rows):
            jobs = (KILL_COUNT, seen.body, KILL_LATENCY_MS)
            row.killed = killed(row.peer, tools, sink, f"killed-{place}", jobs)
            progress()
    return rows


def tables(rows: Sequence[Row]) -> list[Table]:
    """Return what people read: the ratios first."""
    return [_fast(rows), _safe(rows)]


def _fast(rows: Sequence[Row]) -> Table:
    table = Table(title=f"The same call by each, {IN_FLIGHT} in flight where it can ({ROUNDS} rounds in turn)")
    table.add_column("peer")
    for latency_ms in COUNTS:
        for name in (f"to bare, {latency_ms} ms", "a second", "min", "CPU a call"):
            table.add_column(name, justify="right")
    table.add_column("memory", justify="right")
    for row in rows:
        cells = [cell for latency_ms in COUNTS for cell in _cells(row.speeds[latency_ms], rows[0].speeds[latency_ms])]
        most_mb = max(speed.rss_mb for speeds in row.speeds.values() for speed in speeds)
        table.add_row(row.peer.name, *cells, f"{most_mb:.0f} MB")
    return table


def _cells(speeds: Sequence[Speed], bare: Sequence[Speed]) -> tuple[str, ...]:
    rates = [speed.per_s for speed in speeds]
    cpu_ms = median(speed.cpu_ms for speed in speeds)
    return f"{_ratio(speeds, bare):.2f}", f"{median(rates):,.0f}", f"{min(rates):,.0f}", f"{cpu_ms:.2f} ms"


def _ratio(speeds: Sequence[Speed], bare: Sequence[Speed]) -> float:
    """Compare round with round: what slowed one slowed the other."""
    return median(mine.per_s / other.per_s for mine, other in zip(speeds, bare, strict=True))


def _safe(rows: Sequence[Row]) -> Table:
    table = Table(title=f"{KILL_COUNT} jobs, the worker killed (SIGKILL) at a quarter and started again")
    table.add_column("peer")
    for name in ("came", "twice", "gone", "held by its store", "the last after"):
        table.add_column(name, justify="right")
    for row in rows:
        if (end := row.killed) is not None:
            counts = (end.came, end.twice, end.gone, end.held)
            table.add_row(row.peer.name, *map(str, counts), f"{end.late_s:.0f} s" if row.peer.restarts else "-")
    return table


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return everything that was measured, round by round."""
    return [
        {"peer": row.peer.name, "store": row.peer.store,
         "speeds": {str(latency_ms): [asdict(speed) for speed in speeds] for latency_ms, speeds in row.speeds.items()},
         "to_bare": {str(key): _ratio(speeds, rows[0].speeds[key]) for key, speeds in row.speeds.items()},
         "killed": {**asdict(row.killed), "gone": row.killed.gone} if row.killed else None}
        for row in rows
    ]  # fmt: skip


def main() -> None:
    """Measure, show the tables, and write the figures where that was asked for."""
    parser = argparse.ArgumentParser(prog="peers", description="Our deliveries beside what one would take instead.")
    parser.add_argument("--tools", type=Path, metavar="BIN", help="the folder with the peers' python")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure here as well")
    parser.add_argument("--only", action="append", default=[], metavar="MODULE", help="this one; may be given again")
    options = parser.parse_args()
    tools = options.tools.absolute() if options.tools else None
    peers, console = chosen(tools, options.only), Console(stderr=True)
    if not stores.has_redis():
        console.print(stores.MISSING)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Peers", total=steps(peers))
        rows = measure(peers, tools, lambda: progress.advance(task))
    Console(width=150).print(*tables(rows))
    if options.json:
        options.json.write_text(json.dumps(as_json(rows), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
