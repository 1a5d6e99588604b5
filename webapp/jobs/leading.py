"""Keeps this process's lead of the periodic work, or waits for it."""

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from webapp import clock
from webapp.services import leadership

log = structlog.get_logger()


class Lead:
    """Of one scheduler; renewed by its beat, asked by each of its tasks, from several threads.

    Args:
        holder: the name of this process, which no other has.
    """

    def __init__(self, database: Engine, holder: str) -> None:
        self._database = database
        self._holder = holder
        self._alone = database.dialect.name == "sqlite"
        self._fence: int | None = None
        self._until_s = 0.0

    def renew(self) -> None:
        """Lead on, or take the lead where nobody has it."""
        asked_s = clock.monotonic_s()
        with self._database.begin() as db_connection:
            fence = leadership.stand(db_connection, self._holder, clock.utc_now(), alone=self._alone)
        if fence != self._fence:
            log.info("scheduler.leads" if fence is not None else "scheduler.follows", fence=fence or self._fence)
        self._fence, self._until_s = fence, asked_s + leadership.LEASE.total_seconds()

    def fence(self) -> int | None:
        """Return the fence while this process leads, by its own count of the time; else None."""
        return self._fence if clock.monotonic_s() < self._until_s else None

    def leave(self) -> None:
        """Let another one lead at once."""
        if self._fence is None:
            return
        self._fence = None
        try:
            with self._database.begin() as db_connection:
                leadership.resign(db_connection, self._holder, clock.utc_now())
        except DBAPIError:
            # Then its lease runs out.
            log.exception("scheduler.leave")
