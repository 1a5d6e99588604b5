"""Packages and plans: offer them, or offer them no more; who has one keeps it."""

from abc import ABC
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from sqlalchemy import Select, select

from webapp.extensions import db
from webapp.models import Package, Plan
from webapp.models.operator import ADMIN
from webapp.services.bulk_jobs.contract import Effect, Kind, LeftOut, Named, Params, nothing_to_do
from webapp.services.errors import Problem
from webapp.services.packages import turn_package
from webapp.services.plans import turn_plan

ON, OFF = SWITCH = ("on", "off")


class _Switch(Kind, ABC):
    """``active``: on or off."""

    roles = (ADMIN,)
    fields = ("active",)
    undoable = True
    model: ClassVar[Any]
    turn: ClassVar[Callable[..., None]]

    def check(self, params: Params) -> list[Problem]:
        """Return what is wrong with what was asked."""
        return [] if params.get("active") in SWITCH else [Problem("active", "bulk_switch_missing")]

    def subjects(self, table: str, rows: Select[Any], params: Params) -> Select[Any]:
        """Return the ids of what is touched; see ``Kind.subjects``."""
        return select(self.model.id).where(self.model.id.in_(rows))

    def load(self, ids: Collection[int], *, lock: bool = False) -> Mapping[int, Any]:
        """Return rows by id with all that judging needs; see ``Kind.load``."""
        wanted = select(self.model).where(self.model.id.in_(ids)).order_by(self.model.id)
        rows = db.session.scalars(wanted.with_for_update() if lock else wanted)
        return {row.id: row for row in rows}

    def judge(self, row: Any, params: Params) -> LeftOut | None:
        """Leave out what is so already."""
        if row.active == (params["active"] == ON):
            return nothing_to_do("bulk_on_already" if row.active else "bulk_off_already")
        return None

    def apply(self, row: Any, params: Params, reason: str) -> Effect:
        """Turn the offer on or off."""
        type(self).turn(row, params["active"] == ON, reason)
        db.session.flush()
        return Effect(before={"active": not row.active})

    def name(self, row: Any) -> Named:
        """Return a row as people know it."""
        return Named(row.description, "", (f"{self.subject}s.edit", {f"{self.subject}_id": row.id}))

    def judge_undo(self, row: Any, before: Mapping[str, Any], params: Params) -> LeftOut | None:
        """Tell why a row cannot be put back; None when it can."""
        return nothing_to_do("bulk_back_already") if row.active == before.get("active") else None

    def undo(self, row: Any, before: Mapping[str, Any], reason: str) -> Effect:
        """Put the row back as it was."""
        type(self).turn(row, bool(before["active"]), reason)
        db.session.flush()
        return Effect()


class SwitchPackages(_Switch):
    """Offer packages, or offer them no more."""

    key, tables, subject = "packages_active", ("packages",), "package"
    model, turn = Package, turn_package


class SwitchPlans(_Switch):
    """Offer plans, or offer them no more."""

    key, tables, subject = "plans_active", ("plans",), "plan"
    model, turn = Plan, turn_plan
