"""Which fact about a subscriber goes to a platform, in which call, under which name: read from what is really sent.

Nothing here is written by hand for a platform: a recipe's own templates are parsed, and the class "Outros" is asked
for an event about somebody whose facts are their own names.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, nodes

from webapp.gateways.contract import (
    AccountFacts,
    CustomerFacts,
    Gateway,
    Operation,
    ProductFacts,
    SaleFacts,
    Secret,
    ServiceFacts,
    Subject,
)
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.webhook import WebhookGateway, event_body

# Names of templates that hold facts about one subscriber; the rest is the connection's own.
ABOUT = ("customer", "service", "account", "sale")
PLACES = ("url", "query", "form", "json", "headers", "each")
# A fact inside an answer that is compared is not sent.
_NOT_SENT = frozenset({"identity", "match", "outcomes", "ok", "remote", "state", "items", "save", "error_path", "undo"})
_PARSER = Environment(autoescape=True)


@dataclass(frozen=True, order=True)
class Use:
    """One fact that leaves.

    Attributes:
        fact: as templates name it: ``customer.email``.
        operation: the call that carries it, one of ``Operation``.
        place: url, query, form, json or headers.
        name: under which name; dotted where it lies deeper, empty in a URL.
    """

    fact: str
    operation: str
    place: str
    name: str


@dataclass(frozen=True)
class Gathered:
    """One fact and everything that it is sent for."""

    fact: str
    operations: tuple[str, ...]
    names: tuple[str, ...]


def uses_of(gateway: Gateway) -> list[Use]:
    """Return every fact about a subscriber that a gateway sends."""
    if isinstance(gateway, RecipeGateway):
        return sorted(set(_recipe_uses(tomllib.loads(gateway.recipe.source))))
    if isinstance(gateway, WebhookGateway):
        return sorted(set(_event_uses(gateway)))
    return sorted(Use(fact, "", "", "") for fact in gateway.traits.sends)


def gathered(uses: Iterable[Use]) -> list[Gathered]:
    """Return uses by fact, operations in their own order."""
    order = [operation.value for operation in Operation]
    by_fact: dict[str, list[Use]] = {}
    for use in uses:
        by_fact.setdefault(use.fact, []).append(use)
    return [
        Gathered(
            fact,
            tuple(one for one in order if one in {use.operation for use in found}),
            tuple(sorted({use.name or use.place for use in found})),
        )
        for fact, found in sorted(by_fact.items())
    ]


def hosts_of(gateway: Gateway, params: Mapping[str, str]) -> list[str]:
    """Return the addresses that calls go to, without path: those of the params, and those that the recipe names."""
    found = {value for value in params.values() if value.startswith(("http://", "https://"))}
    if isinstance(gateway, RecipeGateway):
        recipe = tomllib.loads(gateway.recipe.source)
        found |= {text for text in _texts(recipe.get("operations", {})) if text.startswith(("http://", "https://"))}
        found |= {one for given in recipe.get("environments", {}).values() for one in given.get("values", {}).values()
                  if str(one).startswith(("http://", "https://"))}  # fmt: skip
    return sorted({one.split("/")[2].partition("{{")[0].rpartition("@")[2] for one in found} - {""})


def _recipe_uses(recipe: Mapping[str, Any]) -> Iterator[Use]:
    for operation, call in recipe.get("operations", {}).items():
        for path, text in _walk(call, ()):
            if _NOT_SENT & set(path) or not (spots := [part for part in path if part in PLACES]):
                continue
            place = spots[0]
            name = ".".join(path[path.index(place) + 1 :])
            for fact in _facts(text):
                yield Use(fact, operation, "json" if place == "each" else place, name)


def _facts(text: str) -> Iterator[str]:
    if "{{" not in text:
        return
    for node in _PARSER.parse(text).find_all((nodes.Getattr, nodes.Getitem)):
        key = node.attr if isinstance(node, nodes.Getattr) else getattr(getattr(node, "arg", None), "value", "")
        owner = getattr(node, "node", None)
        if isinstance(owner, nodes.Name) and owner.name in ABOUT:
            yield f"{owner.name}.{key}"


def _walk(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _walk(item, (*path, str(name)))
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, path)


def _texts(value: Any) -> Iterator[str]:
    return (text for _, text in _walk(value, ()))


def _event_uses(gateway: WebhookGateway) -> Iterator[Use]:
    subject = _named_subject()
    for operation in gateway.traits.capabilities:
        if operation in (Operation.CHECK, Operation.LIST_PRODUCTS) or subject.sale is None:
            continue
        for path, text in _walk(_as_text(event_body(operation, subject, subject.sale)), ()):
            if text.partition(".")[0] in ABOUT and "." in text:
                yield Use(text, operation.value, "json", ".".join(path))


def _as_text(value: Any) -> Any:
    """Numbers stand for ids: each names itself, too."""
    if isinstance(value, Mapping):
        return {name: _as_text(item) for name, item in value.items()}
    return _IDS.get(value, value) if isinstance(value, int) else value


_IDS = {1001: "customer.id", 1002: "service.id", 1003: "sale.id", 1004: "sale.package_id", 1005: "account.id"}


def _named_subject() -> Subject:
    """Return somebody whose every fact is its own name."""
    ids = {name: number for number, name in _IDS.items()}
    product = ProductFacts("", "", "")
    return Subject(
        customer=CustomerFacts(ids["customer.id"], *(f"customer.{name}" for name in
                               ("code", "name", "document", "email", "phone"))),
        service=ServiceFacts(ids["service.id"], "service.code", "service.status", "service.login",
                             Secret("service.password")),
        account=AccountFacts(ids["account.id"], "account.reference", "account.login", Secret("account.password"), {}),
        sale=SaleFacts(ids["sale.id"], ids["sale.package_id"], "sale.package_code", "sale.package_description",
                       product),
    )  # fmt: skip
