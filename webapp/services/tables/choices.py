"""Which columns of a list a person sees, in which order, and how many rows a page has."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update

from webapp.extensions import db
from webapp.models import TableChoice
from webapp.services.errors import Invalid, Problem
from webapp.services.pages import PAGE_SIZES
from webapp.services.tables.contract import Table
from webapp.services.transactions import begin, insert_once

_CHOICE = TableChoice.__table__
# Every page of a list asks it.
_MINE = select(_CHOICE.c.columns, _CHOICE.c.page_size).where(
    _CHOICE.c.operator_id == bindparam("who"), _CHOICE.c.table_name == bindparam("list")
)


@dataclass(frozen=True)
class Choice:
    """What a person chose; empty columns and no size are those of the list itself."""

    columns: tuple[str, ...] = ()
    size: int | None = None


def choice_of(operator_id: int, table: Table) -> Choice:
    """Return what a person chose for a list; a size that is no longer offered counts as none."""
    row = db.session.execute(_MINE, {"who": operator_id, "list": table.name}).first()
    if row is None:
        return Choice()
    known = tuple(key for key in row.columns if table.has(key))
    return Choice(known, row.page_size if row.page_size in PAGE_SIZES else None)


def keep_choice(operator_id: int, table: Table, columns: Sequence[str], size: int | None) -> None:
    """Keep what a person chose; commits.

    Raises:
        Invalid: no column, one that there is not, or a size that is not offered; show it beside the field.
    """
    if not columns or any(not table.has(key) for key in columns):
        raise Invalid([Problem("columns", "table_columns_none")])
    if size is not None and size not in PAGE_SIZES:
        raise Invalid([Problem("size", "table_size_unknown")])
    begin(reads_only=False)
    values = {"columns": list(table.known_columns(columns)), "page_size": size}
    row = {"operator_id": operator_id, "table_name": table.name, **values}
    if not insert_once(db.session.connection(), insert(_CHOICE).values(**row)):
        db.session.execute(update(_CHOICE).where(*_mine(operator_id, table)).values(**values))
    db.session.commit()


def forget_choice(operator_id: int, table: Table) -> None:
    """Show the list again as it is by itself; commits."""
    begin(reads_only=False)
    db.session.execute(delete(_CHOICE).where(*_mine(operator_id, table)))
    db.session.commit()


def _mine(operator_id: int, table: Table) -> tuple[ColumnElement[bool], ...]:
    return (_CHOICE.c.operator_id == operator_id, _CHOICE.c.table_name == table.name)
