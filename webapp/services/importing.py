"""Imports customers with their services from a CSV.

All rows are judged first. Good rows are stored although others are bad, many to a commit, and
a repeated import changes nothing. A row never takes anything away: an empty cell keeps what
is there, and a package that the file does not name stays.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Customer, Plan, Service, ServicePackage
from webapp.services import accounts, audit
from webapp.services.buyers import key_logins, live_sales
from webapp.services.changes import commit
from webapp.services.customers import store_customer
from webapp.services.errors import Invalid, Problem
from webapp.services.import_file import read_rows
from webapp.services.import_rows import (
    Catalogue,
    Draft,
    RowProblem,
    customer_input,
    draft_rows,
    of_problem,
    row_problem,
    service_input,
)
from webapp.services.inputs import SaleInput
from webapp.services.sales import put_on
from webapp.services.service_store import store_service

__all__ = ["ImportResult", "RowProblem", "import_customers"]

BATCH = 200
CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"


@dataclass
class ImportResult:
    """What an import did, or with ``dry_run`` would do. ``problems`` are sorted by row."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    @property
    def bad_rows(self) -> int:
        """How many rows have problems and were left out."""
        return len({problem.row for problem in self.problems})


def import_customers(path: Path, *, dry_run: bool, progress: Callable[[int, int], None] | None = None) -> ImportResult:
    """Import customers, services and packages from a CSV, and commit row by row, many at a time.

    Args:
        dry_run: judge everything against the database as it is, and write nothing.
        progress: called with rows done and rows in all.

    Raises:
        Invalid: the file or its header cannot be used; nothing was imported.
        VaultError: restore the encryption key; rows before this one were imported.
    """
    rows = read_rows(path)
    catalogue = Catalogue.load()
    db.session.rollback()
    drafts, repeats, problems = draft_rows(rows, catalogue)
    result = ImportResult(rows=len(rows), unchanged=len(repeats), problems=problems)
    _Importer(result, dry_run).run(drafts, progress or _silent)
    result.problems.sort(key=lambda problem: problem.row)
    if not dry_run:
        _record(path, result)
    return result


