"""Reads accounts and products of an answer, by the paths that a recipe gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.gateways.contract import Observed, ProductFacts, RemoteState
from webapp.gateways.recipe.answers import path_getter
from webapp.gateways.recipe.expressions import Getter
from webapp.gateways.recipe.problems import Location, Problems
from webapp.gateways.recipe.schema import AccountMap, ProductMap

_OFF = ("false", "0", "no", "n", "inactive", "inativo")


@dataclass(frozen=True)
class AccountReader:
    """Reads one account of an answer."""

    login: Getter | None
    reference: Getter | None
    document: Getter | None
    remote: Mapping[str, Getter]
    state: Getter | None
    states: Mapping[str, RemoteState]
    products: Getter | None

    def read(self, item: Any) -> Observed:
        """Return the account; what cannot be read is empty, an unheard-of state is ``UNKNOWN``."""
        ids = {name: text for name, path in self.remote.items() if (text := scalar_text(path, item))}
        return Observed(
            login=scalar_text(self.login, item),
            state=self.state_of(self.state(item) if self.state else None),
            remote_ids=ids,
            reference=scalar_text(self.reference, item),
            document=scalar_text(self.document, item),
            products=_codes(self.products(item)) if self.products else None,
        )

    def state_of(self, raw: Any) -> RemoteState:
        """Translate the platform's word; a word that the recipe does not know is ``UNKNOWN``."""
        word = ("true" if raw else "false") if isinstance(raw, bool) else str(raw)
        return self.states.get(word, RemoteState.UNKNOWN)


@dataclass(frozen=True)
class ProductReader:
    """Reads one product of an answer."""

    code: Getter | None
    name: Getter | None
    description: Getter | None
    active: Getter | None
    kind: Getter | None

    def read(self, item: Any) -> ProductFacts:
        """Return the product; ``code`` is empty when it cannot be read. Active unless the platform says no."""
        active = self.active(item) if self.active else True
        code = scalar_text(self.code, item)
        return ProductFacts(
            code=code,
            name=scalar_text(self.name, item) or code,
            description=scalar_text(self.description, item),
            active=str(active).strip().lower() not in _OFF,
            kind=scalar_text(self.kind, item)[:60],
        )


def account_reader(words: AccountMap, problems: Problems) -> AccountReader:
    """Compile where an account's facts stand."""
    at: Location = ("account",)
    return AccountReader(
        login=path_getter(words.login, problems, (*at, "login")),
        reference=path_getter(words.reference, problems, (*at, "reference")),
        document=path_getter(words.document, problems, (*at, "document")),
        remote=path_getters(words.remote, problems, (*at, "remote")),
        state=path_getter(words.state, problems, (*at, "state")),
        states=words.states,
        products=path_getter(words.products, problems, (*at, "products")),
    )


def product_reader(words: ProductMap, problems: Problems) -> ProductReader:
    """Compile where a product's facts stand."""
    at: Location = ("product",)
    return ProductReader(
        code=path_getter(words.code, problems, (*at, "code")),
        name=path_getter(words.name, problems, (*at, "name")),
        description=path_getter(words.description, problems, (*at, "description")),
        active=path_getter(words.active, problems, (*at, "active")),
        kind=path_getter(words.kind, problems, (*at, "kind")),
    )


def path_getters(paths: Mapping[str, str], problems: Problems, at: Location) -> dict[str, Getter]:
    """Compile several paths by name; those with a fault are left out and noted."""
    found = {name: path_getter(text, problems, (*at, name)) for name, text in paths.items()}
    return {name: path for name, path in found.items() if path is not None}


def scalar_text(path: Getter | None, item: Any) -> str:
    """Return a scalar as text; numbers sent as text and text sent as numbers are the same to us."""
    value = path(item) if path else None
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _codes(value: Any) -> tuple[str, ...] | None:
    """Return product codes; one alone may stand without its list, and what is neither says nothing."""
    if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
        return (str(value),)
    return tuple(sorted(map(str, value))) if isinstance(value, list) else None
