"""The address to which an ERP pushes."""

import pytest
from apiflask import APIFlask
from structlog.testing import capture_logs

from tests.fixtures.people import Browser
from tests.services.memory_source import Scene, make_scene
from webapp.models import SourceHint
from webapp.services import source_hints, sources, throttle

SECRET = "a telling word"


@pytest.fixture
def scene(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return make_scene(monkeypatch)


@pytest.fixture
def address(scene: Scene) -> str:
    return "/hook/" + sources.hook_url(scene.source).rsplit("/", 1)[1]


def test_a_message_is_taken_noted_and_never_written_to_the_log(anonymous: Browser, address: str) -> None:
    with capture_logs() as lines:
        sent = {"services": ["1000"], "nome": SECRET}
        response = anonymous.post(address, json=sent, headers={"X-Secret": "right"}, csrf=False)
    assert (response.status_code, response.json) == (202, {"received": True})
    assert SourceHint.query.one().refs == [{"service_code": "1000", "customer_code": "", "document": ""}]
    assert SECRET not in str(lines)


def test_the_answer_says_whether_the_sender_is_known_and_nothing_else(anonymous: Browser, address: str) -> None:
    answers = [
        anonymous.post(address, json={"services": []}, headers={"X-Secret": "right"}, csrf=False).status_code,
        anonymous.post(address, data={"services": "1000"}, csrf=False).status_code,
        anonymous.post(address + "x", json={}, csrf=False).status_code,
        anonymous.post(address, data=b"x" * 70_000, headers={"X-Secret": "right"}, csrf=False).status_code,
        anonymous.get(address).status_code,
    ]
    assert answers == [202, 401, 404, 413, 405]
    assert SourceHint.query.count() == 0


def test_who_floods_is_told_to_wait(anonymous: Browser, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_hints, "PER_SOURCE", throttle.Limit("source-hint-test", 1, 60))
    send = {"json": {"services": ["1"]}, "headers": {"X-Secret": "right"}, "csrf": False}
    assert [anonymous.post(address, **send).status_code for _ in range(2)] == [202, 429]  # type: ignore[arg-type]


def test_address_is_no_part_of_the_log_when_the_hub_itself_fails(
    anonymous: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_given: object) -> None:
        raise RuntimeError("the hub itself")

    monkeypatch.setattr(source_hints, "receive", breaks)
    anonymous.application.config["PROPAGATE_EXCEPTIONS"] = False
    with capture_logs() as lines:
        response = anonymous.post(address, json={}, csrf=False)
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert [line["path"] for line in lines if line["event"] == "request_failed"] == ["/hook/***"]
