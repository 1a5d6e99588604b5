"""docs/recipes.md has every surprise of platforms in its table, with the tests that show how it is expressed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TABLE = (ROOT / "docs" / "recipes.md").read_text("utf-8").partition("## Every surprise, and its words")[2]
# Authentication, identity, operations, transport, listings, callbacks.
COUNTS = {"A": 11, "B": 11, "C": 18, "D": 9, "E": 11, "F": 5}
ROWS = {
    found[1]: found[0]
    for found in re.finditer(r"^\| ([A-F]\d+) \| [^|]+ \| [^|]+ \| [^|]+ \|$", TABLE, re.M)
}  # fmt: skip
ALL = [f"{part}{number}" for part, count in COUNTS.items() for number in range(1, count + 1)]


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """Return the name of every test."""
    texts = (path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    shared = (path.read_text("utf-8") for path in (ROOT / "tests" / "gateways" / "bundled").glob("*.py"))
    return {name for text in (*texts, *shared) for name in re.findall(r"^ *def (test_\w+)\(", text, re.M)}


def test_table_has_exactly_the_rows_that_there_are() -> None:
    assert list(ROWS) == ALL


@pytest.mark.parametrize("row", ALL)
def test_row_names_tests_that_exist(row: str, tests: set[str]) -> None:
    named = re.findall(r"`(test_\w+)`", ROWS[row])
    assert named
    assert set(named) <= tests
