"""docs/paridade.md: what users know from before, where it is here, and a test of it that exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARITY = ROOT / "docs" / "paridade.md"
REFERENCE = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
SECTIONS = ("2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "2.10")


def rows() -> list[list[str]]:
    """Return the cells of every row of every table, without heads."""
    lines = [line for line in PARITY.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] != "Elemento" and not set(row[0]) <= {"-", ":"}]


def names_in(path: str) -> set[str]:
    text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else ""
    return set(re.findall(r"^def (test_\w+)", text, re.MULTILINE))


def test_every_section_of_the_known_screens_has_a_table() -> None:
    text = PARITY.read_text(encoding="utf-8")
    assert [section for section in SECTIONS if f"## {section} " not in text] == []
    assert len(rows()) > 60


def test_every_row_says_where_it_is_and_names_a_test_that_exists() -> None:
    wrong = []
    for row in rows():
        named = REFERENCE.findall(row[-1])
        missing = [f"{path}::{test}" for path, test in named if test not in names_in(path)]
        if len(row) != 3 or not all(row) or not named or missing:
            wrong.append((row[0], missing))
    assert wrong == []
