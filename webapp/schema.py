"""Brings the database to the schema of this version."""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade
from sqlalchemy import Engine

from webapp.paths import MIGRATIONS


class SchemaTooNew(Exception):
    """The database was made by a newer version: start that one, or restore a backup."""


def migrate_database(engine: Engine) -> None:
    """Migrate to this version's head; all or nothing. Needs an application context.

    Raises:
        SchemaTooNew: nothing was changed.
    """
    current, known = current_revision(engine), set(revisions())
    if current is not None and current not in known:
        raise SchemaTooNew(current)
    upgrade(directory=str(MIGRATIONS))


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
