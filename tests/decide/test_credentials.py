"""NX Play's rules on log-in and password."""

from dataclasses import replace

import pytest

from tests.decide.builders import MARIA, NX, SERVICE
from webapp.decide.credentials import Flaw, boolean_flaw, login_for, password_for
from webapp.gateways.contract import PasswordRule, Secret, Traits

RULE = PasswordRule("login_autenticacao", 6, ("codigo_cliente",))


def by(*fields: str, param: str = "") -> Traits:
    return replace(NX, login_fields=fields, login_param=param)


@pytest.mark.parametrize(
    ("usuario", "expected"),
    [
        ("", "maria.login"),
        ("login_autenticacao", "maria.login"),
        ("codigo_cliente", "001234"),
        ("cpf_cnpj", "52998224725"),
        ("email", "maria@example.com"),
        ("senha_autenticacao", "pppoe-secret"),
    ],
)
def test_the_password_is_the_value_of_the_field_that_usuario_names(usuario: str, expected: str) -> None:
    assert password_for(RULE, {"usuario": usuario}, MARIA, SERVICE) == expected


def test_only_the_customer_code_is_padded() -> None:
    short = replace(SERVICE, login="1234")
    made = password_for(RULE, {}, MARIA, short)
    assert isinstance(made, Flaw)
    assert made.code == "password_too_short"
    assert password_for(RULE, {"usuario": "codigo_cliente"}, replace(MARIA, code="1234567"), short) == "1234567"


@pytest.mark.parametrize(("usuario", "code"), [("", "password_field_empty"), ("cor_favorita", "usuario_unknown")])
def test_an_empty_or_unknown_field_is_named(usuario: str, code: str) -> None:
    made = password_for(RULE, {"usuario": usuario}, MARIA, replace(SERVICE, login=" "))
    assert isinstance(made, Flaw)
    assert made.code == code


def test_a_password_never_shows_in_a_repr() -> None:
    made = password_for(RULE, {}, MARIA, SERVICE)
    assert isinstance(made, Secret)
    assert "maria" not in repr((made, {"password": made}))


def test_the_login_is_the_first_field_that_is_not_empty_and_emails_fold() -> None:
    assert login_for(by("email"), {}, replace(MARIA, email=" Maria@Example.com "), SERVICE) == "maria@example.com"
    assert login_for(by("login_autenticacao", "email"), {}, MARIA, replace(SERVICE, login="")) == "maria@example.com"
    assert login_for(by("email"), {}, replace(MARIA, email=""), SERVICE) == ""


def test_a_param_may_name_the_field_that_is_the_login() -> None:
    assert login_for(by("email", param="usuario"), {"usuario": "cpf_cnpj"}, MARIA, SERVICE) == "52998224725"
    assert login_for(by("email", param="usuario"), {"usuario": "?"}, MARIA, SERVICE) == "maria@example.com"


def test_one_field_may_stand_for_another_as_password() -> None:
    rule = replace(RULE, instead_of={"login_autenticacao": "senha_autenticacao"})
    assert password_for(rule, {}, MARIA, SERVICE) == "pppoe-secret"
    assert password_for(rule, {"usuario": "cpf_cnpj"}, MARIA, SERVICE) == "52998224725"


@pytest.mark.parametrize(
    ("value", "accepted"), [("", True), ("true", True), ("FALSE", True), ("maybe", False), ("1", False)]
)
def test_a_switch_is_true_false_or_absent(value: str, accepted: bool) -> None:
    assert (boolean_flaw("noggin", value) is None) is accepted
