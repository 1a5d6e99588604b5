"""The shares of one process among others on one PostgreSQL.

Each writes down how many calls of an integration it has under way, and whoever looks for room holds the integration's
row meanwhile, so that no two count the same. A process that has more to do than it may begin writes what it was granted
instead, and claims by that for a moment without asking: a commit waits for a disk, and what is held across it can be
done by one process at a time only. What a process that died had written counts for ``HEARD_S`` more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from webapp import clock
from webapp.gateways.contract import Limits
from webapp.models import LaneLimit, LaneShare
from webapp.services.convergence.shares import Room, draw

# Renewed every few seconds at the least.
HEARD_S = 15.0
# What is further ahead was written by a clock that went wrong, and must not hold a platform until then.
IMPOSSIBLE = timedelta(seconds=2 * HEARD_S)
# So long a process claims by what it was granted before it looks again who else wants a part.
GRANTED = timedelta(seconds=1)
# A process that is stopped in the middle of a transaction and goes on must not begin what another one was granted
# meanwhile: by then the server has ended the transaction, or the process itself finds that it is late. Who holds a row
# is waited for by all others, and as long as anybody is.
LATE = timedelta(seconds=2)
_HOLDING, _GRANTED = (
    text(f"SET LOCAL idle_in_transaction_session_timeout = '{most_s:.0f}s'") for most_s in (HEARD_S, HEARD_S / 3)
)
_LIMIT, _SHARE = LaneLimit.__table__, LaneShare.__table__


@dataclass(frozen=True)
class Grant:
    """What this process may have under way without asking.

    Attributes:
        others: what all the others may.
        until: by ``clock.steady_now``, which goes on while the machine sleeps.
    """

    calls: int
    others: int
    until: datetime


class CommonShares:
    """Of one process among others on one PostgreSQL.

    Args:
        worker: the name of this process.
    """

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._written: dict[int, tuple[int, datetime]] = {}
        self._grants: dict[int, Grant] = {}
        # Found in this transaction, and good when it is committed; what it is about, and whose rows it holds.
        self._found: dict[int, Grant] = {}
        self._looked_at: set[int] = set()
        self._held: set[int] = set()
        # Of these each call is counted in the common bucket; on these one process at a time works.
        self._rated: set[int] = set()
        self._delicate: set[int] = set()

    def lock(
        self, db_connection: Connection, integration_ids: Collection[int], stumbling: Collection[int] = ()
    ) -> None:
        """Hold the rows of those for which there is no grant until the transaction ends."""
        now = clock.steady_now()
        self._found, self._looked_at = {}, set(integration_ids)
        self._held = {one for one in integration_ids if one in stumbling or not self._is_granted(one, now)}
        db_connection.execute(_HOLDING if self._held else _GRANTED)
        if not self._held:
            return
        held = _rows(self._held).with_for_update()
        found = set(db_connection.scalars(held))
        if missing := sorted(self._held - found):
            db_connection.execute(insert(_LIMIT).on_conflict_do_nothing(), [
                {"integration_id": one, "tokens": 1.0, "counted_at": clock.utc_now()} for one in missing
            ])  # fmt: skip
            # Another process may have been quicker: then it is its row that counts.
            db_connection.execute(held)

    def seize(self, db_connection: Connection, delicate: Collection[int]) -> tuple[set[int], set[int]]:
        """Hold these rows as well, from the next time on from the beginning.

        This time nobody is waited for: of two processes that hold what the other one wants, neither would go on.
        """
        self._delicate = (self._delicate - self._looked_at) | set(delicate)
        wanted = set(delicate) - self._held
        if not wanted:
            return set(), set()
        seized: set[int] = set(db_connection.scalars(_rows(wanted).with_for_update(skip_locked=True)))
        self._held |= seized
        return wanted - seized, seized

    def room(self, db_connection: Connection, integration_id: int, limits: Limits, ahead: int, mine: int,
             spare: int, now: datetime) -> Room:  # fmt: skip
        """Return what the limit leaves beside what the others may have under way, or what was granted."""
        grant = self._grants.get(integration_id)
        if integration_id in self._held or grant is None:
            grant = self._grant(db_connection, integration_id, limits.concurrency, ahead, mine, spare, now)
            self._found[integration_id] = grant
        elif clock.steady_now() > grant.until + LATE:
            return Room(0, mine + grant.others)
        return Room(min(grant.calls, limits.concurrency * ahead) - mine, mine + grant.others)

    def allowed(
        self, db_connection: Connection, integration_id: int, rate_per_s: float, wanted: int, now: datetime
    ) -> int:
        """Draw from the bucket of all."""
        if rate_per_s <= 0:
            self._rated.discard(integration_id)
            return max(wanted, 0)
        self._rated.add(integration_id)
        if wanted <= 0 or integration_id not in self._held:
            # The limit is new: from the next look on its row is held.
            return 0
        asked = select(_LIMIT.c.tokens, _LIMIT.c.counted_at).where(_LIMIT.c.integration_id == integration_id)
        row = db_connection.execute(asked).one()
        counted_at = row.counted_at if row.counted_at <= now + IMPOSSIBLE else now
        # The clocks of two machines differ a little: time never runs back here.
        passed_s = max((now - counted_at).total_seconds(), 0.0)
        granted, left = draw(row.tokens, passed_s, rate_per_s, wanted)
        db_connection.execute(
            update(_LIMIT)
            .where(_LIMIT.c.integration_id == integration_id)
            .values(tokens=left, counted_at=max(now, counted_at))
        )
        return granted

    def give_back(self, db_connection: Connection, integration_id: int, unused: int) -> None:
        """Put back into the bucket of all."""
        if unused > 0:
            mine = _LIMIT.c.integration_id == integration_id
            db_connection.execute(update(_LIMIT).where(mine).values(tokens=_LIMIT.c.tokens + unused))

    def note(
        self, db_connection: Connection, calls: Mapping[int, int], now: datetime, hungry: Collection[int] = ()
    ) -> None:
        """Write it where it changed, or was not said for a while; of the hungry ones what was granted, if that is more.

        Less than before may be written whoever holds the row; more only by who does.
        """
        self._grants |= self._found
        self._found = {}
        at = clock.steady_now()
        for one in calls:
            if one not in hungry or not self._is_granted(one, at):
                self._grants.pop(one, None)
        until = now + timedelta(seconds=HEARD_S)
        rows: list[dict[str, Any]] = []
        for one, count in sorted(calls.items()):
            said = max(count, self._grants[one].calls) if one in self._grants else count
            if not self._is_known(one, said, until):
                rows.append({"integration_id": one, "worker": self._worker, "calls": said, "until": until})
        if not rows:
            return
        new = insert(_SHARE)
        known = {"calls": new.excluded.calls, "until": new.excluded.until}
        db_connection.execute(new.on_conflict_do_update(index_elements=["integration_id", "worker"], set_=known), rows)
        self._written |= {row["integration_id"]: (row["calls"], until) for row in rows}

    def remind(self, db_connection: Connection, calls: Mapping[int, int], now: datetime) -> None:
        """Write it where it was not said for a while, or where a grant is over."""
        # Of a transaction that failed in the middle: nobody else knows of it.
        self._found = {}
        self.note(db_connection, calls, now, calls.keys())

    def forget(self, db_connection: Connection, integration_ids: Collection[int]) -> None:
        """Remove this process's rows."""
        gone = and_(_SHARE.c.worker == self._worker, _SHARE.c.integration_id.in_(integration_ids))
        db_connection.execute(delete(_SHARE).where(gone))
        for one in integration_ids:
            self._written.pop(one, None)
            self._grants.pop(one, None)

    def undone(self) -> None:
        """Ask, and write everything, anew next time."""
        self._found = {}
        self._written.clear()
        self._grants.clear()

    def _is_granted(self, integration_id: int, now: datetime) -> bool:
        grant = self._grants.get(integration_id)
        alone = integration_id in self._rated or integration_id in self._delicate
        return grant is not None and now < grant.until and not alone

    def _is_known(self, integration_id: int, said: int, until: datetime) -> bool:
        """Tell whether the others know it: it is written again when a third of its time is over."""
        written, noted = self._written.get(integration_id, (-1, until))
        return said == written and until - timedelta(seconds=HEARD_S / 3) <= noted <= until

    def _grant(self, db_connection: Connection, integration_id: int, concurrency: int, ahead: int, mine: int,
               spare: int, now: datetime) -> Grant:  # fmt: skip
        others = _others(db_connection, integration_id, self._worker, now)
        theirs, free = sum(others), concurrency * ahead - mine
        if others:
            # Nothing waits for a thread in one process while another one has threads; and each gets its part.
            fair = -(-concurrency // (len(others) + 1))
            free = min(concurrency - theirs, fair) - mine
        more = min(free, spare)
        # What was refused now may be there with the next look.
        for_so_long = GRANTED if more > 0 else timedelta(0)
        return Grant(mine + more, theirs, clock.steady_now() + for_so_long)


def tidy(db_connection: Connection, now: datetime, dead: Collection[str]) -> None:
    """Remove the shares of these processes, and of all that are long gone."""
    gone = or_(_SHARE.c.until < now - 2 * IMPOSSIBLE, _SHARE.c.until > now + IMPOSSIBLE)
    db_connection.execute(delete(_SHARE).where(or_(gone, _SHARE.c.worker.in_(dead))))


def _rows(wanted: Collection[int]) -> Select[tuple[int]]:
    # In one order everywhere, so that no two wait for each other.
    return select(_LIMIT.c.integration_id).where(_LIMIT.c.integration_id.in_(wanted)).order_by(_LIMIT.c.integration_id)


def _others(db_connection: Connection, integration_id: int, worker: str, now: datetime) -> list[int]:
    statement = select(_SHARE.c.calls).where(
        _SHARE.c.integration_id == integration_id, _SHARE.c.worker != worker, _SHARE.c.until > now,
        _SHARE.c.until <= now + IMPOSSIBLE,
    )  # fmt: skip
    return list(db_connection.scalars(statement))
