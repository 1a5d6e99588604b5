"""The folder into which the one file unpacks itself: held while it runs, removed by whoever comes next."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.binary.parts import FOLDER, load

unpacked = load("unpacked")
HOLDS = "import pathlib, sys, unpacked\nunpacked.hold(pathlib.Path(sys.argv[1]))\nprint(flush=True)\nsys.stdin.read()"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return _folder(tmp_path, "_MEIown", mark=True)


def _folder(place: Path, name: str, *, mark: bool, age_s: float = 10_000) -> Path:
    folder = place / name
    folder.mkdir()
    if mark:
        (folder / unpacked.MARK).touch()
    moment = folder.stat().st_mtime - age_s
    os.utime(folder, (moment, moment))
    return folder


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """A folder whose process is alive."""
    folder = _folder(tmp_path, "_MEIheld", mark=True)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, folder], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield folder
        process.kill()


def test_folder_that_a_killed_process_left_is_removed(own: Path, tmp_path: Path) -> None:
    left = _folder(tmp_path, "_MEIleft", mark=True)
    assert unpacked.sweep(own) == [left]
    assert not left.exists()
    assert own.exists()


def test_folder_of_a_living_process_stays_until_its_end(own: Path, held: Path) -> None:
    assert unpacked.sweep(own) == []
    assert held.exists()


def test_folder_of_another_program_or_of_a_process_that_just_begins_stays(own: Path, tmp_path: Path) -> None:
    others = [_folder(tmp_path, "_MEIother", mark=False), _folder(tmp_path, "_MEInew", mark=True, age_s=1)]
    (tmp_path / "_MEIlink").symlink_to(_folder(tmp_path, "elsewhere", mark=True))
    assert unpacked.sweep(own) == []
    assert all(path.exists() for path in others)
    assert (tmp_path / "elsewhere").exists()
