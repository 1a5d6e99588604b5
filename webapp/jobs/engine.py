"""The engine: one thread that writes, many that call.

Each cycle is one transaction: record what ended, claim what is due, record the intents.
Only after its commit do the new calls start. A hundred calls so cost about one commit.

Alone on SQLite it works on everything. On PostgreSQL any number work on one queue, and keep each platform's limits
together (``convergence/shares.py``); where jobs say what to work on, it looks at nothing else (``driving.py``).
"""

import threading

import structlog
from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError, OperationalError

from webapp import clock
from webapp.database.trouble import trouble
from webapp.jobs.claiming import Claimer
from webapp.jobs.driving import Drives
from webapp.jobs.fitness import Fitness
from webapp.jobs.owner import Owner
from webapp.jobs.pool import Pools
from webapp.jobs.rounds import Rounds
from webapp.services.connections import Connections
from webapp.services.convergence import claims, lanes, settling
from webapp.services.convergence.common_shares import CommonShares
from webapp.services.convergence.shares import OwnShares, Shares
from webapp.services.convergence.work import Job, Lane, Result
from webapp.services.hub import Hub
from webapp.services.life import LIFE
from webapp.services.queue import deferring
from webapp.services.signals import ACCOUNTS

IDLE_S = 0.25
TROUBLE_S = 1.0
# So long calls under way may take when the server is told to end; it has to be gone half a minute after that.
LEAVE_S = 20.0
BEAT = "engine"
# So many results make a commit worth while at once; fewer wait a moment for company.
GATHER = 16
GATHER_S = 0.004
log = structlog.get_logger()


