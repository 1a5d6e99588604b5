"""Whether this process may claim work on a database shared with others, of another version or on another clock."""

from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine, func, select

from webapp import clock
from webapp.schema import current_revision, revisions

# Leases of all machines are read by all their clocks; each has a margin of three times as much.
MOST_SKEW_S = 5.0
TOLD_EVERY_S = 60.0
log = structlog.get_logger()


class Fitness:
    """Looked at by the engine now and then; what is under way is recorded whatever it says.

    Args:
        database: PostgreSQL, on which several machines and versions may work.

    Attributes:
        may_claim: as the last look found; before the first one it may not.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._known = frozenset(revisions())
        self._told_s = -TOLD_EVERY_S
        self.may_claim = False

    def look(self) -> None:
        """Find out anew whether this process may claim, and say why where it may not."""
        fault = self._fault()
        self.may_claim = not fault
        if fault and clock.monotonic_s() - self._told_s >= TOLD_EVERY_S:
            self._told_s = clock.monotonic_s()
            log.error("engine.unfit", **fault)

    def _fault(self) -> dict[str, str]:
        revision = current_revision(self._database)
        if revision is not None and revision not in self._known:
            return {"code": "schema_newer", "revision": revision, "do": "start this version's successor here"}
        skew_s = self._skew_s()
        if abs(skew_s) > MOST_SKEW_S:
            return {"code": "clock_differs", "by_s": f"{skew_s:.1f}", "do": "set both machines' clocks by NTP"}
        return {}

    def _skew_s(self) -> float:
        """Return by how much the database's clock is ahead, after half of what asking took."""
        with self._database.connect().execution_options(reads_only=True) as db_connection:
            before = clock.utc_now()
            there: datetime = db_connection.execute(select(func.clock_timestamp())).scalar_one()
            return (there.astimezone(UTC) - before - (clock.utc_now() - before) / 2).total_seconds()
