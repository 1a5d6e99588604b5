"""Before a platform's billing day: cancels go first, the platform is read once more, and what would miss it is told.

The calendar without suspensions holds no cancel past that day: ``services/convergence/quiet.py``.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, exists, or_, select, update

from webapp.clock import utc_now
from webapp.decide.cutoff import in_lead, next_cutoff
from webapp.decide.policy import ENDED
from webapp.decide.state import LIVE
from webapp.extensions import db
from webapp.models import Account, Entitlement, Integration, Run, RunItem, Service, ServicePackage
from webapp.models.account import BLOCKED, PARKED
from webapp.models.run import FULL, HELD, STAGED
from webapp.services.accounts import ORDINARY
from webapp.services.alerts import FAIL, WARN, clear_alert, raise_alert
from webapp.services.hub import current_hub
from webapp.services.runs.causes import worth

CODE = "cutoff_at_risk"
# Nearer than this, it is no longer something for tomorrow.
URGENT = timedelta(hours=12)
_ACCOUNT, _INTEGRATION = Account.__table__, Integration.__table__
_QUIETLY = {"synchronize_session": False}
log = structlog.get_logger()


def prepare_cutoffs() -> None:
    """Do what is due before billing days, platform by platform; one that fails does not hold the others."""
    known = select(_INTEGRATION.c.id).where(_INTEGRATION.c.active, _INTEGRATION.c.billing_day.is_not(None))
    for integration_id in list(db.session.scalars(known)):
        try:
            prepare(integration_id, utc_now())
        except Exception:
            # A border: the next platform must have its turn.
            log.exception("cutoff.failed", integration_id=integration_id)
            db.session.rollback()


def prepare(integration_id: int, now: datetime) -> None:
    """Do what is due before one platform's billing day, and commit; outside of its lead, only an alert ends."""
    integration = db.session.get_one(Integration, integration_id)
    if integration.billing_day is None:
        return
    cutoff = next_cutoff(integration.billing_day, now.astimezone(ZoneInfo(current_hub().settings.timezone)))
    if not in_lead(cutoff, integration.billing_lead_h, now):
        clear_alert(CODE, "integration", integration_id)
    else:
        _cancels_first(integration_id)
        _read_once(integration, cutoff - timedelta(hours=integration.billing_lead_h), now)
        _tell(integration, cutoff, now)
    db.session.commit()


def at_risk(integration_id: int) -> list[int]:
    """Return accounts that shall end and wait for a person: staged in a batch, blocked, or in doubt."""
    staged = (
        select(RunItem.account_id)
        .join(Run, Run.id == RunItem.run_id)
        .where(Run.integration_id == integration_id, Run.status == STAGED)
        .where(RunItem.outcome == HELD, RunItem.action == "cancel", RunItem.account_id.is_not(None))
    )
    stuck = select(_ACCOUNT.c.id).where(
        _ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.status.in_((BLOCKED, PARKED)), _ending()
    )
    return list(db.session.scalars(staged.union(stuck)))


def _ending() -> ColumnElement[bool]:
    """Tell what shall end, as far as rows tell without planning it."""
    ended = select(Service.id).where(Service.status.in_(ENDED))
    taken_off = exists().where(
        Entitlement.account_id == _ACCOUNT.c.id, Entitlement.applied.in_(sorted(LIVE)),
        ServicePackage.id == Entitlement.service_package_id, ServicePackage.removed_at.is_not(None),
    )  # fmt: skip
    return or_(_ACCOUNT.c.desired == "absent", _ACCOUNT.c.service_id.in_(ended), taken_off)


def _cancels_first(integration_id: int) -> None:
    """Let what shall end wait behind the suspensions no longer; what was paid still overtakes it."""
    statement = (
        update(_ACCOUNT)
        .where(_ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.due_at.is_not(None))
        .where(_ACCOUNT.c.priority > ORDINARY, _ending())
        .values(priority=ORDINARY, updated_at=_ACCOUNT.c.updated_at)
    )
    db.session.execute(statement, execution_options=_QUIETLY)


def _read_once(integration: Integration, since: datetime, now: datetime) -> None:
    """Have the whole platform read once in these hours, so that who is there for no reason is found in time."""
    read = select(Run.id).where(
        Run.integration_id == integration.id, Run.reading == FULL, Run.started_at >= since
    )  # fmt: skip
    due_at = integration.reconcile_due_at
    if db.session.scalar(read.limit(1)) is not None or (due_at is not None and due_at <= now):
        return
    # Not through the ORM: it must not count as an edit of the integration.
    statement = update(_INTEGRATION).where(_INTEGRATION.c.id == integration.id).values(
        reconcile_due_at=now, updated_at=_INTEGRATION.c.updated_at
    )  # fmt: skip
    db.session.execute(statement, execution_options=_QUIETLY)


def _tell(integration: Integration, cutoff: datetime, now: datetime) -> None:
    waiting = at_risk(integration.id)
    if not waiting:
        clear_alert(CODE, "integration", integration.id)
        return
    value: Decimal = worth(integration.id, waiting)
    params = {
        "integration": integration.description, "day": f"{cutoff:%d/%m/%Y}", "count": len(waiting),
        "value": f"{value:.2f}",
    }  # fmt: skip
    level = FAIL if cutoff - now < URGENT else WARN
    raise_alert(CODE, "integration", integration.id, integration.description, params, level)
