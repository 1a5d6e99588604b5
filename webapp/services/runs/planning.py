"""From differences to a plan: the lines are written, then one transaction says which of them may go.

Lines are written in batches while nobody acts on them; the deciding transaction is short however many there
are, and a process that dies before it leaves nothing but lines that the next one removes. Whatever may lose
content is decided under the integration's row lock, so that two runs never spend the same limit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from webapp.clock import utc_now
from webapp.decide.compare import NEGATIVE, Difference, Situation
from webapp.decide.plan import Plan, counts, make_plan
from webapp.decide.radius import Radius
from webapp.extensions import db
from webapp.models import Integration, Run
from webapp.models.run import HELD, LAPSED, NONE, PLANNED, QUEUED, REFUSED_LINE, REPORTED, WAITING
from webapp.services import drift
from webapp.services.runs import rows, superseding
from webapp.services.runs.causes import explain
from webapp.services.runs.leases import Lease
from webapp.services.runs.limits import limits_of, live_accounts, spent_today
from webapp.services.transactions import begin

# Lines of a run that name accounts which nobody here made; all of them are counted.
MOST_STRANGERS = 100


@dataclass(frozen=True)
class Fate:
    """What becomes of the lines that take something away.

    Attributes:
        outcome: of those lines: waiting (they may go), staged, lapsed (an older batch with the same lines waits
            already), rejected (a person refused the same lines lately), planned (this run only shows).
        code, params: why, where it is not plain from the limits.
        run_id: of the older run whose decision or batch stands for these lines.
    """

    plan: Plan
    outcome: str
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    run_id: int | None = None


def not_in_hand(integration_id: int, run_id: int, differences: Sequence[Difference]) -> list[Difference]:
    """Return the differences without those that another run is about to mend: it may be paused, or at its canary.

    Nor those that wait for a person in a batch which no reading takes the place of.
    """
    taken = rows.taken_in_hand(integration_id, run_id, (WAITING, QUEUED))
    taken |= rows.taken_in_hand(integration_id, run_id, (HELD,), (NONE,))
    if not taken:
        return list(differences)
    return [item for item in differences if item.action not in NEGATIVE or item.account_id not in taken]


def write_lines(
    run_id: int, integration_id: int, differences: Sequence[Difference], lease: Lease | None = None
) -> dict[str, Any]:
    """Write one line for each difference, with the reason why, in batches that are committed.

    Returns:
        The radius of those that take something away.

    Raises:
        LeaseLost, StopRequested, Interrupted: leave the run.
    """
    radius = Radius()
    for start in range(0, len(differences), rows.BATCH):
        begin(reads_only=True)
        explained = explain(integration_id, differences[start : start + rows.BATCH])
        begin(reads_only=False)
        if lease is not None:
            lease.keep()
        rows.insert_lines(run_id, explained)
        db.session.commit()
        for one in explained:
            if one.difference.action in NEGATIVE:
                radius.add(one)
    return radius.as_json()


def worth_a_line(differences: Sequence[Difference]) -> list[Difference]:
    """Return the differences without most strangers: they have rows of their own, and a platform may show thousands."""
    strangers = [item for item in differences if item.situation is Situation.EXTRA]
    if len(strangers) <= MOST_STRANGERS:
        return list(differences)
    return [item for item in differences if item.situation is not Situation.EXTRA] + strangers[:MOST_STRANGERS]


def judge(
    run: Run, integration: Integration, differences: Sequence[Difference], *, only_plan: bool, stage_all: bool = False
) -> Fate:
    """Decide under the integration's lock, in the caller's transaction, what may go; nothing is written yet.

    Args:
        only_plan: nothing goes whatever the limits say.
        stage_all: a person looks at whatever takes away, however few it is.
    """
    negative = [item for item in differences if item.action in NEGATIVE]
    ask = stage_all or superseding.must_ask(run, negative)
    plan = make_plan(
        differences, live_accounts(integration.id), spent_today(integration.id), limits_of(integration),
        stage_all=ask,
    )  # fmt: skip
    if only_plan or not negative:
        return Fate(plan, PLANNED if only_plan else WAITING)
    rejected = superseding.rejected_lately(run, plan.checksum)
    if rejected is not None:
        told = {"run_id": rejected, "count": len(negative)}
        return Fate(plan, REFUSED_LINE, "run_rejected_before", told, rejected)
    standing = superseding.standing(run, plan.checksum)
    if standing is not None:
        return Fate(plan, LAPSED, "run_batch_stands", {"run_id": standing, "count": len(negative)}, standing)
    return Fate(plan, HELD if plan.staged else WAITING)


def turn_lines(run_id: int, fate: Fate) -> None:
    """Give the lines of a run what was decided, in the caller's transaction."""
    if fate.outcome == PLANNED:
        return
    rows.turn(run_id, PLANNED, WAITING, rows.GIVING)
    ended: dict[str, Any] = {"ended_at": utc_now(), "error_code": fate.code, "error_params": dict(fate.params)}
    closed = fate.outcome in (LAPSED, REFUSED_LINE)
    rows.turn(run_id, PLANNED, fate.outcome, rows.TAKING, values=ended if closed else {})


def counts_of(differences: Sequence[Difference], fate: Fate) -> dict[str, int]:
    """Return how many differ in which way, and how many go, wait and are only told."""
    plan = fate.plan
    kept = {LAPSED: len(plan.staged) + len(plan.negative), REFUSED_LINE: len(plan.staged) + len(plan.negative)}
    closed = fate.outcome in kept
    found = {
        "planned": len(plan.positive) if closed else len(plan.apply),
        "staged": 0 if closed else len(plan.staged),
        REPORTED: len(plan.report),
        **counts(differences),
    }
    return {**found, fate.outcome: kept[fate.outcome]} if closed else found


def expires_at(integration: Integration) -> datetime:
    """Return until when a person may decide about a batch that is staged now."""
    return utc_now() + timedelta(hours=integration.batch_expires_h)


def hand_over_positives(run_id: int) -> None:
    """Hand to convergence what gives, in batches that are committed: it never waits.

    A process that dies in between leaves the rest waiting, and ``advance`` goes on with it.
    """
    while True:
        begin(reads_only=False)
        found = rows.waiting_items(run_id, rows.GIVING)
        if not found:
            db.session.rollback()
            return
        drift.mend(db.session.get_one(Run, run_id), found)
        db.session.commit()
