"""Many services or customers in one request: each is judged by itself, and nothing much is taken away by mistake."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import select

from webapp.decide.intake import Direction, Wanted, WantedPackage, WantedService
from webapp.extensions import db
from webapp.gateways.contract import Secret
from webapp.models import Service
from webapp.services.documents import (
    document_problem,
    email_problem,
    normalise_document,
    normalise_email,
    normalise_phone,
    phone_problem,
)
from webapp.services.errors import Problem
from webapp.services.inputs import Code, CustomerInput, Id, Input, SaleInput
from webapp.services.intake import Allowed, Intake, RowPlan, RowResult
from webapp.services.intake.limits import most_negatives
from webapp.services.service_store import status_problems

MOST_ITEMS = 1000
BATCH = 500
CREATED, UPDATED, UNCHANGED, REFUSED = OUTCOMES = ("created", "updated", "unchanged", "refused")


class BulkCustomer(CustomerInput):
    """A customer with its code; an empty text keeps what is there."""

    code: Code
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class BulkService(Input):
    """One service; what is left out, null or an empty text keeps what is there.

    The customer comes along in ``customer``, or is named by ``customer_code``. A new service needs ``plan_id`` and
    ``status``; without ``packages`` it gets those of its plan. For one that exists, ``packages`` adds what it names
    and takes nothing off.
    """

    code: Code
    customer_code: Code | None = None
    customer: BulkCustomer | None = None
    plan_id: Id | None = None
    status: Code | None = None
    login: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    password: Annotated[str, StringConstraints(max_length=120)] | None = None
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    city: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = ""
    value: Annotated[Decimal, Field(ge=0, le=Decimal("9999999.99"), decimal_places=2)] | None = None
    due_day: Annotated[int, Field(ge=1, le=31)] | None = None
    packages: list[SaleInput] | None = Field(default=None, max_length=50)

    @model_validator(mode="after")
    def _one_customer(self) -> "BulkService":
        if (self.customer_code is None) == (self.customer is None):
            raise PydanticCustomError("customer_either_or", "Give either customer or customer_code.")
        return self


@dataclass(frozen=True)
class Line:
    """What became of one item: created, updated, unchanged or refused, and why."""

    index: int
    code: str
    outcome: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Report:
    """What became of a request. ``negatives``: how many services it took content from, or would have."""

    lines: tuple[Line, ...]
    negatives: int

    def counts(self) -> dict[str, int]:
        """Return how many lines ended in each way."""
        return {outcome: sum(line.outcome == outcome for line in self.lines) for outcome in OUTCOMES}


def upsert_services(items: Sequence[BulkService], confirm_negatives: int | None = None) -> Report:
    """Make or change services with their customers, and commit; equal data change nothing.

    Rows that suspend, cancel or take content are refused together when they are more than a pull of a
    source may take away (``most_negatives``), unless the caller says how many they are.

    Args:
        items: at most ``MOST_ITEMS``.
        confirm_negatives: how many such rows the caller expects.

    Raises:
        Conflict: somebody changed the same rows meanwhile; send it again.
        VaultError: restore the encryption key.
    """
    codes = [item.code for item in items]
    known = _known_services(codes)
    early = {index: _service_problems(item, known) for index, item in enumerate(items)}
    wanted = [_service(index, item) for index, item in enumerate(items)]
    return _run(codes, wanted, early, confirm_negatives)


def upsert_customers(items: Sequence[BulkCustomer]) -> Report:
    """Make or change customers, and commit; equal data change nothing.

    Raises:
        Conflict: somebody changed the same rows meanwhile; send it again.
    """
    early = {index: _person_problems(item) for index, item in enumerate(items)}
    wanted = [_customer(index, item) for index, item in enumerate(items)]
    return _run([item.code for item in items], wanted, early, None)


def _run(
    codes: Sequence[str], wanted: Sequence[Wanted], early: Mapping[int, list[Problem]], confirmed: int | None
) -> Report:
    refused = {index: problems for index, problems in early.items() if problems} | _twice(codes)
    good = [one for one in wanted if one.position not in refused]
    intake = Intake(None, lenient=False)
    batches = [good[start : start + BATCH] for start in range(0, len(good), BATCH)]
    plans = [intake.plan(batch) for batch in batches]
    negatives = frozenset(plan.wanted.position for batch in plans for plan in batch if _takes_away(plan))
    most = _most_negatives()
    allowed = negatives if len(negatives) <= most or confirmed == len(negatives) else frozenset()
    results = [one for batch in plans for one in intake.apply(batch, Allowed(positions_negative=allowed))]
    unconfirmed = Problem("", "negatives_unconfirmed", {"count": len(negatives), "limit": most})
    lines = {one.position: _line(codes, one, unconfirmed) for one in results}
    lines |= {index: Line(index, codes[index], REFUSED, tuple(problems)) for index, problems in refused.items()}
    return Report(tuple(lines[index] for index in sorted(lines)), len(negatives))


def _takes_away(plan: RowPlan) -> bool:
    return not plan.refused and plan.direction is Direction.NEGATIVE


def _most_negatives() -> int:
    most = most_negatives()
    db.session.rollback()
    return most


def _line(codes: Sequence[str], result: RowResult, unconfirmed: Problem) -> Line:
    code, problems = codes[result.position], result.problems
    if result.outcome == "held":
        return Line(result.position, code, REFUSED, (*problems, unconfirmed))
    # Whatever else kept a row from being made is in its problems.
    outcome = result.outcome if result.outcome in OUTCOMES else REFUSED
    return Line(result.position, code, outcome, problems)


def _twice(codes: Sequence[str]) -> dict[int, list[Problem]]:
    """Return the repeats; the first of each stands."""
    seen: set[str] = set()
    found: dict[int, list[Problem]] = {}
    for index, code in enumerate(codes):
        if code in seen:
            found[index] = [Problem("code", "item_twice", {"code": code})]
        seen.add(code)
    return found


def _known_services(codes: Collection[str]) -> set[str]:
    ordered = sorted(set(codes))
    known: set[str] = set()
    for start in range(0, len(ordered), BATCH):
        part = ordered[start : start + BATCH]
        known |= set(db.session.scalars(select(Service.code).where(Service.code.in_(part))))
    return known


def _service_problems(item: BulkService, known: Collection[str]) -> list[Problem]:
    problems = status_problems(item.status) if item.status is not None else []
    if item.code not in known:
        needed = {"plan_id": item.plan_id, "status": item.status}
        problems += [Problem(name, "field_missing") for name, value in needed.items() if value is None]
    person = _person_problems(item.customer) if item.customer is not None else []
    return problems + [replace(problem, field=f"customer.{problem.field}") for problem in person]


def _person_problems(item: BulkCustomer) -> list[Problem]:
    found = (
        document_problem(normalise_document(item.document)),
        email_problem(normalise_email(item.email)),
        phone_problem(item.phone),
    )
    return [problem for problem in found if problem is not None]


def _customer(index: int, item: BulkCustomer) -> Wanted:
    return Wanted(position=index, customer_code=item.code, **_person(item))


def _person(item: BulkCustomer) -> dict[str, Any]:
    return {
        "name": item.name,
        "document": normalise_document(item.document),
        "email": normalise_email(item.email),
        "phone": normalise_phone(item.phone),
    }


def _service(index: int, item: BulkService) -> Wanted:
    person = _person(item.customer) if item.customer is not None else {}
    customer_code = item.customer.code if item.customer is not None else item.customer_code or ""
    service = WantedService(
        code=item.code, plan_id=item.plan_id, status=item.status or "", login=item.login,
        password=Secret(item.password) if item.password else None, address=item.address, city=item.city,
        value=item.value, due_day=item.due_day, packages=_packages(item.packages),
    )  # fmt: skip
    return Wanted(position=index, customer_code=customer_code, service=service, **person)


def _packages(sales: Sequence[SaleInput] | None) -> tuple[WantedPackage, ...] | None:
    if sales is None:
        return None
    return tuple(
        WantedPackage(one.package_id, one.value, one.starts_on, one.ends_on, params=one.params) for one in sales
    )
