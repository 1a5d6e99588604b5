"""The tables of the queue engine (Procrastinate), in a PostgreSQL schema of their own.

They are no part of our models: the package brings their definition and the steps from each of its versions to the
next (``sql/schema.sql``, ``sql/migrations``; procrastinate 3.10.0, read 2026-11-23). Here they are made, and brought
to the version of the installed package, under the same lock as our own migrations. They hold wishes only: which
integration somebody should look at. Losing all of them loses nothing (``sweep`` in ``deferring.py``).
"""

import importlib.util
from pathlib import Path

from sqlalchemy import Connection, Engine

from webapp.schema import migrating

SCHEMA = "sintonia_queue"
_SQL, _MIGRATIONS = "sql/schema.sql", "sql/migrations"
_PATH_BACK = "SET LOCAL search_path = DEFAULT"
# What is called inside a transaction of ours finds its tables whatever the path of that transaction is.
_PIN = f"""
DO $$
DECLARE one regprocedure;
BEGIN
    FOR one IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = '{SCHEMA}'::regnamespace LOOP
        EXECUTE 'ALTER FUNCTION ' || one::text || ' SET search_path = {SCHEMA}, pg_temp';
    END LOOP;
END $$
"""


class QueuePackageMissing(Exception):
    """The queue engine's package is not installed: install the pinned requirements."""


def install(engine: Engine) -> bool:
    """Make the tables, or bring them to the installed package's version: each step whole or not at all.

    Returns:
        Whether anything was changed. On SQLite nothing ever is.

    Raises:
        QueuePackageMissing: install the pinned requirements, or the whole program.
    """
    if engine.dialect.name == "sqlite":
        return False
    known = steps()
    with migrating(engine):
        with engine.connect().execution_options(reads_only=True) as db_connection:
            current = version(db_connection)
        # A newer version of the hub may have been here: what it added keeps the older forms beside.
        missing = [step for step in known if current is None or step.stem > current]
        # The package's steps need the one before committed (new values of a kind); from nothing it is one definition.
        whole = [(_folder() / _SQL, known[-1].stem)]
        for path, reached in whole if current is None else [(step, step.stem) for step in missing]:
            with engine.begin() as db_connection:
                bring(db_connection, path.read_text("utf-8"), reached)
    return bool(missing)


def version(db_connection: Connection) -> str | None:
    """Return the last of the package's steps that was taken here; None = there are no tables."""
    asked = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s"
    reached: str | None = db_connection.exec_driver_sql(asked, (SCHEMA,)).scalar_one_or_none()
    return reached


def steps() -> list[Path]:
    """Return the package's migrations in their order, which is that of their names."""
    return sorted((_folder() / _MIGRATIONS).glob("*.sql"))


def _folder() -> Path:
    """Return where the package lies, without importing it: who only migrates needs none of its code."""
    found = importlib.util.find_spec("procrastinate")
    if found is None or not found.submodule_search_locations:
        raise QueuePackageMissing
    return Path(next(iter(found.submodule_search_locations)))


def bring(db_connection: Connection, definition: str, reached: str) -> None:
    """Carry out what the package says, within the schema, and note the step that was reached."""
    for statement in (f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}", f"SET LOCAL search_path = {SCHEMA}"):
        db_connection.exec_driver_sql(statement)
    # Many statements at once, and a percent sign is one: no parameters, so the driver takes it as it stands.
    cursor = db_connection.connection.cursor()
    try:
        cursor.execute(definition)
    finally:
        cursor.close()
    for statement in (_PIN, _PATH_BACK, f"COMMENT ON SCHEMA {SCHEMA} IS '{reached}'"):
        db_connection.exec_driver_sql(statement)
