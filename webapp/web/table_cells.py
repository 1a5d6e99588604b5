"""What a cell of a list says in a file: the same words as on the page, numbers as numbers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import format_datetime, gettext

from webapp.messages import explain
from webapp.services.tables.contract import (
    DAY,
    DOCUMENT,
    MOMENT,
    MONEY,
    NUMBER,
    TEXT,
    YES_NO,
    Column,
    Table,
)
from webapp.web.facts import actor
from webapp.web.filters import NOTHING, amount, document, phone
from webapp.web.history_words import changed, happened
from webapp.web.labels import label
from webapp.web.labels_tables import COLUMN, words

PARTED = ", "
PHONE, TROUBLE, COUNTS = "phone", "trouble", "counts"
# What makes words of a value that is no word of a kind of ``web/labels.py``.
SAID: Mapping[str, Callable[[Any], str]] = {"actor": actor, "happened": happened, "changes": changed}
COUNTRY = "+55 "
Cell = str | int | Decimal | datetime | date | None


def titles(table: Table, columns: Sequence[str]) -> list[str]:
    """Return the titles of these columns."""
    return [words(COLUMN, table.name, key, key) for key in columns]


def cells_of(table: Table, columns: Sequence[str]) -> Callable[[Any], list[Cell]]:
    """Return what makes the cells of a line; words are looked up once for the whole file."""
    chosen, zone = [table.column(key) for key in columns], ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])
    known: dict[tuple[str, str], str] = {}
    return lambda line: [_cell(column, line, zone, known) for column in chosen]


def written(cell: Cell) -> str:
    """Return a cell that is no text as a CSV has it: in the person's language."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return amount(cell)
    if isinstance(cell, datetime):
        return str(format_datetime(cell, "short", rebase=False))
    return str(cell)


def _cell(column: Column, line: Any, zone: ZoneInfo, known: dict[tuple[str, str], str]) -> Cell:
    value = column.value(line)
    if value is None or value == "":
        return None
    if column.kind == MOMENT:
        return value.astimezone(zone).replace(tzinfo=None) if isinstance(value, datetime) else None
    if column.kind in (NUMBER, MONEY, DAY):
        return value if isinstance(value, int | Decimal | date) else str(value)
    if column.kind in SAID:
        return SAID[column.kind](value)
    if column.kind == COUNTS:
        return PARTED.join(f"{_word(kind, name, known)}: {number}" for kind, name, number in value)
    if column.kind == TROUBLE:
        return str(explain(*value))
    several = value if isinstance(value, list | tuple) else [value]
    return PARTED.join(_text(column.kind, one, known) for one in several)


def _text(kind: str, value: Any, known: dict[tuple[str, str], str]) -> str:
    if kind == TEXT:
        return str(value)
    if kind == DOCUMENT:
        return document(value).replace(NOTHING, "")
    if kind == PHONE:
        # The sign in front would make a formula of it, which a mark would have to prevent.
        return phone(value).removeprefix(COUNTRY).replace(NOTHING, "")
    if kind == YES_NO:
        return str(gettext("Yes") if value else gettext("No"))
    return _word(kind, value, known)


def _word(kind: str, value: str, known: dict[tuple[str, str], str]) -> str:
    if (kind, value) not in known:
        known[kind, value] = str(label(kind, value).text)
    return known[kind, value]
