"""Who works on a row: one process at a time, by conditional updates, on any database.

The end of a lease is its fencing token: it moves with every renewal, so whoever was taken for dead finds
that the row no longer shows what he wrote last, and writes nothing more. The table has a column ``lease_until``.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.services.transactions import begin


class LeaseLost(Exception):
    """Somebody else works on this row now: write nothing more of it."""


class StopRequested(Exception):
    """A person stopped the work: leave it where it is."""


class Interrupted(Exception):
    """This process ends: leave the work to the next one."""


class RowLease:
    """The right to work on one row. Used by one thread.

    A subclass says which table, for how long, which column carries a person's wish, and when that wish is to stop.
    """

    table: Table
    length: timedelta
    wish: str

    def __init__(self, row_id: int, until: datetime, interrupted: Callable[[], bool] = lambda: False) -> None:
        """Hold what ``take`` returned.

        Args:
            interrupted: tells whether this process is about to end.
        """
        self.row_id = row_id
        self._until = until
        self._interrupted = interrupted

    def asks_to_stop(self, wish: Any) -> bool:
        """Tell whether this value of the wish's column means that a person stopped the work."""
        return bool(wish)

    def keep(self, **values: Any) -> Any:
        """Renew within the caller's transaction, and write these columns of the row with it.

        Returns:
            What a person asked for meanwhile: the value of the wish's column.

        Raises:
            LeaseLost: roll back; the row is somebody else's.
            StopRequested, Interrupted: roll back what is half done, and leave the row.
        """
        if self._interrupted():
            raise Interrupted
        until = utc_now() + self.length
        renewed = self._mine().values(lease_until=until, **values).returning(self.table.c[self.wish])
        row = db.session.execute(renewed).one_or_none()
        if row is None:
            raise LeaseLost
        if self.asks_to_stop(row[0]):
            raise StopRequested
        self._until = until
        return row[0]

    def renew(self, **values: Any) -> Any:
        """Renew in a transaction of its own, which is committed.

        Raises:
            LeaseLost, StopRequested, Interrupted: as ``keep``; nothing was written.
        """
        begin(reads_only=False)
        try:
            wish = self.keep(**values)
        except BaseException:
            db.session.rollback()
            raise
        db.session.commit()
        return wish

    def leave(self, **values: Any) -> bool:
        """Give the row up within the caller's transaction, with these columns; False when it was lost already."""
        left = self._mine().values(lease_until=None, **values).returning(self.table.c.id)
        return db.session.execute(left).one_or_none() is not None

    def _mine(self) -> Any:
        return update(self.table).where(self.table.c.id == self.row_id, self.table.c.lease_until == self._until)


def is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    """Return the condition that nobody holds a row, or that its holder died."""
    return or_(table.c.lease_until.is_(None), table.c.lease_until <= now)


def take_row(table: Table, row_id: int, length: timedelta, *conditions: ColumnElement[bool]) -> datetime | None:
    """Take a row that fulfils the conditions, and commit.

    Returns:
        Until when it is ours, for a ``RowLease``; None when somebody has it, or it does not fulfil them.
    """
    now = utc_now()
    begin(reads_only=False)
    free = update(table).where(table.c.id == row_id, *conditions, is_free(table, now))
    taken = db.session.execute(free.values(lease_until=now + length).returning(table.c.id)).one_or_none()
    db.session.commit()
    return None if taken is None else now + length


def free_row(table: Table, row_id: int, *conditions: ColumnElement[bool]) -> None:
    """Free a row whose worker in this process did not end in time, and commit; it notices when it writes next."""
    begin(reads_only=False)
    db.session.execute(update(table).where(table.c.id == row_id, *conditions).values(lease_until=None))
    db.session.commit()
