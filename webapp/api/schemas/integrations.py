"""Integrations and their products."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from webapp.api.paging import ListQuery
from webapp.api.schemas.common import AT, FailureOut, Out
from webapp.services.inputs import Input, IntegrationInput

Scope = Literal["service", "customer"]
SCOPE_SAYS = (
    "Whose status counts: of the `service` that carries the package, or the best of all services of its `customer`; "
    "then one that is suspended or waits is lifted by one that pays, and one that ended never."
)
INTEGRATION_IN = {
    "gateway": "nx_play",
    "description": "NX Play",
    "single_package": False,
    "follow_status": True,
    "status_scope": "service",
    "active": True,
    "params": {"url": "https://nxplay.example.com", "token": "s3cret"},
}
INTEGRATION = {
    **INTEGRATION_IN,
    "id": 1,
    "params": {"url": "https://nxplay.example.com", "token": None},
    "secret_params_set": ["token"],
    "callback_url": "https://hub.example.com/callback/9fK2",
    "concurrency": None,
    "rate_per_s": None,
    "reconcile_interval_s": 3600,
    "status_rules": {},
    "paused": None,
    "paused_until": None,
    "created_at": AT,
    "updated_at": AT,
}
PRODUCT_IN = {"code": "premium", "name": "Premium", "description": "", "active": True}
PRODUCT = {
    **PRODUCT_IN,
    "id": 7,
    "integration_id": 1,
    "hidden": False,
    "missing_since": None,
    "created_at": AT,
    "updated_at": AT,
}


class IntegrationIn(IntegrationInput):
    """An integration as a whole. A secret that is left out, or null as it is read, keeps its value."""

    status_scope: Scope = Field(default="service", description=SCOPE_SAYS)
    status_rules: dict[str, Literal["active", "suspended", "keep", "absent"]] = Field(
        default_factory=dict, description="Service status -> what it means there; only what differs from the default."
    )
    # JSON has no infinity, so none may come in and be given out.
    rate_per_s: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @field_validator("params", mode="before")
    @classmethod
    def _null_keeps(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value is not None} if isinstance(given, dict) else given


class IntegrationQuery(ListQuery):
    """Filters of the list of integrations."""

    gateway: str | None = Field(default=None, max_length=60)
    active: bool | None = None


class IntegrationOut(Out):
    """One configured connection. Secrets are null; ``secret_params_set`` names those that have a value.

    ``callback_url`` is a secret address: null unless the token has the scope ``admin``.
    """

    id: int
    gateway: str
    description: str
    single_package: bool
    follow_status: bool
    status_scope: Scope = Field(description=SCOPE_SAYS)
    active: bool
    params: dict[str, str | None]
    secret_params_set: list[str]
    callback_url: str | None
    concurrency: int | None
    rate_per_s: float | None
    reconcile_interval_s: int
    status_rules: dict[str, str]
    paused: FailureOut | None
    paused_until: datetime | None
    created_at: datetime
    updated_at: datetime


class IntegrationPage(Out):
    """A page of integrations."""

    items: list[IntegrationOut]
    next_cursor: str | None


class StepOut(Out):
    """One step of a test. ``exchange`` is what was sent and answered, masked."""

    name: str
    ok: bool
    failure: FailureOut | None
    exchange: dict[str, Any] | None


class TestOut(Out):
    """How a test of the connection went; ``ok`` when every step did."""

    # Its name is no test of ours.
    __test__ = False

    ok: bool
    steps: list[StepOut]


class ProductQuery(ListQuery):
    """Filters of the list of products."""

    active: bool | None = None
    hidden: bool | None = None


class ProductSwitch(Input):
    """What is left out, or null, stays."""

    active: bool | None = None
    hidden: bool | None = None


class SyncQuery(BaseModel):
    """Whose products are read, where each customer has a list of his own on the platform."""

    model_config = ConfigDict(extra="forbid")
    customer_code: str = Field(default="", max_length=60, description="Only for such a platform; else not looked at.")


class ProductOut(Out):
    """What the platform sells. ``missing_since``: it vanished from the platform's list then.

    ``hidden``: kept out of the screens' lists and choices.
    """

    id: int
    integration_id: int
    code: str
    name: str
    description: str
    active: bool
    hidden: bool
    missing_since: datetime | None
    created_at: datetime
    updated_at: datetime


class ProductPage(Out):
    """A page of products."""

    items: list[ProductOut]
    next_cursor: str | None


class SyncOut(Out):
    """What a synchronisation found: codes of products, and how many stayed as they were."""

    added: list[str]
    changed: list[str]
    missing: list[str]
    unchanged: int
