"""Backups: which there are, and one made now. They are put back by a command on the machine."""

from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import ListQuery, page
from webapp.api.schemas.backups import BACKUP, BackupOut, BackupPage
from webapp.api.schemas.common import failure
from webapp.models import Backup
from webapp.services.backups import making
from webapp.services.changes import get_or_refuse

ASKED = {
    **BACKUP, "trigger": "manual", "status": "running", "finished_at": None, "file": None, "size_bytes": None,
    "sha256": None, "encrypted": False, "revision": None, "verified_at": None,
}  # fmt: skip


@bp.get("/backups")
@needs(ADMIN_SCOPE)
@bp.input(ListQuery, location="query")
@bp.output(BackupPage, example={"items": [BACKUP], "next_cursor": None})
def list_backups(query_data: ListQuery) -> BackupPage:
    """List backups, newest first."""
    rows, following = page(select(Backup), Backup.id, query_data, newest_first=True)
    return BackupPage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/backups")
@needs(ADMIN_SCOPE)
@bp.output(BackupOut, status_code=201, example=ASKED)
def make_backup() -> Answer:
    """Make a backup now. It begins within seconds; read it to follow. 409 while another one is being made."""
    made = making.ask()
    return tagged(show(made), 201, f"{PREFIX}/backups/{made.id}")


@bp.get("/backups/<int:backup_id>")
@needs(ADMIN_SCOPE)
@bp.output(BackupOut, example=BACKUP)
def read_backup(backup_id: int) -> Answer:
    """Read one backup: how far it is, or how it ended."""
    return tagged(show(get_or_refuse(Backup, backup_id, "backup_unknown")))


def show(row: Backup) -> BackupOut:
    """Return a backup as it is given out."""
    return BackupOut(
        id=row.id, trigger=row.trigger, status=row.status,  # type: ignore[arg-type]
        started_by=row.started_by, started_at=row.started_at, finished_at=row.finished_at, file=row.file or None,
        size_bytes=row.size_bytes, sha256=row.sha256 or None, encrypted=row.encrypted, revision=row.revision or None,
        verified_at=row.verified_at, removed_at=row.removed_at, error=failure(row.error_code or None, row.error_params),
    )  # fmt: skip
