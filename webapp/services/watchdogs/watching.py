"""Asks every watchdog, tells what is new and says what is over. One that breaks holds no other."""

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Alert
from webapp.services.alerts import clear_alert, raise_alert
from webapp.services.transactions import begin
from webapp.services.watchdogs import (
    backups,
    guessing,
    history,
    moving,
    parts,
    platforms,
    queues,
    reconciling,
    secrets,
)
from webapp.services.watchdogs.finding import Check, Finding

CHECKS: tuple[Check, ...] = (
    *parts.CHECKS, *platforms.CHECKS, *queues.CHECKS, *history.CHECKS, *secrets.CHECKS, *reconciling.CHECKS,
    *guessing.CHECKS, *backups.CHECKS, *moving.CHECKS,
)  # fmt: skip
# What is known already is told anew so often, with its figures of then.
REFRESH = timedelta(hours=1)
log = structlog.get_logger()


def watch(now: datetime) -> None:
    """Look at everything, and commit what each watchdog says."""
    for check in CHECKS:
        try:
            _watch(check, now)
        except Exception:
            # A border: the next watchdog must have its turn.
            log.exception("watchdog.failed", codes=sorted(check.codes))
            db.session.rollback()


def _watch(check: Check, now: datetime) -> None:
    begin(reads_only=True)
    found = {finding.key: finding for finding in check.look(now)}
    known = _known(check.codes)
    news = [one for one in found.values() if known.get(one.key, now - REFRESH) <= now - REFRESH]
    over = [key for key in known if key not in found]
    if news or over:
        begin(reads_only=False)
        _tell(news, over)
        db.session.commit()
    db.session.rollback()


def _tell(news: Collection[Finding], over: Collection[tuple[str, str, int]]) -> None:
    for key in over:
        clear_alert(*key)
    for one in news:
        raise_alert(one.code, one.object_type, one.object_id, one.label, one.params, one.level)


def _known(codes: Collection[str]) -> dict[tuple[str, str, int], datetime]:
    """Return what is open, or was closed by a person while it lasts, and when it was last told."""
    quiet = (Alert.closed_by != "") & (Alert.last_at <= Alert.closed_at)
    rows = db.session.execute(
        select(Alert.code, Alert.object_type, Alert.object_id, Alert.last_at)
        .where(Alert.code.in_(codes), Alert.closed_at.is_(None) | quiet)
    )  # fmt: skip
    return {(row.code, row.object_type, row.object_id): row.last_at for row in rows}
