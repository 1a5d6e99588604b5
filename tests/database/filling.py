"""Something in every table of a hub: what is there by use cases, and made-up rows where there is nothing.

Texts are what a database could get wrong: accents, signs of four bytes, quotes, what COPY means something by.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    Numeric,
    String,
    Table,
    func,
    insert,
    select,
)
from sqlalchemy.types import TypeDecorator

from tests.secrets import sealed_world
from webapp.extensions import db
from webapp.models.types import Money, UtcDateTime
from webapp.services import chain, epoch
from webapp.services.transactions import insert_once

ROWS = 3
NASTY = ("João ç 😀 \\N\t\"'", "a\nb\\\r\\.", "zé; DROP TABLE x --")
MOMENTS = (
    datetime(2026, 11, 23, 12, 30, 45, 123456, tzinfo=UTC), datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2040, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
)  # fmt: skip
OBJECTS: tuple[Any, ...] = ({"ç": ["😀", None, 1.5, True]}, {}, {"a": {"b": "\u0000\\"}})
# Where only one of two columns may be filled.
LEFT_EMPTY = {("price_change", "amount")}
_CHOICES = re.compile(r"(\w+) in \(([^)]*)\)")


def fill() -> None:
    """Fill every table of the database of the application context, which has its tables; commits and seals."""
    sealed_world.build()
    epoch.check_at_start()
    with db.engine.begin() as connection:
        for table in db.metadata.sorted_tables:
            if not count(connection, table) and table.name != "chain_link":
                # One to a parent is all that some tables take.
                for row in _rows(connection, table):
                    insert_once(connection, insert(table).values(**row))
    chain.seal()
    db.session.remove()


def count(connection: Connection, table: Table) -> int:
    """Return how many rows a table holds."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    choices = {
        name: [word.strip().strip("'") for word in words.split(",")]
        for rule in table.constraints if isinstance(rule, CheckConstraint)
        for name, words in _CHOICES.findall(str(rule.sqltext))
    }  # fmt: skip
    parents = {column.name: _parents(connection, column) for column in table.columns}
    for number in range(ROWS):
        made = {}
        for column in table.columns:
            if column.primary_key and column.autoincrement is True or column.name == "id":
                made[column.name] = number + 1
            elif ids := parents[column.name]:
                made[column.name] = ids[number % len(ids)]
            elif column.foreign_keys or _is_empty(column, number):
                made[column.name] = None
            else:
                made[column.name] = _value(column, number, choices.get(column.name))
        yield made


def _is_empty(column: Column[Any], number: int) -> bool:
    return (column.table.name, column.name) in LEFT_EMPTY or (bool(column.nullable) and number == ROWS - 1)


def _parents(connection: Connection, column: Column[Any]) -> list[Any]:
    for key in column.foreign_keys:
        return list(connection.scalars(select(key.column).limit(ROWS)))
    return []


def _value(column: Column[Any], number: int, choices: list[str] | None) -> Any:
    kind = column.type
    if choices:
        return choices[number % len(choices)]
    if isinstance(kind, UtcDateTime | DateTime):
        return MOMENTS[number] if isinstance(kind, UtcDateTime) else MOMENTS[number].replace(tzinfo=None)
    if isinstance(kind, Money):
        return number + 1
    if isinstance(kind, TypeDecorator):
        return [f"one{number}"] if "List" in type(kind).__name__ else f"{number}"
    if isinstance(kind, Date):
        return date(2026, 2, 27 + number % 2)
    return _plain(kind, number)


def _plain(kind: Any, number: int) -> Any:
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, JSON):
        return OBJECTS[number]
    if isinstance(kind, LargeBinary):
        return bytes([0, 255, number])
    if isinstance(kind, String):
        return f"{number}{NASTY[number]}"[: kind.length or 100]
    return number + 0.1 if isinstance(kind, Numeric) else number + 1
