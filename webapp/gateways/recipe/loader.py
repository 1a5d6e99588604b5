"""Reads a recipe: TOML, then its words, then its templates. Every problem is found, not only the first."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from webapp.gateways.contract import Operation, ProductSource
from webapp.gateways.recipe.compiled import Recipe, compile_recipe
from webapp.gateways.recipe.problems import Location, Problems, RecipeError
from webapp.gateways.recipe.schema import RecipeWords

LARGEST_FILE = 200_000

_CODES = {
    "extra_forbidden": "recipe_word_unknown",
    "missing": "recipe_word_missing",
}


def load_recipe(path: Path) -> Recipe:
    """Read a recipe from a file.

    Raises:
        RecipeError: show its problems; the recipe is not used.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RecipeError(_one(path.name, "recipe_too_large", limit=LARGEST_FILE).found)
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(_one(path.name, "recipe_unreadable", found=str(error)).found) from error
    return read_recipe(text, path.name)


def read_recipe(text: str, file: str = "recipe.toml") -> Recipe:
    """Read a recipe from its text.

    Args:
        file: named in the problems.

    Raises:
        RecipeError: show its problems; the recipe is not used.
    """
    problems = Problems(file, text)
    data = _parse(text, problems)
    words = _validate(data, problems)
    recipe = compile_recipe(words, problems, text)
    _cross_check(words, problems)
    problems.raise_if_any()
    return recipe


def _one(file: str, code: str, **params: Any) -> Problems:
    problems = Problems(file, "")
    problems.add((), code, **params)
    return problems


def _parse(text: str, problems: Problems) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problems.add((), "recipe_not_toml", found=str(error))
        raise RecipeError(problems.found) from error


def _validate(data: dict[str, Any], problems: Problems) -> RecipeWords:
    try:
        return RecipeWords.model_validate(data)
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            location: Location = tuple(error["loc"])
            code = _CODES.get(error["type"], "recipe_value")
            problems.add(location, code, **_details(error, location))
        raise RecipeError(problems.found) from errors


def _details(error: Any, location: Location) -> dict[str, str]:
    if error["type"] == "extra_forbidden":
        return {"found": str(location[-1]), "allowed": ", ".join(_allowed_words(location[:-1]))}
    if error["type"] == "missing":
        return {"found": "-", "allowed": str(location[-1])}
    return {"found": str(error["input"])[:80], "allowed": error["msg"]}


def _allowed_words(location: Location) -> list[str]:
    """Return the words that may stand in the table at a location."""
    schema: Any = RecipeWords.model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})
    for part in location:
        schema = _child(schema, part, definitions)
    return sorted(_resolved(schema, definitions).get("properties", {}))


def _child(schema: Any, part: str | int, definitions: Any) -> Any:
    schema = _resolved(schema, definitions)
    if isinstance(part, int):
        return schema.get("items", {})
    return schema.get("properties", {}).get(part) or schema.get("additionalProperties") or {}


def _resolved(schema: Any, definitions: Any) -> Any:
    if not isinstance(schema, dict):
        return {}
    for choice in schema.get("anyOf", ()):
        if "$ref" in choice or choice.get("type") in ("array", "object"):
            schema = choice
            break
    reference = schema.get("$ref", "")
    return definitions.get(reference.rpartition("/")[2], schema) if reference else schema


def _cross_check(words: RecipeWords, problems: Problems) -> None:
    """Check what concerns several words at once."""
    for operation, target in words.aliases.items():
        if words.operations.call(target) is None:
            problems.add(("aliases", operation.value), "recipe_value", found=target.value, allowed=_declared(words))
    _check_params(words, problems)
    needed = {
        "list_products": words.product_source is ProductSource.LIST and words.operations.list_products is None,
        "create": words.operations.create is None and words.operations.cancel is not None,
    }
    for name in (name for name, is_missing in needed.items() if is_missing):
        problems.add(("operations", name), "recipe_word_missing", found="-", allowed=f"operations.{name}")


def _check_params(words: RecipeWords, problems: Problems) -> None:
    for name in words.boolean_params:
        if name not in words.params:
            problems.add(("boolean_params",), "recipe_value", found=name, allowed=", ".join(words.params) or "-")
    for name, param in words.params.items():
        if param.kind == "choice" and not param.choices:
            problems.add(("params", name, "choices"), "recipe_word_missing", found="-", allowed="choices")


def _declared(words: RecipeWords) -> str:
    return ", ".join(op.value for op in Operation if words.operations.call(op) is not None)
