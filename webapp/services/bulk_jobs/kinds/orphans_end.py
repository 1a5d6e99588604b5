"""Accounts of nobody: ask for their end, approve it as another person, take them up again.

Several at once always wait for a second person, as ``services/orphans/deciding.py`` says; each is looked up before it
is ended, and that is the work of ``cancelling.py``, not of a job.
"""

from abc import ABC
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.models import Orphan
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Loss, Named, Params, failed, nothing_to_do
from webapp.services.bulk_jobs.kinds.on_orphans import OnOrphans, not_open
from webapp.services.errors import Problem
from webapp.services.orphans.deciding import ask_end, is_busy, let_end, take_up, why_no_end
from webapp.services.orphans.noting import CANCELLING, IGNORED, OPEN
from webapp.services.pages_orphans import name_of
from webapp.services.persons import same_person

CAUSE = "bulk_cause_orphan"


@dataclass(frozen=True)
class _Row:
    """An account of nobody.

    Attributes:
        problem: why its platform can end none now.
        own: whoever acts now asked for its end.
    """

    orphan: Orphan
    problem: Problem | None
    own: bool


class _Ending(OnOrphans, ABC):
    """What both steps of an end share; what is the same for many rows is found out once for all of them."""

    def load(self, ids: Collection[int], *, lock: bool = False) -> Mapping[int, _Row]:
        """Return rows by id with all that judging needs; see ``Kind.load``."""
        rows = super().load(ids, lock=lock)
        platforms = {row.integration_id: row.integration for row in rows.values()}
        problems = {key: why_no_end(integration) for key, integration in platforms.items()}
        own = {actor for actor in {row.requested_by for row in rows.values()} if actor and same_person(actor)}
        return {key: _Row(row, problems[row.integration_id], row.requested_by in own) for key, row in rows.items()}

    def names(self, ids: Collection[int]) -> Mapping[int, Named]:
        """Return who rows are; see ``Kind.names``."""
        return {key: super(_Ending, self).name(row) for key, row in super().load(ids).items()}

    def name(self, row: _Row) -> Named:
        """Return a row as people know it."""
        return super().name(row.orphan)


class AskEnd(_Ending):
    """Ask for the end of accounts on their platforms; nothing is sent before another person approves it."""

    key = "orphans_cancel"
    reasoned = True
    undoable = True

    def judge(self, row: _Row, params: Params) -> LeftOut | None:
        """Leave out what somebody decided about, and platforms that can end none."""
        decided = not_open(row.orphan)
        if decided is not None:
            return decided
        return failed(row.problem.code, row.problem.params) if row.problem is not None else None

    def apply(self, row: _Row, params: Params, reason: str) -> Effect:
        """Ask for its end."""
        ask_end(row.orphan, reason)
        return Effect(before={"status": OPEN})

    def judge_undo(self, row: _Row, before: Mapping[str, Any], params: Params) -> LeftOut | None:
        """Tell why a row cannot be put back; None when it can."""
        return _not_reopened(row.orphan, (CANCELLING,))

    def undo(self, row: _Row, before: Mapping[str, Any], reason: str) -> Effect:
        """Take the wish back, as far as nothing was sent."""
        take_up(row.orphan, reason)
        return Effect()


class ApproveEnd(_Ending):
    """Let the end of accounts go that another person asked for. It is for good, so limits count."""

    key = "orphans_approve"

    def takes(self, params: Params) -> bool:
        """Tell whether it takes content away, so that limits count."""
        return True

    def judge(self, row: _Row, params: Params) -> LeftOut | None:
        """Leave out what waits for nobody, what waits for somebody else, and platforms that can end none."""
        if row.orphan.status != CANCELLING or row.orphan.decided_by:
            return nothing_to_do("bulk_orphan_no_approval")
        if row.own:
            return LeftOut("orphan_second_operator", {"login": name_of(row.orphan)})
        return failed(row.problem.code, row.problem.params) if row.problem is not None else None

    def apply(self, row: _Row, params: Params, reason: str) -> Effect:
        """Approve its end."""
        let_end(row.orphan, reason)
        return Effect()

    def losses(self, row: _Row, params: Params, before: Mapping[str, Any] | None = None) -> Sequence[Loss]:
        """Return who would lose content: nobody knows who uses it, so the account stands for that person."""
        name = name_of(row.orphan)
        return (Loss(row.orphan.integration_id, None, row.orphan.login, name, "cancel", CAUSE, {}, None),)

    def calls(self, row: _Row, params: Params, before: Mapping[str, Any] | None = None) -> Iterable[int]:
        """Return the platforms that get a call by this row."""
        return (row.orphan.integration_id,)


class TakeUpAgain(OnOrphans):
    """Let accounts stand in the list of open ones again: ignored ones, and those whose end has not come."""

    key = "orphans_reopen"

    def judge(self, row: Orphan, params: Params) -> LeftOut | None:
        """Leave out what is open, gone, or just being ended."""
        return _not_reopened(row, (IGNORED, CANCELLING))

    def apply(self, row: Orphan, params: Params, reason: str) -> Effect:
        """Take it up again."""
        take_up(row, reason)
        return Effect()


def _not_reopened(row: Orphan, statuses: Collection[str]) -> LeftOut | None:
    if row.status not in statuses:
        return nothing_to_do("bulk_orphan_not_aside")
    return failed("orphan_busy", {"login": name_of(row)}) if is_busy(row) else None
