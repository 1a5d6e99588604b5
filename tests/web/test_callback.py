"""The passive side: a platform asks at log-in."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import event
from structlog.testing import capture_logs

from tests import factories
from tests.fixtures.people import Browser
from webapp import clock
from webapp.extensions import db
from webapp.models import Account, Service
from webapp.services import callback, integrations, recipes, subscriptions
from webapp.vault import Vault

EMAIL, PASSWORD = "maria@example.com", "pão-de-açúcar-ñ"


class Platform:
    """A platform with one subscriber, and the address at which it asks."""

    def __init__(self, gateway: str = "nx_play", own: dict[str, str] | None = None, **params: str) -> None:
        more = {} if own is None else {"params": own}
        self.integration = factories.make_integration(gateway=gateway, **more)
        package = factories.make_package(self.integration)
        customer = factories.make_customer(code="1234", email=EMAIL)
        given = {"usuario": "senha_autenticacao", **params} if own is None else params
        self.service = factories.make_service(customer, factories.make_plan(), password=PASSWORD)
        factories.make_sale(self.service, package, params=given)
        account = db.session.query(Account).one()
        account.login, account.login_key = EMAIL, EMAIL
        self.products = [product.code for product in package.products]
        db.session.commit()
        self.url = "/" + integrations.callback_url(self.integration).split("/", 1)[1]


@pytest.fixture
def platform(app: APIFlask) -> Platform:
    return Platform()


def basic(login: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}


def ask(browser: Browser, platform: Platform, login: str = EMAIL, password: str = PASSWORD) -> tuple[int, object]:
    response = browser.post(platform.url, data={"user": login, "pass": password}, csrf=False)
    return response.status_code, response.json


def test_right_password_is_let_in_with_the_products(anonymous: Browser, platform: Platform) -> None:
    assert ask(anonymous, platform) == (
        200, {"authorized": True, "subscriber": EMAIL, "products": platform.products}
    )  # fmt: skip


@pytest.mark.parametrize("names", [("user", "pass"), ("usuario", "senha"), ("login", "password"), ("email", "senha")])
@pytest.mark.parametrize("way", ["form", "json", "query", "basic", "json called text"])
def test_question_is_understood_in_every_way(
    way: str, names: tuple[str, str], anonymous: Browser, platform: Platform
) -> None:
    fields = {names[0]: EMAIL, names[1]: PASSWORD}
    sent = {
        "form": lambda: anonymous.post(platform.url, data=fields, csrf=False),
        "json": lambda: anonymous.post(platform.url, json=fields, csrf=False),
        "query": lambda: anonymous.get(platform.url, query_string=fields),
        "basic": lambda: anonymous.get(platform.url, headers=basic(EMAIL, PASSWORD)),
        "json called text": lambda: anonymous.post(
            platform.url, data=json.dumps({"user": EMAIL, "pass": PASSWORD}), content_type="text/plain", csrf=False
        ),
    }
    assert sent[way]().status_code == 200


def test_log_in_is_found_whatever_its_capitals_and_blanks(anonymous: Browser, platform: Platform) -> None:
    assert ask(anonymous, platform, login=f" {EMAIL.upper()} ")[0] == 200


@pytest.mark.parametrize(
    ("login", "password"),
    [
        (EMAIL, "wrong"),
        (EMAIL, PASSWORD + " "),
        (EMAIL, "pao-de-acucar-n"),
        ("nobody@example.com", PASSWORD),
        (EMAIL, ""),
    ],
)
def test_wrong_and_unknown_get_the_same_answer(
    login: str, password: str, anonymous: Browser, platform: Platform
) -> None:
    assert ask(anonymous, platform, login, password) == (401, {"authorized": False})


def test_question_without_log_in_is_refused_like_a_wrong_one(anonymous: Browser, platform: Platform) -> None:
    assert anonymous.get(platform.url).status_code == 401


def test_suspended_subscriber_is_told_apart_only_with_the_right_password(
    anonymous: Browser, platform: Platform
) -> None:
    subscriptions.set_status(platform.service.code, "suspenso_debito")
    assert ask(anonymous, platform)[0] == 403
    assert ask(anonymous, platform, password="wrong")[0] == 401


def test_payment_lets_in_before_the_platform_was_told(anonymous: Browser, platform: Platform) -> None:
    subscriptions.set_status(platform.service.code, "suspenso_debito")
    db.session.query(Account).update({"status": "suspended"})
    subscriptions.set_status(platform.service.code, "servico_habilitado")
    assert ask(anonymous, platform)[0] == 200


def first_use_after(browser: Browser, platform: Platform, password: str = PASSWORD) -> tuple[int, datetime | None]:
    """Ask, take the whole answer, and return what stands on the account afterwards."""
    response = browser.post(platform.url, data={"user": EMAIL, "pass": password}, csrf=False)
    response.close()
    db.session.rollback()
    return response.status_code, db.session.query(Account).one().first_used_at


def test_first_log_in_that_is_let_in_is_noted_once(anonymous: Browser, platform: Platform) -> None:
    assert first_use_after(anonymous, platform, "wrong") == (401, None)
    status, seen = first_use_after(anonymous, platform)
    assert status == 200
    assert seen is not None
    clock.move(timedelta(days=1))
    assert first_use_after(anonymous, platform) == (200, seen)


def test_log_in_of_who_is_suspended_is_no_use(anonymous: Browser, platform: Platform) -> None:
    subscriptions.set_status(platform.service.code, "suspenso_debito")
    assert first_use_after(anonymous, platform) == (403, None)


def test_cancelled_and_unsold_are_unknown(anonymous: Browser, platform: Platform) -> None:
    subscriptions.remove_sale(db.session.get(Service, platform.service.id).packages[0].id)
    assert ask(anonymous, platform)[0] == 401
    subscriptions.set_status(platform.service.code, "cancelado")
    assert ask(anonymous, platform)[0] == 401


def test_status_that_changes_nothing_leaves_the_account_as_it_was(anonymous: Browser, platform: Platform) -> None:
    subscriptions.set_status(platform.service.code, "aguardando_migracao")
    assert ask(anonymous, platform)[0] == 401
    db.session.query(Account).update({"status": "active"})
    assert ask(anonymous, platform)[0] == 200


def test_code_as_password_is_padded_as_it_was_sent(anonymous: Browser, app: APIFlask) -> None:
    platform = Platform(usuario="codigo_cliente")
    assert ask(anonymous, platform, password="001234")[0] == 200
    assert ask(anonymous, platform, password="1234")[0] == 401


def test_gateway_without_a_rule_asks_for_the_own_password(anonymous: Browser, app: APIFlask) -> None:
    platform = Platform(gateway="outros")
    assert ask(anonymous, platform)[0] == 200


def test_unknown_token_is_no_address(anonymous: Browser, platform: Platform) -> None:
    response = anonymous.get("/callback/not-a-token?user=a&pass=b")
    assert response.status_code == 404
    assert response.content_type == "application/problem+json"


def test_renewed_address_leaves_the_old_one_for_a_day(anonymous: Browser, platform: Platform) -> None:
    integrations.rotate_callback_token(platform.integration.id)
    assert ask(anonymous, platform)[0] == 200
    clock.move(timedelta(hours=25))
    assert ask(anonymous, platform)[0] == 404


def test_guessing_a_password_is_stopped_and_others_go_on(anonymous: Browser, platform: Platform) -> None:
    answers = [ask(anonymous, platform, password=f"guess{number}")[0] for number in range(12)]
    assert answers == [401] * 10 + [429] * 2
    assert ask(anonymous, platform)[0] == 429
    assert ask(anonymous, platform, login="other@example.com")[0] == 401


def test_guessing_from_one_address_is_stopped(
    anonymous: Browser, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "PER_ADDRESS", callback.throttle.Limit("callback-address", 3, 300))
    answers = [ask(anonymous, platform, login=f"someone{number}@example.com")[0] for number in range(5)]
    assert answers == [401, 401, 401, 429, 429]


def test_right_log_ins_are_not_counted(anonymous: Browser, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback, "PER_ADDRESS", callback.throttle.Limit("callback-address", 3, 300))
    assert {ask(anonymous, platform)[0] for _number in range(15)} == {200}


def test_wrong_and_unknown_cost_the_same_work(
    anonymous: Browser, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts statements, opened secrets and comparisons: the clock of a busy machine proves nothing."""
    work: list[str] = []
    opened, compared = Vault.open, callback.hmac.compare_digest

    def count_open(self: Vault, *args: str) -> object:
        work.append("open")
        return opened(self, *args)

    def count_compare(*args: bytes) -> bool:
        work.append(f"compare {len(args[0])}")
        return compared(*args)

    monkeypatch.setattr(Vault, "open", count_open)
    monkeypatch.setattr(callback.hmac, "compare_digest", count_compare)
    event.listen(db.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: work.append(statement[:40]))

    def spent(login: str) -> list[str]:
        work.clear()
        ask(anonymous, platform, login, "wrong")
        return sorted(work)

    spent(EMAIL)
    assert spent(EMAIL) == spent("nobody@example.com")


