"""Finds customers by parts of their names, through the index of ``models/words``, where there is one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from webapp.extensions import db
from webapp.models.words import NAME, WORDS
from webapp.services.pages import contains

# What is shorter than what the index is made of is not found by it.
SHORTEST = 3


def by_words(words: Sequence[str]) -> Select[Any] | None:
    """Return the ids of the customers whose names have all these parts; None = no index serves, walk over the names.

    Args:
        words: folded, as names are kept for search.
    """
    long = [word for word in words if len(word) >= SHORTEST]
    if not long or db.engine.dialect.name != "sqlite":
        return None
    # Within the quotes nothing means anything but itself; the sign that ends them stands for itself when doubled.
    phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in long)
    short = (WORDS.c.name_folded.like(contains(word), escape="\\") for word in words if word not in long)
    return select(WORDS.c.rowid).where(WORDS.c[NAME].op("MATCH")(phrases), *short)
