"""An integration with a crowd, and engines that a test drives by hand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.journeys.platforms import connect
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.models import Integration
from webapp.sandbox.client import Tenant
from webapp.services.connections import Connections
from webapp.services.hub import current_hub

MakeEngine = Callable[[], Engine]


@pytest.fixture
def integration(app: object, nx: Tenant) -> Integration:
    """An integration with a platform that honours keys, two calls at a time."""
    return connect(nx, "key", concurrency=2, total_timeout_s=2)


@pytest.fixture
def make_engine(app: object, settings: Settings) -> Iterator[MakeEngine]:
    """Make engines, each as if it were the only one of its process; all are finished at the end."""
    with ExitStack() as stack:

        def make() -> Engine:
            # What the test has read holds SQLite's write lock until the session lets go.
            db.session.rollback()
            owner = stack.enter_context(Owner(settings.instance))
            engine = Engine(db.engine, current_hub(), Connections(current_hub()), owner)
            stack.callback(engine.finish)
            return engine

        yield make
