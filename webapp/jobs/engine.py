"""The embedded engine: one thread that writes, many that call.

Each cycle is one transaction: record what ended, claim what is due, record the intents.
Only after its commit do the new calls start. A hundred calls so cost about one commit.
"""

import threading

import structlog
from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError, OperationalError

from webapp import clock
from webapp.database.trouble import trouble
from webapp.gateways.contract import Operation, Traits
from webapp.jobs.owner import Owner
from webapp.jobs.pool import Pools
from webapp.services.connections import Connections, effective_limits
from webapp.services.convergence import claims, lanes, settling
from webapp.services.convergence.planning import Planner
from webapp.services.convergence.work import Job, Lane, Result
from webapp.services.hub import Hub
from webapp.services.signals import ACCOUNTS
from webapp.services.system import beat

IDLE_S = 0.25
TROUBLE_S = 1.0
SWEEP_S = 5.0
# So long calls under way may take when the server is told to end; it has to be gone half a minute after that.
LEAVE_S = 20.0
BEAT = "engine"
# Calls that wait for a thread, so that none idles while a cycle runs.
AHEAD = 2
# So many results make a commit worth while at once; fewer wait a moment for company.
GATHER = 16
GATHER_S = 0.004
# Accounts claimed in one cycle where one call carries many; more would hold the others up.
MOST_CLAIMED = 200
WIDER = 4
log = structlog.get_logger()


