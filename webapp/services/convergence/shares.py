"""How many calls this process may begin on a platform, so that all processes together keep its limits.

With SQLite one server works, and counts in memory. On PostgreSQL any number does (``common_shares.py``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from webapp import clock
from webapp.gateways.contract import Limits


@dataclass(frozen=True)
class Room:
    """What may begin: so many ``calls`` more, while ``in_flight`` of all processes are under way, or may be."""

    calls: int
    in_flight: int


class Shares(Protocol):
    """Counts the calls of this process among those of all. Used by one engine thread, within its transactions."""

    def lock(
        self, db_connection: Connection, integration_ids: Collection[int], stumbling: Collection[int] = ()
    ) -> None:
        """Begin a transaction about these integrations: nobody else begins a call that counts on the same room.

        Args:
            stumbling: of which calls failed: nobody else learns about them either until this transaction ends.
        """

    def seize(self, db_connection: Connection, delicate: Collection[int]) -> tuple[set[int], set[int]]:
        """Let nobody else work on these of the integrations until the transaction ends.

        Returns:
            Those on which somebody else does now: leave them out. And those that this process got only now: read them
            anew, they may have changed before.
        """

    def room(self, db_connection: Connection, integration_id: int, limits: Limits, ahead: int, mine: int,
             spare: int, now: datetime) -> Room:  # fmt: skip
        """Return what may begin beside ``mine``.

        Args:
            ahead: so many times the limit may be claimed, to wait for a thread here.
            spare: more than so many calls are of no use here.
        """

    def allowed(
        self, db_connection: Connection, integration_id: int, rate_per_s: float, wanted: int, now: datetime
    ) -> int:
        """Return how many of the wanted calls the rate limit lets start now, and count them."""

    def give_back(self, db_connection: Connection, integration_id: int, unused: int) -> None:
        """Return what was allowed and not used."""

    def note(
        self, db_connection: Connection, calls: Mapping[int, int], now: datetime, hungry: Collection[int] = ()
    ) -> None:
        """Write down how many calls of each integration this process has under way after this transaction.

        Args:
            hungry: of which there is more to do than could begin: what was found to be free stays this process's.
        """

    def remind(self, db_connection: Connection, calls: Mapping[int, int], now: datetime) -> None:
        """Say again, between transactions that claim, what this process has under way."""

    def forget(self, db_connection: Connection, integration_ids: Collection[int]) -> None:
        """Have no part in these integrations any more: others need not leave room for this process."""

    def undone(self) -> None:
        """Learn that a transaction in which something was noted may not have been committed."""


class OwnShares:
    """Of the only process that works: everything is its own."""

    def __init__(self) -> None:
        self._tokens: dict[int, tuple[float, float]] = {}

    def lock(
        self, db_connection: Connection, integration_ids: Collection[int], stumbling: Collection[int] = ()
    ) -> None:
        """Nobody else claims."""

    def seize(self, db_connection: Connection, delicate: Collection[int]) -> tuple[set[int], set[int]]:
        """Nobody else works."""
        return set(), set()

    def room(self, db_connection: Connection, integration_id: int, limits: Limits, ahead: int, mine: int,
             spare: int, now: datetime) -> Room:  # fmt: skip
        """Return what the limit leaves."""
        return Room(min(limits.concurrency * ahead - mine, spare), mine)

    def allowed(
        self, db_connection: Connection, integration_id: int, rate_per_s: float, wanted: int, now: datetime
    ) -> int:
        """Draw from this process's bucket."""
        if rate_per_s <= 0 or wanted <= 0:
            return max(wanted, 0)
        now_s = clock.monotonic_s()
        tokens, then_s = self._tokens.get(integration_id, (max(rate_per_s, 1.0), now_s))
        granted, left = draw(tokens, now_s - then_s, rate_per_s, wanted)
        self._tokens[integration_id] = (left, now_s)
        return granted

    def give_back(self, db_connection: Connection, integration_id: int, unused: int) -> None:
        """Put back into the bucket."""
        if integration_id in self._tokens and unused > 0:
            tokens, then_s = self._tokens[integration_id]
            self._tokens[integration_id] = (tokens + unused, then_s)

    def note(
        self, db_connection: Connection, calls: Mapping[int, int], now: datetime, hungry: Collection[int] = ()
    ) -> None:
        """There is nobody to read it."""

    def remind(self, db_connection: Connection, calls: Mapping[int, int], now: datetime) -> None:
        """There is nobody to hear it."""

    def forget(self, db_connection: Connection, integration_ids: Collection[int]) -> None:
        """There is nobody to leave room to."""

    def undone(self) -> None:
        """Nothing is written."""


def draw(tokens: float, passed_s: float, rate_per_s: float, wanted: int) -> tuple[int, float]:
    """Return how many tokens are drawn and how many stay, of a bucket that fills by the rate."""
    most = max(rate_per_s, 1.0)
    there = min(most, tokens + passed_s * rate_per_s)
    granted = min(wanted, max(int(there), 0))
    return granted, there - granted
