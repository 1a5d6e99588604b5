"""Accounts of nobody: adopt those whose owner is told exactly."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.models import Orphan
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Named, Params, Refused, failed
from webapp.services.bulk_jobs.kinds.on_orphans import OnOrphans, not_open
from webapp.services.errors import Problem
from webapp.services.orphans.adopting import adopt_guessed, stage_losing
from webapp.services.orphans.outlook import outlooks

# Our own reference and the document name one person; all else is a guess, and wants eyes.
EXACT = ("orphan_guess_reference", "orphan_guess_document")


@dataclass(frozen=True)
class _Row:
    """An account of nobody, and why it cannot be adopted for whom it was guessed."""

    orphan: Orphan
    problem: Problem | None


class AdoptExact(OnOrphans):
    """Make them the accounts of the services that they surely belong to.

    Who would lose content by that is not touched: it becomes a line of a reconciliation, with its limits.
    """

    key = "orphans_adopt"

    def load(self, ids: Collection[int], *, lock: bool = False) -> Mapping[int, _Row]:
        """Return rows by id with all that judging needs; see ``Kind.load``."""
        rows = super().load(ids, lock=lock)
        if not rows:
            return {}
        return {one.orphan.id: _Row(one.orphan, one.problem) for one in outlooks(list(rows.values()))}

    def names(self, ids: Collection[int]) -> Mapping[int, Named]:
        """Return who rows are; see ``Kind.names``."""
        return {key: super(AdoptExact, self).name(row) for key, row in super().load(ids).items()}

    def name(self, row: _Row) -> Named:
        """Return a row as people know it."""
        return super().name(row.orphan)

    def judge(self, row: _Row, params: Params) -> LeftOut | None:
        """Leave out whose owner is not told exactly, or who does not fit."""
        orphan = row.orphan
        decided = not_open(orphan)
        if decided is not None:
            return decided
        if orphan.guess_service_id is None or orphan.guess_code not in EXACT:
            return LeftOut("bulk_guess_weak")
        return failed(row.problem.code, row.problem.params) if row.problem is not None else None

    def apply(self, row: _Row, params: Params, reason: str) -> Effect:
        """Make it an account of the service that was guessed."""
        done, differences = adopt_guessed(row.orphan)
        if done.problem is not None:
            raise Refused(failed(done.problem.code, done.problem.params))
        return Effect(left=differences)

    def calls(self, row: _Row, params: Params, before: Mapping[str, Any] | None = None) -> Iterable[int]:
        """Return the platforms that get a call by this row."""
        return (row.orphan.integration_id,)

    def after_commit(self, effects: Sequence[Effect]) -> None:
        """Stage who would lose content by it, see ``adopting.stage_losing``."""
        together: dict[int, list[Any]] = {}
        for effect in effects:
            for integration_id, lines in effect.left.items():
                together.setdefault(integration_id, []).extend(lines)
        stage_losing(together)
