"""Alerts: what a person should know, open ones first."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Flask, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.models import Alert
from webapp.services import alerts
from webapp.services.history_names import Named
from webapp.services.pages_alerts import view_alerts
from webapp.services.watchdogs import backups
from webapp.web import htmx
from webapp.web.access import ADMINS, READERS, SELLERS, may, requires
from webapp.web.labels import label
from webapp.web.labels_facts import FACT
from webapp.web.links import page_of_object

bp = Blueprint("alerts", __name__, url_prefix="/alerts")

# An alert about the reading of a source, or about a move of a service, is best understood on the page of that.
BETTER: Mapping[str, str] = {"pull_id": "source_pull", "move_id": "guided_move"}
BACKUPS = backups.CODES
HUB, OBSERVING = "hub", frozenset({"observing", "older_database", "observing_slept"})


def register(app: Flask) -> None:
    """Bind what templates use."""
    app.jinja_env.globals.update(alert_page=page_of_alert, worded=worded)


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """List alerts, the open ones first."""
    context = {"view": view_alerts(request.args.get("cursor", ""))}
    return htmx.page_or_partial("alerts/index.html", "alerts/_closed.html", context)


@bp.post("/<int:alert_id>/close")
@requires(*SELLERS)
def close(alert_id: int) -> ResponseReturnValue:
    """Close one by hand; it comes back only when its cause ends and begins anew."""
    alerts.close_alert(alert_id)
    return htmx.go_to(url_for("alerts.index"), _("The alert was closed. It comes back if its cause occurs anew."))


def worded(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a message with a field's name as people say it."""
    field = params.get("field")
    return {**params, "field": str(label("fact", field).text)} if field in FACT else dict(params)


def page_of_alert(alert: Alert) -> str | None:
    """Return the page on which its cause can be looked at; None where there is none that the reader may open."""
    if alert.object_type == HUB and alert.code in OBSERVING:
        return url_for("observing.index")
    if alert.object_type == HUB and alert.code in BACKUPS and may(*ADMINS):
        return url_for("backups.index")
    better = (Named(kind, row_id, alert.label) for kind, row_id in _better(alert.params))
    pages = (page_of_object(named) for named in (*better, Named(alert.object_type, alert.object_id, alert.label)))
    return next(filter(None, pages), None)


def _better(params: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, kind in BETTER.items():
        if isinstance(params.get(name), int):
            yield kind, params[name]
