"""Runs carried out to their end, with the engine and the proofs in the test's own thread."""

from sqlalchemy import select

from tests.journeys.crowd import accounts_of
from webapp import clock
from webapp.extensions import db
from webapp.jobs.drain import converge
from webapp.models import Integration, Run, RunItem
from webapp.services import runs
from webapp.services.runs.applying import advance

ROUNDS = 60


def reconcile(integration: Integration) -> Run:
    """Read, compare and hand over what may go at once."""
    db.session.rollback()
    return runs.start_run(integration.id, "apply")


def drain(patience_s: float = 1.0) -> int:
    """Let the engine do what is due, and nothing else."""
    db.session.rollback()
    return converge(until_idle=True, patience_s=patience_s)


def step() -> bool:
    """Do one step of all runs, proofs included."""
    db.session.rollback()
    moved = advance(clock.utc_now(), background=False)
    db.session.rollback()
    return moved


def carry_out() -> None:
    """Work the queue and the runs until neither moves any more."""
    for _ in range(ROUNDS):
        drain()
        if not step():
            return
    raise AssertionError("it did not come to an end")


def outcomes(run_id: int) -> dict[tuple[str, str], int]:
    """Return how many lines there are of each action and outcome."""
    db.session.rollback()
    found: dict[tuple[str, str], int] = {}
    for row in db.session.execute(select(RunItem.action, RunItem.outcome).where(RunItem.run_id == run_id)):
        found[row.action, row.outcome] = found.get((row.action, row.outcome), 0) + 1
    db.session.rollback()
    return found


def fresh(run_id: int) -> Run:
    """Return a run as it stands in the database now."""
    db.session.rollback()
    return db.session.get_one(Run, run_id, populate_existing=True)


def by_hand(integration: Integration, action: str, shown: str, count: int, after: str = "") -> Run:
    """Write a run as a reading of a platform that cannot be read would have: a line for each account."""
    accounts = accounts_of(integration)[:count]
    run = Run(integration_id=integration.id, mode="apply", status="applying", started_at=clock.utc_now())
    db.session.add(run)
    db.session.flush()
    for one in accounts:
        wanted = {"state": after or one.units["account"]["state"]}
        db.session.add(RunItem(run_id=run.id, account_id=one.id, login=one.login, situation="state", action=action,
                               outcome="waiting", before={"state": shown}, after=wanted))  # fmt: skip
    db.session.commit()
    return run
