"""Parameters judged by what a gateway declares."""

import pytest

from webapp.decide.params import INTEGRATION, SALE, frozen_flaws, is_secret, nearest, param_flaws
from webapp.gateways.contract import Guarantee, ParamSpec, ProductSource, Traits, Trust, Unit

PARAMS = (
    ParamSpec("api_url", "Address", kind="url", required=True),
    ParamSpec("token", "Token", kind="secret", required=True),
    ParamSpec("mode", "Mode", kind="choice", choices=("a", "b")),
    ParamSpec("email", "E-mail", scope="package", immutable=True),
    ParamSpec("usuario", "Field", scope="both"),
)


def traits(*, free: bool = False) -> Traits:
    return Traits(
        "x", "X", Trust.ASSUMED, Unit.ACCOUNT, PARAMS, frozenset(), ProductSource.LIST, Guarantee.EXACTLY_ONE,
        boolean_params=("noggin",), free_params=free,
    )  # fmt: skip


GOOD = {"api_url": "https://platform.example.com/api", "token": "t"}


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"api_url": ""}, ["param_required"]),
        ({"api_url": "platform.example.com"}, ["param_not_url"]),
        ({"api_url": "ftp://platform.example.com"}, ["param_not_url"]),
        ({"api_url": "https://"}, ["param_not_url"]),
        ({"api_url": "https://a b"}, ["param_not_url"]),
        ({"api_url": "https://a.example.com:99999"}, ["param_not_url"]),
        ({"mode": "c"}, ["param_choice"]),
        ({"mode": "b"}, []),
        ({"usuario": "cpf_cnpj"}, []),
        ({"email": "x@example.com"}, ["param_unknown"]),
        ({"tokem": "x"}, ["param_unknown_near"]),
        ({"zzzzz": "x"}, ["param_unknown"]),
    ],
)
def test_integration_params_are_judged(change: dict[str, str], codes: list[str]) -> None:
    flaws = param_flaws(traits(), {**GOOD, **change}, INTEGRATION)
    assert [flaw.code for flaw in flaws] == codes


def test_misspelt_param_names_the_one_that_is_meant() -> None:
    flaws = {flaw.field: flaw for flaw in param_flaws(traits(), {"apUrl": "x", "token": "t"}, INTEGRATION)}
    assert flaws["apUrl"].params["meant"] == "api_url"
    assert flaws["api_url"].code == "param_required"


def test_required_secret_that_is_stored_need_not_come_again() -> None:
    assert param_flaws(traits(), {"api_url": GOOD["api_url"]}, INTEGRATION, kept={"token"}) == []
    flaws = param_flaws(traits(), {**GOOD, "token": ""}, INTEGRATION, kept={"token"})
    assert [flaw.code for flaw in flaws] == ["param_required"]


def test_free_params_are_accepted_where_the_gateway_takes_them() -> None:
    assert param_flaws(traits(free=True), {**GOOD, "loja": "7", "header:X": "y"}, INTEGRATION) == []


@pytest.mark.parametrize(
    ("value", "codes"), [("maybe", ["not_a_switch"]), ("false", []), ("TRUE", []), ("", []), ("0", ["not_a_switch"])]
)
def test_switch_of_a_sale_is_true_false_or_nothing(value: str, codes: list[str]) -> None:
    assert [flaw.code for flaw in param_flaws(traits(), {"noggin": value}, SALE)] == codes


def test_frozen_param_cannot_change_but_may_differ_in_case() -> None:
    assert frozen_flaws(traits(), {"email": "a@example.com"}, {"email": "A@example.com "}) == []
    flaws = frozen_flaws(traits(), {"email": "a@example.com"}, {"email": "b@example.com"})
    assert [(flaw.field, flaw.code, flaw.params["value"]) for flaw in flaws] == [
        ("email", "param_frozen", "a@example.com")
    ]


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("token", True),
        ("api_url", False),
        ("header:Authorization", True),
        ("senha", True),
        ("apiKey", True),
        ("loja", False),
    ],
)
def test_secret_is_known_by_declaration_or_else_by_name(name: str, secret: bool) -> None:
    assert is_secret(traits(), name) is secret


def test_nearest_ignores_case_and_signs_and_may_find_nothing() -> None:
    assert nearest("apUrl", ["api_url", "token"]) == "api_url"
    assert nearest("zzz", ["api_url", "token"]) == ""
