"""Puts a restored database in the place of the one that was served, on PostgreSQL: schemas change their names.

The restored tables are made in a schema of their own, looked over there, and get the name of the served schema in
one transaction. The former schema stays, under another name, until a person drops it.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from webapp.clock import monotonic_s, sleep
from webapp.database import engine_options
from webapp.schema import HEAD, upgrade_to
from webapp.services.backups import into_postgres
from webapp.services.backups.errors import BackupRefused

# A connection that was just closed, by a server that stopped or by us, is listed for a moment more.
PATIENCE_S, LOOK_S = 3.0, 0.05
_MOMENT = "%Y%m%d_%H%M%S"
# Of the same user and database: other hubs, workers, commands. A person's own session counts, too.
_OTHERS = (
    "select count(*) from pg_stat_activity where datname = current_database() and usename = current_user"
    " and pid <> pg_backend_pid() and backend_type = 'client backend'"
)


def url_of(url: str, schema: str) -> str:
    """Return an address whose tables are those of that schema."""
    found = make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
    return found.render_as_string(hide_password=False)


def name_of(now: datetime) -> str:
    """Return the name of a schema to restore into."""
    return f"restoring_{now.strftime(_MOMENT)}"


def refuse_in_use(engine: Engine) -> None:
    """Refuse while another program works with the database.

    Raises:
        BackupRefused: end it first.
    """
    until = monotonic_s() + PATIENCE_S
    while count := _others(engine):
        if monotonic_s() >= until:
            raise BackupRefused("restore_in_use_postgres", {"count": count})
        sleep(LOOK_S)


def _others(engine: Engine) -> int:
    # Each look in a transaction of its own: within one the server goes on saying what it said first.
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(_OTHERS).scalar_one())


def load(database: Path, engine: Engine, schema: str) -> None:
    """Make a schema with all tables, and fill it; needs an application context.

    Args:
        database: at this version's tables.
        engine: of the served database.

    Raises:
        BackupRefused: the role may not make a schema, or a row is refused; nothing stays of it.
    """
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
    except ProgrammingError as error:
        raise BackupRefused("restore_no_schema", {"reason": str(error.orig).splitlines()[0]}) from error
    url = url_of(engine.url.render_as_string(hide_password=False), schema)
    made = create_engine(url, **engine_options(url))
    try:
        upgrade_to(made, HEAD)
        into_postgres.copy_all(database, made)
    except BaseException:
        made.dispose()
        drop(engine, schema)
        raise
    made.dispose()


def drop(engine: Engine, schema: str) -> None:
    """Remove a schema that was not put in place."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


def swap(engine: Engine, schema: str, now: datetime) -> str:
    """Give the restored schema the served one's name, in one step; returns the former one's new name.

    Raises:
        BackupRefused: a program works with the database, or the role may not rename; nothing was changed.
    """
    kept = f"before_{now.strftime(_MOMENT)}"
    refuse_in_use(engine)
    try:
        with engine.begin() as connection:
            if int(connection.exec_driver_sql(_OTHERS).scalar_one()):
                raise BackupRefused("restore_in_use_postgres", {"count": 1})
            served = connection.exec_driver_sql("select current_schema()").scalar_one()
            connection.exec_driver_sql(f'ALTER SCHEMA "{served}" RENAME TO "{kept}"')
            connection.exec_driver_sql(f'ALTER SCHEMA "{schema}" RENAME TO "{served}"')
    except ProgrammingError as error:
        raise BackupRefused("restore_no_schema", {"reason": str(error.orig).splitlines()[0]}) from error
    return kept
