"""Alerts: what a person should know, one for each cause and object."""

from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.problems import words
from webapp.api.schemas.sources import ALERT, AlertObjectOut, AlertOut, AlertPage, AlertQuery
from webapp.models import Alert
from webapp.services import alerts as use


@bp.get("/alerts")
@needs(READ)
@bp.input(AlertQuery, location="query")
@bp.output(AlertPage, example={"items": [ALERT], "next_cursor": None})
def list_alerts(query_data: AlertQuery) -> AlertPage:
    """List alerts, newest first."""
    wanted = select(Alert)
    for name in ("level", "object_type", "object_id"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(Alert, name) == value)
    if query_data.open is not None:
        wanted = wanted.where(Alert.closed_at.is_(None) == query_data.open)
    rows, following = page(wanted, Alert.id, query_data, newest_first=True)
    return AlertPage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/alerts/<int:alert_id>/close")
@needs(ADMIN_SCOPE)
@bp.output(AlertOut, example={**ALERT, "closed_at": ALERT["last_at"], "closed_by": "token:erp"})
def close_alert(alert_id: int) -> Answer:
    """Close an alert by hand. Its cause may last: it comes back only when that ends and begins anew."""
    return tagged(show(use.close_alert(alert_id)))


def show(row: Alert) -> AlertOut:
    """Return an alert as it is given out."""
    said = words(row.code, row.params)
    return AlertOut(
        id=row.id,
        code=row.code,
        cause=said.cause,
        remedy=said.remedy,
        level=row.level,  # type: ignore[arg-type]
        object=AlertObjectOut(type=row.object_type, id=row.object_id, label=row.label),
        times=row.times,
        opened_at=row.opened_at,
        last_at=row.last_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )
