"""Work on many rows: what is asked for, what it would do, how far it is."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from webapp.api.paging import Id, ListQuery
from webapp.api.schemas.common import AT, FailureOut, Out
from webapp.services.inputs import Input, Text

Kind = Literal[
    "services_sell", "services_take_off", "services_status", "accounts_try", "accounts_resend", "never_used_tell",
    "accounts_look",
    "accounts_go_on", "packages_active", "plans_active", "orphans_adopt", "orphans_ignore",
    "orphans_cancel", "orphans_approve", "orphans_reopen",
]  # fmt: skip
Status = Literal["waiting", "running", "done", "stopped", "failed"]
Outcome = Literal["done", "skipped", "failed"]
Words = Annotated[dict[str, Annotated[str, Field(max_length=200)]], Field(max_length=20)]

JOB_IN = {
    "kind": "services_sell", "table": "customers", "filters": {"active": "active"}, "params": {"package_id": "240"},
    "reason": "Summer campaign",
}  # fmt: skip
START_IN = {**JOB_IN, "on_bad": "skip"}
LEFT_OUT = {
    "subject_id": 17, "outcome": "failed", "bad": True,
    "error": {"code": "email_placeholder", "cause": "…", "remedy": "…", "field": None},
}  # fmt: skip
PREVIEW = {
    "total": 1000, "ready": 997, "idle": 0, "bad": 3, "left_out": [LEFT_OUT], "losing": 0, "cancels": 0,
    "value": "0.00", "calls": [{"integration": "NX Play", "count": 997, "minutes": 4}], "needs_confirmation": False,
    "stamp": "5f2d0c",
}  # fmt: skip
JOB: dict[str, Any] = {
    "id": 12, "kind": "services_sell", "table": "customers", "subject": "service", "filters": {"active": "active"},
    "params": {"package_id": "240"}, "status": "running", "stopping": False, "total": 1000, "done": 400, "skipped": 0,
    "failed": 2, "reason": "Summer campaign", "requested_by": "token:erp", "created_at": AT, "started_at": AT,
    "finished_at": None, "error": None, "undo_of_id": None, "retry_of_id": None,
}  # fmt: skip
LINE = {"id": 900, "subject_id": 17, "outcome": "failed", "error": LEFT_OUT["error"]}


class BulkJobInput(Input):
    """An action on many rows of a list: those of ``ids``, or without them all that ``filters`` find.

    ``ids`` and ``filters`` are those of the list: customers, accounts_pending, accounts_stuck, packages, plans or
    orphans.
    """

    kind: Kind
    table: Annotated[str, Field(max_length=40, description="The list that rows are chosen from.")]
    filters: Words = Field(default_factory=dict, description="As in the address of the list's page.")
    ids: Annotated[list[Id], Field(max_length=1000)] | None = None
    params: Words = Field(default_factory=dict, description="package_id, plan_id, ends_on, status or active (on, off).")
    reason: Text = ""


class BulkStartInput(BulkJobInput):
    """The same, to be begun.

    Attributes:
        stamp: of the preview, so that exactly what it showed is begun.
    """

    on_bad: Annotated[
        Literal["skip", "refuse"], Field(description="refuse: begin nothing when a row is not as it should be.")
    ] = "skip"
    stamp: Annotated[str, Field(max_length=40)] = ""
    confirm_negatives: Annotated[
        int | None, Field(ge=1, description="How many lose content, where that is above the limits; scope admin.")
    ] = None

    @model_validator(mode="after")
    def _some(self) -> "BulkStartInput":
        if self.ids == []:
            raise PydanticCustomError("bulk_ids_empty", "Give ids, or leave them out for all that the filters find.")
        return self


class AgainInput(Input):
    """Try again, or take back, what a job did."""

    reason: Text = ""
    confirm_negatives: Annotated[int | None, Field(ge=1)] = None


class BulkJobQuery(ListQuery):
    """Filters of the list of jobs."""

    status: Status | None = None
    kind: Kind | None = None


class BulkLineQuery(ListQuery):
    """Filters of the lines of a job."""

    outcome: Outcome | None = None


class CallsOut(Out):
    """About how many calls a platform gets; ``minutes``: at least, null where it has no limit."""

    integration: str
    count: int
    minutes: int | None


class LeftOutOut(Out):
    """One row that is left out, and why."""

    subject_id: int
    outcome: Outcome
    bad: bool
    error: FailureOut


class BulkPreviewOut(Out):
    """What an action would do. ``left_out`` names up to 1,000 rows that are not as they should be."""

    total: int
    ready: int
    idle: int
    bad: int
    left_out: list[LeftOutOut]
    losing: int
    cancels: int
    value: Annotated[str, Field(description="R$ per month that the rows which lose content are worth.")]
    calls: list[CallsOut]
    needs_confirmation: bool
    stamp: str


class BulkJobOut(Out):
    """A job. ``subject`` says what its rows are: account, service, package, plan, orphan."""

    id: int
    kind: str
    table: str
    subject: str
    filters: dict[str, str]
    params: dict[str, str]
    status: Status
    stopping: bool
    total: int
    done: int
    skipped: int
    failed: int
    reason: str
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: FailureOut | None
    undo_of_id: int | None
    retry_of_id: int | None


class BulkLineJobOut(Out):
    """What became of one row."""

    id: int
    subject_id: int
    outcome: Outcome
    error: FailureOut | None


class BulkJobDetailOut(BulkJobOut):
    """A job with a page of its lines."""

    items: list[BulkLineJobOut]
    next_cursor: str | None


class BulkJobPage(Out):
    """A page of jobs."""

    items: list[BulkJobOut]
    next_cursor: str | None
