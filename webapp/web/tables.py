"""Lists on a page: what the address asks, the links that change it, and what a person keeps of it.

The whole state of a list stands in its address, so that reload, back and a link to a colleague show the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for
from flask_babel import get_locale, gettext
from flask_security import current_user

from webapp.models.operator import ADMIN
from webapp.services.pages import Page
from webapp.services.tables.choices import Choice, choice_of
from webapp.services.tables.contract import DAY, Filter, Table
from webapp.services.tables.options import Options, options_of
from webapp.services.tables.reading import DOWN, Asked, ask, read_page
from webapp.services.tables.views import View, Who, views_of
from webapp.web.access import SELLERS, VALUERS, may
from webapp.web.filters import day
from webapp.web.labels_tables import COLUMN, CSS, FILTER, NOTHING, SEARCH, says, value_words, words

SEARCHED = "q"
# Stand in a query as they are, as in all addresses that Flask makes.
PLAIN = "!$'()*,/:;?@"
Choices = Sequence[tuple[str, str]]
# Values and what they are called; by the group that they belong to, where they are in groups.
Offered = Choices | Mapping[str, Choices]


@dataclass(frozen=True)
class Head:
    """The head of a column.

    Attributes:
        link: sorts by it, or turns the order round; empty = it cannot be sorted.
        sorted: as ``aria-sort`` says it: ``ascending``, ``descending``; empty = by another column.
    """

    key: str
    title: str
    css: str
    link: str
    sorted: str


@dataclass(frozen=True)
class Cell:
    """What the cells of a column have in common.

    Attributes:
        label: what the column is called, where a phone shows the row as a card; empty = the cell says it itself.
    """

    key: str
    css: str
    label: str


@dataclass(frozen=True)
class Chip:
    """A filter that is at work, and the address without it."""

    title: str
    text: str
    link: str


@dataclass(frozen=True)
class Field:
    """A select of the filter's form, or a day.

    Attributes:
        nothing: what the empty choice says; empty = there is none.
        groups: choices, values and what they are called, by the name of their group; the name may be empty.
    """

    name: str
    title: str
    nothing: str
    groups: Mapping[str, Choices]
    value: str
    at_work: bool
    is_day: bool = False

    @property
    def known(self) -> bool:
        """Whether what is asked for is among the choices."""
        return any(self.value == value for choices in self.groups.values() for value, _text in choices)


@dataclass(frozen=True)
class Shown:
    """A list as its page shows it.

    Attributes:
        views: kept ones that the person may see.
        place: names and values of the path; ``fixed`` are the filters that it says.
        usual: what filters ask for on this page, where its address says nothing of them.
        offers: what filters offer that no object of ours is, by their names.
    """

    table: Table
    asked: Asked
    page: Page[Any]
    options: Options
    views: Sequence[View] = ()
    place: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    usual: Mapping[str, str] = field(default_factory=dict)
    offers: Mapping[str, Offered] = field(default_factory=dict)

    @cached_property
    def params(self) -> dict[str, str]:
        """What the address says of filters, order and size; nothing that holds anyway."""
        own = {one.name: self.asked.filters.get(one.name, "") for one in self.table.filters}
        usual = {one.name: self.usual.get(one.name, one.usual) for one in self.table.filters}
        found = {name: value for name, value in own.items() if value != usual[name] and name not in self.fixed}
        if self.asked.sort != self.table.usual_order:
            found["sort"] = self.asked.sort
        if request.args.get("size", "") == str(self.asked.size):
            found["size"] = str(self.asked.size)
        if self.view is not None:
            found["view"] = str(self.view.id)
        return {**self.table.address, **found}

    @cached_property
    def view(self) -> View | None:
        """The kept view with which the person began."""
        return next((one for one in self.views if str(one.id) == request.args.get("view", "")), None)

    def link(self, **changes: str | None) -> str:
        """Return the address with some values changed (None takes one off), at the first page."""
        query = {name: value for name, value in {**self.params, **changes}.items() if value is not None}
        return f"{self._path}?{urlencode(query, safe=PLAIN)}" if query else self._path

    @cached_property
    def _path(self) -> str:
        """A page has a dozen links to itself, all with this address before the question mark."""
        return url_for(self.table.endpoint, **self.place)

    @cached_property
    def asks(self) -> str:
        """What the address says of filters, order and size, as one query; with what the path says."""
        return urlencode({**self.fixed, **self.usual, **self.params})

    @property
    def bare(self) -> str:
        """The address without any filter, order or view."""
        kept: dict[str, Any] = dict(self.table.address)
        return url_for(self.table.endpoint, **self.place, **kept)

    @property
    def filtered(self) -> bool:
        """Whether any filter is at work that does not hold anyway."""
        return bool(self.chips)

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys of the columns that are shown."""
        return self.asked.columns

    @property
    def equipped(self) -> bool:
        """Whether the list has its tools: one in which there is nothing at all needs none."""
        return bool(self.page.items or self.filtered or self.views)

    @property
    def crowded(self) -> bool:
        """Whether more columns are shown than a screen is made for, so that they move under a bar."""
        return len(self.columns) > len(self.table.usual_columns)

    def title(self, key: str) -> str:
        """Return what a column is called."""
        return words(COLUMN, self.table.name, key, key)

    def css(self, key: str) -> str:
        """Return the class of a column's cells."""
        return words(CSS, self.table.name, key)

    @property
    def heads(self) -> list[Head]:
        """The heads of the shown columns."""
        return [self._head(key) for key in self.columns]

    @cached_property
    def cells(self) -> list[Cell]:
        """What every row's cells have in common, in the order of the columns."""
        first, *others = self.columns
        # What a row is about: on a phone the head of its card, which needs no name before it.
        about = Cell(first, f"{self.css(first)} title".strip(), "")
        css = {key: self.css(key) for key in others}
        return [about, *(Cell(key, css[key], "" if "wide" in css[key] else self.title(key)) for key in others)]

    @cached_property
    def sorts(self) -> list[tuple[str, str]]:
        """What the list can be sorted by, up and down: values and titles."""
        by_column = {one.order: self.title(one.key) for one in self.table.columns if one.order}
        known = [(name, by_column[name]) for name in self.table.orders if name in by_column]
        return [pair for name, title in known for pair in ((name, f"{title} ↑"), (DOWN + name, f"{title} ↓"))]

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters that are at work, in the order of their fields."""
        return [
            Chip(words(FILTER, self.table.name, one.name), self._value(one), self.link(**{one.name: None}))
            for one in self.table.filters
            if one.name in self.params
        ]

    @property
    def fields(self) -> Iterator[Field]:
        """The selects of the filter's form."""
        for one in self.table.filters:
            groups, is_day = self._groups(one), one.kind == DAY
            if (groups or is_day) and not one.hidden and one.name not in self.fixed:
                name, value = one.name, self.asked.filters.get(one.name, "")
                nothing = "" if one.usual else words(NOTHING, self.table.name, name)
                title = words(FILTER, self.table.name, name)
                yield Field(name, title, nothing, groups, value, name in self.params, is_day)

    @property
    def hidden(self) -> dict[str, str]:
        """What the filter's form sends besides its fields."""
        unseen = {one.name for one in self.table.filters if one.hidden}
        view = {"view": str(self.view.id)} if self.view else {}
        # What the path says need not be sent.
        fixed = {} if self.table.place else self.fixed
        asked = {name: self.params[name] for name in unseen if name in self.params}
        return {**self.table.address, **fixed, **asked, **view}

    @property
    def query(self) -> str:
        """What is searched for."""
        return self.asked.filters.get(SEARCHED, "")

    @cached_property
    def searches(self) -> str:
        """What the box of the search asks for; empty = there is no search."""
        return str(SEARCH.get(self.table.name, "")) if any(one.name == SEARCHED for one in self.table.filters) else ""

    @property
    def first(self) -> str:
        """The address of the first page; empty where it is this one."""
        return self.link() if self.page.before else ""

    @property
    def next(self) -> str:
        """The address of the next page; empty on the last one."""
        return self.link(cursor=self.page.cursor) if self.page.cursor else ""

    @property
    def former(self) -> str:
        """The address of the page before; empty on the first one."""
        return self.link(before=self.page.before) if self.page.before else ""

    def _head(self, key: str) -> Head:
        order = self.table.column(key).order
        if not order:
            return Head(key, self.title(key), self.css(key), "", "")
        now = self.asked.sort.removeprefix(DOWN) == order
        turned = DOWN + order if now and not self.asked.down else order
        link = self.link(sort=None if turned == self.table.usual_order else turned)
        state = ("descending" if self.asked.down else "ascending") if now else ""
        return Head(key, self.title(key), self.css(key), link, state)

    def _groups(self, one: Filter) -> Mapping[str, Choices]:
        offered: Offered | None = self.offers.get(one.name)
        if offered is None and one.options:
            offered = self.options.get(one.name, ())
        if offered is None:
            offered = _values(self.table.name, one.name, one.values, str(get_locale()))
        if isinstance(offered, Mapping):
            return offered
        return {"": offered} if offered else {}

    def _value(self, one: Filter) -> str:
        value = self.params[one.name]
        if one.options:
            return dict(self.options.get(one.name, ())).get(value, f"#{value}")
        if one.kind == DAY:
            return day(date.fromisoformat(value))
        return value_words(self.table.name, one.name, value) if says(self.table.name, one.name) else f"“{value}”"


