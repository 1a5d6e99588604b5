"""What all use cases do the same way: find or refuse, check the version, compare, commit."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.services.errors import Conflict, Invalid, NotFound, Problem

Row = TypeVar("Row")
_Done = TypeVar("_Done")
# The code of a row that another made before.
EXISTS = "exists_already"


class _Versioned(Protocol):
    id: Any
    version: Any


class _Stamped(Protocol):
    updated_at: Any


def get_or_refuse(model: type[Row], row_id: int, code: str) -> Row:
    """Return a row by id.

    Raises:
        NotFound: with ``code``; answer 404.
    """
    row = db.session.get(model, row_id)
    if row is None:
        raise NotFound(code, {"id": row_id})
    return row


def check_version(row: _Versioned, version: int | None) -> None:
    """Refuse an edit that was begun on an older version.

    Raises:
        Conflict: somebody changed it meanwhile; show both versions and ask again.
    """
    if version is not None and row.version != version:
        raise Conflict("stale", {"id": row.id, "version": row.version, "yours": version})


def refuse_if(problems: list[Problem]) -> None:
    """Raise ``Invalid`` with all problems; nothing happens when there are none."""
    if problems:
        raise Invalid(problems)


def plain(value: Any) -> Any:
    """Return a value as an event can keep it."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def snapshot(row: object, fields: tuple[str, ...]) -> dict[str, Any]:
    """Return these fields of a row as an event can keep them."""
    return {name: plain(getattr(row, name)) for name in fields}


def assign(row: object, values: Mapping[str, Any]) -> bool:
    """Set what differs; tell whether anything did. Equal values leave the row and its version alone."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def touch(row: _Stamped) -> None:
    """Make the row's version grow although only rows that belong to it changed."""
    row.updated_at = utc_now()


def once_more(work: Callable[[], _Done]) -> _Done:
    """Do what makes or replaces something, and commit; where another made the same in the same moment, do it again.

    On SQLite writers queue, and the second one sees what the first made. On PostgreSQL both find nothing there, and
    the unique index decides: whoever lost replaces now.

    Args:
        work: begins by looking what is there; commits by ``commit``.
    """
    try:
        return work()
    except IntegrityError:
        db.session.rollback()
    except Conflict as error:
        if error.code != EXISTS:
            raise
    return work()


def commit() -> None:
    """Commit, and turn what two people did at once into words.

    Raises:
        Conflict: somebody was faster; read again and repeat.
    """
    try:
        db.session.commit()
    except StaleDataError as error:
        db.session.rollback()
        raise Conflict("stale", {}) from error
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict(EXISTS, {}) from error
