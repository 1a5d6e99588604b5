"""Brings a database to the schema of this version, or of an older one."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, inspect, text

from webapp import lazy
from webapp.database.server import patient
from webapp.paths import MIGRATIONS

# A hub whose tables are up to date needs none of it.
if TYPE_CHECKING:
    import flask_migrate
    from alembic import command, config
    from flask_migrate import cli
else:
    flask_migrate, cli = lazy.module("flask_migrate"), lazy.module("flask_migrate.cli")
    command, config = lazy.module("alembic.command"), lazy.module("alembic.config")

HEAD = "head"
# Any number that nobody else takes on this database: servers that start together migrate one after the other.
_LOCK = 7_365_117_001


class SchemaTooNew(Exception):
    """The database was made by a newer version: start that one, or restore a backup made before the upgrade.

    Attributes:
        current: the revision of the database; this version does not know it.
    """

    def __init__(self, current: str) -> None:
        super().__init__(current)
        self.current = current


class _Revisions(click.Group):
    """``flask db``, for who writes migrations."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(cli.db.list_commands(ctx))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return cli.db.get_command(ctx, cmd_name)


def bind(app: Flask, db: SQLAlchemy, *, batch: bool) -> None:
    """Let the migrations, and ``flask db``, find the application's database once they are wanted.

    Args:
        batch: tables are made anew where they change, as SQLite needs it.
    """
    app.extensions["migrate"] = lazy.made(partial(_migrate, app, db, batch))
    app.cli.add_command(_Revisions("db"))


def migrate_database(engine: Engine) -> None:
    """Migrate to this version's head; all or nothing. Needs an application context.

    Raises:
        SchemaTooNew: nothing was changed.
    """
    with migrating(engine):
        check_known(engine)
        upgrade_to(engine, HEAD)


def check_known(engine: Engine) -> str | None:
    """Return the revision that the database is at; None for an empty one.

    Raises:
        SchemaTooNew: this version does not know it.
    """
    current = current_revision(engine)
    if current is not None and current not in revisions():
        raise SchemaTooNew(current)
    return current


def upgrade_to(engine: Engine, revision: str) -> None:
    """Migrate up to a revision, whatever database it is: all or nothing. Needs an application context."""
    settings = config.Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["engine"] = patient(engine)
    command.upgrade(settings, revision)


@contextmanager
def migrating(engine: Engine) -> Iterator[None]:
    """Keep other processes that start on the same PostgreSQL waiting meanwhile; SQLite has one server by its lock."""
    if engine.dialect.name == "sqlite":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # However long the other one takes.
        connection.exec_driver_sql("SET lock_timeout = 0")
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql(f"select pg_advisory_lock({_LOCK})")
        try:
            yield
        finally:
            connection.exec_driver_sql(f"select pg_advisory_unlock({_LOCK})")
            # The connection goes back to those who must not wait so long.
            connection.exec_driver_sql("RESET ALL")


def current_revision(engine: Engine) -> str | None:
    """Return the revision that the database is at, or None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(text("select version_num from alembic_version"))


def head_revision() -> str | None:
    """Return the newest revision of this version."""
    return next(iter(revisions()), None)


def revisions() -> list[str]:
    """Return all revisions of this version, newest first."""
    # Each is the number of its file: the conventions look that Alembic finds the same.
    names = [path.name for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")]
    return [name.partition("_")[0] for name in sorted(names, reverse=True)]


def _migrate(app: Flask, db: SQLAlchemy, batch: bool) -> Any:
    flask_migrate.Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=batch)
    return app.extensions["migrate"]
