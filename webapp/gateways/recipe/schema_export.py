"""The recipe's words as JSON Schema, for editors that complete and check while one writes."""

import inspect
from collections.abc import Iterator
from typing import Any, Final

from webapp.gateways.recipe import schema, schema_calls
from webapp.gateways.recipe.described import description_of
from webapp.gateways.recipe.schema import RecipeWords
from webapp.gateways.recipe.schema_calls import Words

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a recipe, every word described."""
    found = RecipeWords.model_json_schema(by_alias=True)
    tables = {table.__name__: table for table in tables_of_words()}
    _describe(found, RecipeWords)
    for name, definition in found.get("$defs", {}).items():
        if name in tables:
            _describe(definition, tables[name])
    return {
        "$schema": DIALECT,
        **found,
        "title": "Sintonia recipe",
        "description": "How a platform's HTTP API is spoken.",
    }


def tables_of_words() -> Iterator[type[Words]]:
    """Yield every table that a recipe may have."""
    found = {one for module in (schema, schema_calls) for one in vars(module).values() if inspect.isclass(one)}
    yield from sorted(
        (one for one in found if issubclass(one, Words) and one is not Words), key=lambda one: one.__name__
    )


def words_of(table: type[Words]) -> list[str]:
    """Return the words of a table, as they are written."""
    return [field.alias or name for name, field in table.model_fields.items()]


def meaning_of(table: type[Words], word: str) -> str:
    """Return what a word means in a table; empty when nobody described it."""
    return description_of(tuple(one.__name__ for one in table.__mro__), word)


def _describe(definition: dict[str, Any], table: type[Words]) -> None:
    definition.pop("description", None)
    for word, shape in definition.get("properties", {}).items():
        shape.pop("title", None)
        shape["description"] = meaning_of(table, word)
