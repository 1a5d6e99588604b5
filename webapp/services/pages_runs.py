"""Reconciliations and their lines as pages show them, in a fixed number of queries whatever their size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from webapp.decide.compare import NEGATIVE
from webapp.decide.snapshot import Finding, acceptable, load
from webapp.extensions import db
from webapp.models import Account, Customer, Run, RunItem, Service
from webapp.models.run import (
    APPLYING,
    HELD,
    OPEN,
    PAUSED,
    PROVEN,
    QUEUED,
    RUNNING,
    SENT,
    SKIPPED,
    STAGED,
    UNPROVEN,
    WAITING,
)
from webapp.services.pages import PAGE_SIZE, Page, decode_cursor, page_of
from webapp.services.runs.lines import TAKING
from webapp.services.runs.steering import UNDER_WAY

DECISIONS = 10
UNDO = "undo"
AT_WORK = frozenset({"queued", "running", "applying", "pausing", "stopping"})
# What a person let go, or the limits did: the parts of the progress bar, in their order.
CARRIED = (PROVEN, SENT, SKIPPED, UNPROVEN, QUEUED, WAITING)
GIVEN_OUT = (QUEUED, PROVEN, SENT, UNPROVEN)
STEER = {APPLYING: ("pause", "stop"), PAUSED: ("resume", "stop"), RUNNING: ("stop",)}


@dataclass(frozen=True)
class LineFilter:
    """Which lines of a run are shown; empty = all."""

    situation: str = ""
    action: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class RunView:
    """One run as its page shows it.

    Attributes:
        state: finer than the row's status, see ``state_of``.
        counts: (situation, action, outcome) -> lines.
        findings: what was noticed about the reading; ``acceptable``: a person may take it for the new normal.
        undone_by: runs that took it back.
    """

    run: Run
    state: str
    counts: Mapping[tuple[str, str, str], int]
    findings: Sequence[Finding] = ()
    acceptable: bool = False
    undone_by: Sequence[Run] = ()

    @property
    def works(self) -> bool:
        """Something goes on, so that the page looks again by itself."""
        return self.state in AT_WORK or any(self.number(outcome=name) for name in OPEN)

    @property
    def steps(self) -> tuple[str, ...]:
        """What a person may ask of it now: pause, resume, stop."""
        if self.run.control:
            return ()
        if self.run.status in UNDER_WAY and any(self.number(action=one, outcome=WAITING) for one in TAKING):
            return STEER[APPLYING]
        return STEER.get(self.run.status, ())

    @property
    def progress(self) -> list[tuple[str, int]]:
        """Lines that were let go, by outcome, without those that have none."""
        found = [(name, self.number(outcome=name)) for name in CARRIED]
        return [(name, count) for name, count in found if count]

    @property
    def undoable(self) -> bool:
        """Something of it was handed out, and nobody took it back yet."""
        actions = ("",) if self.run.trigger == UNDO else tuple(str(one) for one in NEGATIVE)
        given = any(self.number(action=one, outcome=name) for one in actions for name in GIVEN_OUT)
        return given and self.run.mode == "apply" and not self.undone_by

    @property
    def cancels(self) -> int:
        """How many accounts the part that waits for a person would end."""
        return self.number(action="cancel", outcome=HELD)

    def number(self, *, situation: str = "", action: str = "", outcome: str = "") -> int:
        """Return how many lines there are with these words; empty = any."""
        wanted = (situation, action, outcome)
        return sum(
            count
            for key, count in self.counts.items()
            if all(one in ("", has) for one, has in zip(wanted, key, strict=True))
        )


def state_of(run: Run) -> str:
    """Return what a run is doing, in more words than its status has: queued, pausing, stopping, uncompared."""
    if run.status in (RUNNING, APPLYING) and run.control:
        return {"pause": "pausing", "stop": "stopping"}[run.control]
    if run.status == RUNNING and run.lease_until is None and not run.counts:
        return "queued"
    if run.status == "done" and run.error_code and not run.counts.get("compared"):
        return "uncompared"
    return run.status


def undecided_runs() -> Sequence[Run]:
    """Return the batches that wait for a person, those first that expire first."""
    wanted = select(Run).options(joinedload(Run.integration)).where(Run.status.in_((STAGED, PAUSED)))
    return db.session.scalars(wanted.order_by(Run.expires_at, Run.id).limit(DECISIONS)).all()


def view_run(run: Run) -> RunView:
    """Return a run with how many lines it has of each kind."""
    rows = db.session.execute(
        select(RunItem.situation, RunItem.action, RunItem.outcome, func.count())
        .where(RunItem.run_id == run.id)
        .group_by(RunItem.situation, RunItem.action, RunItem.outcome)
        .order_by(RunItem.situation, RunItem.action, RunItem.outcome)
    )
    counts = {(row[0], row[1], row[2]): row[3] for row in rows}
    undone_by = db.session.scalars(select(Run).where(Run.undo_of_id == run.id).order_by(Run.id)).all()
    certificate = load(run.certificate)
    return RunView(run, state_of(run), counts, certificate.findings, acceptable(certificate), undone_by)


def run_items(run_id: int, wanted: LineFilter | None = None, cursor: str = "", size: int = PAGE_SIZE) -> Page[RunItem]:
    """Return the lines of a run in their order."""
    statement = _filtered(select(RunItem).where(RunItem.run_id == run_id), wanted or LineFilter())
    after = decode_cursor(cursor, 1)
    if after is not None:
        statement = statement.where(RunItem.id > after[0])
    rows = db.session.scalars(statement.order_by(RunItem.id).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page(shown, following)


def runs_of_pull(pull_id: int) -> Sequence[Run]:
    """Return the runs that took back what a pull of a source did."""
    wanted = select(Run).options(joinedload(Run.integration)).where(Run.undo_pull_id == pull_id)
    return db.session.scalars(wanted.order_by(Run.id)).all()


@dataclass(frozen=True)
class Person:
    """Whose an account is, for a link."""

    customer_id: int
    name: str


def people_of_accounts(account_ids: Sequence[int]) -> Mapping[int, Person]:
    """Return whose the accounts are, by account id."""
    rows = db.session.execute(
        select(Account.id, Customer.id, Customer.name)
        .join(Service, Service.id == Account.service_id)
        .join(Customer, Customer.id == Service.customer_id)
        .where(Account.id.in_(account_ids))
    )
    return {row[0]: Person(row[1], row[2]) for row in rows}


def _filtered(statement: Select[Any], wanted: LineFilter) -> Select[Any]:
    for name in ("situation", "action", "outcome"):
        value = getattr(wanted, name)
        if value:
            statement = statement.where(getattr(RunItem, name) == value)
    return statement
