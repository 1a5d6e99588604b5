"""Alerts as pages show them: the open ones, and what was closed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from webapp.extensions import db
from webapp.models import Alert
from webapp.services.alerts import open_alerts
from webapp.services.pages import PAGE_SIZE, Page, decode_moment, page_of

# There is one for each cause and object; more than this is one cause that nobody could miss.
MOST_OPEN = 100


@dataclass(frozen=True)
class AlertsView:
    """The page of alerts. ``more``: there are more open ones than shown."""

    open: Sequence[Alert]
    more: bool
    closed: Page[Alert]


def view_alerts(cursor: str = "") -> AlertsView:
    """Return what is open, and a page of what was closed, the latest first."""
    found = open_alerts(MOST_OPEN + 1)
    return AlertsView(found[:MOST_OPEN], len(found) > MOST_OPEN, _closed(cursor))


def _closed(cursor: str, size: int = PAGE_SIZE) -> Page[Alert]:
    wanted = select(Alert).where(Alert.closed_at.is_not(None))
    before = decode_moment(cursor)
    if before is not None:
        at, alert_id = before
        wanted = wanted.where(or_(Alert.closed_at < at, (Alert.closed_at == at) & (Alert.id < alert_id)))
    rows = db.session.scalars(wanted.order_by(Alert.closed_at.desc(), Alert.id.desc()).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.closed_at.isoformat(), row.id))
    return Page(shown, following)
