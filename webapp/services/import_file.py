"""Reads a CSV or XLSX row by row, as often as it is needed; rows are numbered as a spreadsheet shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from webapp.decide.params import nearest
from webapp.gateways.errors import Rejected
from webapp.services.errors import Invalid, Problem
from webapp.sources.spreadsheet_csv import read_csv
from webapp.sources.spreadsheet_table import Cells
from webapp.sources.spreadsheet_xlsx import read_sheets

COLUMNS = (
    "code", "name", "document", "email", "phone", "service_code", "plan", "status", "login", "password", "city",
    "packages",
)  # fmt: skip
REQUIRED = ("code", "name")
# The first bytes of a ZIP, which every XLSX is.
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


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file; rows without any text are left out, and still count.

    Raises:
        Invalid: the file or its header cannot be used, or it breaks off in the middle; read it to its end
            before anything is stored.
    """
    try:
        with path.open("rb") as stream:
            yield from _rows(stream)
    except OSError as error:
        raise Invalid([Problem("file", "import_file_missing", {"file": path.name})]) from error
    except Rejected as error:
        code = "import_unreadable" if error.code == "file_broken" else error.code
        raise Invalid([Problem("file", code, dict(error.params))]) from error


def _rows(stream: BinaryIO) -> Iterator[Row]:
    records = _records(stream)
    header = [name.strip().lower() for name in next(records, (0, ()))[1]]
    if not any(header):
        raise Invalid([Problem("file", "import_empty")])
    problems = _header_problems(header)
    if problems:
        raise Invalid(problems)
    empty = True
    for number, record in _filled(records):
        empty = False
        yield _row(number, header, record)
    if empty:
        raise Invalid([Problem("file", "import_empty")])


def _records(stream: BinaryIO) -> Iterator[tuple[int, Cells]]:
    workbook = stream.read(len(WORKBOOK)) == WORKBOOK
    stream.seek(0)
    if not workbook:
        return iter(read_csv(stream))
    return next((rows for _, rows in read_sheets(stream)), iter(()))


def _filled(records: Iterator[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
    return ((number, cells) for number, cells in records if any(cells))


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
