"""One line per thing that happened, with the numbers that belong together, and nothing that must not be in it."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import structlog
from apiflask import APIFlask
from structlog.testing import capture_logs

from tests import factories
from tests.fixtures.people import Browser
from tests.journeys.platforms import connect
from webapp import logs
from webapp.clock import utc_now
from webapp.config import ConfigError, Settings, load_settings
from webapp.extensions import db
from webapp.jobs.drain import converge
from webapp.jobs.scheduler import EVERY_S, run_task
from webapp.sandbox.client import Tenant
from webapp.services.life import LIFE
from webapp.web.labels_system import TASK

URL = "https://receiver.example.com/hook?token=s3cr3t-canary"


@pytest.fixture
def begin(settings: Settings) -> Iterator[Callable[..., None]]:
    """Log as the settings say, onto what is standard error when it is called."""
    yield lambda **changes: logs.configure(replace(settings, **changes))
    logging.getLogger("urllib3").setLevel(logging.NOTSET)
    logs.configure(settings)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("proxy-4711.ab_c", True), ("short", False), ("x" * 65, False), ("with space", False), ("a\nb=forged", False),
     ("<script>alert(1)", False), ("-leading-dash", False)],
)  # fmt: skip
def test_request_id_of_whoever_stands_in_front_is_kept_only_if_it_is_harmless(given: str, kept: bool) -> None:
    assert logs.given_id(given) == (given if kept else "")


def test_request_id_stands_in_the_answer_and_in_the_line(admin: Browser) -> None:
    assert admin.get("/customers", headers={"X-Request-Id": "edge-1234567"}).headers["X-Request-Id"] == "edge-1234567"
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = admin.post("/customers/new", headers={"X-Request-Id": "no good"}, data={"code": "77", "name": "Ana"})
    made = answer.headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{4}-[0-9a-f]{4}", made)
    line = next(line for line in lines if line["event"] == "request")
    assert (line["request_id"], line["endpoint"], line["method"]) == (made, "customers.new", "POST")
    assert "path" not in line


def test_change_is_followed_from_the_request_to_the_call(
    admin: Browser, nx: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LIFE, "role", "all")
    integration = connect(nx, "key")
    service = factories.make_service(plan=factories.make_plan(factories.make_package(integration)),
                                     status="suspenso_debito")  # fmt: skip
    db.session.commit()
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = admin.post(f"/services/{service.id}/status", data={"status": "servico_habilitado"})
        assert answer.status_code == 303, answer.text
        converge(until_idle=True)
    cause = next(line for line in lines if line["event"] == "accounts.marked")
    call = next(line for line in lines if line["event"] == "call")
    assert cause["request_id"] == answer.headers["X-Request-Id"]
    assert cause["service_ids"] == [call["service_id"]]
    assert {"account_id", "attempt_id", "integration_id", "outcome", "ms"} <= call.keys()


def test_task_names_itself_and_its_turn_in_every_line(app: APIFlask) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        run_task(app, "watch", lambda: structlog.get_logger().info("inside"))
        run_task(app, "tidy", lambda: 1 // 0)
    first, second = (line for line in lines if line["event"] in ("inside", "task.failed"))
    assert (first["task"], second["task"]) == ("watch", "tidy")
    assert first["task_run"] != second["task_run"]
    assert "task" not in structlog.contextvars.get_contextvars()


def test_every_task_has_words_for_the_page() -> None:
    assert TASK.keys() == EVERY_S.keys()


def test_lines_of_libraries_are_of_the_same_form_and_say_no_address(
    begin: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    begin(log_format="json")
    logging.getLogger("waitress").warning("first\nsecond %s", "\x1b[2J")
    logging.getLogger("urllib3.connectionpool").warning("Failed to parse headers (url=%s)", URL)
    logging.getLogger("requests").info("GET %s", URL)
    structlog.get_logger().info("ours", at=utc_now())
    told = capfd.readouterr().err.splitlines()
    assert [json.loads(line)["event"] for line in told] == ["first\nsecond \\u001b[2J", "ours"]
    assert "s3cr3t" not in "".join(told)


@pytest.mark.parametrize(("level", "told"), [("debug", 3), ("info", 2), ("error", 1)])
def test_level_of_the_settings_says_what_is_written(
    begin: Callable[..., None], capfd: pytest.CaptureFixture[str], level: str, told: int
) -> None:
    begin(log_level=level)
    for word in ("debug", "info", "error"):
        getattr(structlog.get_logger(), word)("line")
    assert len(capfd.readouterr().err.splitlines()) == told


def test_wrong_settings_are_named(settings: Settings) -> None:
    given = {"LOG_LEVEL": "loud", "PING_URL": "http://example.com/x", "METRICS_LISTEN": "9108"}
    with pytest.raises(ConfigError) as caught:
        load_settings({"SINTONIA_INSTANCE": str(settings.instance), **{f"SINTONIA_{k}": v for k, v in given.items()}})
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        f"SINTONIA_{name}" for name in ("LOG_LEVEL", "PING_URL", "METRICS_LISTEN")
    ]
    assert "example.com/x" not in str(caught.value)
