"""Reconciliations and the history."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from webapp.api.paging import Id, ListQuery, Moment
from webapp.api.schemas.common import AT, FailureOut, Out
from webapp.services.inputs import Input

Mode = Literal["plan", "apply"]
RunStatus = Literal["running", "done", "staged", "refused", "failed"]

RUN_IN = {"integration_id": 1, "mode": "plan"}
RUN = {
    "id": 61,
    "integration_id": 1,
    "mode": "plan",
    "trigger": "manual",
    "status": "done",
    "started_at": AT,
    "finished_at": AT,
    "complete": True,
    "counts": {"listed": 200, "expected": 200, "missing": 1},
    "staged": 0,
    "checksum": "c0ffee",
    "error": None,
    "requested_by": "token:erp",
    "approved_by": "",
    "approved_at": None,
}
RUN_ITEM = {
    "id": 71,
    "account_id": 41,
    "login": "maria@example.com",
    "situation": "missing",
    "action": "create",
    "outcome": "planned",
    "before": {},
    "after": {"state": "active"},
}
EVENT = {
    "id": 81,
    "at": AT,
    "actor": "token:erp",
    "action": "service.status",
    "object": {"type": "service", "id": 21, "label": "17711"},
    "before": {"status": "servico_habilitado"},
    "after": {"status": "suspenso_debito"},
    "reason": "",
}


class RunInput(Input):
    """Start a reconciliation: ``plan`` only compares, ``apply`` mends within the limits."""

    integration_id: Id
    mode: Mode = "plan"


class ApprovalInput(Input):
    """The checksum of the plan that was read; another plan must be approved anew."""

    checksum: str = Field(min_length=1, max_length=64)


class RunQuery(ListQuery):
    """Filters of the list of reconciliations."""

    integration_id: Id | None = None
    status: RunStatus | None = None
    mode: Mode | None = None


class RunOut(Out):
    """One comparison of desired with observed. ``staged``: changes that wait for an approval."""

    id: int
    integration_id: int
    mode: Mode
    trigger: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None
    complete: bool
    counts: dict[str, int]
    staged: int
    checksum: str
    error: FailureOut | None
    requested_by: str
    approved_by: str
    approved_at: datetime | None


class RunPage(Out):
    """A page of reconciliations, newest first."""

    items: list[RunOut]
    next_cursor: str | None


class RunItemOut(Out):
    """One account that differs, or one that nobody here made."""

    id: int
    account_id: int | None
    login: str
    situation: str
    action: str
    outcome: str
    before: dict[str, Any]
    after: dict[str, Any]


class RunDetailOut(RunOut):
    """A reconciliation with a page of its lines."""

    items: list[RunItemOut]
    next_cursor: str | None


class EventQuery(ListQuery):
    """Filters of the history."""

    actor: str | None = Field(default=None, max_length=254)
    action: str | None = Field(default=None, max_length=60)
    object_type: str | None = Field(default=None, max_length=40)
    object_id: Id | None = None
    since: Moment | None = None
    until: Moment | None = None


class EventObjectOut(Out):
    """What an event was about."""

    type: str
    id: int | None
    label: str


class EventOut(Out):
    """One thing that happened."""

    id: int
    at: datetime
    actor: str
    action: str
    object: EventObjectOut
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str


class EventPage(Out):
    """A page of the history, newest first."""

    items: list[EventOut]
    next_cursor: str | None
