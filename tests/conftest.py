"""What all tests share: an application on its own database, people with roles, a clock, no network."""

import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, MethodType
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from tests.fixtures.databases import lay, made_in
from webapp import clock, create_app
from webapp.config import Settings, load_settings
from webapp.extensions import db
from webapp.services.life import LIFE
from webapp.services.privacy import accesses

MEMORY, ROOM = Path("/dev/shm"), 3 * 1024**3
# Names the folder of compiled templates to all workers of a run, and to the hubs that they start.
TEMPLATES = "SINTONIA_TEST_TEMPLATES"
_PLUGINS = ("rewritten", "sandbox", "people", "chosen", "postgres", "order", "audited", "measured")
pytest_plugins = [f"tests.fixtures.{name}" for name in _PLUGINS]


def pytest_configure(config: pytest.Config) -> None:
    """Keep databases in memory where the system has such a place, with room: what a disk does is no business of ours.

    The product's own way of writing stays as it is. ``PYTEST_DEBUG_TEMPROOT`` or ``--basetemp`` says otherwise.
    """
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    if TEMPLATES not in os.environ:
        where = os.environ.get("PYTEST_DEBUG_TEMPROOT")
        os.environ[TEMPLATES] = folder = tempfile.mkdtemp(prefix="templates-", dir=where)
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(autouse=True, scope="session")
def _calm_collector() -> None:
    """As the server does: a full collection over thousands of tests would stop all threads for too long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True, scope="session")
def _routes_compiled_once() -> Iterator[None]:
    """Werkzeug reads every route of every application and writes code for it: two thirds of the time to make one."""
    real = Rule.compile
    known: dict[object, dict[str, Any]] = {}

    def compile(self: Rule) -> None:
        assert self.map is not None
        where = (self.map.merge_slashes, self.map.host_matching, *self.map.converters.values())
        key = (self.rule, self.subdomain, self.host, repr(self.defaults), repr(sorted(self.arguments)), where)
        if key not in known:
            real(self)
            known[key] = {name: getattr(self, name) for name in ("_parts", "_trace", "_converters", "arguments")}
            known[key] |= {name: getattr(self, name).__func__ for name in ("_build", "_build_unknown")}
        for name, value in known[key].items():
            setattr(self, name, MethodType(value, self) if name.startswith("_build") else value)

    Rule.compile = compile  # type: ignore[method-assign]
    yield
    Rule.compile = real  # type: ignore[method-assign]


class Templates(BytecodeCache):
    """What the templates were compiled to, by name and checksum: the same for every application of a run.

    A process that was here before may have compiled one; what was read once is kept.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], CodeType] = {}
        self.shared = FileSystemBytecodeCache(os.environ[TEMPLATES])

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.known.get((bucket.key, bucket.checksum))
        if bucket.code is None:
            self.shared.load_bytecode(bucket)
            self._keep(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.shared.dump_bytecode(bucket)
        self._keep(bucket)

    def _keep(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.known[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(autouse=True, scope="session")
def _templates_compiled_once() -> Iterator[None]:
    """Every application compiles each template it shows: half of the time of the tests of pages."""
    real = APIFlask.jinja_options
    APIFlask.jinja_options = {**real, "bytecode_cache": Templates()}
    yield
    APIFlask.jinja_options = real


@pytest.fixture(autouse=True, scope="session")
def _statements_compiled_once() -> Iterator[None]:
    """Every application has an engine, and every engine compiles each statement: a third of the time of all tests.

    SQLAlchemy keeps what it compiled by the dialect. SQLite's knows nothing but its library: one stands for the other.
    """
    dialect, compiled = SQLiteDialect_pysqlite, LRUCache(5000)
    real = dialect.__eq__, dialect.__hash__, db._make_engine

    def same(self: SQLiteDialect_pysqlite, other: object) -> bool:
        return isinstance(other, dialect) and self.dbapi is other.dbapi

    def make(*how: Any) -> Engine:
        engine = real[2](*how)
        if isinstance(engine.dialect, dialect):
            engine._compiled_cache = compiled
        return engine

    dialect.__eq__, dialect.__hash__ = same, lambda self: hash(self.dbapi)  # type: ignore[method-assign,assignment]
    db._make_engine = make  # type: ignore[method-assign,assignment]
    yield
    dialect.__eq__, dialect.__hash__, db._make_engine = real  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _still_clock() -> Iterator[None]:
    yield
    clock.reset()


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "::1", "localhost")):
            raise AssertionError(f"a test tried to reach {address}")
        real(self, address)  # type: ignore[arg-type]

    socket.socket.connect = connect  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = real  # type: ignore[method-assign]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"SINTONIA_INSTANCE": str(tmp_path), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"})


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no rows, for ``lay``: copied, it is there sooner than made anew."""
    folder = tmp_path_factory.mktemp("empty")
    with create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True).app_context():
        db.create_all()
        db.session.remove()
        db.engine.dispose()
    return made_in(folder)


@pytest.fixture
def app(settings: Settings, empty_database: Path) -> Iterator[APIFlask]:
    """An application on an empty database of its own, with its context pushed."""
    lay(empty_database, settings.instance)
    app = create_app(settings, TESTING=True)
    # A test before this one may have served in this process.
    LIFE.begin("")
    # Nor may looks of its people, which could not be written then, come along.
    accesses._waiting.clear()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    return app.test_client()
