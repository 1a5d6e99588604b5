"""What filters by an object offer: all of its kind by name, for all filters of a list in one query."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, String, Subquery, cast, literal, union_all
from sqlalchemy import select as choose

from webapp.extensions import db
from webapp.models import Integration, Package, Plan, Source
from webapp.services.documents import fold
from webapp.services.tables.contract import Table

# More than that in one select help nobody, and would make the page heavy.
MOST = 1_000
_KINDS: Mapping[str, Any] = {"plan": Plan, "package": Package, "integration": Integration, "source": Source}
Options = Mapping[str, Sequence[tuple[str, str]]]


def options_of(table: Table) -> Options:
    """Return for each filter by an object that has a field: ids, as an address has them, and descriptions by name."""
    asked = {one.name: one.options for one in table.filters if one.options and not one.hidden}
    found = _by_kind(tuple(sorted(set(asked.values()))))
    return {name: found[kind] for name, kind in asked.items()}


def _by_kind(kinds: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in kinds}
    if not kinds:
        return found
    for row in db.session.execute(_wanted(kinds)):
        found[row.kind].append((str(row.id), row.text))
    return {kind: sorted(pairs, key=lambda pair: fold(pair[1])) for kind, pairs in found.items()}


@lru_cache
def _wanted(kinds: tuple[str, ...]) -> CompoundSelect[Any]:
    """Each list has its own, and never another."""
    return union_all(*(choose(_arm(kind)) for kind in kinds))


def _arm(kind: str) -> Subquery:
    model = _KINDS[kind]
    wanted = choose(literal(kind).label("kind"), model.id.label("id"), cast(model.description, String).label("text"))
    return wanted.order_by(model.id.desc()).limit(MOST).subquery()
