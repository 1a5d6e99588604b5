"""How many calls this process may begin on a platform, so that all processes together keep its limits.

With SQLite one server works, and counts in memory. On PostgreSQL any number does: each writes down how many calls of
an integration it has under way, and whoever claims holds the integration's row meanwhile, so that no two count the
same room. What a process that died had written counts for ``HEARD_S`` more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, and_, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from webapp import clock
from webapp.gateways.contract import Limits
from webapp.models import LaneLimit, LaneShare

# Renewed by every cycle that claims, and every few seconds by the others.
HEARD_S = 15.0
# What is further ahead was written by a clock that went wrong, and must not hold a platform until then.
IMPOSSIBLE = timedelta(seconds=2 * HEARD_S)

# A process that is stopped in the middle holds these rows, and all other processes wait: the server ends it then.
_NOT_FROZEN = text(f"SET LOCAL idle_in_transaction_session_timeout = '{HEARD_S:.0f}s'")
_LIMIT, _SHARE = LaneLimit.__table__, LaneShare.__table__


@dataclass(frozen=True)
class Room:
    """What may begin: so many ``calls`` more, while ``in_flight`` of all processes are under way."""

    calls: int
    in_flight: int


class Shares(Protocol):
    """Counts the calls of this process among those of all. Used by one engine thread, within its transactions."""

    def lock(self, db_connection: Connection, integration_ids: Collection[int]) -> None:
        """Let nobody else claim of these integrations, nor learn about them, until this transaction ends."""

    def room(self, db_connection: Connection, integration_id: int, limits: Limits, ahead: int, mine: int,
             now: datetime) -> Room:  # fmt: skip
        """Return what may begin beside ``mine``.

        Args:
            ahead: so many times the limit may be claimed, to wait for a thread here.
        """

    def allowed(
        self, db_connection: Connection, integration_id: int, rate_per_s: float, wanted: int, now: datetime
    ) -> int:
        """Return how many of the wanted calls the rate limit lets start now, and count them."""

    def give_back(self, db_connection: Connection, integration_id: int, unused: int) -> None:
        """Return what was allowed and not used."""

    def note(self, db_connection: Connection, calls: Mapping[int, int], now: datetime) -> None:
        """Write down how many calls of each integration this process has under way now."""

    def forget(self, db_connection: Connection, integration_ids: Collection[int]) -> None:
        """Have no part in these integrations any more: others need not leave room for this process."""

    def undone(self) -> None:
        """Learn that a transaction in which something was noted may not have been committed."""


class OwnShares:
    """Of the only process that works: everything is its own."""

    def __init__(self) -> None:
        self._tokens: dict[int, tuple[float, float]] = {}

    def lock(self, db_connection: Connection, integration_ids: Collection[int]) -> None:
        """Nobody else claims."""

    def room(self, db_connection: Connection, integration_id: int, limits: Limits, ahead: int, mine: int,
             now: datetime) -> Room:  # fmt: skip
        """Return what the limit leaves."""
        return Room(limits.concurrency * ahead - mine, mine)

    def allowed(
        self, db_connection: Connection, integration_id: int, rate_per_s: float, wanted: int, now: datetime
    ) -> int:
        """Draw from this process's bucket."""
        if rate_per_s <= 0 or wanted <= 0:
            return max(wanted, 0)
        now_s = clock.monotonic_s()
        tokens, then_s = self._tokens.get(integration_id, (max(rate_per_s, 1.0), now_s))
        granted, left = _draw(tokens, now_s - then_s, rate_per_s, wanted)
        self._tokens[integration_id] = (left, now_s)
        return granted

    def give_back(self, db_connection: Connection, integration_id: int, unused: int) -> None:
        """Put back into the bucket."""
        if integration_id in self._tokens and unused > 0:
            tokens, then_s = self._tokens[integration_id]
            self._tokens[integration_id] = (tokens + unused, then_s)

    def note(self, db_connection: Connection, calls: Mapping[int, int], now: datetime) -> None:
        """There is nobody to read it."""

    def forget(self, db_connection: Connection, integration_ids: Collection[int]) -> None:
        """There is nobody to leave room to."""

    def undone(self) -> None:
        """Nothing is written."""


