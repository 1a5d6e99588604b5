"""Alembic's environment: migrates the database of the running application, or the one that the caller names."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

database = current_app.extensions["migrate"].db
arguments = current_app.extensions["migrate"].configure_args


class Dangling(Exception):
    """A migration left rows that refer to nothing; it was rolled back."""


def run() -> None:
    """Run migrations in one transaction: all of them, or none."""
    engine = context.config.attributes.get("engine") or database.engine
    with engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            unwatch(connection)
        context.configure(connection=connection, target_metadata=database.metadata, **arguments)
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                check(connection)


def unwatch(connection: Connection) -> None:
    """Let tables be made anew: SQLite drops the old one, and so would delete what refers to it.

    The connection is not given back to the pool, where others would not be watched either.
    """
    connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
    connection.detach()


def check(connection: Connection) -> None:
    """Refuse what the database would have refused, had it been watching.

    Raises:
        Dangling: with the first rows that refer to nothing.
    """
    found = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    if found:
        raise Dangling(found)


run()
