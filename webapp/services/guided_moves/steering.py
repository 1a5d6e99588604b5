"""A person lets a guided move go on, or stops it while the old service still stands."""

from webapp.clock import utc_now
from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import GuidedMove
from webapp.models.agenda import ASKED, CHECKING, ENDING, MAKING, STOPPED
from webapp.services import accounts, audit
from webapp.services.changes import commit
from webapp.services.errors import Conflict, NotFound
from webapp.services.guided_moves.making import give_email
from webapp.services.guided_moves.seeing import accounts_of
from webapp.services.guided_moves.steps import step
from webapp.services.service_store import apply_status
from webapp.services.transactions import begin
from webapp.services.transfers import CANCELLED


def go_on(move_id: int, reason: str = "") -> GuidedMove:
    """Let a move that met a failure go on where it stands, and commit; what was refused is tried once more.

    Raises:
        NotFound: no such move.
        Conflict: ``guided_move_not_held``; it goes on by itself, or it is over.
    """
    move = _locked(move_id)
    if not move.error_code:
        raise Conflict("guided_move_not_held")
    _try_again(move)
    move.error_code = ""
    move.data = {name: value for name, value in move.data.items() if name not in ("error", "account")}
    step(move, "went_on", by=audit.current_actor())
    audit.record("guided_move.go_on", "service", move.service_id, move.service.code, reason=reason)
    commit()
    return move


def stop(move_id: int, reason: str = "") -> GuidedMove:
    """Stop a move, and commit: what was made anew ends again, the old service stays as it is.

    Raises:
        NotFound: no such move.
        Conflict: ``guided_move_too_late``; the old service has ended, or it is all over.
    """
    move = _locked(move_id)
    if move.status not in (ASKED, MAKING, CHECKING):
        raise Conflict("guided_move_too_late")
    _end_new(move)
    if (former := move.data.get("email_before")) is not None and move.service.customer.email == move.to_email:
        give_email(move, former)
    move.status, move.finished_at, move.error_code = STOPPED, utc_now(), ""
    step(move, "stopped", by=audit.current_actor())
    audit.record("guided_move.stop", "service", move.service_id, move.service.code, reason=reason)
    commit()
    return move


def _locked(move_id: int) -> GuidedMove:
    begin(reads_only=False)
    move = db.session.get(GuidedMove, move_id, with_for_update=True)
    if move is None:
        raise NotFound("guided_move_unknown", {"id": move_id})
    return move


def _end_new(move: GuidedMove) -> None:
    new = move.to_service
    if new is None or new.status in ENDED:
        return
    before, _priority = {"status": new.status}, apply_status(new, CANCELLED)
    audit.record("service.status", "service", new.id, new.code,
                 before=before, after={"status": CANCELLED}, reason=move.reason)  # fmt: skip
    accounts.mark_services([new.id], accounts.NEGATIVE)


def _try_again(move: GuidedMove) -> None:
    """What a platform refused is sent once more; what is in doubt has a question of its own to be answered first."""
    old = accounts_of(move.service_id) if move.status == ENDING else []
    for account in (*old, *accounts_of(move.to_service_id)):
        if account.status == "blocked":
            accounts.hurry(account)
