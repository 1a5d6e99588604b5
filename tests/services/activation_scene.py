"""Subscribers who may be told something: accounts as the work on them leaves them, and channels on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import current_app

from tests import factories
from tests.gateways.servers import LoopbackServer, always, http
from webapp import clock
from webapp.extensions import db
from webapp.models import Account, CustomerChannel, Event
from webapp.models.account import ACTIVE
from webapp.services.activation import channels, finding, sending, switch
from webapp.services.activation.channels import CustomerChannelInput
from webapp.services.hub import KEY, current_hub

BASE = "https://hub.example.com"
PASSWORD = "s3nha-da-ana-7391"


def reachable(base: str = BASE) -> None:
    """Let the settings say how the hub is reached."""
    hub = current_hub()
    current_app.extensions[KEY] = replace(hub, settings=replace(hub.settings, base_url=base))


def switched_on() -> None:
    reachable()
    switch.switch(True)


@contextmanager
def gate(refuses: bool = False) -> Iterator[LoopbackServer]:
    """Serve a program of the provider's own that takes texts."""
    with LoopbackServer(always(http(b"", "503 Down") if refuses else http())) as server:
        yield server


def channel_to(server: LoopbackServer, kind: str = "email", **values: Any) -> CustomerChannel:
    blank = "{email}" if kind == "email" else "{phone}"
    data = {"kind": kind, "description": "Recados", "address": f"json://127.0.0.1:{server.port}/{blank}", **values}
    return channels.create_customer_channel(CustomerChannelInput.model_validate(data))


def make_account(status: str = ACTIVE, gateway: str = "nx_play", **customer: Any) -> Account:
    """Make an account as its platform accepted it."""
    params = {"api_url": "http://127.0.0.1:9", "token": "a-token", "usuario": "senha_autenticacao"}
    integration = factories.make_integration(gateway=gateway, **({"params": params} if gateway == "nx_play" else {}))
    package = factories.make_package(integration)
    plan = factories.make_plan(package, mandatory=True)
    who = factories.make_customer(**customer)
    service = factories.make_service(who, plan, password=PASSWORD)
    account = db.session.query(Account).filter_by(service_id=service.id).one()
    settle(account, status)
    return account


def settle(account: Account, status: str = ACTIVE) -> None:
    account.status, account.applied_generation, account.due_at = status, account.generation, None
    account.login = account.login or account.service.customer.email
    db.session.commit()


def accepted(account: Account, operation: str = "create") -> None:
    """Write down that the platform accepted a call, as the work on accounts does."""
    db.session.add(
        Event(
            at=clock.utc_now(), actor="system", action=f"account.{operation}", object_type="account",
            object_id=account.id, label=account.login, after={"outcome": "ok", "unit": "account"}, reason="",
        )
    )  # fmt: skip
    db.session.commit()


def tick(after: timedelta = timedelta(seconds=30)) -> int:
    """Let time pass, find what is new and send what is due; returns how many messages went."""
    clock.move(after)
    finding.find_new(clock.utc_now())
    return sending.send_due(clock.utc_now())
