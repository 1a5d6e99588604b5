"""Sources in every state that a page can show."""

from dataclasses import dataclass
from datetime import timedelta

from tests import factories
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Service, Source, SourceLink, SourcePull
from webapp.services import source_mapping as mapping
from webapp.services import sources
from webapp.services.source_mapping import PACKAGE, PLAN, STATUS

WORDS = (
    (STATUS, "servico_habilitado", "Serviço Habilitado"), (STATUS, "congelado", "Congelado"),
    (PLAN, "77", "FIBRA 600 MEGA + STREAMING"), (PLAN, "78", "Rural 10 Mega"), (PACKAGE, "CINE", "Cinema em casa"),
)  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """Ids of what was made."""

    source_id: int
    new_source_id: int
    sgp_id: int
    sheet_id: int
    gone_source_id: int


def build(services: list[Service]) -> Sources:
    """Make one that works and brought these services, and one of each other kind and state."""
    works = factories.make_source(description="HubSoft da matriz", light_interval_s=30)
    mapping.save_mapping(works.id, {(STATUS, "congelado"): "suspenso_pedido_cliente"})
    grow_words(works.id, 0)
    works.full_due_at = works.light_due_at = utc_now() + timedelta(hours=3)
    # Our own rules forbid its address: a test of it fails without waiting.
    refused = {**factories.ERP_PARAMS["sgp"], "url": "http://10.0.0.1"}
    sgp = factories.make_source(
        kind="sgp", description="SGP do litoral", code_prefix="L-", precedence=2, params=refused
    )  # fmt: skip
    sgp.paused_code, sgp.paused_at = "source_auth_stopped", utc_now()
    sgp.paused_params = {"code": "source_credentials_refused", "status": 401, "message": "token"}
    gone = factories.make_source(kind="ixc", description="ERP antigo")
    sources.set_source_active(gone.id, False, reason="Migrado para o HubSoft")
    gone.kind = "old_erp"
    for place, service in enumerate(services):
        _link(works, service, missing_days=2 if place else 0)
    db.session.add(_pull(works, "done"))
    db.session.commit()
    sheet = factories.make_source(kind="spreadsheet", description="Planilha da filial")
    fresh = factories.make_source(description="HubSoft novo", code_prefix="N-")
    return Sources(works.id, fresh.id, sgp.id, sheet.id, gone.id)


def grow(source_id: int, services: list[Service], count: int) -> None:
    """Add sources, and words and services of this one."""
    source = db.session.get_one(Source, source_id)
    for _number in range(count):
        more = factories.make_source()
        db.session.add(_pull(more, "failed"))
        grow_words(more.id, 0)
    for service in services:
        _link(source, service)
    grow_words(source_id, count)
    db.session.commit()


def grow_words(source_id: int, count: int) -> None:
    """Let the usual words and so many more be met in a reading."""
    more = [(PLAN, str(1000 + number), f"Plano antigo {number}") for number in range(count)]
    words = {(kind, external): (label, 12) for kind, external, label in (*WORDS, *more)}
    mapping.note_seen(source_id, words, whole=True)
    db.session.commit()


def _link(source: Source, service: Service, missing_days: int = 0) -> None:
    missing = utc_now() - timedelta(days=missing_days) if missing_days else None
    link = SourceLink(
        source_id=source.id, kind="service", external=service.code, local_id=service.id, seen_at=utc_now(),
        missing_since=missing,
    )  # fmt: skip
    db.session.add(link)


def _pull(source: Source, status: str) -> SourcePull:
    now = utc_now()
    return SourcePull(source_id=source.id, mode="full", status=status, started_at=now, finished_at=now, records=12)
