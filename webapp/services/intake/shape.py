"""What the columns can hold: judged before anything else, so that one record never breaks its batch."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.decide.intake import Wanted, WantedPackage, WantedService
from webapp.decide.policy import STATUSES
from webapp.services.errors import Problem
from webapp.services.intake.catalogue import Catalogue

CUSTOMER_LONGEST = {"name": 200, "document": 14, "email": 254, "phone": 20}
SERVICE_LONGEST = {"login": 120, "address": 300, "city": 80}
CODE, EXTERNAL, PASSWORD = 60, 200, 120
MOST = Decimal("9999999.99")
NUL = "\x00"


def shape_problems(wanted: Wanted, catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what of a record has no place in our tables."""
    yield from _code("code", wanted.customer_code)
    yield from _texts(wanted, CUSTOMER_LONGEST)
    yield from _long("code", wanted.customer_external, EXTERNAL)
    if wanted.service is not None:
        yield from _service(wanted.service, catalogue)


def _service(data: WantedService, catalogue: Catalogue) -> Iterator[Problem]:
    yield from _code("service_code", data.code)
    yield from _texts(data, SERVICE_LONGEST)
    yield from _long("service_code", data.external, EXTERNAL)
    if data.password and (len(data.password) > PASSWORD or NUL in data.password):
        yield Problem("password", "intake_value_long", {"maximum": PASSWORD})
    if data.status and data.status not in STATUSES:
        yield Problem("status", "status_unknown", {"value": data.status, "allowed": ", ".join(STATUSES)})
    if data.plan_id is not None and data.plan_id not in catalogue.plans:
        yield Problem("plan_id", "plan_id_unknown", {"id": data.plan_id})
    if data.due_day is not None and not 1 <= data.due_day <= 31:
        yield _wrong("due_day", data.due_day)
    yield from _money("value", data.value)
    for package in data.packages or ():
        yield from _package(package, catalogue)


def _package(package: WantedPackage, catalogue: Catalogue) -> Iterator[Problem]:
    if package.package_id not in catalogue.packages:
        yield Problem("packages", "package_id_unknown", {"id": package.package_id})
    yield from _money("packages", package.value)
    yield from _long("packages", package.external, EXTERNAL)
    if _reversed(package.starts_on, package.ends_on):
        yield Problem("packages", "sale_dates_order")


def _code(field: str, code: str) -> Iterator[Problem]:
    if not code.strip():
        yield Problem(field, "code_missing")
    elif len(code) > CODE:
        yield Problem(field, "code_too_long", {"maximum": CODE})
    elif NUL in code:
        yield _wrong(field, code)


def _texts(record: object, longest: dict[str, int]) -> Iterator[Problem]:
    for name, maximum in longest.items():
        yield from _long(name, getattr(record, name), maximum)


def _long(field: str, text: str, maximum: int) -> Iterator[Problem]:
    if len(text) > maximum:
        yield Problem(field, "intake_value_long", {"maximum": maximum})
    elif NUL in text:
        yield _wrong(field, text)


def _money(field: str, value: Decimal | None) -> Iterator[Problem]:
    if value is not None and not (value.is_finite() and 0 <= value <= MOST and value == round(value, 2)):
        yield _wrong(field, value)


def _reversed(starts: date | None, ends: date | None) -> bool:
    return starts is not None and ends is not None and ends < starts


def _wrong(field: str, value: Any) -> Problem:
    return Problem(field, "intake_value_wrong", {"value": str(value).replace(NUL, "?")[:60]})
