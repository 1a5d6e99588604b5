"""Accounts: try now what waits, or was refused."""

from webapp.models import Account
from webapp.models.account import BLOCKED, CANCELLED, PARKED
from webapp.services.accounts import hurry
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Params, nothing_to_do
from webapp.services.bulk_jobs.kinds.on_accounts import OnAccounts, busy, switched_off, wait_behind


class TryNow(OnAccounts):
    """Put accounts at the head of their waiting time; attempts and keys stay."""

    key = "accounts_try"

    def judge(self, row: Account, params: Params) -> LeftOut | None:
        """Leave out what waits for nothing, is in doubt or just being sent."""
        if row.status == PARKED:
            return LeftOut("account_parked", {"login": row.login})
        if row.status == CANCELLED and row.due_at is None:
            return nothing_to_do("bulk_account_ended")
        if row.due_at is None and row.status != BLOCKED:
            return nothing_to_do("bulk_nothing_waits")
        return busy(row) or switched_off(row)

    def apply(self, row: Account, params: Params, reason: str) -> Effect:
        """Let it be due now."""
        wait_behind(row)
        hurry(row, reason)
        return Effect()
