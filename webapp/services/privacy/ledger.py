"""A file beside the database that remembers erasures: a backup made before one must not bring the person back.

One JSON object to a line, without personal data: the sealed salt, who was erased (digests, the row's id, when), who
was admitted again. Only ever added to; read whole. A line of an admission is written before the database says so, a
line of an erasure after: whatever is lost in between, nobody who was admitted again is erased by it.
"""

import fcntl
import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select

from webapp.extensions import db
from webapp.files import replace_private
from webapp.models import Erasure
from webapp.models.privacy import ERASED
from webapp.services.hub import current_hub
from webapp.services.privacy import salt as salts
from webapp.services.privacy.marks import marks_of
from webapp.vault import key_of

FILE = "erasures.jsonl"
SALT, GONE, AGAIN = "salt", "erased", "readmitted"
Entry = Mapping[str, Any]
Key = tuple[Any, ...]
log = structlog.get_logger()


def path() -> Path:
    """Return where the file stands."""
    return current_hub().settings.instance / FILE


def entries() -> list[Entry]:
    """Return everything known now: of the database, and of the file what the database does not know.

    For the manifest of a backup. Reads in the caller's transaction.
    """
    own = entries_of_database()
    known = {_key(one) for one in own}
    return [*own, *(one for one in entries_of_file() if _key(one) not in known)]


def entries_of_file() -> list[Entry]:
    """Return what the file says; a line that cannot be read, such as one cut off by a crash, is left out."""
    try:
        lines = path().read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [one for line in lines if (one := _read(line)) is not None]


def entries_of_database(known: Collection[Key] = ()) -> list[Entry]:
    """Return what the database knows, in the caller's transaction.

    Args:
        known: what need not be told again.
    """
    sealed = salts.find_sealed()
    if sealed is None:
        return []
    found: list[Entry] = [{"kind": SALT, "sealed": sealed}]
    done = select(Erasure).where(Erasure.status == ERASED).order_by(Erasure.id)
    for row in db.session.scalars(done):
        again = {**_name(row), "kind": AGAIN, "at": row.progress.get(AGAIN, {}).get("at", "")}
        if again["at"]:
            found.append(again)
        if _key({**again, "kind": GONE}) not in known:
            found.append(entry_of(row))
    return [one for one in found if _key(one) not in known]


def entry_of(row: Erasure) -> Entry:
    """Return the line of an erasure that is done."""
    return {**_name(row), "kind": GONE, "marks": [list(mark) for mark in marks_of(row.id)]}


def note_all() -> None:
    """Add to the file what it lacks; a failure is logged, and made up for at the next round."""
    try:
        known = {_key(one) for one in entries_of_file()}
        fresh = entries_of_database(known)
        db.session.rollback()
        _append(fresh)
    except OSError:
        log.exception("erasures.file")


def note_readmitted(row: Erasure, at: str) -> None:
    """Write that a person was admitted again, before the database does.

    Raises:
        OSError: the file cannot be written, so nothing may be changed: a restore would erase the person anew.
    """
    _append([{**_name(row), "kind": AGAIN, "at": at}])


def sealed_salt() -> str:
    """Return the salt as the file keeps it; empty where it has none."""
    return next((str(one["sealed"]) for one in entries_of_file() if one["kind"] == SALT), "")


def salt_key() -> str:
    """Return the name of the key under which the file's salt is sealed; empty where it has none."""
    return key_of(sealed_salt())


def drop_salt() -> None:
    """Take the salt out of the file: nobody can open it any more. What it says of erasures stays.

    Raises:
        OSError: the file cannot be written, so nothing may be changed.
    """
    if sealed_salt():
        _replace([one for one in entries_of_file() if one["kind"] != SALT])


def rewrite_salt() -> None:
    """Replace the sealed salt in the file by that of the database, where the key of that one is another.

    Raises:
        OSError: the file cannot be written; keep the old key until it can.
    """
    sealed = salts.find_sealed()
    if sealed is None or salt_key() in ("", key_of(sealed)):
        return
    _replace([{"kind": SALT, "sealed": sealed}, *(one for one in entries_of_file() if one["kind"] != SALT)])


def _replace(lines: Sequence[Entry]) -> None:
    replace_private(path(), _text(lines))


def _append(lines: Iterable[Entry]) -> None:
    wanted = list(lines)
    if wanted:
        descriptor = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            # Two processes that note at once must not mix their lines.
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(_text(wanted))
            file.flush()
            os.fsync(file.fileno())


def _text(lines: Sequence[Entry]) -> str:
    # The first line break ends a line that a crash cut off.
    return "".join("\n" + json.dumps(one, separators=(",", ":")) for one in lines) + "\n"


def _name(row: Erasure) -> dict[str, Any]:
    done = row.done_at.isoformat() if row.done_at is not None else ""
    return {"erasure": row.id, "customer": row.customer_id, "done_at": done}


def _key(one: Entry) -> Key:
    if one["kind"] == SALT:
        return (SALT,)
    return (one["kind"], one["done_at"])


def _read(line: str) -> Entry | None:
    try:
        found = json.loads(line)
        return found if _key(found) else None
    except (ValueError, KeyError, TypeError):
        return None
