"""All gateways by key: the classes, the bundled recipes, and the provider's own, which win."""

from dataclasses import dataclass, field
from pathlib import Path

from webapp.gateways.contract import Gateway
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import load_recipe
from webapp.gateways.recipe.problems import RecipeError, RecipeProblem
from webapp.gateways.webhook import WebhookGateway

BUNDLED = Path(__file__).resolve().parent / "recipes"


class UnknownGateway(KeyError):
    """No gateway of that key: the recipe was removed or has problems; see ``problems()``."""


@dataclass(frozen=True)
class _Registry:
    gateways: dict[str, Gateway] = field(default_factory=dict)
    problems: tuple[RecipeProblem, ...] = ()


_registry = _Registry()


def load(extra_dir: Path | None = None) -> None:
    """Read all gateways anew. Safe while others ask: the whole set is exchanged at once.

    A file in ``extra_dir`` replaces the bundled recipe of the same key. One with problems replaces
    nothing; what is wrong with it is told by ``problems()``.

    Raises:
        RecipeError: a bundled recipe is broken, which is a fault of this program.
    """
    global _registry
    found: dict[str, Gateway] = {}
    bundled: list[Gateway] = [RecipeGateway(load_recipe(path)) for path in sorted(BUNDLED.glob("*.toml"))]
    for gateway in (WebhookGateway(), *bundled):
        found[gateway.traits.key] = gateway
    problems: list[RecipeProblem] = []
    for path in sorted(extra_dir.glob("*.toml")) if extra_dir is not None and extra_dir.is_dir() else ():
        try:
            own = RecipeGateway(load_recipe(path))
        except RecipeError as error:
            problems.extend(error.problems)
        else:
            found[own.traits.key] = own
    _registry = _Registry(found, tuple(problems))


def get_gateway(key: str) -> Gateway:
    """Return the gateway of that key.

    Raises:
        UnknownGateway: show the key and the problems of the provider's recipes.
    """
    try:
        return _loaded().gateways[key]
    except KeyError:
        raise UnknownGateway(key) from None


def all_gateways() -> list[Gateway]:
    """Return every gateway, by label."""
    return sorted(_loaded().gateways.values(), key=lambda gateway: gateway.traits.label.casefold())


def problems() -> list[RecipeProblem]:
    """Return what is wrong with the provider's own recipes; empty when nothing is."""
    return list(_loaded().problems)


def _loaded() -> _Registry:
    if not _registry.gateways:
        load()
    return _registry
