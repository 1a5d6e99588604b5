"""The words of a recipe. An unknown word is refused, so that a typing error is not lost.

Calls, steps and answers stand in ``schema_calls``; docs/recipes.md explains every word with an example.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from webapp.gateways.callback import LOGIN_FIELDS, PASSWORD_FIELDS, PRODUCT_FIELDS
from webapp.gateways.contract import Guarantee, Limits, Operation, ProductSource, RemoteState, Trust, Unit
from webapp.gateways.recipe.schema_calls import (
    Call,
    FindCall,
    ListCall,
    OperationCall,
    OutcomeRule,
    Path,
    ProductsCall,
    Scalar,
    Status,
    Template,
    Word,
    Words,
)


class Param(Words):
    """One parameter of the integration, of the package sold, or of both (the sale wins)."""

    label: str
    help: str = ""
    kind: Literal["text", "url", "number", "secret", "boolean", "choice"] = "text"
    scope: Literal["integration", "package", "both"] = "integration"
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    choice_labels: tuple[str, ...] = ()
    immutable: bool = False
    per_environment: bool = False
    example: str = ""
    where: str = ""


class Environment(Words):
    """One of several places where the platform lives, such as production and homologation."""

    label: str
    values: dict[Word, str] = Field(default_factory=dict)


class Password(Words):
    """How a password is made; see ``contract.PasswordRule``."""

    default_field: str = "login_autenticacao"
    min_length: int = Field(default=0, ge=0, le=64)
    pad_fields: tuple[str, ...] = ()
    instead_of: dict[str, str] = Field(default_factory=dict)


class LimitWords(Words):
    """How hard the platform may be driven."""

    concurrency: int = Field(default=Limits.concurrency, ge=1, le=256)
    rate_per_s: float = Field(default=Limits.rate_per_s, ge=0)
    connect_timeout_s: float = Field(default=Limits.connect_timeout_s, gt=0, le=60)
    total_timeout_s: float = Field(default=Limits.total_timeout_s, gt=0, le=300)
    max_body_bytes: int = Field(default=Limits.max_body_bytes, ge=1_000, le=50_000_000)
    key_ttl_s: float = Field(default=Limits.key_ttl_s, ge=0)
    read_lag_s: float = Field(default=Limits.read_lag_s, ge=0)
    full_reads_per_day: int = Field(default=Limits.full_reads_per_day, ge=0, le=1440)


class ConstraintWords(Words):
    """What the platform does not allow; see ``contract.Constraints``."""

    one_account_per_customer: bool = False
    one_product: bool = False
    distinct_kinds: bool = False
    basic_kind: str = ""
    people_only: bool = False


class RemoteId(Words):
    """Whose an id is: the account's, or the one right's; and whether it outlives the last cancel."""

    of: Literal["account", "right"] = "account"
    kept: bool = False


class Defaults(Words):
    """What every call shares. A call's own word wins; its outcomes are looked at first."""

    headers: dict[str, Template] = Field(default_factory=dict)
    query: dict[str, Scalar] = Field(default_factory=dict)
    envelope: str = ""
    timeout_s: float | None = Field(default=None, gt=0, le=300)
    success_status: tuple[Status, ...] = ()
    ok: Path | None = None
    answer: Literal["json", "text", "any"] | None = None
    empty_ok: bool | None = None
    outcomes: tuple[OutcomeRule, ...] = ()
    error_path: tuple[Path, ...] = ()


NO_DEFAULTS = Defaults()


class Operations(Words):
    """What the platform can do; what is not here, in ``aliases`` or ``local``, it cannot."""

    check: Call | None = None
    list_products: ProductsCall | None = None
    find: FindCall | None = None
    list_: ListCall | None = Field(default=None, alias="list")
    list_changes: ListCall | None = None
    create: OperationCall | None = None
    update: OperationCall | None = None
    suspend: OperationCall | None = None
    enable: OperationCall | None = None
    cancel: OperationCall | None = None
    resend_activation: OperationCall | None = None
    notify: OperationCall | None = None

    def call(self, operation: Operation) -> Call | None:
        """Return the call of an operation, or None when the platform has none."""
        found: Call | None = getattr(self, "list_" if operation is Operation.LIST else operation.value)
        return found


class AuthCode(Words):
    """A code that the platform delivers to ``{{ hub.redirect_url }}``, or gives at once."""

    request: Call
    inline: Path | None = None
    wait_s: float = Field(default=20, gt=0, le=120)
    code_field: str = "code"
    state_field: str = "state"


