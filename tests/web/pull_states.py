"""Pulls in every state that a page can show: files on their way, and readings of an ERP that went well or not."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests import factories
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Service, Source, SourcePull, SourcePullItem
from webapp.services import source_files, source_pulls

FILE = (
    "Código;Nome;CPF;E-mail;Contrato;Plano;Status;Pacotes;Senha PPPoE;Obs\n"
    "901;Ana Teste;52998224725;ana@example.com;9010;Fibra da planilha;Ativo;;segredo-1;\n"
    "902;Bia Teste;11144477735;bia@example.com;9020;Fibra da planilha;Ativo;;segredo-2;=1+1\n"
    "903;Caio Teste;;;;Fibra da planilha;Ativo;;segredo-3;\n"
)
BY_HAND = {"started_at": utc_now(), "requested_by": "admin@example.com"}
FINDINGS = [
    {"code": "reading_shrunken", "effects": ["no_negative"], "params": {"now": 51, "last": 100, "missing": 49}},
    {"code": "status_words_unknown", "effects": ["note"], "params": {"count": 2, "of": 51, "words": "novo"}},
]


def build(full_service_id: int) -> dict[str, int]:
    """Make them, and return their ids by name."""
    erp = factories.make_source(description="ERP da capital")
    service = db.session.get_one(Service, full_service_id)
    found = {"erp_id": erp.id, **_files(), **_readings(erp, service)}
    for name in ("staged_pull_id", "preview_pull_id"):
        add_item(found[name], service, "staged", [_removed(factories.make_package().id)], 99)
    db.session.commit()
    return found


def grow(erp_id: int, staged_pull_id: int, preview_pull_id: int, full_service_id: int, count: int) -> None:
    """Add so many pulls to a source, and so many lines to pulls."""
    erp, service = db.session.get_one(Source, erp_id), db.session.get_one(Service, full_service_id)
    for number in range(count):
        make_pull(erp, status="done")
        for pull_id in (staged_pull_id, preview_pull_id):
            package = factories.make_package()
            add_item(pull_id, service, "staged", [_removed(package.id)], number + 100)
    db.session.commit()


def make_pull(source: Source, **values: Any) -> SourcePull:
    """Make a pull of a source."""
    counts = {"created": 2, "updated": 1, "unchanged": 48, "positive": 2, "negative": 1, "unmapped": 2, "calls": 3}
    known = {"mode": "full", "records": 51, "total": 51, "counts": counts, "certificate": {"findings": []}}
    pull = SourcePull(source_id=source.id, **BY_HAND, **{**known, **values})
    db.session.add(pull)
    db.session.flush()
    return pull


def add_item(pull_id: int, service: Service, outcome: str, changes: list[dict[str, Any]], position: int = 1) -> None:
    """Add a line about a service."""
    directions = [change["direction"] for change in changes]
    db.session.add(
        SourcePullItem(
            pull_id=pull_id, position=position, customer_code=service.customer.code, service_code=service.code,
            name=service.customer.name, changes=changes, outcome=outcome,
            direction=next((one for one in ("negative", "positive") if one in directions), "neutral"),
        )
    )  # fmt: skip


def change(
    what: str, direction: str, field: str, before: Any, after: Any, package_id: int | None = None
) -> dict[str, Any]:
    """Return a change as a line keeps it."""
    return {"what": what, "direction": direction, "field": field, "before": before, "after": after,
            "package_id": package_id}  # fmt: skip


def _files() -> dict[str, int]:
    """One file that waits for its columns, one that waits for its confirmation."""
    factories.make_plan(description="Fibra da planilha", value=Decimal("99.90"))
    waiting = factories.make_source(kind="spreadsheet", description="Lista da filial")
    compared = factories.make_source(kind="spreadsheet", description="Lista da matriz")
    first, second = (
        source_files.stage_upload(source.id, io.BytesIO(FILE.encode()), "clientes.csv").id
        for source in (waiting, compared)
    )
    source_files.choose_columns(second, source_files.file_header(second).columns)
    source_pulls.work(second)
    return {"list_id": waiting.id, "columns_pull_id": first, "preview_pull_id": second}


def _readings(erp: Source, service: Service) -> dict[str, int]:
    staged = make_pull(erp, status="staged", checksum="a1b2c3" * 10, trigger="schedule")
    held = make_pull(erp, status="held", certificate={"findings": FINDINGS}, finished_at=utc_now())
    done = make_pull(erp, status="done", finished_at=utc_now())
    failed = make_pull(erp, status="failed", error_code="connect_timeout", error_params={"host": "erp.example.com"})
    dry = make_pull(erp, status="ready", dry_run=True, finished_at=utc_now())
    running = make_pull(erp, status="applying", mode="light", applied=20, lease_until=utc_now() + timedelta(minutes=5))
    for pull in (staged, dry):
        add_item(pull.id, service, "staged", [change("status", "negative", "status", service.status, "cancelado")])
    for pull in (held, done):
        add_item(pull.id, service, "applied", _harmless(service))
    lost = change("status", "negative", "status", "servico_habilitado", service.status)
    add_item(done.id, service, "applied", [lost])
    return {
        "staged_pull_id": staged.id, "held_pull_id": held.id, "done_pull_id": done.id, "failed_pull_id": failed.id,
        "dry_pull_id": dry.id, "running_pull_id": running.id,
    }  # fmt: skip


def _harmless(service: Service) -> list[dict[str, Any]]:
    package = factories.make_package(description="Livros")
    return [
        change("update_customer", "neutral", "phone", "5511912345678", "551134567890"),
        change("update_service", "neutral", "password", "***", "***"),
        change("plan", "neutral", "plan_id", str(service.plan_id), "999"),
        change("add_package", "positive", "package", None, "19.90", package.id),
        change("update_package", "positive", "ends_on", "2026-12-31", None, package.id),
        change("create_service", "positive", "code", None, service.code),
    ]


def _removed(package_id: int) -> dict[str, Any]:
    return change("remove_package", "negative", "package", "19.90", None, package_id)
