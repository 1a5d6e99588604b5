"""APScheduler: fires the periodic work, once a tick whatever the number of processes.

Of those that could, one leads (``leading.py``); and each tick has a row that only one can make.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from structlog.contextvars import bound_contextvars

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.jobs import tasks
from webapp.jobs.fitness import Fitness
from webapp.jobs.leading import Lead
from webapp.logs import fresh_id
from webapp.services import clock_watch, epoch, leadership, recipes
from webapp.services.adoption import losses, slept
from webapp.services.life import LIFE
from webapp.services.metrics import process
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
    "messages": 15,
    "first_use": 60,
    "orphans": 10,
    "measure": 300,
    "watch": 60,
    "products": 300,
    "probe": 60,
    "keeps": 3600,
    "erase": 15,
    "retain": 3600,
    "reports": 300,
    "seal": 10,
    "chain": 60,
    "backups": 10,
    "drill": 600,
    "ping": 60,
    "seats": 60,
    "leaks": 1800,
    "prices": 60,
    "moves": 10,
}
# What takes away, or throws away, by the date alone: not while nobody knows which day it is.
BY_DATE = frozenset({"dated", "cutoffs", "tidy", "keeps", "retain", "reports", "prices", "moves", "leaks"})
TASKS: dict[str, Callable[[], None]] = {
    "reconcile": tasks.reconcile_due,
    "look_up": tasks.look_up,
    "changes": tasks.read_changes,
    "dated": tasks.mark_dated,
    "cutoffs": tasks.prepare_cutoffs,
    "tidy": tasks.tidy,
    "notify": tasks.notify,
    "messages": tasks.tell_subscribers,
    "first_use": tasks.note_first_use,
    "orphans": tasks.cancel_orphans,
    "measure": tasks.measure,
    "watch": tasks.watch,
    "products": tasks.watch_products,
    "probe": tasks.probe,
    "keeps": tasks.remind_keeps,
    "erase": tasks.erase,
    "retain": tasks.retain,
    "reports": tasks.report,
    "seal": tasks.seal_history,
    "chain": tasks.check_history,
    "backups": tasks.back_up,
    "drill": tasks.try_backup,
    "ping": tasks.ping_out,
    "seats": tasks.fold_seats,
    "leaks": tasks.note_leaks,
    "prices": tasks.apply_prices,
    "moves": tasks.advance_moves,
}
log = structlog.get_logger()
process.expect_tasks(EVERY_S)


def build_scheduler(app: Flask, lead: Lead | None = None, fitness: Fitness | None = None) -> BackgroundScheduler:
    """Return the scheduler with all periodic work, not yet started.

    APScheduler's defaults would drop late runs after a second and pile up missed ones.

    Args:
        lead: without it nobody else is asked who leads.
        fitness: without it, it always may lead.
    """
    defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
    # A thread of its own: tasks that wait for platforms must neither end the lead nor make the process look dead.
    scheduler.add_executor(ThreadPoolExecutor(1), BEAT)
    for name, task in TASKS.items():
        scheduler.add_job(run_task, "interval", seconds=EVERY_S[name], args=(app, name, task, lead), id=name)
    scheduler.add_job(
        show_life, "interval", seconds=BEAT_S, args=(app, lead, fitness), id="beat", next_run_time=utc_now(),
        executor=BEAT,
    )  # fmt: skip
    scheduler.add_job(keep_epoch, "interval", seconds=EPOCH_S, args=(app,), id="epoch")
    return scheduler


def run_task(app: Flask, name: str, task: Callable[[], None], lead: Lead | None = None) -> None:
    """Run one task, unless another process leads or ran it for this tick; a failure is logged, never lost."""
    now = utc_now()
    every_s = EVERY_S[name]
    fence = lead.fence() if lead is not None else None
    if (lead is not None and fence is None) or (name in BY_DATE and _in_doubt(app)):
        return
    scheduled_at = datetime.fromtimestamp(now.timestamp() // every_s * every_s, UTC)
    with app.app_context(), leadership.under(fence), bound_contextvars(task=name, task_run=fresh_id()):
        try:
            with db.engine.begin() as db_connection:
                mine = fire_once(db_connection, name, scheduled_at, now)
            if mine:
                with process.task(name):
                    recipes.refresh()
                    task()
        except leadership.Overtaken:
            log.warning("task.overtaken", task=name, fence=fence)
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


def show_life(app: Flask, lead: Lead | None = None, fitness: Fitness | None = None) -> None:
    """Record that the scheduler lives, and lead on; ``/readyz`` and ``doctor`` look at it."""
    LIFE.show(BEAT)
    with app.app_context():
        with db.engine.begin() as db_connection:
            beat(db_connection, BEAT, utc_now())
        if fitness is not None:
            fitness.look()
        if lead is not None and (fitness is None or fitness.may_claim):
            lead.renew()


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