class Engine:
    """Drives convergence in this process. ``run`` belongs to one thread.

    Attributes:
        left: how many calls had not ended when the engine did.
    """

    def __init__(
        self, database: Database, hub: Hub, connections: Connections, owner: Owner,
        drives: Drives | None = None, fitness: Fitness | None = None,
    ) -> None:  # fmt: skip
        """Make an engine that does nothing yet.

        Args:
            drives: the integrations to work on; None = all.
            fitness: tells whether anything may be claimed; None = always.
        """
        self._database = database
        self._connections = connections
        self._drives, self._fitness = drives, fitness
        self._shares: Shares = OwnShares() if database.dialect.name == "sqlite" else CommonShares(owner.name)
        self._pools = Pools(ACCOUNTS.wake)
        self._claimer = Claimer(hub, owner, self._pools, self._shares)
        self._rounds = Rounds(database, owner, self._pools, self._shares, drives, fitness)
        self._unsettled: list[Result] = []
        self._lanes: dict[int, Lane] = {}
        # Integrations that were not done with in the last cycle, and those that this process is too small for.
        self._waiting: set[int] = set()
        self._short: set[int] = set()
        # Those on which one process at a time works, and another one did.
        self._elsewhere: set[int] = set()
        self._stop = threading.Event()
        self.left = 0

    def run(self) -> None:
        """Work until ``stop``; then let calls under way end, for a while, and record them."""
        while not self._stop.is_set():
            LIFE.show(BEAT)
            try:
                moved = self.cycle()
            except Exception:
                # A border: a fault of ours must not silence every integration; results are kept.
                log.exception("engine.cycle")
                clock.sleep(TROUBLE_S)
                continue
            if not moved:
                ACCOUNTS.wait(IDLE_S)
        self.finish(LEAVE_S)

    def stop(self) -> None:
        """Ask the engine to end; returns at once."""
        self._stop.set()
        ACCOUNTS.wake()

    def finish(self, within_s: float | None = None) -> None:
        """Take back what was not sent, wait for calls under way, record how they ended.

        A call that does not end in time stays on record without an answer: a doubt, as after a crash, that whoever
        works next looks up, repeats with its key, or parks.

        Args:
            within_s: how long to wait for calls; None = until they end.
        """
        self._pools.recall()
        self.left = self._pools.close(within_s)
        if self.left:
            log.warning("engine.left", calls=self.left)
        self._guarded(None, claiming=False)
        self._rounds.leave()

    def cycle(self, only: int | None = None) -> bool:
        """Do one round; returns whether there was anything to do.

        Args:
            only: one integration, or None for all; where jobs say what to work on, it is left out.
        """
        self._rounds.go(BEAT)
        fit = self._fitness is None or self._fitness.may_claim
        if self._drives is None:
            return self._guarded(None if only is None else {only}, claiming=fit)
        looked_s, driven = clock.monotonic_s(), self._drives.wanted()
        # Whatever fails, nobody may believe that there is nothing to do.
        self._waiting, self._short = set(driven) if fit else set(), set()
        moved = self._guarded(driven, claiming=fit and bool(driven))
        self._rounds.call_for_help(self._short)
        self._drives.rest(driven - self._waiting - self._pools.lanes(), looked_s)
        return moved

    def busy(self) -> int:
        """Return how many calls are under way or not yet recorded."""
        return self._pools.busy() + len(self._unsettled)

    def _guarded(self, only: set[int] | None, *, claiming: bool = True) -> bool:
        """Keep results when the database cannot take them now: they are recorded as soon as it can."""
        self._collect()
        try:
            calls, moved = self._transact(only, claiming)
        except OperationalError as error:
            # A border: a full disk or a locked file heals; until then nothing new is sent. No trace: it may come
            # once a second, onto the same full disk.
            log.error("engine.database", code=trouble(error), reason=str(error.orig))
            self._shares.undone()
            clock.sleep(TROUBLE_S)
            return False
        except DBAPIError:
            log.exception("engine.batch")
            self._shares.undone()
            if not self._unsettled:
                clock.sleep(TROUBLE_S)
            self._settle_singly()
            return True
        for jobs in calls:
            self._pools.submit(jobs, self._concurrency(jobs[0]))
        return moved

    def _collect(self) -> None:
        """Take the results that came in; a short wait lets more of them share one commit."""
        self._unsettled += self._pools.drain()
        if 0 < len(self._unsettled) < GATHER and self._pools.total_in_flight():
            clock.sleep(GATHER_S)
            self._unsettled += self._pools.drain()

    def _settle_singly(self) -> None:
        """Record results one by one, so that one that the database refuses does not hold the others."""
        results, self._unsettled = self._unsettled, []
        for result in results:
            try:
                with self._database.begin() as db_connection:
                    settling.settle(db_connection, self._lanes, [result], clock.utc_now())
            except OperationalError:
                # The database is away by now, and this result is not what it refuses: the next cycle tells of it.
                self._unsettled.append(result)
            except DBAPIError:
                # Its intent stays on record as a doubt, so it is looked at again when the lease ends.
                log.exception("engine.result", account_id=result.job.claim.account_id)

    def _transact(self, only: set[int] | None, claiming: bool) -> tuple[list[list[Job]], bool]:
        ended = {result.job.claim.integration_id for result in self._unsettled}
        due = self._due(only) if claiming else set()
        if not ended and not due:
            self._waiting = set()
            return [], False
        self._rounds.touch(ended | due)
        with self._database.begin() as db_connection:
            # What is made due here is looked at here.
            db_connection = db_connection.execution_options(**{deferring.OPTION: False})
            failed = {result.job.claim.integration_id for result in self._unsettled if result.error is not None}
            self._shares.lock(db_connection, ended | due, failed)
            self._lanes = self._load(db_connection, None if only is None else only | ended, ended | due)
            self._settle(db_connection)
            calls, moved = self._claim(db_connection, ended | due) if claiming else ([], bool(ended))
        self._unsettled = []
        return calls, moved or bool(ended)

    def _load(self, db_connection: Connection, only: set[int] | None, used: set[int]) -> dict[int, Lane]:
        """Return the lanes, but for those that one process at a time works on while another one does."""
        found = lanes.load_lanes(db_connection, self._connections, only)
        delicate = {one for one in used & found.keys() if lanes.is_delicate(found[one])}
        self._elsewhere, seized = self._shares.seize(db_connection, delicate)
        if seized:
            # They were read before they were held.
            found |= lanes.load_lanes(db_connection, self._connections, seized)
        return {one: lane for one, lane in found.items() if one not in self._elsewhere}

    def _settle(self, db_connection: Connection) -> None:
        """Record what ended, and let each integration learn from it."""
        now, results = clock.utc_now(), self._unsettled
        settling.settle(db_connection, self._lanes, results, now)
        for integration_id, lane in self._lanes.items():
            mine = [result for result in results if result.job.claim.integration_id == integration_id]
            lanes.learn(db_connection, lane, mine, now)
            self._claimer.judge(lane, mine)

    def _claim(self, db_connection: Connection, due: set[int]) -> tuple[list[list[Job]], bool]:
        """Take what may be done now; returns the calls to start, and whether any account was taken."""
        calls: list[list[Job]] = []
        moved = False
        waiting, short, hungry, under_way = set(self._elsewhere), set(), set(), {}
        for integration_id in sorted(due & self._lanes.keys()):
            taken = self._claimer.claim(db_connection, self._lanes[integration_id], len(self._lanes), len(calls))
            calls += taken.calls
            moved = moved or bool(taken.accounts)
            under_way[integration_id] = self._pools.unheard(integration_id) + len(taken.calls)
            waiting |= {integration_id} if taken.waits else set()
            short |= {integration_id} if taken.short else set()
            hungry |= {integration_id} if taken.hungry else set()
        self._shares.note(db_connection, under_way, clock.utc_now(), hungry)
        self._waiting, self._short = waiting, short
        return calls, moved

    def _due(self, only: set[int] | None) -> set[int]:
        with self._database.connect().execution_options(reads_only=True) as db_connection:
            due = claims.integrations_due(db_connection, clock.utc_now())
        return due if only is None else due & only

    def _concurrency(self, job: Job) -> int:
        return self._lanes[job.claim.integration_id].concurrency
