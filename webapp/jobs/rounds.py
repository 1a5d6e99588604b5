"""What the engine does now and then beside its work: signs of life, leases of the dead, its share, jobs that lack."""

from collections.abc import Collection

import structlog
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from webapp import clock
from webapp.database.trouble import trouble
from webapp.jobs.driving import Drives
from webapp.jobs.fitness import Fitness
from webapp.jobs.owner import Owner
from webapp.jobs.pool import Pools
from webapp.services.convergence import claims, common_shares
from webapp.services.convergence.shares import Shares
from webapp.services.queue import deferring
from webapp.services.system import beat

SWEEP_S = 5.0
# Where jobs say what to do: how late the one may be of which nobody made a job, such as a retry that is due now.
QUEUE_S = 1.0
log = structlog.get_logger()


class Rounds:
    """Used by the engine's thread."""

    def __init__(
        self, database: Database, owner: Owner, pools: Pools, share: Shares, drives: Drives | None,
        fitness: Fitness | None,
    ) -> None:  # fmt: skip
        self._database, self._owner, self._pools, self._share = database, owner, pools, share
        self._drives, self._fitness = drives, fitness
        self._alone = database.dialect.name == "sqlite"
        self._swept_s, self._queued_s = -SWEEP_S, -QUEUE_S
        # Integrations of which others know that this process has a part, and those with work since the last round.
        self._shared: set[int] = set()
        self._touched: set[int] = set()

    def touch(self, integration_ids: Collection[int]) -> None:
        """Note that there was work on these integrations."""
        self._touched.update(integration_ids)

    def go(self, beat_name: str) -> None:
        """Do what is due of it; a database that cannot take it now takes it next time."""
        try:
            if clock.monotonic_s() - self._swept_s >= SWEEP_S:
                self._swept_s = clock.monotonic_s()
                self._sweep(beat_name)
            if not self._alone and clock.monotonic_s() - self._queued_s >= QUEUE_S:
                self._queued_s = clock.monotonic_s()
                self._share_and_queue()
        except DBAPIError as error:
            self._share.undone()
            # No trace of a database that is away: it comes every second for as long as that lasts.
            if code := trouble(error):
                log.error("engine.sweep", code=code, reason=str(error.orig))
            else:
                log.exception("engine.sweep")

    def call_for_help(self, integration_ids: Collection[int]) -> None:
        """Ask other processes to join in on these."""
        asked = [one for one in sorted(integration_ids) if self._drives and self._drives.may_call_for_help(one)]
        if asked:
            with self._database.begin() as db_connection:
                for integration_id in asked:
                    deferring.call_for_help(db_connection, integration_id)

    def leave(self) -> None:
        """Leave this process's room to the others at once: it ends."""
        if self._alone or not (self._shared | self._touched):
            return
        try:
            with self._database.begin() as db_connection:
                self._share.forget(db_connection, self._shared | self._touched)
        except DBAPIError:
            log.exception("engine.leave")

    def _sweep(self, beat_name: str) -> None:
        # First of all: where tables are newer than this version knows, what follows may fail.
        if self._fitness is not None:
            self._fitness.look()
        with self._database.begin() as db_connection:
            beat(db_connection, beat_name, clock.utc_now())
            dead = self._owner.dead(claims.lease_owners(db_connection), one_host=self._alone)
            claims.release_dead(db_connection, dead)
            # By a clock that is wrong, all others would be long gone.
            if not self._alone and self._fit():
                common_shares.tidy(db_connection, clock.utc_now(), dead)

    def _share_and_queue(self) -> None:
        calls = {one: self._pools.unheard(one) for one in self._shared | self._touched}
        idle = {one for one, count in calls.items() if not count} - self._touched
        with self._database.begin() as db_connection:
            used = {one: calls[one] for one in calls.keys() - idle}
            self._share.remind(db_connection, used, clock.utc_now())
            if idle:
                self._share.forget(db_connection, idle)
            if self._drives is not None and self._fit():
                deferring.sweep(db_connection, clock.utc_now(), but=frozenset(self._drives.wanted()))
        self._shared, self._touched = calls.keys() - idle, set()

    def _fit(self) -> bool:
        return self._fitness is None or self._fitness.may_claim
