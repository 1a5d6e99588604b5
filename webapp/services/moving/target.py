"""The PostgreSQL database that the hub moves into: looked at, made ready, and emptied again when the move fails."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from webapp.database import engine_options, server
from webapp.database.trouble import AWAY, trouble, withhold_values
from webapp.extensions import db
from webapp.schema import HEAD, current_revision, head_revision, upgrade_to
from webapp.services.moving import marks
from webapp.services.moving.errors import MoveRefused
from webapp.services.moving.marks import MOVED_FROM, MOVING, Move
from webapp.services.queue import tables as queue_tables

VERSION = "alembic_version"
# The queue lies in a schema of its own, so that the whole database must be ours.
_MAY_MAKE = text(
    "select has_schema_privilege(current_schema(), 'CREATE') and has_database_privilege(current_database(), 'CREATE')"
)
_HAS_QUEUE = text(f"select to_regclass('{queue_tables.SCHEMA}.procrastinate_workers') is not null")
# Whoever works shows it every few seconds.
_WORKERS = text(  # noqa: S608
    f"select count(*) from {queue_tables.SCHEMA}.procrastinate_workers"
    " where last_heartbeat > now() - interval '1 minute'"
)
# The mark of an update, and what the triggers of the history call.
FUNCTIONS = ("append_only",)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Connect to it.

    Raises:
        MoveRefused: it does not answer, or cannot be worked on; nothing was changed.
    """
    engine = create_engine(url, **engine_options(url))
    server.watch(engine)
    event.listen(engine, "handle_error", withhold_values)
    try:
        with engine.connect():
            pass
        yield engine
    except OperationalError as error:
        reason = str(error.orig).splitlines()[0]
        raise MoveRefused("move_trouble", {"code": trouble(error) or AWAY, "reason": reason}) from error
    except ProgrammingError as error:
        raise MoveRefused("move_no_rights", {"reason": str(error.orig).splitlines()[0]}) from error
    finally:
        engine.dispose()


def check_empty(engine: Engine, instance: str) -> Move | None:
    """Refuse a database in which there is anything that a move of this hub did not leave behind.

    Returns:
        The move of this hub that came here to its end; None = the database is to be filled.

    Raises:
        MoveRefused: give an empty one.
    """
    with engine.connect() as connection:
        _refuse_without_rights(connection)
        done = _moved_here(connection, instance)
        if done is None and _queue_is_worked_on(connection):
            raise MoveRefused("move_target_full", {"tables": queue_tables.SCHEMA})
    return done


def make_ready(engine: Engine, move: Move) -> None:
    """Make all tables, without rows, marked as not complete; what an earlier try left goes.

    The queue's are among them, so that whoever serves there first finds all that it needs.

    Needs an application context.

    Raises:
        MoveRefused: the user may not make tables.
    """
    clear(engine)
    with engine.begin() as connection:
        marks.begin_moving(connection, move)
    upgrade_to(engine, HEAD)
    if current_revision(engine) != head_revision():
        raise MoveRefused("move_tables")
    queue_tables.install(engine)


def clear(engine: Engine) -> None:
    """Take away every table of ours."""
    with engine.begin() as connection:
        there = set(inspect(connection).get_table_names()) & _ours()
        for name in sorted(there):
            connection.execute(text(f'DROP TABLE IF EXISTS "{name}" CASCADE'))
        for name in FUNCTIONS:
            connection.execute(text(f"DROP FUNCTION IF EXISTS {name}() CASCADE"))
        # The wishes in it were about rows that are not there.
        connection.execute(text(f"DROP SCHEMA IF EXISTS {queue_tables.SCHEMA} CASCADE"))


def _ours() -> set[str]:
    return {table.name for table in db.metadata.sorted_tables} | {VERSION, MOVING}


def _moved_here(connection: Connection, instance: str) -> Move | None:
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if MOVING in tables:
        begun = marks.read_moving(connection)
        if begun is None or begun.instance == instance:
            return None
        raise MoveRefused("move_target_other", {"at": begun.at[:16].replace("T", " ")})
    if strange := sorted(tables - _ours()):
        raise MoveRefused("move_target_full", {"tables": ", ".join(strange[:5])})
    if done := marks.read(connection, MOVED_FROM):
        return done
    if full := _first_full(connection, tables):
        raise MoveRefused("move_target_full", {"tables": full})
    return None


def _queue_is_worked_on(connection: Connection) -> bool:
    """Tell whether workers of a hub whose tables are in another schema share the one queue of this database."""
    if connection.execute(_HAS_QUEUE).scalar():
        return bool(connection.execute(_WORKERS).scalar())
    return False


def _first_full(connection: Connection, tables: set[str]) -> str:
    """Return a table with rows; a hub that was only started has some."""
    for name in sorted(tables - {VERSION}):
        if connection.execute(text(f'select exists(select 1 from "{name}")')).scalar():
            return name
    return ""


def _refuse_without_rights(connection: Connection) -> None:
    if not connection.execute(_MAY_MAKE).scalar():
        raise MoveRefused("move_no_rights", {"reason": "CREATE"})
