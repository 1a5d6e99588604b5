"""Fills the sheet of the whole hub from the database."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from webapp.database.file import FileGuard, guard_of
from webapp.database.trouble import free_bytes, standing
from webapp.decide.breaker import load_breaker
from webapp.extensions import db
from webapp.services import epoch
from webapp.services.doctor_room import place_of_database
from webapp.services.hub import current_hub
from webapp.services.metrics import process, rows
from webapp.services.metrics.families import Sheet
from webapp.services.queue import counting
from webapp.services.readings import last_readings

DONE = "done"
LONGEST_NAME = 80


def fill(sheet: Sheet, now: datetime) -> None:
    """Add every figure; when the database fails only that it does, and what needs no database."""
    _disk(sheet)
    well = not standing(db.engine)
    try:
        gateways = _platforms(sheet)
        _accounts(sheet, gateways, now)
        _readings(sheet, gateways)
        _counts(sheet, gateways)
        _times(sheet, now)
        _backups(sheet)
        _sources(sheet)
        _size(sheet)
        _jobs(sheet)
    except SQLAlchemyError:
        # A border: that the database is away is the very thing that has to be told.
        db.session.rollback()
        well = False
    sheet.add("sintonia_database_up", well)


def _platforms(sheet: Sheet) -> Mapping[int, str]:
    """Return the gateway of each integration."""
    found = rows.integrations()
    held = epoch.held(db.session.connection(), [row.id for row in found])
    for row in found:
        owner = (str(row.id), row.gateway)
        sheet.add("sintonia_integration_info", 1, *owner, _name(row.description))
        sheet.add("sintonia_integration_active", row.active, *owner)
        sheet.add("sintonia_integration_paused", bool(row.active and row.paused_code), *owner)
        sheet.add("sintonia_integration_held", row.id in held, *owner)
        sheet.add("sintonia_breaker_open", load_breaker(row.breaker).is_open, *owner)
    return {row.id: row.gateway for row in found}


def _accounts(sheet: Sheet, gateways: Mapping[int, str], now: datetime) -> None:
    for row in rows.statuses():
        sheet.add("sintonia_accounts", row.size, *_owner(gateways, row.integration_id), row.status)
    queues = {row.integration_id: row for row in rows.queues(now)}
    for integration_id in gateways:
        # A queue that is empty is told as zero: an alert must see that it is over.
        owner, row = _owner(gateways, integration_id), queues.get(integration_id)
        due = row.due if row is not None else 0
        waited = now - row.oldest if row is not None and due else timedelta(0)
        sheet.add("sintonia_queue_accounts", row.size if row is not None else 0, *owner)
        sheet.add("sintonia_queue_due_accounts", due, *owner)
        sheet.add("sintonia_queue_oldest_due_seconds", max(waited.total_seconds(), 0.0), *owner)
        sheet.add("sintonia_leases_held", row.leased if row is not None else 0, *owner)


def _readings(sheet: Sheet, gateways: Mapping[int, str]) -> None:
    for integration_id, readings in last_readings(1).items():
        owner, last = _owner(gateways, integration_id), readings[-1]
        sheet.add("sintonia_compared_accounts", last.compared, *owner)
        sheet.add("sintonia_drift_accounts", last.differing, *owner)
        sheet.add("sintonia_last_comparison_timestamp_seconds", last.at.timestamp(), *owner)


def _counts(sheet: Sheet, gateways: Mapping[int, str]) -> None:
    for row in rows.counts():
        if row.kind == rows.ALERT:
            sheet.add("sintonia_alerts_open", row.size, *row.word.split(":", 1))
        elif row.kind == rows.BULK:
            sheet.add("sintonia_bulk_jobs_open", row.size, row.word)
        elif row.kind == rows.OPEN_RUN:
            sheet.add("sintonia_runs_open", row.size, *_owner(gateways, row.owner), row.word)
        else:
            sheet.add("sintonia_orphans_open", row.size, *_owner(gateways, row.owner))


def _times(sheet: Sheet, now: datetime) -> None:
    every_s = process.expected_tasks()
    for row in rows.times():
        age_s = max((now - row.at).total_seconds(), 0.0)
        if row.kind == rows.BEAT:
            sheet.add("sintonia_heartbeat_age_seconds", age_s, row.name)
            continue
        if row.kind == rows.LEADS:
            sheet.add("sintonia_leader_lease_seconds", (row.at - now).total_seconds(), row.name)
            continue
        sheet.add("sintonia_task_last_start_timestamp_seconds", row.at.timestamp(), row.name)
        if row.name in every_s:
            sheet.add("sintonia_scheduler_lag_seconds", max(age_s - every_s[row.name], 0.0), row.name)


def _backups(sheet: Sheet) -> None:
    found = rows.backups()
    if found:
        sheet.add("sintonia_backup_last_ok", found[0].status == DONE)
    good = next((row for row in found if row.status == DONE), None)
    if good is not None:
        sheet.add("sintonia_backup_last_success_timestamp_seconds", good.finished_at.timestamp())
        sheet.add("sintonia_backup_size_bytes", good.size_bytes or 0)


def _sources(sheet: Sheet) -> None:
    for row in rows.sources():
        owner = (str(row.id), row.kind)
        sheet.add("sintonia_source_info", 1, *owner, _name(row.description))
        sheet.add("sintonia_source_active", row.active, *owner)
        sheet.add("sintonia_source_paused", bool(row.active and row.paused_code), *owner)
        if row.read_at is not None:
            sheet.add("sintonia_source_last_read_timestamp_seconds", row.read_at.timestamp(), *owner)


def database_bytes(guard: FileGuard | None) -> tuple[int | None, int | None]:
    """Return the size of the database and of SQLite's log beside it, in bytes.

    Args:
        guard: of the file; None = the database is a server, which has no such log of ours.
    """
    if guard is None:
        return rows.server_size(), None
    return _bytes_of(guard.path), _bytes_of(guard.path.with_name(guard.path.name + "-wal"))


def _size(sheet: Sheet) -> None:
    database, journal = database_bytes(guard_of(db.engine))
    if database is not None:
        sheet.add("sintonia_database_size_bytes", database)
    if journal is not None:
        sheet.add("sintonia_database_wal_bytes", journal)


def _jobs(sheet: Sheet) -> None:
    found = counting.standing(db.session.connection())
    if found is None:
        return
    for state in ("waiting", "running"):
        sheet.add("sintonia_queue_jobs", found[state], state)
    sheet.add("sintonia_queue_oldest_job_seconds", max(found["oldest_s"], 0.0))
    sheet.add("sintonia_queue_workers", found["workers"])


def _disk(sheet: Sheet) -> None:
    free = free_bytes(place_of_database(current_hub().settings))
    if free is not None:
        sheet.add("sintonia_disk_free_bytes", free)


def _bytes_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _owner(gateways: Mapping[int, str], integration_id: int) -> tuple[str, str]:
    return str(integration_id), gateways.get(integration_id, "")


def _name(text: str) -> str:
    """People typed it: one line, not too long; the library escapes the rest."""
    return " ".join(text.split())[:LONGEST_NAME]
