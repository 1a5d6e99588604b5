"""How many may lose content by one pull of a source, and in a day, before a person looks. Pure.

All negative changes of a pull go, or all wait: half of a mistake is a mistake too.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.decide.plan import FLOOR, Limits, Spent, limit_hit

__all__ = ["Braked", "Negative", "Spent", "brake", "checksum", "most_per_day", "most_per_pull"]
# The limits are those of a reconciliation; what a run is there, a pull is here.
_NAMES = {"run": "pull", "run_cancels": "pull_cancels"}


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
        spent: what this source took away in the 24 hours before, by pulls of every mode, approved ones too.
    """
    positions = frozenset(item.position for item in negatives)
    hit = limit_hit(len(negatives), sum(item.cancels for item in negatives), live, spent, _limits())
    digest = checksum(negatives)
    if hit is None:
        return Braked(positions, frozenset(), digest)
    return Braked(frozenset(), positions, digest, _NAMES.get(hit.limit, hit.limit), hit.found, hit.most)


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
    return _limits().per_run(live)


def most_per_day(live: int) -> int:
    """Return how many services may lose content in 24 hours."""
    return _limits().per_day(live)


def _limits() -> Limits:
    return Limits(FLOOR)
