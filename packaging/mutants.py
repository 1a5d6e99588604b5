"""Put mistakes into what keeps people safe, one at a time, and count those that the tests notice.

``make mutants`` runs it; a quarter of an hour on two processors. It works in a copy of its own, and goes on where it
was stopped; when code or tests changed since, it begins anew. ``[tool.mutmut]`` in pyproject.toml says which files and
which tests. What survived is printed with the line as it was changed; ``mutmut show NAME`` in build/mutants shows more,
``mutmut run NAME`` tries it again. What changes nothing that anybody could see is in ``mutants_equivalent.toml``,
argued one by one: it is printed apart, and counts as survived.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "mutants"
LOG, MARK = PLACE / "mutmut.log", PLACE / "mark"
NEEDED = ("webapp", "tests", "templates", "static", "packaging", "docs", "pyproject.toml", "wsgi.py")
# What a verdict hangs on.
JUDGED_BY = (
    "webapp/decide", "webapp/gateways", "tests/decide", "tests/gateways", "tests/conftest.py", "pyproject.toml",
)  # fmt: skip
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.toml")
LEAST_PERCENT = 90.0
# What mutmut keeps of a try: how the tests ended. Whatever is neither was not noticed, or not tried.
NOTICED, TOO_LONG = frozenset({1, 3}), frozenset({24, -24, 36, 152, 255})
GROUPS = {
    "guard": ("plan", "snapshot", "snapshot_rules", "certificate", "brakes"),
    "state machine": ("outcome", "steps", "state"),
    "signer": ("webhook",),
}


def mark() -> str:
    """Return a digest of the code and the tests."""
    digest = hashlib.sha256()
    for path in (ROOT / name for name in JUDGED_BY):
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def copy() -> None:
    """Make the copy, unless it is there and of the same code and tests: then what was tried need not be again."""
    found = mark()
    if MARK.is_file() and MARK.read_text("utf-8") == found:
        return
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, PLACE / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, PLACE / name)
    MARK.write_text(found, "utf-8")


def run() -> int:
    """Try what was not tried yet; return how mutmut ended. Its progress is for a terminal, else it goes to a file."""
    command = [sys.executable, "-m", "mutmut", "run"]
    if sys.stdout.isatty():
        return subprocess.run(command, cwd=PLACE, check=False).returncode
    with LOG.open("wb") as log:
        return subprocess.run(command, cwd=PLACE, check=False, stdout=log, stderr=log).returncode


def results(stems: tuple[str, ...]) -> Iterator[tuple[str, Path, int | None]]:
    """Yield each mistake in these files, where it is and how the tests ended; None = not tried."""
    for path in sorted((PLACE / "mutants" / "webapp").rglob("*.py.meta")):
        if path.name.removesuffix(".py.meta") in stems:
            source = path.relative_to(PLACE / "mutants").with_suffix("")
            for name, code in json.loads(path.read_text("utf-8"))["exit_code_by_key"].items():
                yield name, source, code


def changed(name: str, source: Path) -> str:
    """Return the lines that the mistake put in."""
    with chdir(PLACE):
        lines = get_diff_for_mutant(name, path=source).splitlines()
    return " ".join(line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++"))


def reason(name: str, line: str) -> str:
    """Return why nobody could see this mistake; empty where somebody should have."""
    known = tomllib.loads(EQUIVALENT.read_text("utf-8"))["equivalent"]
    return next((one["why"] for one in known if f"{one['where']}__mutmut_" in name and one["becomes"] in line), "")


def tell(group: str, stems: tuple[str, ...]) -> float:
    """Print how many were noticed and each that was not; return the per cent."""
    said = list(results(stems))
    late = sum(code in TOO_LONG for _, _, code in said)
    noticed = late + sum(code in NOTICED for _, _, code in said)
    percent = 100.0 * noticed / max(len(said), 1)
    sys.stdout.write(f"{group}: {noticed} of {len(said)} noticed ({late} because it took too long), {percent:.1f} %\n")
    for name, source, code in said:
        if code not in NOTICED | TOO_LONG:
            line = changed(name, source)
            why = reason(name, line)
            sys.stdout.write(f"    {'no difference' if why else 'survived'}: {name}\n        {line}\n")
            sys.stdout.write(f"        {why}\n" if why else "")
    return percent


def main() -> int:
    """Print how many were noticed in each group, and the others; return 1 below the least."""
    copy()
    ended = run()
    if ended:
        # Most often a test fails without any mistake: the copy is made anew the next time.
        MARK.unlink()
        sys.stdout.write(f"mutmut did not come to its end ({ended}): {LOG if LOG.is_file() else 'see above'}\n")
        return 1
    least = min(tell(group, stems) for group, stems in GROUPS.items())
    return int(least < LEAST_PERCENT)


if __name__ == "__main__":
    sys.exit(main())