class Engine:
    """Drives convergence in this process. ``run`` belongs to one thread.

    Attributes:
        left: how many calls had not ended when the engine did.
    """

    def __init__(self, database: Database, hub: Hub, connections: Connections, owner: Owner) -> None:
        self._database = database
        self._hub = hub
        self._connections = connections
        self._owner = owner
        self._pools = Pools(ACCOUNTS.wake)
        self._unsettled: list[Result] = []
        self._proven: set[int] = set()
        self._lanes: dict[int, Lane] = {}
        # Where one call carries several subscribers: how many accounts are claimed for each call.
        self._widths: dict[int, int] = {}
        self._swept_s = -SWEEP_S
        self._stop = threading.Event()
        self.left = 0

    def run(self) -> None:
        """Work until ``stop``; then let calls under way end, for a while, and record them."""
        while not self._stop.is_set():
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
        self._guarded(claiming=False)

    def cycle(self, only: int | None = None) -> bool:
        """Do one round; returns whether there was anything to do.

        Args:
            only: one integration, or None for all.
        """
        self._sweep()
        return self._guarded(only=only)

    def busy(self) -> int:
        """Return how many calls are under way or not yet recorded."""
        return self._pools.busy() + len(self._unsettled)

    def _guarded(self, *, only: int | None = None, claiming: bool = True) -> bool:
        """Keep results when the database cannot take them now: they are recorded as soon as it can."""
        self._collect()
        try:
            calls, moved = self._transact(only, claiming)
        except OperationalError as error:
            # A border: a full disk or a locked file heals; until then nothing new is sent. No trace: it may come
            # once a second, onto the same full disk.
            log.error("engine.database", code=trouble(error), reason=str(error.orig))
            clock.sleep(TROUBLE_S)
            return False
        except DBAPIError:
            log.exception("engine.batch")
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
            except DBAPIError:
                # Its intent stays on record as a doubt, so it is looked at again when the lease ends.
                log.exception("engine.result", account_id=result.job.claim.account_id)

    def _transact(self, only: int | None, claiming: bool) -> tuple[list[list[Job]], bool]:
        now = clock.utc_now()
        results = self._unsettled
        if not results and not (claiming and self._anything_due()):
            return [], False
        calls: list[list[Job]] = []
        moved = bool(results)
        with self._database.begin() as db_connection:
            self._lanes = lanes.load_lanes(db_connection, self._connections, only)
            settling.settle(db_connection, self._lanes, results, now)
            for integration_id, lane in self._lanes.items():
                mine = [result for result in results if result.job.claim.integration_id == integration_id]
                lanes.learn(db_connection, lane, mine, now)
                self._judge(lane, mine)
            if claiming:
                for lane in self._lanes.values():
                    taken, planned = self._claim(db_connection, lane, len(calls))
                    calls += planned
                    moved = moved or bool(taken)
        self._unsettled = []
        return calls, moved

    def _claim(self, db_connection: Connection, lane: Lane, about_to_start: int) -> tuple[int, list[list[Job]]]:
        now = clock.utc_now()
        traits = lane.gateway.traits
        limits = effective_limits(traits, lane.concurrency, lane.rate_per_s)
        ahead = AHEAD if _safe_to_queue(traits) and lane.integration_id in self._proven else 1
        # What ended and is not recorded yet would be a doubt after a crash, just as what is under way.
        in_flight = self._pools.unheard(lane.integration_id)
        workers = self._hub.settings.workers
        # Each has its share whatever the others do: platforms that hang must not hold all workers.
        share = max(workers // len(self._lanes), 1) - in_flight
        spare = max(workers - self._pools.total_in_flight() - about_to_start, share)
        free = lanes.slots(lane, min(limits.concurrency * ahead - in_flight, spare), in_flight, now)
        granted = self._pools.allowed(lane.integration_id, limits.rate_per_s, free)
        if granted <= 0:
            return 0, []
        wide = self._widths.get(lane.integration_id, MOST_CLAIMED) if traits.batch else 1
        count = min(granted * wide, max(granted, MOST_CLAIMED))
        lease_s = limits.total_timeout_s * ahead * _most_calls(traits)
        taken = claims.claim(db_connection, lane.integration_id, count, self._owner.name, lease_s, now)
        planner = Planner(db_connection, self._hub.vault, lane, now, self._hub.today(), granted)
        calls = _by_call(planner.plan(taken))
        if traits.batch:
            self._widths[lane.integration_id] = _width(wide, planner.released, full=len(taken) == count)
        self._pools.give_back(lane.integration_id, granted - len(calls))
        return len(taken) - planner.released, calls

    def _judge(self, lane: Lane, results: list[Result]) -> None:
        """Queue ahead only for a platform that answers; take the queue back from one that does not."""
        if lane.breaker.failures or lane.breaker.is_open or lane.paused_code is not None:
            if lane.integration_id in self._proven:
                self._proven.discard(lane.integration_id)
                self._pools.recall(lane.integration_id)
        elif any(result.error is None for result in results):
            self._proven.add(lane.integration_id)

    def _anything_due(self) -> bool:
        with self._database.connect().execution_options(reads_only=True) as db_connection:
            return bool(claims.integrations_due(db_connection, clock.utc_now()))

    def _concurrency(self, job: Job) -> int:
        return self._lanes[job.claim.integration_id].concurrency

    def _sweep(self) -> None:
        """Now and then: show a sign of life, free the leases of dead processes."""
        if clock.monotonic_s() - self._swept_s < SWEEP_S:
            return
        self._swept_s = clock.monotonic_s()
        try:
            with self._database.begin() as db_connection:
                beat(db_connection, BEAT, clock.utc_now())
                if self._hub.settings.sqlite:
                    dead = self._owner.dead(claims.lease_owners(db_connection))
                    claims.release_dead(db_connection, dead)
        except DBAPIError:
            log.exception("engine.sweep")


def _by_call(jobs: list[Job]) -> list[list[Job]]:
    """Return the jobs of one plan that go in one call together, in the order of the first of each."""
    calls: dict[int, list[Job]] = {}
    for job in jobs:
        calls.setdefault(job.parcel, []).append(job)
    return list(calls.values())


def _width(wide: int, released: int, *, full: bool) -> int:
    """Return how many accounts to claim for each call next time: fewer when they found no place in one."""
    if released:
        return max(wide // WIDER, 1)
    return min(wide * WIDER, MOST_CLAIMED) if full else wide


def _most_calls(traits: Traits) -> int:
    """Return how many calls one job may take; in one with others, each of them may need a look-up first."""
    return traits.calls_per_job + max(traits.batch.values(), default=0)


def _safe_to_queue(traits: Traits) -> bool:
    """Tell whether a crash may leave intents that were never sent: a platform that cannot be asked would park them."""
    return traits.honours_key or traits.repeatable_create or traits.can(Operation.FIND)
