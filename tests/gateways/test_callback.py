"""The passive side: the question in every place, the same words for wrong and unknown."""

import base64
from functools import partial

import pytest

from webapp.gateways.callback import DEFAULT, CallbackContract, default_answer
from webapp.gateways.contract import CallbackRequest, Verdict
from webapp.gateways.registry import all_gateways


def ask(**parts):
    values = {"method": "POST", "headers": {}, "query": {}, "form": {}, "json": None, **parts}
    return DEFAULT.read(CallbackRequest(**values))


@pytest.mark.parametrize("place", ["query", "form", "json"])
@pytest.mark.parametrize("login", ["user", "usuario", "login", "email"])
@pytest.mark.parametrize("password", ["pass", "password", "senha"])
def test_question_is_read_from_every_place_and_name(place, login, password):
    question = ask(**{place: {login: " maria ", password: " çãé🎬 "}})
    assert (question.login, str(question.password)) == ("maria", " çãé🎬 ")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_basic_is_read_in_both_encodings(encoding):
    coded = base64.b64encode("maria:çã:é".encode(encoding)).decode()
    question = ask(headers={"authorization": f"Basic {coded}"})
    assert (question.login, str(question.password)) == ("maria", "çã:é")


def test_basic_read_by_the_server_wins_over_the_form():
    assert ask(basic=("a", "b"), form={"user": "x", "pass": "y"}).login == "a"


def test_number_in_json_is_a_password():
    assert str(ask(json={"login": "maria", "senha": 1234}).password) == "1234"


def test_product_is_read_where_it_is_named():
    assert ask(query={"user": "a", "pass": "b", "produto": "FULL"}).product == "FULL"


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"form": {"user": "maria"}},
        {"form": {"pass": "x"}},
        {"form": {"user": " ", "pass": "x"}},
        {"json": ["maria", "x"]},
        {"json": {"user": {"a": 1}, "pass": True}},
        {"headers": {"Authorization": "Basic %%%"}},
        {"headers": {"Authorization": "Basic " + base64.b64encode(b"no-colon").decode()}},
        {"headers": {"Authorization": "Bearer abc"}},
    ],
)
def test_question_without_login_or_password_is_none(parts):
    assert ask(**parts) is None


def test_password_is_never_shown():
    assert "geheim" not in repr(ask(form={"user": "maria", "pass": "geheim"}))


def test_answers_have_their_status_and_words():
    allowed = DEFAULT.answer(Verdict.ALLOWED, "maria", ("FULL",))
    assert (allowed.status, allowed.body) == (200, {"authorized": True, "subscriber": "maria", "products": ["FULL"]})
    denied = DEFAULT.answer(Verdict.DENIED, "maria", ())
    assert (denied.status, denied.body) == (401, {"authorized": False})
    suspended = DEFAULT.answer(Verdict.SUSPENDED, "maria", ())
    assert (suspended.status, suspended.body["authorized"]) == (403, False)


def test_contract_can_name_other_fields_and_codes():
    reply = partial(default_answer, Verdict.DENIED, status=200)
    contract = CallbackContract(login_fields=("cpf",), replies={Verdict.DENIED: reply})
    question = contract.read(CallbackRequest("GET", {}, {"cpf": "1", "senha": "2"}, {}, None))
    assert question.login == "1"
    assert contract.answer(Verdict.DENIED, "", ()).status == 200


@pytest.mark.parametrize("gateway", all_gateways(), ids=lambda gateway: gateway.traits.key)
def test_every_gateway_answers_the_default_question(gateway):
    question = gateway.read_callback(CallbackRequest("GET", {}, {"user": "maria", "pass": "x"}, {}, None))
    assert question.login == "maria"
    assert gateway.answer_callback(Verdict.DENIED, "maria", ()).status == 401
