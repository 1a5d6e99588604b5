"""Where a PostgreSQL is, as people write it: every usual spelling, with what its own library understands behind it.

What may stand behind the question mark (``sslmode``, ``sslrootcert``, ``application_name`` ...) are the words of libpq:
"Parameter Key Words" of PostgreSQL's manual, version 16, looked up 2026-11-23.
"""

from typing import Any

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

SQLITE, DRIVER = "sqlite", "postgresql+psycopg"
SPELLINGS = ("postgresql", "postgres", DRIVER)
# A server that vanished without a word is noticed within a minute, and one that does not answer at once.
_REACHING = {
    "connect_timeout": 10, "keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    "tcp_user_timeout": 30_000, "application_name": "sintonia",
}  # fmt: skip
# Milliseconds. As SQLite waits for its lock; a statement that takes longer than any of ours has lost its way; and
# nothing of ours leaves a transaction open while it waits for anybody.
_PATIENCE = {"lock_timeout": 30_000, "statement_timeout": 600_000, "idle_in_transaction_session_timeout": 600_000}


class BadAddress(ValueError):
    """The address of a database cannot work; its text says why, and shows no password."""


def normal(text: str) -> str:
    """Return the address of a database as SQLAlchemy wants it.

    Raises:
        BadAddress: tell its text; the setting must be written anew.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise BadAddress("it is no address; write it like postgresql://user:password@host:5432/database.") from error
    if url.drivername == SQLITE:
        return text
    if url.drivername not in SPELLINGS:
        raise BadAddress(f"{url.drivername} is not known; Sintonia works on SQLite and on PostgreSQL (postgresql://).")
    if not url.database:
        raise BadAddress("the name of the database is missing; write it like postgresql://user@host:5432/database.")
    return url.set(drivername=DRIVER).render_as_string(hide_password=False)


def for_libpq(text: str) -> str:
    """Return the address of a PostgreSQL for whatever speaks to it without SQLAlchemy, such as psycopg itself."""
    return make_url(text).set(drivername="postgresql").render_as_string(hide_password=False)


def shown(text: str) -> str:
    """Return an address for people: without its password, and without what stands behind the question mark."""
    url = make_url(text)
    plain = URL.create("postgresql", url.username, None, url.host or _socket(url), url.port, url.database)
    return plain.render_as_string() if url.drivername != SQLITE else str(url.database)


def reaching(text: str) -> dict[str, Any]:
    """Return what a connection to a PostgreSQL is opened with beside its address; what the address says counts more."""
    url = make_url(text)
    given = str(url.query.get("options", ""))
    patience = " ".join(f"-c {name}={value}" for name, value in _PATIENCE.items())
    args = {name: value for name, value in _REACHING.items() if name not in url.query}
    return {**args, "options": f"{patience} {given}".strip()}


def _socket(url: URL) -> str | None:
    """A server on this machine may be named by the folder of its socket; that is no host to show."""
    host = url.query.get("host")
    return None if host is None or str(host).startswith("/") else str(host)
