"""What undos keep for accounts: a person lifts it, the status ends it, and nobody forgets it."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Alert, Integration, Run
from webapp.services import epoch
from webapp.services.alerts import clear_alert, raise_alert
from webapp.services.audit import record
from webapp.services.drift import LIFT
from webapp.services.errors import Conflict
from webapp.services.runs import lifting
from webapp.services.runs.steering import reason_of
from webapp.services.signals import RUNS
from webapp.services.transactions import begin

KEEPS_STANDING = "keeps_standing"
OLD = timedelta(days=7)
BATCH = 500
_ACCOUNT, _ALERT = Account.__table__, Alert.__table__


def lift_keeps(account_ids: Collection[int], reason: str, *, stage_all: bool = False, trigger: str = LIFT) -> list[Run]:
    """Keep nothing for these accounts any more, and commit: what their status asks for is done.

    Args:
        stage_all: a person approves whatever takes away, however little it is; else only what passes the limits.
        trigger: ``adopt`` = part of an adoption, which may lift while the hub still observes.

    Returns:
        The runs that wait for a person, at most one for each integration; empty when all was lifted at once.

    Raises:
        Conflict: none of them keeps anything, or the hub only observes.
        Invalid: the reason is missing.
        VaultError, UnknownGateway: mend that first; nothing was lifted.
    """
    said = reason_of(reason)
    if not (stage_all and trigger != LIFT):
        epoch.refuse()
    begin(reads_only=False)
    by_integration = _kept(account_ids)
    if not by_integration:
        raise Conflict("keep_none")
    staged = []
    for integration_id, ids in by_integration.items():
        run = lifting.lift(integration_id, ids, said, stage_all=stage_all)
        after = {"count": len(ids), "run": run.id if run is not None else None}
        description = db.session.get_one(Integration, integration_id).description
        record("integration.lift_keeps", "integration", integration_id, description, after=after, reason=said)
        staged += [run] if run is not None else []
    db.session.commit()
    RUNS.wake()
    return staged


def remind() -> None:
    """Tell once a week of accounts that are kept for longer than a week, and commit; call it daily."""
    begin(reads_only=False)
    now = utc_now()
    rows = db.session.execute(
        select(_ACCOUNT.c.integration_id, func.count().label("count"), func.min(_ACCOUNT.c.kept_at).label("oldest"))
        .where(_ACCOUNT.c.keep_content != "")
        .group_by(_ACCOUNT.c.integration_id)
    ).all()
    old = {row.integration_id: row for row in rows if row.oldest is not None and row.oldest <= now - OLD}
    for integration in db.session.scalars(select(Integration).order_by(Integration.id)):
        row = old.get(integration.id)
        if row is None:
            clear_alert(KEEPS_STANDING, "integration", integration.id)
        elif _is_due(integration.id):
            params = {"count": row.count, "days": (now - row.oldest).days}
            raise_alert(KEEPS_STANDING, "integration", integration.id, integration.description, params)
    db.session.commit()


def _is_due(integration_id: int) -> bool:
    """Tell whether a week went by since it was told; closing it by hand is no answer for longer than that."""
    last = db.session.scalar(
        select(func.max(_ALERT.c.last_at)).where(
            _ALERT.c.code == KEEPS_STANDING, _ALERT.c.object_type == "integration",
            _ALERT.c.object_id == integration_id,
        )
    )  # fmt: skip
    if last is not None and utc_now() - last < OLD:
        return False
    # Said anew, so that it is sent anew.
    clear_alert(KEEPS_STANDING, "integration", integration_id)
    return True


def _kept(account_ids: Collection[int]) -> dict[int, list[int]]:
    """Return, by integration, those of these accounts that keep something."""
    found: dict[int, list[int]] = {}
    ids = sorted(set(account_ids))
    for start in range(0, len(ids), BATCH):
        wanted = select(_ACCOUNT.c.id, _ACCOUNT.c.integration_id).where(
            _ACCOUNT.c.id.in_(ids[start : start + BATCH]), _ACCOUNT.c.keep_content != ""
        )
        for row in db.session.execute(wanted.order_by(_ACCOUNT.c.id)):
            found.setdefault(row.integration_id, []).append(row.id)
    return found
