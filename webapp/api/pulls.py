"""Pulls: readings of sources, what they found, what they changed, and what waits for a person."""

from typing import Any

from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.problems import words
from webapp.api.schemas.common import FailureOut, failure
from webapp.api.schemas.sources import (
    PULL,
    PULL_ITEM,
    PullApproval,
    PullFindingOut,
    PullInput,
    PullItemOut,
    PullItemPage,
    PullItemQuery,
    PullOut,
    PullPage,
    PullQuery,
    PullRejection,
)
from webapp.decide.certificate import load
from webapp.models import SourcePull, SourcePullItem
from webapp.services import source_pulls as use


@bp.post("/sources/<int:source_id>/pulls")
@needs(ADMIN_SCOPE)
@bp.input(PullInput, example={"mode": "full", "dry_run": True})
@bp.output(PullOut, status_code=202, example={**PULL, "status": "reading"})
def request_pull(source_id: int, json_data: PullInput) -> Answer:
    """Ask for a reading of a source now. It goes on in the background: look at it until ``finished_at`` is there."""
    made = use.request_pull(source_id, json_data.mode, dry_run=json_data.dry_run, trigger="api")
    return tagged(show(made), 202, f"{PREFIX}/pulls/{made.id}")


@bp.get("/pulls")
@needs(READ)
@bp.input(PullQuery, location="query")
@bp.output(PullPage, example={"items": [PULL], "next_cursor": None})
def list_pulls(query_data: PullQuery) -> PullPage:
    """List pulls, newest first."""
    wanted = select(SourcePull)
    for name in ("source_id", "mode", "status", "dry_run"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(SourcePull, name) == value)
    rows, following = page(wanted, SourcePull.id, query_data, newest_first=True)
    return PullPage(items=[show(row) for row in rows], next_cursor=following)


@bp.get("/pulls/<int:pull_id>")
@needs(READ)
@bp.output(PullOut, example=PULL)
def read_pull(pull_id: int) -> Answer:
    """Read one pull: how far it is, what its certificate found, what waits."""
    return tagged(show(use.get_pull(pull_id)))


@bp.get("/pulls/<int:pull_id>/items")
@needs(READ)
@bp.input(PullItemQuery, location="query")
@bp.output(PullItemPage, example={"items": [PULL_ITEM], "next_cursor": None})
def list_pull_items(pull_id: int, query_data: PullItemQuery) -> PullItemPage:
    """List the records of a pull that change something or cannot be used."""
    use.get_pull(pull_id)
    wanted = select(SourcePullItem).where(SourcePullItem.pull_id == pull_id)
    for name in ("direction", "outcome", "service_code"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(SourcePullItem, name) == value)
    rows, following = page(wanted, SourcePullItem.id, query_data)
    return PullItemPage(items=[_item(row) for row in rows], next_cursor=following)


@bp.post("/pulls/<int:pull_id>/approve")
@needs(ADMIN_SCOPE)
@bp.input(PullApproval, example={"checksum": "c0ffee"})
@bp.output(PullOut, status_code=202, example={**PULL, "status": "applying"})
def approve_pull(pull_id: int, json_data: PullApproval) -> Answer:
    """Let go what the brake held back, provided that it is still what was read.

    Cancels need another one than who asked for the pull.
    """
    return tagged(show(use.approve_pull(pull_id, json_data.checksum)), 202)


@bp.post("/pulls/<int:pull_id>/reject")
@needs(ADMIN_SCOPE)
@bp.input(PullRejection, example={"reason": "The ERP was being restored"})
@bp.output(PullOut, example={**PULL, "status": "done"})
def reject_pull(pull_id: int, json_data: PullRejection) -> Answer:
    """Drop what the brake held back. The next pull that says the same holds it back again."""
    return tagged(show(use.reject_pull(pull_id, json_data.reason)))


@bp.post("/pulls/<int:pull_id>/confirm")
@needs(ADMIN_SCOPE)
@bp.output(PullOut, status_code=202, example={**PULL, "status": "applying"})
def confirm_pull(pull_id: int) -> Answer:
    """Apply a spreadsheet that was compared and waits."""
    return tagged(show(use.confirm_pull(pull_id)), 202)


@bp.post("/pulls/<int:pull_id>/accept")
@needs(ADMIN_SCOPE)
@bp.output(PullOut, example={**PULL, "status": "held"})
def accept_reading(pull_id: int) -> Answer:
    """Accept a reading that was held as the new normal: the next one is measured by it. Nothing is applied."""
    return tagged(show(use.accept_reading(pull_id)))


@bp.post("/pulls/<int:pull_id>/stop")
@needs(ADMIN_SCOPE)
@bp.output(PullOut, status_code=202, example=PULL)
def stop_pull(pull_id: int) -> Answer:
    """Ask a pull to stop after the batch that it is at; what was applied stays."""
    return tagged(show(use.request_stop(pull_id)), 202)


@bp.post("/pulls/<int:pull_id>/resume")
@needs(ADMIN_SCOPE)
@bp.output(PullOut, status_code=202, example={**PULL, "status": "applying"})
def resume_pull(pull_id: int) -> Answer:
    """Go on with a pull that was stopped, where it was."""
    return tagged(show(use.resume_pull(pull_id)), 202)


def show(row: SourcePull) -> PullOut:
    """Return a pull as it is given out."""
    return PullOut(
        id=row.id,
        source_id=row.source_id,
        mode=row.mode,  # type: ignore[arg-type]
        dry_run=row.dry_run,
        trigger=row.trigger,
        status=row.status,  # type: ignore[arg-type]
        started_at=row.started_at,
        finished_at=row.finished_at,
        records=row.records,
        total=row.total,
        applied=row.applied,
        counts=row.counts,
        findings=_findings(row),
        checksum=row.checksum,
        error=failure(row.error_code, row.error_params),
        file_name=row.file_name,
        requested_by=row.requested_by,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
    )


def _findings(row: SourcePull) -> list[PullFindingOut]:
    if not row.certificate:
        return []
    shown = []
    for finding in load(row.certificate).findings:
        said = words(finding.code, finding.params)
        effects = sorted(str(effect) for effect in finding.effects)
        shown.append(PullFindingOut(code=finding.code, cause=said.cause, remedy=said.remedy, effects=effects))
    return shown


def _item(row: SourcePullItem) -> PullItemOut:
    return PullItemOut(
        id=row.id,
        position=row.position,
        customer_code=row.customer_code,
        service_code=row.service_code,
        name=row.name,
        direction=row.direction,  # type: ignore[arg-type]
        outcome=row.outcome,  # type: ignore[arg-type]
        changes=row.changes,
        problems=[_problem(each) for each in row.problems],
    )


def _problem(kept: dict[str, Any]) -> FailureOut:
    said = words(kept["code"], kept.get("params") or {})
    return FailureOut(code=kept["code"], cause=said.cause, remedy=said.remedy, field=kept.get("field") or None)
