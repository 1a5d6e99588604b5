"""Services: set the status by hand, where no source says it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from webapp.decide.policy import ENDED, NOT_PAYING, PAYING
from webapp.extensions import db
from webapp.services.accounts import MANY, NEGATIVE
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Loss, Params, nothing_to_do
from webapp.services.bulk_jobs.kinds.asked import plan_problems
from webapp.services.bulk_jobs.kinds.on_services import OnServices, ServiceRow, loses, under_contract
from webapp.services.errors import Problem
from webapp.services.hub import current_hub
from webapp.services.subscriptions import turn_status

ENABLED, DEBT, CANCELLED = PAYING[0], NOT_PAYING[0], ENDED[0]
# To which status many may be brought, and from which: others are not what the person had in mind.
FROM: Mapping[str, tuple[str, ...]] = {
    ENABLED: NOT_PAYING, DEBT: PAYING, "suspenso_pedido_cliente": PAYING, CANCELLED: (*PAYING, *NOT_PAYING),
}  # fmt: skip
CHOICES = tuple(FROM)


class SetStatus(OnServices):
    """Enable, suspend or cancel services whose status is kept here."""

    key = "services_status"
    fields = ("status",)

    def check(self, params: Params) -> list[Problem]:
        """Return what is wrong with what was asked."""
        problems = [] if params.get("status") in FROM else [Problem("status", "bulk_status_missing")]
        return problems + plan_problems(params)

    def takes(self, params: Params) -> bool:
        """Tell whether content is taken away."""
        return params.get("status") != ENABLED

    def judge(self, row: ServiceRow, params: Params) -> LeftOut | None:
        """Leave out whose status a source says, or does not fit."""
        service, status = row.service, params["status"]
        if service.status == status:
            return nothing_to_do("bulk_status_already")
        if row.of_source:
            return LeftOut("bulk_status_of_source")
        if service.status not in FROM[status]:
            return LeftOut("bulk_status_other", {"status": service.status})
        until = service.no_suspend_until
        if status == DEBT and until is not None and until >= current_hub().today():
            return LeftOut("bulk_no_suspend", {"until": until.isoformat()})
        return under_contract(row) if status == CANCELLED else None

    def apply(self, row: ServiceRow, params: Params, reason: str) -> Effect:
        """Set the status."""
        return self._turn(row, params["status"], reason)

    def calls(self, row: ServiceRow, params: Params, before: Mapping[str, Any] | None = None) -> Iterable[int]:
        """Return the platforms that get a call by this row."""
        return row.accounts.keys()

    def losses(self, row: ServiceRow, params: Params, before: Mapping[str, Any] | None = None) -> Sequence[Loss]:
        """Return what this row would lose on platforms."""
        status = params["status"] if before is None else str(before.get("status"))
        if status in PAYING:
            return ()
        action = "cancel" if status in ENDED else "suspend"
        return tuple(loses(row, action, "bulk_cause_status", {"status": status}))

    def judge_undo(self, row: ServiceRow, before: Mapping[str, Any], params: Params) -> LeftOut | None:
        """Tell why a row cannot be put back; None when it can."""
        if row.service.status == before.get("status"):
            return nothing_to_do("bulk_back_already")
        if row.of_source or row.service.status != params["status"]:
            return LeftOut("bulk_changed_since")
        return None

    def undo(self, row: ServiceRow, before: Mapping[str, Any], reason: str) -> Effect:
        """Put the row back as it was."""
        return self._turn(row, str(before["status"]), reason)

    def _turn(self, row: ServiceRow, status: str, reason: str) -> Effect:
        old = row.service.status
        # Many who pay at once must not stand before the one who paid just now.
        priority = NEGATIVE if turn_status(row.service, status, reason) == NEGATIVE else MANY
        db.session.flush()
        return Effect(before={"status": old}, marks={row.service.id: priority})
