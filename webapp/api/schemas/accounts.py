"""Accounts on platforms, and the calls made for them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from webapp.api.paging import Id, ListQuery, Moment
from webapp.api.schemas.common import AT, ChangedQuery, FailureOut, Out
from webapp.services.inputs import Input, Params

Status = Literal["pending", "active", "suspended", "cancelled", "waiting_user", "blocked", "parked"]

ACCOUNT = {
    "id": 41,
    "integration_id": 1,
    "service_code": "17711",
    "customer_code": "1234",
    "login": "maria@example.com",
    "status": "active",
    "desired": "active",
    "observed": "active",
    "observed_at": AT,
    "applied_at": AT,
    "remote_ids": {"id": "a1b2"},
    "kept": None,
    "error": None,
    "next_attempt_at": None,
    "created_at": AT,
    "updated_at": AT,
}
ATTEMPT = {
    "id": 51,
    "integration_id": 1,
    "account_id": 41,
    "operation": "create",
    "unit": "account",
    "key": "acc-41-g1",
    "started_at": AT,
    "finished_at": AT,
    "outcome": "ok",
    "http_status": 201,
    "latency_ms": 84,
    "request": {"method": "POST", "url": "https://nxplay.example.com/users"},
    "response": {"status": 201},
    "error": None,
}


class AccountQuery(ChangedQuery):
    """Filters of the list of accounts."""

    integration_id: Id | None = None
    status: Status | None = None
    service_code: str | None = Field(default=None, max_length=60)
    customer_code: str | None = Field(default=None, max_length=60)
    login: str | None = Field(default=None, max_length=254)
    kept: bool | None = Field(default=None, description="Only those that an undo keeps as they were, or only others.")


class KeptOut(Out):
    """An account that was given back stays at least so, whatever the status of its service asks for."""

    content: Literal["active", "suspended"]
    reason: str
    since: datetime | None


class LiftInput(Input):
    """Accounts that shall follow their status again, and why; the reason stands in the history."""

    account_ids: list[Id] = Field(min_length=1, max_length=1000)
    reason: str = Field(min_length=1, max_length=200)


class AccountOut(Out):
    """What one service has, or shall have, on one integration.

    ``next_attempt_at`` null: nothing is left to do, or a person must act (see ``error``).
    ``kept`` null: what its service asks for counts.
    """

    id: int
    integration_id: int
    service_code: str
    customer_code: str
    login: str
    status: Status
    desired: str
    observed: str | None
    observed_at: datetime | None
    applied_at: datetime | None
    remote_ids: dict[str, str]
    kept: KeptOut | None
    error: FailureOut | None
    next_attempt_at: datetime | None
    created_at: datetime
    updated_at: datetime


class AccountPage(Out):
    """A page of accounts."""

    items: list[AccountOut]
    next_cursor: str | None


class SettleInput(Input):
    """What a person found out about a parked account: is it on the platform?

    ``remote_ids``: the platform's own ids by name, where it cannot be asked for them.
    """

    exists: bool
    remote_ids: Params = Field(default_factory=dict)


class ResendQuery(BaseModel):
    """What is sent once more."""

    model_config = ConfigDict(extra="forbid")
    sale_id: Id | None = Field(
        default=None, description="Only what belongs to this package sold, where a platform is told of each by itself."
    )


class AttemptQuery(ListQuery):
    """Filters of the attempts of an account."""

    outcome: str | None = Field(default=None, max_length=20, description="ok, already, gone, or the kind of failure.")
    operation: str | None = Field(default=None, max_length=20, description="create, suspend, cancel, ...")
    since: Moment | None = Field(default=None, description="Begun at or after this time.")
    until: Moment | None = Field(default=None, description="Begun before this time.")


class AllAttemptsQuery(AttemptQuery):
    """Filters of all attempts."""

    integration_id: Id | None = None
    account_id: Id | None = None


class AttemptOut(Out):
    """One call to a platform; request and response are masked. ``outcome`` null: still open."""

    id: int
    integration_id: int
    account_id: int | None
    operation: str
    unit: str
    key: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    http_status: int | None
    latency_ms: int | None
    request: dict[str, Any] | None
    response: dict[str, Any] | None
    error: FailureOut | None


class AttemptPage(Out):
    """A page of attempts, newest first."""

    items: list[AttemptOut]
    next_cursor: str | None
