"""Accounts in doubt: let those go on whose doubt the hub can clear up by itself; the others want a person."""

from webapp.gateways.contract import Operation
from webapp.models import Account
from webapp.models.account import PARKED
from webapp.services.accounts import let_go_on
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Params, nothing_to_do
from webapp.services.bulk_jobs.kinds.on_accounts import OnAccounts, busy, recipe_gone, switched_off, traits, wait_behind


class GoOn(OnAccounts):
    """Take parked accounts up again where the platform can be asked, or knows a repeat by its key.

    Nothing is answered in a person's place: what is in doubt stays so until it was looked up.
    """

    key = "accounts_go_on"
    tables = ("accounts_stuck",)

    def judge(self, row: Account, params: Params) -> LeftOut | None:
        """Leave out what no look-up or key can clear up."""
        if row.status != PARKED:
            return nothing_to_do("bulk_not_parked")
        found = traits(row)
        if found is None:
            return recipe_gone(row)
        if not (found.can(Operation.FIND) or found.honours_key or found.repeatable_create):
            return LeftOut("bulk_person_must_say", {"integration": row.integration.description})
        return busy(row) or switched_off(row)

    def apply(self, row: Account, params: Params, reason: str) -> Effect:
        """Take it up again, its doubt with it."""
        wait_behind(row)
        let_go_on(row, reason)
        return Effect()
