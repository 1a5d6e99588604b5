"""Lets a process without pages be watched: ``/healthz``, ``/readyz`` and ``/metrics`` at an address of their own."""

import contextlib
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import structlog
from flask import Flask
from waitress.server import create_server

from webapp.services.hub import current_hub

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
WITH_PAGES = ("all", "web")
# A scraper and a person; who comes with more waits.
THREADS = 2
log = structlog.get_logger()


@contextlib.contextmanager
def listening(app: Flask, role: str) -> Iterator[None]:
    """Listen at ``SINTONIA_METRICS_LISTEN`` while the context lasts, if the role has no pages and the setting is there.

    Raises:
        OSError: the address is taken; give each process of one machine its own.
    """
    with app.app_context():
        place = current_hub().settings.metrics_listen
    if role in WITH_PAGES or not place:
        yield
        return
    server = create_server(
        _only(app),
        listen=place,
        threads=THREADS,
        ident=None,
        clear_untrusted_proxy_headers=False,
        connection_limit=50,
        asyncore_use_poll=True,
    )
    thread = threading.Thread(target=server.run, name="listener", daemon=True)
    thread.start()
    log.info("listening", place=place)
    try:
        yield
    finally:
        server.close()
        thread.join(1.0)


def _only(app: Flask) -> "WSGIApplication":
    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if environ.get("PATH_INFO") in PATHS:
            # Whoever watches a machine asks for it by any name; there is no page here that a name protects.
            environ["HTTP_HOST"] = "localhost"
            return app.wsgi_app(environ, start)
        start("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"Not here: /healthz, /readyz, /metrics.\n"]

    return answer
