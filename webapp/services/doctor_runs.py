"""The part of ``doctor`` that is about reconciliation: its worker, what waits for a person, the oldest reading."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Heartbeat, Integration, Run
from webapp.models.run import PAUSED, STAGED
from webapp.services.doctor_finding import BEAT_OLD, OK, WARN, Finding
from webapp.services.readings import last_readings
from webapp.services.watchdogs.reconciling import watched

# So many of a kind are named; the page shows all.
MOST = 20
HOUR = timedelta(hours=1)


def examine_runs() -> list[Finding]:
    """Look at reconciliation and return what was found; reads only, in the caller's transaction."""
    now = utc_now()
    return [_worker(now), _batches(now), *_paused(), *_readings(now)]


def _worker(now: datetime) -> Finding:
    if db.session.scalar(select(Integration.id).where(Integration.active).limit(1)) is None:
        return Finding("runs", OK, "doctor_runs_none")
    at = db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == "runs"))
    if at is None or now - at > BEAT_OLD:
        return Finding("runs", WARN, "doctor_runs_silent")
    return Finding("runs", OK, "doctor_runs", {"seconds": int((now - at).total_seconds())})


def _batches(now: datetime) -> Finding:
    """Nobody is told by a page that nobody opens: what waits for a person waits here, too."""
    count = db.session.scalar(select(func.count()).select_from(Run).where(Run.status == STAGED)) or 0
    oldest = db.session.scalars(select(Run).where(Run.status == STAGED).order_by(Run.started_at).limit(1)).first()
    if oldest is None:
        return Finding("batches", OK, "doctor_batches_none")
    params = {"count": count, "id": oldest.id, "hours": (now - oldest.started_at) // HOUR}
    return Finding("batches", WARN, "doctor_batches", params)


def _paused() -> list[Finding]:
    wanted = select(Run).options(joinedload(Run.integration)).where(Run.status == PAUSED).order_by(Run.id).limit(MOST)
    return [
        Finding("batches", WARN, "doctor_run_paused", {"id": run.id, "integration": run.integration.description})
        for run in db.session.scalars(wanted)
    ]


def _readings(now: datetime) -> list[Finding]:
    """Look at when each platform that can be read last showed itself whole: older than that, nothing is proven."""
    readings = last_readings(1)
    ages = []
    late = []
    for one in watched():
        if not one.live:
            continue
        seen = readings.get(one.id)
        last = seen[-1].at if seen else one.since
        ages.append((now - last, one.description))
        if now - last > one.longest:
            code = "doctor_reading_old" if seen else "doctor_reading_never"
            params = {"id": one.id, "integration": one.description, "hours": (now - last) // HOUR}
            late.append(Finding("readings", WARN, code, params))
    if late or not ages:
        return late or [Finding("readings", OK, "doctor_readings_none")]
    age, description = max(ages)
    return [Finding("readings", OK, "doctor_readings", {"integration": description, "hours": age // HOUR})]
