"""From the cells of a row to a record: everything that is wrong in a row is said at once."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from webapp.sources.contract import CustomerRecord, Named, PackageRecord, Record, RecordProblem, Secret, ServiceRecord
from webapp.sources.spreadsheet_columns import PACKAGES, field_of
from webapp.sources.spreadsheet_table import Cells, plain_word
from webapp.sources.spreadsheet_values import is_shortened, read_day, read_money, restore_zeros

OF_SERVICE = (
    "service_code", "plan", "status", "login", "password", "address", "city", "value", "due_day", "sold_on",
    "starts_on", "ends_on",
)  # fmt: skip
LONGEST = {
    "code": 60, "name": 200, "document": 40, "email": 254, "phone": 40, "service_code": 60, "plan": 200,
    "status": 200, "login": 120, "password": 120, "address": 500, "city": 80,
}  # fmt: skip
# Numbers that only name something, so that every digit counts.
NUMBERS = ("code", "document", "phone", "service_code", "login")
YES = frozenset({"sim", "s", "x", "yes", "y", "true", "verdadeiro", "1", "ativo"})
NONE = frozenset({"nao", "n", "no", "false", "falso", "0", "-", "--", "nenhum", "nenhuma", "sem pacote", "none"})


class RowReader:
    """Turns the rows of one file into records.

    Args:
        header: names of the file's columns, in their order.
        columns: our column -> the file's; ``packages.2`` is the second column of packages.
        keeps_passwords: False = a password is dropped here.
    """

    def __init__(self, header: Sequence[str], columns: Mapping[str, str], *, keeps_passwords: bool) -> None:
        places = {name: number for number, name in enumerate(header)}
        self._width = len(header)
        self._places = {key: places[name] for key, name in columns.items() if name in places}
        self._packages = [(header[place], place) for key, place in self._places.items() if field_of(key) == PACKAGES]
        self._keeps_passwords = keeps_passwords

    def read(self, number: int, cells: Cells) -> Record:
        """Return the record of one row, with every problem in it.

        Args:
            number: as the spreadsheet shows the row.
        """
        row = _Row({key: cells[place] for key, place in self._places.items() if place < len(cells)})
        row.judge()
        if any(cell.strip() for cell in cells[self._width :]):
            row.wrong("", "file_row_long", count=len(cells), expected=self._width)
        document = restore_zeros(row.text("document"))
        code = row.text("code") or re.sub(r"\W", "", document).upper()
        if not code:
            row.wrong("code", "file_who_missing")
        customer = CustomerRecord(code, row.text("name"), document, row.text("email"), row.text("phone"))
        service = self._service(row, code, cells)
        return Record(customer, service, place=f"row {number}", problems=tuple(row.problems))

    def _service(self, row: "_Row", code: str, cells: Cells) -> ServiceRecord | None:
        packages = self._sold(row, cells)
        if packages is None and not any(row.text(name) for name in OF_SERVICE):
            return None
        named = row.text("service_code")
        if not named and "service_code" in self._places:
            row.wrong("service_code", "file_service_code_missing")
        password = row.cells.get("password", "")
        status, plan = row.text("status"), row.text("plan")
        return ServiceRecord(
            # Where the file has no column for it, a customer has one service, known by the same code.
            code=named or code, plan=Named(plain_word(plan), plan), status=Named(plain_word(status), status),
            login=row.text("login"), password=Secret(password) if password and self._keeps_passwords else None,
            address=row.text("address"), city=row.text("city"), value=row.money("value"), due_day=row.due_day(),
            sold_on=row.day("sold_on"), packages=packages,
        )  # fmt: skip

    def _sold(self, row: "_Row", cells: Cells) -> tuple[PackageRecord, ...] | None:
        """Return the packages of a row; None = all its cells of packages are empty, which says nothing."""
        filled = [(name, cells[place].strip()) for name, place in self._packages if place < len(cells)]
        filled = [(name, text) for name, text in filled if text]
        if not filled:
            return None
        starts_on, ends_on = row.day("starts_on"), row.day("ends_on")
        words = {plain_word(text): text for name, cell in filled for text in _split(name, cell)}
        return tuple(
            PackageRecord(Named(word, text[:200]), starts_on=starts_on, ends_on=ends_on) for word, text in words.items()
        )


class _Row:
    """The chosen cells of one row, and what is wrong in them."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self.cells = cells
        self.problems: list[RecordProblem] = []

    def text(self, key: str) -> str:
        """Return a cell without blanks around it; one that is too long is as good as none."""
        text = self.cells.get(key, "").strip()
        return text if len(text) <= LONGEST.get(key, len(text)) else ""

    def judge(self) -> None:
        for key, longest in LONGEST.items():
            if len(self.cells.get(key, "").strip()) > longest:
                self.wrong(key, "file_cell_long", maximum=longest)
        for key in NUMBERS:
            if is_shortened(self.cells.get(key, "")):
                self.wrong(key, "file_number_shortened")

    def money(self, key: str) -> Decimal | None:
        found = read_money(self.text(key))
        if found is None and self.text(key):
            self.wrong(key, "file_money_unreadable")
        return found

    def day(self, key: str) -> date | None:
        found = read_day(self.text(key))
        if found is None and self.text(key):
            self.wrong(key, "file_day_unreadable")
        return found

    def due_day(self) -> int | None:
        text = self.text("due_day")
        if text.isdecimal() and 1 <= int(text[:4]) <= 31:
            return int(text)
        if text:
            self.wrong("due_day", "file_due_day_wrong")
        return None

    def wrong(self, key: str, code: str, **params: object) -> None:
        value = "" if key == "password" else self.cells.get(key, "").strip()[:200]
        self.problems.append(RecordProblem(key, code, params, value))


def _split(column: str, cell: str) -> list[str]:
    """Return the packages that a cell names; in a column of its own, a package is named by the column."""
    word = plain_word(cell)
    if word in NONE:
        return []
    if word in YES:
        return [column]
    sign = next((sign for sign in "|;\n" if sign in cell), ",")
    return [part for part in (text.strip() for text in cell.split(sign)) if part]
