"""The marks of a move: no two hubs may work for one provider, so the former database says that it is the former one.

In the former database there is a setting ``moved``; in the new one, until all was compared, a table ``moving``. Whoever
is served from a database looks for both.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, inspect, select, text

from webapp.models import Setting
from webapp.services.errors import Conflict

MOVED, MOVED_FROM, MOVING = "moved", "moved_from", "moving"
_SETTING = Setting.__table__


@dataclass(frozen=True)
class Move:
    """One move.

    Attributes:
        id: the same in both databases.
        instance: name of the installation; empty where it has none yet.
        to: the new database, for people: no password.
        at: when it began, ISO 8601.
    """

    id: str
    instance: str
    to: str
    at: str


def refuse_moved(engine: Engine) -> None:
    """Refuse to work with a database that was left, or into which a move has not come to its end.

    Raises:
        Conflict: serve the other one, or go back to this one (``migrate-database --back``).
    """
    with engine.connect().execution_options(reads_only=True) as connection:
        here = {name for name in (MOVING, _SETTING.name) if inspect(connection).has_table(name)}
        half = read_moving(connection) if MOVING in here else None
        gone = read(connection, MOVED) if _SETTING.name in here else None
    if half is not None:
        raise Conflict("database_half_moved", {"at": half.at[:16].replace("T", " ")})
    if gone is not None:
        raise Conflict("database_moved", {"to": gone.to, "at": gone.at[:16].replace("T", " ")})


def read(connection: Connection, name: str) -> Move | None:
    """Return the move that a setting tells of; None when there is none."""
    value = connection.execute(select(_SETTING.c.value).where(_SETTING.c.name == name)).scalar()
    return None if value is None else load(value)


def write(connection: Connection, name: str, move: Move) -> None:
    """Put a move into a setting, in the caller's transaction."""
    clear(connection, name)
    connection.execute(insert(_SETTING).values(name=name, value=dump(move)))


def clear(connection: Connection, name: str) -> None:
    """Take such a setting away."""
    connection.execute(delete(_SETTING).where(_SETTING.c.name == name))


def read_moving(connection: Connection) -> Move | None:
    """Return the move that has not come to its end here; the table must be there."""
    value = connection.execute(text(f"select value from {MOVING}")).scalar()  # noqa: S608
    return None if value is None else load(value)


def begin_moving(connection: Connection, move: Move) -> None:
    """Mark a new database as not complete."""
    connection.execute(text(f"CREATE TABLE {MOVING} (value text NOT NULL)"))
    connection.execute(text(f"INSERT INTO {MOVING} VALUES (:value)"), {"value": dump(move)})


def end_moving(connection: Connection) -> None:
    """From here on the new database may be served."""
    connection.execute(text(f"DROP TABLE {MOVING}"))


def dump(move: Move) -> str:
    """Return it as JSON."""
    return json.dumps(asdict(move))


def load(value: str) -> Move:
    """Read it from JSON; what cannot be read counts as a move of which nothing is known."""
    try:
        raw: dict[str, Any] = json.loads(value)
        return Move(**{name: str(raw.get(name, "")) for name in Move.__dataclass_fields__})
    except (ValueError, AttributeError):
        return Move("", "", "?", "?")
