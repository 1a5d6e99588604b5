"""Takes what one integration may do now: due accounts, as many as its limits and this process's threads allow."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from webapp import clock
from webapp.gateways.contract import Operation, Traits
from webapp.jobs.owner import Owner
from webapp.jobs.pool import Pools
from webapp.services.connections import effective_limits
from webapp.services.convergence import claims, lanes
from webapp.services.convergence.planning import Planner
from webapp.services.convergence.shares import Shares
from webapp.services.convergence.work import Job, Lane, Result
from webapp.services.hub import Hub

# Calls that wait for a thread, so that none idles while a cycle runs.
AHEAD = 2
# Accounts claimed in one cycle where one call carries many; more would hold the others up.
MOST_CLAIMED = 200
WIDER = 4


@dataclass(frozen=True)
class Taken:
    """What one look at an integration brought.

    Attributes:
        accounts: taken, and not given back.
        calls: to start after the commit; the jobs of each go together.
        waits: there may be more to do soon; nothing but a limit, or another process, is in the way.
        short: it is this process's threads that are the limit, and not the platform's.
        hungry: as many were due as could begin, or none could: there may be more.
    """

    accounts: int = 0
    calls: list[list[Job]] = field(default_factory=list)
    waits: bool = False
    short: bool = False
    hungry: bool = False


class Claimer:
    """Used by the engine's thread, within its transactions."""

    def __init__(self, hub: Hub, owner: Owner, pools: Pools, shares: Shares) -> None:
        self._hub, self._owner, self._pools, self._shares = hub, owner, pools, shares
        self._proven: set[int] = set()
        # Where one call carries several subscribers: how many accounts are claimed for each call.
        self._widths: dict[int, int] = {}

    def claim(self, db_connection: Connection, lane: Lane, lanes_count: int, about_to_start: int) -> Taken:
        """Take what may be done, and write down the intents.

        Args:
            lanes_count: integrations that share the threads of this process.
            about_to_start: calls that others of this cycle are about to start.
        """
        now = clock.utc_now()
        traits = lane.gateway.traits
        limits = effective_limits(traits, lane.concurrency, lane.rate_per_s)
        ahead = AHEAD if _safe_to_queue(traits) and lane.integration_id in self._proven else 1
        # What ended and is not recorded yet would be a doubt after a crash, just as what is under way.
        mine = self._pools.unheard(lane.integration_id)
        spare = self._spare(mine, lanes_count, about_to_start)
        room = self._shares.room(db_connection, lane.integration_id, limits, ahead, mine, spare, now)
        free = lanes.slots(lane, min(room.calls, spare), room.in_flight, now)
        granted = self._shares.allowed(db_connection, lane.integration_id, limits.rate_per_s, free, now)
        short = spare < limits.concurrency - room.in_flight and not lane.breaker.is_open
        if granted <= 0:
            waits = bool(room.in_flight) or lanes.slots(lane, 1, 0, now) > 0
            return Taken(waits=waits, short=short, hungry=True)
        wide = self._widths.get(lane.integration_id, MOST_CLAIMED) if traits.batch else 1
        count = min(granted * wide, max(granted, MOST_CLAIMED))
        lease_s = limits.total_timeout_s * ahead * _most_calls(traits)
        taken = claims.claim(db_connection, lane.integration_id, count, self._owner.name, lease_s, now)
        planner = Planner(db_connection, self._hub.vault, lane, now, self._hub.today(), granted)
        calls = _by_call(planner.plan(taken))
        full = len(taken) == count
        if traits.batch:
            self._widths[lane.integration_id] = _width(wide, planner.released, full=full)
        if limits.rate_per_s > 0:
            self._shares.give_back(db_connection, lane.integration_id, granted - len(calls))
        return Taken(len(taken) - planner.released, calls, waits=bool(taken), short=short and full, hungry=full)

    def judge(self, lane: Lane, results: Iterable[Result]) -> None:
        """Queue ahead only for a platform that answers; take the queue back from one that does not."""
        if lane.breaker.failures or lane.breaker.is_open or lane.paused_code is not None:
            if lane.integration_id in self._proven:
                self._proven.discard(lane.integration_id)
                self._pools.recall(lane.integration_id)
        elif any(result.error is None for result in results):
            self._proven.add(lane.integration_id)

    def _spare(self, mine: int, lanes_count: int, about_to_start: int) -> int:
        """Return the threads for one integration: a share whatever the others do, or all that nobody uses.

        Platforms that hang must not hold all of them.
        """
        workers = self._hub.settings.workers
        share = max(workers // lanes_count, 1) - mine
        return max(workers - self._pools.total_in_flight() - about_to_start, share)


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
