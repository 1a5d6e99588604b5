"""What all tests share: an application on its own database, people with roles, a clock, no network."""

import gc
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from webapp import clock, create_app
from webapp.config import Settings, load_settings
from webapp.extensions import db

DATABASE = "sintonia.db"
pytest_plugins = ["tests.fixtures.sandbox", "tests.fixtures.people", "tests.fixtures.postgres"]


@pytest.fixture(autouse=True, scope="session")
def _calm_collector() -> None:
    """As the server does: a full collection over thousands of tests would stop all threads for too long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True, scope="session")
def _routes_compiled_once() -> Iterator[None]:
    """Werkzeug writes and compiles code for every route of every application: two thirds of the time to make one."""
    real = Rule._compile_builder
    known: dict[object, Callable[..., tuple[str, str]]] = {}

    def compile_builder(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (tuple(self._trace), repr(self.defaults), repr(sorted(self.arguments)), append_unknown)
        return known.get(key) or known.setdefault(key, real(self, append_unknown))

    Rule._compile_builder = compile_builder  # type: ignore[method-assign]
    yield
    Rule._compile_builder = real  # type: ignore[method-assign]


class Templates(BytecodeCache):
    """What the templates were compiled to, by name and checksum: the same for every application of a process."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.known[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(autouse=True, scope="session")
def _templates_compiled_once() -> Iterator[None]:
    """Every application compiles each template it shows: half of the time of the tests of pages."""
    real = APIFlask.jinja_options
    APIFlask.jinja_options = {**real, "bytecode_cache": Templates()}
    yield
    APIFlask.jinja_options = real


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
    """A file with all tables and no rows: copied, it is there sooner than made anew."""
    folder = tmp_path_factory.mktemp("empty")
    with create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True).app_context():
        db.create_all()
        db.session.remove()
        db.engine.dispose()
    return folder / DATABASE


@pytest.fixture
def app(settings: Settings, empty_database: Path) -> Iterator[APIFlask]:
    """An application on an empty database of its own, with its context pushed."""
    shutil.copy(empty_database, settings.instance / DATABASE)
    app = create_app(settings, TESTING=True)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    return app.test_client()
