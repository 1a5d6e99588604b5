"""Every request has a short name: it stands on error pages and in each line that is logged meanwhile."""

import secrets

import structlog
from flask import Flask, Response, g

HEADER = "X-Request-Id"


def register(app: Flask) -> None:
    """Name requests before anything else looks at them."""
    app.before_request(_name)
    app.after_request(_tell)
    app.teardown_request(_forget)


def request_id() -> str:
    """Return the name of this request; empty where it was refused before it had one."""
    return str(g.get("request_id", ""))


def _name() -> None:
    text = secrets.token_hex(4)
    g.request_id = f"{text[:4]}-{text[4:]}"
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _tell(response: Response) -> Response:
    if request_id():
        response.headers[HEADER] = request_id()
    return response


def _forget(_error: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request_id")
