"""Brings a database to the schema of this version, or of an older one."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from webapp.database.server import patient
from webapp.paths import MIGRATIONS

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
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = patient(engine)
    command.upgrade(config, revision)


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
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """Return the newest revision of this version."""
    return _scripts().get_current_head()


def revisions() -> list[str]:
    """Return all revisions of this version, newest first."""
    return [script.revision for script in _scripts().walk_revisions()]


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))
