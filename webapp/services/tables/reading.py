"""One page of a list: what an address and a person ask of it, and the lines that answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select

from webapp.services.pages import PAGE_SIZE, PAGE_SIZES, Page, capped_count
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
    rows, order = table.rows(asked.filters), order_of(table, asked)
    found, cursor, before = _found(with_options(table, rows, asked.columns), order, asked)
    total = _total(table, asked, rows, None if cursor or before else len(found)) if table.counted else None
    return Page(table.lines([row[0] for row in found], asked.columns), cursor, total, before)


def _total(table: Table, asked: Asked, rows: Select[Any], all_shown: int | None) -> int:
    """Count, unless the only page shows them all."""
    if all_shown is not None:
        return all_shown
    counted = table.counts(asked.filters)
    return capped_count(rows.with_only_columns(order_of(table, asked).keys[-1]) if counted is None else counted)


def with_options(table: Table, rows: Select[Any], columns: Sequence[str]) -> Select[Any]:
    """Return rows with everything loaded that the shown columns need."""
    own = [option for key in columns for option in table.column(key).options]
    return rows.options(*dict.fromkeys([*table.options, *own]))


def _found(rows: Select[Any], order: Order, asked: Asked) -> tuple[list[Row[Any]], str, str]:
    """Return the page's rows, and the words of the places after and before it."""
    size, more = asked.size, asked.size + 1
    end = read_place(asked.before, order)
    if end is not None:
        found = read_rows(rows, order, down=not asked.down, behind=end, count=more)
        if len(found) > size:
            shown = found[:size][::-1]
            return shown, write_place(shown[-1]), write_place(shown[0])
    start = read_place(asked.after, order) if end is None else None
    found = read_rows(rows, order, down=asked.down, behind=start, count=more)
    if start is not None and not found:
        # What stood there is gone: the first page says more than an empty one.
        return _first(rows, order, asked)
    return _ends(found, size, start)


def _first(rows: Select[Any], order: Order, asked: Asked) -> tuple[list[Row[Any]], str, str]:
    return _ends(read_rows(rows, order, down=asked.down, behind=None, count=asked.size + 1), asked.size, None)


def _ends(found: list[Row[Any]], size: int, start: Values | None) -> tuple[list[Row[Any]], str, str]:
    shown = found[:size]
    cursor = write_place(shown[-1]) if len(found) > size else ""
    return shown, cursor, write_place(shown[0]) if start is not None else ""
