"""A list as a file: what the filters find, with the columns that the person sees, read in short transactions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from webapp.extensions import db
from webapp.services.audit import MASK, record
from webapp.services.errors import Conflict
from webapp.services.tables.contract import Table
from webapp.services.tables.files import CSV, MOST_XLSX
from webapp.services.tables.keyset import Values
from webapp.services.tables.reading import Asked, reader_of
from webapp.services.transactions import begin

PAGE = 1_000
# Nobody reads more than that in a file, and counting on would only hold a connection.
MOST = 5_000_000
ACTION, OBJECT = "table.export", "table"
SEARCH = "q"


def begin_export(table: Table, asked: Asked, fmt: str) -> int:
    """Note in the history who takes which list as a file, commit, and return how many rows it will have.

    Raises:
        Conflict: more rows than a sheet of an XLSX can hold, or than anybody reads; narrow the filter or take CSV.
    """
    begin(reads_only=True)
    count = reader_of(table, asked).count(MOST + 1)
    most = MOST if fmt == CSV else MOST_XLSX
    if count > most:
        raise Conflict("table_export_too_many", {"most": most})
    begin(reads_only=False)
    # What people search for is often somebody's name; and the history stays when that person is erased.
    filters = {name: MASK if name == SEARCH else value for name, value in asked.filters.items()}
    facts = {"table": table.name, "format": fmt, "filter": filters, "rows": count, "columns": list(asked.columns)}
    record(ACTION, OBJECT, None, after=facts)
    db.session.commit()
    return count


def read_all(table: Table, asked: Asked, cells: Callable[[Any], Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Return the cells of every line in the order of the list; nothing is open while the taker is busy with them.

    Args:
        cells: makes the cells of one line, within the transaction in which it was read.
    """
    behind: Values | None = None
    more = True
    while more:
        begin(reads_only=True)
        found = reader_of(table, asked).read(PAGE, behind, down=asked.down)
        made = [cells(line) for line in table.lines([row[0] for row in found], asked.columns)]
        behind, more = _last(found), len(found) == PAGE
        # Nothing refers to the rows any more, so memory stays that of one page; nor need any be marked as out of date.
        db.session.expunge_all()
        db.session.rollback()
        yield from made


def _last(found: Sequence[Any]) -> Values | None:
    return tuple(found[-1][1:]) if found else None
