"""Canaries typed into every field for a secret, and sent where everything goes wrong: nothing says or keeps one.

The other side repeats whatever it was sent, in its body, its headers and its redirects, or breaks off.
"""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from apiflask import APIFlask
from click.testing import CliRunner
from sqlalchemy import select, text, update

from tests import factories
from tests.fixtures.people import Browser
from tests.gateways.servers import LoopbackServer, http
from tests.journeys.crowd import drain
from tests.secrets.canaries import WORD, canary, found_in, rows_in_clear
from webapp import create_app, logs
from webapp.cli import sintonia
from webapp.clock import utc_now
from webapp.commands.program import Program
from webapp.config import Settings
from webapp.decide.params import INTEGRATION, is_secret, specs_for
from webapp.extensions import db
from webapp.gateways import registry
from webapp.models import Account, Attempt, Integration, Source
from webapp.services import source_connections
from webapp.services.source_params import declared
from webapp.services.tokens import create_token
from webapp.sources.contract import SourceTraits
from webapp.sources.registry import all_sources

PASSWORD, TOKEN = (f"{WORD}-{name}-ação" for name in ("password", "token"))
MODES = ("echo", "refuse", "fail", "redirect", "garbage", "break")
DOORS = ("/setup/{0}", "/approve/{0}", "/invite/{0}", "/callback/{0}", "/callback/{0}/event", "/hook/{0}")


class Echo:
    """What answers: in one of ``MODES``, always with all that it was sent."""

    mode = MODES[0]

    def __call__(self, peer: socket.socket, raw: bytes) -> object:
        text = raw.decode("utf-8", "replace")
        said = json.dumps({"message": text, "error": text, "token": text, "items": [{"id": text}]}).encode()
        header = "X-Echo: " + quote(text)
        if self.mode == "garbage":
            peer.sendall(b"HTTP/9 " + raw)
            return False
        if self.mode == "break":
            peer.sendall(http(said + b" " * 50, "200 OK", header)[:-50])
            return False
        status = {"echo": "200 OK", "refuse": "401 " + quote(text)[:200], "fail": "500 Oops", "redirect": "302 Found"}
        peer.sendall(http(said, status[self.mode], header, f"Location: http://127.0.0.1:9/?all={quote(text)}"))
        return None


class Seen:
    """Every answer that somebody got."""

    def __init__(self) -> None:
        self.leaks: list[str] = []

    def look(self, where: str, said: str) -> None:
        self.leaks += [f"{where}: {leak}" for leak in found_in(said)]


@pytest.fixture
def echo() -> Iterator[tuple[Echo, LoopbackServer]]:
    responder = Echo()
    with LoopbackServer(responder) as server:
        yield responder, server


def params_of(traits: Any, url: str) -> dict[str, str]:
    """Return every param of a gateway or a source: a canary where it is secret."""
    found = {}
    judged = declared(traits) if isinstance(traits, SourceTraits) else traits
    for spec in specs_for(judged, INTEGRATION):
        value = url if spec.kind == "url" or "url" in spec.name else spec.default or "1"
        value = spec.choices[0] if spec.choices else value
        found[spec.name] = canary(f"{traits.key} {spec.name}") if is_secret(judged, spec.name) else value
    return found


def type_in(browser: Browser, traits: Any, url: str, seen: Seen) -> None:
    """Register a platform or an ERP by form: first with a mistake, then as it should be; by API too."""
    kind, path = ("kind", "sources") if isinstance(traits, SourceTraits) else ("gateway", "integrations")
    params = params_of(traits, url)
    fields = {f"param-{name}": value for name, value in params.items()}
    page = f"/{path}/new?{kind}={traits.key}"
    for description in ("", traits.label):
        common = {kind: traits.key, "description": description, "reconcile_minutes": "60", "version": ""}
        seen.look(page, browser.post(page, data={**common, **fields}).text)
    token = create_token(f"{kind} {traits.key}", "admin")[1]
    wrong = ({**params, "tokken": TOKEN}, {"token": [TOKEN]}, {name: TOKEN * 900 for name in params}, TOKEN)
    for body in (params, *wrong):
        sent = {kind: traits.key, "description": f"{traits.label} API", "params": body}
        answer = browser.post(f"/api/v1/{path}", json=sent, headers={"Authorization": f"Bearer {token}"})
        seen.look(f"POST /api/v1/{path}", answer.text)


