"""Whom a search for customers means: by parts of the name, or by code, document and e-mail from their beginnings."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, or_, select, union, union_all

from webapp.extensions import db
from webapp.models import Customer
from webapp.services.beginnings import begins_with
from webapp.services.documents import fold, normalise_document
from webapp.services.name_words import by_words
from webapp.services.pages import contains
from webapp.services.probing import Part

MIN_DOCUMENT, MOST_KNOWN = 3, 20


def searched(query: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a search; none without a text."""
    text = query.strip()
    if not text:
        return []
    if not _names(text):
        return [_plain(text).tested(Customer.id)]
    return [_or_known(_like(_words(text)), _exact(text))]


def search_of(query: str, *, alone: bool) -> tuple[Part | None, bool]:
    """Return what a search asks for, and whether the index of words tells it; None without a text.

    Args:
        alone: nothing else is asked, so that all names may be walked over.
    """
    text = query.strip()
    if not text:
        return None, False
    if not _names(text):
        return _plain(text), False
    words, exact = _words(text), _exact(text)
    like, quick = _like(words), by_words(words)
    either = _or_known(like, exact) if alone and quick is None else or_(like, Customer.id.in_(exact))
    return Part(None if quick is None else _both(quick, exact), lambda _person: either), quick is not None


def _names(text: str) -> bool:
    """Tell whether a text may be part of a name."""
    return "@" not in text and re.search(r"[^\W\d_]", text) is not None


def _plain(text: str) -> Part:
    """Codes, documents and e-mails have indexes of their own."""
    if "@" in text:
        begins = begins_with(Customer.email, text.lower())
        return Part(select(Customer.id).where(begins), lambda _person: begins)
    exact = _exact(text)
    return Part(select(exact.subquery().c.id), lambda _person: Customer.id.in_(exact))


def _exact(text: str) -> CompoundSelect[Any]:
    choices = [Customer.code == text]
    bare = normalise_document(text)
    if len(bare) >= MIN_DOCUMENT and re.search(r"\d", bare):
        choices.append(begins_with(Customer.document, bare))
    # An e-mail is searched from its beginning, so that the index serves.
    choices.append(begins_with(Customer.email, text.lower()))
    return union(*(select(Customer.id).where(choice) for choice in choices))


def _words(text: str) -> list[str]:
    """The longest word first: fewest have it, so the others are seldom looked at."""
    return sorted(fold(text).split(), key=len, reverse=True)


def _like(words: Sequence[str]) -> ColumnElement[bool]:
    # Name and id stand together in one index, so the walk by name never touches the rows themselves.
    return and_(*(Customer.name_folded.like(contains(word), escape="\\") for word in words))


def _or_known(words: ColumnElement[bool], exact: CompoundSelect[Any]) -> ColumnElement[bool]:
    """Mostly a text is no code and no e-mail; then the walk need not ask that of each name again."""
    known = db.session.scalars(exact.limit(MOST_KNOWN + 1)).all()
    if len(known) > MOST_KNOWN:
        return or_(words, Customer.id.in_(exact))
    return or_(words, Customer.id.in_(known)) if known else words


def _both(named: Select[Any], exact: CompoundSelect[Any]) -> Select[Any]:
    either = union_all(named, select(exact.subquery().c.id)).subquery()
    return select(either.c[0].label("id"))
