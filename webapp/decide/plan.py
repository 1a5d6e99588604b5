"""Limits of a reconciliation: positive actions always go; too many negative ones are staged. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.decide.compare import NEGATIVE, Action, Difference

FLOOR = 20
RUN_RATIO = 0.05
DAY_RATIO = 0.10


@dataclass(frozen=True)
class Plan:
    """What a reconciliation will do, and what it holds back for a person."""

    apply: tuple[Difference, ...]
    staged: tuple[Difference, ...]
    report: tuple[Difference, ...]
    checksum: str

    @property
    def staged_cancels(self) -> int:
        return sum(item.action is Action.CANCEL for item in self.staged)


def make_plan(differences: Sequence[Difference], accounts: int, negatives_today: int) -> Plan:
    """Sort differences into what is applied, staged and only reported.

    Args:
        accounts: live accounts of the integration: the base of the ratios.
        negatives_today: negative actions of the last 24 hours.
    """
    report = tuple(item for item in differences if item.action is Action.REPORT)
    negative = tuple(item for item in differences if item.action in NEGATIVE)
    positive = tuple(item for item in differences if item.action not in NEGATIVE and item.action is not Action.REPORT)
    held = exceeds(negative, accounts, negatives_today)
    return Plan(
        apply=positive if held else (*positive, *negative),
        staged=negative if held else (),
        report=report,
        checksum=checksum(differences),
    )


def exceeds(negative: Sequence[Difference], accounts: int, negatives_today: int) -> bool:
    """Tell whether a person must look first. A small base may always lose up to the floor."""
    count = len(negative)
    cancels = sum(item.action is Action.CANCEL for item in negative)
    per_run = max(FLOOR, accounts * RUN_RATIO)
    per_day = max(FLOOR, accounts * DAY_RATIO)
    return count > per_run or cancels > per_run / 2 or count + negatives_today > per_day


def checksum(differences: Sequence[Difference]) -> str:
    """Return a digest of a plan: an approval counts only for exactly what was seen."""
    lines = [
        [item.account_id, item.login, item.situation, item.action, dict(item.before), dict(item.after)]
        for item in differences
    ]
    return hashlib.sha256(json.dumps(lines, sort_keys=True).encode()).hexdigest()


def counts(differences: Sequence[Difference]) -> dict[str, int]:
    """Return how many there are of each situation."""
    return dict(Counter(str(item.situation) for item in differences))
