"""``demo``: ``serve`` on a throw-away instance with the sandbox and a filled provider."""

import secrets
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog
from flask import Flask
from sqlalchemy import select

from webapp import clock
from webapp.config import load_settings
from webapp.demo.measures import fill_measures
from webapp.demo.people import make_people
from webapp.demo.provider import fill, live_a_month
from webapp.demo.source import fill_source
from webapp.extensions import db
from webapp.gateways.webhook import new_secret
from webapp.jobs.drain import due_count
from webapp.jobs.server import serve
from webapp.models import Integration
from webapp.sandbox.client import SandboxProcess, Tenant
from webapp.schema import migrate_database
from webapp.services.audit import acting_as
from webapp.services.operators import create_operator
from webapp.services.provider import save_provider
from webapp.services.runs import start_run

CUSTOMERS = 200
PATIENCE_S = 60.0
ENABLED_BY_HAND = 12
EMAIL = "admin@example.com"
log = structlog.get_logger()


def run(
    make_app: Callable[..., Flask], say: Callable[[str], None], host: str, port: int, customers: int = CUSTOMERS
) -> None:
    """Serve the demonstration until it is stopped; nothing of it stays.

    Args:
        make_app: ``create_app``.
        say: shows a line to the person at the terminal.

    Raises:
        OSError: the address is taken; choose another port.
    """
    with tempfile.TemporaryDirectory(prefix="sintonia-demo-") as folder, SandboxProcess(Path(folder)) as sandbox:
        password = secrets.token_urlsafe(9)
        # Hundreds of lines on calls would push the log-in out of sight.
        quiet = {"SINTONIA_LOG_LEVEL": "warning"}
        environ = {"SINTONIA_INSTANCE": folder, "SINTONIA_EGRESS_ALLOW": "127.0.0.1/32", **quiet}
        app = make_app(load_settings(environ), DEMO_LOGIN=(EMAIL, password))
        with app.app_context(), acting_as("demo"):
            migrate_database(db.engine)
            create_operator(EMAIL, password, "admin", "Demonstração")
        stopped = threading.Event()
        threading.Thread(target=_fill, args=(app, sandbox, customers, stopped), name="demo", daemon=True).start()
        try:
            serve(app, host, port, prepare=_nothing, ready=partial(_tell, say, password))
        finally:
            stopped.set()


def _fill(app: Flask, sandbox: SandboxProcess, customers: int, stopped: threading.Event) -> None:
    """Fill while serving, so that a newcomer sees the accounts being made."""
    nx, hook = sandbox.tenant("nxplay"), sandbox.tenant("livros")
    secret = new_secret()
    hook.set_dials(secrets=[secret])
    nx.set_dials(latency_ms=40)
    people = make_people(customers)
    # Some log-ins are taken there by somebody else: it shows how a doubt is put to a person.
    for person in people[::61]:
        nx.add_subscriber(email=person.email, name="Outra pessoa", external_id=f"outro-{person.code}")
    nx.add_foreign(2)
    with app.app_context(), acting_as("demo"):
        try:
            save_provider("Fibra Demonstração", "SP")
            fill(nx.url, nx.token, hook.hook_url, secret, people, lambda done, total: None)
            _wait_idle()
            live_a_month(people)
            _wait_idle()
            _drift(nx)
            fill_source(sandbox.erp("filial"))
            _wait_idle()
            fill_measures(clock.utc_now())
        except Exception:
            # A border: the person in front of the demonstration must be told why it stays empty.
            if not stopped.is_set():
                log.exception("demo.fill")


def _nothing() -> None:
    """The database is ready before the threads start."""


def _tell(say: Callable[[str], None], password: str, address: str) -> None:
    say(f"{address}   {EMAIL}   {password}")


def _drift(nx: Tenant) -> None:
    """Let somebody work in the platform's own panel, and reconcile: the newcomer sees what is found.

    What was lost is given back by itself; those who owe and were enabled by hand wait for a person, for the
    suspensions of the same day have used up what may be taken away without one.
    """
    active = [row["id"] for row in nx.subscribers(status="active")]
    owing = [row["id"] for row in nx.subscribers(status="suspended")]
    nx.delete(active[-3:])
    nx.suspend(active[-7:-3])
    nx.enable(owing[:ENABLED_BY_HAND])
    for integration_id in db.session.scalars(select(Integration.id)).all():
        start_run(integration_id, "apply")


def _wait_idle() -> None:
    """Wait until the engine has done all that is due, or long enough."""
    until_s = clock.monotonic_s() + PATIENCE_S
    while due_count() and clock.monotonic_s() < until_s:
        clock.sleep(0.2)
