"""What is known of one package sold, from the ERP to the platform: what ``why.py`` judges. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from webapp.decide.causes import Cause, Situated, Sold, asked_by_status
from webapp.decide.policy import Content, at_least
from webapp.decide.state import ABSENT, NONE


class Light(StrEnum):
    """How a link of the chain stands; grey = nobody knows, or it does not matter."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


class Part(StrEnum):
    """The links of the chain, in their order."""

    SOURCE = "source"
    WANTED = "wanted"
    SENT = "sent"
    THERE = "there"


@dataclass(frozen=True)
class SourceFacts:
    """The ERP, or spreadsheet, that brings the service.

    Attributes:
        seen_at: when it last showed the service; ``missing_since``: whole readings have lacked it since then.
        paused: message code of why it is not read now; empty = it is.
        active: it is switched on.
    """

    name: str
    seen_at: datetime | None = None
    missing_since: datetime | None = None
    paused: str = ""
    paused_params: Mapping[str, Any] = field(default_factory=dict)
    active: bool = True


@dataclass(frozen=True)
class WayFacts:
    """The integration that leads to the platform, as it is now.

    Attributes:
        hold: message code of why it is asked nothing; empty = it may be asked.
        until: when it is asked again by itself; None with a hold = a person must act.
        silent: the hold is only that the platform does not answer now.
        observing: the hub only observes it, until somebody approves.
        finds: the platform can be asked about one account; ``lists``: about all of them.
    """

    name: str
    active: bool = True
    hold: str = ""
    hold_params: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None
    silent: bool = False
    observing: bool = False
    finds: bool = False
    lists: bool = False


@dataclass(frozen=True)
class AccountFacts:
    """What was sent for this package, and what was seen.

    Attributes:
        status: of the account, one of ``models.account.STATUSES``.
        applied: the most alive state of the package's own products, as last accepted by the platform.
        settled: nothing of this package is left to send, whatever else waits on the account.
        leased: a call is under way at this moment.
        kind, code, params, data_field: the last trouble.
        seen, seen_at: what a look at this account showed; ``read_at``: of all accounts, by a reading without trouble.
        missing_since: a whole reading did not show it.
        looking: somebody asked for a look that has not been made yet.
        run_id, run_waits: a reconciliation found a difference that is open; it waits for a person.
    """

    status: str
    applied: str = NONE
    settled: bool = False
    due_at: datetime | None = None
    leased: bool = False
    kind: str = ""
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    data_field: str = ""
    at: datetime | None = None
    applied_at: datetime | None = None
    seen: str = ""
    seen_at: datetime | None = None
    read_at: datetime | None = None
    missing_since: datetime | None = None
    looking: bool = False
    run_id: int | None = None
    run_waits: bool = False

    @property
    def live(self) -> bool:
        """Something of the package is, or may be, on the platform."""
        return self.applied not in (NONE, ABSENT)

    @property
    def shown_at(self) -> datetime | None:
        """Return when the platform last showed how it stands."""
        return max((at for at in (self.seen_at, self.read_at) if at is not None), default=None)

    @property
    def shown_since_sent(self) -> bool:
        """Tell whether the platform was read after the last change was accepted."""
        return self.shown_at is not None and (self.applied_at is None or self.shown_at >= self.applied_at)


@dataclass(frozen=True)
class Facts:
    """Everything that the answer for one package depends on.

    Attributes:
        sold: the package; ``products`` empty = it gives nothing.
        situated: status, dates and rules of the service on this integration.
        source: None = kept by hand.
        way: None = the package has no platform.
        account: None = nothing was ever to be sent.
        words: names for the sentences: ``package``, ``platform``, ``plan``.
    """

    now: datetime
    sold: Sold
    situated: Situated
    source: SourceFacts | None = None
    way: WayFacts | None = None
    account: AccountFacts | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def asked(self) -> tuple[Content, Cause]:
        """What the status asks for, and why; never less than what is kept."""
        content, cause = asked_by_status(self.situated)
        kept = at_least(content, self.situated.keep)
        if kept is content:
            return content, cause
        params = {"since": self.situated.keep_since, "reason": self.situated.keep_reason}
        return kept, Cause("cause_kept", params)

    @property
    def status(self) -> str:
        """Return the status that counts."""
        return str(self.asked[1].params.get("status") or self.situated.status)

    @property
    def behind(self) -> bool:
        """Tell whether something of this package is to be sent."""
        return self.account is not None and self.account.due_at is not None and not self.account.settled
