"""Opens every secret of a database with the keys at hand: a backup whose secrets do not open is half a backup."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from webapp.services.secrets.places import PLACES, Sealed
from webapp.vault import Vault, VaultError

BATCH = 2_000


@dataclass(frozen=True)
class Opened:
    """How it went.

    Attributes:
        count: how many secrets there are; ``closed`` of them do not open.
        key_ids: names of the keys that they need.
        lost: names of those among them that open nothing at all: they are not at hand, or are others of that name.
    """

    count: int
    closed: int
    key_ids: tuple[str, ...]
    lost: tuple[str, ...]


def open_all(connection: Connection, vault: Vault) -> Opened:
    """Open every one, and keep none.

    Args:
        connection: to a database at this version's tables.
    """
    count = closed = 0
    key_ids, good = set(), set()
    for where in PLACES:
        for sealed, place in _all(connection, where):
            count += 1
            key_ids.add(sealed.partition(".")[0])
            try:
                vault.open(sealed, place)
            except VaultError:
                closed += 1
            else:
                good.add(sealed.partition(".")[0])
    return Opened(count, closed, tuple(sorted(key_ids)), tuple(sorted(key_ids - good)))


def _all(connection: Connection, where: Sealed) -> Iterator[tuple[str, str]]:
    after = None
    while rows := connection.execute(where.rows(after, BATCH, lock=False)).all():
        for row in rows:
            yield from where.values(row).values()
        after = where.key(rows[-1])
