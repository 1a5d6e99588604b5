"""What goes into the one file, checked without building it: ``make check-binary`` does that."""

import re
import sys
from pathlib import Path

import pytest

from tests.binary.debian import ROOT
from tests.binary.parts import FOLDER, load

contents = load("contents")
# Files of the program that are neither code nor read by it.
UNREAD = {".po", ".pot", ".pyc", ".cfg"}


def test_every_file_that_the_program_reads_lies_in_a_folder_that_goes_in() -> None:
    folders = [ROOT / place for place, _inside in contents.FOLDERS]
    catalogues = set(ROOT.glob(contents.CATALOGUES))
    files = [path for path in (ROOT / "webapp").rglob("*") if path.is_file() and path.suffix not in UNREAD | {".py"}]
    outside = [path for path in files if path not in catalogues and not any(map(path.is_relative_to, folders))]
    assert outside == []
    assert all(folder.is_dir() for folder in folders)
    assert len(files) > 10


def test_folder_stands_in_the_one_file_where_the_program_looks_for_it() -> None:
    assert [pair for pair in contents.FOLDERS if pair[0] != pair[1]] == []


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("babel/locale-data/pt_BR.dat", True), ("babel/locale-data/fi.dat", False), ("babel/global.dat", True),
        ("holidays/locale/pt_BR/LC_MESSAGES/BR.mo", True), ("holidays/locale/fi/LC_MESSAGES/FI.mo", False),
        ("webapp/migrations/versions/0001_first_schema.py", True), ("webapp/migrations/__pycache__/env.pyc", False),
        ("webapp/translations/es/LC_MESSAGES/messages.po", False), ("docs/guia/README.md", True),
    ],
)  # fmt: skip
def test_only_what_is_read_goes_in(name: str, stays: bool) -> None:
    assert contents.stays(name) is stays


def test_program_names_nothing_of_what_is_left_out() -> None:
    """Whether a library needs it, ``self-check`` finds in the one file."""
    names = "|".join(map(re.escape, contents.EXCLUDED))
    imports = re.compile(rf"^\s*(?:from|import) (?:{names})\b", re.M)
    named = [path for path in (ROOT / "webapp").rglob("*.py") if imports.search(path.read_text("utf-8"))]
    assert named == []


def test_each_module_that_is_named_is_there() -> None:
    missing = [name for name in (*contents.MODULES, *contents.SUBMODULES) if not _is_there(name)]
    # Brought by the requirements of the build alone.
    assert missing in ([], ["tzdata"])


def test_specification_takes_all_of_it() -> None:
    text = (FOLDER / "sintonia.spec").read_text("utf-8")
    names = ("FOLDERS", "CATALOGUES", "SUBMODULES", "MODULES", "DATA", "SOURCES", "EXCLUDED", "stays")
    assert [name for name in names if f"contents.{name}" not in text] == []


def _is_there(name: str) -> bool:
    parts = Path(*name.split("."))
    return any((Path(place) / parts).with_suffix(end).exists() for place in sys.path for end in ("", ".py"))
