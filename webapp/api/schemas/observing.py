"""A hub that only observes, and what it would take over."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from webapp.api.paging import Id
from webapp.api.schemas.common import AT, FailureOut, Out
from webapp.services.inputs import Input

State = Literal["unread", "reading", "ready", "writing", "trouble"]
PLAN_IN = {"integration_id": None}
APPROVE_IN = {"plans": [{"run_id": 61, "checksum": "c0ffee"}]}
PLATFORM = {
    "integration_id": 1,
    "description": "NX Play",
    "state": "ready",
    "run_id": 61,
    "checksum": "c0ffee",
    "counts": {"adopted": 160, "create": 3},
    "error": None,
}
WHY = {
    "code": "observing_older",
    "cause": "An older copy of the database was put back: what happened on the platforms since then is not in it.",
    "remedy": "Open the page Observing, have the sources and platforms read, and approve the adoption.",
    "field": None,
}
OBSERVING = {"observing": True, "since": AT, "why": WHY, "platforms": [PLATFORM]}


class AdoptionPlanInput(Input):
    """Have platforms read and plan what would be taken over; ``integration_id`` null = all of them."""

    integration_id: Id | None = None


class ApprovedPlan(Input):
    """One plan, with the checksum that was read."""

    run_id: Id
    checksum: str = Field(min_length=1, max_length=64)


class AdoptionApprovalInput(Input):
    """The plans that shall be carried out; one that changed since is refused."""

    plans: Annotated[list[ApprovedPlan], Field(min_length=1, max_length=500)]


class HeldPlatformOut(Out):
    """One platform that nothing is sent to, and its latest plan."""

    integration_id: int
    description: str
    state: State
    run_id: int | None
    checksum: str
    counts: dict[str, int]
    error: FailureOut | None


class ObservingOut(Out):
    """Whether the hub only observes, why, and how its adoption stands."""

    observing: bool
    since: datetime | None
    why: FailureOut | None
    platforms: list[HeldPlatformOut]
