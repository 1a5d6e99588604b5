"""Messages to subscribers: who is told what, once, by which way; and who is not."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from tests.gateways.servers import LoopbackServer
from tests.services.activation_scene import (
    BASE,
    PASSWORD,
    accepted,
    channel_to,
    gate,
    make_account,
    reachable,
    settle,
    switched_on,
    tick,
)
from webapp import clock
from webapp.decide.activation import HELD_UNTIL, MOST_AT_ONCE
from webapp.extensions import db
from webapp.models import Alert, CustomerMessage, Event
from webapp.models.account import PENDING, SUSPENDED, WAITING_USER
from webapp.services import epoch, subscriptions
from webapp.services.activation import channels, links, subscriber, switch, texts
from webapp.services.activation.channels import CustomerChannelInput
from webapp.services.activation.texts import TemplateInput
from webapp.services.errors import Conflict, Invalid
from webapp.services.inputs import ServiceInput

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def ana() -> str:
    return "ana@example.com"


def texts_in(server: LoopbackServer) -> list[str]:
    return [json.loads(raw.partition(b"\r\n\r\n")[2])["message"] for raw in server.requests]


def messages() -> list[CustomerMessage]:
    db.session.expire_all()
    return list(db.session.scalars(select(CustomerMessage).order_by(CustomerMessage.id)))


def told() -> list[tuple[str, str, str]]:
    return [(one.kind, one.status, one.reason) for one in messages()]


def test_who_got_an_account_is_told_once_with_a_link_and_never_the_password(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = make_account(email=ana)
        accepted(account)
        assert [tick(), tick(), tick()] == [1, 0, 0]
        accepted(account)
        assert tick() == 0
        (message,) = texts_in(server)
        assert server.requests[0].startswith(b"POST /ana@example.com ")
    assert ana in message
    assert PASSWORD not in message
    assert re.search(rf"{BASE}/ver/[\w-]{{32}}", message)
    (row,) = messages()
    assert (row.status, row.sent_to, row.params) == ("sent", "an***@example.com", {})


def test_password_goes_only_by_a_channel_that_the_provider_allowed(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server, password_allowed=True)
        account = make_account(email=ana)
        expected = str(subject_password(account.id))
        accepted(account)
        assert tick() == 1
        assert expected in texts_in(server)[0]
        assert "/ver/" not in texts_in(server)[0]


def subject_password(account_id: int) -> object:
    found = links.find_account(account_id)
    assert found is not None
    return links.subject_of(found).password


def test_nobody_is_told_of_the_past_nor_while_it_is_switched_off(ana: str) -> None:
    with gate() as server:
        channel_to(server)
        account = make_account(email=ana)
        accepted(account)
        assert tick() == 0
        switched_on()
        assert tick() == 0
        accepted(account)
        clock.move(timedelta(seconds=30))
        switch.switch(False)
        assert tick() == 0
        switched_on()
        assert tick() == 0
    assert told() == []


def test_switching_on_without_an_address_of_the_hub_is_refused() -> None:
    with pytest.raises(Conflict, match="activation_no_address"):
        switch.switch(True)


def test_opt_out_is_honoured_also_by_what_waits_already(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = make_account(PENDING, email=ana)
        accepted(account)
        assert tick() == 0
        subscriber.set_messages(account.service.customer_id, False)
        settle(account)
        assert tick(timedelta(minutes=2)) == 0
        accepted(account, "enable")
        assert tick() == 0
        assert server.requests == []
    assert told() == [("created", "skipped", "message_opted_out"), ("enabled", "skipped", "message_opted_out")]


def test_message_says_how_to_be_told_no_more(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        accepted(make_account(email=ana))
        tick()
        assert "Não quer mais receber estas mensagens?" in texts_in(server)[0]


def test_message_waits_until_the_platform_accepted_all_of_it(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = make_account(PENDING, email=ana)
        accepted(account)
        assert [tick(), tick(timedelta(minutes=2))] == [0, 0]
        settle(account, WAITING_USER)
        assert tick(timedelta(minutes=2)) == 1


def test_what_is_not_true_any_more_is_told_to_nobody(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = make_account(email=ana)
        accepted(account, "enable")
        settle(account, SUSPENDED)
        assert tick() == 0
    assert told() == [("enabled", "skipped", "message_needless")]


def test_that_it_works_again_is_told_once_a_day(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = make_account(email=ana)
        for _time in range(3):
            accepted(account, "enable")
            account.generation += 1
            settle(account)
            tick()
        accepted(account, "enable")
        assert tick(timedelta(hours=25)) == 1
        assert len(texts_in(server)) == 2


def test_another_password_is_told(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = make_account(email=ana)
        service = account.service
        data = ServiceInput(
            customer_code=service.customer.code, plan_id=service.plan_id, login=service.login, password="another-9876"
        )  # fmt: skip
        subscriptions.upsert_service(service.code, data)
        settle(account)
        assert tick() == 1
        assert "another-9876" not in texts_in(server)[0]
    assert [one.kind for one in messages()] == ["password"]


def test_next_channel_is_tried_after_a_failure_and_five_failures_are_the_end(ana: str) -> None:
    with gate(refuses=True) as down, gate() as works:
        switched_on()
        channel_to(down)
        second = channel_to(works, "whatsapp", description="Zap")
        accepted(make_account(email=ana))
        assert [tick(), tick(timedelta(minutes=2))] == [0, 1]
        assert works.requests[0].startswith(b"POST /5511987654321 ")
        channels.set_customer_channel_active(second.id, False)
        accepted(make_account(email="bea@example.com"))
        for _try in range(5):
            tick(timedelta(hours=3))
    first, last = messages()
    assert (first.status, last.status, last.reason, last.tries) == ("sent", "failed", "channel_status", 5)
    assert db.session.scalars(select(Alert.code)).all() == ["messages_channel_failed"]


def test_channel_that_fails_for_all_raises_an_alert_that_ends_with_a_success(ana: str) -> None:
    with gate(refuses=True) as down:
        switched_on()
        channel = channel_to(down)
        for number in range(5):
            accepted(make_account(email=f"ana{number}@example.com"))
        tick()
        assert len(down.requests) == 3, "the others wait, and cost no try"
    assert db.session.scalars(select(Alert.code).where(Alert.closed_at.is_(None))).all() == ["messages_channel_failed"]
    with gate() as works:
        data = CustomerChannelInput(kind="email", description="x", address=f"json://127.0.0.1:{works.port}/{{email}}")
        channels.change_customer_channel(channel.id, data)
        for _time in range(3):
            tick(timedelta(hours=1))
    assert {one.status for one in messages()} == {"sent"}
    assert db.session.scalars(select(Alert.code).where(Alert.closed_at.is_(None))).all() == []


def test_wave_waits_for_a_person(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = make_account(email=ana)
        wave(account.id, MOST_AT_ONCE)
        accepted(account)
        assert tick() == 0
        assert switch.waiting().held == 1
        assert db.session.scalar(select(func.count()).where(Alert.code == "messages_held")) == 1
        assert switch.release("checked") == 1
        db.session.execute(text("delete from customer_message where cause like 'other%'"))
        db.session.commit()
        assert tick() == 1


def wave(account_id: int, count: int) -> None:
    rows = [
        {"account_id": account_id, "kind": "created", "cause": f"other {number}", "status": "waiting",
         "due_at": clock.utc_now() + timedelta(days=1), "created_at": clock.utc_now(), "tries": 0, "sent_to": "",
         "reason": "", "params": {}}
        for number in range(count)
    ]  # fmt: skip
    db.session.execute(CustomerMessage.__table__.insert(), rows)
    db.session.commit()


def test_discarded_wave_is_told_to_nobody(ana: str) -> None:
    switched_on()
    account = make_account(email=ana)
    wave(account.id, 1)
    db.session.execute(text("update customer_message set due_at = :far"), {"far": HELD_UNTIL.isoformat()})
    db.session.execute(CustomerMessage.__table__.update().values(due_at=HELD_UNTIL))
    db.session.commit()
    assert switch.discard("by mistake") == 1
    assert told() == [("created", "skipped", "message_discarded")]


def test_older_copy_of_the_database_tells_nobody_again(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        accepted(make_account(PENDING, email=ana))
        tick()
        accepted(make_account(email="bea@example.com"))
        epoch.begin_observing("restored")
        assert tick(timedelta(minutes=5)) == 0
        assert server.requests == []
    assert told() == [("created", "skipped", "message_observing")]
    assert switch.cursor() == switch.newest_event()


def test_words_of_the_package_come_before_those_of_all_and_unknown_words_are_refused(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = make_account(email=ana)
        package_id = links.subject_of(account).packages[0]
        texts.save_template("created", TemplateInput(subject="A", body="Todos {{ login }}"))
        texts.save_template("created", TemplateInput(subject="B", body="Só este {{ nome }}", package_id=package_id))
        accepted(account)
        tick()
        assert texts_in(server)[0].startswith("Só este")
    for body in ("{{ cpf }}", "{% for a in nome %}x{% endfor %}", "{{ nome.__class__ }}", "{{ nome", "{{ 7 * 7 }}", ""):
        with pytest.raises(Invalid):
            texts.save_template("created", TemplateInput(subject="", body=body))


def test_kind_that_is_switched_off_is_not_sent(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        texts.save_template("created", TemplateInput(subject="A", body="x", active=False))
        accepted(make_account(email=ana))
        assert tick() == 0
    assert told() == [("created", "skipped", "message_kind_off")]


def test_address_without_a_place_for_the_subscriber_is_refused() -> None:
    wrong = (("email", "json://127.0.0.1:9/x"), ("sms", "json://127.0.0.1:9/{email}"), ("sms", "x{phone}"))
    for kind, address in wrong:
        with pytest.raises(Invalid):
            channels.create_customer_channel(
                CustomerChannelInput.model_validate({"kind": kind, "description": "x", "address": address})
            )


def test_link_shows_the_password_once_and_unknown_looks_like_expired(ana: str) -> None:
    reachable()
    account = make_account(email=ana)
    expected = str(subject_password(account.id))
    token = links.hand_out(account.id).rpartition("/")[2]
    assert links.view_link(token).state == links.view_link(token).state == "open"
    shown = links.open_link(token)
    assert isinstance(shown, links.Shown)
    assert (shown.login, shown.password) == (ana, expected)
    again = links.open_link(token)
    assert isinstance(again, links.LinkView)
    assert (again.state, again.opened_at is not None) == ("opened", True)
    late = links.hand_out(account.id).rpartition("/")[2]
    clock.move(timedelta(hours=49))
    assert links.open_link(late) == links.open_link("guessed") == links.view_link("guessed")


def test_neither_password_nor_token_stands_anywhere_in_the_database(ana: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = make_account(email=ana)
        expected = str(subject_password(account.id))
        accepted(account)
        tick()
        token = re.findall(r"/ver/([\w-]+)", texts_in(server)[0])[0]
        other = links.hand_out(account.id).rpartition("/")[2]
        links.open_link(other)
    everything = "\n".join(
        str(tuple(row)) for table in db.metadata.sorted_tables for row in db.session.execute(select(table))
    )
    assert expected not in everything
    assert token not in everything
    assert other not in everything
    seen = db.session.scalars(select(Event.action).where(Event.action.like("account.password%"))).all()
    assert seen == ["account.password_link", "account.password_seen"]
