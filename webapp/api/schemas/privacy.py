"""Shapes about personal data: everything held on a person, and erasures."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from webapp.api.paging import ListQuery
from webapp.api.schemas.common import AT, Out
from webapp.services.inputs import NO_NUL, Code, Input

Status = Literal["waiting", "done", "withdrawn"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=NO_NUL)]
ERASURE_IN = {"reason": "Asked for by letter", "services": ["17711"]}
DECISION_IN = {"reason": "A new contract"}
ERASURE = {
    "id": 3, "customer_id": 25138, "status": "waiting", "reason": "Asked for by letter",
    "requested_by": "token:erp", "requested_at": AT, "done_at": None,
    "platforms": [{"integration_id": 1, "stages": {"going": 1}}], "came_back": 0, "readmitted_at": None,
}  # fmt: skip
PERSON = {
    "customer_id": 25138, "code": "2023",
    "sections": [{"key": "registration", "kept_days": 1825, "tables": {"customer": [{"id": 25138, "code": "2023"}]}}],
}  # fmt: skip


class ErasureInput(Input):
    """Ask for a person to be erased. ``services``: codes of those that have not ended; they are cancelled with it."""

    reason: Reason
    services: Annotated[list[Code], Field(max_length=500)] = []


class DecisionInput(Input):
    """Why it is decided so."""

    reason: Reason


class ErasureQuery(ListQuery):
    """Filters of the list."""

    status: Status | None = None


class PlatformStagesOut(Out):
    """How many accounts stand where on one platform.

    ``never``: nothing was sent; ``proven``: it shows them no more; ``sent``: it took the cancel and cannot be asked;
    ``going``: under way; ``person``: somebody must act.
    """

    integration_id: int
    stages: dict[str, int]


class ErasureOut(Out):
    """One erasure. ``came_back``: in how many readings a source brought the person all the same."""

    id: int
    customer_id: int
    status: Status
    reason: str
    requested_by: str
    requested_at: AwareDatetime
    done_at: AwareDatetime | None
    platforms: list[PlatformStagesOut]
    came_back: int
    readmitted_at: AwareDatetime | None


class ErasurePage(Out):
    """One page of erasures."""

    items: list[ErasureOut]
    next_cursor: str | None


class SectionOut(Out):
    """One kind of data: rows by table, with the names of their columns; what is sealed is ``***``."""

    key: str
    kept_days: int | None
    tables: dict[str, list[dict[str, Any]]]


class PersonOut(Out):
    """Everything held on one person."""

    customer_id: int
    code: str
    sections: list[SectionOut]
