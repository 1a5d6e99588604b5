"""Services: take a package off."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from webapp.extensions import db
from webapp.models import Package, ServicePackage
from webapp.services.accounts import MANY, NEGATIVE
from webapp.services.bulk_jobs.contract import Effect, LeftOut, Loss, Params, Refused, failed, nothing_to_do
from webapp.services.bulk_jobs.kinds.asked import asked_package, package_problems, plan_problems
from webapp.services.bulk_jobs.kinds.on_services import OnServices, ServiceRow, loss, under_contract
from webapp.services.errors import Problem
from webapp.services.inputs import SaleInput
from webapp.services.sales import add_problems, put_back, take_off

SALE = "sale_id"


class TakeOff(OnServices):
    """Take one package off; mandatory ones, those of a source and those of a running contract stay."""

    key = "services_take_off"
    fields = ("package_id",)
    reasoned = True

    def check(self, params: Params) -> list[Problem]:
        """Return what is wrong with what was asked."""
        return package_problems(params) + plan_problems(params)

    def takes(self, params: Params) -> bool:
        """Tell whether content is taken away."""
        return True

    def about(self, params: Params) -> Package | None:
        """Return the package; see ``Kind.about``."""
        return asked_package(params)

    def judge(self, row: ServiceRow, params: Params) -> LeftOut | None:
        """Leave out what a plan, a source or a contract holds."""
        sale = row.sale_of(int(params["package_id"]))
        if sale is None:
            return nothing_to_do("bulk_not_held")
        told = {"package": sale.package.description, "plan": row.service.plan.description}
        if row.is_of_source(sale):
            return LeftOut("bulk_sale_of_source", told)
        if any(link.package_id == sale.package_id and link.mandatory for link in row.service.plan.packages):
            return LeftOut("bulk_mandatory", told)
        return under_contract(row)

    def apply(self, row: ServiceRow, params: Params, reason: str) -> Effect:
        """Take the package off."""
        sale = row.sale_of(int(params["package_id"]))
        if sale is None:
            raise Refused(nothing_to_do("bulk_not_held"))
        take_off(sale, reason)
        db.session.flush()
        return Effect(before={SALE: sale.id}, marks={row.service.id: NEGATIVE})

    def calls(self, row: ServiceRow, params: Params, before: Mapping[str, Any] | None = None) -> Iterable[int]:
        """Return the platforms that get a call by this row."""
        package = db.session.get_one(Package, int(params["package_id"]))
        return () if package.integration_id is None else (package.integration_id,)

    def losses(self, row: ServiceRow, params: Params, before: Mapping[str, Any] | None = None) -> Sequence[Loss]:
        """Return what this row would lose on platforms."""
        sale = row.sale_of(int(params["package_id"])) if before is None else None
        if sale is None or sale.package.integration_id is None:
            return ()
        integration_id = sale.package.integration_id
        account, told = row.accounts.get(integration_id), {"package": sale.package.description}
        return (loss(row, integration_id, account, "cancel", "bulk_cause_package", told, sale.value),)

    def judge_undo(self, row: ServiceRow, before: Mapping[str, Any], params: Params) -> LeftOut | None:
        """Tell why a row cannot be put back; None when it can."""
        sale = _sale(row, before)
        if sale is None:
            return LeftOut("bulk_row_gone")
        if sale.removed_at is None or row.sale_of(sale.package_id) is not None:
            return nothing_to_do("bulk_back_already")
        data = SaleInput(package_id=sale.package_id, starts_on=sale.starts_on, ends_on=sale.ends_on)
        problems = add_problems(row.service, sale.package, data, row.taken, row.frozen)
        return failed(problems[0].code, problems[0].params) if problems else None

    def undo(self, row: ServiceRow, before: Mapping[str, Any], reason: str) -> Effect:
        """Put the row back as it was."""
        put_back(db.session.get_one(ServicePackage, int(before[SALE])), reason)
        db.session.flush()
        return Effect(marks={row.service.id: MANY})


def _sale(row: ServiceRow, before: Mapping[str, Any]) -> ServicePackage | None:
    return next((sale for sale in row.service.packages if sale.id == before.get(SALE)), None)
