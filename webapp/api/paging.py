"""Lists page by page, by key: no page gets slower than the first, and none skips or repeats a row."""

import base64
import binascii
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.extensions import db
from webapp.services.errors import Invalid, Problem

# What an integer column of PostgreSQL holds; more than that is no id of ours.
LARGEST_ID = 2**31 - 1
PREFIX = b"after:"

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Row = TypeVar("Row")


def _text_alone(value: Any) -> Any:
    """A number is no time here, although it could be read as seconds since 1970."""
    if not isinstance(value, str) or value.lstrip("+-").replace(".", "", 1).isdigit():
        raise PydanticCustomError("datetime_text", "Write it as RFC 3339.")
    return value


# For queries; in a body the check of types refuses a number already.
Moment = Annotated[AwareDatetime, BeforeValidator(_text_alone)]


class ListQuery(BaseModel):
    """What every list understands; a filter that it does not know is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=50, ge=1, le=500, description="At most so many items.")
    cursor: str | None = Field(default=None, max_length=200, description="next_cursor of the former page.")


def page(
    statement: Select[Row], key: InstrumentedAttribute[int], query: ListQuery, *, newest_first: bool = False
) -> tuple[list[Row], str | None]:
    """Return one page of rows, and the cursor of the next one (None on the last).

    Raises:
        Invalid: the cursor was not made here.
    """
    if query.cursor is not None:
        after = _read_cursor(query.cursor)
        statement = statement.where(key < after if newest_first else key > after)
    order = key.desc() if newest_first else key
    rows: list[Any] = list(db.session.scalars(statement.order_by(order).limit(query.limit + 1)))
    if len(rows) <= query.limit:
        return rows, None
    return rows[: query.limit], _make_cursor(getattr(rows[query.limit - 1], key.key))


def _make_cursor(last_id: int) -> str:
    return base64.urlsafe_b64encode(PREFIX + str(last_id).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> int:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    number = raw.removeprefix(PREFIX)
    if not raw.startswith(PREFIX) or not number.isdigit() or int(number) > LARGEST_ID:
        raise Invalid([Problem("cursor", "cursor_malformed")])
    return int(number)
