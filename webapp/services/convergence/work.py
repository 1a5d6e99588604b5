"""What is handed from one part of convergence to the next."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.decide.breaker import Breaker
from webapp.decide.calendar import Calendar
from webapp.decide.state import Intent, UnitState
from webapp.gateways.contract import Connection, Exchange, Gateway, LookUp, Operation, Reply, Subject
from webapp.gateways.errors import GatewayError


@dataclass
class Lane:
    """One integration under way: what it may do now, and what was learned in this cycle.

    Attributes:
        calendar: when nobody is suspended, in the zone ``timezone``.
        billing_day: on which the platform counts whom it bills, with the hours before it in which cancels go first.
    """

    integration_id: int
    gateway: Gateway
    connection: Connection
    follow_status: bool
    status_rules: dict[str, str]
    status_scope: str
    concurrency: int
    rate_per_s: float | None
    schedule: list[float] | None
    breaker: Breaker
    auth_failures: int
    paused_code: str | None
    paused_until: datetime | None
    timezone: str = "UTC"
    calendar: Calendar = field(default_factory=Calendar)
    billing_day: int | None = None
    billing_lead_h: int = 0


@dataclass(frozen=True)
class Claim:
    """One account under our lease.

    Attributes:
        token: fences: an outcome counts only with it.
        keep: never less than this.
        lease_until: a call that could not end before it does not begin any more; None = nobody else may take it.
    """

    account_id: int
    service_id: int
    integration_id: int
    token: int
    generation: int
    login: str
    frozen: bool
    remote_ids: dict[str, str]
    units: dict[str, UnitState]
    verify_first: bool
    tries: int
    keep: str = ""
    lease_until: datetime | None = None


@dataclass(frozen=True)
class Job:
    """One call to make, its intent already recorded.

    Attributes:
        rights: (sale id, product id) pairs that take the unit's new state once it succeeds.
        last: when it succeeds, nothing else is left to do for this generation.
        parcel: jobs of one plan with the same number go in one call.
        leaves: pairs that are gone once it succeeds, though the unit stays.
    """

    claim: Claim
    unit_key: str
    operation: Operation
    intent: Intent
    subject: Subject
    rights: tuple[tuple[int, int], ...]
    content: str
    last: bool
    attempt_id: int
    gateway: Gateway
    connection: Connection
    parcel: int = 0
    leaves: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Result:
    """How a call ended: with a reply, with a look-up, or with an error.

    Attributes:
        parcel: the same for all whose call was one and the same; 0 = this one went alone.
    """

    job: Job
    reply: Reply | None = None
    look_up: LookUp | None = None
    error: GatewayError | None = None
    parcel: int = 0

    @property
    def outcome(self) -> str:
        """One word for how it ended."""
        if self.error is not None:
            return self.error.kind
        if self.reply is not None:
            return str(self.reply.outcome)
        return "found" if self.look_up is not None and self.look_up.found is not None else "not_found"

    @property
    def exchange(self) -> Exchange | None:
        """What went over the line, masked; None when nothing did."""
        for part in (self.error, self.reply, self.look_up):
            if part is not None:
                return part.exchange
        return None


Row = dict[str, Any]
