"""Whether a process can do its part: by its role, by memory, over real sockets."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from apiflask import APIFlask

from tests.fixtures.people import Browser
from tests.security.test_proxies import free_port
from webapp import clock
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.jobs.listener import listening
from webapp.jobs.server import make_server
from webapp.models import Heartbeat
from webapp.services import life, pages_health
from webapp.services.hub import KEY, Hub, current_hub
from webapp.services.life import LIFE

PATIENCE_S = 20


@pytest.fixture
def lives(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """Let seconds pass for signs of life; forget what this process is afterwards."""
    passed = [0.0]
    monkeypatch.setattr(life, "monotonic_s", lambda: clock.monotonic_s() + passed[0])
    yield lambda seconds: passed.__setitem__(0, passed[0] + seconds)
    LIFE.begin("")


@pytest.mark.parametrize(
    ("role", "needed"),
    [("all", ["scheduler", "engine"]), ("web", []), ("worker", ["engine"]), ("scheduler", ["scheduler"])],
)
def test_process_is_ready_when_the_parts_of_its_role_show_life(
    anonymous: Browser, lives: Callable[[float], None], role: str, needed: list[str]
) -> None:
    LIFE.begin(role)
    before = anonymous.get("/readyz")
    assert (before.status_code, before.json["stale"]) == (503 if needed else 200, needed)
    for part in needed:
        LIFE.show(part)
    assert anonymous.get("/readyz").status_code == 200
    lives(pages_health.SILENT_AFTER_S + 0.5)
    after = anonymous.get("/readyz")
    assert (after.status_code, after.json["stale"], after.json["role"]) == (503 if needed else 200, needed, role)


def test_process_with_pages_alone_tells_of_others_and_stays_ready(
    anonymous: Browser, lives: Callable[[float], None]
) -> None:
    LIFE.begin("web")
    db.session.add(Heartbeat(name="engine", at=utc_now() - timedelta(minutes=5)))
    db.session.commit()
    answer = anonymous.get("/readyz")
    assert (answer.status_code, answer.json["elsewhere"]) == (200, ["scheduler", "engine"])


def test_worker_is_watched_at_an_address_of_its_own_and_shows_no_page(
    app: APIFlask, lives: Callable[[float], None]
) -> None:
    hub = current_hub()
    place = f"127.0.0.1:{free_port()}"
    settings = replace(hub.settings, metrics_listen=place, base_url="https://hub.provedor.example")
    app.extensions[KEY] = Hub(settings, hub.vault)
    db.session.rollback()
    LIFE.begin("worker")
    with listening(app, "worker"):

        def ask(path: str) -> requests.Response:
            return requests.get(f"http://{place}{path}", headers={"Host": "worker-1"}, timeout=PATIENCE_S)

        assert ask("/readyz").json()["stale"] == ["engine"]
        LIFE.show("engine")
        assert ask("/readyz").status_code == 200
        assert ask("/healthz").json() == {"status": "ok"}
        assert "sintonia_workers_busy " in ask("/metrics").text
        assert [ask(path).status_code for path in ("/login", "/", "/api/v1/openapi.json")] == [404, 404, 404]
    with pytest.raises(requests.ConnectionError):
        ask("/healthz")


@pytest.mark.parametrize("role", ["all", "web"])
def test_process_with_pages_opens_no_second_port(app: APIFlask, role: str) -> None:
    hub = current_hub()
    place = f"127.0.0.1:{free_port()}"
    app.extensions[KEY] = Hub(replace(hub.settings, metrics_listen=place), hub.vault)
    with listening(app, role), pytest.raises(requests.ConnectionError):
        requests.get(f"http://{place}/healthz", timeout=PATIENCE_S)


def test_figures_are_hidden_from_whoever_comes_through_a_proxy_that_nobody_told_us_of(app: APIFlask) -> None:
    db.session.rollback()
    server = make_server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.effective_port}/metrics"
        passed_on = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        assert requests.get(address, headers=passed_on, timeout=PATIENCE_S).status_code == 403
        assert requests.get(address, timeout=PATIENCE_S).status_code == 200
    finally:
        server.close()
        thread.join(5)
