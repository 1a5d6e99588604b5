"""When a source is read by itself for the first time."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from webapp.extensions import db
from webapp.models import Source

_SOURCE = Source.__table__


def start_schedule(source_id: int, now: datetime) -> None:
    """Begin to read a source by itself, in the caller's transaction: a person has pulled it for the first time."""
    row = db.session.execute(
        select(_SOURCE.c.full_due_at, _SOURCE.c.full_interval_s, _SOURCE.c.light_due_at, _SOURCE.c.light_interval_s)
        .where(_SOURCE.c.id == source_id)
    ).one()  # fmt: skip
    values: dict[str, datetime] = {}
    if row.full_due_at is None:
        values["full_due_at"] = now + timedelta(seconds=row.full_interval_s)
    if row.light_due_at is None and row.light_interval_s is not None:
        values["light_due_at"] = now + timedelta(seconds=row.light_interval_s)
    if values:
        db.session.execute(update(_SOURCE).where(_SOURCE.c.id == source_id).values(**values))
