"""Takes from the hub what every machine runs out of some day: space, permission, the file of its database."""

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from tests.fixtures import postgres_server as server
from tests.fixtures.databases import ON_POSTGRES

FULL, READ_ONLY, DISK_ERROR, REMOVED = "full", "read_only", "disk_error", "removed"
# SQLite refuses the next page as if the disk had none; it refuses each change; it gives all room back.
_PRAGMAS = {FULL: "max_page_count = 1", READ_ONLY: "query_only = ON"}
# A server takes no change; it lets nobody in. And back.
_SERVER = {
    READ_ONLY: ("SET default_transaction_read_only = on", "RESET default_transaction_read_only"),
    REMOVED: ("ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true"),
}
_BACK = ("max_page_count = 1073741823", "query_only = OFF")


@contextmanager
def scarcity(kind: str, engine: Engine) -> Iterator[None]:
    """Let the database of the engine suffer so, in this process, for as long as the context lasts."""
    with ExitStack() as stack:
        if ON_POSTGRES:
            stack.enter_context(_server_that(_SERVER[kind], str(engine.url.database)))
        elif kind in _PRAGMAS:
            stack.enter_context(_pragma(engine, _PRAGMAS[kind]))
        elif kind == DISK_ERROR:
            stack.enter_context(_no_file_grows())
        else:
            stack.enter_context(_without(Path(str(engine.url.database))))
        yield


@contextmanager
def _server_that(does: tuple[str, str], database: str) -> Iterator[None]:
    """Tell the server what it does from now on, to whoever is connected, too."""
    ended = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'"
    begins, ends = (f"ALTER DATABASE {database} {one}" for one in does)
    server.command(begins, ended)
    try:
        yield
    finally:
        server.command(ends, ended)


@contextmanager
def _pragma(engine: Engine, pragma: str) -> Iterator[None]:
    lasts = [pragma]

    def set_it(connection: Any, _record: Any, _proxy: Any) -> None:
        for one in lasts or _BACK:
            connection.execute(f"PRAGMA {one}")

    event.listen(engine, "checkout", set_it)
    try:
        yield
    finally:
        # The listener stays: each connection is put right when it is used next.
        lasts.clear()


@contextmanager
def _no_file_grows() -> Iterator[None]:
    """No byte can be written to any file by this process: a real error of a real disk, as a broken one gives it."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)


@contextmanager
def _without(path: Path) -> Iterator[None]:
    away = path.with_name("elsewhere.db")
    os.rename(path, away)
    try:
        yield
    finally:
        os.rename(away, path)
