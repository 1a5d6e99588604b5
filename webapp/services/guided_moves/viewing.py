"""Guided moves as a page shows them. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from webapp.extensions import db
from webapp.models import Account, Attempt, GuidedMove, Integration, Package, Service, ServicePackage
from webapp.models.agenda import ASKED, CHECKING, DONE, MAKING, STOPPED
from webapp.services.changes import get_or_refuse
from webapp.services.errors import NotFound
from webapp.services.guided_moves.seeing import accounts_of
from webapp.services.holds import Hold, hold_of
from webapp.services.pages import Page, read_id

PAGE = 50
_PLATFORM = joinedload(ServicePackage.package).joinedload(Package.integration).selectinload(Integration.params)
# What is looked at to tell what a move would do.
_MOVED = (joinedload(Service.customer), joinedload(Service.plan), selectinload(Service.packages).options(_PLATFORM))


@dataclass(frozen=True)
class AccountStep:
    """An account of a move: what stands in its way, and the last call made for it."""

    account: Account
    hold: Hold | None
    attempt_id: int | None


@dataclass(frozen=True)
class DoneStep:
    """One step that was taken."""

    name: str
    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class MoveView:
    """A move with its accounts on both sides."""

    move: GuidedMove
    steps: tuple[DoneStep, ...]
    new: tuple[AccountStep, ...]
    old: tuple[AccountStep, ...]

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen."""
        return self.move.status not in (DONE, STOPPED)

    @property
    def may_stop(self) -> bool:
        """Whether the old service still stands."""
        return self.move.status in (ASKED, MAKING, CHECKING)


def get_move(move_id: int) -> GuidedMove:
    """Return a guided move.

    Raises:
        NotFound: answer 404.
    """
    return get_or_refuse(GuidedMove, move_id, "guided_move_unknown")


def service_to_move(service_id: int) -> Service:
    """Return a service with everything that goes over.

    Raises:
        NotFound: answer 404.
    """
    service = db.session.get(Service, service_id, options=_MOVED)
    if service is None:
        raise NotFound("service_unknown", {"id": service_id})
    return service


def open_move_of(service_id: int) -> GuidedMove | None:
    """Return the move by which a service is going over, from it or to it."""
    beside = (GuidedMove.service_id == service_id) | (GuidedMove.to_service_id == service_id)
    return db.session.scalar(select(GuidedMove).where(beside, GuidedMove.status.not_in((DONE, STOPPED))).limit(1))


def view_move(move_id: int) -> MoveView:
    """Return a move as its page shows it.

    Raises:
        NotFound: answer 404.
    """
    move = get_move(move_id)
    new, old = accounts_of(move.to_service_id), accounts_of(move.service_id)
    last = _last_attempts([account.id for account in (*new, *old)])
    steps = tuple(
        DoneStep(one["name"], datetime.fromisoformat(one["at"]), {k: v for k, v in one.items() if k != "at"})
        for one in move.steps
    )
    return MoveView(move, steps, _sides(new, last), _sides(old, last))


def list_moves(status: str = "", cursor: str = "") -> Page[GuidedMove]:
    """Return moves, newest first."""
    holder = joinedload(GuidedMove.service).joinedload(Service.customer)
    statement = select(GuidedMove).options(
        holder, joinedload(GuidedMove.to_service), joinedload(GuidedMove.to_customer)
    )  # fmt: skip
    if status:
        statement = statement.where(GuidedMove.status == status)
    if (last := read_id(cursor)) is not None:
        statement = statement.where(GuidedMove.id < last)
    rows = db.session.scalars(statement.order_by(GuidedMove.id.desc()).limit(PAGE + 1)).all()
    return Page(rows[:PAGE], str(rows[PAGE - 1].id) if len(rows) > PAGE else "")


def _last_attempts(account_ids: Sequence[int]) -> dict[int | None, int]:
    newest = select(Attempt.account_id, func.max(Attempt.id)).where(Attempt.account_id.in_(account_ids))
    return {
        account_id: attempt_id for account_id, attempt_id in db.session.execute(newest.group_by(Attempt.account_id))
    }


def _sides(accounts: Sequence[Account], last: Mapping[int | None, int]) -> tuple[AccountStep, ...]:
    return tuple(
        AccountStep(one, hold_of(one.integration) if one.due_at is not None else None, last.get(one.id))
        for one in accounts
    )  # fmt: skip
