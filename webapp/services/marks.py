"""The reference by which a platform knows an account of ours: ``sin-<mark>-<account id>``.

The mark is that of the installation. A database that was restored hands out account ids a second time, so from
then on new accounts carry a new mark: a reference never names two people.
"""

import json
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from webapp.models import Account, Setting
from webapp.services.transactions import insert_once

INSTANCE, LATER = "instance_id", "later_marks"
PREFIX = "sin"
NONE_YET = ""
_SETTING, _ACCOUNT = Setting.__table__, Account.__table__


@dataclass(frozen=True)
class Marks:
    """Which mark stands in the reference of which account.

    Attributes:
        spans: (first account id, mark), ascending; the first span begins at 0.
    """

    spans: tuple[tuple[int, str], ...]

    def of(self, account_id: int) -> str:
        """Return the reference of an account."""
        mark = next(mark for first, mark in reversed(self.spans) if account_id >= first)
        return f"{PREFIX}-{mark}-{account_id}"

    def read(self, reference: str) -> int | None:
        """Return the account id in a reference that we would write today; None for any other text."""
        _mark, number = split(reference)
        return number if number is not None and self.of(number) == reference else None

    @property
    def newest(self) -> str:
        """The mark of accounts that are made now."""
        return self.spans[-1][1]

    @property
    def all(self) -> frozenset[str]:
        """Every mark that is ours."""
        return frozenset(mark for _first, mark in self.spans)


def split(reference: str) -> tuple[str, int | None]:
    """Return mark and account id of a reference that some hub made; ``("", None)`` for any other text."""
    prefix, _, rest = reference.partition("-")
    mark, _, number = rest.rpartition("-")
    # A number too long for any database is nobody's id.
    if prefix != PREFIX or not mark or not number.isascii() or not number.isdecimal() or len(number) > 18:
        return "", None
    return mark, int(number)


def parse(first: str, later: str | None) -> Marks:
    """Return the marks from the two settings that keep them: ``INSTANCE`` and ``LATER``."""
    spans = [(int(start), str(mark)) for start, mark in json.loads(later or "[]")]
    return Marks(((0, first), *spans))


def load_marks(db_connection: Connection) -> Marks:
    """Return our marks, and change nothing; while there is none, no reference is read as ours."""
    wanted = select(_SETTING.c.name, _SETTING.c.value).where(_SETTING.c.name.in_((INSTANCE, LATER)))
    found = {row.name: row.value for row in db_connection.execute(wanted)}
    return parse(found.get(INSTANCE, NONE_YET), found.get(LATER))


def keep_marks(db_connection: Connection) -> Marks:
    """Return our marks, to write them somewhere; an installation without one gets its first in this transaction."""
    marks = load_marks(db_connection)
    return marks if marks.spans[0][1] else parse(_make_first(db_connection), None)


def instance_id(db_connection: Connection) -> str:
    """Return the name of this installation: its first mark."""
    return keep_marks(db_connection).spans[0][1]


def renew(db_connection: Connection) -> None:
    """Let accounts that are made from now on carry a new mark, in the caller's transaction."""
    spans = list(keep_marks(db_connection).spans)
    first = (db_connection.execute(select(func.max(_ACCOUNT.c.id))).scalar() or 0) + 1
    if spans[-1][0] == first:
        # Nobody carries the latest one yet.
        return
    later = json.dumps([*spans[1:], (first, secrets.token_hex(4))])
    kept = update(_SETTING).where(_SETTING.c.name == LATER).values(value=later)
    if not db_connection.execute(kept).rowcount:
        db_connection.execute(insert(_SETTING).values(name=LATER, value=later))


def _make_first(db_connection: Connection) -> str:
    mark = secrets.token_hex(4)
    if insert_once(db_connection, insert(_SETTING).values(name=INSTANCE, value=mark)):
        return mark
    return str(db_connection.execute(select(_SETTING.c.value).where(_SETTING.c.name == INSTANCE)).scalar_one())
