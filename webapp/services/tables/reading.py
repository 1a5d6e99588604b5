"""One page of a list: what an address and a person ask of it, and the lines that answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select

from webapp.services.pages import PAGE_SIZE, PAGE_SIZES, Page, capped_count
from webapp.services.probing import Found
from webapp.services.tables.contract import Order, Table
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
    chosen, order = table.find(asked.filters), order_of(table, asked)
    found, cursor, before = _found(_Reader(chosen.rows, order, loaders(table, asked.columns)), asked)
    total = _total(chosen, order, None if cursor or before else len(found)) if table.counted else None
    return Page(table.lines([row[0] for row in found], asked.columns), cursor, total, before)


def _total(chosen: Found, order: Order, all_shown: int | None) -> int:
    """Count, unless that was done, or the only page shows them all."""
    if all_shown is not None:
        return all_shown
    return capped_count(chosen.rows.with_only_columns(order.keys[-1])) if chosen.total is None else chosen.total


def loaders(table: Table, columns: Sequence[str]) -> list[Any]:
    """Return loaders of everything that the shown columns need."""
    own = [option for key in columns for option in table.column(key).options]
    return list(dict.fromkeys([*table.options, *own]))


@dataclass(frozen=True)
class _Reader:
    """Rows of one list in one order."""

    rows: Select[Any]
    order: Order
    options: Sequence[Any]

    def read(self, count: int, behind: Values | None = None, *, down: bool) -> list[Row[Any]]:
        return read_rows(self.rows, self.order, self.options, down=down, behind=behind, count=count)

    def place(self, word: str) -> Values | None:
        return read_place(word, self.order)


def _found(reader: _Reader, asked: Asked) -> tuple[list[Row[Any]], str, str]:
    """Return the page's rows, and the words of the places after and before it."""
    size, more = asked.size, asked.size + 1
    end = reader.place(asked.before)
    if end is not None:
        found = reader.read(more, end, down=not asked.down)
        if len(found) > size:
            shown = found[:size][::-1]
            return shown, write_place(shown[-1]), write_place(shown[0])
    start = reader.place(asked.after) if end is None else None
    found = reader.read(more, start, down=asked.down)
    if start is not None and not found:
        # What stood there is gone: the first page says more than an empty one.
        return _ends(reader.read(more, down=asked.down), size, None)
    return _ends(found, size, start)


def _ends(found: list[Row[Any]], size: int, start: Values | None) -> tuple[list[Row[Any]], str, str]:
    shown = found[:size]
    cursor = write_place(shown[-1]) if len(found) > size else ""
    return shown, cursor, write_place(shown[0]) if start is not None else ""
