"""Accounts: send the present state once more."""

from webapp.models import Account
from webapp.models.account import CANCELLED, PARKED
from webapp.services.accounts import send_again
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Params, nothing_to_do
from webapp.services.bulk_jobs.kinds.on_accounts import OnAccounts, busy, recipe_gone, switched_off, traits, wait_behind


class Resend(OnAccounts):
    """Send the present state once more, with the same message id where the gateway is a webhook."""

    key = "accounts_resend"
    tables = (*OnAccounts.tables, "customers")

    def judge(self, row: Account, params: Params) -> LeftOut | None:
        """Leave out what was ended, is in doubt or just being sent."""
        if row.status == PARKED:
            return LeftOut("account_parked", {"login": row.login})
        if row.status == CANCELLED:
            return nothing_to_do("bulk_account_ended")
        if traits(row) is None:
            return recipe_gone(row)
        return busy(row) or switched_off(row)

    def apply(self, row: Account, params: Params, reason: str) -> Effect:
        """Mark it to be sent once more."""
        wait_behind(row)
        send_again(row, reason=reason)
        return Effect()
