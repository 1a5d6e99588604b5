"""The words and ids that a source uses, as they were met: what a person maps to ours."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Source, SourceMapping
from webapp.sources.contract import Named, Record, SourceAbility
from webapp.sources.registry import UnknownSource
from webapp.sources.registry import get_source as get_kind

STATUS, PLAN, PACKAGE = "status", "plan", "package"
KINDS = (STATUS, PLAN, PACKAGE)
# An ERP lists its statuses before anybody has them, so these are not forgotten.
_OF_RECORDS = (PLAN, PACKAGE)
LONGEST = 200
# Of one kind. Nobody has so many plans: it is a column of names in the wrong place.
MOST_WORDS = 1000
Word = tuple[str, str]


def word(external: str) -> str:
    """Return a word or id of a source as it is kept and looked up."""
    return external.replace("\0", "").strip()[:LONGEST]


def words_of(record: Record) -> Iterator[tuple[str, Named]]:
    """Return every word that a record uses, by kind; what it leaves empty is no word."""
    if record.service is None:
        return
    found = [(STATUS, record.service.status), (PLAN, record.service.plan)]
    found += [(PACKAGE, sold.package) for sold in record.service.packages or ()]
    for kind, named in found:
        if external := word(named.external):
            yield kind, Named(external, word(named.label))


def note_seen(source_id: int, words: Mapping[Word, tuple[str, int]], *, whole: bool = False) -> None:
    """Keep the words of a reading, in the caller's transaction; the caller commits.

    What nobody decided and this reading lacks is forgotten after a whole reading, and after any file: it comes
    again with the next record that uses it. What a person decided stays for ever.

    Args:
        words: (kind, external) -> its text for people, and in how many records it stood.
        whole: the reading was a whole one, so words that it lacks stand in no record now. Else the counts of
            words that are known already stay.
    """
    now, uploaded = utc_now(), _is_uploaded(source_id)
    known = {(old.kind, old.external): old for old in _rows(source_id)}
    met = {(kind, word(external)): seen for (kind, external), seen in words.items()}
    _forget(known, met, _OF_RECORDS if whole else KINDS if uploaded else ())
    if whole:
        for old in known.values():
            old.seen_count = 0
    room = {kind: MOST_WORDS - sum(old[0] == kind for old in known) for kind in KINDS}
    # Where there is not room for all, those that most records use are kept.
    for (kind, external), (label, count) in sorted(met.items(), key=lambda item: -item[1][1]):
        row = known.get((kind, external))
        if row is None and room[kind] <= 0:
            continue
        if row is None:
            room[kind] -= 1
            row = SourceMapping(source_id=source_id, kind=kind, external=external, seen_count=count)
            db.session.add(row)
        elif whole or uploaded:
            row.seen_count = count
        row.label, row.seen_at = word(label) or row.label or "", now


def _forget(known: dict[Word, SourceMapping], met: Mapping[Word, object], kinds: tuple[str, ...]) -> None:
    for key, row in list(known.items()):
        if row.kind in kinds and not row.confirmed and key not in met:
            db.session.delete(known.pop(key))


def _is_uploaded(source_id: int) -> bool:
    """Tell whether the source is fed by files, each of which speaks for itself."""
    try:
        kind = db.session.scalar(select(Source.kind).where(Source.id == source_id)) or ""
        return not get_kind(kind).traits.can(SourceAbility.FULL)
    except UnknownSource:
        return False


def _rows(source_id: int) -> list[SourceMapping]:
    return list(db.session.scalars(select(SourceMapping).where(SourceMapping.source_id == source_id)))
