"""Our own engine, as ``serve`` runs it: decided, recorded before and after, signed, masked and kept.

``PEER_STORE`` is the instance folder, ``PEER_DATABASE`` the address of a PostgreSQL that it uses instead of its file.
"""

import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from tests.bench.peers.handler import IN_FLIGHT, Job, store
from tests.bench.seed import add_customers, open_shop
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.models import Account
from webapp.schema import migrate_database
from webapp.services.connections import current_connections
from webapp.services.hub import current_hub


@contextmanager
def _hub() -> Iterator[None]:
    settings = {"SINTONIA_INSTANCE": store(), "SINTONIA_EGRESS_ALLOW": "127.0.0.1/32"}
    if os.environ.get("PEER_DATABASE"):
        settings["SINTONIA_DATABASE_URL"] = os.environ["PEER_DATABASE"]
    with create_app(load_settings(settings)).app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def enqueue(jobs: list[Job]) -> None:
    """Sell to as many people as there are jobs; what they are sent is decided by the engine itself."""
    with _hub():
        migrate_database(db.engine)
        shop = open_shop("Peers", "outros", {"url": os.environ["PEER_URL"]}, "generico", IN_FLIGHT)
        add_customers(shop, len(jobs), 1, due=True)


def work() -> None:
    """Work the queue until killed."""
    with _hub(), Owner(current_hub().settings.instance) as owner:
        # As ``serve`` does.
        gc.collect()
        gc.freeze()
        gc.set_threshold(5_000, 20, 100)
        thread = threading.Thread(target=Engine(db.engine, current_hub(), current_connections(), owner).run)
        thread.start()
        thread.join()


def left() -> int:
    """Return how many accounts are still due."""
    with _hub():
        return db.session.scalar(select(func.count()).where(Account.due_at.is_not(None))) or 0
