"""A scheduler that is stopped in the middle of a task: it writes a row, stops itself before the commit, and goes on."""

import os
import signal

from flask import Flask

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.jobs.leading import Lead
from webapp.jobs.scheduler import run_task
from webapp.models import Heartbeat

OLD = "what an old leader wrote"


def stop_in_the_middle() -> None:
    """Do what a task does, and stand still before it is committed."""
    db.session.add(Heartbeat(name=OLD, at=utc_now()))
    db.session.flush()
    os.kill(os.getpid(), signal.SIGSTOP)
    db.session.commit()


def lead_and_stop(app: Flask) -> None:
    """Take the lead, and begin the task."""
    with app.app_context():
        lead = Lead(db.engine, "old")
        lead.renew()
        run_task(app, "ping", stop_in_the_middle, lead)
