"""A subscriber's password goes to the subscriber, by a channel that may carry it, and stands nowhere else in clear."""

import json
import logging
import zipfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select
from structlog.testing import capture_logs
from werkzeug.routing import Rule

from tests.fixtures.databases import raw_content
from tests.fixtures.people import Browser, make_browser, signed_in
from tests.gateways.servers import LoopbackServer
from tests.secrets.canaries import forms
from tests.services.activation_scene import PASSWORD, accepted, channel_to, gate, make_account, switched_on, tick
from tests.services.mail_server import mail_server
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Account, CustomerChannel, CustomerMessage, Event
from webapp.models.operator import ADMIN
from webapp.schema import migrate_database
from webapp.services.activation import channels
from webapp.services.backups import making
from webapp.services.tokens import create_token
from webapp.web.access import API_PREFIX

HOURS = timedelta(hours=3)
ABOUT_NOBODY = ("/logout", "/guide", "/api-docs", "/static", "/styleguide", f"{API_PREFIX}/openapi")
# As it stands in a database, in a file, in an address, in what was encoded.
SOUGHT = tuple(form.encode() for form in forms(PASSWORD))


def holds(content: str | bytes) -> bool:
    raw = content.encode() if isinstance(content, str) else content
    return any(form in raw for form in SOUGHT)


def only(channel: CustomerChannel) -> None:
    """Let messages go by this channel alone."""
    for one in channels.list_customer_channels():
        channels.set_customer_channel_active(one.id, one.id == channel.id)


def by_mail(name: str) -> Account:
    """Allowed, and by a real e-mail."""
    with mail_server() as letters:
        address = f"mailto://127.0.0.1:{letters.port}?from=hub@example.com&to={{email}}"
        only(channel_to_address("email", address))
        account = told(name)
        assert any(holds(text) for text in letters.texts)
    return account


def channel_to_address(kind: str, address: str) -> CustomerChannel:
    data = {"kind": kind, "description": "Correio", "address": address, "password_allowed": True}
    return channels.create_customer_channel(channels.CustomerChannelInput.model_validate(data))


def told(name: str) -> Account:
    account = make_account(email=f"{name}@example.com")
    accepted(account)
    assert tick() == 1
    return account


def by_link(name: str, app: APIFlask) -> Account:
    """Not allowed: a link by SMS, opened by the subscriber and then by somebody else."""
    with gate() as server:
        only(channel_to(server, "sms", description="SMS"))
        account = told(name)
        said = said_by(server)
    assert not holds(said)
    place = "/ver/" + said.partition("/ver/")[2][:32]
    stranger = make_browser(app)
    assert not holds(stranger.get(place).data)
    assert holds(stranger.post(place, csrf=False).data)
    assert not holds(stranger.post(place, csrf=False).data)
    return account


def said_by(server: LoopbackServer) -> str:
    return str(json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["message"])


def failed(name: str) -> Account:
    """Allowed, and the channel refuses until the message is given up."""
    with gate(refuses=True) as down:
        only(channel_to(down, password_allowed=True, description="Fora do ar"))
        account = make_account(email=f"{name}@example.com")
        accepted(account)
        for _try in range(5):
            tick(HOURS)
        assert holds(down.requests[0])
    return account


def retried(name: str) -> Account:
    """Allowed, refused once, and then sent by the same channel."""
    with gate(refuses=True) as down:
        channel = channel_to(down, password_allowed=True, description="Vai e volta")
        only(channel)
        account = make_account(email=f"{name}@example.com")
        accepted(account)
        assert tick() == 0
    with gate() as works:
        address = f"json://127.0.0.1:{works.port}/{{email}}"
        channels.change_customer_channel(channel.id, channels.CustomerChannelInput(
            kind="email", description="Vai e volta", address=address, password_allowed=True,
        ))  # fmt: skip
        assert tick(HOURS) == 1
        assert holds(works.requests[0])
    return account


