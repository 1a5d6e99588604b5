"""The PostgreSQL that a database is on: looked at with every new connection, refused when it cannot be worked on."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event

from webapp import lazy

# The oldest that the queue engine works on (Procrastinate's documentation, looked up 2026-11-23).
FLOOR = 13
TOO_OLD, ENCODING = "database_too_old", "database_encoding"
UTF8 = "UTF8"


if TYPE_CHECKING:
    from webapp.database import unfit
else:
    unfit = lazy.module("webapp.database.unfit")


def watch(engine: Engine) -> None:
    """Refuse every connection of the engine to a server that does not fit."""
    event.listen(engine, "connect", admit)


def patient(engine: Engine) -> Engine:
    """Return the same engine for a migration: an index over millions of rows may take as long as it takes."""
    if engine.dialect.name == "sqlite":
        return engine
    patient_one = engine.execution_options()
    event.listen(patient_one, "begin", _wait_for_statements)
    return patient_one


def admit(connection: Any, _record: Any) -> None:
    """Let a new connection be used.

    Raises:
        Unfit: the server is too old, or keeps texts in another encoding; give the hub another one.
    """
    # In tens of thousands: 160002 is 16.2.
    version = connection.info.server_version
    if version < FLOOR * 10_000:
        raise unfit.Unfit(TOO_OLD, f"PostgreSQL {version // 10_000}, {FLOOR} is needed")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != UTF8:
        raise unfit.Unfit(ENCODING, f"{encoding}, {UTF8} is needed")


def _wait_for_statements(connection: Connection) -> None:
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
