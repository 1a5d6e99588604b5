"""What a change would do on each platform is told before it is made, and nothing is changed by telling."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.factories import make_customer, make_integration, make_package, make_sale, make_service
from tests.services.helpers import account_of, freeze, nx_package
from webapp.clock import local_today, utc_now
from webapp.decide.desired import Rules, desired_state
from webapp.decide.state import ACCOUNT_UNIT, Intent, UnitState, dump_units
from webapp.extensions import db
from webapp.gateways.registry import get_gateway
from webapp.models import Account, Event, Integration, Service
from webapp.services import facts, integrations, previews
from webapp.services.connections import open_connection
from webapp.services.hub import current_hub
from webapp.services.previews import PlatformEffect

pytestmark = pytest.mark.usefixtures("app")


def settle(service: Service, state: str = "active") -> Account:
    """Make the account as it is once the platform has taken it as it shall be now."""
    account = account_of(service)
    freeze(account, service.customer.email)
    integration = account.integration
    traits = get_gateway(integration.gateway).traits
    rules = Rules(integration.follow_status, integration.status_rules, open_connection(integration.id)[1].params)
    hub, known = current_hub(), facts.Known(account.id, service.id, account.login, {}, {})
    today = local_today(hub.settings.timezone)
    inputs = facts.load_inputs(db.session.connection(), hub.vault, integration.id, traits, rules, [known], today)
    desired = desired_state(inputs[account.id], hub.vault.fingerprint)
    account.units = dump_units({unit.key: UnitState(state, unit.payload, 1) for unit in desired.units})
    db.session.commit()
    return account


def only(effects: list[PlatformEffect]) -> PlatformEffect:
    assert len(effects) == 1
    return effects[0]


def test_sale_on_an_account_that_does_not_exist_yet_creates_it() -> None:
    service, package = make_service(), nx_package()
    effect = only(previews.effects_of_sale(service.id, package.id, {}))
    assert (effect.account_id, effect.steps, effect.login) == (None, ("create",), service.customer.email)
    assert (effect.products_before, effect.products_after) == ((), (package.products[0].name,))
    assert (effect.state_before, effect.state_after, effect.problem) == ("none", "active", None)
    assert not db.session.scalar(select(func.count(Account.id)))


def test_second_package_on_an_account_is_sent_as_an_update() -> None:
    first = nx_package()
    service = make_sale(package=first).service
    settle(service)
    second = nx_package(first.integration)
    effect = only(previews.effects_of_sale(service.id, second.id, {}))
    assert (effect.steps, effect.login_fixed) == (("update",), True)
    assert set(effect.products_after) == {first.products[0].name, second.products[0].name}


def test_unchanged_sale_sends_nothing_and_another_password_field_sends_an_update() -> None:
    sale = make_sale(make_service(make_customer("123456789")), nx_package())
    settle(sale.service)
    assert only(previews.effects_of_change(sale.id, {})).steps == ()
    changed = only(previews.effects_of_change(sale.id, {"usuario": "codigo_cliente"}))
    assert (changed.steps, changed.password_field) == (("update",), "codigo_cliente")


@pytest.mark.parametrize(
    ("code", "login", "params", "expected"),
    [
        ("1234", "maria1", {"usuario": "codigo_cliente"}, ("codigo_cliente", 4, True)),
        ("1235", "maria.fibra", {}, ("login_autenticacao", 11, False)),
        ("1236", "abc", {}, ("login_autenticacao", 3, False)),
    ],
)
def test_password_rule_names_field_length_and_zeros(
    code: str, login: str, params: dict[str, str], expected: tuple[str, int, bool]
) -> None:
    service, package = make_service(make_customer(code), login=login), nx_package()
    effect = only(previews.effects_of_sale(service.id, package.id, params))
    assert (effect.password_field, effect.password_length, effect.password_padded) == expected
    assert effect.password_minimum == 6
    assert (effect.problem is None) == (login != "abc")
    assert login not in str(effect.calls)


def test_password_that_is_too_short_is_the_problem_and_nothing_is_sent() -> None:
    service, package = make_service(login="abc"), nx_package()
    effect = only(previews.effects_of_sale(service.id, package.id, {}))
    assert effect.problem is not None
    assert (effect.problem.code, effect.problem.field, effect.steps) == ("password_too_short", "login", ())


def test_login_of_somebody_else_is_the_problem() -> None:
    package = nx_package()
    make_sale(make_service(make_customer(email="same@example.com")), package)
    service = make_service(make_customer(email="same@example.com"))
    problem = only(previews.effects_of_sale(service.id, package.id, {})).problem
    assert problem is not None
    assert problem.code == "login_held"


@pytest.mark.parametrize(
    ("status", "state", "steps", "after"),
    [
        ("suspenso_debito", "active", ("suspend",), "suspended"),
        ("servico_habilitado", "suspended", ("enable",), "active"),
        ("cancelado", "active", ("cancel",), "absent"),
        ("servico_habilitado", "active", (), "active"),
    ],
)
def test_status_tells_its_step(status: str, state: str, steps: tuple[str, ...], after: str) -> None:
    service = make_sale(package=nx_package()).service
    settle(service, state)
    effect = only(previews.effects_of_status(service.id, status))
    assert (effect.steps, effect.state_before, effect.state_after) == (steps, state, after)


def test_end_takes_the_products_away_from_every_platform() -> None:
    service = make_service()
    make_sale(service, nx_package())
    make_sale(service)
    assert len(previews.effects_of_status(service.id, "cancelado")) == 2
    assert all(effect.products_after == () for effect in previews.effects_of_status(service.id, "cancelado"))


@pytest.mark.parametrize(
    ("status", "rules", "code"),
    [
        ("aguardando_instalacao", {}, "waits_delivery"),
        ("suspenso_debito", {}, "waits_suspended"),
        ("suspenso_debito", {"follow_status": False}, "waits_follow_status"),
        ("suspenso_parcialmente", {"status_rules": {"suspenso_parcialmente": "keep"}}, "waits_rule"),
    ],
)
def test_nothing_sent_is_explained(status: str, rules: dict[str, object], code: str) -> None:
    integration = make_integration(gateway="nx_play", **rules)
    service = make_sale(package=nx_package(integration)).service
    effect = only(previews.effects_of_status(service.id, status))
    assert (effect.steps, effect.waits_code, effect.state_after) == ((), code, "none")


def test_right_that_begins_later_waits_for_its_day() -> None:
    service, package = make_service(), nx_package()
    later = (utc_now() + timedelta(days=9)).date()
    effect = only(previews.effects_of_sale(service.id, package.id, {}, (later, None)))
    assert (effect.steps, effect.waits_code) == ((), "waits_day")


def test_inactive_and_paused_integrations_send_later_and_say_so() -> None:
    package = nx_package()
    service = make_service()
    integrations.set_integration_active(package.integration_id, False)
    effect = only(previews.effects_of_sale(service.id, package.id, {}))
    assert (effect.steps, effect.waits_code) == (("create",), "integration_inactive")
    integrations.set_integration_active(package.integration_id, True)
    integration = db.session.get_one(Integration, package.integration_id)
    integration.paused_code = "auth_stopped"
    db.session.commit()
    assert only(previews.effects_of_sale(service.id, package.id, {})).waits_code == "auth_stopped"


def test_removal_of_the_last_package_cancels_and_of_one_of_two_updates() -> None:
    first = nx_package()
    service = make_service()
    sale = make_sale(service, first)
    settle(service)
    assert only(previews.effects_of_removal(sale.id)).steps == ("cancel",)
    make_sale(service, nx_package(first.integration))
    settle(service)
    assert only(previews.effects_of_removal(sale.id)).steps == ("update",)


def test_removal_of_a_package_without_platform_does_nothing() -> None:
    sale = make_sale(package=make_package(integration_id=None))
    assert previews.effects_of_removal(sale.id) == []


def test_doubtful_account_waits_for_a_persons_answer() -> None:
    service = make_sale(package=nx_package()).service
    account = account_of(service)
    account.status = "parked"
    doubt = Intent("create", "k", "p", utc_now().isoformat(), utc_now().isoformat(), doubt=True)
    account.units = dump_units({ACCOUNT_UNIT: UnitState(intent=doubt)})
    db.session.commit()
    effect = only(previews.effects_of_status(service.id, "servico_habilitado"))
    assert effect.waits_code == "account_parked"


def test_missing_recipe_is_the_problem() -> None:
    service = make_sale(package=nx_package()).service
    db.session.get_one(Integration, account_of(service).integration_id).gateway = "gone"
    db.session.commit()
    problem = only(previews.effects_of_status(service.id, "cancelado")).problem
    assert problem is not None
    assert problem.code == "gateway_missing"


def test_request_is_shown_with_secrets_masked() -> None:
    service, package = make_service(), nx_package()
    call = only(previews.effects_of_sale(service.id, package.id, {})).calls[0]
    assert call.exchange is not None
    assert call.exchange.method == "POST"
    assert "a-token" not in str(call.exchange)
    assert service.login not in call.exchange.request_body
    assert package.products[0].code in call.exchange.request_body


def test_telling_changes_nothing() -> None:
    sale = make_sale(package=nx_package())
    settle(sale.service)
    before = (account_of(sale.service).generation, account_of(sale.service).units, db.session.query(Event).count())
    previews.effects_of_status(sale.service_id, "cancelado")
    previews.effects_of_removal(sale.id)
    db.session.commit()
    after = (account_of(sale.service).generation, account_of(sale.service).units, db.session.query(Event).count())
    assert after == before
    assert (sale.removed_at, sale.service.status) == (None, "servico_habilitado")
