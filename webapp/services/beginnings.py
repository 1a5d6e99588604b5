"""Texts that begin with a text, found through the index of their column, in whatever order a database keeps texts.

SQLite orders by bytes. A PostgreSQL orders as the language of its system does, where the highest sign of Unicode, which
nobody writes, counts as nothing: "ana" with it behind comes before "anabela".
"""

from typing import Any

from sqlalchemy import ColumnElement, String, and_, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

# The last of all by bytes and for ICU; and the last for glibc (tried with its pt_BR, es_ES and en_US, 2026-11-23).
_BY_BYTES, _BY_LANGUAGE = "\uffff", "\u9fa5"


class _Beyond(FunctionElement[str]):
    """Whichever of two texts comes later in the order of the database."""

    name = "beyond"
    inherit_cache = True
    type = String()


@compiles(_Beyond)
def _first(element: Any, compiler: Any, **words: Any) -> str:
    return str(compiler.process(list(element.clauses)[0], **words))


@compiles(_Beyond, "postgresql")
def _greatest(element: Any, compiler: Any, **words: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **words)})"


def begins_with(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that a column begins with a text, letter by letter; a range, so that its index serves."""
    beyond = _Beyond(literal(text + _BY_BYTES), literal(text + _BY_LANGUAGE))
    # In the order of a language "Ana" lies between "ana" and what follows it.
    return and_(column >= text, column < beyond, func.substr(column, 1, len(text)) == text)
