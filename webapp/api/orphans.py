"""Accounts that a platform shows and that nobody here made: read them, adopt, ignore, end them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.problems import words
from webapp.api.schemas.common import failure
from webapp.api.schemas.orphans import (
    ADOPTION,
    ADOPTION_IN,
    DECIDED,
    IDS,
    ORPHAN,
    REASONED,
    AdoptedOut,
    AdoptionInput,
    AdoptionOut,
    GuessOut,
    OrphanOut,
    OrphanPage,
    OrphanQuery,
    OrphansInput,
    OrphansOut,
    ReasonedInput,
)
from webapp.extensions import db
from webapp.models import Orphan
from webapp.services import pages_orphans
from webapp.services.orphans import adopting, deciding
from webapp.services.subscriptions import get_service


@bp.get("/orphans")
@needs(READ)
@bp.input(OrphanQuery, location="query")
@bp.output(OrphanPage, example={"items": [ORPHAN], "next_cursor": None})
def list_orphans(query_data: OrphanQuery) -> OrphanPage:
    """List accounts on platforms that nobody here made, newest first."""
    wanted = select(Orphan).options(joinedload(Orphan.guess_service))
    for name in ("integration_id", "status"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(Orphan, name) == value)
    if query_data.guessed is not None:
        wanted = wanted.where(Orphan.guess_service_id.is_not(None) == query_data.guessed)
    rows, following = page(wanted, Orphan.id, query_data, newest_first=True)
    return OrphanPage(items=[show(row) for row in rows], next_cursor=following)


@bp.get("/orphans/<int:orphan_id>")
@needs(READ)
@bp.output(OrphanOut, example=ORPHAN)
def read_orphan(orphan_id: int) -> Answer:
    """Read one account that nobody here made."""
    return tagged(show(pages_orphans.get_orphan(orphan_id)))


@bp.post("/orphans/adopt")
@needs(ADMIN_SCOPE)
@bp.input(AdoptionInput, example=ADOPTION_IN)
@bp.output(AdoptionOut, example=ADOPTION)
def adopt_orphans(json_data: AdoptionInput) -> AdoptionOut:
    """Make accounts those of services; each is judged by itself, and one that cannot be is left as it is."""
    code = json_data.service_code
    service_id = get_service(code).id if code is not None else None
    results = adopting.adopt(json_data.ids, service_id)
    return AdoptionOut(items=[_adopted(one) for one in results])


@bp.post("/orphans/ignore")
@needs(ADMIN_SCOPE)
@bp.input(ReasonedInput, example=REASONED)
@bp.output(OrphansOut, example=DECIDED)
def ignore_orphans(json_data: ReasonedInput) -> OrphansOut:
    """Leave accounts as they are, until something about them changes on the platform."""
    deciding.ignore(json_data.ids, json_data.reason)
    return _all(json_data.ids)


@bp.post("/orphans/reopen")
@needs(ADMIN_SCOPE)
@bp.input(OrphansInput, example=IDS)
@bp.output(OrphansOut, example=DECIDED)
def reopen_orphans(json_data: OrphansInput) -> OrphansOut:
    """Take accounts up again that were ignored, or whose end was asked for and has not come."""
    deciding.reopen(json_data.ids)
    return _all(json_data.ids)


@bp.post("/orphans/cancel")
@needs(ADMIN_SCOPE)
@bp.input(ReasonedInput, example=REASONED)
@bp.output(OrphansOut, example=DECIDED)
def cancel_orphans(json_data: ReasonedInput) -> OrphansOut:
    """Ask for the end of accounts on their platforms. Several at once wait for the approval of somebody else."""
    deciding.cancel(json_data.ids, json_data.reason)
    return _all(json_data.ids)


@bp.post("/orphans/approve")
@needs(ADMIN_SCOPE)
@bp.input(OrphansInput, example=IDS)
@bp.output(OrphansOut, example=DECIDED)
def approve_orphans(json_data: OrphansInput) -> OrphansOut:
    """Let the end of accounts go that somebody else asked for."""
    deciding.approve_cancel(json_data.ids)
    return _all(json_data.ids)


def show(row: Orphan) -> OrphanOut:
    """Return one as it is given out."""
    reason = str(words(row.guess_code, {})) if row.guess_code else ""
    service = row.guess_service
    guess = GuessOut(service_code=service.code if service is not None else None, code=row.guess_code, reason=reason)
    return OrphanOut(
        id=row.id, integration_id=row.integration_id, login=row.login, document=row.document,
        reference=row.reference, remote_ids=row.remote_ids, state=row.state, products=row.products,
        first_seen_at=row.first_seen_at, last_seen_at=row.last_seen_at, status=row.status,  # type: ignore[arg-type]
        guess=guess, account_id=row.account_id,
        waits_for_approval=pages_orphans.state_of(row) == pages_orphans.WAITS, requested_by=row.requested_by,
        decided_by=row.decided_by, decided_at=row.decided_at, reason=row.reason, next_attempt_at=row.due_at,
        error=failure(row.error_code, row.error_params),
    )  # fmt: skip


def _adopted(one: adopting.Adopted) -> AdoptedOut:
    problem = one.problem
    error = failure(problem.code, problem.params, problem.field) if problem is not None else None
    return AdoptedOut(id=one.orphan_id, account_id=one.account_id, loses_content=one.loses, error=error)


def _all(orphan_ids: Sequence[int]) -> OrphansOut:
    wanted = select(Orphan).options(joinedload(Orphan.guess_service)).where(Orphan.id.in_(orphan_ids))
    return OrphansOut(items=[show(row) for row in db.session.scalars(wanted.order_by(Orphan.id))])
