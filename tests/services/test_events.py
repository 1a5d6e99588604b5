"""What a platform tells unasked is a hint: the one it names is asked about, and what differs is mended, both ways."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser
from tests.services.helpers import actions
from tests.services.rights_platform import Rights, account, connect, install, sell, states, work
from webapp import clock
from webapp.extensions import db
from webapp.models import Integration, Run, Setting
from webapp.services import events, integrations, lookup_marks, lookups, subscriptions

EMAIL = "maria@example.com"


@pytest.fixture
def platform(app: APIFlask) -> Iterator[Rights]:
    install()
    with Rights() as fake:
        yield fake


@pytest.fixture
def integration(platform: Rights) -> Integration:
    return connect(platform)


def tell(browser: Browser, integration: Integration, body: object, **more: object) -> int:
    address = "/" + integrations.callback_url(integration).split("/", 1)[1]
    return browser.post(f"{address}/event", json=body, csrf=False, **more).status_code


def look_up() -> None:
    db.session.commit()
    lookups.look_up_marked()
    db.session.expire_all()


def noted() -> int:
    return db.session.query(Setting).filter(Setting.name.startswith("look:")).count()


def runs() -> list[tuple[str, str, dict[str, str]]]:
    return [(run.trigger, run.status, {item.situation: item.action for item in run.items}) for run in Run.query]


@pytest.mark.parametrize(
    "hint", [{"id": "501"}, {"email": f" {EMAIL.upper()} "}, {"cpf": "529.982.247-25"}, {"id": "999", "email": EMAIL}]
)
def test_e8_hint_finds_its_account_by_id_login_or_document(
    hint: dict[str, str], anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    service = sell(integration, "FULL")
    service.customer.document = "52998224725"
    assert tell(anonymous, integration, hint) == 204
    assert noted() == 1


def test_e8_what_was_suspended_there_by_hand_is_enabled_again(
    anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL", "KIDS")
    platform.of("KIDS")["state"] = "suspended"
    tell(anonymous, integration, {"email": EMAIL})
    look_up()
    work()
    assert {right["product"]: right["state"] for right in platform.rights.values()} == {
        "FULL": "active", "KIDS": "active",
    }  # fmt: skip
    assert runs() == [("event", "done", {"state": "enable"})]
    assert platform.writes[2:] == [f"POST /rights/{platform.of('KIDS')['id']}/active"]


def test_e8_what_was_enabled_there_by_hand_is_suspended_again(
    anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    service = sell(integration, "FULL")
    subscriptions.set_status(service.code, "suspenso_debito")
    work()
    platform.of("FULL")["state"] = "active"
    tell(anonymous, integration, {"email": EMAIL})
    look_up()
    work()
    assert platform.of("FULL")["state"] == "suspended"


def test_e8_what_was_deleted_there_by_hand_is_made_again_once(
    anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL")
    platform.rights.clear()
    tell(anonymous, integration, {"email": EMAIL})
    look_up()
    work()
    assert [right["product"] for right in platform.rights.values()] == ["FULL"]
    assert states() == {"FULL": "active"}


def test_e8_hint_of_a_cancellation_that_is_not_true_changes_nothing(
    anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL")
    before = account().generation
    tell(anonymous, integration, {"email": EMAIL, "type": "subscription.cancelled"})
    look_up()
    work()
    assert (account().generation, runs(), len(platform.writes), noted()) == (before, [], 1, 0)


def test_hint_is_written_down_once_however_often_it_is_repeated(
    anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL")
    assert {tell(anonymous, integration, {"email": EMAIL}) for _ in range(3)} == {204}
    assert actions().count("account.hint") == 1
    assert noted() == 1


@pytest.mark.parametrize("body", [{"email": "nobody@example.com"}, {"id": "999"}, {}, [], None])
def test_unknown_subscriber_gets_the_same_answer(
    body: object, anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL")
    assert tell(anonymous, integration, body) == 204
    assert noted() == 0


def test_hint_of_one_integration_never_touches_another(
    anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL")
    assert tell(anonymous, connect(platform), {"id": "501", "email": EMAIL}) == 204
    assert noted() == 0


def test_unknown_token_is_no_address(anonymous: Browser, app: APIFlask) -> None:
    assert anonymous.post("/callback/not-a-token/event", json={}, csrf=False).status_code == 404


def test_gateway_without_events_takes_them_and_does_nothing(anonymous: Browser, app: APIFlask) -> None:
    assert tell(anonymous, factories.make_integration(), {"email": EMAIL}) == 204


def test_too_many_events_are_put_off(
    anonymous: Browser, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PER_INTEGRATION", events.throttle.Limit("callback-event", 2, 60))
    assert [tell(anonymous, integration, {}) for _ in range(3)] == [204, 204, 429]


def test_platform_that_does_not_answer_is_asked_again_later(
    anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL")
    tell(anonymous, integration, {"email": EMAIL})
    platform.broken = True
    look_up()
    assert (noted(), runs(), states()) == (1, [], {"FULL": "active"})
    platform.broken = False
    look_up()
    assert noted() == 0


def test_account_that_is_being_worked_on_is_asked_about_afterwards(
    anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    service = sell(integration, "FULL")
    subscriptions.set_status(service.code, "suspenso_debito")
    tell(anonymous, integration, {"email": EMAIL})
    look_up()
    assert (noted(), platform.asked[-1].method) == (1, "POST")
    work()
    look_up()
    assert noted() == 0


def test_hint_that_nobody_could_follow_is_dropped_after_an_hour(
    anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL")
    tell(anonymous, integration, {"email": EMAIL})
    platform.broken = True
    clock.move(timedelta(minutes=61))
    look_up()
    assert noted() == 0


def test_paused_integration_is_not_asked(anonymous: Browser, platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL")
    tell(anonymous, integration, {"email": EMAIL})
    db.session.query(Integration).update({"paused_code": "credentials_refused"})
    asked = len(platform.asked)
    look_up()
    assert (noted(), len(platform.asked)) == (1, asked)


def test_right_of_somebody_else_is_left_to_a_person(
    anonymous: Browser, platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL")
    platform.of("FULL").update(state="suspended", cpf="11144477735")
    tell(anonymous, integration, {"email": EMAIL})
    look_up()
    assert (runs(), states()) == ([], {"FULL": "active"})


def test_platform_that_cannot_be_asked_is_left_to_the_next_reading(app: APIFlask) -> None:
    integration = factories.make_integration()
    factories.make_sale(package=factories.make_package(integration))
    lookup_marks.mark(integration.id, [account().id])
    look_up()
    assert (noted(), runs()) == (0, [])


def test_page_of_the_integration_shows_the_address_for_events(admin: Browser, integration: Integration) -> None:
    address = integrations.callback_url(integration) + "/event"
    assert address in admin.get(f"/integrations/{integration.id}").text
    other = factories.make_integration()
    assert "/event" not in admin.get(f"/integrations/{other.id}").text
