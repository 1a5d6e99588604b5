"""Every request has a name: it stands on error pages, in the answer, and in each line that is logged meanwhile.

Whoever stands in front of us may give it (``X-Request-Id``), so that its log and ours tell of the same.
"""

import structlog
from flask import Flask, Response, g, request

from webapp.clock import monotonic_s
from webapp.logs import fresh_id, given_id
from webapp.services.metrics.process import REQUEST_SECONDS, REQUESTS

HEADER = "X-Request-Id"
SAFE = ("GET", "HEAD", "OPTIONS")
# Platforms and ERPs ask many times a second, and their requests have lines of their own.
MACHINES = ("callback", "source_hook", "health", "static")
PARTS = {"callback": "callback", "source_hook": "hook", "health": "health", "static": "static"}
log = structlog.get_logger()


def register(app: Flask) -> None:
    """Name requests before anything else looks at them."""
    app.before_request(_name)
    app.after_request(_tell)
    app.teardown_request(_forget)


def request_id() -> str:
    """Return the name of this request; empty where it was refused before it had one."""
    return str(g.get("request_id", ""))


def _name() -> None:
    g.request_id = given_id(request.headers.get(HEADER)) or fresh_id()
    g.request_began_s = monotonic_s()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _tell(response: Response) -> Response:
    if request_id():
        response.headers[HEADER] = request_id()
        _note(response.status_code, monotonic_s() - g.request_began_s)
    return response


def _note(status: int, took_s: float) -> None:
    """Count, and write one line: never the path, which may hold a token, but the name of what answered."""
    room = (request.endpoint or "").partition(".")[0]
    part = PARTS.get(room) or ("api" if request.path.startswith("/api/") else "page")
    REQUESTS.labels(part, f"{status // 100}xx").inc()
    REQUEST_SECONDS.labels(part).observe(took_s)
    quiet = request.method in SAFE or room in MACHINES
    tell = log.debug if quiet else log.info
    tell("request", **{
        **_ids(), "method": request.method, "endpoint": request.endpoint or "-", "status": status,
        "ms": round(took_s * 1000),
    })  # fmt: skip


def _ids() -> dict[str, int]:
    """Return what the address names by number: rows, not people."""
    return {name: value for name, value in (request.view_args or {}).items() if isinstance(value, int)}


def _forget(_error: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request_id")
