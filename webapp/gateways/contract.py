"""What a gateway declares and does: the one contract between the hub and any platform.

A gateway is stateless and shared by threads; everything that belongs to one configured
connection comes in as a ``Connection``. All verbs raise only from ``gateways/errors.py``.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from webapp.gateways.declaration import (
    Constraints,
    Guarantee,
    Limits,
    Operation,
    Outcome,
    ParamSpec,
    PasswordRule,
    ProductSource,
    RemoteState,
    Secret,
    Sheet,
    Traits,
    Trust,
    Unit,
)
from webapp.gateways.identity import same_document

if TYPE_CHECKING:
    from webapp.gateways.errors import GatewayError
    from webapp.gateways.http import HttpClient

__all__ = [
    "Constraints", "Guarantee", "Limits", "Operation", "Outcome", "ParamSpec", "PasswordRule", "ProductSource",
    "RemoteState", "Secret", "Sheet", "Traits", "Trust", "Unit",
    "AccountFacts", "CallbackAnswer", "CallbackQuestion", "CallbackRequest", "CheckStep", "CodeBox", "Connection",
    "CustomerFacts", "EventHint", "Exchange", "Gateway", "Listing", "LookUp", "Observed", "ProductFacts", "Progress",
    "Reply", "SaleFacts", "ServiceFacts", "Subject", "TokenStore", "Verdict", "same_document",
]  # fmt: skip


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, masked, as an operator may see it."""

    method: str
    url: str
    request_headers: Mapping[str, str] = field(default_factory=dict)
    request_body: str = ""
    status: int | None = None
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""
    latency_ms: int = 0


@dataclass(frozen=True)
class ProductFacts:
    """A product as the platform names it."""

    code: str
    name: str
    description: str = ""
    active: bool = True
    kind: str = ""


@dataclass(frozen=True)
class CustomerFacts:
    """Person or company; only what a platform may need to know."""

    id: int
    code: str
    name: str
    document: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class ServiceFacts:
    """One contracted plan; the password is plain here and masked everywhere else."""

    id: int
    code: str
    status: str
    login: str = ""
    password: Secret = Secret("")


@dataclass(frozen=True)
class SaleFacts:
    """One package sold, with the one product that an entitlement call is about."""

    id: int
    package_id: int
    package_code: str
    package_description: str
    product: ProductFacts
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AccountFacts:
    """What one service has, or shall have, on one integration.

    Attributes:
        reference: our own stable id for the account, sent where a platform keeps one.
        params: integration params below sale params, merged; secrets among them are Secret.
        products: codes, sorted, that shall be on the account.
    """

    id: int
    reference: str
    login: str
    password: Secret | None
    params: Mapping[str, str]
    products: tuple[ProductFacts, ...] = ()
    remote_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far an operation of several steps came; kept so that a repeat goes on where it failed.

    Attributes:
        done: names of the steps that need no repeat.
        found: those of them that only met what stood there before; they are never taken back.
        started_at: ISO 8601; when the first step of this intent ended, for a time limit.
    """

    operation: str = ""
    done: tuple[str, ...] = ()
    started_at: str = ""
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """Whom a call is about. ``sale`` is set when the gateway's unit is the entitlement.

    Attributes:
        others: how many other live rights, of this customer, stand on the same log-in there.
        progress: what an earlier try of the same intent already did.
    """

    account: AccountFacts
    customer: CustomerFacts
    service: ServiceFacts
    sale: SaleFacts | None = None
    others: int = 0
    progress: Progress = Progress()


@dataclass(frozen=True)
class Reply:
    """A call that ended well.

    Attributes:
        remote_ids: ids learned by this call, by name; merged into those known.
        state: what the platform says the account is now, where it says so.
    """

    outcome: Outcome = Outcome.OK
    remote_ids: Mapping[str, str] = field(default_factory=dict)
    state: RemoteState | None = None
    exchange: Exchange | None = None


@dataclass(frozen=True)
class Observed:
    """One account as the platform shows it. ``products`` None means: the platform does not say."""

    login: str
    state: RemoteState
    remote_ids: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    document: str = ""
    products: tuple[str, ...] | None = None

    def belongs_to(self, reference: str, document: str) -> bool:
        """Tell whether this is the subscriber's account; only a contradiction says no.

        A platform that keeps neither our reference nor the document knows the account by the
        log-in with which it was asked.
        """
        if self.reference and self.reference != reference:
            return False
        return same_document(document, self.document)


@dataclass(frozen=True)
class LookUp:
    """What asking for one account brought. ``found`` None: the platform clearly said that there is none.

    ``remote_ids``: learned on the way, true even then (the person is there, the right is not).
    """

    found: Observed | None = None
    exchange: Exchange | None = None
    remote_ids: Mapping[str, str] = field(default_factory=dict)


class Listing(Protocol):
    """A listing that is read page by page.

    Iterate it to the end first; only then ``complete`` tells whether it may be trusted.
    ``reason`` is a message code, empty when complete; ``reason_params`` are its values.
    ``covers`` are the states that it shows: who is in another one is absent from it, and that proves nothing.
    """

    complete: bool
    reason: str
    reason_params: Mapping[str, Any]
    covers: frozenset[RemoteState]
    pages: int
    stated_total: int | None

    def __iter__(self) -> Iterator[Observed]: ...


@dataclass(frozen=True)
class CheckStep:
    """One step of *Testar*: what was tried, how it ended, how long it took."""

    name: str
    ok: bool
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    exchange: Exchange | None = None


class TokenStore(Protocol):
    """Keeps what a platform gave us to show, for all processes and over restarts. Sealed where it lies."""

    def load(self) -> Mapping[str, str] | None:
        """Return what was saved last; None when nothing was, or it cannot be opened."""

    def save(self, token: Mapping[str, str]) -> None:
        """Keep this in place of what was there."""

    def renewing(self) -> AbstractContextManager[None]:
        """Be the only one, in all processes, who fetches a token; then load again before fetching."""


class CodeBox(Protocol):
    """Receives a code that the platform delivers to our redirect address."""

    def expect(self, state: str) -> None:
        """Announce a state that may come back once, for some minutes."""

    def wait(self, state: str, timeout_s: float) -> Secret | None:
        """Return the code that came with the state, or None when none came in time."""


@dataclass
class Connection:
    """One configured integration, as a gateway sees it. Shared by the threads of its lane.

    Attributes:
        params: integration params; secrets among them are ``Secret``.
        free_params: those that the gateway does not declare.
        now: the present in UTC; a gateway never reads the clock itself.
        cache: for tokens and the like; guard compound changes with ``lock``.
        callback_url: where the platform asks us at log-in; empty when nobody can know it.
        redirect_url: where the platform delivers a code.
        tokens, codes: None where there is no database, such as a try-out.
        sleep: waits so many seconds; for platforms that want a pause between pages.
    """

    integration_id: int
    params: Mapping[str, str]
    http: "HttpClient"
    now: Callable[[], datetime]
    free_params: Mapping[str, str] = field(default_factory=dict)
    cache: dict[str, Any] = field(default_factory=dict)
    lock: Any = field(default_factory=threading.RLock)
    callback_url: str = ""
    redirect_url: str = ""
    tokens: TokenStore | None = None
    codes: CodeBox | None = None
    sleep: Callable[[float], object] = threading.Event().wait


@dataclass(frozen=True)
class CallbackRequest:
    """A question that a platform asks at log-in, as it came."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    json: Any
    basic: tuple[str, str] | None = None
    address: str = ""