def meet_trouble(browser: Browser, echo: Echo, seen: Seen) -> None:
    """Let the platforms do their worst: at tests, at what is sent, and at what is read."""
    for number, mode in enumerate(MODES):
        echo.mode = mode
        for path, model in (("integrations", Integration), ("sources", Source)):
            # Each meets two of them: the way in and out is the same for all.
            for row_id in db.session.scalars(select(model.id).where((model.id + number) % 3 == 0)).all():
                address = f"/{path}/{row_id}/test"
                seen.look(f"{mode} {address}", browser.post(address).text)
        drain(patience_s=0.1)
        db.session.execute(update(Integration).values(paused_code=None, paused_until=None, breaker={}))
        db.session.execute(update(Account).where(Account.due_at.is_not(None)).values(due_at=utc_now()))
        db.session.commit()


def sell_on_each() -> None:
    for integration in db.session.scalars(select(Integration).where(Integration.gateway.in_(("nx_play", "outros")))):
        service = factories.make_service(password=PASSWORD)
        factories.make_sale(service, factories.make_package(integration))


def knock(browser: Browser, seen: Seen) -> None:
    """Come to every door with a secret that is not the right one, and with one in the wrong place."""
    for door in DOORS:
        address = door.format(TOKEN)
        seen.look(address, browser.get(address).text + browser.post(address, data={"password": PASSWORD}).text)
    for credentials in (
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"X-Api-Key": TOKEN},
    ):
        answer = browser.get(f"/api/v1/customers?token={quote(TOKEN)}", headers=credentials)
        seen.look("/api/v1/customers", answer.text)
    seen.look("/login", browser.post("/login", data={"email": "admin@example.com", "password": PASSWORD}).text)
    seen.look("/channels/new", browser.post("/channels/new?kind=email", data={
        "description": "", "level": "warn", "password": PASSWORD, "user": "x", "host": "127.0.0.1"}).text)  # fmt: skip


def fail_inside(app: APIFlask, browser: Browser, seen: Seen, settings: Settings, log_format: str) -> None:
    """Let the database refuse in the middle, with each kind of log."""
    logs.configure(replace(settings, log_format=log_format))
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("alter table integration_param rename to elsewhere"))
    fields = {
        "description": "Late",
        "param-url": "http://127.0.0.1:9",
        "param-segredo": TOKEN,
        "reconcile_minutes": "60",
    }
    answer = browser.post("/integrations/new?gateway=outros", data={"gateway": "outros", **fields})
    assert answer.status_code >= 500
    seen.look("crash", answer.text)
    with db.engine.begin() as connection:
        connection.execute(text("alter table elsewhere rename to integration_param"))


def run_commands(settings: Settings, seen: Seen) -> None:
    program = Program(lambda: create_app(settings, TESTING=True), "1")
    for arguments, typed in (
        (("user", "create", "--email", "not an address", "--role", "admin", "--password-stdin"), PASSWORD),
        (("user", "create", "--email", "x@example.com", "--role", "admin", "--password-stdin"), PASSWORD),
        (("source", "test", "1"), ""),
        (("doctor",), ""),
        (("secrets", "check"), ""),
    ):
        result = CliRunner().invoke(sintonia, arguments, obj=program, input=typed + "\n")
        seen.look(" ".join(arguments), result.output + repr(result.exception))


def test_canary_typed_in_anywhere_is_neither_said_nor_kept_whatever_goes_wrong(
    app: APIFlask, admin: Browser, echo: tuple[Echo, LoopbackServer], settings: Settings,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    # Between tries an ERP is left in peace for seconds.
    monkeypatch.setattr(source_connections, "sleep", lambda _seconds: None)
    seen, (responder, server) = Seen(), echo
    caplog.set_level("DEBUG")
    logs.configure(settings)
    for one in (*registry.all_gateways(), *all_sources()):
        type_in(admin, one.traits, server.url, seen)
    sell_on_each()
    meet_trouble(admin, responder, seen)
    knock(admin, seen)
    for log_format in ("text", "json"):
        fail_inside(app, admin, seen, settings, log_format)
    run_commands(settings, seen)
    told = capfd.readouterr()
    seen.look("log", told.out + told.err + caplog.text)
    assert seen.leaks == [], "\n".join(seen.leaks)
    assert list(rows_in_clear()) == []
    assert "Traceback" in told.err
    sent = db.session.scalars(select(Attempt.request).where(Attempt.request.is_not(None))).all()
    assert len(sent) > 3
    # Else nothing could have been repeated.
    assert len({leak for raw in server.requests for leak in found_in(raw)}) > 10
