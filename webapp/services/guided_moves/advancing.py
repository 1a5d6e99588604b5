"""Takes guided moves as far as they go: one step in each transaction, from rows alone. No platform is called here.

The old service ends in the transaction that found the new one standing; before, a kill or a failure leaves it alone.
"""

from collections.abc import Callable
from datetime import date, datetime

import structlog
from sqlalchemy import func, select

from webapp.clock import utc_now
from webapp.decide import guided_moves as decide
from webapp.decide.guided_moves import FAIL, GO, Verdict
from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import GuidedMove
from webapp.models.agenda import ASKED, CHECKING, DONE, ENDING, MAKING, MOVE_OPEN
from webapp.services import audit
from webapp.services.changes import commit
from webapp.services.errors import Conflict, Invalid, ServiceError
from webapp.services.guided_moves.making import make_anew, refuse_new_rights, sell_rest
from webapp.services.guided_moves.seeing import ask_platforms, old_ends, seen_accounts
from webapp.services.guided_moves.steps import fail, step
from webapp.services.hub import current_hub
from webapp.services.transactions import begin
from webapp.services.transfers import end_former

AT_ONCE = 200
ACTIONS = {"holder": "service.transfer", "email": "service.email"}
log = structlog.get_logger()


def advance_due(today: date) -> None:
    """Take every open move as far as it goes; one that fails does not hold the others.

    Of more than can be looked at at once, chance takes some: those that wait for long must not keep out the others.
    """
    open_moves = select(GuidedMove.id).where(
        GuidedMove.status.in_(MOVE_OPEN), GuidedMove.error_code == "", GuidedMove.on <= today
    )
    for move_id in list(db.session.scalars(open_moves.order_by(func.random()).limit(AT_ONCE))):
        try:
            advance(move_id)
        except Exception:
            # A border: the next move must have its turn.
            log.exception("guided_move.failed", guided_move_id=move_id)
            db.session.rollback()


def advance(move_id: int, password: str = "") -> None:
    """Take one move as far as it goes now; each step is committed by itself.

    Args:
        password: of the new service, where it was given just now; it is kept nowhere else.
    """
    while _step(move_id, password):
        pass


def _step(move_id: int, password: str) -> bool:
    begin(reads_only=False)
    move = db.session.get(GuidedMove, move_id, with_for_update=True)
    if move is None or move.error_code or move.status not in _STEPS or move.on > current_hub().today():
        return False
    try:
        with audit.acting_as(move.asked_by):
            going = _STEPS[move.status](move, password)
            commit()
    except (Conflict, Invalid) as error:
        db.session.rollback()
        _stop_at(move_id, error)
        return False
    return going


def _stop_at(move_id: int, error: ServiceError) -> None:
    begin(reads_only=False)
    move = db.session.get_one(GuidedMove, move_id, with_for_update=True)
    first = error.problems[0] if isinstance(error, Invalid) else None
    fail(move, first.code if first else error.code, dict(first.params if first else error.params))
    commit()


def _make(move: GuidedMove, password: str) -> bool:
    new = make_anew(move, password)
    move.to_service, move.status = new, MAKING
    step(move, "made", service=new.code)
    return True


def _wait_for_new(move: GuidedMove, _password: str) -> bool:
    if not _went(move, decide.made(seen_accounts(move))):
        return False
    move.status = CHECKING
    move.data = {**move.data, "checking_at": utc_now().isoformat()}
    step(move, "standing", accounts=[one.account_id for one in seen_accounts(move)])
    return True


def _check(move: GuidedMove, _password: str) -> bool:
    since = datetime.fromisoformat(move.data["checking_at"])
    accounts = seen_accounts(move)
    # It may have been changed, or have failed, since it stood.
    if not _went(move, decide.made(accounts)):
        return False
    if not _went(move, decide.looked(accounts, since)):
        ask_platforms(move, accounts, since)
        return False
    refuse_new_rights(move)
    step(move, "checked", accounts=[one.account_id for one in accounts if one.asks])
    _end_old(move)
    return True


def _end_old(move: GuidedMove) -> None:
    assert move.to_service is not None
    if move.service.status not in ENDED:
        end_former(move.service, move.to_service, move.reason, ACTIONS[move.kind])
    move.status = ENDING
    step(move, "ended", service=move.service.code)


def _finish(move: GuidedMove, _password: str) -> bool:
    if not _went(move, decide.gone(old_ends(move))):
        return False
    if move.data.get("gaps") and not move.data.get("rest_sold"):
        sell_rest(move)
        move.data = {**move.data, "rest_sold": True}
        step(move, "rest_made")
        return True
    if not _went(move, decide.made(seen_accounts(move))):
        return False
    move.status, move.finished_at = DONE, utc_now()
    step(move, "done")
    _tell_both(move)
    return False


def _tell_both(move: GuidedMove) -> None:
    """Write the end into the history of both services: of another holder each belongs to somebody else."""
    new = move.to_service
    assert new is not None
    for service in (move.service, new):
        after = {"service": new.code}
        audit.record("guided_move.done", "service", service.id, service.code, after=after, reason=move.reason)


def _went(move: GuidedMove, verdict: Verdict) -> bool:
    """Tell whether the next step may be taken; note a failure, so that a person decides."""
    if move.to_service is None or move.to_service.status in ENDED:
        verdict = Verdict(FAIL, "guided_move_new_ended")
    if verdict.word == FAIL:
        fail(move, verdict.code, {}, verdict.account_id)
    return verdict.word == GO


_STEPS: dict[str, Callable[[GuidedMove, str], bool]] = {
    ASKED: _make, MAKING: _wait_for_new, CHECKING: _check, ENDING: _finish,
}  # fmt: skip
