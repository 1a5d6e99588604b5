"""Reads a recipe: TOML, then its words, then its templates. Every problem is found, not only the first."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from webapp.gateways.recipe.checks import check_words
from webapp.gateways.recipe.compiled import Recipe, compile_recipe
from webapp.gateways.recipe.problems import Location, Problems, RecipeError, RecipeProblem
from webapp.gateways.recipe.schema import RecipeWords

LARGEST_FILE = 200_000
DEEPEST = 30

_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")
_KEY = re.compile(r"^\s*([\w\"'.-]+)\s*=")
_CODES: Final = {"extra_forbidden": "recipe_word_unknown", "missing": "recipe_word_missing"}
# What fits, in signs instead of words: it is read in every language.
_SHAPES: Final = {
    "string_type": '"..."', "int_type": "1, 2, 3", "int_parsing": "1, 2, 3", "int_from_float": "1, 2, 3",
    "float_type": "1.5", "float_parsing": "1.5", "bool_type": "true, false", "bool_parsing": "true, false",
    "tuple_type": "[...]", "list_type": "[...]", "dict_type": "{...}", "model_type": "{...}",
    "model_attributes_type": "{...}",
}  # fmt: skip
_BOUNDS: Final = {
    "greater_than_equal": (">=", "ge"), "greater_than": (">", "gt"), "less_than_equal": ("<=", "le"),
    "less_than": ("<", "lt"), "string_too_long": ("<=", "max_length"), "string_too_short": (">=", "min_length"),
    "string_pattern_mismatch": ("", "pattern"),
}  # fmt: skip


@dataclass(frozen=True)
class Examination:
    """What there is to say about a recipe. ``recipe`` is None when there are problems; hints stop nothing."""

    recipe: Recipe | None
    problems: tuple[RecipeProblem, ...] = ()
    hints: tuple[RecipeProblem, ...] = ()


def load_recipe(path: Path) -> Recipe:
    """Read a recipe from a file.

    Raises:
        RecipeError: show its problems; the recipe is not used.
    """
    return read_recipe(read_text(path), path.name)


def read_text(path: Path) -> str:
    """Return the text of a recipe's file.

    Raises:
        RecipeError: it is not there, too large or not UTF-8; show its problem.
    """
    problems = Problems(path.name, "")
    try:
        if path.stat().st_size > LARGEST_FILE:
            problems.add((), "recipe_too_large", limit=LARGEST_FILE)
            problems.raise_if_any()
        # With its own line breaks: lines are counted by them.
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.add((), "recipe_unreadable", found=str(error))
        raise RecipeError(problems.found) from error


def read_recipe(text: str, file: str = "recipe.toml") -> Recipe:
    """Read a recipe from its text.

    Args:
        file: named in the problems.

    Raises:
        RecipeError: show its problems; the recipe is not used.
    """
    return _read(Problems(file, text))


def examine_recipe(text: str, file: str = "recipe.toml") -> Examination:
    """Tell everything about a recipe's text, by line: what stops it, and what its writer should know."""
    problems = Problems(file, text)
    try:
        recipe = _read(problems)
    except RecipeError as error:
        return Examination(None, tuple(error.problems), _by_line(problems.hints))
    return Examination(recipe, (), _by_line(problems.hints))


def _by_line(found: list[RecipeProblem]) -> tuple[RecipeProblem, ...]:
    return tuple(sorted(found, key=lambda problem: problem.line))


def _read(problems: Problems) -> Recipe:
    if len(problems.text.encode("utf-8", "replace")) > LARGEST_FILE:
        raise RecipeError([RecipeProblem(problems.file, 0, "-", "recipe_too_large", {"limit": LARGEST_FILE})])
    data = _parse(problems)
    words = _validate(data, problems)
    recipe = compile_recipe(words, problems, problems.text)
    check_words(words, problems)
    problems.raise_if_any()
    return recipe


def _parse(problems: Problems) -> dict[str, Any]:
    try:
        data = tomllib.loads(problems.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        _not_toml(str(error), problems)
        raise RecipeError(problems.found) from error
    deep = _too_deep(data)
    if deep is not None:
        problems.at_line(0, str(deep[0]), "recipe_too_deep", found=f"> {DEEPEST}", allowed=f"<= {DEEPEST}")
        problems.raise_if_any()
    return data


def _not_toml(reason: str, problems: Problems) -> None:
    lines = problems.text.splitlines()
    told = _LINE.search(reason)
    number = int(told.group(1) or len(lines)) if told else 0
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    key = _KEY.match(line)
    problems.at_line(
        number, key.group(1) if key else "-", "recipe_not_toml",
        found=f"{line.strip()[:80] or '-'} ({_LINE.sub('', reason)})", allowed="TOML 1.0",
    )  # fmt: skip


def _too_deep(data: Any) -> Location | None:
    """Return the first path that leads deeper than any recipe does; without recursion, for it is anybody's text."""
    waiting: list[tuple[Location, Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > DEEPEST:
            return path
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        waiting += [((*path, name), item) for name, item in pairs]
    return None


def _validate(data: dict[str, Any], problems: Problems) -> RecipeWords:
    try:
        return RecipeWords.model_validate(data)
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            location = _written(data, tuple(error["loc"]), is_missing=error["type"] == "missing")
            code = _CODES.get(error["type"], "recipe_value")
            problems.add(location, code, **_details(error, location))
        problems.raise_if_any()
        raise


def _written(data: Any, location: Location, *, is_missing: bool) -> Location:
    """Return the location without what the checker adds to it for its own kinds of value."""
    path: Location = ()
    for part in location[:-1] if is_missing else location:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            break
        path = (*path, part)
    return (*path, location[-1]) if is_missing else path


def _details(error: Any, location: Location) -> dict[str, str]:
    if error["type"] == "extra_forbidden":
        return {"found": str(location[-1]), "allowed": ", ".join(_allowed_words(location[:-1]))}
    if error["type"] == "missing":
        return {"found": "-", "allowed": str(location[-1])}
    return {"found": _as_written(error["input"]), "allowed": _fitting(error)}


def _as_written(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)[:80]


def _fitting(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    if "expected" in context:
        return str(context["expected"]).replace(" or ", ", ").replace("'", "")
    if error["type"] in _BOUNDS:
        sign, name = _BOUNDS[error["type"]]
        return f"{sign} {context.get(name, '')}".strip()
    return _SHAPES.get(error["type"], str(error["msg"]))


def _allowed_words(location: Location) -> list[str]:
    """Return the words that may stand in the table at a location."""
    schema = _schema()
    definitions = schema.get("$defs", {})
    for part in location:
        schema = _child(schema, part, definitions)
    return sorted(_resolved(schema, definitions).get("properties", {}))


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return RecipeWords.model_json_schema(by_alias=True)


def _child(schema: Any, part: str | int, definitions: Any) -> Any:
    schema = _resolved(schema, definitions)
    if isinstance(part, int):
        return schema.get("items", {})
    by_pattern = next(iter(schema.get("patternProperties", {}).values()), None)
    return schema.get("properties", {}).get(part) or by_pattern or schema.get("additionalProperties") or {}


def _resolved(schema: Any, definitions: Any) -> Any:
    if not isinstance(schema, dict):
        return {}
    for choice in schema.get("anyOf", ()):
        if "$ref" in choice or choice.get("type") in ("array", "object"):
            schema = choice
            break
    reference = schema.get("$ref", "")
    return definitions.get(reference.rpartition("/")[2], schema) if reference else schema
