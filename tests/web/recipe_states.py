"""Recipes of a provider in every state that a page can show."""

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import RecipeVersion
from webapp.services import recipe_texts, recipes

OWN, BROKEN_KEY, REMOVED = "own_tv", "broken_tv", "removed_tv"
BROKEN = 'key = "own_tv"\nlabel = "Own TV"\nstatus = "guessed"\n\n[operations.create]\nurl = "{{ params.nothing }}"\n'


def text_of(key: str, label: str) -> str:
    """Return the small example under another key and label."""
    return recipe_texts.starter_text().replace("my_platform", key).replace("My platform", label)


def build() -> None:
    """Make one that runs and has three versions, one that cannot run any more, and one that was removed."""
    for number, label in enumerate(("First", "Second", "Own TV")):
        save(OWN, label, f"{number}.{number}")
    save(REMOVED, "Removed TV", "0.0")
    recipes.remove_own(REMOVED, reason="Contrato encerrado")
    broken = RecipeVersion(
        key=BROKEN_KEY, number=1, text=BROKEN, reason="", actor="cli", created_at=utc_now(), active=True
    )
    db.session.add(broken)
    db.session.commit()
    recipes.refresh(at_once=True)


def grow(count: int) -> None:
    """Add so many versions of a recipe, and recipes."""
    for number in range(count):
        save(OWN, f"Own TV {number}", recipes.edition(OWN))
        save(f"more_tv_{number}", "More", "0.0")


def save(key: str, label: str, base: str) -> RecipeVersion:
    """Save the next version of a recipe."""
    return recipes.save_version(text_of(key, label), reason=f"Endereço novo: {label}", base=base, key=key)
