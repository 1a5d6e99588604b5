"""Finds customers by parts of their names, through the index of ``models/words``, where there is one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from webapp.extensions import db
from webapp.models.words import WORDS
from webapp.services.pages import contains

# What is shorter than what the index is made of is not found by it.
SHORTEST = 3
# Signs that a pattern would have to escape, which the index cannot.
SPECIAL = frozenset("%_\\")


def by_words(words: Sequence[str]) -> Select[Any] | None:
    """Return the ids of the customers whose names have all these parts; None = no index serves, walk over the names.

    Args:
        words: folded, as names are kept for search.
    """
    served = any(len(word) >= SHORTEST for word in words) and SPECIAL.isdisjoint("".join(words))
    if not served or db.engine.dialect.name != "sqlite":
        return None
    return select(WORDS.c.rowid).where(*(WORDS.c.name_folded.like(contains(word)) for word in words))
