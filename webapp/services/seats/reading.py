"""Reads the ledger of seats: of one platform, over a time; never a whole table."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Text, case, cast, select, union_all

from webapp.decide.seats import Span
from webapp.extensions import db
from webapp.models import Seat

AT_ONCE = 1_000
_SEAT = Seat.__table__
SPAN = (
    _SEAT.c.id, _SEAT.c.account_id, _SEAT.c.service_package_id, _SEAT.c.product_id, _SEAT.c.state, _SEAT.c.began_at,
    _SEAT.c.ended_at, _SEAT.c.began_by, _SEAT.c.ended_by,
    # Of most there is none, which stands there as JSON: tens of thousands of times nothing need not be parsed.
    case((cast(_SEAT.c.proof, Text) != "null", _SEAT.c.proof)).label("proof"),
)  # fmt: skip


def spans(integration_id: int, from_at: datetime, until_at: datetime) -> Iterator[Span]:
    """Return the seats of one platform that lasted at any moment of a time, by account, product and beginning.

    They come as they are asked for: mind that the session stays as it is until the last one.

    Args:
        from_at: what ended at this moment or before it is left out.
        until_at: what began at this moment or after it is left out.
    """
    began = _SEAT.c.integration_id == integration_id, _SEAT.c.began_at < until_at
    lasting = select(*SPAN).where(*began, _SEAT.c.ended_at.is_(None))
    past = select(*SPAN).where(*began, _SEAT.c.ended_at.is_not(None), _SEAT.c.ended_at > from_at)
    rows = union_all(lasting, past).subquery()
    wanted = select(rows).order_by(rows.c.account_id, rows.c.product_id, rows.c.began_at, rows.c.id)
    for row in db.session.execute(wanted, execution_options={"yield_per": AT_ONCE}):
        yield span_of(row)


def span_of(row: Any) -> Span:
    """Return a row of the table as the rules read it."""
    return Span(
        row.id, row.account_id, row.service_package_id, row.product_id, row.state, row.began_at, row.ended_at,
        row.began_by, row.ended_by, row.proof,
    )  # fmt: skip
