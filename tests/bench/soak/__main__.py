"""``python -m tests.bench.soak [--seconds N] [--people N] [--leak KIND] [--json FILE]``; ends with 1 where it grows."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.soak.child import LEAKS
from tests.bench.soak.day import DAY_S, Day
from tests.bench.soak.hub import fill, serving
from tests.bench.soak.verdict import Judged
from tests.bench.soak.watch import MB, Watch
from webapp.sandbox.client import SandboxProcess

SECONDS, PEOPLE, SPEED = 3_600, 2_000, 24.0
SAMPLES, OFTEN_S = 720, 0.25
SHOWN = 10


@dataclass(frozen=True)
class Soaked:
    """How it went.

    Attributes:
        done: how often each thing happened.
        pace: how much of what should have happened did; less on a machine that is busy with other things.
        written: seconds, calls recorded, size of the database in MB, at each look.
    """

    seconds: float
    speed: float
    judged: list[Judged]
    done: dict[str, int]
    pace: float
    faults: list[str]
    written: list[tuple[float, int, float]]

    @property
    def is_good(self) -> bool:
        return not self.faults and not any(one.grows or one.is_too_much for one in self.judged)

    @property
    def calls_a_minute(self) -> float:
        (began_s, first, _), (ended_s, last, _) = self.written[0], self.written[-1]
        return (last - first) / (ended_s - began_s) * 60


def soak(seconds: float, people: int, speed: float = SPEED, leak: str = "") -> Soaked:
    """Let a hub live so long, and look at it all the time."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, SandboxProcess() as sandbox:
        filled = fill(Path(folder), sandbox, people)
        with serving(filled.folder, leak) as served:
            watch = Watch(served.pid, filled.folder, served.temporary, max(seconds / SAMPLES, OFTEN_S))
            day = Day(filled, served.address, speed, seconds)
            with day, watch:
                day.wait(seconds)
    judged = watch.judged(DAY_S / speed)
    wanted = sum(habit.a_day for habit in day.habits()) * seconds * speed / DAY_S
    pace = day.done.total() / wanted
    return Soaked(seconds, speed, judged, dict(day.done), pace, day.faults, watch.written)


def table(found: Soaked) -> Table:
    """Return what people read."""
    day_min = DAY_S / found.speed / 60
    made = Table(title=f"{found.seconds:.0f} s at {found.speed:.0f} times the pace of a day; growth in a day "
                       f"({day_min:.0f} minutes here), by the second half")  # fmt: skip
    for name in ("what", "at half time", "at the end", "most", "growth a day", "its bounds", "allowed", "verdict"):
        made.add_column(name, justify="left" if name in ("what", "verdict") else "right")
    for one in found.judged:
        made.add_row(
            one.name, f"{one.begin:.1f}", f"{one.end:.1f}", f"{one.peak:.1f}", f"{one.slope:+.2f}",
            f"{one.low:+.2f} to {one.high:+.2f}", f"{one.allowed:.1f}", one.words,
        )  # fmt: skip
    return made


def words(found: Soaked) -> Sequence[str]:
    """Return what happened, in lines."""
    (_, first, small_mb), (_, last, large_mb) = found.written[0], found.written[-1]
    grown = f"database {small_mb:.1f} to {large_mb:.1f} MB"
    if last > first:
        grown += f", {(large_mb - small_mb) * MB / (last - first):,.0f} bytes a call with all that belongs to it"
    happened = ", ".join(f"{count:,} x {name}" for name, count in sorted(found.done.items(), key=lambda one: -one[1]))
    calls = f"{last - first:,} calls to platforms recorded ({found.calls_a_minute:.1f} a minute)"
    return (
        f"{happened}: {found.pace:.0%} of the pace",
        f"{calls}; {grown}",
        f"{len(found.faults)} faults",
        *found.faults[:SHOWN],
    )


def as_json(found: Soaked) -> dict[str, Any]:
    """Return everything that was measured."""
    judged = [{**asdict(one), "verdict": one.words} for one in found.judged]
    return {**asdict(found), "judged": judged, "is_good": found.is_good}


def main() -> None:
    """Soak, show what came of it, and say whether it is good."""
    parser = argparse.ArgumentParser(prog="soak", description="A day of a hub at many times its pace.")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--speed", type=float, default=SPEED, help="seconds of a day that pass in one")
    parser.add_argument("--leak", default="", help=f"put in a fault that must be found: {', '.join(LEAKS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure here as well")
    options = parser.parse_args()
    found = soak(options.seconds, options.people, options.speed, options.leak)
    console = Console(width=150)
    console.print(table(found), *words(found), sep="\n")
    if options.json:
        options.json.write_text(json.dumps(as_json(found), indent=2) + "\n", encoding="utf-8")
    sys.exit(0 if found.is_good else 1)


if __name__ == "__main__":
    main()
