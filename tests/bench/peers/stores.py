"""Where peers keep their jobs: a file, a Redis of this bench's own, a PostgreSQL that waits for its disk."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.site import free_port
from tests.fixtures import postgres_server as server

FILE, EVERY_SECOND, ALWAYS, POSTGRES = "file", "redis, a sync each second", "redis, a sync each write", "postgresql"
SYNCS = {EVERY_SECOND: "everysec", ALWAYS: "always"}
DATABASE = "bench_peers"
START_S = 15.0
MISSING = "redis-server is not installed (Debian, Ubuntu: apt-get install redis-server): without Celery and Dramatiq"


def has_redis() -> bool:
    """Tell whether there is a Redis to start."""
    return shutil.which("redis-server") is not None


@contextmanager
def laid(kind: str) -> Iterator[dict[str, str]]:
    """Yield what a peer's process needs in its environment to find its store, which begins empty and ends."""
    with tempfile.TemporaryDirectory(prefix="bench-peer-") as folder:
        if kind in SYNCS:
            with _redis(Path(folder), SYNCS[kind]) as address:
                yield {"PEER_STORE": address}
        elif kind == POSTGRES:
            yield {"PEER_STORE": folder, "PEER_DATABASE": _database()}
        else:
            yield {"PEER_STORE": str(Path(folder) / "jobs")}


@contextmanager
def _redis(folder: Path, sync: str) -> Iterator[str]:
    """Run one that writes every change to its file; nothing but this machine reaches it."""
    port = free_port()
    told = ("--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "",
            "--appendonly", "yes", "--appendfsync", sync)  # fmt: skip
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(["redis-server", *told], stdout=log, stderr=log)
    try:
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(START_S)


def _wait_for(port: int) -> None:
    until_s = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.05)
        else:
            return


def _database() -> str:
    """Make an empty one on a server that waits for its disk, as one that is in use does."""
    server.command("ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET synchronous_commit = on", "SELECT pg_reload_conf()")
    server.command(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}")
    return server.url_of(DATABASE)
