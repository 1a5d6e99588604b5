"""What a hub promises, I1 to I6: the one place that says when a promise is broken.

Pure, over what a platform's own ledger and the hub's rows say. Every judge collects its evidence in its own way and
asks here; a broken promise is an ``AssertionError`` that begins with the promise's number.
"""

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.machine.model import ABSENT, ACTIVE, SUSPENDED
from webapp.models import Account

DAY = timedelta(hours=24)
# What somebody is left with after an effect that takes, and what must have been asked for.
TAKEN = {"suspended": SUSPENDED, "cancelled": ABSENT}
ENOUGH = {SUSPENDED: frozenset({SUSPENDED, ABSENT}), ABSENT: frozenset({ABSENT})}
WRITES = ("create", "update", "suspend", "enable", "cancel")
DONE = ("ok", "already", "gone")


@dataclass(frozen=True)
class Shown:
    """One live account as the platform has it. ``by`` is who made it: the hub, or somebody by hand."""

    status: str
    products: Sequence[str]
    by: str = "hub"


def explained(account: Account | None) -> bool:
    """Tell whether a person was asked about it, with a reason."""
    return account is not None and account.status in ("blocked", "parked") and bool(account.error_code)


def nothing_lost(accounts: Mapping[str, Account]) -> None:
    """I1: whatever was taken on ended, or waits for a person with a reason."""
    for person, account in accounts.items():
        ended = account.generation == account.applied_generation and account.due_at is None
        assert ended or explained(account), f"I1: {person} {told(account)}"


def was_taken_on(refusals: Sequence[str]) -> None:
    """I1: a hub that is there takes on what it is told; it never answers with a fault of its own."""
    assert not refusals, f"I1: not taken on by a hub that was there: {refusals[:3]}"


def no_faults(said: str) -> None:
    """I1: whatever kills a hub, it meets no fault of its own that a border had to catch.

    Args:
        said: what it wrote, line by line.
    """
    faults = [line for line in said.splitlines() if " level=error " in line or " level=critical " in line]
    assert not faults, f"I1: faults of ours: {len(faults)}, the first: {faults[0][:2000]}"


def only_one(live: Mapping[str, Collection[str]]) -> None:
    """I2: never two live accounts of one subscriber that we made.

    Args:
        live: the platform's ids by subscriber.
    """
    doubles = {person: list(ids) for person, ids in live.items() if len(ids) > 1}
    assert not doubles, f"I2: {doubles}"


def stands(
    level: str, products: Sequence[str] | None, ours: Sequence[Shown], live: Sequence[Shown], about: str
) -> None:
    """I3: what stands there is what shall be.

    Args:
        products: None = they are not looked at.
        ours: the live accounts that the hub knows by id.
        live: all live accounts of the subscriber.
    """
    about = f"I3: {about}"
    if level == ABSENT:
        assert not ours, about
        assert not [found for found in live if found.by == "hub"], about
    elif level == SUSPENDED:
        assert all(found.status == "suspended" for found in ours), about
    else:
        # Whom somebody there made anew by hand can watch, too.
        assert ACTIVE in [found.status for found in ours or live], about
        assert products is None or not ours or products in [sorted(found.products) for found in ours], about


def one_at_a_time(twice: Collection[int]) -> None:
    """I4: no two calls for one account at the same time; the platform could not tell which is the newer one."""
    assert not twice, f"I4: two calls for one account at the same time: {twice}"


@dataclass
class Versions:
    """I4: no operation of an older version is applied after a newer one."""

    newest: dict[int, int] = field(default_factory=dict)

    def arrived(self, account_id: int, generation: int, about: object) -> None:
        """Note a write that arrived; they come in the platform's order."""
        assert generation >= self.newest.get(account_id, 0), f"I4: an older version came later: {about}"
        self.newest[account_id] = generation


def taken_with_right(effect: str, may: Collection[str], about: object, *, trusted: bool = True) -> None:
    """I5: nobody loses anything without a reason.

    Args:
        effect: suspended or cancelled.
        may: levels that the subscriber's status asked for when it was decided.
        trusted: False = the reason stands in a copy of the database that was put back.
    """
    assert ENOUGH[TAKEN[effect]] & set(may), f"I5: taken from somebody who pays: {about}"
    assert trusted, f"I5: taken on the word of a restored copy: {about}"


@dataclass
class Budget:
    """I5: of losses that no status asked for and nobody approved, not too many people within 24 hours."""

    day_limit: int
    unasked: deque[tuple[datetime, str]] = field(default_factory=deque)

    def spend(self, at: datetime, person: str) -> None:
        """Count a loss; they come in order."""
        self.unasked.append((at, person))
        while self.unasked[0][0] <= at - DAY:
            self.unasked.popleft()
        lost = {person for _, person in self.unasked}
        assert len(lost) <= self.day_limit, f"I5: {len(lost)} in 24 hours and nobody approved: {lost}"


def books_agree(arrived: Sequence[int | None], known: Collection[int], done: Collection[int]) -> None:
    """I6: every write that arrived was recorded before as one attempt, and every attempt recorded as done arrived.

    Args:
        arrived: for each write the attempt that it belongs to; None = it belongs to none.
        known: all attempts on record.
        done: those on record as done.
    """
    unrecorded = [number for number in arrived if number is None or number not in known]
    assert not unrecorded, f"I6: {len(unrecorded)} unrecorded: {unrecorded[:5]}"
    twice = [number for number, count in Counter(arrived).items() if count > 1]
    assert not twice, f"I6: one attempt, several writes: {twice}"
    never = set(done) - set(arrived)
    assert not never, f"I6: recorded as done, and never arrived: {sorted(never)[:5]}"


def told(account: Account | None) -> Any:
    """Return what the hub has of an account, for a message."""
    if account is None:
        return None
    names = ("id", "status", "desired", "generation", "applied_generation", "due_at", "units", "remote_ids",
             "keep_content", "verify_first", "error_code", "lease_until")  # fmt: skip
    return {name: getattr(account, name) for name in names}
