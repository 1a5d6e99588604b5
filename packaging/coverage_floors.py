"""Tell whether the tests still reach what they reached: branches of each package, and all of what keeps people safe.

``make coverage`` runs the tests and then this. A floor that is met with room is to be raised.
"""

import json
import sys
from collections import Counter
from pathlib import Path

MEASURED = Path("build/coverage/coverage.json")
# Per cent of lines and branches together, as coverage counts them.
FLOORS = {"webapp/decide/": 98.0, "webapp/gateways/": 95.0, "webapp/services/": 81.0}
# What decides whether somebody is cut off, made twice or written to by a stranger.
SAFETY = ("decide/plan.py", "decide/certificate.py", "decide/state.py", "decide/outcome.py", "decide/steps.py")


def reached(files: dict[str, dict[str, dict[str, int]]], start: str) -> float:
    """Return the per cent that was reached of all files whose path begins so."""
    sums: Counter[str] = Counter()
    for name, found in files.items():
        if name.startswith(start):
            sums.update({key: value for key, value in found["summary"].items() if isinstance(value, int)})
    of = sums["num_statements"] + sums["num_branches"]
    return 100.0 * (sums["covered_lines"] + sums["covered_branches"]) / of if of else 0.0


def main() -> int:
    """Print each figure beside its floor; return 1 when one is below."""
    files = json.loads(MEASURED.read_text("utf-8"))["files"]
    floors = {**FLOORS, **{f"webapp/{name}": 100.0 for name in SAFETY}}
    found = {start: reached(files, start) for start in floors}
    for start, floor in floors.items():
        sys.stdout.write(f"{found[start]:6.2f} %  of at least {floor:6.2f} %  {start}\n")
    return int(any(found[start] < floor for start, floor in floors.items()))


if __name__ == "__main__":
    sys.exit(main())
