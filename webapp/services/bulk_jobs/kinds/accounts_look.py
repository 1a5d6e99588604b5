"""Accounts: look at the platform now, and mend what differs, within its limits."""

from webapp.gateways.contract import Operation
from webapp.models import Account
from webapp.models.account import CANCELLED
from webapp.services import lookup_marks
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Params, nothing_to_do
from webapp.services.bulk_jobs.kinds.on_accounts import OnAccounts, cannot_ask, recipe_gone, traits


class LookNow(OnAccounts):
    """Ask the platform about single accounts, in both directions; what differs becomes lines of a reconciliation."""

    key = "accounts_look"
    tables = (*OnAccounts.tables, "customers")

    def judge(self, row: Account, params: Params) -> LeftOut | None:
        """Leave out what the platform cannot be asked about."""
        found = traits(row)
        if found is None:
            return recipe_gone(row)
        if not found.can(Operation.FIND):
            return LeftOut("bulk_look_unsupported", {"integration": row.integration.description})
        if row.status == CANCELLED or not row.login:
            return nothing_to_do("bulk_never_sent")
        return cannot_ask(row)

    def apply(self, row: Account, params: Params, reason: str) -> Effect:
        """Note it to be asked about."""
        lookup_marks.note(row.integration_id, row.id)
        return Effect()

    def room(self) -> int:
        """Return how many more the platforms can be asked about now."""
        return lookup_marks.room()
