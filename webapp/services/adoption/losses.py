"""What an adoption keeps from being taken away becomes one batch for each platform, about which a person decides."""

from datetime import timedelta

import structlog
from sqlalchemy import select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.registry import UnknownGateway
from webapp.models import Account, Run
from webapp.models.run import DONE, STAGED
from webapp.services.adoption.requests import APPLY, TRIGGER
from webapp.services.adoption.writing import REASON, UNTOLD
from webapp.services.drift import LIFT
from webapp.services.errors import ServiceError
from webapp.services.keeps import lift_keeps
from webapp.vault import VaultError

# An adoption whose batch could not be made for so long is left to the page of what is kept.
LATELY = timedelta(days=7)
_ACCOUNT, _RUN = Account.__table__, Run.__table__
log = structlog.get_logger()


def stage_losses() -> list[Run]:
    """Make the batches that are still to be made; done twice, or by two processes, it makes none twice.

    Returns:
        The runs that now wait for a person.
    """
    staged = []
    for run_id, integration_id, counts in _untold():
        try:
            staged += _stage(integration_id, run_id)
        except (ServiceError, VaultError, UnknownGateway) as error:
            # It is tried again at the next tick; until then nobody loses anything.
            db.session.rollback()
            log.warning("adoption.not_staged", run_id=run_id, reason=type(error).__name__)
            continue
        told = update(_RUN).where(_RUN.c.id == run_id).values(counts={**counts, UNTOLD: 0})
        db.session.execute(told)
        db.session.commit()
    return staged


def _untold() -> list[tuple[int, int, dict[str, int]]]:
    rows = db.session.execute(
        select(_RUN.c.id, _RUN.c.integration_id, _RUN.c.counts)
        .where(_RUN.c.trigger == TRIGGER, _RUN.c.mode == APPLY, _RUN.c.status == DONE)
        .where(_RUN.c.finished_at > utc_now() - LATELY)
        .order_by(_RUN.c.id)
    ).all()
    db.session.rollback()
    return [(row.id, row.integration_id, row.counts) for row in rows if row.counts.get(UNTOLD)]


def _stage(integration_id: int, adopted_id: int) -> list[Run]:
    there = select(_RUN.c.id).where(
        _RUN.c.integration_id == integration_id, _RUN.c.id > adopted_id, _RUN.c.trigger == LIFT, _RUN.c.status == STAGED
    )
    kept = select(_ACCOUNT.c.id).where(
        _ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.keep_content != "", _ACCOUNT.c.keep_reason == REASON
    )
    if db.session.scalar(there.limit(1)) is not None:
        return []
    ids = list(db.session.scalars(kept))
    db.session.rollback()
    return lift_keeps(ids, REASON, stage_all=True, trigger=TRIGGER) if ids else []
