"""The former program: built from the commit before the tables changed last, so that an upgrade has tables to change."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

from tests.binary.debian import ROOT
from tests.binary.parts import load

PLACE = ROOT / "build" / "former"
VERSIONS = "webapp/migrations/versions"
VERSION = "0.0.9"


def built(python: Path) -> Path:
    """Return the former program; build it where it is not there yet.

    Args:
        python: that of the building environment.
    """
    commit = _commit()
    program = PLACE / commit[:12] / "dist" / "sintonia"
    if not program.is_file():
        source = program.parents[1] / "source"
        shutil.rmtree(source, ignore_errors=True)
        source.mkdir(parents=True)
        _lay(commit, source)
        build = [python, source / "packaging/binary/build.py", "--version", VERSION, "--dist", program.parent]
        subprocess.run([*build, "--work", program.parents[1] / "work"], check=True, cwd=source)
    return program


def _commit() -> str:
    """Return the commit before the newest revision of the tables came in; the last one while it is not committed."""
    newest = max(path.name for path in (ROOT / VERSIONS).glob("[0-9]*.py"))
    added = _git("log", "-1", "--format=%H", "--diff-filter=A", "--", f"{VERSIONS}/{newest}").strip()
    return _git("rev-parse", f"{added}^" if added else "HEAD").strip()


def _lay(commit: str, source: Path) -> None:
    """Put that commit's program there; how it is built is today's, which may be newer than that program."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(source, filter="data")
    for name in ("packaging/binary", "webapp/paths.py", "webapp/build.py"):
        shutil.rmtree(source / name) if (source / name).is_dir() else None
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    for place, _inside in load("contents").FOLDERS:
        (source / place).mkdir(parents=True, exist_ok=True)
        (source / place / ".keep").touch()


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout
