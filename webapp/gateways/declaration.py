"""What a gateway declares: its operations, params, limits, promises. Read with ``contract.py``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Operation(StrEnum):
    """Everything that can be asked of a platform."""

    CHECK = "check"
    LIST_PRODUCTS = "list_products"
    FIND = "find"
    LIST = "list"
    LIST_CHANGES = "list_changes"
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
        kind: ``text``, ``url``, ``number``, ``secret``, ``boolean`` or ``choice``.
        immutable: cannot change after the first transmission.
        choice_labels: how people call each of ``choices``; none = by itself.
        example: what a value looks like, in nobody's name; never one that works.
        where: where people find the value, as steps they can follow.
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
    choice_labels: tuple[str, ...] = ()
    example: str = ""
    where: str = ""

    @property
    def secret(self) -> bool:
        return self.kind == "secret"


@dataclass(frozen=True)
class PasswordRule:
    """How a password is made from the subscriber's data.

    The field is the value of the param named ``usuario`` (sale, else integration), else
    ``default_field``. ``pad_fields`` are padded with zeros on the left to ``min_length``;
    ``instead_of`` names the field that is taken in place of another (of the log-in its password, say).
    """

    default_field: str = "login_autenticacao"
    min_length: int = 0
    pad_fields: tuple[str, ...] = ()
    instead_of: Mapping[str, str] = field(default_factory=dict)


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
    full_reads_per_day: int = 0


@dataclass(frozen=True)
class Constraints:
    """What the platform does not allow; checked before a sale and before a call, in words.

    Attributes:
        one_account_per_customer: a second service of the customer cannot have one there.
        one_product: an account, or a customer of a platform with shared users, has one product at a time.
        distinct_kinds: a subscriber's products must differ in their kind.
        basic_kind: one product of a subscriber must be of this kind; empty = no such rule.
        people_only: no companies.
    """

    one_account_per_customer: bool = False
    one_product: bool = False
    distinct_kinds: bool = False
    basic_kind: str = ""
    people_only: bool = False


@dataclass(frozen=True)
class Sheet:
    """Where a gateway's description comes from; for people, nothing is decided by it.

    Attributes:
        origin: ``bundled`` or ``own``; ``version`` is the recipe's own word, or the number of the
            provider's version.
        confirmed_on: ISO date on which somebody last compared it with its sources.
        ask: what the provider must ask the platform before selling.
    """

    origin: str = "bundled"
    version: int = 1
    confirmed_on: str = ""
    sources: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()


@dataclass(frozen=True)
class Traits:
    """Everything that a gateway declares.

    Attributes:
        capabilities: operations that exist; one that is missing is never a silent no-op.
        aliases: operation -> operation that is sent in its stead; marked lossy on the screen.
        login_fields: customer or service fields, the first that is not empty is the log-in.
        login_param: param whose value names the field that is the log-in, before ``login_fields``.
        login_is_key: the log-in identifies the account there: two customers cannot share it.
        honours_key: the platform honours an idempotency key for ``limits.key_ttl_s``.
        repeatable_create: a repeated create is harmless to the receiver (a webhook, a natural key).
        boolean_params: package params that are text booleans: absent or true = on.
        lossless: aliases by which nothing is lost (one call that does both, by the state there).
        local: operations that need no call: the platform asks us, and our rows are the answer.
        batch: operation -> how many subscribers one call may carry.
        unit_ids: remote ids that belong to one right; the others belong to the account.
        kept_ids: remote ids that stay true after the last right was cancelled.
        sends: which facts of a subscriber ever leave, as ``customer.name``.
        shared_users: several services of one customer may live on one log-in there.
        effect_delay_min: for so long the platform may go on with a former answer of ours.
        generic_product: code and name of the one product, for ``ProductSource.GENERIC``.
        calls_per_job: the most calls that one operation may take, a renewed token included.
        events: the platform may tell us of changes, which are hints and are read again.
        redirect_fields: names under which the platform delivers a code, and our state with it, to our redirect
            address; none = it delivers no code.
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
    login_param: str = ""
    login_is_key: bool = True
    password: PasswordRule | None = None
    honours_key: bool = False
    repeatable_create: bool = False
    boolean_params: tuple[str, ...] = ()
    free_params: bool = False
    note: str = ""
    lossless: frozenset[Operation] = frozenset()
    local: frozenset[Operation] = frozenset()
    batch: Mapping[Operation, int] = field(default_factory=dict)
    unit_ids: frozenset[str] = frozenset()
    kept_ids: frozenset[str] = frozenset()
    sends: frozenset[str] = frozenset()
    constraints: Constraints = Constraints()
    shared_users: bool = False
    effect_delay_min: int = 0
    generic_product: tuple[str, str] | None = None
    calls_per_job: int = 4
    events: bool = False
    redirect_fields: tuple[str, ...] = ()
    sheet: Sheet = Sheet()

    def can(self, operation: Operation) -> bool:
        """Tell whether the operation exists: itself, by alias, or on our side alone."""
        return operation in self.capabilities or operation in self.aliases or operation in self.local

    def sent_as(self, operation: Operation) -> Operation:
        """Return the operation whose call is made for this one."""
        return self.aliases.get(operation, operation)

    @property
    def needs_redirect(self) -> bool:
        """Tell whether the platform must know our redirect address: it delivers a code there."""
        return bool(self.redirect_fields)

    @property
    def lossy(self) -> frozenset[Operation]:
        """Aliases by which something is lost there, such as profiles."""
        return frozenset(self.aliases) - self.lossless

    def param(self, name: str) -> ParamSpec | None:
        """Return the declared param of that name, or None for a free one."""
        return next((spec for spec in self.params if spec.name == name), None)
