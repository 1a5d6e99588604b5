"""CSV and XLSX of any length in bounded memory; no cell of either is ever carried out as a formula.

CSV is written for spreadsheet programs set to Portuguese: with a mark of its alphabet in front (without it they take
the text for Windows-1252), parted by semicolons (the comma is the decimal mark there), lines ended as RFC 4180 has it.
"""

import csv
import io
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from webapp import lazy
from webapp.sources.formulas import harmless

if TYPE_CHECKING:
    import xlsxwriter  # type: ignore[import-untyped]
else:
    xlsxwriter = lazy.module("xlsxwriter")

CSV, XLSX = FORMATS = ("csv", "xlsx")
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Of the format, without the line of titles: support.microsoft.com, "Excel specifications and limits", 2026-11.
MOST_XLSX = 1_048_575
LONGEST_CELL = 32_767
PIECE, LINES = 1 << 16, 500
WIDTH = 24
Row = Sequence[Any]


def as_csv(titles: Sequence[str], rows: Iterable[Row], written: Callable[[Any], str]) -> Iterator[bytes]:
    """Return a CSV piece by piece.

    Args:
        written: makes text of a cell that is none.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([harmless(title) for title in titles])
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(rows, 1):
        writer.writerow([harmless(cell) if isinstance(cell, str) else written(cell) for cell in row])
        if number % LINES == 0:
            yield _taken(text)
    yield _taken(text)


def as_xlsx(titles: Sequence[str], rows: Iterable[Row]) -> IO[bytes]:
    """Return an XLSX as a file without a name, to be read from its beginning and closed."""
    content = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    folder = Path(tempfile.mkdtemp(prefix="sheet-"))
    try:
        options = {
            "constant_memory": True, "tmpdir": str(folder), "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd hh:mm:ss",
        }  # fmt: skip
        with xlsxwriter.Workbook(content, options) as book:
            _fill(book, titles, rows)
    except BaseException:
        content.close()
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    content.seek(0)
    return content


def pieces(content: IO[bytes]) -> Iterator[bytes]:
    """Return a file piece by piece, and close it."""
    with content:
        while piece := content.read(PIECE):
            yield piece


def _fill(book: Any, titles: Sequence[str], rows: Iterable[Row]) -> None:
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    money = book.add_format({"num_format": "#,##0.00"})
    sheet.set_column(0, max(len(titles) - 1, 0), WIDTH)
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title, bold)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            _put(sheet, (number, column), cell, money)


def _put(sheet: Any, place: tuple[int, int], cell: Any, money: Any) -> None:
    if isinstance(cell, str):
        # Text stays text whatever it begins with; the mark would only stand in people's way here.
        sheet.write_string(*place, cell[:LONGEST_CELL])
    elif cell is None:
        return
    elif isinstance(cell, Decimal):
        sheet.write_number(*place, cell, money)
    elif isinstance(cell, int) and not isinstance(cell, bool):
        sheet.write_number(*place, cell)
    elif isinstance(cell, datetime | date):
        sheet.write_datetime(*place, cell)
    else:
        sheet.write_string(*place, str(cell)[:LONGEST_CELL])


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece
