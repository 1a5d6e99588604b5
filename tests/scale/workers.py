"""``serve --role worker`` without its process: an engine, and what tells it which integrations to work on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs.driving import Drives
from webapp.jobs.engine import Engine
from webapp.jobs.fitness import Fitness
from webapp.jobs.owner import Owner
from webapp.jobs.scaled.consumer import Consumer
from webapp.services.connections import Connections
from webapp.services.hub import current_hub


class AlwaysFit(Fitness):
    """Of a test that lets time pass: the clock of the database does not come along."""

    def look(self) -> None:
        """Find nothing wrong."""
        self.may_claim = True


@contextmanager
def worker(settings: Settings, *, minds_the_clock: bool = True) -> Iterator[Engine]:
    """Work while the context lasts; then end as a server does."""
    with Owner(settings.instance) as owner:
        drives, fitness = Drives(), (Fitness if minds_the_clock else AlwaysFit)(db.engine)
        engine = Engine(db.engine, current_hub(), Connections(current_hub()), owner, drives, fitness)
        thread = threading.Thread(target=engine.run)
        thread.start()
        try:
            with Consumer(db.engine, drives, fitness):
                yield engine
        finally:
            engine.stop()
            thread.join()
