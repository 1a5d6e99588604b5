"""The text of a recipe before it is installed: what is wrong with it, what it calls itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.gateways import registry
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import LARGEST_FILE, examine_recipe
from webapp.gateways.recipe.problems import Problems, RecipeProblem
from webapp.gateways.recipe.starter import STARTER
from webapp.services.errors import Invalid, Problem

LARGEST_BYTES = LARGEST_FILE
# Words that stand where a key stands in the addresses of pages.
RESERVED = frozenset({"new", "import", "check", "preview", "try"})
_KEY_LINE = re.compile(r"^key\s*=\s*[\"']([a-z][a-z0-9_]*)[\"']", re.MULTILINE)


class RecipeRefused(Invalid):
    """A recipe that cannot run; ``found`` says where each problem stands. Show them all, nothing was kept."""

    def __init__(self, found: Sequence[RecipeProblem]) -> None:
        self.found = list(found)
        super().__init__([Problem("text", one.code, {**one.params, "line": one.line, "key": one.key}) for one in found])


@dataclass(frozen=True)
class Inspection:
    """What was found out about a text: it can run when there is a gateway; hints stop nothing."""

    gateway: RecipeGateway | None
    problems: Sequence[RecipeProblem] = ()
    hints: Sequence[RecipeProblem] = ()


def inspect_text(text: str, key: str = "") -> Inspection:
    """Return everything that there is to say about a recipe, by line; nothing is installed.

    Args:
        key: what the recipe must be called; empty = as it likes, if the key is free.
    """
    problems = Problems(f"{key or 'recipe'}.toml", text)
    if len(text.encode("utf-8", "replace")) > LARGEST_FILE:
        problems.add((), "recipe_too_large", limit=LARGEST_FILE)
        return Inspection(None, problems.found)
    seen = examine_recipe(text, problems.file)
    if seen.recipe is None:
        return Inspection(None, seen.problems, seen.hints)
    # Under the key of a bundled recipe only a copy of it is saved, never by chance something new.
    found, taken = seen.recipe.traits.key, RESERVED | (registry.class_keys() if key else registry.bundled().keys())
    if key and found != key:
        problems.add(("key",), "recipe_key_differs", found=found, allowed=key)
    if found in taken:
        problems.add(("key",), "recipe_key_reserved", found=found, allowed=", ".join(sorted(taken)))
    return Inspection(None if problems.found else RecipeGateway(seen.recipe), problems.found, seen.hints)


def compile_text(text: str, key: str = "") -> RecipeGateway:
    """Return the gateway that a recipe describes, without installing it.

    Raises:
        RecipeRefused: show its problems.
    """
    seen = inspect_text(text, key)
    if seen.gateway is None:
        raise RecipeRefused(seen.problems)
    return seen.gateway


def starter_text() -> str:
    """Return the small example with which a new recipe begins."""
    return STARTER


def key_in(text: str) -> str:
    """Return the key that a recipe gives itself, although it may have problems; empty when it cannot be told."""
    found = _KEY_LINE.search(text)
    return found[1] if found else ""


def renamed(text: str, key: str) -> str:
    """Return a recipe under another key."""
    former = key_in(text)
    return _KEY_LINE.sub(lambda line: line[0].replace(former, key), text, count=1)


def plain_text(text: str) -> str:
    """Return a text as it is kept: lines end as in a file, however a browser or an editor sent them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff").rstrip() + "\n"
