"""Tells short parts of a large table from long ones, so that each is met on its quicker way.

SQLite plans without knowing how many rows a filter leaves. What is short is looked up once, as ids, and known from
then on: who shows it sorts them, and nobody counts again. What is long is met soon enough while walking in the list's
own order.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from webapp.extensions import db

FEW = 3_000


@dataclass(frozen=True)
class Looked:
    """What the beginning of a select gives.

    Attributes:
        cut: there are more, so that ``ids`` says no more than that there are so many.
    """

    ids: frozenset[int]
    cut: bool


@dataclass(frozen=True)
class Found:
    """The rows that filters choose, without order, limit or options.

    Attributes:
        total: how many there are, where that is known by now; any number over ``pages.COUNT_LIMIT`` says more than
            that. None = count the rows.
    """

    rows: Select[Any]
    total: int | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """What one filter asks for.

    Attributes:
        looked_up: ids, some of them perhaps more than once, through the filter's own index; None = none serves.
        tested: makes the same as a condition on one row after the other, from the column of its id.
        besides: gives those whom ``looked_up`` leaves out because they take long to tell, or None for too many of
            them. None = it leaves out nobody.
    """

    looked_up: Select[Any] | None
    tested: Callable[[Any], ColumnElement[bool]]
    besides: Callable[[], frozenset[int] | None] | None = None


class _Gathered(FunctionElement[Any]):
    """All values of a column as one list."""

    name = "gathered"
    inherit_cache = True
    type = JSON()


class _Each(FunctionElement[int]):
    """The numbers of a list that is given as JSON: one value to bind, however many they are."""

    name = "each"
    inherit_cache = True


@compiles(_Gathered)
def _gathered(element: Any, compiler: Any, **words: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **words)})"


@compiles(_Gathered, "postgresql")
def _gathered_postgresql(element: Any, compiler: Any, **words: Any) -> str:
    return f"json_agg({compiler.process(element.clauses, **words)})"


@compiles(_Each)
def _each(element: Any, compiler: Any, **words: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **words)}))"


@compiles(_Each, "postgresql")
def _each_postgresql(element: Any, compiler: Any, **words: Any) -> str:
    given = compiler.process(element.clauses, **words)
    return f"(SELECT CAST(value AS INTEGER) FROM json_array_elements_text(CAST({given} AS JSON)))"


def look(parts: Sequence[tuple[Select[Any], int]]) -> list[Looked]:
    """Return the first ids that each select gives, one query for all.

    Args:
        parts: selects of one column, each with how many of its rows are looked at, at most.
    """
    if not parts:
        return []
    lists = [gathered(part, most) for part, most in parts]
    rows = zip(db.session.execute(select(*lists)).one(), parts, strict=True)
    return [Looked(frozenset(found or ()), len(found or ()) >= most) for found, (_part, most) in rows]


def among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition of being one of these."""
    found: ColumnElement[bool] = column.op("IN", is_comparison=True)(_Each(literal(json.dumps(sorted(ids)))))
    return found


def short(parts: Sequence[Select[Any]]) -> list[bool]:
    """Tell of each select whether it gives fewer than ``FEW`` rows; one query for all, which stops counting there."""
    if not parts:
        return []
    counts = [select(func.count()).select_from(part.limit(FEW).subquery()).scalar_subquery() for part in parts]
    return [count < FEW for count in db.session.execute(select(*counts)).one()]


def gathered(part: Select[Any], most: int) -> Any:
    """Return the first values that a select of one column gives as one list; NULL or an empty one for nothing."""
    found = part.limit(most).subquery()
    return select(_Gathered(list(found.c)[0])).scalar_subquery()
