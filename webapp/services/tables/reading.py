"""One page of a list: what an address and a person ask of it, and the lines that answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select

from webapp.extensions import db
from webapp.services.pages import PAGE_SIZE, PAGE_SIZES, Page, capped_count
from webapp.services.tables.contract import Order, Reader, Table
from webapp.services.tables.keyset import Values, read_place, read_rows, write_place

DOWN = "-"


@dataclass(frozen=True)
class Asked:
    """What is asked of a list.

    Attributes:
        filters: clean ones.
        sort: name of an order, ``-`` before it turns it round.
        after, before: words of places; at most one of them counts, ``before`` first.
    """

    filters: Mapping[str, str]
    sort: str
    columns: tuple[str, ...]
    size: int = PAGE_SIZE
    after: str = ""
    before: str = ""

    @property
    def down(self) -> bool:
        """Whether the order is turned round."""
        return self.sort.startswith(DOWN)


def ask(table: Table, address: Mapping[str, str], columns: Sequence[str] = (), size: int | None = None) -> Asked:
    """Return what an address asks of a list; whatever it gets wrong counts as not asked.

    Args:
        address: names and values, as they stand behind the question mark.
        columns, size: what the person chose for this list; the size in the address wins.
    """
    sort = address.get("sort", "")
    wanted = address.get("size", "")
    return Asked(
        filters=table.clean(address),
        sort=sort if sort.removeprefix(DOWN) in table.orders and sort.count(DOWN) < 2 else table.usual_order,
        columns=table.known_columns(columns),
        size=int(wanted) if wanted in map(str, PAGE_SIZES) else size or PAGE_SIZE,
        after=address.get("cursor", ""),
        before=address.get("before", ""),
    )


def order_of(table: Table, asked: Asked) -> Order:
    """Return the order that is asked for."""
    return table.orders[asked.sort.removeprefix(DOWN)]


def read_page(table: Table, asked: Asked) -> Page[Any]:
    """Return one page with places of the next and of the former one."""
    reader = reader_of(table, asked)
    found, cursor, before = _found(reader, order_of(table, asked), asked)
    total = reader.total(None if cursor or before else len(found))
    return Page(table.lines([row[0] for row in found], asked.columns), cursor, total, before)


def reader_of(table: Table, asked: Asked) -> Reader:
    """Return what reads the rows that are asked for."""
    if table.reads is not None:
        return table.reads(asked.filters)
    chosen = table.find(asked.filters)
    return _Selected(
        chosen.rows, order_of(table, asked), loaders(table, asked.columns), chosen.total, table.counted
    )  # fmt: skip


def loaders(table: Table, columns: Sequence[str]) -> list[Any]:
    """Return loaders of everything that the shown columns need."""
    own = [option for key in columns for option in table.column(key).options]
    return list(dict.fromkeys([*table.options, *own]))


@dataclass(frozen=True)
class _Selected:
    """Rows of one model in one order.

    Attributes:
        known: how many they are, where that was found out; ``counted``: somebody wants to know.
    """

    rows: Select[Any]
    order: Order
    options: Sequence[Any]
    known: int | None
    counted: bool

    def read(self, count: int, behind: Values | None = None, *, down: bool) -> list[Row[Any]]:
        if self.known == 0:
            return []
        return read_rows(self.rows, self.order, self.options, down=down, behind=behind, count=count)

    def total(self, all_shown: int | None) -> int | None:
        """Count, unless that was done, or the only page shows them all."""
        if not self.counted:
            return None
        found = self.known if all_shown is None else all_shown
        return capped_count(self._ids) if found is None else found

    def count(self, most: int) -> int:
        return db.session.scalar(select(func.count()).select_from(self._ids.limit(most).subquery())) or 0

    @property
    def _ids(self) -> Select[Any]:
        return self.rows.with_only_columns(self.order.keys[-1])


def _found(reader: Reader, order: Order, asked: Asked) -> tuple[list[Any], str, str]:
    """Return the page's rows, and the words of the places after and before it."""
    size, more = asked.size, asked.size + 1
    end = read_place(asked.before, order)
    if end is not None:
        found = reader.read(more, end, down=not asked.down)
        if len(found) > size:
            shown = list(found[:size])[::-1]
            return shown, write_place(shown[-1]), write_place(shown[0])
    start = read_place(asked.after, order) if end is None else None
    found = reader.read(more, start, down=asked.down)
    if start is not None and not found:
        # What stood there is gone: the first page says more than an empty one.
        return _ends(reader.read(more, down=asked.down), size, None)
    return _ends(found, size, start)


def _ends(found: Sequence[Any], size: int, start: Values | None) -> tuple[list[Any], str, str]:
    shown = list(found[:size])
    cursor = write_place(shown[-1]) if len(found) > size else ""
    return shown, cursor, write_place(shown[0]) if start is not None else ""
