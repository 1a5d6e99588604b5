"""The one file as a thing: the same from the same source, without a trace of where it was built, and not too big."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from tests.binary.conftest import BUILDER
from tests.binary.debian import ROOT

# Of the C library; that of the oldest Debian is 2.36.
NEWEST_GLIBC = (2, 36)
MOST_BYTES = 75_000_000
SOURCE = ("webapp", "templates", "static", "docs", "packaging")


def test_another_build_in_another_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for folder in (tmp_path / "a", tmp_path / "somewhere else" / "with a longer name"):
        for name in SOURCE:
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        build = [BUILDER, folder / "packaging/binary/build.py", "--dist", folder / "dist", "--work", folder / "work"]
        subprocess.run(build, check=True, capture_output=True)
        digests.add(hashlib.sha256((folder / "dist" / "sintonia").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_file_names_no_folder_of_the_checkout(program: Path) -> None:
    unpacked = subprocess.run(
        [BUILDER.with_name("pyi-archive_viewer"), "--list", "--recursive", "--brief", program],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    place = str(ROOT).encode()
    assert "webapp/migrations" in unpacked
    assert place not in program.read_bytes()
    assert str(ROOT) not in unpacked


def test_libraries_ask_for_no_newer_system_than_the_oldest_one(program: Path, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\nfrom PyInstaller.archive.readers import CArchiveReader\n"
        "archive = CArchiveReader(sys.argv[1])\n"
        "for name, entry in archive.toc.items():\n"
        "    if entry[4] == 'b':\n"
        "        pathlib.Path(sys.argv[2], name.replace('/', '_')).write_bytes(archive.extract(name))\n"
    )
    subprocess.run([BUILDER, "-c", code, program, tmp_path], check=True)
    libraries = [program, *tmp_path.iterdir()]
    told = subprocess.run(["objdump", "-T", *libraries], capture_output=True, text=True, check=True).stdout
    wanted = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_(2\.\d+)", told)}
    assert len(libraries) > 50
    assert max(wanted) <= NEWEST_GLIBC


def test_file_is_not_too_big_and_its_digest_lies_beside_it(program: Path) -> None:
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    assert program.stat().st_size < MOST_BYTES
    assert program.with_suffix(".sha256").read_text("ascii").split() == [digest, program.name]
