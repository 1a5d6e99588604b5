"""XLSX: what is inside is measured before it is opened, since a small file may unpack to more than there is memory."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.parsers import expat

from webapp import lazy
from webapp.sources.spreadsheet_table import MOST_COLUMNS, MOST_ROWS, Cells, refused

if TYPE_CHECKING:
    import python_calamine as calamine
    from python_calamine import CalamineSheet, SheetMetadata
else:
    calamine = lazy.module("python_calamine")

# Unpacked, of everything inside together. Some 100,000 rows of 12 columns are 60 MB.
LARGEST_UNPACKED = 400_000_000
# The reader keeps a whole sheet in memory, some 100 bytes for each cell.
MOST_CELLS = 4_000_000
CHUNK = 1 << 16
LOCAL_HEADER = struct.Struct("<4s2B4HL2L2H")
SHEETS = "xl/worksheets/"
REFERENCE = re.compile(r"^([A-Z]{1,3})(\d{1,7})$")
CONTENT = ("v", "is", "f")
ENCRYPTED = 0x1


def read_sheets(stream: BinaryIO) -> Iterator[tuple[str, Iterator[tuple[int, Cells]]]]:
    """Return the sheets that are shown, each with all its rows from the top, blank ones too.

    Numbers come as people type them (no ``.0``, a comma before decimals), dates as ISO, formulas as the
    value that was saved with them, and an error such as ``#N/A`` as an empty cell.

    Raises:
        Rejected: not an XLSX, protected by a password, broken, or larger inside than may be unpacked.
    """
    _measure(stream)
    stream.seek(0)
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(stream)
        for number, sheet in enumerate(workbook.sheets_metadata):
            if _is_shown(sheet):
                yield sheet.name, _rows(workbook.get_sheet_by_index(number))
    except calamine.PasswordError as error:
        raise refused("file_protected") from error
    except (calamine.CalamineError, OSError) as error:
        raise refused("file_unreadable", reason=str(error)[:200]) from error


def _is_shown(sheet: "SheetMetadata") -> bool:
    return sheet.typ is calamine.SheetTypeEnum.WorkSheet and sheet.visible is calamine.SheetVisibleEnum.Visible


def _rows(sheet: "CalamineSheet") -> Iterator[tuple[int, Cells]]:
    for row, cells in enumerate(sheet.iter_rows(), start=1):
        yield row, tuple(map(_text, cells))


def _text(value: Any) -> str:
    """Return a cell as a person would have typed it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return str(int(value)) if value == int(value) else format(value, ".10f").rstrip("0").replace(".", ",")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value) if isinstance(value, timedelta) else ""


def _measure(stream: BinaryIO) -> None:
    """Refuse what would not fit, from the bytes themselves: what a file says about its sizes may be wrong."""
    try:
        entries = zipfile.ZipFile(stream).infolist()
        room = LARGEST_UNPACKED
        for entry in entries:
            if entry.flag_bits & ENCRYPTED:
                raise refused("file_protected")
            extent = _Extent() if entry.filename.startswith(SHEETS) and entry.filename.endswith(".xml") else None
            room = _unpack(stream, entry, room, extent)
    except (zipfile.BadZipFile, zlib.error, struct.error, expat.ExpatError, EOFError, ValueError) as error:
        raise refused("file_unreadable", reason=str(error)[:200]) from error


def _unpack(stream: BinaryIO, entry: zipfile.ZipInfo, room: int, extent: "_Extent | None") -> int:
    """Return how much room is left after this entry."""
    for chunk in _chunks(stream, entry):
        room -= len(chunk)
        if room < 0:
            raise refused("file_bomb", maximum_mb=LARGEST_UNPACKED // 1_000_000)
        if extent is not None:
            extent.feed(chunk)
    return room


def _chunks(stream: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    stream.seek(entry.header_offset)
    *_rest, name_length, extra_length = LOCAL_HEADER.unpack(stream.read(LOCAL_HEADER.size))
    stream.seek(name_length + extra_length, 1)
    left = entry.compress_size
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left and (packed := stream.read(min(CHUNK, left))):
        left -= len(packed)
        while packed:
            chunk = packed if inflater is None else inflater.decompress(packed, CHUNK * 16)
            packed = b"" if inflater is None else inflater.unconsumed_tail
            yield chunk


class _Extent:
    """How far a sheet goes: one cell in its last corner makes the reader ask for memory for all the others."""

    def __init__(self) -> None:
        self._row = self._column = 0
        self._widest = self._last = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the sheet.

        Raises:
            Rejected: too wide, too long or too large.
        """
        self._parser.Parse(chunk, False)
        if self._widest > MOST_COLUMNS:
            raise refused("file_too_wide", columns=self._widest, maximum=MOST_COLUMNS)
        if self._last > MOST_ROWS + 1_000:
            raise refused("file_too_long", maximum=MOST_ROWS)
        if self._last * self._widest > MOST_CELLS:
            raise refused("file_too_many_cells", cells=self._last * self._widest, maximum=MOST_CELLS)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
        elif local == "c":
            self._cell(attributes.get("r", ""))
        elif local in CONTENT:
            # A cell that only has a colour is none.
            self._last, self._widest = max(self._last, self._row), max(self._widest, self._column)

    def _cell(self, reference: str) -> None:
        found = REFERENCE.match(reference.upper())
        if found is None:
            self._column += 1
            return
        self._row, self._column = int(found[2]), 0
        for letter in found[1]:
            self._column = self._column * 26 + ord(letter) - 64

    def _doctype(self, *_declared: Any) -> None:
        raise refused("file_unreadable", reason="DOCTYPE")
