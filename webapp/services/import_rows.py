"""Judges rows of an import by themselves, and turns them into records for the intake."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from webapp.decide.intake import Wanted, WantedPackage, WantedService
from webapp.extensions import db
from webapp.gateways.contract import Secret
from webapp.models import Package, Plan
from webapp.services.audit import MASK
from webapp.services.customers import customer_problems
from webapp.services.documents import fold
from webapp.services.errors import Problem
from webapp.services.import_file import COLUMNS, Row
from webapp.services.inputs import CustomerInput
from webapp.services.service_store import status_problems

LONGEST = {"code": 60, "name": 200, "document": 200, "email": 254, "phone": 40, "service_code": 60,
           "login": 120, "password": 120, "city": 80}  # fmt: skip
OF_CUSTOMER = ("name", "document", "email", "phone")
OF_SERVICE = ("plan", "status", "login", "password", "city", "packages")


@dataclass(frozen=True)
class RowProblem:
    """What is wrong in one row; the value of a password is masked."""

    row: int
    column: str
    value: str
    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """A row that is good by itself. ``plan_id`` None and empty texts keep what is there."""

    row: Row
    plan_id: int | None
    status: str
    package_ids: tuple[int, ...]

    @property
    def code(self) -> str:
        """The customer's code."""
        return self.row.text("code")

    @property
    def service_code(self) -> str:
        """The service's code; empty where the row is about the customer alone."""
        return self.row.text("service_code")


@dataclass
class Names:
    """Ids by the words that people write, as they are and without case and marks."""

    exact: dict[str, int] = field(default_factory=dict)
    folded: dict[str, int] = field(default_factory=dict)
    ambiguous: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, int]]) -> "Names":
        """Index words; a word that means two things once case and marks are gone means none of them."""
        rows = [(text, row_id) for text, row_id in pairs if text]
        times = Counter(fold(text) for text, _ in dict.fromkeys(rows))
        same = Counter(text for text, _ in dict.fromkeys(rows))
        return cls(
            {text: row_id for text, row_id in rows if same[text] == 1},
            {fold(text): row_id for text, row_id in rows if times[fold(text)] == 1},
            {fold(text) for text, _ in rows if times[fold(text)] > 1},
        )

    def find(self, text: str) -> int | None:
        """Return the id that a word stands for, or None."""
        return self.exact.get(text) or self.folded.get(fold(text))


@dataclass
class Catalogue:
    """Plans and packages by what a file calls them."""

    plans: Names
    plan_ids: frozenset[int]
    packages: Names

    @classmethod
    def load(cls) -> "Catalogue":
        """Read all plans and packages; a code wins over an equal description."""
        plans = db.session.execute(select(Plan.description, Plan.id)).all()
        rows = db.session.execute(select(Package.code, Package.description, Package.id)).all()
        codes = [(row.code, row.id) for row in rows if row.code]
        taken = {fold(code) for code, _ in codes}
        texts = [(row.description, row.id) for row in rows if fold(row.description) not in taken]
        return cls(
            Names.of((row.description, row.id) for row in plans),
            frozenset(row.id for row in plans),
            Names.of([*codes, *texts]),
        )

    def plan(self, text: str) -> int | None:
        """Return the plan of that description or number, or None."""
        found = self.plans.find(text)
        if found is None and text.isdecimal() and int(text) in self.plan_ids:
            return int(text)
        return found


def row_problem(row: Row, column: str, code: str, params: dict[str, Any] | None = None) -> RowProblem:
    """Return a problem with the cell that it is about."""
    value = row.text(column)
    return RowProblem(row.number, column, MASK if column == "password" and value else value, code, params or {})


class Judgement:
    """Judges the rows of a file one after the other, by themselves and against the ones before.

    Keeps of each row only what it takes to notice that something is said twice and differently.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._book = _Book()

    def draft(self, row: Row) -> tuple[Draft | None, list[RowProblem]]:
        """Return a good row as a draft, else its problems; neither for a repetition of an earlier row."""
        if self._book.repeats(row):
            return None, []
        draft, problems = draft_row(row, self._catalogue)
        problems += self._book.problems(row)
        return (None if problems else draft), problems


def draft_row(row: Row, catalogue: Catalogue, *, judged: bool = False) -> tuple[Draft, list[RowProblem]]:
    """Return a row in the words of the catalogue, and what is wrong in it by itself.

    Args:
        judged: it was found good before.
    """
    problems = [] if judged else _shape_problems(row) + _customer_problems(row)
    plan_id, status = None, ""
    package_ids: tuple[int, ...] = ()
    if row.text("service_code"):
        plan_id, found = _plan(row, catalogue)
        status, more = _status(row)
        package_ids, rest = _packages(row, catalogue)
        problems += found + more + rest
    elif any(row.text(name) for name in OF_SERVICE):
        problems.append(row_problem(row, "service_code", "import_service_code_missing"))
    return Draft(row, plan_id, status, package_ids), problems


def wanted_of(draft: Draft) -> Wanted:
    """Return a draft as a record; its position is the row's number."""
    row = draft.row
    service = None
    if draft.service_code:
        packages = tuple(WantedPackage(package_id) for package_id in draft.package_ids) or None
        password = row.text("password")
        service = WantedService(
            draft.service_code, plan_id=draft.plan_id, status=draft.status, login=row.text("login"),
            password=Secret(password) if password else None, city=row.text("city"), packages=packages,
        )  # fmt: skip
    return Wanted(row.number, draft.code, service=service, **{name: row.text(name) for name in OF_CUSTOMER})


