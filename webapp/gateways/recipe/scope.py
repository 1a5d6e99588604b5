"""What the templates of a recipe can see: plain facts, never an object with behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.gateways.contract import Connection, CustomerFacts, ProductFacts, SaleFacts, Secret, ServiceFacts, Subject
from webapp.gateways.recipe.expressions import Roots

_ACCOUNT = frozenset({"id", "reference", "login", "password", "products"})
_CUSTOMER = frozenset({"id", "code", "name", "document", "email", "phone"})
_SERVICE = frozenset({"id", "code", "status", "login", "password"})
_SALE = frozenset({"id", "package_id", "package_code", "package_description"})
_PRODUCT = frozenset({"code", "name", "description"})


def connection_roots(params: frozenset[str]) -> Roots:
    """Return the names that a call about no subscriber may use."""
    return {"params": params, "token": frozenset()}


def subject_roots(params: frozenset[str], remote: frozenset[str], *, entitlement: bool) -> Roots:
    """Return the names that a call about a subscriber may use."""
    roots = {
        **connection_roots(params),
        "account": _ACCOUNT,
        "customer": _CUSTOMER,
        "service": _SERVICE,
        "remote": remote,
        "key": frozenset(),
    }
    return {**roots, "sale": _SALE, "product": _PRODUCT} if entitlement else roots


def page_roots(params: frozenset[str]) -> Roots:
    """Return the names that a page of a listing may use."""
    return {**connection_roots(params), "page": frozenset({"number", "size"})}


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
    """The page that a listing asks for."""

    number: int = 0
    size: int = 0


class Params:
    """Params by name: of the sale, the account, the integration, else the declared default."""

    __slots__ = ("_layers",)

    def __init__(self, *layers: Mapping[str, str]) -> None:
        self._layers = layers

    def __getitem__(self, name: str) -> str:
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
class Scope:
    """All names of one call."""

    params: Params
    token: str = ""
    key: str = ""
    account: AccountView | None = None
    customer: CustomerFacts | None = None
    service: ServiceFacts | None = None
    sale: SaleFacts | None = None
    product: ProductFacts | None = None
    remote: Mapping[str, str] = field(default_factory=dict)
    page: Page = field(default_factory=Page)

    def names(self) -> dict[str, Any]:
        """Return the names for Jinja."""
        return {name: getattr(self, name) for name in self.__slots__}

    def secrets(self) -> tuple[str, ...]:
        """Return the values of this call that must never be seen."""
        found = [self.token] if self.token else []
        if self.account is not None and self.account.password:
            found.append(self.account.password)
        if self.service is not None and self.service.password:
            found.append(self.service.password)
        return (*found, *self.params.secrets())


def connection_scope(conn: Connection, defaults: Mapping[str, str]) -> Scope:
    """Return the names for a call about no subscriber."""
    return Scope(params=Params(conn.params, conn.free_params, defaults))


def subject_scope(conn: Connection, defaults: Mapping[str, str], subject: Subject, key: str) -> Scope:
    """Return the names for a call about a subscriber."""
    account, sale = subject.account, subject.sale
    view = AccountView(
        account.id, account.reference, account.login, account.password, [product.code for product in account.products]
    )
    layers = [sale.params] if sale is not None else []
    return Scope(
        params=Params(*layers, account.params, conn.params, conn.free_params, defaults),
        key=key,
        account=view,
        customer=subject.customer,
        service=subject.service,
        sale=sale,
        product=sale.product if sale is not None else None,
        remote=account.remote_ids,
    )