class _Importer:
    """Stores drafts batch by batch."""

    def __init__(self, result: ImportResult, dry_run: bool) -> None:
        self._result = result
        self._dry_run = dry_run
        self._customers: dict[str, Customer] = {}
        self._services: dict[str, Service] = {}
        self._marks: dict[int, int] = {}
        # What a dry run rolled back must still clash with what comes later in the file.
        self._logins: dict[tuple[int, str], Draft] = {}

    def run(self, drafts: Sequence[Draft], progress: Callable[[int, int], None]) -> None:
        skipped = self._result.rows - len(drafts)
        progress(skipped, self._result.rows)
        for start in range(0, len(drafts), BATCH):
            batch = drafts[start : start + BATCH]
            self._load(batch)
            for draft in batch:
                self._try(draft)
            self._finish()
            progress(skipped + start + len(batch), self._result.rows)

    def _load(self, batch: Sequence[Draft]) -> None:
        codes = {draft.code for draft in batch}
        self._customers = {
            row.code: row for row in db.session.scalars(select(Customer).where(Customer.code.in_(codes)))
        }
        services = (
            select(Service)
            .where(Service.code.in_({draft.service_code for draft in batch}))
            .options(selectinload(Service.packages).selectinload(ServicePackage.package))
        )
        self._services = {row.code: row for row in db.session.scalars(services)}
        # Held here only so that the session keeps them: it forgets what nobody refers to.
        self._plans = db.session.scalars(select(Plan).options(selectinload(Plan.packages))).all()

    def _try(self, draft: Draft) -> None:
        savepoint = db.session.begin_nested()
        try:
            outcome, touched, priority = self._store(draft)
            self._refuse_planned_login(draft)
        except _Refused as refusal:
            savepoint.rollback()
            self._forget(draft)
            self._result.problems += refusal.problems
            return
        savepoint.commit()
        setattr(self._result, outcome, getattr(self._result, outcome) + 1)
        for service_id in touched:
            self._marks[service_id] = min(priority, self._marks.get(service_id, priority))

    def _store(self, draft: Draft) -> tuple[str, set[int], int]:
        """Store one row; return how it ended, the services touched, and how urgent that is."""
        with _refusing(draft, "code"):
            known = self._customers.get(draft.code)
            stored = store_customer(draft.code, customer_input(draft.row, known), existing=known)
        customer = stored.customer
        self._customers[draft.code] = customer
        touched = {service.id for service in customer.services} if stored.changed and not stored.created else set()
        if not draft.service_code:
            return _outcome(stored.created, stored.changed), touched, accounts.ORDINARY
        created, changed, service, priority = self._store_service(draft, customer)
        if changed:
            touched.add(service.id)
        return _outcome(created, changed or stored.changed), touched, priority

    def _store_service(self, draft: Draft, customer: Customer) -> tuple[bool, bool, Service, int]:
        known = self._services.get(draft.service_code)
        plan_id = draft.plan_id or (known.plan_id if known else None)
        if plan_id is None:
            params = {"service": draft.service_code}
            raise _Refused([row_problem(draft.row, "plan", "import_plan_missing", params)])
        data = service_input(draft, plan_id, known)
        with _refusing(draft, "service_code"):
            stored = store_service(draft.service_code, data, existing=known, customer=customer)
            missing = _missing_packages(stored.service, draft)
            for package_id in missing:
                put_on(stored.service, SaleInput(package_id=package_id))
        self._services[draft.service_code] = stored.service
        return stored.created, stored.changed or bool(missing), stored.service, stored.priority

    def _refuse_planned_login(self, draft: Draft) -> None:
        service = self._services.get(draft.service_code)
        if not self._dry_run or service is None:
            return
        for integration, login in key_logins(service):
            other = self._logins.setdefault((integration.id, login), draft)
            if other.service_code != draft.service_code:
                own = other.code == draft.code
                params = {
                    "login": login, "customer": other.code, "service": other.service_code,
                    "integration": integration.description,
                }  # fmt: skip
                code = "login_held_own" if own else "login_held"
                problem = Problem("email" if "@" in login else "login", code, params)
                raise _Refused([of_problem(draft.row, problem)])

    def _forget(self, draft: Draft) -> None:
        """Rows made inside a savepoint that was rolled back are no rows any more."""
        for known, code in ((self._customers, draft.code), (self._services, draft.service_code)):
            row = known.get(code)
            if row is not None and row not in db.session:
                del known[code]

    def _finish(self) -> None:
        if self._dry_run:
            db.session.rollback()
        else:
            for priority in set(self._marks.values()):
                accounts.mark_services([key for key, value in self._marks.items() if value == priority], priority)
            commit()
        self._marks = {}


class _Refused(Exception):
    """One row cannot be stored."""

    def __init__(self, problems: list[RowProblem]) -> None:
        super().__init__()
        self.problems = problems


@contextmanager
def _refusing(draft: Draft, code_column: str) -> Iterator[None]:
    """Turn a use case's refusal into problems of the row."""
    try:
        yield
    except Invalid as error:
        raise _Refused([of_problem(draft.row, problem, code_column) for problem in error.problems]) from error


def _missing_packages(service: Service, draft: Draft) -> list[int]:
    """Return packages that the file names and the service lacks; one that has ended gets none."""
    held = {sale.package_id for sale in live_sales(service)}
    wanted = () if service.status in ENDED else draft.package_ids
    return [package_id for package_id in wanted if package_id not in held]


def _outcome(created: bool, changed: bool) -> str:
    return CREATED if created else UPDATED if changed else UNCHANGED


def _record(path: Path, result: ImportResult) -> None:
    after = {
        "rows": result.rows, "created": result.created, "updated": result.updated,
        "unchanged": result.unchanged, "bad_rows": result.bad_rows,
    }  # fmt: skip
    audit.record("import.customers", "import", None, path.name, after=after)
    commit()


def _silent(_done: int, _total: int) -> None:
    """Without a listener nothing is told."""
