"""Judges records by the rules of a sale by hand, without a query for each of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.decide.constraints import NONE
from webapp.decide.intake import KnownService, Wanted, WantedPackage, WantedService, What
from webapp.decide.policy import PAYING
from webapp.decide.sales import Link, packages_for_migration
from webapp.extensions import db
from webapp.gateways.contract import CustomerFacts, Secret, ServiceFacts
from webapp.models import Integration, Package, Plan, PlanPackage
from webapp.services.buyers import Buyer
from webapp.services.customers import customer_problems
from webapp.services.documents import normalise_document, normalise_email, normalise_phone
from webapp.services.errors import Problem
from webapp.services.inputs import CustomerInput, SaleInput
from webapp.services.intake.judging import Case, Judge
from webapp.services.intake.logins import Logins
from webapp.services.intake.rows import Judged, refused
from webapp.services.intake.shape import CUSTOMER_LONGEST
from webapp.services.intake.stock import Stock
from webapp.services.plan_sales import NewSale, plan_new_packages
from webapp.services.sale_checks import sale_problems

# What a use case judges by looking at other rows: it is called for these, row by row.
LOOKED_AT = frozenset({"login", "password", "customer"})
BY_HAND = (What.PLAN, What.ADD_PACKAGE, What.UPDATE_PACKAGE, What.REMOVE_PACKAGE)


class StrictJudge(Judge):
    """Refuses what an attendant would be refused."""

    def __init__(self, stock: Stock, logins: Logins) -> None:
        super().__init__(stock)
        self._logins = logins
        self._plans: dict[int, Plan] = {}
        self._packages: Sequence[Package] = ()

    def look(self, batch: Sequence[Wanted]) -> None:
        """Read what new services are judged by, and keep it: a session forgets what nobody refers to."""
        fresh = [one for one in batch if one.service is not None and self.stock.service_of(one) is None]
        if not fresh:
            return
        self._logins.look(fresh)
        whole = (
            selectinload(Package.integration).selectinload(Integration.params),
            selectinload(Package.product_links),
        )
        ids = {one.service.plan_id for one in fresh if one.service is not None}
        carried = selectinload(Plan.packages).selectinload(PlanPackage.package)
        plans = select(Plan).where(Plan.id.in_(ids)).options(carried.options(*whole))
        self._plans = {plan.id: plan for plan in db.session.scalars(plans)}
        named = {package.package_id for one in fresh if one.service for package in one.service.packages or ()}
        self._packages = db.session.scalars(select(Package).where(Package.id.in_(named)).options(*whole)).all()

    def judge(self, wanted: Wanted) -> Judged:
        """Return what a record changes, or why it does not."""
        problems = own_problems(wanted)
        if problems:
            return refused(wanted, *problems)
        judged = super().judge(normalised(wanted))
        self._logins.settle(accepted=not judged.plan.refused)
        return replace(judged, plan=replace(judged.plan, wanted=wanted))

    def settle(self, case: Case) -> None:
        """A new service pays unless something else is said."""
        data = case.wanted.service
        if data is not None and case.service is None and not data.status:
            case.wanted = replace(case.wanted, service=replace(data, status=PAYING[0]))

    def missing(self, case: Case) -> list[Problem]:
        """Return what a new row lacks."""
        data = case.wanted.service
        if case.customer is None and not case.wanted.name:
            return [Problem("customer_code", "customer_code_unknown", {"code": case.wanted.customer_code})]
        if data is None or case.service is not None or data.plan_id is not None:
            return []
        return [Problem("plan_id", "import_plan_missing", {"service": data.code})]

    def fill(self, case: Case) -> list[Problem]:
        """Choose the packages by the plan's rules; return what the rules or a platform refuse."""
        data = case.wanted.service
        if data is None:
            return []
        if case.service is not None:
            case.wanted = replace(case.wanted, service=self._moved(data, case.service))
            return []
        wanted, problems = plan_new_packages(self._plans[data.plan_id or 0], sale_inputs(data))
        problems = problems or sale_problems(_buyer(case, data), wanted, self._logins.taken)
        packages = tuple(_package(sale) for sale in wanted)
        case.wanted = replace(case.wanted, service=replace(data, packages=packages))
        return problems

    def by_hand(self, judged: Judged, repeated: Iterable[str]) -> bool:
        """Tell whether a record must go through the use cases one by one, because they look at other rows.

        Args:
            repeated: codes of customers that stand in several records of the batch.
        """
        plan, data = judged.plan, judged.effective.service
        if plan.customer is not None and any(
            change.what is What.UPDATE_CUSTOMER and change.field == "email" for change in plan.changes
        ):
            return True
        if plan.service is None:
            return data is not None and judged.effective.customer_code in repeated and self._constrained(data)
        return any(
            change.what in BY_HAND or (change.what is What.UPDATE_SERVICE and change.field in LOOKED_AT)
            for change in plan.changes
        )

    def _constrained(self, data: WantedService) -> bool:
        traits = [self.stock.catalogue.packages[package.package_id].traits for package in data.packages or ()]
        return any(one is not None and one.constraints != NONE for one in traits)

    def _moved(self, data: WantedService, service: KnownService) -> WantedService:
        """Return what a move to another plan does to the packages, as far as the plans tell."""
        if data.plan_id is None or data.plan_id == service.plan_id:
            return data
        plans = self.stock.catalogue.plans
        held = {sale.package_id: sale for sale in service.packages}
        chosen = None if data.packages is None else [package.package_id for package in data.packages]
        new = [Link(one) for one in self.stock.catalogue.sellable(data.plan_id)]
        old = [Link(one) for one in plans[service.plan_id].carried]
        locked = plans[data.plan_id].locked
        move = packages_for_migration(tuple(held), old, new, chosen, locked=locked)
        told = {package.package_id: package for package in data.packages or ()}
        packages = tuple(told.get(one, WantedPackage(one)) for one in (*move.add, *told))
        return replace(data, packages=packages, leaving=frozenset(move.remove))


