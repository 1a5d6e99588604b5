"""A worker of the scaled engine, as ``serve --role worker`` has it, that ends when nothing is due."""

import threading

from flask import Flask
from sqlalchemy import func, select

from webapp import clock
from webapp.extensions import db
from webapp.jobs.driving import Drives
from webapp.jobs.engine import Engine
from webapp.jobs.fitness import Fitness
from webapp.jobs.owner import Owner
from webapp.jobs.scaled import consumer
from webapp.models import Account
from webapp.services.connections import current_connections
from webapp.services.hub import current_hub

LOOK_S, PATIENCE_S = 0.05, 300.0
# A dead worker's jobs are free sooner than in a server: a test need not wait for that.
consumer.BEAT_S, consumer.STALLED_S, consumer.RECOVER_S, consumer.POLL_S = 0.3, 1.2, 0.2, 0.2


def work(app: Flask) -> None:
    """Work beside whoever else does until no account is due, or for so long."""
    with app.app_context(), Owner(current_hub().settings.instance) as owner:
        drives, fitness = Drives(), Fitness(db.engine)
        engine = Engine(db.engine, current_hub(), current_connections(), owner, drives, fitness)
        thread = threading.Thread(target=engine.run, daemon=True)
        thread.start()
        with consumer.Consumer(db.engine, drives, fitness):
            until_s = clock.monotonic_s() + PATIENCE_S
            while _due() and clock.monotonic_s() < until_s:
                clock.sleep(LOOK_S)
        engine.stop()
        thread.join()


def _due() -> int:
    count = db.session.scalar(select(func.count()).where(Account.due_at.is_not(None))) or 0
    db.session.rollback()
    return count