class _Book:
    """Remembers earlier rows by digests, to notice what is said twice and differently."""

    def __init__(self) -> None:
        self._services: dict[str, tuple[int, int]] = {}
        self._customers: dict[str, tuple[int, int]] = {}
        self._people: dict[str, tuple[int, ...]] = {}

    def repeats(self, row: Row) -> bool:
        """Tell whether an earlier row about the same says the same, word by word."""
        code = row.text("service_code")
        earlier = self._services.get(code) if code else self._customers.get(row.text("code"))
        return earlier is not None and earlier[1] == _digest(row)

    def problems(self, row: Row) -> list[RowProblem]:
        """Return contradictions with earlier rows, and remember this one."""
        problems = []
        code, service_code = row.text("code"), row.text("service_code")
        mine = (row.number, _digest(row))
        earlier = self._services.setdefault(service_code, mine) if service_code else mine
        if earlier is not mine:
            params = {"service": service_code, "row": earlier[0]}
            problems.append(row_problem(row, "service_code", "import_service_twice", params))
        first = self._customers.setdefault(code, mine)
        said = self._people.setdefault(code, _said(row))
        differing = [
            name for name, one, other in zip(OF_CUSTOMER, _said(row), said, strict=True) if _differs(one, other)
        ]
        if differing:
            params = {"customer": code, "row": first[0]}
            problems.append(row_problem(row, differing[0], "import_customer_differs", params))
        return problems


def _digest(row: Row) -> int:
    return hash(tuple(sorted(row.cells.items())))


def _said(row: Row) -> tuple[int, ...]:
    """Return what a row says about the person: a digest of each text, 0 where it says nothing."""
    return tuple(hash(text) if (text := row.text(name)) else 0 for name in OF_CUSTOMER)


def _differs(one: int, other: int) -> bool:
    """An empty cell says nothing, so it contradicts nothing."""
    return one != 0 and other != 0 and one != other


def _shape_problems(row: Row) -> list[RowProblem]:
    problems = []
    if row.extra:
        params = {"count": len(row.cells) + row.extra, "expected": len(row.cells)}
        problems.append(row_problem(row, "", "import_row_long", params))
    for name, maximum in LONGEST.items():
        if len(row.text(name)) > maximum:
            problems.append(row_problem(row, name, "import_cell_long", {"maximum": maximum}))
    if not row.text("code"):
        problems.append(row_problem(row, "code", "code_missing"))
    if not row.text("name"):
        problems.append(row_problem(row, "name", "import_name_missing"))
    return problems


def _customer_problems(row: Row) -> list[RowProblem]:
    short = all(len(row.text(name)) <= LONGEST[name] for name in OF_CUSTOMER)
    if not short or not row.text("name"):
        return []
    data = CustomerInput(**{name: row.text(name) for name in OF_CUSTOMER})
    return [of_problem(row, problem) for problem in customer_problems(data)]


def of_problem(row: Row, problem: Problem) -> RowProblem:
    """Return a use case's problem in the words of the file."""
    columns = {"customer_code": "code", "plan_id": "plan", "package_id": "packages"}
    column = columns.get(problem.field, problem.field)
    if column not in COLUMNS:
        column = "packages" if column.startswith(("packages", "params")) else ""
    return row_problem(row, column, problem.code, dict(problem.params))


def _plan(row: Row, catalogue: Catalogue) -> tuple[int | None, list[RowProblem]]:
    text = row.text("plan")
    if not text:
        return None, []
    plan_id = catalogue.plan(text)
    return plan_id, [] if plan_id else [row_problem(row, "plan", "import_plan_unknown", {"value": text})]


def _status(row: Row) -> tuple[str, list[RowProblem]]:
    status = fold(row.text("status")).replace(" ", "_")
    problems = status_problems(status) if status else []
    return status, [of_problem(row, problem) for problem in problems]


def _packages(row: Row, catalogue: Catalogue) -> tuple[tuple[int, ...], list[RowProblem]]:
    ids, problems = [], []
    for text in filter(None, (part.strip() for part in row.text("packages").split("|"))):
        package_id = catalogue.packages.find(text)
        if package_id is not None:
            ids.append(package_id)
            continue
        vague = fold(text) in catalogue.packages.ambiguous
        code = "import_package_ambiguous" if vague else "import_package_unknown"
        problems.append(row_problem(row, "packages", code, {"value": text}))
    return tuple(dict.fromkeys(ids)), problems