def refused_at_once(name: str) -> Account:
    """Allowed, and nobody answers at the address."""
    with gate() as server:
        channel = channel_to(server, password_allowed=True, description="Ninguém")
    only(channel)
    account = make_account(email=f"{name}@example.com")
    accepted(account)
    assert tick() == 0
    return account


def answers(app: APIFlask, accounts: list[Account]) -> Iterator[tuple[str, bytes]]:
    """Return what every page and every operation that reads says of these people, and what is taken along."""
    admin = signed_in(app, ADMIN)
    _row, token = create_token("reader", "admin")
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    places = {address(rule, ids) for ids in map(ids_of, accounts) for rule in rules if rule.arguments <= ids.keys()}
    for place in sorted(place for place in places if not place.startswith(ABOUT_NOBODY)):
        yield place, read(admin, place, token)
    for account in accounts:
        for place in taken_along(account):
            yield place, admin.post(place, data={"format": "json"}, buffered=True).data
    for fmt in ("csv", "json"):
        yield f"history as {fmt}", admin.post("/history/export", data={"format": fmt}, buffered=True).data


def address(rule: Rule, ids: Mapping[str, Any]) -> str:
    return str((rule.build({name: ids[name] for name in rule.arguments}) or ("", ""))[1])


def ids_of(account: Account) -> dict[str, Any]:
    db.session.rollback()
    account = db.session.get_one(Account, account.id)
    service = account.service
    return {
        "account_id": account.id, "service_id": service.id, "customer_id": service.customer_id, "key": "nx_play",
        "integration_id": account.integration_id, "sale_id": service.packages[0].id, "code": service.code,
        "customer_channel_id": 1, "package_id": service.packages[0].package_id, "plan_id": service.plan_id,
    }  # fmt: skip


def taken_along(account: Account) -> tuple[str, ...]:
    customer = db.session.get_one(Account, account.id).service.customer_id
    return (f"/customers/{customer}/data/export", f"/customers/{customer}/receipt")


def read(browser: Browser, place: str, token: str) -> bytes:
    headers = {"Authorization": f"Bearer {token}"} if place.startswith(API_PREFIX) else {}
    answer = browser.get(place, headers=headers, buffered=True)
    assert answer.status_code != 500, place
    return answer.data


def files_of(backup: Path) -> bytes:
    """Return a backup as it lies there, and what is packed in it."""
    raw = backup.read_bytes()
    if not zipfile.is_zipfile(backup):
        return raw
    with zipfile.ZipFile(backup) as packed:
        return raw + b"".join(packed.read(name) for name in packed.namelist())


@pytest.fixture
def app(settings: Settings) -> Iterator[APIFlask]:
    """A hub that was migrated from nothing: only such a one can be backed up."""
    made = create_app(settings, TESTING=True)
    with made.app_context():
        migrate_database(db.engine)
        yield made
        db.session.remove()
        db.engine.dispose()


def test_password_reaches_the_subscriber_and_is_found_nowhere_in_clear(app: APIFlask, caplog: Any, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    # It tells of every line of the guide.
    caplog.set_level(logging.INFO, "markdown_it")
    with capture_logs() as lines:
        switched_on()
        accounts = [by_mail("ana"), by_link("bea", app), failed("caio")]
        for way, name in ((retried, "davi"), (refused_at_once, "edu")):
            way(name)
        said = dict(answers(app, accounts))
        backup = making.make_now()
        db.session.commit()
    ends = dict(db.session.execute(select(CustomerMessage.status, func.count()).group_by(CustomerMessage.status)).all())
    assert ends == {"sent": 3, "failed": 1, "waiting": 1}
    assert len(said) > 100
    assert [place for place, content in said.items() if holds(content)] == []
    assert not holds(repr(lines))
    assert not holds(caplog.text)
    assert not holds(repr(capfd.readouterr()))
    assert not holds(raw_content(db.engine.url))
    assert db.session.scalar(select(func.count()).select_from(Event)) > 10
    assert not holds(files_of(Path(backup.file)))
