"""A kind of source whose ERP is a list in memory: it keeps the contract, and fails as it is told."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from tests import factories
from webapp.decide.policy import STATUSES
from webapp.extensions import db
from webapp.gateways.contract import CallbackRequest
from webapp.gateways.errors import GatewayError
from webapp.models import Package, Plan, Service, Source, SourceMapping
from webapp.services import source_pulls, sources
from webapp.services.inputs import SourceInput
from webapp.sources import registry
from webapp.sources.contract import (
    Changes,
    CheckStep,
    CustomerRecord,
    Named,
    PackageRecord,
    ReadPage,
    Record,
    ServiceRecord,
    ServiceRef,
    SourceAbility,
    SourceConnection,
    SourceLimits,
    SourceTraits,
)

ON, OFF, ENDED = "servico_habilitado", "suspenso_debito", "cancelado"
EVERYTHING = frozenset(SourceAbility)


@dataclass
class MemorySource:
    """An ERP in memory.

    Attributes:
        people: what a reading shows, by service; ``truth``: what a single look shows where that differs.
        broken: raised after so many pages (``broken_after``), or by every look.
        asked: whom single looks asked about, in order.
    """

    abilities: frozenset[SourceAbility] = EVERYTHING
    page_size: int = 50
    people: dict[str, Record] = field(default_factory=dict)
    truth: dict[str, Record | None] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    not_paying: bool = True
    broken: GatewayError | None = None
    broken_after: int = 0
    unanswered: dict[str, GatewayError] = field(default_factory=dict)
    served_at: datetime | None = None
    full_per_day: int = 4
    asked: list[str] = field(default_factory=list)
    between_pages: Any = None

    @property
    def traits(self) -> SourceTraits:
        return SourceTraits(
            "memory", "Memory", "For tests.", abilities=self.abilities, statuses={word: word for word in STATUSES},
            limits=SourceLimits(page_size=self.page_size, pace_s=0, full_per_day=self.full_per_day),
        )  # fmt: skip

    def check(self, connection: SourceConnection) -> list[CheckStep]:
        return []

    def statuses(self, connection: SourceConnection) -> tuple[Named, ...]:
        return ()

    def read(self, connection: SourceConnection) -> Iterator[ReadPage]:
        records = list(self.people.values())
        count = max(-(-len(records) // self.page_size), 1)
        for number in range(count):
            if self.broken is not None and number >= self.broken_after:
                raise self.broken
            part = tuple(records[number * self.page_size : (number + 1) * self.page_size])
            ids = ",".join(record.service.code for record in part if record.service)
            digest = hashlib.sha256(ids.encode()).hexdigest()
            yield ReadPage(part, number, digest, len(part), len(records), number == count - 1, self.served_at)
            if self.between_pages is not None:
                self.between_pages(number)

    def read_changes(self, connection: SourceConnection, cursor: str) -> Changes:
        if self.broken is not None:
            raise self.broken
        off = {code for code, record in self.people.items() if _status(record) == OFF}
        refs = tuple(self.ref(code) for code in self.changed)
        return Changes(refs, f"after {cursor}"[:20], frozenset(off) if self.not_paying else None)

    def find(
        self, connection: SourceConnection, refs: Sequence[ServiceRef]
    ) -> Iterator[tuple[ServiceRef, list[Record]]]:
        for ref in refs:
            if self.broken is not None:
                raise self.broken
            if ref.service_code in self.unanswered:
                raise self.unanswered[ref.service_code]
            self.asked.append(ref.service_code or ref.customer_code)
            yield ref, self._look(ref)

    def read_hint(
        self, connection: SourceConnection, request: CallbackRequest, body: bytes
    ) -> tuple[ServiceRef, ...] | None:
        if request.headers.get("X-Secret", "") != "right" and b"unsigned" not in body:
            return None
        codes = (request.json or {}).get("services", []) if isinstance(request.json, dict) else []
        return tuple(ServiceRef(service_code=str(code)) for code in codes)

    def ref(self, code: str) -> ServiceRef:
        """Return how a change names a service."""
        return ServiceRef(code, self.people[code].customer.code if code in self.people else "")

    def set_status(self, status: str, *codes: str) -> None:
        """Give services another status, as readings and looks show it."""
        for code in codes:
            record = self.people[code]
            assert record.service is not None
            self.people[code] = replace(record, service=replace(record.service, status=Named(status)))

    def _look(self, ref: ServiceRef) -> list[Record]:
        if ref.service_code:
            found = self.truth.get(ref.service_code, self.people.get(ref.service_code))
            return [found] if found else []
        return [record for record in self.people.values() if record.customer.code == ref.customer_code]


@dataclass
class Scene:
    """A source of people in memory, mapped, and what it becomes here."""

    kind: MemorySource
    source: Source
    plan: Plan
    package: Package
    id: int = 0

    def pull(self, mode: str = "full", **options: Any) -> Any:
        """Ask for a pull and do it."""
        found = source_pulls.request_pull(self.source.id, mode, **options)
        return source_pulls.work(found.id)

    def status(self, code: str) -> str:
        """Return the status of a service here."""
        db.session.rollback()
        return db.session.query(Service).filter_by(code=code).one().status

    def statuses(self) -> dict[str, str]:
        """Return the status of every service here."""
        db.session.rollback()
        return {service.code: service.status for service in db.session.query(Service).order_by(Service.id)}

    def refreshed(self) -> Source:
        """Return the source as it is now."""
        db.session.rollback()
        return db.session.get_one(Source, self.source.id, populate_existing=True)

    def known(self, count: int = 40) -> "Scene":
        """Have these people here already: by a whole reading, so that the next one may take something away."""
        self.kind.people = people(count)
        self.pull()
        return self


def make_scene(monkeypatch: pytest.MonkeyPatch, **options: Any) -> Scene:
    """Return a source that reads from memory, with its plan and package mapped."""
    kind = MemorySource(**options)
    others = {one.traits.key: one for one in registry.all_sources()}
    monkeypatch.setattr(registry, "_sources", lambda: {**others, "memory": kind})
    source = sources.create_source(SourceInput(kind="memory", description="ERP of the test", light_interval_s=60))
    package = factories.make_package()
    plan = factories.make_plan(package)
    for of, external, target in (("plan", "P", plan.id), ("package", "TV", package.id)):
        row = SourceMapping(source_id=source.id, kind=of, external=external, target=str(target), confirmed=True)
        db.session.add(row)
    db.session.commit()
    return Scene(kind, source, plan, package)


def person(number: int, status: str = ON, **changes: Any) -> Record:
    """Return a made-up customer with one service and one package."""
    customer = CustomerRecord(
        f"C{number}", f"Pessoa {number}", factories.make_cpf(number), f"p{number}@example.com", "11987654321"
    )
    service = ServiceRecord(
        str(1000 + number), Named("P", "Fibra"), Named(status), login=f"login{number}",
        packages=(PackageRecord(Named("TV", "TV")),),
    )  # fmt: skip
    return replace(Record(customer, replace(service, **changes), place=f"row {number}"))


def people(count: int, status: str = ON) -> dict[str, Record]:
    """Return so many made-up people by their services."""
    return {str(1000 + number): person(number, status) for number in range(count)}


def _status(record: Record) -> str:
    return record.service.status.external if record.service else ""
