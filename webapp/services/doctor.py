"""Looks the hub over: what is well, what is not, and what to do about it."""

from datetime import datetime, timedelta

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.clock import utc_now
from webapp.config import Settings
from webapp.database import SQLITE_FLOOR
from webapp.database.file import LOST
from webapp.database.trouble import trouble
from webapp.extensions import db
from webapp.gateways import registry
from webapp.models import Account, Heartbeat, Integration, Source
from webapp.schema import current_revision, head_revision, revisions
from webapp.services import clock_watch, epoch, recipes
from webapp.services.doctor_backups import examine_backups
from webapp.services.doctor_clock import examine_clock, examine_skew
from webapp.services.doctor_finding import BEAT_OLD, FAIL, OK, WARN, Finding
from webapp.services.doctor_history import examine_history
from webapp.services.doctor_ping import examine_ping
from webapp.services.doctor_places import examine_places
from webapp.services.doctor_postgres import examine_postgres
from webapp.services.doctor_room import examine_room
from webapp.services.doctor_runs import examine_runs
from webapp.services.doctor_secrets import examine_secrets
from webapp.services.doctor_server import examine_server
from webapp.services.hub import current_hub
from webapp.services.transactions import begin

QUEUE_OLD = timedelta(minutes=10)


def examine() -> list[Finding]:
    """Look at everything and return what was found, in a fixed order. Changes nothing.

    What needs the database is left out when it cannot be used; the finding says so.
    """
    hub = current_hub()
    findings = [_sqlite_version(hub.settings), *examine_places(hub.settings), *examine_clock(hub.settings)]
    findings += [*examine_server(hub.settings), *examine_room(hub.settings)]
    findings.append(_egress(hub.settings))
    findings += _recipes()
    database = _database()
    findings += database
    if all(finding.level != FAIL for finding in database):
        begin(reads_only=True)
        findings += [
            *examine_postgres(hub.settings),
            _epoch(),
            *_doubt(),
            *examine_skew(),
            _scheduler(),
            _engine(),
            _queue(),
            *_pauses(),
            *examine_runs(),
            *_sources(),
        ]
        findings += [*examine_history(), *examine_secrets(), *examine_backups(), *examine_ping()]
    db.session.rollback()
    return findings


def _sqlite_version(settings: Settings) -> Finding:
    params = {"version": sqlite.sqlite_version, "floor": ".".join(map(str, SQLITE_FLOOR))}
    if not settings.sqlite:
        return Finding("sqlite", OK, "doctor_not_sqlite")
    good = sqlite.sqlite_version_info >= SQLITE_FLOOR
    return Finding("sqlite", OK if good else FAIL, "doctor_sqlite" if good else "doctor_sqlite_old", params)


def _egress(settings: Settings) -> Finding:
    wide = [str(network) for network in settings.egress_allow if network.prefixlen == 0]
    allowed = ", ".join(str(network) for network in settings.egress_allow)
    if wide:
        return Finding("egress", WARN, "doctor_egress_wide", {"networks": ", ".join(wide)})
    return Finding("egress", OK, "doctor_egress" if allowed else "doctor_egress_none", {"networks": allowed})


def _recipes() -> list[Finding]:
    recipes.refresh(at_once=True)
    problems = registry.problems()
    if not problems:
        return [Finding("recipes", OK, "doctor_recipes", {"count": len(registry.all_gateways())})]
    return [Finding("recipes", WARN, "doctor_recipe_broken", {"problem": str(problem)}) for problem in problems]


def _database() -> list[Finding]:
    try:
        begin(reads_only=True)
        db.session.execute(select(1))
        # The schema is read through a connection of its own, which must not wait for this one.
        db.session.rollback()
        current, head = current_revision(db.engine), head_revision()
    except SQLAlchemyError as error:
        return [_unreachable(error)]
    params = {"current": current or "-", "head": head or "-"}
    same = current == head
    wrong = "doctor_schema_new" if current is not None and current not in revisions() else "doctor_schema_old"
    schema = Finding("schema", OK if same else FAIL, "doctor_schema" if same else wrong, params)
    return [Finding("database", OK, "doctor_database", {"kind": db.engine.dialect.name}), schema]


def _unreachable(error: SQLAlchemyError) -> Finding:
    code = trouble(error)
    if code in LOST:
        return Finding("database", FAIL, code)
    return Finding("database", FAIL, "doctor_database_closed", {"reason": str(getattr(error, "orig", error))})


def _epoch() -> Finding:
    found = epoch.observing_afresh()
    if found is None:
        return Finding("epoch", OK, "doctor_epoch")
    return Finding("epoch", FAIL, "doctor_observing", {"count": len(found.held)})


def _doubt() -> list[Finding]:
    doubt = clock_watch.stands()
    begin(reads_only=True)
    return [Finding("clock", WARN, "doctor_clock_doubt")] if doubt else []


def _scheduler() -> Finding:
    age = _age("scheduler")
    if age is None:
        return Finding("scheduler", WARN, "doctor_scheduler_never")
    params, old = {"seconds": int(age.total_seconds())}, age > BEAT_OLD
    return Finding("scheduler", WARN if old else OK, "doctor_scheduler_old" if old else "doctor_scheduler", params)


def _engine() -> Finding:
    """Where it has never run the scheduler has not either, and says so."""
    age = _age("engine")
    if age is None:
        return Finding("engine", OK, "doctor_engine_never")
    params, old = {"seconds": int(age.total_seconds())}, age > BEAT_OLD
    return Finding("engine", WARN if old else OK, "doctor_engine_old" if old else "doctor_engine", params)


def _age(part: str) -> timedelta | None:
    at: datetime | None = db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == part))
    return utc_now() - at if at is not None else None


def _queue() -> Finding:
    row = db.session.execute(
        select(func.count(), func.min(Account.due_at))
        .join(Integration, Integration.id == Account.integration_id)
        .where(Account.due_at <= utc_now(), Integration.active)
    ).one()
    oldest = row[1]
    params = {"count": row[0], "minutes": int((utc_now() - oldest).total_seconds() // 60) if oldest else 0}
    late = oldest is not None and utc_now() - oldest > QUEUE_OLD
    return Finding("queue", WARN if late else OK, "doctor_queue_late" if late else "doctor_queue", params)


def _pauses() -> list[Finding]:
    paused = db.session.scalars(
        select(Integration).where(Integration.active, Integration.paused_code.is_not(None)).order_by(Integration.id)
    ).all()
    if not paused:
        return [Finding("integrations", OK, "doctor_integrations")]
    return [
        Finding("integrations", WARN, "doctor_integration_paused", {"id": one.id, "integration": one.description})
        for one in paused
    ]


def _sources() -> list[Finding]:
    """Look at where customers come from: a source that is stopped is silent, and so is a worker that is not there."""
    active = db.session.scalars(select(Source).where(Source.active).order_by(Source.id)).all()
    if not active:
        return [Finding("sources", OK, "doctor_sources_none")]
    paused = [one for one in active if one.paused_code is not None]
    at = db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == "sources"))
    found = [
        Finding("sources", WARN, "doctor_source_paused", {"id": one.id, "source": one.description}) for one in paused
    ]
    if at is None or utc_now() - at > BEAT_OLD:
        found.append(Finding("sources", WARN, "doctor_sources_idle"))
    return found or [Finding("sources", OK, "doctor_sources", {"count": len(active)})]
