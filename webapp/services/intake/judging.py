"""Judges records one by one against what is here: whose they are, what is wrong, what they change."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from webapp.decide.intake import KnownCustomer, KnownService, Wanted, WantedPackage, WantedService
from webapp.decide.intake_compare import CONTACTS, compare, leaving
from webapp.services.documents import fold
from webapp.services.errors import Problem
from webapp.services.intake.rows import (
    SKIPPED,
    Judged,
    RowPlan,
    external_of_customer,
    external_of_service,
    refused,
    without_contacts,
)
from webapp.services.intake.shape import shape_problems
from webapp.services.intake.stock import SALE, Stock, load_bound
from webapp.services.privacy.meeting import REFUSED


@dataclass
class Case:
    """One record while it is judged; ``wanted`` becomes what is carried out."""

    wanted: Wanted
    customer: KnownCustomer | None
    service: KnownService | None
    notes: list[Problem] = field(default_factory=list)
    links_customer: bool = True


class Judge:
    """Judges the records of one batch in their order; each sees what the ones before it made."""

    def __init__(self, stock: Stock) -> None:
        self.stock = stock
        self._seen: set[str] = set()
        self._people: dict[str, Wanted] = {}

    def look(self, batch: Sequence[Wanted]) -> None:
        """Read what single records of the batch need beyond the stock; nothing for most batches."""
        moving = []
        for wanted in batch:
            service = self.stock.service_of(wanted)
            if service is not None and service.customer_code != wanted.customer_code:
                moving.append(service.id)
        self.stock.bound = load_bound(moving)

    def judge(self, wanted: Wanted) -> Judged:
        """Return what a record changes, or why it does not."""
        problems = list(shape_problems(wanted, self.stock.catalogue))
        if problems:
            return refused(wanted, *problems)
        case = Case(wanted, self.stock.customer_of(wanted), self.stock.service_of(wanted))
        stopped = self._repeated(wanted) or self._erased(case) or self._foreign(case)
        if stopped is not None:
            return stopped
        self.settle(case)
        problems = self.missing(case) or self.fill(case)
        if problems:
            return refused(wanted, *problems)
        changes = compare(case.wanted, case.customer, case.service)
        plan = RowPlan(
            wanted, changes, tuple(case.notes), case.customer, case.service, adopts=self._adopts(case)
        )  # fmt: skip
        return Judged(plan, case.wanted, case.links_customer)

    def _repeated(self, wanted: Wanted) -> Judged | None:
        if wanted.service is None:
            return None
        names = {f"code:{wanted.service.code}", f"external:{external_of_service(wanted.service)}"}
        if names & self._seen:
            return refused(wanted, Problem("service_code", "source_service_twice", {"service": wanted.service.code}))
        self._seen |= names
        return None

    def _erased(self, case: Case) -> Judged | None:
        """Refuse whoever was erased, or is about to be; a customer here who shares an e-mail is somebody else."""
        person = self.stock.erased.get(case.wanted.position)
        if person is None or (case.customer is not None and case.customer.id != person.customer_id):
            return None
        return refused(case.wanted, Problem("", REFUSED, {"erasure": person.erasure_id}))

    def _foreign(self, case: Case) -> Judged | None:
        """Refuse a record whose code is somebody else's here, and leave alone what a better source brings."""
        wanted, service, customer = case.wanted, case.service, case.customer
        if self.stock.source_id is None:
            return None
        if service is not None and self._outranked(service.owner):
            params = {"service": service.code}
            return refused(wanted, Problem("service_code", "source_owned_elsewhere", params), outcome=SKIPPED)
        if service is not None and wanted.service is not None:
            external = external_of_service(wanted.service)
            stranger = self._is_stranger(service.owner, service.external, external, service.customer_document, wanted)
            if stranger or self._is_doubtful(case, service):
                return refused(wanted, Problem("service_code", "source_code_taken", {"code": service.code}))
        if customer is not None:
            external = external_of_customer(wanted)
            if self._is_stranger(customer.owner, customer.external, external, customer.document, wanted):
                return refused(wanted, Problem("code", "source_code_taken", {"code": customer.code}))
        return None

    def _is_stranger(self, owner: int | None, known_as: str, external: str, document: str, wanted: Wanted) -> bool:
        """Tell whether a row that has the record's code is another person's, as far as documents tell."""
        if owner == self.stock.source_id:
            return known_as != external
        return bool(document) and bool(wanted.document) and document != wanted.document

    def _is_doubtful(self, case: Case, service: KnownService) -> bool:
        """Tell whether another source's service, which documents do not prove the same, is of another customer.

        Two ERPs count from one, so equal numbers alone prove nothing.
        """
        wanted, customer = case.wanted, case.customer
        if service.owner in (None, self.stock.source_id) or (wanted.document and service.customer_document):
            return False
        if customer is None or customer.id != service.customer_id:
            return True
        return bool(wanted.name) and fold(wanted.name) != fold(customer.name)

    def _outranked(self, owner: int | None) -> bool:
        return owner is not None and owner != self.stock.source_id and self.stock.outranks(owner)

    def settle(self, case: Case) -> None:
        """Find the customer that the record is really about, and strip what may not be said of them."""
        if case.customer is not None:
            case.wanted = replace(case.wanted, customer_code=case.customer.code)
        service = case.service
        if service is not None and case.wanted.customer_code != service.customer_code:
            if service.id in self.stock.bound:
                self._stay(case, service)
        elif case.customer is not None and self._outranked(case.customer.owner):
            case.wanted, case.links_customer = without_contacts(case.wanted), False
        case.wanted = self._first_word(case.wanted)

    def _stay(self, case: Case, service: KnownService) -> None:
        """A platform knows whose account it is: the service keeps its customer, and follows the rest."""
        params = {"service": service.code, "customer": service.customer_code, "other": case.wanted.customer_code}
        case.notes.append(Problem("customer_code", "service_stays_with_customer", params))
        case.wanted = without_contacts(replace(case.wanted, customer_code=service.customer_code))
        case.links_customer = False
        case.customer = self.stock.customers.get(service.customer_id) or KnownCustomer(
            service.customer_id, service.customer_code, "", service.customer_document, "", ""
        )

    def _first_word(self, wanted: Wanted) -> Wanted:
        """Of records that differ about one person the first counts: else every batch would change it to and fro."""
        first = self._people.setdefault(wanted.customer_code, wanted)
        said = {name: getattr(first, name) for name in CONTACTS if getattr(first, name) and getattr(wanted, name)}
        return replace(wanted, **said) if said and first is not wanted else wanted

    def missing(self, case: Case) -> list[Problem]:
        """Return what a new row lacks."""
        data = case.wanted.service
        if case.customer is None and not case.wanted.name:
            return [Problem("name", "import_name_missing")]
        if data is None or case.service is not None:
            return []
        if data.plan_id is None:
            return [Problem("plan_id", "source_plan_unmapped")]
        return [] if data.status else [Problem("status", "source_status_unknown")]

    def fill(self, case: Case) -> list[Problem]:
        """Complete the record from the catalogue; return what refuses it."""
        if case.wanted.service is not None:
            data = self._completed(case.wanted.service, case.service)
            data, problems = self._fitted(data, case.service)
            case.wanted = replace(case.wanted, service=data)
            case.notes += problems
        return []

    def _completed(self, data: WantedService, service: KnownService | None) -> WantedService:
        """Where the source says nothing about packages, the plan does: when it is new, or another one."""
        if data.packages is not None or data.plan_id is None:
            return data
        if service is not None and service.plan_id == data.plan_id:
            return data
        plans = self.stock.catalogue.plans
        packages = tuple(WantedPackage(package_id) for package_id in self.stock.catalogue.sellable(data.plan_id))
        if service is None:
            return replace(data, packages=packages)
        gone = set(plans[service.plan_id].carried) - set(plans[data.plan_id].carried)
        return replace(data, packages=packages, leaving=frozenset(gone))

    def _fitted(self, data: WantedService, service: KnownService | None) -> tuple[WantedService, list[Problem]]:
        """Leave out packages that Pacote Único does not allow beside another; what is held comes first."""
        known = self.stock.catalogue.packages
        if not any(known[package.package_id].single for package in data.packages or ()):
            return data, []
        gone = {held.sale_id for held in leaving(data, service)} if service is not None else set()
        chosen = [held.package_id for held in service.packages if held.sale_id not in gone] if service else []
        kept, problems, named = [], [], set(data.named)
        for package in data.packages or ():
            other = self.stock.catalogue.clash(package.package_id, chosen)
            if other is None or package.package_id in chosen:
                chosen.append(package.package_id)
                kept.append(package)
            else:
                params = {"package": known[package.package_id].description, "other": other.description}
                problems.append(Problem("packages", "package_beside_another", params))
                named.add(package.external)
        return replace(data, packages=tuple(kept), named=frozenset(named)), problems

    def _adopts(self, case: Case) -> bool:
        source_id = self.stock.source_id
        if source_id is None:
            return False
        if case.service is not None and case.service.owner != source_id:
            return True
        if case.links_customer and case.customer is not None and case.customer.owner != source_id:
            return True
        return self._has_unlinked_sale(case)

    def _has_unlinked_sale(self, case: Case) -> bool:
        if case.wanted.service is None or case.service is None:
            return False
        named = {package.package_id for package in case.wanted.service.packages or () if package.external}
        return any(
            held.package_id in named and (SALE, held.sale_id) not in self.stock.owners for held in case.service.packages
        )
