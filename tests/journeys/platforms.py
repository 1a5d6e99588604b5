"""Three kinds of platform, each with a recipe that knows no more than the platform can do."""

from dataclasses import dataclass, field

from sqlalchemy import update

from tests import factories
from webapp.extensions import db
from webapp.gateways.registry import BUNDLED
from webapp.models import Integration, RecipeVersion
from webapp.sandbox.client import Tenant
from webapp.services import recipes

KINDS = ("key", "lookup", "blind")
SOURCE = BUNDLED / "nx_play.toml"


@dataclass(frozen=True)
class Recipe:
    """The bundled recipe with other abilities and limits.

    Attributes:
        find: also whether it lists; a blind platform can do neither.
        changes: further words of the recipe, old to new.
    """

    key: str
    honours_key: bool = True
    find: bool = True
    limits: dict[str, float] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        text = SOURCE.read_text("utf-8").replace('key = "nx_play"', f'key = "{self.key}"')
        limits = {"concurrency": 16, "key_ttl_s": 86400, "total_timeout_s": 5, **self.limits}
        lines = "\n".join(f"{name} = {value}" for name, value in limits.items())
        text = text.replace("concurrency = 16\nkey_ttl_s = 86400", lines)
        for old, new in self.changes.items():
            assert old in text
            text = text.replace(old, new)
        if not self.honours_key:
            text = text.replace("honours_key = true", "honours_key = false")
            text = text.replace('idempotency_header = "Idempotency-Key"\n', "")
        if not self.honours_key and not self.find:
            text = text.replace('guarantee = "exactly_one"', 'guarantee = "at_most_one"')
        if self.find:
            return text
        # Who cannot be asked cannot say whose the account is.
        text = text.replace('is = "adopt"', 'is = "rejected", code = "login_taken"')
        return text[: text.index("[operations.find]")]


def recipe_of(kind: str, **limits: float) -> Recipe:
    """Return what a hub knows of a platform of this kind; ``key_only`` honours keys and cannot be asked."""
    return Recipe(f"nx_{kind}", honours_key=kind in ("key", "key_only"), find=kind in ("key", "lookup"), limits=limits)


def use(recipe: Recipe) -> str:
    """Install a recipe as the provider's own and return its key."""
    recipes.save_version(recipe.text, reason="a test", base=recipes.edition(recipe.key), key=recipe.key)
    return recipe.key


def lose(key: str) -> None:
    """Let the recipe of a key run no more, although integrations need it: as after a restore of an old backup."""
    db.session.execute(update(RecipeVersion).where(RecipeVersion.key == key).values(active=False))
    db.session.commit()
    recipes.refresh(at_once=True)


def connect(tenant: Tenant, kind: str, **limits: float) -> Integration:
    """Let the tenant be a platform of this kind and make an integration with it."""
    tenant.play("key" if kind == "key_only" else kind)
    return integrate(use(recipe_of(kind, **limits)), tenant)


def integrate(gateway: str, tenant: Tenant, **overrides: object) -> Integration:
    """Make an integration with the tenant."""
    params = {"api_url": tenant.url, "token": tenant.token}
    return factories.make_integration(gateway=gateway, **{"params": params, **overrides})
