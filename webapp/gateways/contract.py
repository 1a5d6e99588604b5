"""What a gateway declares and does: the one contract between the hub and any platform.

A gateway is stateless and shared by threads; everything that belongs to one configured
connection comes in as a ``Connection``. All verbs raise only from ``gateways/errors.py``.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from webapp.gateways.http import HttpClient


class Operation(StrEnum):
    """Everything that can be asked of a platform."""

    CHECK = "check"
    LIST_PRODUCTS = "list_products"
    FIND = "find"
    LIST = "list"
    CREATE = "create"
    UPDATE = "update"
    SUSPEND = "suspend"
    ENABLE = "enable"
    CANCEL = "cancel"
    RESEND_ACTIVATION = "resend_activation"
    NOTIFY = "notify"


class RemoteState(StrEnum):
    """What an account is on the platform. ``UNKNOWN`` is a value: never read it as absent."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ABSENT = "absent"
    PENDING_USER = "pending_user"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """How a call ended well. What ended badly is an exception of ``gateways/errors.py``."""

    OK = "ok"
    ALREADY = "already"
    GONE = "gone"
    PENDING_USER = "pending_user"


class Unit(StrEnum):
    """What one provisioning call is about."""

    ACCOUNT = "account"
    ENTITLEMENT = "entitlement"


class Guarantee(StrEnum):
    """What the hub can promise on this platform; shown to the operator."""

    EXACTLY_ONE = "exactly_one"
    AT_MOST_ONE = "at_most_one"
    AT_LEAST_ONCE = "at_least_once"


class ProductSource(StrEnum):
    """Where the platform's products come from."""

    LIST = "list"
    PER_CUSTOMER = "per_customer"
    MANUAL = "manual"
    GENERIC = "generic"


class Trust(StrEnum):
    """On what a recipe rests: vendor documents, public client code, or nothing public."""

    PUBLISHED = "published"
    OBSERVED = "observed"
    ASSUMED = "assumed"


class Secret(str):
    """Text that must never be seen: its repr is a mask. Use it as a str where it is sent."""

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True)
class ParamSpec:
    """One parameter that a gateway understands.

    Attributes:
        scope: ``integration``, ``package`` (per sale) or ``both`` (the sale wins).
        kind: ``text``, ``url``, ``secret``, ``boolean`` or ``choice``.
        immutable: cannot change after the first transmission.
    """

    name: str
    label: str
    help: str = ""
    kind: str = "text"
    scope: str = "integration"
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    immutable: bool = False

    @property
    def secret(self) -> bool:
        return self.kind == "secret"


@dataclass(frozen=True)
class PasswordRule:
    """How a password is made from the subscriber's data.

    The field is the value of the param named ``usuario`` (sale, else integration), else
    ``default_field``. ``pad_fields`` are padded with zeros on the left to ``min_length``.
    """

    default_field: str = "login_autenticacao"
    min_length: int = 0
    pad_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """How hard a platform may be driven, in seconds and calls."""

    concurrency: int = 8
    rate_per_s: float = 0.0
    connect_timeout_s: float = 5.0
    total_timeout_s: float = 30.0
    max_body_bytes: int = 1_000_000
    key_ttl_s: float = 86_400.0
    read_lag_s: float = 0.0


@dataclass(frozen=True)
class Traits:
    """Everything that a gateway declares.

    Attributes:
        capabilities: operations that exist; one that is missing is never a silent no-op.
        aliases: operation -> operation that is sent in its stead; marked lossy on the screen.
        login_fields: customer or service fields, the first that is not empty is the log-in.
        login_is_key: the log-in identifies the account there: two customers cannot share it.
        honours_key: the platform honours an idempotency key for ``limits.key_ttl_s``.
        repeatable_create: a repeated create is harmless to the receiver (a webhook).
        boolean_params: package params that are text booleans: absent or true = on.
    """

    key: str
    label: str
    trust: Trust
    unit: Unit
    params: tuple[ParamSpec, ...]
    capabilities: frozenset[Operation]
    product_source: ProductSource
    guarantee: Guarantee
    limits: Limits = Limits()
    aliases: Mapping[Operation, Operation] = field(default_factory=dict)
    login_fields: tuple[str, ...] = ("email",)
    login_is_key: bool = True
    password: PasswordRule | None = None
    honours_key: bool = False
    repeatable_create: bool = False
    boolean_params: tuple[str, ...] = ()
    free_params: bool = False
    note: str = ""

    def can(self, operation: Operation) -> bool:
        """Tell whether the operation exists, itself or by alias."""
        return operation in self.capabilities or operation in self.aliases

    def param(self, name: str) -> ParamSpec | None:
        """Return the declared param of that name, or None for a free one."""
        return next((spec for spec in self.params if spec.name == name), None)


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
class Subject:
    """Whom a call is about. ``sale`` is set when the gateway's unit is the entitlement."""

    account: AccountFacts
    customer: CustomerFacts
    service: ServiceFacts
    sale: SaleFacts | None = None


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
        return not (self.document and document and self.document != document)


@dataclass(frozen=True)
class LookUp:
    """What asking for one account brought. ``found`` None: the platform clearly said that there is none."""

    found: Observed | None = None
    exchange: Exchange | None = None


class Listing(Protocol):
    """A listing that is read page by page.

    Iterate it to the end first; only then ``complete`` tells whether it may be trusted.
    ``reason`` is a message code, empty when complete; ``reason_params`` are its values.
    """

    complete: bool
    reason: str
    reason_params: Mapping[str, Any]
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


@dataclass
class Connection:
    """One configured integration, as a gateway sees it. Shared by the threads of its lane.

    Attributes:
        params: integration params; secrets among them are ``Secret``.
        free_params: those that the gateway does not declare.
        now: the present in UTC; a gateway never reads the clock itself.
        cache: for tokens and the like; guard compound changes with ``lock``.
    """

    integration_id: int
    params: Mapping[str, str]
    http: "HttpClient"
    now: Callable[[], datetime]
    free_params: Mapping[str, str] = field(default_factory=dict)
    cache: dict[str, Any] = field(default_factory=dict)
    lock: Any = field(default_factory=threading.RLock)


@dataclass(frozen=True)
class CallbackRequest:
    """A question that a platform asks at log-in, as it came."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    json: Any
    basic: tuple[str, str] | None = None


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


class Gateway(Protocol):
    """A kind of platform.

    Must: raise only ``GatewayError``; mask every exchange; treat "already so" as success;
    be free of state. Must not: read the clock, the environment, files or the database;
    repeat a call by itself; follow a redirect; correct the spelling of a platform.
    """

    traits: Traits

    def check(self, conn: Connection) -> list[CheckStep]:
        """Try the credentials without changing anything; never raises."""

    def list_products(self, conn: Connection) -> list[ProductFacts]:
        """Return the platform's products; Unsupported where they are typed by hand."""

    def find(self, conn: Connection, subject: Subject) -> LookUp:
        """Look the account up; nothing found only when the platform clearly says so."""

    def list(self, conn: Connection) -> Listing:
        """Return all accounts, page by page; Unsupported where the platform cannot."""

    def send(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Reply:
        """Create, update, suspend, enable, cancel, resend or notify.

        Args:
            key: stable over every repeat of one intent, across restarts.
        """

    def preview(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Exchange:
        """Render what ``send`` would send, masked, and send nothing."""

    def read_callback(self, request: CallbackRequest) -> CallbackQuestion | None:
        """Read the question; None when log-in or password are missing."""

    def answer_callback(self, verdict: Verdict, login: str, products: tuple[str, ...]) -> CallbackAnswer:
        """Shape the answer."""
