"""``/healthz``, ``/readyz``, ``/metrics``: for machines that watch the hub."""

from datetime import timedelta
from ipaddress import ip_address

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from webapp.clock import utc_now
from webapp.database.trouble import trouble
from webapp.models.operator import ADMIN_SCOPE
from webapp.services import pages_dashboard, pages_health, tokens
from webapp.web.access import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify({"status": "ok"})


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Say whether the database, the scheduler and the workers do their part."""
    reason = pages_health.database_trouble()
    try:
        pages_health.database_answers()
        stale = pages_health.stale_parts(utc_now())
    except SQLAlchemyError as error:
        stale, reason = ["database"], reason or trouble(error)
    ready = not stale and not reason
    body = {"status": "ok" if ready else "unavailable", "stale": stale, **({"reason": reason} if reason else {})}
    return jsonify(body), 200 if ready else 503


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Give figures to Prometheus: from this machine, or with an admin token."""
    if not (_from_this_machine() or _has_admin_token()):
        abort(403)
    return Response(generate_latest(_figures()), content_type=CONTENT_TYPE_LATEST)


def _from_this_machine() -> bool:
    # Behind a proxy everybody comes from this machine; then only the token counts.
    if request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded"):
        return False
    return ip_address(request.remote_addr or "0.0.0.0").is_loopback


def _has_admin_token() -> bool:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return False
    token = tokens.authenticate(given.token, request.remote_addr)
    return token is not None and token.scope == ADMIN_SCOPE


def _figures() -> CollectorRegistry:
    registry, now = CollectorRegistry(), utc_now()
    accounts = _gauge(registry, "sintonia_accounts", "Accounts by status.", "integration", "status")
    for integration_id, counts in pages_dashboard.account_counts().items():
        for status, count in counts.items():
            accounts.labels(integration_id, status).set(count)
    due = _gauge(registry, "sintonia_due_accounts", "Accounts whose next call is due.", "integration")
    age = _gauge(registry, "sintonia_oldest_due_seconds", "How long the oldest due account has waited.", "integration")
    for integration_id, queue in pages_dashboard.account_queues(now).items():
        due.labels(integration_id).set(queue.due)
        age.labels(integration_id).set((now - queue.oldest_due_at).total_seconds() if queue.oldest_due_at else 0)
    calls = _gauge(registry, "sintonia_attempts_last_hour", "Calls of the last hour.", "integration", "outcome")
    for (integration_id, outcome), count in pages_health.attempts_since(now - timedelta(hours=1)).items():
        calls.labels(integration_id, outcome).set(count)
    paused = _gauge(registry, "sintonia_integration_paused", "1 while nothing is sent.", "integration")
    for pause in pages_health.pauses():
        paused.labels(pause.id).set(bool(pause.code))
    return registry


def _gauge(registry: CollectorRegistry, name: str, help_text: str, *labels: str) -> Gauge:
    return Gauge(name, help_text, labels, registry=registry)
