"""What the templates of a recipe can see: plain facts, never an object with behaviour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.gateways.contract import Connection, CustomerFacts, ProductFacts, SaleFacts, Secret, ServiceFacts, Subject
from webapp.gateways.recipe.expressions import Roots

ENVIRONMENT = "environment"

_ACCOUNT = frozenset({"id", "reference", "login", "password", "products"})
_CUSTOMER = frozenset({"id", "code", "name", "document", "email", "phone"})
_SERVICE = frozenset({"id", "code", "status", "login", "password"})
_SALE = frozenset({"id", "package_id", "package_code", "package_description"})
_PRODUCT = frozenset({"code", "name", "description", "kind"})
_HUB = frozenset({"callback_url", "redirect_url"})
_PAGE = frozenset({"number", "size", "offset", "cursor"})
_REQUEST = frozenset({"method", "url", "path", "query", "body"})
_ALONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Names:
    """What a recipe declares, as far as its templates may name it.

    Attributes:
        defaults: param -> value when none is given.
        environments: environment -> its values; the first is taken when none is chosen.
        apart: params that have a value of their own in each environment.
    """

    params: frozenset[str]
    remote: frozenset[str]
    defaults: Mapping[str, str]
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    entitlement: bool = False

    def connection_roots(self) -> Roots:
        """Return the names that a call about no subscriber may use."""
        values = frozenset(name for given in self.environments.values() for name in given)
        return {"params": self.params, "token": _ALONE, "hub": _HUB, "environment": values, "now": _ALONE}

    def auth_roots(self) -> Roots:
        """Return the names that a call for a token may use."""
        return {**self.connection_roots(), "refresh_token": _ALONE, "code": _ALONE, "state": _ALONE}

    def signature_roots(self) -> Roots:
        """Return the names that a header computed for each call may use."""
        return {**self.connection_roots(), "request": _REQUEST}

    def subject_roots(self, saved: frozenset[str] = frozenset(), *, batch: bool = False) -> Roots:
        """Return the names that a call about a subscriber may use.

        Args:
            saved: names that earlier steps save.
            batch: the call is about several subscribers.
        """
        roots = {
            **self.connection_roots(),
            "account": _ACCOUNT, "customer": _CUSTOMER, "service": _SERVICE, "remote": self.remote,
            "key": _ALONE, "others": _ALONE, "saved": saved,
        }  # fmt: skip
        if batch:
            roots["batch"] = _ALONE
        return {**roots, "sale": _SALE, "product": _PRODUCT} if self.entitlement else roots

    def page_roots(self, *, since: bool = False) -> Roots:
        """Return the names that a page of a listing may use."""
        roots = {**self.connection_roots(), "page": _PAGE}
        return {**roots, "since": _ALONE} if since else roots

    def environment_of(self, params: Mapping[str, str]) -> str:
        """Return the chosen environment; empty when the recipe has none."""
        chosen = params.get(ENVIRONMENT, "").strip()
        return chosen if chosen in self.environments else next(iter(self.environments), "")

    def own_name(self, name: str, environment: str) -> str:
        """Return under which name a param's value of this environment is kept."""
        first = next(iter(self.environments), "")
        return f"{name}_{environment}" if name in self.apart and environment != first else name


@dataclass(slots=True)
class AccountView:
    """An account as templates see it; ``products`` are codes."""

    id: int
    reference: str
    login: str
    password: str | None
    products: list[str]


@dataclass(slots=True)
class Page:
    """The page that a listing asks for. ``offset`` counts items read; ``cursor`` is the platform's own mark."""

    number: int = 0
    size: int = 0
    offset: int = 0
    cursor: str = ""


class Params:
    """Params by name: of the sale, the account, the integration, else the declared default."""

    __slots__ = ("_environment", "_layers", "_names")

    def __init__(self, names: Names, environment: str, *layers: Mapping[str, str]) -> None:
        self._names = names
        self._environment = environment
        self._layers = (*layers, names.defaults)

    def __getitem__(self, name: str) -> str:
        if self._names.apart:
            name = self._names.own_name(name, self._environment)
        for layer in self._layers:
            if name in layer:
                return layer[name]
        raise KeyError(name)

    def secrets(self) -> list[str]:
        """Return the secret values among the params."""
        return [value for layer in self._layers for value in layer.values() if isinstance(value, Secret)]


class Placeholders(dict[str, str]):
    """Remote ids for a preview: one that is not known yet shows its name."""

    def __missing__(self, name: str) -> str:
        return f"({name})"


@dataclass(slots=True)
class RequestView:
    """The request as a signature sees it; ``query`` without the question mark, ``body`` as text."""

    method: str
    url: str
    path: str
    query: str
    body: str


@dataclass(slots=True)
class Scope:
    """All names of one call.

    Attributes:
        free: params that the recipe does not declare, for ``free_params``.
        hidden: further values of this call that must never be seen, such as a computed signature.
    """

    params: Params
    now: datetime
    hub: Mapping[str, str]
    environment: Mapping[str, str]
    token: str = ""
    refresh_token: str = ""
    code: str = ""
    state: str = ""
    key: str = ""
    account: AccountView | None = None
    customer: CustomerFacts | None = None
    service: ServiceFacts | None = None
    sale: SaleFacts | None = None
    product: ProductFacts | None = None
    remote: Mapping[str, str] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)
    others: int = 0
    batch: Sequence[Any] = ()
    page: Page = field(default_factory=Page)
    since: datetime | None = None
    request: RequestView | None = None
    free: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    def names(self) -> dict[str, Any]:
        """Return the names for Jinja."""
        return {name: getattr(self, name) for name in self.__slots__}

    def secrets(self) -> tuple[str, ...]:
        """Return the values of this call that must never be seen."""
        found = [value for value in (self.token, self.refresh_token, self.code, *self.hidden) if value]
        if self.account is not None and self.account.password:
            found.append(self.account.password)
        if self.service is not None and self.service.password:
            found.append(self.service.password)
        return (*found, *self.params.secrets())


def connection_scope(conn: Connection, names: Names) -> Scope:
    """Return the names for a call about no subscriber."""
    return _scope(conn, names, ())


def subject_scope(conn: Connection, names: Names, subject: Subject, key: str) -> Scope:
    """Return the names for a call about a subscriber."""
    account, sale = subject.account, subject.sale
    scope = _scope(conn, names, (sale.params, account.params) if sale is not None else (account.params,))
    scope.key = key
    scope.account = AccountView(
        account.id, account.reference, account.login, account.password, [product.code for product in account.products]
    )
    scope.customer, scope.service, scope.sale = subject.customer, subject.service, sale
    scope.product = sale.product if sale is not None else None
    scope.remote = account.remote_ids
    scope.others = subject.others
    return scope


def _scope(conn: Connection, names: Names, layers: Sequence[Mapping[str, str]]) -> Scope:
    environment = names.environment_of(conn.params)
    return Scope(
        params=Params(names, environment, *layers, conn.params, conn.free_params),
        now=conn.now(),
        hub={"callback_url": conn.callback_url, "redirect_url": conn.redirect_url},
        environment=names.environments.get(environment, {}),
        free=conn.free_params,
    )
