"""Desired state from rows alone."""

from datetime import timedelta
from typing import Any

import pytest

from tests.decide.builders import BASIC, FULL, HOOK, MARIA, SERVICE, TODAY, inputs, sale, unit
from webapp.decide.desired import Inputs, Rules, ServiceDates, desired_state
from webapp.decide.policy import Content

DAY = timedelta(days=1)


def decide(**changes: Any) -> Any:
    return desired_state(inputs(**changes), str)


def content(**changes: Any) -> Content:
    return decide(**changes).units[0].content


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("servico_habilitado", Content.ACTIVE),
        ("suspenso_debito", Content.SUSPENDED),
        ("aguardando_instalacao", Content.KEEP),
        ("cancelado", Content.ABSENT),
    ],
)
def test_content_follows_the_status(status: str, expected: Content) -> None:
    assert content(status=status) is expected


def test_no_live_sale_means_absent_whatever_the_status() -> None:
    assert content(sales=()) is Content.ABSENT
    assert content(sales=(sale(removed=True),)) is Content.ABSENT
    assert content(sales=(sale(products={}),)) is Content.ABSENT


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"starts_on": TODAY + DAY}, Content.ABSENT),
        ({"starts_on": TODAY}, Content.ACTIVE),
        ({"ends_on": TODAY}, Content.ACTIVE),
        ({"ends_on": TODAY - DAY}, Content.ABSENT),
    ],
)
def test_a_sale_holds_from_its_first_to_its_last_day(dates: dict[str, Any], expected: Content) -> None:
    assert content(sales=(sale(**dates),)) is expected


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (ServiceDates(pause_from=TODAY), Content.SUSPENDED),
        (ServiceDates(pause_from=TODAY - DAY, pause_until=TODAY), Content.SUSPENDED),
        (ServiceDates(pause_from=TODAY - DAY, pause_until=TODAY - DAY), Content.ACTIVE),
        (ServiceDates(pause_from=TODAY + DAY), Content.ACTIVE),
    ],
)
def test_a_holiday_suspends_on_its_days_only(dates: ServiceDates, expected: Content) -> None:
    assert content(dates=dates) is expected


def test_an_exemption_keeps_a_debtor_active_until_its_day_and_ends_no_cancellation() -> None:
    exempt = ServiceDates(no_suspend_until=TODAY)
    assert content(status="suspenso_debito", dates=exempt) is Content.ACTIVE
    assert content(status="suspenso_debito", dates=ServiceDates(no_suspend_until=TODAY - DAY)) is Content.SUSPENDED
    assert content(status="cancelado", dates=exempt) is Content.ABSENT


def test_the_next_turning_day_is_the_nearest_one_ahead() -> None:
    sales = (sale(ends_on=TODAY + 5 * DAY), sale(id=32, starts_on=TODAY + 2 * DAY))
    assert decide(sales=sales).recheck_on == TODAY + 2 * DAY
    assert decide(sales=(sale(ends_on=TODAY),)).recheck_on == TODAY + DAY
    assert decide().recheck_on is None


def test_the_login_is_the_email_of_the_sale_else_of_the_customer_and_a_frozen_one_wins() -> None:
    assert decide().login == "maria@example.com"
    assert decide(sales=(sale(params={"email": "Outra@example.com"}),)).login == "outra@example.com"
    assert decide(frozen_login="antiga@example.com").login == "antiga@example.com"


def test_products_of_all_packages_are_on_one_account() -> None:
    units = decide(sales=(sale(), sale(id=32, products={6: BASIC}))).units
    assert [product.code for product in units[0].subject.account.products] == ["basico", "full"]
    assert units[0].rights == ((31, 5), (32, 6))


def payload(given: Inputs) -> str:
    return desired_state(given, str).units[0].payload


@pytest.mark.parametrize(
    "params",
    [{"noggin": "true"}, {"noggin": ""}, {"paramount": "TRUE"}, {"usuario": "login_autenticacao"}],
)
def test_what_means_the_same_is_no_change(params: dict[str, str]) -> None:
    assert payload(inputs(sales=(sale(params=params),))) == payload(inputs())


@pytest.mark.parametrize("params", [{"noggin": "false"}, {"usuario": "codigo_cliente"}])
def test_what_the_platform_must_learn_is_a_change(params: dict[str, str]) -> None:
    assert payload(inputs(sales=(sale(params=params),))) != payload(inputs())


def test_a_sale_param_wins_over_the_integration_param() -> None:
    rules = Rules(True, {}, {"usuario": "codigo_cliente"})
    account = decide(rules=rules).units[0].subject.account
    assert account.password == "001234"
    sold = decide(rules=rules, sales=(sale(params={"usuario": "cpf_cnpj"}),)).units[0].subject.account
    assert sold.password == MARIA.document


def test_flaws_name_what_prevents_sending() -> None:
    flawed = decide(sales=(sale(params={"noggin": "maybe"}),), service=SERVICE).units[0].flaws
    assert [flaw.code for flaw in flawed] == ["not_a_switch"]


def test_a_webhook_has_one_unit_per_package_and_product() -> None:
    units = decide(traits=HOOK, sales=(sale(), sale(id=32, removed=True, products={6: BASIC}))).units
    assert [(one.key, one.content) for one in units] == [("31:full", Content.ACTIVE), ("32:basico", Content.ABSENT)]


def test_a_right_whose_product_left_the_package_ends() -> None:
    units = decide(traits=HOOK, sales=(sale(products={6: BASIC}),), units={"31:full": unit("active", "p")}).units
    assert {one.key: one.content for one in units} == {"31:basico": Content.ACTIVE, "31:full": Content.ABSENT}
    assert FULL.code in units[1].key
