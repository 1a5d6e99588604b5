"""Reconciliations and the history."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from webapp.api.paging import Id, ListQuery, Moment
from webapp.api.schemas.common import AT, FailureOut, Out
from webapp.services.inputs import Input

Mode = Literal["plan", "apply"]
Asked = Literal["full", "sample"]
Reading = Literal["full", "probes", "sample", "changes", "look", "none"]
RunStatus = Literal[
    "running", "applying", "paused", "done", "staged", "refused", "failed", "stopped", "rejected", "expired"
]  # fmt: skip

RUN_IN = {"integration_id": 1, "mode": "plan"}
CAUSE = {
    "code": "cause_status", "params": {"status": "suspenso_debito", "by": "HubSoft"}, "count": 30, "percent": 100.0,
    "value": "897.00", "from": "2026-11-12", "until": "2026-11-20",
}  # fmt: skip
EXAMPLE = {
    "account_id": 41, "login": "maria@example.com", "name": "Maria da Silva", "action": "suspend",
    "code": "cause_status", "params": {"status": "suspenso_debito", "by": "HubSoft"}, "value": "29.90",
}  # fmt: skip
RADIUS = {
    "count": 30, "accounts": 30, "actions": {"suspend": 30}, "value": "897.00", "causes": [CAUSE],
    "examples": [EXAMPLE],
}  # fmt: skip
LIMITS = {
    "floor": 20, "run_percent": 5.0, "day_percent": 10.0, "base": 200, "run": 20, "run_cancels": 10, "day": 20,
    "day_cancels": 10, "spent": 0, "spent_cancels": 0, "hit": "run", "found": 30, "most": 20,
}  # fmt: skip
RUN: dict[str, Any] = {
    "id": 61,
    "integration_id": 1,
    "mode": "apply",
    "reading": "full",
    "trigger": "schedule",
    "status": "staged",
    "started_at": AT,
    "finished_at": None,
    "expires_at": AT,
    "complete": True,
    "counts": {"listed": 200, "pages": 2, "expected": 200, "state": 30, "planned": 0, "staged": 30, "reported": 0},
    "staged": 30,
    "findings": [],
    "limits": LIMITS,
    "radius": RADIUS,
    "checksum": "c0ffee",
    "error": None,
    "requested_by": "system",
    "approved_by": "",
    "approved_at": None,
    "reason": "",
    "undo_of_id": None,
    "undo_pull_id": None,
    "superseded_by_id": None,
}
STARTED: dict[str, Any] = {
    **RUN, "mode": "plan", "trigger": "manual", "status": "running", "expires_at": None, "complete": False,
    "counts": {}, "staged": 0, "limits": {}, "radius": {}, "checksum": "", "requested_by": "token:erp",
}  # fmt: skip
RUN_ITEM = {
    "id": 71,
    "account_id": 41,
    "login": "maria@example.com",
    "situation": "state",
    "action": "suspend",
    "outcome": "staged",
    "before": {"state": "active"},
    "after": {"state": "suspended"},
    "cause": {"code": "cause_status", "params": {"status": "suspenso_debito"}, "text": "The service is suspended."},
    "value": "29.90",
    "queued_at": None,
    "ended_at": None,
    "error": None,
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
    """Start a reconciliation: ``plan`` only compares, ``apply`` mends within the limits.

    ``reading``: ``full`` reads all that the platform lists; ``sample`` asks about ``count`` accounts chosen by
    chance, and only compares.
    """

    integration_id: Id
    mode: Mode = "plan"
    reading: Asked = "full"
    count: int | None = Field(default=None, ge=1, le=2000)


class ApprovalInput(Input):
    """The checksum of the batch that was read; another one must be approved anew. ``item_ids``: only these lines."""

    checksum: str = Field(min_length=1, max_length=64)
    item_ids: list[Id] | None = Field(default=None, min_length=1, max_length=10_000)


class ReasonInput(Input):
    """Why; it stands in the history."""

    reason: str = Field(min_length=1, max_length=200)


class RunQuery(ListQuery):
    """Filters of the list of reconciliations."""

    integration_id: Id | None = None
    status: RunStatus | None = None
    mode: Mode | None = None
    reading: Reading | None = None


class RunItemQuery(ListQuery):
    """Filters of the lines of a reconciliation."""

    outcome: str | None = Field(default=None, max_length=16)
    action: str | None = Field(default=None, max_length=16)
    situation: str | None = Field(default=None, max_length=16)


class FindingOut(Out):
    """What was found wrong with a reading, and what it forbids: missing, negative, belief, anything."""

    code: str
    text: str
    effects: list[str]


class RunOut(Out):
    """One comparison of desired with observed. ``staged``: changes that wait for an approval.

    ``radius``: what the negative part takes away: from how many, why, R$ per month, examples. ``limits``: what it was
    measured by; ``hit`` names the limit that was passed.
    """

    id: int
    integration_id: int
    mode: Mode
    reading: Reading
    trigger: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    complete: bool
    counts: dict[str, int]
    staged: int
    findings: list[FindingOut]
    limits: dict[str, Any]
    radius: dict[str, Any]
    checksum: str
    error: FailureOut | None
    requested_by: str
    approved_by: str
    approved_at: datetime | None
    reason: str
    undo_of_id: int | None
    undo_pull_id: int | None
    superseded_by_id: int | None


class RunPage(Out):
    """A page of reconciliations, newest first."""

    items: list[RunOut]
    next_cursor: str | None


class RunList(Out):
    """The reconciliations that were begun."""

    items: list[RunOut]


class CauseOut(Out):
    """Why an account shall be as the line says."""

    code: str
    params: dict[str, Any]
    text: str


class RunItemOut(Out):
    """One account that differs, or one that nobody here made.

    ``outcome``: planned, staged (waits for a person), waiting, queued, proven (read back), sent (accepted, and the
    platform cannot be read), unproven, skipped (it moved on), reported, rejected, lapsed, undone. ``value``: R$ per
    month.
    """

    id: int
    account_id: int | None
    login: str
    situation: str
    action: str
    outcome: str
    before: dict[str, Any]
    after: dict[str, Any]
    cause: CauseOut | None
    value: str | None
    queued_at: datetime | None
    ended_at: datetime | None
    error: FailureOut | None


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