class CommonShares:
    """Of one process among others on one PostgreSQL.

    Args:
        worker: the name of this process.
    """

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._written: dict[int, tuple[int, datetime]] = {}

    def lock(self, db_connection: Connection, integration_ids: Collection[int]) -> None:
        """Hold the rows of these integrations until the transaction ends."""
        db_connection.execute(_NOT_FROZEN)
        # In one order everywhere, so that no two wait for each other.
        wanted = sorted(integration_ids)
        held = select(_LIMIT.c.integration_id).where(_LIMIT.c.integration_id.in_(wanted))
        held = held.order_by(_LIMIT.c.integration_id).with_for_update()
        found = set(db_connection.scalars(held))
        if missing := [one for one in wanted if one not in found]:
            db_connection.execute(insert(_LIMIT).on_conflict_do_nothing(), [
                {"integration_id": one, "tokens": 1.0, "counted_at": clock.utc_now()} for one in missing
            ])  # fmt: skip
            # Another process may have been quicker: then it is its row that counts.
            db_connection.execute(held)

    def room(self, db_connection: Connection, integration_id: int, limits: Limits, ahead: int, mine: int,
             now: datetime) -> Room:  # fmt: skip
        """Return what the limit leaves beside what the others have under way."""
        others = _others(db_connection, integration_id, self._worker, now)
        if not others:
            return Room(limits.concurrency * ahead - mine, mine)
        # Nothing waits for a thread in one process while another one has threads; and each gets its part.
        fair = -(-limits.concurrency // (len(others) + 1))
        theirs = sum(others)
        return Room(min(limits.concurrency - theirs, fair) - mine, mine + theirs)

    def allowed(
        self, db_connection: Connection, integration_id: int, rate_per_s: float, wanted: int, now: datetime
    ) -> int:
        """Draw from the bucket of all."""
        if rate_per_s <= 0 or wanted <= 0:
            return max(wanted, 0)
        asked = select(_LIMIT.c.tokens, _LIMIT.c.counted_at).where(_LIMIT.c.integration_id == integration_id)
        row = db_connection.execute(asked).one()
        counted_at = row.counted_at if row.counted_at <= now + IMPOSSIBLE else now
        # The clocks of two machines differ a little: time never runs back here.
        passed_s = max((now - counted_at).total_seconds(), 0.0)
        granted, left = _draw(row.tokens, passed_s, rate_per_s, wanted)
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

    def note(self, db_connection: Connection, calls: Mapping[int, int], now: datetime) -> None:
        """Write it where it changed, or was not said for a while."""
        until = now + timedelta(seconds=HEARD_S)
        # Written again while it stays the same only when a third of its time is over.
        soon = until - timedelta(seconds=HEARD_S / 3)
        rows: list[dict[str, Any]] = []
        for one, count in sorted(calls.items()):
            written, noted = self._written.get(one, (-1, now))
            if count != written or not soon <= noted <= until:
                rows.append({"integration_id": one, "worker": self._worker, "calls": count, "until": until})
        if not rows:
            return
        new = insert(_SHARE)
        known = {"calls": new.excluded.calls, "until": new.excluded.until}
        db_connection.execute(new.on_conflict_do_update(index_elements=["integration_id", "worker"], set_=known), rows)
        self._written |= {row["integration_id"]: (row["calls"], until) for row in rows}

    def forget(self, db_connection: Connection, integration_ids: Collection[int]) -> None:
        """Remove this process's rows."""
        gone = and_(_SHARE.c.worker == self._worker, _SHARE.c.integration_id.in_(integration_ids))
        db_connection.execute(delete(_SHARE).where(gone))
        for one in integration_ids:
            self._written.pop(one, None)

    def undone(self) -> None:
        """Write everything anew next time."""
        self._written.clear()


def tidy(db_connection: Connection, now: datetime, dead: Collection[str]) -> None:
    """Remove the shares of these processes, and of all that are long gone."""
    gone = or_(_SHARE.c.until < now - 2 * IMPOSSIBLE, _SHARE.c.until > now + IMPOSSIBLE)
    db_connection.execute(delete(_SHARE).where(or_(gone, _SHARE.c.worker.in_(dead))))


def _others(db_connection: Connection, integration_id: int, worker: str, now: datetime) -> list[int]:
    statement = select(_SHARE.c.calls).where(
        _SHARE.c.integration_id == integration_id, _SHARE.c.worker != worker, _SHARE.c.until > now,
        _SHARE.c.until <= now + IMPOSSIBLE,
    )  # fmt: skip
    return list(db_connection.scalars(statement))


def _draw(tokens: float, passed_s: float, rate_per_s: float, wanted: int) -> tuple[int, float]:
    """Return how many tokens are drawn and how many stay, of a bucket that fills by the rate."""
    most = max(rate_per_s, 1.0)
    there = min(most, tokens + passed_s * rate_per_s)
    granted = min(wanted, max(int(there), 0))
    return granted, there - granted
