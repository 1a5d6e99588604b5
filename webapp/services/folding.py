"""Text without marks and in lower case, inside a database: for search and order of lists that stay short."""

from typing import Any

from sqlalchemy import ColumnElement, Engine, String, event, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from webapp.services.documents import fold
from webapp.services.pages import contains

MARKED = "áàâãäéèêëíìîïóòôõöúùûüçñ"
PLAIN = "aaaaaeeeeiiiiooooouuuucn"


class folded(FunctionElement[str]):  # noqa: N801
    """``folded(column)``: what ``documents.fold`` makes of it. No index serves it."""

    name = "folded"
    inherit_cache = True
    type = String()


@compiles(folded, "postgresql")
def _translate(element: Any, compiler: Any, **words: Any) -> str:
    return f"translate(lower({compiler.process(element.clauses, **words)}), '{MARKED}', '{PLAIN}') COLLATE \"C\""


@compiles(folded)
def _call(element: Any, compiler: Any, **words: Any) -> str:
    return f"folded({compiler.process(element.clauses, **words)})"


@event.listens_for(Engine, "connect")
def _teach(connection: Any, _record: Any) -> None:
    """SQLite itself lowers only letters without marks."""
    if hasattr(connection, "create_function"):
        connection.create_function("folded", 1, lambda text: fold(text or ""), deterministic=True)


def mentions(query: str, *columns: Any) -> list[ColumnElement[bool]]:
    """Return the condition that every word of a text stands in one of the columns; none without a text."""
    return [
        or_(*(folded(column).like(contains(word), escape="\\") for column in columns)) for word in fold(query).split()
    ]
