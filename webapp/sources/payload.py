"""Records as JSON, for the rows that wait between reading and applying. A password is never in it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from webapp.sources.contract import (
    CustomerRecord,
    Named,
    PackageRecord,
    Record,
    RecordProblem,
    Secret,
    ServiceRecord,
    ServiceRef,
)


def dump_record(record: Record) -> tuple[dict[str, Any], Secret | None]:
    """Return a record as JSON, and its password apart."""
    service = record.service
    payload = {
        "customer": asdict(record.customer),
        "service": None if service is None else _dump_service(service),
        "changed_at": _text(record.changed_at),
        "registered_at": _text(record.registered_at),
        "place": record.place,
        "problems": [{**asdict(problem), "params": dict(problem.params)} for problem in record.problems],
    }
    return payload, service.password if service else None


def load_record(payload: Mapping[str, Any], password: Secret | None = None) -> Record:
    """Return the record that ``dump_record`` wrote."""
    service = payload["service"]
    return Record(
        customer=CustomerRecord(**payload["customer"]),
        service=None if service is None else _load_service(service, password),
        changed_at=_moment(payload["changed_at"]),
        registered_at=_moment(payload["registered_at"]),
        place=payload["place"],
        problems=tuple(RecordProblem(**problem) for problem in payload["problems"]),
    )


def dump_ref(ref: ServiceRef) -> dict[str, Any]:
    """Return a reference as JSON."""
    return asdict(ref)


def load_ref(payload: Mapping[str, Any]) -> ServiceRef:
    """Return the reference that ``dump_ref`` wrote."""
    return ServiceRef(**payload)


def _dump_service(service: ServiceRecord) -> dict[str, Any]:
    return {
        "code": service.code,
        "plan": [service.plan.external, service.plan.label],
        "status": [service.status.external, service.status.label],
        "login": service.login,
        "address": service.address,
        "city": service.city,
        "value": _text(service.value),
        "due_day": service.due_day,
        "sold_on": _text(service.sold_on),
        "packages": None if service.packages is None else [_dump_package(package) for package in service.packages],
    }


def _load_service(raw: Mapping[str, Any], password: Secret | None) -> ServiceRecord:
    packages = raw["packages"]
    return ServiceRecord(
        code=raw["code"],
        plan=Named(*raw["plan"]),
        status=Named(*raw["status"]),
        login=raw["login"],
        password=password,
        address=raw["address"],
        # A row that an older version read has none.
        city=raw.get("city", ""),
        value=_money(raw["value"]),
        due_day=raw["due_day"],
        sold_on=_day(raw["sold_on"]),
        packages=None if packages is None else tuple(_load_package(package) for package in packages),
    )


def _dump_package(package: PackageRecord) -> dict[str, Any]:
    return {
        "package": [package.package.external, package.package.label],
        "value": _text(package.value),
        "starts_on": _text(package.starts_on),
        "ends_on": _text(package.ends_on),
        "active": package.active,
    }


def _load_package(raw: Mapping[str, Any]) -> PackageRecord:
    return PackageRecord(
        Named(*raw["package"]), _money(raw["value"]), _day(raw["starts_on"]), _day(raw["ends_on"]), raw["active"]
    )


def _text(value: date | datetime | Decimal | None) -> str | None:
    if value is None:
        return None
    return str(value) if isinstance(value, Decimal) else value.isoformat()


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
