"""Accounts that were never used: tell their subscribers anew how to sign in."""

from sqlalchemy import insert

from webapp.clock import utc_now
from webapp.decide.activation import CREATED
from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.models import Account, CustomerMessage
from webapp.models.account import WAITING_USER
from webapp.models.activation import WAITING
from webapp.services.accounts import send_again
from webapp.services.activation.switch import is_on
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Params, Refused, nothing_to_do
from webapp.services.bulk_jobs.kinds.on_accounts import OnAccounts, busy, switched_off, traits, wait_behind
from webapp.services.hub import current_hub
from webapp.services.transactions import insert_once


class TellAnew(OnAccounts):
    """Tell subscribers anew, and ask the platform for its activation once more where it waits for its user."""

    key = "never_used_tell"
    tables = ("never_used",)

    def judge(self, row: Account, params: Params) -> LeftOut | None:
        """Leave out who began meanwhile, wants no messages, or was told today."""
        if row.first_used_at is not None:
            return nothing_to_do("never_used_no_reason")
        if row.service.customer.messages_off_at is not None:
            return LeftOut("message_opted_out")
        if not is_on() and not _resends(row):
            return LeftOut("never_used_messages_off")
        return busy(row) or switched_off(row)

    def apply(self, row: Account, params: Params, reason: str) -> Effect:
        """Let the message go out, and the activation of the platform."""
        if is_on() and not _tell(row) and not _resends(row):
            raise Refused(nothing_to_do("never_used_told_today"))
        if _resends(row):
            wait_behind(row)
            send_again(row, reason=reason)
        return Effect()


def _resends(row: Account) -> bool:
    declared = traits(row)
    return row.status == WAITING_USER and declared is not None and declared.can(Operation.RESEND_ACTIVATION)


def _tell(row: Account) -> bool:
    """Make a message, one a day; False where there is one already."""
    now = utc_now()
    cause = f"anew {current_hub().today().isoformat()}"
    values = {"account_id": row.id, "kind": CREATED, "cause": cause, "status": WAITING, "due_at": now,
              "created_at": now, "tries": 0, "sent_to": "", "reason": "", "params": {}}  # fmt: skip
    return insert_once(db.session.connection(), insert(CustomerMessage).values(**values))
