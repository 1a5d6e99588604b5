"""What a list is: its columns, filters and orders, and which rows its filters choose."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Select

from webapp.services.pages import read_id
from webapp.services.probing import Found

Rows = Callable[[Mapping[str, str]], Select[Any]]
Lines = Callable[[Sequence[Any], Collection[str]], Sequence[Any]]
# How a column's value is written to a file.
TEXT, NUMBER, MONEY, DAY, MOMENT, YES_NO, DOCUMENT = "text", "number", "money", "day", "moment", "yes_no", "document"
MOST_LETTERS = 200


class Reader(Protocol):
    """Gives the rows of a list that no single select can give, as those of several tables."""

    def read(self, count: int, behind: tuple[Any, ...] | None = None, *, down: bool) -> Sequence[Any]:
        """Return rows as ``keyset.read_rows`` does: what ``Table.lines`` takes, and behind it the values of the order.

        Args:
            behind: values of the row behind which it begins; None = at the beginning.
        """

    def total(self, all_shown: int | None) -> int | None:
        """Return how many there are, capped; None where nobody counts.

        Args:
            all_shown: how many the only page shows; None = there are more pages.
        """

    def count(self, most: int) -> int:
        """Return how many there are, at most so many."""


def as_they_are(rows: Sequence[Any], _columns: Collection[str]) -> Sequence[Any]:
    """Return the rows themselves: lines of a list that shows nothing else."""
    return rows


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: its name, the same in addresses and in what a person chose.
        value: gives the value of a line as a file has it; a list of them where there are several.
        kind: text, number, money, day, moment, yes_no, document; else a kind of ``web/labels.py``.
        order: of ``Table.orders``; empty = the list cannot be sorted by it.
        usual: it is shown until a person chooses otherwise.
        options: loaders of what this column alone needs.
        parts: keys of the columns that stand for it in a file, where one cell of the page holds several things.
    """

    key: str
    value: Callable[[Any], Any]
    kind: str = TEXT
    order: str = ""
    usual: bool = True
    options: tuple[Any, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filter:
    """What may be asked of a list.

    Attributes:
        name: in the address.
        values: what may be chosen; empty = words of a search, or an id.
        options: kind of the objects whose id it takes (``options.py``); empty = none.
        usual: what holds when the address says nothing.
        hidden: no field of the page asks for it; an address does.
        kind: text, day (as ``2026-03-12``), or number: the id of whatever ``options`` does not know.
    """

    name: str
    values: tuple[str, ...] = ()
    options: str = ""
    usual: str = ""
    hidden: bool = False
    kind: str = TEXT

    def clean(self, text: str) -> str:
        """Return the value that a text of an address stands for; what is not allowed is left out."""
        text = text.strip()[:MOST_LETTERS]
        if self.values:
            return text if text in self.values else self.usual
        if self.options or self.kind == NUMBER:
            found = read_id(text)
            return "" if found is None else str(found)
        return _day(text) if self.kind == DAY else text


@dataclass(frozen=True)
class Order:
    """One way to sort: expressions that are never NULL, and the id behind them; all of them up, or all down.

    Attributes:
        keys: SQL expressions; the last one is the id.
        kinds: of their values, one each: ``str``, ``int``, ``datetime``, ``date``, ``Decimal``.
    """

    keys: tuple[Any, ...]
    kinds: tuple[type, ...]


@dataclass(frozen=True)
class Table:
    """One list of the product.

    Attributes:
        name: in addresses and in what persons keep.
        columns: in their usual order; the first one always stands.
        filters: what may be asked.
        orders: by name; ``usual_order`` is one of them, ``-`` before it turns it round.
        rows: gives the model's rows that (clean) filters choose, without order, limit or options.
        options: loaders of what a page or file shows of a row.
        lines: makes lines of one page's rows for the columns that are shown; what is to be counted, is counted
            there for all of them at once.
        endpoint: of its page; ``place`` are the names of filters that stand in the path, ``address`` what else its
            address always says, such as a tab's name.
        counted: the page says how many there are.
        looks: gives the same rows as ``rows`` and how many they are, where it finds that out on its way.
        people: its rows name subscribers, so that looking at them is noted.
        exported: it may be taken as a file; ``takers``: by whoever has one of these roles, empty = as any list.
        reads: gives a reader of the rows that (clean) filters choose, where no select gives them all; ``rows`` then
            gives their ids alone.
    """

    name: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    orders: Mapping[str, Order]
    usual_order: str
    rows: Rows
    endpoint: str
    options: tuple[Any, ...] = ()
    lines: Lines = as_they_are
    place: tuple[str, ...] = ()
    address: Mapping[str, str] = made_by(default_factory=dict)
    counted: bool = True
    looks: Callable[[Mapping[str, str]], Found] | None = None
    people: bool = False
    exported: bool = True
    takers: tuple[str, ...] = ()
    reads: Callable[[Mapping[str, str]], Reader] | None = None

    def find(self, filters: Mapping[str, str]) -> Found:
        """Return the rows that (clean) filters choose."""
        return self.looks(filters) if self.looks is not None else Found(self.rows(filters))

    @property
    def arranged(self) -> bool:
        """Whether a person chooses its columns; what is set up is shown as it is."""
        return self.exported

    @property
    def viewed(self) -> bool:
        """Whether views of it can be kept: those of a list within another object would lead nowhere."""
        return self.exported and not self.place

    @property
    def usual_columns(self) -> tuple[str, ...]:
        """Keys of the columns that are shown until a person chooses."""
        return tuple(column.key for column in self.columns if column.usual)

    def clean(self, asked: Mapping[str, str]) -> dict[str, str]:
        """Return the filters that an address asks for, and the usual ones; those that ask for nothing are left out."""
        found = {one.name: one.clean(asked.get(one.name, "")) for one in self.filters}
        return {name: value for name, value in found.items() if value}

    def column(self, key: str) -> Column:
        """Return a column.

        Raises:
            KeyError: there is none of that name; only ask for keys of ``known_columns``.
        """
        return {one.key: one for one in self.columns}[key]

    def has(self, key: str) -> bool:
        """Tell whether there is a column of that name."""
        return any(one.key == key for one in self.columns)

    def in_file(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Return the columns of a file for these of the page, once each."""
        return tuple(dict.fromkeys(part for key in keys for part in self.column(key).parts or (key,)))

    def known_columns(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Return those that there are, once each, the first one in front; the usual ones for nothing."""
        known = tuple(dict.fromkeys(key for key in keys if self.has(key)))
        if not known:
            return self.usual_columns
        first = self.columns[0].key
        return known if first in known else (first, *known)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
