"""What a person is told of runs: alerts on the integration, in the transaction of what they are about."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Alert, Run
from webapp.models.run import STAGED
from webapp.services.alerts import FAIL, clear_alert, raise_alert

RUN_STAGED, RUN_REFUSED, SNAPSHOT_HELD, EXPIRING = "run_staged", "run_refused", "snapshot_held", "batch_expiring"
OBJECT = "integration"


def tell_staged(run: Run) -> None:
    """A batch waits for a person: how many lose content, how much money it is about, until when."""
    params = {
        "run_id": run.id, "count": run.radius.get("accounts", 0), "value": run.radius.get("value", "0.00"),
        "checksum": run.checksum[:8],
    }  # fmt: skip
    raise_alert(RUN_STAGED, OBJECT, run.integration_id, run.integration.description, params)


def tell_expiring(run: Run) -> None:
    """Nobody has decided, and time is short; said once."""
    if run.expires_at is None or _is_open(EXPIRING, run.integration_id):
        return
    hours = max(int((run.expires_at - utc_now()).total_seconds() // 3600), 0)
    params = {"run_id": run.id, "count": run.radius.get("accounts", 0), "hours": hours}
    raise_alert(EXPIRING, OBJECT, run.integration_id, run.integration.description, params)


def clear_decided(run: Run) -> None:
    """Somebody decided about this batch, or it lapsed; another one of the integration is told anew."""
    clear_alert(RUN_STAGED, OBJECT, run.integration_id)
    clear_alert(EXPIRING, OBJECT, run.integration_id)
    other = db.session.scalars(
        select(Run)
        .where(Run.integration_id == run.integration_id, Run.status == STAGED, Run.id != run.id)
        .order_by(Run.id.desc())
        .limit(1)
    ).one_or_none()
    if other is not None:
        tell_staged(other)


def tell_refused(run: Run, code: str, params: Mapping[str, Any]) -> None:
    """A reading could not be used at all; nobody's state is changed by that, however long it lasts."""
    told = {"run_id": run.id, "code": code, **params}
    raise_alert(RUN_REFUSED, OBJECT, run.integration_id, run.integration.description, told, FAIL)


def tell_held(run: Run, code: str, params: Mapping[str, Any]) -> None:
    """A reading was doubtful: what takes away, or follows from absence, was left out."""
    told = {"run_id": run.id, "code": code, **params}
    raise_alert(SNAPSHOT_HELD, OBJECT, run.integration_id, run.integration.description, told)


def clear_trouble(integration_id: int, *, held: bool = False) -> None:
    """A reading was good.

    Args:
        held: it could be used, yet not for everything.
    """
    clear_alert(RUN_REFUSED, OBJECT, integration_id)
    if not held:
        clear_alert(SNAPSHOT_HELD, OBJECT, integration_id)


def _is_open(code: str, integration_id: int) -> bool:
    wanted = select(Alert.id).where(
        Alert.code == code, Alert.object_type == OBJECT, Alert.object_id == integration_id, Alert.closed_at.is_(None)
    )
    return db.session.scalar(wanted.limit(1)) is not None
