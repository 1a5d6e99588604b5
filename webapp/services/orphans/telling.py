"""The alert about accounts of nobody here: one for each integration, with how many wait for a person."""

from typing import Any

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.models import Alert, Integration, Orphan
from webapp.services import alerts

FOUND = "orphans_found"
OPEN = "open"


def tell(integration_id: int, fresh: int = 0, run_id: int | None = None) -> None:
    """Raise or clear the alert about an integration's open orphans, in the caller's transaction.

    Args:
        fresh: how many of them were not known before; some make it come up again after a person closed it.
    """
    count = db.session.scalar(
        select(func.count()).where(Orphan.integration_id == integration_id, Orphan.status == OPEN)
    )
    if not count:
        alerts.clear_alert(FOUND, "integration", integration_id)
        return
    if fresh and not _alert_open(integration_id):
        alerts.clear_alert(FOUND, "integration", integration_id)
    if not fresh and run_id is None:
        _recount(integration_id, count)
        return
    name = db.session.scalar(select(Integration.description).where(Integration.id == integration_id)) or ""
    alerts.raise_alert(FOUND, "integration", integration_id, name, {"count": count, "new": fresh, "run_id": run_id})


def _alert_open(integration_id: int) -> bool:
    return db.session.scalar(select(Alert.id).where(*_this_alert(integration_id))) is not None


def _this_alert(integration_id: int) -> tuple[Any, ...]:
    about = Alert.object_type == "integration", Alert.object_id == integration_id
    return Alert.code == FOUND, *about, Alert.closed_at.is_(None)


def _recount(integration_id: int, count: int) -> None:
    """A person decided on some: what is left is fewer, and no news."""
    for alert in db.session.scalars(select(Alert).where(*_this_alert(integration_id))):
        alert.params = {**alert.params, "count": count, "new": min(count, alert.params.get("new", 0))}
