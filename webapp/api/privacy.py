"""Personal data: everything held on a person, and erasures."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.schemas.privacy import (
    DECISION_IN,
    ERASURE,
    ERASURE_IN,
    PERSON,
    DecisionInput,
    ErasureInput,
    ErasureOut,
    ErasurePage,
    ErasureQuery,
    PersonOut,
    PlatformStagesOut,
    SectionOut,
)
from webapp.decide.policy import ENDED
from webapp.models import Erasure
from webapp.services.changes import get_or_refuse
from webapp.services.customers import get_customer
from webapp.services.errors import Conflict
from webapp.services.privacy import erasing, kept, readmitting
from webapp.services.privacy.meeting import BACK
from webapp.services.privacy.periods import load_days
from webapp.services.privacy.person import load_holding
from webapp.services.privacy.records import SECTIONS, rows_of


@bp.get("/customers/<code>/data")
@needs(ADMIN_SCOPE)
@bp.output(PersonOut, example=PERSON)
def read_person(code: str) -> PersonOut:
    """Read everything that is held on one person; who read it is noted."""
    person, days = load_holding(get_customer(code).id), load_days()
    sections = [
        SectionOut(
            key=one.key, kept_days=days[one.kind] if one.kind is not None else None,
            tables={table: _plain(rows) for table, rows in rows_of(one, person).items()},
        )
        for one in SECTIONS
    ]  # fmt: skip
    return PersonOut(customer_id=person.customer.id, code=person.customer.code, sections=sections)


@bp.post("/customers/<code>/erasure")
@needs(ADMIN_SCOPE)
@bp.input(ErasureInput, example=ERASURE_IN)
@bp.output(ErasureOut, status_code=201, example=ERASURE)
def request_erasure(code: str, json_data: ErasureInput) -> Answer:
    """Ask for a person to be erased: on the platforms first, then here. It cannot be undone once it is done."""
    customer = get_customer(code)
    named = set(json_data.services)
    cancel = [one.id for one in customer.services if one.code in named and one.status not in ENDED]
    told = kept.told(load_days())
    row = erasing.request_erasure(customer.id, json_data.reason, cancel, told)
    return tagged(show(row), 201, f"{PREFIX}/erasures/{row.id}")


@bp.get("/erasures")
@needs(ADMIN_SCOPE)
@bp.input(ErasureQuery, location="query")
@bp.output(ErasurePage, example={"items": [ERASURE], "next_cursor": None})
def list_erasures(query_data: ErasureQuery) -> ErasurePage:
    """List erasures, newest first."""
    wanted = select(Erasure)
    if query_data.status is not None:
        wanted = wanted.where(Erasure.status == query_data.status)
    rows, following = page(wanted, Erasure.id, query_data, newest_first=True)
    return ErasurePage(items=[show(row) for row in rows], next_cursor=following)


@bp.get("/erasures/<int:erasure_id>")
@needs(ADMIN_SCOPE)
@bp.output(ErasureOut, example=ERASURE)
def read_erasure(erasure_id: int) -> Answer:
    """Read how far an erasure is."""
    return tagged(show(get_or_refuse(Erasure, erasure_id, "erasure_unknown")))


@bp.post("/erasures/<int:erasure_id>/withdraw")
@needs(ADMIN_SCOPE)
@bp.input(DecisionInput, example={"reason": "Changed their mind"})
@bp.output(ErasureOut, example={**ERASURE, "status": "withdrawn"})
def withdraw_erasure(erasure_id: int, json_data: DecisionInput) -> Answer:
    """Take a request back while it is not done; what was cancelled stays cancelled."""
    return tagged(show(erasing.withdraw(erasure_id, json_data.reason)))


@bp.post("/erasures/<int:erasure_id>/finish")
@needs(ADMIN_SCOPE)
@bp.input(DecisionInput, example={"reason": "The platform confirmed it by telephone"})
@bp.output(ErasureOut, example={**ERASURE, "status": "done", "done_at": ERASURE["requested_at"]})
def finish_erasure(erasure_id: int, json_data: DecisionInput) -> Answer:
    """Erase here although a platform could not prove that the account is gone."""
    erasing.finish_without_proof(erasure_id, json_data.reason)
    return tagged(show(get_or_refuse(Erasure, erasure_id, "erasure_unknown")))


@bp.post("/erasures/<int:erasure_id>/readmit")
@needs(ADMIN_SCOPE)
@bp.input(DecisionInput, example=DECISION_IN)
@bp.output(ErasureOut, example={**ERASURE, "status": "done", "done_at": ERASURE["requested_at"]})
def readmit_person(erasure_id: int, json_data: DecisionInput) -> Answer:
    """Let a person who was erased be a customer again: a new contract."""
    try:
        return tagged(show(readmitting.readmit(erasure_id, json_data.reason)))
    except OSError as error:
        raise Conflict("erasure_file_unwritable") from error


def show(row: Erasure) -> ErasureOut:
    """Return an erasure as it is given out."""
    platforms = row.progress.get(erasing.PLATFORMS, {})
    return ErasureOut(
        id=row.id,
        customer_id=row.customer_id,
        status=row.status,  # type: ignore[arg-type]
        reason=row.reason,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        done_at=row.done_at,
        platforms=[PlatformStagesOut(integration_id=int(one), stages=stages) for one, stages in platforms.items()],
        came_back=row.progress.get(BACK, {}).get("times", 0),
        readmitted_at=row.progress.get(erasing.READMITTED, {}).get("at"),
    )


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: _text(value) for name, value in row.items()} for row in rows]


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, datetime | date) else value
