"""``/metrics``: what it says, how dear it is, whom it answers."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from sqlalchemy import event

from tests import factories
from tests.fixtures.people import Browser
from tests.web import world
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Backup, Heartbeat, Tick
from webapp.models.operator import ADMIN_SCOPE, READ
from webapp.services.life import LIFE
from webapp.services.metrics import process
from webapp.services.tokens import create_token

OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


def samples(client: Browser, **options: object) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = client.get("/metrics", **options).text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parse_text(text)
        for sample in family.samples
    }


def figure(found: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def test_platform_is_told_with_its_accounts_queue_breaker_and_pause(anonymous: Browser) -> None:
    here = world.build()
    found = samples(anonymous)
    owner = {"integration": str(here.integration_id), "gateway": "outros"}
    owner["gateway"] = next(dict(labels)["gateway"] for name, labels in found if name == "sintonia_integration_active")
    assert figure(found, "sintonia_accounts", **owner, status="blocked") == 1
    assert figure(found, "sintonia_integration_paused", **owner) == 1
    assert figure(found, "sintonia_integration_held", **owner) == 0
    assert figure(found, "sintonia_breaker_open", **owner) in (0, 1)
    assert figure(found, "sintonia_queue_oldest_due_seconds", **owner) >= 0
    assert figure(found, "sintonia_database_up") == 1
    assert figure(found, "sintonia_disk_free_bytes") > 0


def test_parts_tasks_and_backups_are_told_by_their_ages(anonymous: Browser) -> None:
    now = utc_now()
    db.session.add(Heartbeat(name="engine", at=now - timedelta(seconds=90)))
    for name, ago in (("notify", 45), ("watch", 30), ("notify", 100)):
        at = now - timedelta(seconds=ago)
        db.session.add(Tick(task=name, scheduled_at=at, fired_at=at))
    for status, hours in (("done", 9), ("failed", 2)):
        at = now - timedelta(hours=hours)
        db.session.add(Backup(trigger="schedule", status=status, started_by="system", started_at=at, finished_at=at,
                              size_bytes=500))  # fmt: skip
    db.session.commit()
    process.expect_tasks({"notify": 10.0, "watch": 60.0})
    found = samples(anonymous)
    assert figure(found, "sintonia_heartbeat_age_seconds", part="engine") == pytest.approx(90, abs=5)
    assert figure(found, "sintonia_scheduler_lag_seconds", task="notify") == pytest.approx(35, abs=5)
    assert figure(found, "sintonia_scheduler_lag_seconds", task="watch") == 0
    assert figure(found, "sintonia_backup_last_ok") == 0
    assert figure(found, "sintonia_backup_size_bytes") == 500
    age_s = now.timestamp() - figure(found, "sintonia_backup_last_success_timestamp_seconds")
    assert age_s == pytest.approx(9 * 3600, abs=5)


def test_both_formats_are_read_by_the_parsers_of_prometheus_whatever_people_typed(anonymous: Browser) -> None:
    factories.make_integration(description='Watch "Brasil"\n\\ # HELP x{y="1"} 2\u2028')
    text = anonymous.get("/metrics").text
    names = {family.name for family in parse_text(text)}
    opened = {family.name for family in parse_openmetrics(anonymous.get("/metrics", headers=OPENMETRICS).text)}
    assert {"sintonia_attempts", "sintonia_accounts", "sintonia_call_duration_seconds"} <= names
    assert names == opened
    told = {label["name"] for family in parse_text(text) if family.name == "sintonia_integration_info"
            for label in (sample.labels for sample in family.samples)}  # fmt: skip
    assert told == {'Watch "Brasil" \\ # HELP x{y="1"} 2'}


def test_scrape_asks_ten_queries_at_the_most(app: APIFlask, anonymous: Browser) -> None:
    world.build()
    for _number in range(3):
        factories.make_integration()
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    anonymous.get("/metrics")
    # Which recipes run is looked up by the process now and then, whatever is asked.
    queries = [one for one in asked if one.lstrip().upper().startswith(("SELECT", "WITH")) and "recipe_v" not in one]
    # One more for the queue of PostgreSQL.
    most = 10 if db.engine.dialect.name == "sqlite" else 11
    assert 5 < len(queries) <= most, "\n".join(queries)


def test_process_without_pages_says_nothing_of_the_whole_hub(anonymous: Browser) -> None:
    try:
        LIFE.begin("worker")
        LIFE.show("engine")
        found = {name for name, _labels in samples(anonymous)}
    finally:
        LIFE.begin("")
    assert "sintonia_part_age_seconds" in found
    assert not {name for name in found if name.startswith(("sintonia_accounts", "sintonia_heartbeat"))}


def test_database_that_is_away_is_told_and_not_an_error(anonymous: Browser) -> None:
    db.session.rollback()
    db.drop_all()
    answer = anonymous.get("/metrics")
    assert answer.status_code == 200
    assert "sintonia_database_up 0.0" in answer.text
    assert "sintonia_disk_free_bytes " in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}, {"X-Real-IP": "203.0.113.9"},
        {"Via": "1.1 proxy"}, {"Host": "hub.provedor.example"},
    ],
)  # fmt: skip
def test_whoever_comes_through_a_proxy_needs_a_token_that_may_read(headers: dict[str, str], anonymous: Browser) -> None:
    def status(token: str = "") -> int:
        given = {"Authorization": f"Bearer {token}"} if token else {}
        return anonymous.get("/metrics", headers={**headers, **given}).status_code

    narrow = create_token("narrow", "subscribers", integration_id=factories.make_integration().id)[1]
    assert status() == 403
    assert status("no such token") == 403
    assert status(narrow) == 403
    assert status(create_token("reader", READ)[1]) == 200
    assert status(create_token("ruler", ADMIN_SCOPE)[1]) == 200


def test_other_machine_and_server_of_http_1_0_are_refused(anonymous: Browser) -> None:
    assert anonymous.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403
    assert anonymous.get("/metrics", environ_overrides={"SERVER_PROTOCOL": "HTTP/1.0"}).status_code == 403
    assert anonymous.get("/metrics").status_code == 200
