"""Accounts of nobody: set them aside until something about them changes on the platform."""

from collections.abc import Mapping
from typing import Any

from webapp.models import Orphan
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Params, nothing_to_do
from webapp.services.bulk_jobs.kinds.on_orphans import OnOrphans, not_open
from webapp.services.orphans.deciding import set_aside, take_up
from webapp.services.orphans.noting import IGNORED


class SetAside(OnOrphans):
    """Leave them as they are, and show them no more."""

    key = "orphans_ignore"
    reasoned = True
    undoable = True

    def judge(self, row: Orphan, params: Params) -> LeftOut | None:
        """Leave out what somebody decided about."""
        return not_open(row)

    def apply(self, row: Orphan, params: Params, reason: str) -> Effect:
        """Set it aside."""
        before = row.status
        set_aside(row, reason)
        return Effect(before={"status": before})

    def judge_undo(self, row: Orphan, before: Mapping[str, Any], params: Params) -> LeftOut | None:
        """Tell why a row cannot be put back; None when it can."""
        return None if row.status == IGNORED else nothing_to_do("bulk_back_already")

    def undo(self, row: Orphan, before: Mapping[str, Any], reason: str) -> Effect:
        """Put the row back as it was."""
        take_up(row, reason)
        return Effect()
