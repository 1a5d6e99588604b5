"""Messages: one for each cause and channel, not in quiet hours, tried again, and told when it is over."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.gateways.servers import LoopbackServer, always, http
from webapp import clock
from webapp.extensions import db
from webapp.models import Alert, AlertMessage, Channel
from webapp.services import alerts, channels, notify
from webapp.services.alert_texts import Told, masked_name, write
from webapp.services.audit import acting_as
from webapp.services.channel_state import FAILED_ALERT
from webapp.services.channels import ChannelInput

pytestmark = pytest.mark.usefixtures("app")
REFUSED = http(b"", "503 Down")


@pytest.fixture
def phone() -> Iterator[LoopbackServer]:
    """A service that takes every message."""
    with LoopbackServer(always(http())) as server:
        yield server


def channel_to(server: LoopbackServer, **values: object) -> Channel:
    known = {"description": "Plantão", "address": f"json://127.0.0.1:{server.port}/hook"}
    return channels.create_channel(ChannelInput.model_validate({**known, **values}))


def raised(level: str = alerts.WARN, code: str = "reading_shrunken", object_id: int = 1, **params: object) -> None:
    told = {"now": 80, "last": 100, "missing": 20, **params}
    alerts.raise_alert(code, "source", object_id, f"HubSoft {object_id}", told, level)
    db.session.commit()


def over(code: str = "reading_shrunken", object_id: int = 1) -> None:
    alerts.clear_alert(code, "source", object_id)
    db.session.commit()


def tick(after: timedelta = timedelta(0)) -> int:
    """Let time pass, then send what is due."""
    clock.move(after)
    return notify.send_due(clock.utc_now())


def arrived(server: LoopbackServer) -> list[dict[str, str]]:
    return [json.loads(raw.partition(b"\r\n\r\n")[2]) for raw in server.requests]


def at_local_hour(hour: int) -> None:
    """Move the clock on to the next time that it is this hour where the provider is."""
    now = clock.utc_now().astimezone(ZoneInfo("America/Sao_Paulo"))
    clock.move(timedelta(hours=(hour - now.hour) % 24) - timedelta(minutes=now.minute, seconds=now.second))


def test_a_cause_is_told_once_with_what_to_do_and_its_end_with_how_long_it_lasted(phone: LoopbackServer) -> None:
    channel_to(phone)
    for _time in range(3):
        raised()
        tick()
    (first,) = arrived(phone)
    assert "HubSoft 1" in first["title"]
    assert "80" in first["message"]
    assert first["type"] == "warning"
    clock.move(timedelta(hours=2))
    over()
    assert (tick(), tick(timedelta(minutes=1))) == (1, 0)
    last = arrived(phone)[-1]
    assert (last["type"], "2 horas" in last["message"]) == ("success", True)
    assert db.session.query(Channel).one().sent_at is not None


def test_only_channels_that_fit_are_told_and_one_that_gets_worse_is_told_to_the_others(phone: LoopbackServer) -> None:
    channel_to(phone, level="fail", description="Só o que não funciona")
    off = channel_to(phone, description="Desligado")
    channels.set_channel_active(off.id, False)
    raised()
    assert tick() == 0
    raised(alerts.FAIL)
    assert (tick(), tick()) == (1, 0)
    assert arrived(phone)[0]["type"] == "failure"


def test_messages_that_are_due_together_come_as_one_text_with_the_worst_first(phone: LoopbackServer) -> None:
    channel_to(phone)
    for number in range(1, 11):
        raised(object_id=number)
    raised(alerts.FAIL, object_id=99)
    assert tick() == 11
    (told,) = arrived(phone)
    assert told["type"] == "failure"
    assert told["message"].index("HubSoft 99") < told["message"].index("HubSoft 1")
    assert " 3 " in told["message"].rpartition("\n\n")[2]
    assert "HubSoft 10" not in told["message"]


def test_what_ends_before_anybody_was_told_is_told_to_nobody(phone: LoopbackServer) -> None:
    channel_to(phone)
    raised()
    over()
    assert tick() == 0
    assert arrived(phone) == []
    assert [row.due_at for row in db.session.query(AlertMessage)] == [None, None]


def test_a_cause_that_comes_and_goes_is_told_once_in_half_an_hour_and_again_if_it_lasts(phone: LoopbackServer) -> None:
    channel_to(phone)
    raised()
    tick()
    for _time in range(4):
        clock.move(timedelta(minutes=2))
        over()
        tick()
        raised()
        tick()
    # Came up, was over; the rest of the flapping is silence.
    assert [told["type"] for told in arrived(phone)] == ["warning", "success"]
    assert tick(timedelta(minutes=30)) == 1


def test_another_batch_is_another_cause_and_told_at_once(phone: LoopbackServer) -> None:
    channel_to(phone)
    raised(code="run_staged", checksum="aaaa", run_id=1)
    assert tick() == 1
    with acting_as("ana@example.com"):
        alerts.close_alert(db.session.query(Alert).one().id)
    raised(code="run_staged", checksum="aaaa", run_id=1)
    assert (tick(), alerts.count_open()) == (0, 0)
    raised(code="run_staged", checksum="bbbb", run_id=2)
    assert (tick(), alerts.count_open()) == (2, 1)
    assert arrived(phone)[1]["type"] == "warning"


@pytest.mark.parametrize(
    ("level", "quiet_fail", "at_night"), [("warn", False, 0), ("fail", False, 1), ("fail", True, 0)]
)
def test_quiet_hours_let_through_only_what_does_not_work_unless_that_is_not_wanted_either(
    phone: LoopbackServer, level: str, quiet_fail: bool, at_night: int
) -> None:
    channel_to(phone, quiet_from="22:00", quiet_until="07:00", quiet_fail=quiet_fail)
    at_local_hour(23)
    raised(level)
    assert tick() == at_night
    assert tick(timedelta(hours=8, minutes=1)) == 1 - at_night


def test_what_is_over_by_the_end_of_the_quiet_hours_is_told_to_nobody(phone: LoopbackServer) -> None:
    channel_to(phone, quiet_from="22:00", quiet_until="07:00")
    at_local_hour(23)
    raised()
    clock.move(timedelta(hours=3))
    over()
    assert tick(timedelta(hours=6)) == 0
    assert arrived(phone) == []


def test_a_channel_that_fails_is_tried_again_then_given_up_with_an_alert_that_only_the_page_shows() -> None:
    with LoopbackServer(always(REFUSED)) as down:
        channel_to(down)
        raised()
        for wait_minutes in (0, 1, 5, 30, 120):
            assert tick(timedelta(minutes=wait_minutes, seconds=1)) == 0
        assert (len(down.requests), tick(timedelta(days=1))) == (5, 0)
        row = db.session.query(AlertMessage).one()
        assert (row.due_at, row.sent_at, row.error_code, row.tries) == (None, None, "channel_status", 5)
        assert db.session.query(Channel).one().error_code == "channel_status"
        assert {alert.code for alert in alerts.open_alerts(9)} == {"reading_shrunken", FAILED_ALERT}
        # The next one that goes ends it.
        down.respond = always(http())
        raised(object_id=2)
        assert tick() == 1
        assert {alert.code for alert in alerts.open_alerts(9)} == {"reading_shrunken"}


def test_a_message_that_another_process_sends_is_left_to_it_until_its_lease_ends(phone: LoopbackServer) -> None:
    channel_to(phone)
    raised()
    row = db.session.query(AlertMessage).one()
    row.lease_until = clock.utc_now() + notify.LEASE
    db.session.commit()
    assert tick() == 0
    over()
    assert tick() == 0, "whether it is told that it is over depends on what the other does"
    assert db.session.query(AlertMessage).filter_by(kind="over").one().due_at is not None
    assert tick(notify.LEASE + timedelta(seconds=1)) == 0
    assert arrived(phone) == []


def test_the_page_says_who_was_told_when(phone: LoopbackServer) -> None:
    channel_to(phone)
    raised()
    tick()
    alert_id = db.session.query(Alert).one().id
    assert [name for name, _at in notify.told_of([alert_id])[alert_id]] == ["Plantão"]


def test_a_text_about_a_batch_names_nobody_in_full_and_says_where_to_decide() -> None:
    radius = {
        "count": 3, "actions": {"suspend": 2, "cancel": 1}, "value": "89.70",
        "causes": [{"code": "cause_status", "count": 3, "percent": 100.0, "value": "89.70",
                    "params": {"status": "suspenso_debito", "since": "2026-11-10", "by": "source:HubSoft"}}],
        "examples": [{"name": "Maria das Dores Silva", "login": "maria@example.com"}, {"name": "João", "login": "j"}],
    }  # fmt: skip
    told = Told("opened", "run_staged", {"run_id": 7}, "warn", "integration", 1, "NX Play", datetime.now(UTC),
                radius=radius)  # fmt: skip
    body = write([told]).body
    for said in ("Maria S.", "João", "89,70", "Suspender: 2", "Cancelar: 1", "3 (100%)", "Suspenso por débito"):
        assert said in body
    for unsaid in ("Dores", "Silva", "maria@example.com", "http", "suspenso_debito"):
        assert unsaid not in body
    assert masked_name("  ") == ""