def test_password_is_in_no_log(anonymous: Browser, platform: Platform) -> None:
    with capture_logs() as logged:
        ask(anonymous, platform)
        ask(anonymous, platform, password="secret-guess")
    assert [line["verdict"] for line in logged if line["event"] == "callback"] == ["allowed", "denied"]
    assert PASSWORD not in str(logged)
    assert "secret-guess" not in str(logged)


DOOR = """
key = "door"
label = "Door"
status = "assumed"
guarantee = "exactly_one"
login_fields = ["email"]
local = ["create", "update", "suspend", "enable", "cancel"]

[params.from]
label = "Addresses"

[params.door]
label = "Secret"
kind = "secret"

[callback]
login_fields = ["json.viewer.id"]
password_fields = ["json.viewer.secret"]
addresses = "{{ params.from }}"
secret_header = "X-Door"
secret = "{{ params.door }}"
denied = { status = 200, json = { allow = "no" } }

[callback.allowed]
status = 200
json = { allow = "yes", who = "{{ login }}", channels = "{{ products }}" }
"""


@pytest.fixture
def door(app: APIFlask) -> Callable[..., Platform]:
    recipes.save_version(DOOR, reason="a test", base=recipes.edition("door"), key="door")

    def make(**params: str) -> Platform:
        return Platform("door", {"from": "", "door": "", **params})

    return make


