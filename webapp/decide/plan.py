"""Limits of a reconciliation: positive actions always go; too many negative ones are staged. Pure.

All negative actions of a run go, or all wait for a person: half of a mistake is a mistake too.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from webapp.decide.compare import NEGATIVE, Action, Difference

# How many may lose content before a person looks. Floor: a small provider's everyday. Ratios: an honest wave of due
# dates stays under them on most days (Google's 5 %, and what Entra lacks: a limit for the day, so that no drip passes).
FLOOR = 20
RUN_RATIO = 0.05
DAY_RATIO = 0.10
# A cancel cannot be mended by a payment, so half as many are let through.
CANCELS_SHARE = 0.5


@dataclass(frozen=True)
class Limits:
    """How many may lose content in one run, and in 24 hours.

    Attributes:
        floor: so many always may, however small the base is.
        run_ratio, day_ratio: shares of the base, 0 to 1.
    """

    floor: int = FLOOR
    run_ratio: float = RUN_RATIO
    day_ratio: float = DAY_RATIO

    def per_run(self, base: int) -> int:
        """Return how many of ``base`` subscribers may lose content in one run."""
        return max(self.floor, _share(base, self.run_ratio))

    def per_day(self, base: int) -> int:
        """Return how many of ``base`` subscribers may lose content in 24 hours."""
        return max(self.floor, _share(base, self.day_ratio))


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Spent:
    """From how many content was taken in the 24 hours before, by whatever door; ``cancels`` are among them."""

    negatives: int = 0
    cancels: int = 0


@dataclass(frozen=True)
class LimitHit:
    """The limit that was passed.

    Attributes:
        limit: run, run_cancels, day, day_cancels; ``all`` = a person decides in any case.
        found: how many there are of what is limited; ``most``: how many may go.
    """

    limit: str
    found: int
    most: int


class Line(Protocol):
    """What a checksum is made of: a difference, or the row that it became."""

    @property
    def account_id(self) -> int | None: ...
    @property
    def login(self) -> str: ...
    @property
    def situation(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def before(self) -> Mapping[str, Any]: ...
    @property
    def after(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Plan:
    """What a reconciliation will do, and what it holds back for a person.

    Attributes:
        apply: positive ones first.
        checksum: of the negative part, whether it waits or not; an approval counts only for exactly what was seen.
        limit_hit: why the negative part waits; None = it goes.
        limits: what the plan was measured by, as JSON: see ``measured``.
    """

    apply: tuple[Difference, ...]
    staged: tuple[Difference, ...]
    report: tuple[Difference, ...]
    checksum: str
    limit_hit: LimitHit | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def positive(self) -> tuple[Difference, ...]:
        """What gives, or only notes: it never waits."""
        return tuple(item for item in self.apply if item.action not in NEGATIVE)

    @property
    def negative(self) -> tuple[Difference, ...]:
        """What takes away and may go: through the canary first."""
        return tuple(item for item in self.apply if item.action in NEGATIVE)


def make_plan(
    differences: Sequence[Difference],
    accounts: int,
    spent: Spent,
    limits: Limits = DEFAULT_LIMITS,
    stage_all: bool = False,
) -> Plan:
    """Sort differences into what is applied, staged and only reported.

    Args:
        accounts: live accounts of the integration: the base of the ratios.
        spent: what was taken away in the 24 hours before.
        stage_all: a person looks at whatever takes away, however few it is.
    """
    report = tuple(item for item in differences if item.action is Action.REPORT)
    negative = tuple(item for item in differences if item.action in NEGATIVE)
    positive = tuple(item for item in differences if item.action not in NEGATIVE and item.action is not Action.REPORT)
    hit = _hit(negative, accounts, spent, limits, stage_all)
    return Plan(
        apply=(*positive, *negative) if hit is None else positive,
        staged=() if hit is None else negative,
        report=report,
        checksum=checksum(negative),
        limit_hit=hit,
        limits=measured(accounts, spent, limits, hit),
    )


def limit_hit(count: int, cancels: int, base: int, spent: Spent, limits: Limits) -> LimitHit | None:
    """Return the first limit that so many more pass, or None when they may go.

    Args:
        count: how many lose content; ``cancels`` of them lose it for good.
    """
    run, day = limits.per_run(base), limits.per_day(base)
    every = (
        ("run", count, count, run),
        ("run_cancels", cancels, cancels, most_cancels(run)),
        ("day", count, count + spent.negatives, day),
        ("day_cancels", cancels, cancels + spent.cancels, most_cancels(day)),
    )
    return next((LimitHit(name, found, most) for name, new, found, most in every if new and found > most), None)


def most_cancels(most: int) -> int:
    """Return how many of so many may be cancels."""
    return int(most * CANCELS_SHARE)


def measured(base: int, spent: Spent, limits: Limits, hit: LimitHit | None) -> dict[str, Any]:
    """Return limits and what stood against them, as JSON for the run: it shall explain itself years later.

    Attributes of it: floor, run_percent, day_percent (per cent), base (subscribers), run, run_cancels, day,
    day_cancels (how many may), spent, spent_cancels (how many had), and of the limit that was passed: hit
    (empty = none), found, most.
    """
    run, day = limits.per_run(base), limits.per_day(base)
    return {
        "floor": limits.floor, "run_percent": _percent(limits.run_ratio), "day_percent": _percent(limits.day_ratio),
        "base": base, "run": run, "run_cancels": most_cancels(run), "day": day, "day_cancels": most_cancels(day),
        "spent": spent.negatives, "spent_cancels": spent.cancels,
        "hit": hit.limit if hit else "", "found": hit.found if hit else 0, "most": hit.most if hit else 0,
    }  # fmt: skip


def checksum(lines: Iterable[Line]) -> str:
    """Return a digest of the lines that take away; the order in which they came does not count, nor do others."""
    digests = sorted(
        json.dumps([item.account_id, item.login, item.situation, item.action, dict(item.before), dict(item.after)],
                   sort_keys=True)
        for item in lines if item.action in NEGATIVE
    )  # fmt: skip
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def counts(differences: Iterable[Difference]) -> dict[str, int]:
    """Return how many there are of each situation."""
    return dict(Counter(str(item.situation) for item in differences))


def _hit(
    negative: Sequence[Difference], accounts: int, spent: Spent, limits: Limits, stage_all: bool
) -> LimitHit | None:
    """Count subscribers, not rights: who loses three products on one account is one person."""
    cancels = {item.account_id for item in negative if item.action is Action.CANCEL}
    losing = {item.account_id for item in negative}
    hit = limit_hit(len(losing), len(cancels), accounts, spent, limits)
    return LimitHit("all", len(losing), 0) if hit is None and stage_all and losing else hit


def _share(base: int, ratio: float) -> int:
    # Rounded first: 29 % of 100 is 28.999... in binary.
    return math.floor(round(base * ratio, 6))


def _percent(ratio: float) -> float:
    return round(ratio * 100, 4)