@dataclass(frozen=True)
class CallbackQuestion:
    """The log-in and password asked about, and the product where the platform names one."""

    login: str
    password: Secret
    product: str = ""


class Verdict(StrEnum):
    """What we answer at log-in. ``DENIED`` is the same for wrong and unknown."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class CallbackAnswer:
    """What goes back to the platform."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EventHint:
    """Of whom a platform says that something changed there. A hint: what counts is what a look-up shows."""

    login: str = ""
    document: str = ""
    reference: str = ""
    remote_ids: Mapping[str, str] = field(default_factory=dict)


class Gateway(Protocol):
    """A kind of platform.

    Must: raise only ``GatewayError``; mask every exchange; treat "already so" as success;
    be free of state. Must not: read the clock, the environment, files or the database;
    repeat a call by itself; follow a redirect; correct the spelling of a platform.
    """

    traits: Traits

    def check(self, conn: Connection) -> list[CheckStep]:
        """Try the credentials without changing anything; never raises."""

    def list_products(self, conn: Connection, subject: Subject | None = None) -> list[ProductFacts]:
        """Return the platform's products; Unsupported where they are typed by hand.

        Args:
            subject: whose products, where each customer has a list of his own.
        """

    def find(self, conn: Connection, subject: Subject) -> LookUp:
        """Look the account up; nothing found only when the platform clearly says so."""

    def list(self, conn: Connection, since: datetime | None = None) -> Listing:
        """Return all accounts, page by page; Unsupported where the platform cannot.

        Args:
            since: only those that changed since then (``LIST_CHANGES``); such a listing proves nothing
                about who is absent from it.
        """

    def send(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Reply:
        """Create, update, suspend, enable, cancel, resend or notify.

        Args:
            key: stable over every repeat of one intent, across restarts.
        """

    def send_batch(
        self, conn: Connection, operation: Operation, subjects: Sequence[Subject], keys: Sequence[str]
    ) -> Sequence["Reply | GatewayError"]:
        """Do the same for several subscribers in one call; one answer each, in their order. Never raises.

        Only for an operation in ``traits.batch``; the caller groups subjects that differ in nothing but
        the subscriber, see ``batch_key``.
        """

    def batch_key(self, conn: Connection, operation: Operation, subject: Subject) -> str | None:
        """Return what subjects must share to go in one call; None = this one goes alone."""

    def preview(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Exchange:
        """Render what ``send`` would send, masked, and send nothing."""

    def read_callback(self, request: CallbackRequest) -> CallbackQuestion | None:
        """Read the question; None when log-in or password are missing."""

    def answer_callback(self, verdict: Verdict, login: str, products: tuple[str, ...]) -> CallbackAnswer:
        """Shape the answer."""

    def admits_callback(self, conn: Connection, request: CallbackRequest) -> bool:
        """Tell whether address and secret header are those that the integration's params allow."""

    def read_event(self, request: CallbackRequest) -> EventHint | None:
        """Read of whom the platform tells; None when it is none of our concern or unreadable."""
