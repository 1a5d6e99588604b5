"""How many may lose content by one pull of a source, and in a day, before a person looks. Pure.

All negative changes of a pull go, or all wait: half of a mistake is a mistake too.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.decide.plan import DAY_RATIO, FLOOR, RUN_RATIO

# Floor and ratios are those of a reconciliation: an honest provider's wave of due dates stays under them on most days.
CANCELS_SHARE = 0.5


@dataclass(frozen=True)
class Negative:
    """One record of a pull by which somebody loses content.

    Attributes:
        position: of the record in its pull.
        code: of the service.
        cancels: it ends, or loses a package; else it is suspended or ends earlier, which a payment mends.
        changes: the negative ones: ``{what, field, before, after}``, as a pull's items keep them.
    """

    position: int
    code: str
    cancels: bool = False
    changes: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Spent:
    """What this source took away in the 24 hours before, by pulls of every mode, approved ones too."""

    negatives: int = 0
    cancels: int = 0


@dataclass(frozen=True)
class Braked:
    """Positions that go and positions that wait for a person: one of the two is empty.

    Attributes:
        checksum: of all negative changes, in any order; an approval counts only for exactly what was seen.
        limit: the limit that was passed: pull, pull_cancels, day, day_cancels; empty = none.
        found: how many there are of what is limited; ``most``: how many may go.
    """

    apply: frozenset[int]
    staged: frozenset[int]
    checksum: str
    limit: str = ""
    found: int = 0
    most: int = 0


def brake(negatives: Sequence[Negative], live: int, spent: Spent) -> Braked:
    """Return which negative changes go and which wait.

    Args:
        live: services of the source that have not ended: the base of the ratios.
    """
    positions = frozenset(item.position for item in negatives)
    passed = _passed(negatives, live, spent)
    digest = checksum(negatives)
    if passed is None:
        return Braked(positions, frozenset(), digest)
    return Braked(frozenset(), positions, digest, *passed)


def checksum(negatives: Iterable[Negative]) -> str:
    """Return a digest of the negative changes; the order in which they came does not count."""
    lines = sorted(
        json.dumps([item.position, item.code, item.cancels, [dict(one) for one in item.changes]], sort_keys=True,
                   default=str)
        for item in negatives
    )  # fmt: skip
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def most_per_pull(live: int) -> int:
    """Return how many services may lose content by one pull."""
    return int(max(FLOOR, live * RUN_RATIO))


def most_per_day(live: int) -> int:
    """Return how many services may lose content in 24 hours."""
    return int(max(FLOOR, live * DAY_RATIO))


def _passed(negatives: Sequence[Negative], live: int, spent: Spent) -> tuple[str, int, int] | None:
    count, cancels = len(negatives), sum(item.cancels for item in negatives)
    pull, day = most_per_pull(live), most_per_day(live)
    limits = (
        ("pull", count, count, pull),
        ("pull_cancels", cancels, cancels, int(pull * CANCELS_SHARE)),
        ("day", count, count + spent.negatives, day),
        ("day_cancels", cancels, cancels + spent.cancels, int(day * CANCELS_SHARE)),
    )
    return next(((name, found, most) for name, new, found, most in limits if new and found > most), None)
