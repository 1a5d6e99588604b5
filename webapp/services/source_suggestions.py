"""What a word of a source probably means: proposed to a person, never acted upon."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy import select

from webapp.decide.policy import ENDED, STATUSES
from webapp.extensions import db
from webapp.models import Package, Plan, Source, SourceMapping
from webapp.services.changes import get_or_refuse
from webapp.services.documents import fold
from webapp.services.source_words import PACKAGE, PLAN, STATUS, Word
from webapp.sources.registry import UnknownSource
from webapp.sources.registry import get_source as get_kind

# Below that two names are two plans: “Fibra 600” and “Fibra 600 + Streaming”, say.
ALIKE = 0.78
SMALL_WORDS = frozenset({"a", "as", "com", "da", "de", "do", "e", "em", "o", "para", "pelo", "pela", "por", "servico"})
Offered = Iterable[tuple[int, str]]


@dataclass(frozen=True)
class Suggestion:
    """What a word probably means.

    Attributes:
        target: a status of ours, or the id of a plan or package.
        how: ``table`` (the kind's own says so, which counts without anybody), ``equal`` (same name), ``code``
            (same code) or ``similar``.
    """

    target: str
    how: str


class Names:
    """Finds who is meant by a name. Numbers must be the same: 500 Mega and 600 Mega are two plans."""

    def __init__(self, named: Offered) -> None:
        self._equal: dict[str, int] = {}
        self._by_numbers: dict[tuple[str, ...], list[tuple[str, int]]] = defaultdict(list)
        for row_id, name in named:
            folded = fold(name)
            self._equal.setdefault(folded, row_id)
            self._by_numbers[_numbers(folded)].append((folded, row_id))

    def find(self, text: str) -> Suggestion | None:
        """Return who has this name, else who has one like it."""
        folded = fold(text)
        if not folded:
            return None
        if folded in self._equal:
            return Suggestion(str(self._equal[folded]), "equal")
        likeness = [
            (SequenceMatcher(None, folded, name).ratio(), row_id) for name, row_id in self._by_numbers[_numbers(folded)]
        ]
        best, row_id = max(likeness, default=(0.0, 0))
        return Suggestion(str(row_id), "similar") if best >= ALIKE else None


def suggestions(source_id: int) -> dict[Word, Suggestion]:
    """Return what the words of a source that nobody decided probably mean.

    Raises:
        NotFound: no such source.
    """
    source = get_or_refuse(Source, source_id, "source_not_found")
    rows = db.session.scalars(
        select(SourceMapping).where(SourceMapping.source_id == source_id, SourceMapping.confirmed.is_(False))
    ).all()
    plans = db.session.execute(select(Plan.id, Plan.description).where(Plan.active).order_by(Plan.id)).tuples()
    packages = db.session.execute(
        select(Package.id, Package.code, Package.description).where(Package.active).order_by(Package.id)
    ).all()
    coded = [(row.id, row.code or "", row.description) for row in packages]
    return suggest(rows, suggested_statuses(source.kind), list(plans), coded)


def suggest(
    rows: Iterable[SourceMapping], table: Mapping[str, str], plans: Offered, packages: Iterable[tuple[int, str, str]]
) -> dict[Word, Suggestion]:
    """Return the same from what the caller has read already.

    Args:
        table: as ``suggested_statuses`` gives it.
        plans: id and description; ``packages`` id, code and description.
    """
    packages = list(packages)
    by_plan, by_package = Names(plans), Names((row_id, name) for row_id, _code, name in packages)
    codes = {fold(code): str(row_id) for row_id, code, _name in packages if code}
    folded = {fold(external): status for external, status in table.items()}
    found = {}
    for row in rows:
        if row.kind == STATUS:
            guess = _status(row, folded)
        elif row.kind == PACKAGE and fold(row.external) in codes:
            guess = Suggestion(codes[fold(row.external)], "code")
        else:
            names = by_plan if row.kind == PLAN else by_package
            guess = names.find(row.label or row.external)
        if guess is not None:
            found[row.kind, row.external] = guess
    return found


def suggested_statuses(kind: str) -> Mapping[str, str]:
    """Return the kind's own table, word -> status; an empty one for words that the provider must decide."""
    try:
        traits = get_kind(kind).traits
    except UnknownSource:
        return {}
    return {**dict.fromkeys(traits.undecided, ""), **traits.statuses}


def _status(row: SourceMapping, table: Mapping[str, str]) -> Suggestion | None:
    for text, how in ((row.external, "table"), (row.label, "equal")):
        if fold(text) in table:
            target = table[fold(text)]
            return Suggestion(target, how) if target else None
    said = [_stems(row.external), _stems(row.label)]
    # What only sounds like an end is for a person to say.
    meant = next((status for status in STATUSES if status not in ENDED and _stems(status) in said), None)
    return Suggestion(meant, "similar") if meant else None


def _stems(text: str) -> frozenset[str]:
    """Return what matters of a status: ``Suspenso por débito`` and ``suspenso_debito`` say the same."""
    words = re.findall(r"[a-z0-9]+", fold(text))
    return frozenset(words) - SMALL_WORDS


def _numbers(folded: str) -> tuple[str, ...]:
    return tuple(sorted(number.lstrip("0") for number in re.findall(r"\d+", folded)))