@lru_cache
def _values(table_name: str, name: str, values: tuple[str, ...], _language: str) -> Choices:
    """Looked up once for each language: they never change, and a page has dozens."""
    return [(value, value_words(table_name, name, value)) for value in values]


def show(
    table: Table,
    *,
    place: Mapping[str, Any] | None = None,
    fixed: Mapping[str, str] | None = None,
    usual: Mapping[str, str] | None = None,
    offers: Mapping[str, Offered] | None = None,
) -> Shown:
    """Read the page of a list that this request asks for.

    Args:
        place: names and values of the path, or what else its address always says.
        fixed: filters that these say.
        usual, offers: see ``Shown``.
    """
    chosen = choice_of(current_user.id, table) if table.arranged else Choice()
    wanted = {**(usual or {}), **request.args.to_dict(), **(fixed or {})}
    asked = ask(table, wanted, chosen.columns if table.arranged else (), chosen.size)
    return Shown(
        table, asked, read_page(table, asked), options_of(table), views_of(who(), table) if table.viewed else (),
        place or {}, fixed or {}, usual or {}, offers or {},
    )  # fmt: skip


def who() -> Who:
    """Return the person who asks. Who only reads the hub arranges it for the own use, not for others."""
    return Who(current_user.id, admin=may(ADMIN), shares=may(*SELLERS, *VALUERS))


