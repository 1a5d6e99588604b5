"""``/healthz``, ``/readyz``, ``/metrics``: for machines that watch the hub."""

from ipaddress import ip_address

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from webapp.clock import utc_now
from webapp.config import Settings
from webapp.database.trouble import trouble
from webapp.models.operator import SCOPES
from webapp.services import pages_health, tokens
from webapp.services.hub import current_hub
from webapp.services.life import ALL, LIFE, WEB
from webapp.services.metrics.told import figures
from webapp.services.pages_health import Readiness
from webapp.web.access import public

bp = Blueprint("health", __name__)
# Each of them says that somebody passed the request on, whoever it came from.
PASSED_ON = (
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server",
    "X-Real-Ip", "Via", "True-Client-Ip", "Cf-Connecting-Ip",
)  # fmt: skip
OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """Say that the process answers; asks nobody."""
    return jsonify({"status": "ok"})


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Say whether the database, and the parts that belong to this process, do their work; else which does not."""
    reason = pages_health.database_trouble()
    try:
        pages_health.database_answers()
        found = pages_health.readiness(utc_now())
    except SQLAlchemyError as error:
        found, reason = Readiness(LIFE.role, ["database"], []), reason or trouble(error)
    ready = not found.stale and not reason
    body = {"status": "ok" if ready else "unavailable", "role": found.role, "stale": found.stale}
    more = {"elsewhere": found.elsewhere, "reason": reason}
    return jsonify({**body, **{name: value for name, value in more.items() if value}}), 200 if ready else 503


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Give figures to Prometheus: to a program on this machine, or with a token that may read."""
    if not (_from_this_machine(current_hub().settings) or _has_token()):
        abort(403)
    # Those of the whole hub are asked of a process with pages; any other would only say the same again.
    text, content_type = figures(utc_now(), request.headers.get("Accept", ""), whole_hub=_has_pages())
    return Response(text, content_type=content_type)


def _from_this_machine(settings: Settings) -> bool:
    """Tell whether a program of this machine asks us itself.

    Behind a proxy everybody comes from this machine; then only a token counts, whether or not the proxy says so.
    """
    proxied = settings.proxies or settings.base_url.startswith("https://")
    if proxied and _has_pages():
        return False
    if any(request.headers.get(name) for name in PASSED_ON):
        return False
    # A proxy that tells nothing of itself mostly keeps the name that was asked for, or speaks HTTP/1.0 as nginx does.
    host = request.host.rpartition(":")[0] if not request.host.endswith("]") else request.host
    if (host or request.host) not in OWN_NAMES or request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return False
    return ip_address(request.remote_addr or "0.0.0.0").is_loopback


def _has_pages() -> bool:
    return LIFE.role in ("", ALL, WEB)


def _has_token() -> bool:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return False
    token = tokens.authenticate(given.token, request.remote_addr)
    return token is not None and token.scope in SCOPES
