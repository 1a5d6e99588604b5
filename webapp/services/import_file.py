"""Reads a CSV as people save it: comma or semicolon, UTF-8 or Latin-1, rows numbered as a spreadsheet shows them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from webapp.decide.params import nearest
from webapp.services.errors import Invalid, Problem

COLUMNS = (
    "code", "name", "document", "email", "phone", "service_code", "plan", "status", "login", "password", "packages",
)  # fmt: skip
REQUIRED = ("code", "name")
# The first bytes of a ZIP, which every XLSX and ODS is.
WORKBOOK = b"PK\x03\x04"


@dataclass(frozen=True)
class Row:
    """One row below the header.

    Attributes:
        number: as the spreadsheet shows it; the header is 1.
        cells: by column; a column that the file lacks is missing here.
        extra: how many cells the row has beyond the header.
    """

    number: int
    cells: dict[str, str] = field(repr=False)
    extra: int = 0

    def text(self, column: str) -> str:
        """Return a cell without blanks around it; a password as it is; empty when there is no such column."""
        value = self.cells.get(column, "")
        return value if column == "password" else value.strip()


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a file; rows without any text are left out, and still count.

    Raises:
        Invalid: the file or its header cannot be used; nothing was read.
    """
    text = _decode(_read(path))
    records = _records(text)
    header = [name.strip().lower() for name in records[0]]
    problems = _header_problems(header)
    if problems:
        raise Invalid(problems)
    rows = [_row(number, header, record) for number, record in enumerate(records[1:], start=2) if any(record)]
    if not rows:
        raise Invalid([Problem("file", "import_empty")])
    return rows


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Invalid([Problem("file", "import_file_missing", {"file": path.name})]) from error
    if content.startswith(WORKBOOK):
        raise Invalid([Problem("file", "import_not_csv")])
    return content


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _records(text: str) -> list[list[str]]:
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise Invalid([Problem("file", "import_unreadable", {"reason": str(error)})]) from error
    if not records or not any(records[0]):
        raise Invalid([Problem("file", "import_empty")])
    return records


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return ";" if header.count(";") > header.count(",") else ","


def _header_problems(header: Sequence[str]) -> list[Problem]:
    columns = ", ".join(COLUMNS)
    problems = []
    for name in dict.fromkeys(header):
        if name not in COLUMNS:
            meant = nearest(name, COLUMNS)
            code = "import_column_near" if meant else "import_column_unknown"
            problems.append(Problem(name, code, {"name": name or "-", "columns": columns, "meant": meant}))
        elif header.count(name) > 1:
            problems.append(Problem(name, "import_column_twice", {"name": name}))
    missing = [name for name in REQUIRED if name not in header]
    return problems + [Problem(name, "import_column_missing", {"name": name, "columns": columns}) for name in missing]


def _row(number: int, header: Sequence[str], record: Sequence[str]) -> Row:
    extra = len(record) - len(header) if any(record[len(header) :]) else 0
    return Row(number, dict(zip(header, record, strict=False)), extra)
