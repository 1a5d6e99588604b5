"""Lines of an invoice out of the rows of its file."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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
            if self._is_line(cells):
                yield self._line(number, cells)

    def _is_line(self, cells: Cells) -> bool:
        if cells == self.header:
            return False
        subjects = [text for field in SUBJECTS if (text := self._cell(cells, field))]
        named = any(not TOTAL.match(fold(text)) for text in subjects)
        if not named and any(TOTAL.match(fold(cell)) for cell in cells):
            return False
        if self.strict and len(cells) != len(self.header):
            return any(MONEY.search(cell.strip()) for cell in cells)
        return bool(subjects or self._cell(cells, "value"))

    def _line(self, number: int, cells: Cells) -> Line:
        if self.strict and len(cells) != len(self.header):
            return Line(number, (), " ".join(cells)[:LONGEST_SUBJECT], NOTHING, flaw="row_shape")
        value, pieces = read_amount(self._cell(cells, "value")), self._pieces(cells)
        first, last = self._day(cells, "from"), self._day(cells, "until")
        item = self._cell(cells, "product")[:LONGEST_ITEM]
        flaw = self._flaw(cells, value, pieces)
        return Line(
            number, self._names(cells), self._subject(cells), value if value is not None else NOTHING, item,
            self.products.get(fold(item)), pieces or 1, first, last, flaw,
        )  # fmt: skip

    def _flaw(self, cells: Cells, value: Decimal | None, pieces: int | None) -> str:
        if value is None:
            return "value_unreadable" if self._cell(cells, "value") else "value_missing_here"
        if is_shortened(self._cell(cells, "document")):
            return "document_shortened"
        unread = [field for field in ("from", "until") if self._cell(cells, field) and not self._day(cells, field)]
        return "day_unreadable" if unread else "quantity_unreadable" if pieces is None else ""

    def _cell(self, cells: Cells, field: str) -> str:
        place = self.columns.get(field)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    def _day(self, cells: Cells, field: str) -> date | None:
        return read_day(self._cell(cells, field))

    def _pieces(self, cells: Cells) -> int | None:
        text = self._cell(cells, "quantity")
        if not text:
            return 1
        found = re.fullmatch(r"0*(\d{1,4})(?:[.,]0+)?", text)
        return int(found[1]) if found and 1 <= int(found[1]) <= MOST_PIECES else None

    def _subject(self, cells: Cells) -> str:
        said = dict.fromkeys(text for field in SUBJECTS if (text := self._cell(cells, field)))
        return " · ".join(said)[:LONGEST_SUBJECT]

    def _names(self, cells: Cells) -> tuple[tuple[str, str], ...]:
        names = [(field, shaped(field, self._cell(cells, field))) for field in SUBJECTS]
        # Many platforms call the e-mail log-in, and some the log-in e-mail.
        names += [("email", value) for field, value in names if field == "login" and "@" in value]
        return tuple(dict.fromkeys(name for name in names if name[1]))


def reader_of(table: Table, mapping: Mapping[str, str], products: Mapping[str, int], *, pdf: bool) -> Reader:
    """Return what makes lines of a table.

    Args:
        mapping: field -> column; all of them are columns of the table.
    """
    places = {name: number for number, name in enumerate(table.header)}
    columns = {field: places[name] for field, name in mapping.items() if name in places}
    return Reader(table.header, columns, products, strict=pdf)


def shaped(field: str, text: str) -> str:
    """Return a name of a subject in the shape in which it is compared."""
    if field == "document":
        return normalise_document(restore_zeros(text))
    return text.strip() if field in ("remote_id", "code") else text.strip().lower()


def read_amount(text: str) -> Decimal | None:
    """Return an amount, also one that the platform gives back: ``-10,00``, ``(10,00)``; None = unreadable."""
    bare = re.sub(r"^R\$|\s", "", text.strip())
    found = re.fullmatch(r"-(?:R\$)?(.+)|(.+)-|\((.+)\)", bare)
    if found is None:
        return read_money(bare)
    value = read_money(next(part for part in found.groups() if part is not None))
    return None if value is None else -value