def own_problems(wanted: Wanted) -> list[Problem]:
    """Return what is wrong with the person's own data, as they were typed."""
    if any(len(getattr(wanted, name)) > maximum for name, maximum in _TYPED.items()):
        # Told by the column's length, where the record is judged as a whole.
        return []
    data = CustomerInput.model_construct(document=wanted.document, email=wanted.email, phone=wanted.phone)
    return customer_problems(data)


def normalised(wanted: Wanted) -> Wanted:
    """Return a record as our rows keep it."""
    return replace(
        wanted, name=wanted.name.strip(), document=normalise_document(wanted.document),
        email=normalise_email(wanted.email), phone=normalise_phone(wanted.phone),
    )  # fmt: skip


def sale_inputs(data: WantedService) -> list[SaleInput] | None:
    """Return the packages of a record as a use case takes them; None = what the plan carries."""
    if data.packages is None:
        return None
    return [
        SaleInput(
            package_id=one.package_id, value=one.value, description=one.description, params=dict(one.params),
            starts_on=one.starts_on, ends_on=one.ends_on,
        )
        for one in data.packages
    ]  # fmt: skip


_TYPED = {"name": CUSTOMER_LONGEST["name"], "document": 200, "email": 254, "phone": 40}


def _buyer(case: Case, data: WantedService) -> Buyer:
    wanted, known = case.wanted, case.customer
    texts = [getattr(wanted, name) or (getattr(known, name) if known else "") for name in CUSTOMER_LONGEST]
    customer_id = known.id if known is not None and known.id > 0 else 0
    facts = ServiceFacts(0, data.code, data.status, data.login, Secret(data.password or ""))
    return Buyer(CustomerFacts(customer_id, wanted.customer_code, *texts), facts)


def _package(sale: NewSale) -> WantedPackage:
    data = sale.data or SaleInput(package_id=sale.package.id)
    return WantedPackage(
        sale.package.id, data.value, data.starts_on, data.ends_on, "", dict(sale.params), data.description
    )  # fmt: skip
