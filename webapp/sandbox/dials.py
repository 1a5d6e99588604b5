"""The dials: how slow, how broken and how able a tenant's platform is.

A dial set is one flat fault, any number of further ``faults``, and lasting traits of the
platform. Setting dials starts every count anew.
"""

import random
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from webapp.sandbox import signature

Garbage = Literal[
    "html",
    "empty",
    "truncated_json",
    "cut_body",
    "not_utf8",
    "duplicate_keys",
    "nan",
    "error_in_200",
    "wrong_subscriber",
    "huge",
    "gzip_bomb",
]
ListFault = Literal["half_page", "drop_page", "repeat_page", "empty", "wrong_total", "missing_total", "html", "error"]
When = Literal["before", "after"]


class Fault(BaseModel):
    """One way to fail, and which calls it strikes.

    Attributes:
        operations: only these; empty = all. Names as in the ledger.
        fail_after: the first so many calls pass.
        fail_next: then so many are struck; None = all.
        fail_rate: of those, this share, by a generator that ``seed`` starts.
        when: before or after the effect. A status is played before, garbage after, unless told.
        reset: reset the connection before or after the effect.
        latency_after_effect_ms: the effect is there at once, the answer comes later: a time-out.
        body_delay_ms: pause after each byte of the answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    operations: tuple[str, ...] = ()
    fail_after: int = Field(default=0, ge=0)
    fail_next: int | None = Field(default=None, ge=0)
    fail_rate: float | None = Field(default=None, ge=0, le=1)
    seed: int = 0
    when: When | None = None
    status: int | None = Field(default=None, ge=100, le=599)
    headers: dict[str, str] = {}
    retry_after: int | str | None = None
    body: Any = None
    reset: When | None = None
    garbage: Garbage | None = None
    latency_after_effect_ms: float = Field(default=0, ge=0)
    body_delay_ms: float = Field(default=0, ge=0)

    @property
    def limited(self) -> bool:
        return self.fail_next is not None or self.fail_rate is not None

    @property
    def answers(self) -> bool:
        """Tell whether it takes the place of the platform's answer."""
        return self.status is not None or self.garbage is not None or self.reset is not None

    @property
    def plays(self) -> bool:
        """Tell whether it does anything by itself."""
        return bool(self.answers or self.headers or self.latency_after_effect_ms or self.body_delay_ms)

    @property
    def before_effect(self) -> bool:
        if self.reset is not None:
            return self.reset == "before"
        return (self.when or ("before" if self.status else "after")) == "before"

    @property
    def names(self) -> list[str]:
        """Return what the ledger says about it."""
        shown = ("status", "reset", "garbage", "latency_after_effect_ms", "body_delay_ms", "when")
        return [f"{name}={getattr(self, name)}" for name in shown if getattr(self, name)]


class Board(Fault):
    """What every dial set has: a fault, further faults, and a pause.

    Attributes:
        latency_ms: before the effect, of every call that ``operations`` names.
    """

    faults: tuple[Fault, ...] = ()
    latency_ms: float = Field(default=0, ge=0)

    def all_faults(self) -> list[Fault]:
        """Return every fault that can strike, the flat one first."""
        flat = Fault.model_validate(self.model_dump(include=set(Fault.model_fields)))
        return [_with_default(fault) for fault in (flat, *self.faults) if fault.limited or fault.plays]


class Dials(Board):
    """All dials of one tenant's platform: its faults, and what it can do.

    Attributes:
        lag_s: a change shows in listings and look-ups only so much later.
        honours_key: a repeated ``Idempotency-Key`` gets the first answer again for ``key_ttl_s``.
        key_keeps_errors: a failure played under a key is given again for that key, for ever.
        unique_email: a second subscriber with a live e-mail is refused.
        lookup: GET by external_id or e-mail works; otherwise it is answered 501.
        listing: the listing works; otherwise it is answered 501.
        capacity: most live subscribers; one more is answered 402.
        list_page: the page that ``list_fault`` strikes; None = see ``listing.py``.
        secrets: the webhook receiver's signing secrets; empty = signatures are not checked.
    """

    token: str = "sandbox-token"
    lag_s: float = Field(default=0, ge=0)
    honours_key: bool = True
    key_ttl_s: float = Field(default=86_400, ge=0)
    key_keeps_errors: bool = False
    unique_email: bool = True
    lookup: bool = True
    listing: bool = True
    show_cancelled: bool = False
    capacity: int | None = Field(default=None, ge=0)
    list_fault: ListFault | None = None
    list_page: int | None = Field(default=None, ge=1)
    total_offset: int = 7
    secrets: tuple[str, ...] = ()
    tolerance_s: float = Field(default=300, ge=0)

    @field_validator("secrets")
    @classmethod
    def _readable(cls, secrets: tuple[str, ...]) -> tuple[str, ...]:
        for secret in secrets:
            signature.key_of(secret)
        return secrets


def _with_default(fault: Fault) -> Fault:
    """A fault that is only counted is a plain 500."""
    return fault if fault.plays else fault.model_copy(update={"status": 500})


class Trigger:
    """Counts the calls that one fault is about, and says which of them it strikes."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._seen = 0
        self._struck = 0
        self._random = random.Random(fault.seed)

    def strikes(self, operation: str) -> bool:
        """Count this call and tell whether the fault is played on it."""
        if self.fault.operations and operation not in self.fault.operations:
            return False
        self._seen += 1
        if self._seen <= self.fault.fail_after or self._struck == self.fault.fail_next:
            return False
        if self.fault.fail_rate is not None and self._random.random() >= self.fault.fail_rate:
            return False
        self._struck += 1
        return True


Kind = TypeVar("Kind", bound=Board)


class Panel(Generic[Kind]):
    """One dial set as it stands, with its counts."""

    def __init__(self, dials: Kind) -> None:
        self.set(dials)

    def set(self, dials: Kind) -> None:
        """Replace all dials; counts start anew."""
        self.dials = dials
        self._triggers = [Trigger(fault) for fault in dials.all_faults()]

    def strike(self, operation: str) -> Fault | None:
        """Count the call for every fault; return the first that strikes it."""
        struck = [trigger.fault for trigger in self._triggers if trigger.strikes(operation)]
        return struck[0] if struck else None

    def latency_s(self, operation: str) -> float:
        """Return how long the call waits before its effect, in seconds."""
        named = not self.dials.operations or operation in self.dials.operations
        return self.dials.latency_ms / 1000 if named else 0.0
