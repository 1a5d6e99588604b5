"""A record of a source in our own words: codes with their prefix, ids of ours, texts normalised.

Only what a person confirmed counts, and for statuses the kind's own table. What is unknown changes nothing: a
service keeps its status and plan, a package is left as it is, and who is new waits until the word is mapped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from webapp.decide.intake import Wanted, WantedPackage, WantedService
from webapp.decide.policy import STATUSES
from webapp.decide.sales import is_placeholder_email
from webapp.extensions import db
from webapp.models import Package, Plan, Source, SourceLink, SourceMapping
from webapp.services.changes import get_or_refuse
from webapp.services.documents import (
    document_problem,
    email_problem,
    fold,
    normalise_document,
    normalise_email,
    normalise_phone,
    phone_problem,
)
from webapp.services.errors import Problem
from webapp.services.source_words import PACKAGE, PLAN, STATUS, Word, word
from webapp.sources.contract import Named, PackageRecord, Record, RecordProblem, Secret, ServiceRecord
from webapp.sources.registry import get_source as get_kind

IGNORE = "ignore"
LONGEST_CODE, LONGEST_NAME, LONGEST_LOGIN, LONGEST_ADDRESS, LONGEST_EMAIL = 60, 200, 120, 300, 254
LONGEST_CITY = 80
MOST = Decimal("9999999.99")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Translated:
    """A record in our own words.

    Attributes:
        wanted: None = it is not applied: refused for its problems, or, when there are none, left out because its
            plan is and nobody here has the service.
        problems: with ``wanted``, notes beside it: what was left empty, what is unknown.
        unknown: words that nobody has mapped, by kind.
    """

    wanted: Wanted | None
    problems: tuple[Problem, ...] = ()
    unknown: tuple[tuple[str, Named], ...] = ()


@dataclass
class _Notes:
    """What is gathered on the way through one record."""

    problems: list[Problem] = field(default_factory=list)
    unknown: list[tuple[str, Named]] = field(default_factory=list)


class Translator:
    """Translates the records of one source, as it is mapped when this is made. Not thread-safe; one per pull."""

    def __init__(
        self, prefix: str, statuses: Mapping[str, str], meanings: Mapping[Word, str], held: frozenset[str]
    ) -> None:
        self._prefix = prefix
        self._meanings = meanings
        self._held = held
        # A table is written for the ERP's own words; a spreadsheet writes them as people do.
        self._statuses = {fold(external): status for external, status in statuses.items()}

    @classmethod
    def load(cls, source_id: int) -> "Translator":
        """Return the translator of a source, with its mapping as it is now.

        Raises:
            NotFound: no such source.
            UnknownSource: its kind is not there in this version of the hub.
        """
        source = get_or_refuse(Source, source_id, "source_not_found")
        meanings = _meanings(source_id)
        left_out = any(kind == PLAN and target == IGNORE for (kind, _external), target in meanings.items())
        held = _held_services(source_id) if left_out else frozenset()
        return cls(source.code_prefix, get_kind(source.kind).traits.statuses, meanings, held)

    def translate(self, record: Record, position: int) -> Translated:
        """Return a record in our own words.

        Args:
            position: of the record within its pull.
        """
        refusals = [_said(problem) for problem in record.problems] + self._code_problems(record)
        if refusals:
            return Translated(None, tuple(refusals))
        if record.service is not None and self._is_left_out(record.service):
            return Translated(None)
        notes = _Notes()
        wanted = self._wanted(record, position, notes)
        return Translated(wanted, tuple(notes.problems), tuple(notes.unknown))

    def meaning(self, kind: str, external: str) -> str:
        """Return what a word means here: a status, an id, ``ignore``, or an empty text for nothing."""
        found = self._meanings.get((kind, word(external)), "")
        return found or (self._statuses.get(fold(external), "") if kind == STATUS else "")

    def service_code(self, record: Record) -> str:
        """Return the code that the service of a record has here; empty without one."""
        return "" if record.service is None else self._code(record.service.code)

    def _wanted(self, record: Record, position: int, notes: _Notes) -> Wanted:
        customer = record.customer
        return Wanted(
            position=position,
            customer_code=self._code(customer.code),
            customer_external=word(customer.code),
            name=_clean(customer.name, LONGEST_NAME),
            document=_document(customer.document, notes),
            email=_email(customer.email, notes),
            phone=_phone(customer.phone, notes),
            service=None if record.service is None else self._service(record.service, notes),
        )

    def _service(self, service: ServiceRecord, notes: _Notes) -> WantedService:
        external = word(service.code)
        packages = service.packages
        return WantedService(
            code=self._code(service.code),
            external=external,
            plan_id=self._plan(service.plan, notes),
            status=self._status(service.status, notes),
            login=_clean(service.login, LONGEST_LOGIN),
            password=_password(service.password),
            address=_clean(service.address, LONGEST_ADDRESS),
            city=_clean(service.city, LONGEST_CITY),
            value=_value(service.value, "value", notes),
            due_day=service.due_day if service.due_day in range(1, 32) else None,
            sold_on=service.sold_on,
            packages=None if packages is None else self._packages(external, packages, notes),
            exact=packages is not None,
            named=frozenset(_sale(external, sold) for sold in packages or () if sold.active),
        )

    def _status(self, named: Named, notes: _Notes) -> str:
        if not word(named.external):
            notes.problems.append(Problem("status", "source_status_missing"))
            return ""
        meant = self.meaning(STATUS, named.external)
        if not meant:
            notes.unknown.append((STATUS, named))
            notes.problems.append(Problem("status", "source_status_unknown", _shown(named)))
        return "" if meant == IGNORE else meant

    def _plan(self, named: Named, notes: _Notes) -> int | None:
        if not word(named.external):
            return None
        meant = self.meaning(PLAN, named.external)
        if not meant:
            notes.unknown.append((PLAN, named))
            notes.problems.append(Problem("plan_id", "source_plan_unmapped", _shown(named)))
        return int(meant) if meant and meant != IGNORE else None

    def _packages(
        self, service: str, packages: tuple[PackageRecord, ...], notes: _Notes
    ) -> tuple[WantedPackage, ...]:  # fmt: skip
        wanted: dict[int, WantedPackage] = {}
        for sold in packages:
            meant = self.meaning(PACKAGE, sold.package.external) if sold.active else IGNORE
            if not meant:
                notes.unknown.append((PACKAGE, sold.package))
                notes.problems.append(Problem("packages", "source_package_unmapped", _shown(sold.package)))
            elif meant != IGNORE:
                # Sold twice there is one right here.
                wanted.setdefault(int(meant), _package(int(meant), _sale(service, sold), sold, notes))
        return tuple(wanted.values())

    def _is_left_out(self, service: ServiceRecord) -> bool:
        """Tell whether the plan is not for this hub. Who is here already goes on being followed."""
        return self.meaning(PLAN, service.plan.external) == IGNORE and word(service.code) not in self._held

    def _code_problems(self, record: Record) -> list[Problem]:
        codes = [("code", record.customer.code)]
        if record.service is not None:
            codes.append(("service_code", record.service.code))
        room = LONGEST_CODE - len(self._prefix)
        missing = [Problem(name, "source_code_missing") for name, code in codes if not word(code)]
        return missing + [
            Problem(name, "source_code_long", {"maximum": room}) for name, code in codes if len(word(code)) > room
        ]

    def _code(self, external: str) -> str:
        return self._prefix + word(external)


def _meanings(source_id: int) -> dict[Word, str]:
    """Return what was confirmed; a plan or package that is gone means nothing any more."""
    rows = db.session.execute(
        select(SourceMapping.kind, SourceMapping.external, SourceMapping.target).where(
            SourceMapping.source_id == source_id, SourceMapping.confirmed, SourceMapping.target != ""
        )
    ).all()
    there = {
        STATUS: frozenset(STATUSES),
        PLAN: frozenset(map(str, db.session.scalars(select(Plan.id)))),
        PACKAGE: frozenset(map(str, db.session.scalars(select(Package.id)))),
    }
    return {(row.kind, row.external): row.target for row in rows if row.target in (there[row.kind] | {IGNORE})}


def _held_services(source_id: int) -> frozenset[str]:
    links = select(SourceLink.external).where(SourceLink.source_id == source_id, SourceLink.kind == "service")
    return frozenset(db.session.scalars(links))


def _said(problem: RecordProblem) -> Problem:
    value = {"value": problem.value} if problem.value else {}
    return Problem(problem.field, problem.code, {**value, **problem.params})


def _shown(named: Named) -> dict[str, str]:
    return {"word": word(named.external), "label": word(named.label) or word(named.external)}


def _sale(service: str, sold: PackageRecord) -> str:
    return f"{service}:{word(sold.package.external)}"


def _package(package_id: int, external: str, sold: PackageRecord, notes: _Notes) -> WantedPackage:
    starts_on: date | None = sold.starts_on
    if starts_on and sold.ends_on and starts_on > sold.ends_on:
        notes.problems.append(Problem("packages", "source_dates_crossed", _shown(sold.package)))
        starts_on = None
    value = _value(sold.value, "packages", notes)
    return WantedPackage(package_id, value, starts_on, sold.ends_on, external)


def _clean(text: str, longest: int) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:longest]


def _document(text: str, notes: _Notes) -> str:
    return _judged(normalise_document(text), document_problem, notes)


def _phone(text: str, notes: _Notes) -> str:
    return normalise_phone(text) if _judged(text.strip(), phone_problem, notes) else ""


def _email(text: str, notes: _Notes) -> str:
    email = text.strip()
    if is_placeholder_email(email):
        notes.problems.append(Problem("email", "source_email_placeholder", {"value": email[:LONGEST_EMAIL]}))
        return ""
    return normalise_email(_judged(email, email_problem, notes))


def _judged(text: str, judge: Callable[[str], Problem | None], notes: _Notes) -> str:
    """Return the text, or nothing where it is wrong: an empty value never erases what is here."""
    problem = judge(text)
    if problem is None:
        return text
    notes.problems.append(problem)
    return ""


def _password(password: Secret | None) -> Secret | None:
    return password if password and len(password) <= LONGEST_LOGIN and "\0" not in password else None


def _value(value: Decimal | None, name: str, notes: _Notes) -> Decimal | None:
    if value is None:
        return None
    if not value.is_finite() or not 0 <= value <= MOST:
        notes.problems.append(Problem(name, "source_value_odd", {"value": str(value)[:LONGEST_CODE]}))
        return None
    return value.quantize(CENT)
