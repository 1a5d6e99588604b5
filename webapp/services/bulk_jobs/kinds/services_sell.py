"""Services: sell a package to those that fit; the others say what is in the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from webapp.extensions import db
from webapp.models import Package, ServicePackage
from webapp.services.accounts import MANY, NEGATIVE
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Loss, Params, failed, nothing_to_do
from webapp.services.bulk_jobs.kinds.asked import asked_package, package_problems, plan_problems
from webapp.services.bulk_jobs.kinds.on_services import OnServices, ServiceRow, loss
from webapp.services.errors import Problem
from webapp.services.inputs import SaleInput
from webapp.services.sales import add_problems, hang_on, note_sales, take_off

# A rule of the product, or of the platform's contract, says no: nothing that anybody has to mend.
RULES = frozenset({"service_ended", "package_locked_out", "single_package_taken"})
SALE = "sale_id"


class Sell(OnServices):
    """Sell one package, at its own value; the platform gets what each sale asks for."""

    key = "services_sell"
    fields = ("package_id",)
    asks = ("plan_id", "ends_on")
    undo_takes = True
    together = True

    def check(self, params: Params) -> list[Problem]:
        """Return what is wrong with what was asked."""
        problems = package_problems(params) + plan_problems(params)
        if params.get("ends_on") and _day(params) is None:
            problems.append(Problem("ends_on", "bulk_day_wrong"))
        package = asked_package(params)
        if package is not None and not package.active:
            problems.append(Problem("package_id", "package_inactive", {"package": package.description}))
        return problems

    def about(self, params: Params) -> Package | None:
        """Return the package; see ``Kind.about``."""
        return asked_package(params)

    def judge(self, row: ServiceRow, params: Params) -> LeftOut | None:
        """Leave out where the package does not fit, or the platform would refuse it."""
        package = db.session.get_one(Package, int(params["package_id"]))
        first = next(iter(add_problems(row.service, package, _data(params), row.taken, row.frozen)), None)
        return _left_out(first) if first is not None else None

    def apply(self, row: ServiceRow, params: Params, reason: str) -> Effect:
        """Sell the package on the service."""
        package = db.session.get_one(Package, int(params["package_id"]))
        sale = hang_on(row.service, package, _data(params))
        row.sold(sale)
        return Effect(left=sale, marks={row.service.id: MANY})

    def settled(self, effects: Sequence[Effect]) -> Sequence[Effect]:
        """Note the sales in the history, and how each is taken back."""
        note_sales([effect.left for effect in effects])
        return [replace(effect, before={SALE: effect.left.id}, left=None) for effect in effects]

    def calls(self, row: ServiceRow, params: Params, before: Mapping[str, Any] | None = None) -> Iterable[int]:
        """Return the platforms that get a call by this row."""
        package = db.session.get_one(Package, int(params["package_id"]))
        return () if package.integration_id is None else (package.integration_id,)

    def judge_undo(self, row: ServiceRow, before: Mapping[str, Any], params: Params) -> LeftOut | None:
        """Tell why a row cannot be put back; None when it can."""
        sale = _sale(row, before)
        if sale is None or sale.removed_at is not None:
            return nothing_to_do("bulk_back_already")
        if sale.version != 1:
            return LeftOut("bulk_changed_since")
        return None

    def undo(self, row: ServiceRow, before: Mapping[str, Any], reason: str) -> Effect:
        """Put the row back as it was."""
        sale = db.session.get_one(ServicePackage, int(before[SALE]))
        take_off(sale, reason)
        db.session.flush()
        return Effect(marks={row.service.id: NEGATIVE})

    def losses(self, row: ServiceRow, params: Params, before: Mapping[str, Any] | None = None) -> Sequence[Loss]:
        """Return what this row would lose on platforms."""
        sale = _sale(row, before) if before is not None else None
        if sale is None or sale.package.integration_id is None:
            return ()
        integration_id = sale.package.integration_id
        account, told = row.accounts.get(integration_id), {"package": sale.package.description}
        return (loss(row, integration_id, account, "cancel", "bulk_cause_sale_back", told, sale.value),)


def _data(params: Params) -> SaleInput:
    return SaleInput(package_id=int(params["package_id"]), ends_on=_day(params))


def _day(params: Params) -> date | None:
    try:
        return date.fromisoformat(str(params.get("ends_on") or ""))
    except ValueError:
        return None


def _sale(row: ServiceRow, before: Mapping[str, Any]) -> ServicePackage | None:
    return next((sale for sale in row.service.packages if sale.id == before.get(SALE)), None)


def _left_out(problem: Problem) -> LeftOut:
    if problem.code == "package_held":
        return nothing_to_do("bulk_held_already", **problem.params)
    return LeftOut(problem.code, problem.params) if problem.code in RULES else failed(problem.code, problem.params)
