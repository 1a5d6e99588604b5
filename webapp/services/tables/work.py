"""The lists of what the hub did: accounts that nobody here made, reconciliations, readings of a source."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from webapp.models import Orphan, Run, Service, SourcePull
from webapp.models.run import READINGS
from webapp.models.run import STATUSES as RUN_STATUSES
from webapp.services import pages_orphans, pages_pulls, pages_runs
from webapp.services.orphans.noting import ADOPTED, CANCELLED, CANCELLING, GONE, IGNORED, OPEN
from webapp.services.pages_orphans import ALL, GUESSES, HELD, WAITS, OrphanFilter
from webapp.services.tables.contract import DOCUMENT, MOMENT, NUMBER, Column, Filter, Order, Table

ORPHAN_STATUSES = (OPEN, WAITS, CANCELLING, HELD, IGNORED, ADOPTED, CANCELLED, GONE, ALL)
PULL_MODES = ("full", "light", "hint", "file")
PULL_STATUSES = ("reading", "ready", "applying", "done", "staged", "held", "refused", "failed", "stopped")
INTEGRATION = Filter("integration", options="integration")


def orphan_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the accounts that nobody here made, as filters choose; without a word only those that are open."""
    integration = filters.get("integration")
    return pages_orphans.chosen_rows(
        OrphanFilter(
            int(integration) if integration else None, filters.get("status", OPEN), filters.get("guess", ""),
            filters.get("q", ""),
        )
    )  # fmt: skip


def run_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the reconciliations that filters choose."""
    wanted = _equal(select(Run), filters, {"status": Run.status, "reading": Run.reading})
    return wanted.where(Run.integration_id == int(filters["integration"])) if "integration" in filters else wanted


def pull_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the readings of one source that filters choose."""
    mine = select(SourcePull).where(SourcePull.source_id == int(filters.get("source", "0")))
    return _equal(mine, filters, {"mode": SourcePull.mode, "status": SourcePull.status})


def _equal(wanted: Select[Any], filters: Mapping[str, str], columns: Mapping[str, Any]) -> Select[Any]:
    return wanted.where(*(column == filters[name] for name, column in columns.items() if name in filters))


def _counted(counts: Mapping[str, int], kind: str) -> list[tuple[str, str, int]]:
    return [(kind, name, number) for name, number in counts.items() if number]


ORPHANS = Table(
    name="orphans",
    columns=(
        Column("login", pages_orphans.name_of),
        Column("document", lambda row: row.document, DOCUMENT, usual=False),
        Column("reference", lambda row: row.reference, usual=False),
        Column("integration", lambda row: row.integration.description),
        Column("there", lambda row: row.state, "orphan_state"),
        Column("products", lambda row: row.products or [], usual=False),
        Column("first_seen", lambda row: row.first_seen_at, MOMENT, order="first_seen", usual=False),
        Column("seen", lambda row: row.last_seen_at, MOMENT),
        Column("guess", lambda row: row.guess_service.customer.name if row.guess_service else ""),
        Column("decision", pages_orphans.state_of, "orphan"),
    ),
    filters=(Filter("q"), INTEGRATION, Filter("status", ORPHAN_STATUSES, usual=OPEN), Filter("guess", GUESSES)),
    orders={"first_seen": Order((Orphan.id,), (int,))},
    usual_order="-first_seen",
    rows=orphan_rows,
    endpoint="orphans.index",
    options=(joinedload(Orphan.integration), joinedload(Orphan.guess_service).joinedload(Service.customer)),
    people=True,
)
RUNS = Table(
    name="runs",
    columns=(
        Column("started", lambda row: row.started_at, MOMENT, order="started"),
        Column("finished", lambda row: row.finished_at, MOMENT, usual=False),
        Column("integration", lambda row: row.integration.description),
        Column("reading", lambda row: row.reading, "run_reading"),
        Column("trigger", lambda row: row.trigger, "trigger", usual=False),
        Column("asked_by", lambda row: row.requested_by, usual=False),
        Column("state", pages_runs.state_of, "run"),
        Column("result", lambda row: _counted(row.counts, "count"), "counts"),
    ),
    filters=(INTEGRATION, Filter("status", RUN_STATUSES), Filter("reading", READINGS)),
    orders={"started": Order((Run.id,), (int,))},
    usual_order="-started",
    rows=run_rows,
    endpoint="runs.index",
    options=(joinedload(Run.integration),),
    counted=False,
)
PULLS = Table(
    name="pulls",
    columns=(
        Column("started", lambda row: row.started_at, MOMENT, order="started"),
        Column("finished", lambda row: row.finished_at, MOMENT, usual=False),
        Column("reading", lambda row: row.mode, "pull_mode"),
        Column("trigger", lambda row: row.trigger, "trigger", usual=False),
        Column("file", lambda row: row.file_name, usual=False),
        Column("asked_by", lambda row: row.requested_by, usual=False),
        Column("state", pages_pulls.state_of, "pull"),
        Column("records", lambda row: row.records, NUMBER),
        Column("result", lambda row: _counted(row.counts, "pull_count"), "counts"),
    ),
    filters=(
        Filter("mode", PULL_MODES), Filter("status", PULL_STATUSES), Filter("source", options="source", hidden=True),
    ),
    orders={"started": Order((SourcePull.id,), (int,))},
    usual_order="-started",
    rows=pull_rows,
    endpoint="pulls.index",
    place=("source",),
    counted=False,
)  # fmt: skip
