"""CSV as people save it: comma, semicolon or tab; UTF-8 with or without BOM, UTF-16 or Latin-1; read row by row."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from webapp.sources.formulas import unmarked
from webapp.sources.spreadsheet_table import MOST_COLUMNS, Cells, refused

DELIMITERS = (";", ",", "\t")
CHUNK = 1 << 16
SAMPLE_CHARS = 64_000
SAMPLE_ROWS = 30
# Spreadsheet programs say in a first line of their own what parts the cells.
HINT = "sep="


def read_csv(stream: BinaryIO) -> Iterator[tuple[int, Cells]]:
    """Return all rows from the top with their numbers, blank ones too.

    A cell with line breaks is one cell, so numbers are those that a spreadsheet shows.

    Raises:
        Rejected: not a text file, or its quotes do not end; the rows before that are good.
    """
    encoding = _encoding(stream)
    stream.seek(0)
    # Windows-1252 leaves five bytes without a meaning; UTF-8 was read to its end already.
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    sample = text.read(SAMPLE_CHARS)
    hinted = sample.lower().startswith(HINT) and sample[len(HINT) : len(HINT) + 1] in DELIMITERS
    delimiter = sample[len(HINT)] if hinted else _delimiter(sample)
    text.seek(0)
    return _rows(text, delimiter, skip=1 if hinted else 0)


def _rows(text: io.TextIOWrapper, delimiter: str, skip: int) -> Iterator[tuple[int, Cells]]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            if len(record) > MOST_COLUMNS * 10:
                raise refused("file_too_wide", columns=len(record), maximum=MOST_COLUMNS)
            if number > skip:
                yield number, tuple(map(unmarked, record))
    except csv.Error as error:
        raise refused("file_broken", row=number + 1, reason=str(error)[:200]) from error


def _encoding(stream: BinaryIO) -> str:
    """Return how the text is written: what can be read as UTF-8 to its end is UTF-8."""
    head = stream.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder, kind = codecs.getincrementaldecoder("utf-8")(), "utf-8-sig"
    chunk = head
    while chunk:
        if b"\x00" in chunk:
            raise refused("file_not_table")
        if kind == "utf-8-sig":
            kind = _still_utf8(decoder, chunk)
        chunk = stream.read(CHUNK)
    return kind


def _still_utf8(decoder: codecs.IncrementalDecoder, chunk: bytes) -> str:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        # Windows says Latin-1 and writes its own superset of it.
        return "cp1252"
    return "utf-8-sig"


def _delimiter(sample: str) -> str:
    """Return what parts the cells: the sign that makes most rows equally wide, and wide at that."""
    return max(DELIMITERS, key=lambda sign: _evenness(sample, sign))


def _evenness(sample: str, sign: str) -> tuple[int, int]:
    widths: Counter[int] = Counter()
    try:
        for count, record in enumerate(csv.reader(io.StringIO(sample, newline=""), delimiter=sign)):
            if count == SAMPLE_ROWS:
                break
            if any(record):
                widths[len(record)] += 1
    except csv.Error:
        return 0, 0
    wide = {width: times for width, times in widths.items() if width > 1}
    if not wide:
        return 0, 0
    width, times = max(wide.items(), key=lambda item: (item[1], item[0]))
    return times, width