class Auth(Words):
    """How we show who we are.

    ``token`` (and ``code``) fetch one first; ``headers`` and ``query`` carry it. ``signature`` fills
    them anew for each call and may use ``request`` and ``now``.
    """

    kind: Literal["none", "header", "query", "basic", "token", "code", "signature"] = "none"
    headers: dict[str, Template] = Field(default_factory=dict)
    query: dict[str, Template] = Field(default_factory=dict)
    username: Template = ""
    password: Template = ""
    request: Call | None = None
    token: Path = "body.access_token"
    lifetime_s: float = Field(default=3600, gt=0)
    lifetime: Path | None = None
    lifetime_unit: Literal["s", "ms"] = "s"
    renew_early_s: float = Field(default=60, ge=0)
    keep: bool = False
    refresh: Call | None = None
    refresh_token: Path | None = None
    code: AuthCode | None = None
    max_clock_skew_s: float | None = Field(default=None, gt=0)


class AccountMap(Words):
    """Where an account's facts stand; paths are relative to the account."""

    login: Path = ""
    reference: Path = ""
    document: Path = ""
    remote: dict[Word, Path] = Field(default_factory=dict)
    state: Path = ""
    states: dict[str, RemoteState] = Field(default_factory=dict)
    products: Path | None = None


class ProductMap(Words):
    """Where a product's facts stand; paths are relative to the product."""

    code: Path = "code"
    name: Path = "name"
    description: Path = ""
    active: Path = ""
    kind: Path = ""


class GenericProduct(Words):
    """The one product of a platform that has no list."""

    code: str
    name: str


class CallbackReply(Words):
    """How one verdict is answered. ``json`` and ``text`` may use ``login``, ``products`` and ``verdict``."""

    status: Status
    headers: dict[str, Template] = Field(default_factory=dict)
    json_: dict[str, object] | None = Field(default=None, alias="json")
    text: Template | None = None


class CallbackWords(Words):
    """What differs from the default contract of the passive side.

    A field with a dot is a path over {method, query, form, json, headers, basic}; a plain one is
    looked for in form, JSON and query. ``addresses`` and ``secret`` are templates over params.
    """

    login_fields: tuple[str, ...] = LOGIN_FIELDS
    password_fields: tuple[str, ...] = PASSWORD_FIELDS
    product_fields: tuple[str, ...] = PRODUCT_FIELDS
    allowed: CallbackReply | None = None
    denied: CallbackReply | None = None
    suspended: CallbackReply | None = None
    addresses: Template = ""
    secret_header: str = ""
    secret: Template = ""


class EventWords(Words):
    """What the platform tells us unasked; paths over {method, query, form, json, headers}."""

    when: Path | None = None
    login: Path | None = None
    document: Path | None = None
    reference: Path | None = None
    remote: dict[Word, Path] = Field(default_factory=dict)


class RecipeWords(Words):
    """A whole recipe."""

    key: Word
    label: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    status: Trust
    version: int = Field(default=1, ge=1)
    confirmed_on: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    sources: tuple[str, ...] = ()
    note: str = ""
    ask: tuple[str, ...] = ()
    unit: Unit = Unit.ACCOUNT
    guarantee: Guarantee
    product_source: ProductSource = ProductSource.MANUAL
    generic_product: GenericProduct | None = None
    login_fields: tuple[str, ...] = ("email",)
    login_param: str = ""
    login_is_key: bool = True
    shared_users: bool = False
    honours_key: bool = False
    effect_delay_min: int = Field(default=0, ge=0, le=1440)
    boolean_params: tuple[str, ...] = ()
    free_params: Literal["none", "query", "header", "json"] = "none"
    aliases: dict[Operation, Operation] = Field(default_factory=dict)
    lossless_aliases: tuple[Operation, ...] = ()
    local: tuple[Operation, ...] = ()
    constraints: ConstraintWords = ConstraintWords()
    environments: dict[Word, Environment] = Field(default_factory=dict)
    params: dict[str, Param] = Field(default_factory=dict)
    password: Password | None = None
    limits: LimitWords = LimitWords()
    auth: Auth = Auth()
    defaults: Defaults = Defaults()
    remote_ids: dict[Word, RemoteId] = Field(default_factory=dict)
    account: AccountMap = AccountMap()
    product: ProductMap = ProductMap()
    operations: Operations = Operations()
    callback: CallbackWords | None = None
    events: EventWords | None = None
