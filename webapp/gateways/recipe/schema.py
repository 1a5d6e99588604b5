"""The words of a recipe. An unknown word is refused, so that a typing error is not lost."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from webapp.gateways.callback import LOGIN_FIELDS, PASSWORD_FIELDS, PRODUCT_FIELDS
from webapp.gateways.contract import Guarantee, Limits, Operation, ProductSource, RemoteState, Trust, Unit

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,58}$")]
Template = str
Path = str
Status = Annotated[int, Field(ge=100, le=599)]
Scalar = str | int | float | bool

OUTCOMES = (
    "ok", "already", "gone", "adopt", "retry", "throttled", "auth", "rejected",
    "capacity", "pending_user", "unknown", "contract_broken",
)  # fmt: skip


class Words(BaseModel):
    """Parent of all tables of a recipe."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Param(Words):
    """One parameter of the integration, of the package sold, or of both (the sale wins)."""

    label: str
    help: str = ""
    kind: Literal["text", "url", "secret", "boolean", "choice"] = "text"
    scope: Literal["integration", "package", "both"] = "integration"
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    immutable: bool = False


class Password(Words):
    """How a password is made; see ``contract.PasswordRule``."""

    default_field: str = "login_autenticacao"
    min_length: int = Field(default=0, ge=0, le=64)
    pad_fields: tuple[str, ...] = ()


class LimitWords(Words):
    """How hard the platform may be driven."""

    concurrency: int = Field(default=Limits.concurrency, ge=1, le=256)
    rate_per_s: float = Field(default=Limits.rate_per_s, ge=0)
    connect_timeout_s: float = Field(default=Limits.connect_timeout_s, gt=0, le=60)
    total_timeout_s: float = Field(default=Limits.total_timeout_s, gt=0, le=300)
    max_body_bytes: int = Field(default=Limits.max_body_bytes, ge=1_000, le=50_000_000)
    key_ttl_s: float = Field(default=Limits.key_ttl_s, ge=0)
    read_lag_s: float = Field(default=Limits.read_lag_s, ge=0)


class OutcomeRule(Words):
    """When ``status`` and ``when`` both hold, the answer is what ``is`` says."""

    status: tuple[Status, ...] = ()
    when: Path | None = None
    is_: Literal[OUTCOMES] = Field(alias="is")  # type: ignore[valid-type]
    code: Word | None = None
    message: Path | None = None
    field: str | None = None


class IdentityRule(Words):
    """What the answer says at ``path`` must be ``is``, else it is about somebody else."""

    path: Path
    is_: Template = Field(alias="is")


class Call(Words):
    """One request, and how its answer is read. Paths are JMESPath over {status, headers, body}."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    url: Template
    query: dict[str, Scalar] = Field(default_factory=dict)
    form: dict[str, Scalar] | None = None
    json_: Any = Field(default=None, alias="json")
    headers: dict[str, Template] = Field(default_factory=dict)
    timeout_s: float | None = Field(default=None, gt=0, le=300)
    ok: Path | None = None
    answer: Literal["json", "any"] = "json"
    empty_ok: bool = False
    outcomes: tuple[OutcomeRule, ...] = ()
    error_path: tuple[Path, ...] = ()


class OperationCall(Call):
    """A call that creates, changes or ends an account."""

    remote: dict[Word, Path] = Field(default_factory=dict)
    identity: tuple[IdentityRule, ...] = ()
    state: Path | None = None
    idempotency_header: str | None = None
    repeat_safe: bool | None = None


class FindCall(OperationCall):
    """Looks one account up. Only ``absent``, or an outcome ``gone``, means that there is none."""

    items: Path
    absent: Path | None = None


class Pager(Words):
    """How the next page is asked for: ``{{ page.number }}`` and ``{{ page.size }}``."""

    kind: Literal["page", "none"] = "page"
    start: int = Field(default=1, ge=0)
    size: int = Field(default=100, ge=1, le=10_000)
    max_pages: int = Field(default=10_000, ge=1)


class ListCall(Call):
    """Reads all accounts. ``total`` is what the platform says there are."""

    items: Path
    total: Path | None = None
    pager: Pager = Pager(kind="none")


class ProductsCall(Call):
    """Reads the products."""

    items: Path


class Operations(Words):
    """What the platform can do; what is not here, it cannot."""

    check: Call | None = None
    list_products: ProductsCall | None = None
    find: FindCall | None = None
    list_: ListCall | None = Field(default=None, alias="list")
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


class Auth(Words):
    """How we show who we are. ``token`` fetches one first and puts it into ``headers`` or ``query``."""

    kind: Literal["none", "header", "basic", "query", "token"] = "none"
    headers: dict[str, Template] = Field(default_factory=dict)
    query: dict[str, Template] = Field(default_factory=dict)
    username: Template = ""
    password: Template = ""
    request: Call | None = None
    token: Path = "body.access_token"
    lifetime_s: float = Field(default=3600, gt=0)
    lifetime: Path | None = None
    renew_early_s: float = Field(default=60, ge=0)


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


class CallbackWords(Words):
    """What differs from the default contract of the passive side."""

    login_fields: tuple[str, ...] = LOGIN_FIELDS
    password_fields: tuple[str, ...] = PASSWORD_FIELDS
    product_fields: tuple[str, ...] = PRODUCT_FIELDS
    allowed_status: Status = 200
    denied_status: Status = 401
    suspended_status: Status = 403


class RecipeWords(Words):
    """A whole recipe."""

    key: Word
    label: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    status: Trust
    note: str = ""
    unit: Unit = Unit.ACCOUNT
    guarantee: Guarantee
    product_source: ProductSource = ProductSource.MANUAL
    login_fields: tuple[str, ...] = ("email",)
    login_is_key: bool = True
    honours_key: bool = False
    boolean_params: tuple[str, ...] = ()
    aliases: dict[Operation, Operation] = Field(default_factory=dict)
    params: dict[str, Param] = Field(default_factory=dict)
    password: Password | None = None
    limits: LimitWords = LimitWords()
    auth: Auth = Auth()
    account: AccountMap = AccountMap()
    product: ProductMap = ProductMap()
    operations: Operations
    callback: CallbackWords = CallbackWords()
