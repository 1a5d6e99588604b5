"""APScheduler: fires the periodic work, once a tick whatever the number of processes."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.jobs import tasks
from webapp.services import clock_watch, epoch, recipes
from webapp.services.adoption import losses, slept
from webapp.services.system import beat, fire_once

BEAT = "scheduler"
BEAT_S = 5
EPOCH_S = 30
EVERY_S: dict[str, int] = {
    "reconcile": 30,
    "look_up": 15,
    "changes": 900,
    "dated": 60,
    "cutoffs": 300,
    "tidy": 3600,
    "notify": 10,
    "orphans": 10,
    "measure": 300,
    "watch": 60,
    "products": 300,
    "probe": 60,
    "keeps": 3600,
    "erase": 15,
    "retain": 3600,
    "seal": 10,
    "chain": 60,
    "backups": 10,
    "drill": 600,
}
# What takes away, or throws away, by the date alone: not while nobody knows which day it is.
BY_DATE = frozenset({"dated", "cutoffs", "tidy", "keeps", "retain"})
TASKS: dict[str, Callable[[], None]] = {
    "reconcile": tasks.reconcile_due,
    "look_up": tasks.look_up,
    "changes": tasks.read_changes,
    "dated": tasks.mark_dated,
    "cutoffs": tasks.prepare_cutoffs,
    "tidy": tasks.tidy,
    "notify": tasks.notify,
    "orphans": tasks.cancel_orphans,
    "measure": tasks.measure,
    "watch": tasks.watch,
    "products": tasks.watch_products,
    "probe": tasks.probe,
    "keeps": tasks.remind_keeps,
    "erase": tasks.erase,
    "retain": tasks.retain,
    "seal": tasks.seal_history,
    "chain": tasks.check_history,
    "backups": tasks.back_up,
    "drill": tasks.try_backup,
}
log = structlog.get_logger()


def build_scheduler(app: Flask) -> BackgroundScheduler:
    """Return the scheduler with all periodic work, not yet started.

    APScheduler's defaults would drop late runs after a second and pile up missed ones.
    """
    defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
    for name, task in TASKS.items():
        scheduler.add_job(run_task, "interval", seconds=EVERY_S[name], args=(app, name, task), id=name)
    scheduler.add_job(show_life, "interval", seconds=BEAT_S, args=(app,), id="beat", next_run_time=utc_now())
    scheduler.add_job(keep_epoch, "interval", seconds=EPOCH_S, args=(app,), id="epoch")
    return scheduler


def run_task(app: Flask, name: str, task: Callable[[], None]) -> None:
    """Run one task, unless another process ran it for this tick; a failure is logged, never lost."""
    now = utc_now()
    every_s = EVERY_S[name]
    if name in BY_DATE and _in_doubt(app):
        return
    scheduled_at = datetime.fromtimestamp(now.timestamp() // every_s * every_s, UTC)
    with app.app_context():
        try:
            with db.engine.begin() as db_connection:
                mine = fire_once(db_connection, name, scheduled_at, now)
            if mine:
                recipes.refresh()
                task()
        except Exception:
            # A border: the next tick must come whatever happened in this one.
            log.exception("task.failed", task=name)
        finally:
            db.session.remove()


def count_anew(scheduler: BackgroundScheduler) -> None:
    """Let all work be due now: a clock that was set back would make it wait by as much."""
    for job in scheduler.get_jobs():
        job.modify(next_run_time=utc_now())


def _in_doubt(app: Flask) -> bool:
    with app.app_context():
        return clock_watch.in_doubt(db.engine)


def show_life(app: Flask) -> None:
    """Record that the scheduler lives; ``/readyz`` and ``doctor`` look at it."""
    with app.app_context(), db.engine.begin() as db_connection:
        beat(db_connection, BEAT, utc_now())


def keep_epoch(app: Flask) -> None:
    """Count on the mark of the database, in every process: each watches the file beside its own."""
    with app.app_context():
        try:
            epoch.tick()
            slept.look_at_held()
            losses.stage_losses()
        except Exception:
            # A border: the next tick must come whatever happened in this one.
            log.exception("epoch.tick")
        finally:
            db.session.remove()
