"""What the two kinds of file have in common: limits, the shape of a table, where its header stands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.gateways.errors import Rejected

# More than any provider's base, and what one machine of 2 GB reads without feeling it.
LARGEST_BYTES = 50_000_000
MOST_ROWS = 500_000
MOST_COLUMNS = 200
LONGEST_CELL = 4_000
# Title lines above a header are few; a header below that is none.
HEADER_WITHIN = 20
# So many names that are known make a header; one may be chance.
SURE = 2

# What a cell of a person's data looks like, and a name of a column does not.
DATA = re.compile(r"@|\d{2}[/.-]\d{2}|\d{4,}|^\W*\d+([.,]\d+)*\W*$")

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A file that was opened.

    Attributes:
        header: names of the columns; unique, see ``unique_names``.
        rows: row number as the spreadsheet shows it, and the cells as text; blank rows are left out.
            A row may have more cells than the header. Can be read once.
        sheet: name of the sheet; empty for a CSV.
        named: False = the file has no header, ``header`` is made up and the first row is data.
    """

    header: Cells
    rows: Iterator[tuple[int, Cells]]
    sheet: str = ""
    named: bool = True


def refused(code: str, **params: object) -> Rejected:
    """Return the error of a file that cannot be used: say so and ask for another one; nothing was kept."""
    return Rejected(code, params=params)


def open_rows(numbered: Iterator[tuple[int, Cells]], known: frozenset[str], sheet: str = "") -> Table:
    """Find the header among the first rows and return the table below it.

    Args:
        numbered: all rows from the top, blank ones too.
        known: names that columns usually have, as ``plain_name`` writes them.

    Raises:
        Rejected: there is nothing below a header, or it is too wide.
    """
    head = _filled(numbered, HEADER_WITHIN)
    place = header_place([cells for _, cells in head], known)
    first = place + 1 if place is not None else 0
    width = max((len(cells) for _, cells in head[max(first - 1, 0) :]), default=0)
    if len(head) <= first:
        raise refused("file_empty")
    named = head[place][1] if place is not None else ("",) * width
    if len(named) > MOST_COLUMNS:
        raise refused("file_too_wide", columns=len(named), maximum=MOST_COLUMNS)
    return Table(unique_names(named), _rest(head[first:], numbered), sheet, place is not None)


def header_place(rows: Sequence[Cells], known: frozenset[str]) -> int | None:
    """Return which of the first rows is the header: the one with most known names, else one of words alone."""
    scores = [sum(plain_name(cell) in known for cell in cells) for cells in rows]
    best = max(scores, default=0)
    if best >= SURE:
        return scores.index(best)
    return next((place for place, cells in enumerate(rows) if _names_only(cells, rows)), None)


def plain_name(text: str) -> str:
    """Return a name without case, marks, punctuation and doubled blanks, for comparing."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", _unmarked(text)).split())


def plain_word(text: str) -> str:
    """Return a word of a file as it is mapped: without case, marks and doubled blanks; punctuation stays."""
    return " ".join(_unmarked(text).split())[:200]


def unique_names(cells: Sequence[str]) -> Cells:
    """Return names that tell columns apart: a nameless one is ``#3``, the second of a name ``Name (2)``."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = " ".join(cell.split())[:100] or f"#{number}"
        again, times = name, 1
        while again in names:
            times += 1
            again = f"{name} ({times})"
        names.append(again)
    return tuple(names)


def _unmarked(text: str) -> str:
    return text.lower().translate(_MARKS)


def _filled(numbered: Iterator[tuple[int, Cells]], count: int) -> list[tuple[int, Cells]]:
    """Return the first rows that have any text."""
    found: list[tuple[int, Cells]] = []
    for number, cells in numbered:
        if any(cells):
            found.append((number, trimmed(cells)))
        if len(found) == count:
            break
    return found


def trimmed(cells: Sequence[str]) -> Cells:
    """Return cells without the empty ones at the end."""
    last = len(cells)
    while last and not cells[last - 1].strip():
        last -= 1
    return tuple(cells[:last])


def _rest(head: list[tuple[int, Cells]], numbered: Iterator[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
    count = 0
    for source in (iter(head), numbered):
        for number, cells in source:
            if not any(cells):
                continue
            count += 1
            if count > MOST_ROWS:
                raise refused("file_too_long", maximum=MOST_ROWS)
            yield number, tuple(cell[:LONGEST_CELL] for cell in trimmed(cells)[: MOST_COLUMNS * 2])


def _names_only(cells: Cells, rows: Sequence[Cells]) -> bool:
    """Two or more words, none of which looks like a person's data, as wide as what is below."""
    filled = [cell for cell in cells if cell.strip()]
    width = max(len(row) for row in rows)
    return len(filled) >= 2 and 2 * len(filled) > width and not any(DATA.search(cell) for cell in filled)


_MARKS = str.maketrans("áàâãäéèêëíìîïóòôõöúùûüçñº°ª", "aaaaaeeeeiiiiooooouuuucnooa")
