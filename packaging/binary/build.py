"""``make binary``: builds ``dist/sintonia``, the same bytes from the same commit.

Started with the interpreter of ``.venv-binary``. What would differ from build to build is fixed here: the seed of
hashes (the order of sets in compiled code), the time (that of the commit), the language and the zone of the machine.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "packaging" / "binary" / "sintonia.spec"


def main() -> None:
    """Build, and tell size and digest."""
    options = _parser().parse_args()
    missing = [tool for tool in ("objdump", "strip") if shutil.which(tool) is None]
    if missing:
        sys.exit(f"The build needs {' and '.join(missing)}. On Debian or Ubuntu: sudo apt-get install -y binutils")
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    commit, moment = _commit()
    about = {"version": options.version or _version(), "commit": commit, "built_at": moment.isoformat()}
    (work / "build.json").write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    _compile_catalogues()
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    command += ["--distpath", str(options.dist), "--workpath", str(work / "parts"), str(SPEC)]
    subprocess.run(command, check=True, cwd=ROOT, env=_environment(work, moment))
    _tell(options.dist / "sintonia")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where the one file is put")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "binary", help="where the parts are made")
    parser.add_argument("--version", help="what it says about itself, instead of webapp.__version__; for tests")
    return parser


def _version() -> str:
    found = re.search(r'^__version__ = "([^"]+)"', (ROOT / "webapp" / "__init__.py").read_text("utf-8"), re.M)
    if found is None:
        sys.exit("webapp/__init__.py has no __version__.")
    return found.group(1)


def _commit() -> tuple[str | None, datetime]:
    """Return what is built, and of when it is; a folder without git is built as of SOURCE_DATE_EPOCH, else of 1980."""
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))
    try:
        told = _git("log", "-1", "--format=%H %ct").split()
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return None, datetime.fromtimestamp(moment, UTC)
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", told[1]))
    return told[0] + ("+changes" if changed else ""), datetime.fromtimestamp(epoch, UTC)


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _compile_catalogues() -> None:
    pybabel = Path(sys.executable).with_name("pybabel")
    subprocess.run([pybabel, "-q", "compile", "-d", "webapp/translations"], check=True, cwd=ROOT)


def _environment(work: Path, moment: datetime) -> dict[str, str]:
    fixed = {"PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": str(int(moment.timestamp())), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    # Columns of a line, for marks under it in a traceback: a tenth of what code takes in memory.
    fixed["PYTHONNODEBUGRANGES"] = "1"
    # A cache of an earlier build could bring other bytes.
    own = {"SINTONIA_BUILD_DATA": str(work / "build.json"), "PYINSTALLER_CONFIG_DIR": str(work / "cache")}
    return {**os.environ, **fixed, **own}


def _tell(program: Path) -> None:
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    program.with_suffix(".sha256").write_text(f"{digest}  {program.name}\n", encoding="ascii")
    sys.stdout.write(f"{program}  {program.stat().st_size / 1e6:.1f} MB  sha256 {digest}\n")


main()
