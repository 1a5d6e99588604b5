"""Put mistakes into what keeps people safe, one at a time, and count those that the tests notice.

``make mutants`` runs it; half an hour on two quiet processors. It works in a copy of its own, and goes on where it was
stopped. ``[tool.mutmut]`` in pyproject.toml says which files and which tests. What survives is shown by
``mutmut show NAME`` in build/mutants.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "mutants"
NEEDED = ("webapp", "tests", "templates", "static", "packaging", "docs", "pyproject.toml", "wsgi.py")
LEAST_PERCENT = 90.0
SURVIVED, UNTESTED = 0, 33
GROUPS = {
    "guard": ("plan", "snapshot", "snapshot_rules", "certificate", "brakes"),
    "state machine": ("outcome", "steps", "state"),
    "signer": ("webhook",),
}


def copy() -> None:
    """Bring the copy up to date; results of files that did not change are kept there."""
    PLACE.mkdir(parents=True, exist_ok=True)
    for name in NEEDED:
        source, target = ROOT / name, PLACE / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)


def results(stems: tuple[str, ...]) -> Iterator[tuple[str, int | None]]:
    """Yield each mistake in these files and what the tests said to it; None = not tried."""
    for path in sorted((PLACE / "mutants" / "webapp").rglob("*.py.meta")):
        if path.name.removesuffix(".py.meta") in stems:
            yield from json.loads(path.read_text("utf-8"))["exit_code_by_key"].items()


def main() -> int:
    """Print how many were noticed in each group, and the others; return 1 below the least."""
    copy()
    subprocess.run([sys.executable, "-m", "mutmut", "run"], cwd=PLACE, check=False)
    least = 100.0
    for group, stems in GROUPS.items():
        said = dict(results(stems))
        counts = Counter("left" if code in (SURVIVED, UNTESTED, None) else "noticed" for code in said.values())
        percent = 100.0 * counts["noticed"] / max(len(said), 1)
        least = min(least, percent)
        sys.stdout.write(f"{group}: {counts['noticed']} of {len(said)} noticed, {percent:.1f} %\n")
        sys.stdout.writelines(f"    {name}\n" for name, code in said.items() if code in (SURVIVED, UNTESTED, None))
    return int(least < LEAST_PERCENT)


if __name__ == "__main__":
    sys.exit(main())
