"""Pages by keyset under any order: forth and back, with rows that tie, and with places that somebody made up."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Row, Select, literal, select, tuple_

from webapp.extensions import db
from webapp.services.pages import LARGEST_ID
from webapp.services.tables.contract import Order

LONGEST_PLACE = 2_000
Values = tuple[Any, ...]


def read_rows(
    rows: Select[Any], order: Order, options: Sequence[Any] = (), *, down: bool, behind: Values | None, count: int
) -> list[Row[Any]]:
    """Return rows with the values that they are sorted by behind them.

    Their places are found first, by what is compared and sorted alone; only those that are shown are read whole.

    Args:
        rows: of one model, without options.
        options: loaders of what is shown of a row.
        behind: values of the row behind which it begins; None = at the beginning.
    """
    sorted_by = [key.desc() if down else key.asc() for key in order.keys]
    places = rows.with_only_columns(order.keys[-1]).order_by(*sorted_by).limit(count)
    if behind is not None:
        place = tuple_(*(literal(value, key.type) for value, key in zip(behind, order.keys, strict=True)))
        here = tuple_(*order.keys)
        places = places.where(here < place if down else here > place)
    whole = select(rows.column_descriptions[0]["entity"]).add_columns(*order.keys).options(*options)
    return list(db.session.execute(whole.where(order.keys[-1].in_(places)).order_by(*sorted_by)).all())


def write_place(row: Sequence[Any]) -> str:
    """Return the place of a row, as ``read_rows`` gave it, as one word for an address."""
    values = [value if isinstance(value, str | int) else str(_text(value)) for value in row[1:]]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read_place(word: str, order: Order) -> Values | None:
    """Return the values of a place; None for no word, or one that is not ours: begin at the beginning."""
    if not word or len(word) > LONGEST_PLACE:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
        if not isinstance(values, list) or len(values) != len(order.kinds):
            return None
        found = tuple(_READERS[kind](value) for kind, value in zip(order.kinds, values, strict=True))
    except (ValueError, TypeError, RecursionError, InvalidOperation, OverflowError):
        return None
    return found


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_ID:
        raise ValueError
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    # Half of a pair of surrogates is no text for a database.
    value.encode()
    return value


def _moment(value: Any) -> datetime:
    at = datetime.fromisoformat(_word(value))
    if at.tzinfo is None:
        raise ValueError
    return at


def _amount(value: Any) -> Decimal:
    amount = Decimal(_word(value))
    if not amount.is_finite() or abs(amount) >= 10**10:
        raise ValueError
    return amount


_READERS: Mapping[type, Any] = {
    int: _number, str: _word, datetime: _moment, Decimal: _amount,
    date: lambda value: date.fromisoformat(_word(value)),
}  # fmt: skip
