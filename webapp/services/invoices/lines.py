"""Lines of an invoice out of the rows of its file."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from webapp.decide.invoice import Line
from webapp.services.documents import fold, normalise_document
from webapp.services.invoices.columns import SUBJECTS
from webapp.sources.spreadsheet_table import Cells, Table
from webapp.sources.spreadsheet_values import is_shortened, read_day, read_money, restore_zeros

TOTAL = re.compile(r"^(sub ?)?(total|totais|soma|sum)\b")
MONEY = re.compile(r"\d[.,]\d{2}$")
NOTHING = Decimal("0.00")
LONGEST_SUBJECT, LONGEST_ITEM = 254, 200
MOST_PIECES = 1000
# Field -> its text, where there is any.
Said = Mapping[str, str]


@dataclass(frozen=True)
class Reader:
    """Makes lines of rows.

    Attributes:
        columns: field -> place of its column.
        products: how a product is named, folded -> its id.
        strict: a row of another length than the header is no line (PDF, where an empty cell leaves no trace).
    """

    header: Cells
    columns: Mapping[str, int]
    products: Mapping[str, int]
    strict: bool = False

    def lines(self, rows: Iterable[tuple[int, Cells]]) -> Iterator[Line]:
        """Return the lines; what only sums up, repeats the header or says nothing is left out."""
        for number, cells in rows:
            said = self._said(cells)
            if self._is_line(cells, said):
                yield self._line(number, cells, said)

    def _said(self, cells: Cells) -> Said:
        there = ((field, cells[place].strip()) for field, place in self.columns.items() if place < len(cells))
        return {field: text for field, text in there if text}

    def _is_line(self, cells: Cells, said: Said) -> bool:
        if cells == self.header:
            return False
        subjects = [said[field] for field in SUBJECTS if field in said]
        named = any(not TOTAL.match(fold(text)) for text in subjects)
        if not named and any(TOTAL.match(fold(cell)) for cell in cells):
            return False
        if self.strict and len(cells) != len(self.header):
            return any(MONEY.search(cell.strip()) for cell in cells)
        return bool(subjects or "value" in said)

    def _line(self, number: int, cells: Cells, said: Said) -> Line:
        if self.strict and len(cells) != len(self.header):
            return Line(number, (), " ".join(cells)[:LONGEST_SUBJECT], NOTHING, flaw="row_shape")
        value, pieces = read_amount(said.get("value", "")), _pieces(said.get("quantity", ""))
        first, last = _day(said, "from"), _day(said, "until")
        item = said.get("product", "")[:LONGEST_ITEM]
        return Line(
            number, _names(said), _subject(said), value if value is not None else NOTHING, item,
            self.products.get(fold(item)), pieces or 1, first, last, _flaw(said, value, pieces),
        )  # fmt: skip


def reader_of(table: Table, mapping: Mapping[str, str], products: Mapping[str, int], *, pdf: bool) -> Reader:
    """Return what makes lines of a table.

    Args:
        mapping: field -> column; all of them are columns of the table.
    """
    places = {name: number for number, name in enumerate(table.header)}
    columns = {field: places[name] for field, name in mapping.items() if name in places}
    return Reader(table.header, columns, products, strict=pdf)


def _flaw(said: Said, value: Decimal | None, pieces: int | None) -> str:
    if value is None:
        return "value_unreadable" if "value" in said else "value_missing_here"
    if is_shortened(said.get("document", "")):
        return "document_shortened"
    unread = [field for field in ("from", "until") if field in said and not _day(said, field)]
    return "day_unreadable" if unread else "quantity_unreadable" if pieces is None else ""


def _day(said: Said, field: str) -> date | None:
    return read_day(said[field]) if field in said else None


def _pieces(text: str) -> int | None:
    if not text:
        return 1
    found = re.fullmatch(r"0*(\d{1,4})(?:[.,]0+)?", text)
    return int(found[1]) if found and 1 <= int(found[1]) <= MOST_PIECES else None


def _subject(said: Said) -> str:
    return " · ".join(dict.fromkeys(said[field] for field in SUBJECTS if field in said))[:LONGEST_SUBJECT]


def _names(said: Said) -> tuple[tuple[str, str], ...]:
    names = [(field, shaped(field, said[field])) for field in SUBJECTS if field in said]
    # Many platforms call the e-mail log-in, and some the log-in e-mail.
    names += [("email", value) for field, value in names if field == "login" and "@" in value]
    return tuple(dict.fromkeys(name for name in names if name[1]))


def shaped(field: str, text: str) -> str:
    """Return a name of a subject in the shape in which it is compared."""
    if field == "document":
        return normalise_document(restore_zeros(text))
    return text.strip() if field in ("remote_id", "code") else text.strip().lower()


# Most lines of an invoice cost one of a few prices.
@lru_cache(maxsize=1024)
def read_amount(text: str) -> Decimal | None:
    """Return an amount, also one that the platform gives back: ``-10,00``, ``(10,00)``; None = unreadable."""
    bare = re.sub(r"^R\$|\s", "", text.strip())
    found = re.fullmatch(r"-(?:R\$)?(.+)|(.+)-|\((.+)\)", bare)
    if found is None:
        return read_money(bare)
    value = read_money(next(part for part in found.groups() if part is not None))
    return None if value is None else -value