def knock(browser: Browser, platform: Platform, password: str = PASSWORD, **more: object) -> tuple[int, object]:
    viewer = {"id": EMAIL, "secret": password}
    response = browser.post(platform.url, json={"viewer": viewer}, csrf=False, **more)
    return response.status_code, response.json


def test_f1_recipe_says_where_the_question_stands_and_how_it_is_answered(
    anonymous: Browser, door: Callable[..., Platform]
) -> None:
    platform = door()
    assert knock(anonymous, platform) == (200, {"allow": "yes", "who": EMAIL, "channels": platform.products})
    assert knock(anonymous, platform, "wrong") == (200, {"allow": "no"})


def test_f2_other_address_and_wrong_header_look_like_an_unknown_token(
    anonymous: Browser, door: Callable[..., Platform]
) -> None:
    platform = door(**{"from": "203.0.113.0/24", "door": "open sesame"})
    unknown = anonymous.post("/callback/not-a-token", json={}, csrf=False)
    right = {"headers": {"X-Door": "open sesame"}, "environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    assert knock(anonymous, platform, **right)[0] == 200
    for wrong in ({"headers": {"X-Door": "open"}}, {"environ_base": {"REMOTE_ADDR": "198.51.100.1"}}):
        response = anonymous.post(platform.url, json={}, csrf=False, **{**right, **wrong})
        assert (response.status_code, response.content_type) == (404, unknown.content_type)
        assert {**response.json, "instance": ""} == {**unknown.json, "instance": ""}


def test_f2_guessing_the_header_is_stopped(
    anonymous: Browser, door: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "PER_ADDRESS", callback.throttle.Limit("callback-address", 3, 300))
    platform = door(door="open sesame")
    answers = [knock(anonymous, platform, headers={"X-Door": f"guess {number}"})[0] for number in range(5)]
    assert answers == [404, 404, 404, 429, 429]