def asked_in(table: Table, query: str, choice: Choice | None = None) -> Asked:
    """Return what a query, as it stands behind a question mark, asks of a list."""
    kept = choice or Choice()
    return ask(table, dict(parse_qsl(query)), kept.columns, kept.size)


def told(table: Table, query: str) -> list[tuple[str, str]]:
    """Return what a query asks for, in words: titles and values."""
    asked = asked_in(table, query)
    shown = Shown(table, asked, Page(()), options_of(table))
    found = [(chip.title, chip.text) for chip in shown.chips]
    sorted_by = dict(shown.sorts).get(asked.sort, "") if asked.sort != table.usual_order else ""
    return [*found, *([(gettext("Sorted by"), sorted_by)] if sorted_by else [])]


def leaves_search(table: Table, query: str) -> bool:
    """Tell whether ``query_of`` leaves out what was searched for."""
    return table.people and bool(ask(table, dict(parse_qsl(query))).filters.get(SEARCHED))


def query_of(table: Table, query: str) -> str:
    """Return the part of a query that may be kept under a name: filters, order and size that mean something.

    What was searched for in a list of people is left out: it mostly is somebody's name, and a kept one would stay
    when that person is erased.
    """
    given = dict(parse_qsl(query))
    asked = ask(table, given)
    usual = {one.name: one.usual for one in table.filters}
    found = {name: value for name, value in asked.filters.items() if value != usual[name]}
    if table.people:
        found.pop(SEARCHED, None)
    if asked.sort != table.usual_order:
        found["sort"] = asked.sort
    if given.get("size", "") == str(asked.size):
        found["size"] = given["size"]
    return urlencode(found)
