"""How a batch that takes something away begins: with a few that are read back before the rest follows. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

# So many go first, and must be proven.
CANARY = 10
# Later on, so many that fail, or so large a share of those that ended, stop the rest.
FAILURES = 3
FAILURES_RATIO = 0.05


class Stage(StrEnum):
    """What may go now: the first few, the rest, or nothing until a person has looked."""

    CANARY = "canary"
    REST = "rest"
    HALT = "halt"


@dataclass(frozen=True)
class Candidate:
    """A line that waits for its turn.

    Attributes:
        group: what it has in common with others, such as action, cause and product.
    """

    account_id: int
    group: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """How far the lines of a batch that take something away came.

    Attributes:
        waiting: their turn has not come.
        under_way: convergence has them.
        unproven_yet: of those ``under_way``, the ones that ended there and are still to be read back.
        passed: read back, or accepted by a platform that cannot be read.
        failed: ended otherwise.
        forgiven: failures that a person has seen and let pass.
    """

    waiting: int = 0
    under_way: int = 0
    unproven_yet: int = 0
    passed: int = 0
    failed: int = 0
    forgiven: int = 0

    @property
    def small(self) -> bool:
        """Tell whether all of them are no more than a canary."""
        return self.waiting + self.under_way + self.passed + self.failed <= CANARY


def stage_of(tally: Tally) -> Stage:
    """Return what may go now.

    While the first few are not proven, one failure that nobody has seen stops all that wait.
    """
    fresh = max(tally.failed - tally.forgiven, 0)
    if tally.small:
        return Stage.REST
    if tally.passed < CANARY:
        return Stage.HALT if fresh else Stage.CANARY
    allowed = max(FAILURES, int((tally.passed + tally.failed) * FAILURES_RATIO))
    return Stage.HALT if fresh > allowed else Stage.REST


def room(tally: Tally, window: int) -> int:
    """Return how many more may be handed over now.

    Args:
        window: so many are under way at the same time, so that a stop takes effect at once.
    """
    stage = stage_of(tally)
    if stage is Stage.HALT:
        return 0
    if stage is Stage.CANARY:
        return max(CANARY - tally.passed - tally.under_way, 0)
    return max(window - (tally.under_way - tally.unproven_yet), 0)


def first_accounts(candidates: Iterable[Candidate], count: int) -> list[int]:
    """Return accounts for the first few: one of each group in turn, so that no cause is left untried.

    Args:
        count: so many at the most; groups follow each other in the order in which they come.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for one in candidates:
        members = groups.setdefault(one.group, [])
        if len(members) < count:
            members.append(one.account_id)
    return _in_turn(list(groups.values()), count)


def _in_turn(groups: Sequence[Sequence[int]], count: int) -> list[int]:
    chosen: dict[int, None] = {}
    for place in range(count):
        for members in groups:
            if place < len(members) and len(chosen) < count:
                chosen[members[place]] = None
    return list(chosen)
