"""Alerts in every state that a page can show."""

from webapp.extensions import db
from webapp.models import Alert
from webapp.services import alerts


def build(integration_id: int, name: str) -> None:
    """Raise one of each level, one that came often, one that is over and one that a person closed."""
    for code, level in (("connect_timeout", alerts.FAIL), ("reading_shrunken", alerts.WARN)):
        raised(code, integration_id, name, level)
    raised("reading_shrunken", integration_id, name, alerts.WARN)
    raised("page_repeated", integration_id, name, alerts.WARN)
    alerts.clear_alert("page_repeated", "integration", integration_id)
    raised("reading_stale", integration_id, name, alerts.WARN)
    db.session.commit()
    alerts.close_alert(db.session.query(Alert).filter_by(code="reading_stale").one().id)


def grow(count: int) -> None:
    """Add so many open ones, and as many that are over."""
    for number in range(1000, 1000 + count):
        raised("reading_empty", number, f"Source {number}", alerts.WARN)
        raised("page_repeated", number, f"Source {number}", alerts.WARN)
        alerts.clear_alert("page_repeated", "integration", number)
    db.session.commit()


def raised(code: str, object_id: int, name: str, level: str) -> None:
    """Raise an alert about an integration with all the figures that its words ask for."""
    figures = {
        "now": 51,
        "last": 100,
        "missing": 49,
        "page": 2,
        "pages": 5,
        "hours": 26.5,
        "host": "nx.example.com",
        "seconds": 5,
    }
    alerts.raise_alert(code, "integration", object_id, name, figures, level)
