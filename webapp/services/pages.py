"""What all lists share: one page by keyset or number, counts that stop at 1,000."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, select

from webapp.extensions import db

Item = TypeVar("Item")

PAGE_SIZE = 50
PAGE_SIZES = (10, 25, 50, 100)
COUNT_LIMIT = 1000
# What an integer column of PostgreSQL holds; more than that is no id of ours.
LARGEST_ID = 2**31 - 1
ACTIVE_FILTERS = {"active": True, "inactive": False, "all": None}


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list.

    Attributes:
        cursor: where the next page begins; empty on the last one.
        before: where the page before ends; empty on the first one, and where a list only goes on.
        total: capped at ``COUNT_LIMIT`` + 1; None where nobody counts.
    """

    items: Sequence[Item]
    cursor: str = ""
    total: int | None = None
    before: str = ""


def chosen_size(text: str) -> int:
    """Return how many rows a page shall have; what is not one of ``PAGE_SIZES`` means ``PAGE_SIZE``."""
    size = read_id(text)
    return size if size in PAGE_SIZES else PAGE_SIZE


def capped_count(statement: Select[Any]) -> int:
    """Count rows up to ``COUNT_LIMIT`` + 1: an exact count of a filter may take longer than the page."""
    return capped_counts(statement)[0]


def capped_counts(*statements: Select[Any]) -> list[int]:
    """Count the rows of several at once, each as ``capped_count``."""
    limited = [statement.order_by(None).limit(COUNT_LIMIT + 1).subquery() for statement in statements]
    counts = [select(func.count()).select_from(rows).scalar_subquery() for rows in limited]
    return list(db.session.execute(select(*counts)).one())


def page_of(rows: Sequence[Item], size: int, key: Any) -> tuple[Sequence[Item], str]:
    """Split ``size`` + 1 rows into a page and the cursor of the next one.

    Args:
        key: returns the values that a row is sorted by, as JSON can hold them.
    """
    if len(rows) <= size:
        return rows, ""
    shown = rows[:size]
    return shown, encode_cursor(key(shown[-1]))


def encode_cursor(values: Sequence[Any]) -> str:
    """Return sort values as one word for an address."""
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any] | None:
    """Return the sort values; None when the word is missing or not one of ours: begin at the first page."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != length or not _is_id(values[-1]):
        return None
    return values if all(isinstance(value, str | int) for value in values) else None


def decode_moment(cursor: str) -> tuple[datetime, int] | None:
    """Return moment and id where a page begins; None for a word that is not one of ours: begin at the first page."""
    values = decode_cursor(cursor, 2)
    if values is None or not isinstance(values[0], str):
        return None
    try:
        at = datetime.fromisoformat(values[0])
    except ValueError:
        return None
    return (at, values[1]) if at.tzinfo is not None else None


def decode_place(cursor: str) -> tuple[datetime, int, int] | None:
    """Return moment, kind and id where a page of several tables begins; None as ``decode_moment``."""
    values = decode_cursor(cursor, 3)
    if values is None:
        return None
    try:
        at, kind = datetime.fromisoformat(values[0]), int(values[1])
    except (TypeError, ValueError):
        return None
    return (at, kind, values[2]) if at.tzinfo is not None else None


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_ID


def read_id(text: str) -> int | None:
    """Return the id that a text of an address names; None where no row can have such a one, so none is asked for."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) < 11 and int(text) <= LARGEST_ID else None


def contains(text: str) -> str:
    """Return a LIKE pattern for text that stands anywhere; its own signs are taken literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def active_only(column: Any, choice: str) -> list[ColumnElement[bool]]:
    """Return the condition of the filter Ativo: active, inactive or all; another word means active."""
    wanted = ACTIVE_FILTERS.get(choice, True)
    return [] if wanted is None else [column.is_(wanted)]


def numbered(wanted: Select[Any], order: tuple[Any, ...], cursor: str, size: int = PAGE_SIZE) -> Page[Any]:
    """Page by number: for lists of configuration, which stay short.

    Args:
        order: columns to sort by; the last one is the id.
    """
    total = capped_count(wanted.with_only_columns(order[-1]).options())
    start = decode_cursor(cursor, 1)
    offset = int(start[0]) if start is not None and isinstance(start[0], int) and start[0] > 0 else 0
    rows = db.session.scalars(wanted.order_by(*order).offset(offset).limit(size + 1)).all()
    following = encode_cursor([offset + size]) if len(rows) > size else ""
    return Page(rows[:size], following, total)
