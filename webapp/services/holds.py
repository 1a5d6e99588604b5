"""When an account is really tried next: not before its whole integration may be asked again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.clock import utc_now
from webapp.decide.breaker import load_breaker
from webapp.models import Account, Integration


@dataclass(frozen=True)
class Hold:
    """Why an integration is asked nothing now; ``until`` None = until a person acts."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None


@dataclass(frozen=True)
class NextTry:
    """When an account is tried next: ``at`` None = not by itself; ``hold`` says what it waits for."""

    at: datetime | None
    hold: Hold | None = None

    @property
    def is_now(self) -> bool:
        """Tell whether its time has come."""
        return self.at is not None and self.at <= utc_now()


def hold_of(integration: Integration) -> Hold | None:
    """Return why an integration is asked nothing now, or None when it may be asked."""
    if not integration.active:
        return Hold("integration_inactive", {"description": integration.description})
    now = utc_now()
    if integration.paused_code and (integration.paused_until is None or integration.paused_until > now):
        return Hold(integration.paused_code, integration.paused_params, integration.paused_until)
    until = load_breaker(integration.breaker).open_until
    if until and datetime.fromisoformat(until) > now:
        return Hold("waits_unreachable", {"integration": integration.description}, datetime.fromisoformat(until))
    return None


def next_try(account: Account) -> NextTry | None:
    """Return when an account is tried next, or None when nothing is to be sent."""
    if account.due_at is None:
        return None
    hold = hold_of(account.integration)
    if hold is None:
        return NextTry(account.due_at)
    return NextTry(max(hold.until, account.due_at) if hold.until else None, hold)
