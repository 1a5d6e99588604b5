"""Goes over to a new encryption key while the hub works: seals every value anew, then lets the former keys go."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

from sqlalchemy import and_, update

from webapp import keys as key_texts
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.services.audit import record
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.privacy import ledger
from webapp.services.secrets.places import PLACES, Sealed
from webapp.services.transactions import begin
from webapp.vault import VaultError, key_of

BATCH = 200
# Whoever sealed in the moment in which the key changed has committed by then.
SETTLED_S = 60.0
OBJECT = "secret"


@dataclass(frozen=True)
class Count:
    """Sealed values that were looked at.

    Attributes:
        former: under another key than the newest.
        unopened: that no key at hand opens; ``first`` says where the first one stands.
        resealed: that were sealed anew.
    """

    total: int = 0
    former: int = 0
    unopened: int = 0
    resealed: int = 0
    first: str = ""


def add_key() -> str:
    """Put a new key in front of the others, in their file, and return its name.

    From that moment every process of this machine seals with it; what is sealed already still opens.

    Raises:
        Conflict: the keys come from the environment; put the new one there.
        OSError: the file cannot be written; nothing was changed.
    """
    vault, path = current_hub().vault, _keys_file()
    with key_texts.alone(path):
        held = vault.keys()
        name = key_texts.next_name(held)
        key_texts.write(path, {name: key_texts.make_key(), **held})
    _note("secret.rotate", {"key": name})
    return name


def reseal(tell: Callable[[int], None] = lambda _count: None) -> Count:
    """Seal every value under the newest key, in batches that are committed one by one; go on where it stopped.

    What cannot be opened is left as it is and counted. Safe beside a hub at work and beside another rotation.

    Args:
        tell: is told after each batch how many values were looked at.
    """
    count = Count()
    for sealed in PLACES:
        for counted in _walk(sealed, change=True):
            count = _sum(count, counted)
            tell(count.total)
    # The key of marks stands sealed in the file of erasures, too; a rotation that was stopped may have left it.
    begin(reads_only=True)
    ledger.rewrite_salt()
    db.session.rollback()
    if count.resealed:
        _note("secret.rotate", {"key": current_hub().vault.newest, "count": count.resealed})
    return count


def look() -> Count:
    """Open every sealed value and return how they stand; changes nothing."""
    count = Count()
    for sealed in PLACES:
        for counted in _walk(sealed, change=False):
            count = _sum(count, counted)
    return count


def drop_former() -> list[str]:
    """Remove all keys but the newest from their file, and return the names of those removed.

    Raises:
        Conflict: some value still needs one of them, one was made a moment ago, or the keys come from the
            environment; the message says what to do. Nothing was changed.
        OSError: the file cannot be written; nothing was changed.
    """
    vault, path = current_hub().vault, _keys_file()
    with key_texts.alone(path):
        former = [name for name in vault.names if name != vault.newest]
        if not former:
            raise Conflict("keys_none_former")
        if utc_now().timestamp() - path.stat().st_mtime < SETTLED_S:
            raise Conflict("keys_not_seen")
        _refuse_while_used(vault.newest)
        held = vault.keys()
        key_texts.write(path, {name: held[name] for name in (vault.newest, key_texts.FINGERPRINT)})
    _note("secret.drop", {"keys": ", ".join(former)})
    return former


def _refuse_while_used(newest: str) -> None:
    left = look().former + int(ledger.salt_key() not in ("", newest))
    db.session.rollback()
    if left:
        raise Conflict("keys_still_used", {"count": left})


def _walk(sealed: Sealed, *, change: bool) -> Iterator[Count]:
    after: tuple[Any, ...] | None = None
    while True:
        begin(reads_only=not change)
        rows = db.session.execute(sealed.rows(after, BATCH, lock=change)).all()
        counted = reduce(_sum, (_row(sealed, row, change=change) for row in rows), Count())
        db.session.commit()
        yield counted
        if len(rows) < BATCH:
            return
        after = sealed.key(rows[-1])


def _row(sealed: Sealed, row: Any, *, change: bool) -> Count:
    vault = current_hub().vault
    newest, fresh, count = vault.newest, {}, Count()
    for name, (text, place) in sealed.values(row).items():
        try:
            opened = str(vault.open(text, place))
        except VaultError:
            count = _sum(count, Count(1, int(key_of(text) in vault.names and key_of(text) != newest), 1, first=place))
            continue
        former = key_of(text) != newest
        count = _sum(count, Count(1, int(former)))
        if former:
            fresh[name] = vault.seal(opened, place)
    if not change or not fresh:
        return count
    _write(sealed, row, sealed.put(row, fresh))
    return replace(count, former=count.former - len(fresh), resealed=len(fresh))


def _write(sealed: Sealed, row: Any, value: Any) -> None:
    table = sealed.table
    mine = and_(*(column == row._mapping[column.name] for column in table.primary_key.columns))
    values = {sealed.column.name: value}
    if "updated_at" in table.c:
        # Nothing of the object changed for anybody.
        values["updated_at"] = table.c.updated_at
    db.session.execute(update(table).where(mine).values(values))


def _sum(one: Count, other: Count) -> Count:
    return Count(
        one.total + other.total, one.former + other.former, one.unopened + other.unopened,
        one.resealed + other.resealed, one.first or other.first,
    )  # fmt: skip


def _keys_file() -> Path:
    path = current_hub().settings.keys_file
    if path is None:
        raise Conflict("keys_from_environment")
    return path


def _note(action: str, facts: dict[str, Any]) -> None:
    begin(reads_only=False)
    record(action, OBJECT, None, after=facts)
    db.session.commit()
