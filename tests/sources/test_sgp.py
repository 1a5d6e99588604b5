"""SGP at the edge: its offsets, its statuses as words and numbers, its events."""

import hashlib
import hmac
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.gateways.servers import http
from tests.sources.conftest import CANARY, Asked, Connect, FakeErp
from webapp.decide.policy import STATUSES as OURS
from webapp.gateways.contract import CallbackRequest, Secret
from webapp.gateways.errors import AuthFailed, ContractBroken, GatewayError, Unsupported
from webapp.messages import explain
from webapp.sources.contract import Named, PackageRecord, ReadPage, ServiceRef, SourceConnection
from webapp.sources.payload import dump_record
from webapp.sources.sgp import SgpSource

SOURCE = SgpSource()
Make = Callable[..., SourceConnection]
LIST, FIND = "/api/ura/clientes/", "/api/ura/consultacliente/"


def listed_contract(number: int, **given: Any) -> dict[str, Any]:
    return {
        "contratoId": number, "contratoStatus": 1, "contratoStatusDisplay": " Ativo ", "dataCadastro": "15/01/2026",
        "vencimento": 10, "contratoCentralSenha": CANARY, "contratoValorAberto": 10,
        "servicos": [
            {"id": 1, "tipo": "internet", "plano": {"id": 9, "descricao": "FIBRA 500"}, "login": "maria",
             "senha": "pppoe-1", "mac": CANARY},
            {"id": 2, "tipo": "multimídia", "plano": {"id": 31, "descricao": "TV"}, "valor": "19,90"},
        ], **given,
    }  # fmt: skip


def customer(number: int, *contracts: dict[str, Any], **given: Any) -> dict[str, Any]:
    contacts = {"emails": [{"contato": "maria@example.com"}], "celulares": ["(11) 98765-4321"], "telefones": []}
    return {
        "id": number, "nome": "Maria Silva", "cpfcnpj": "529.982.247-25", "contatos": contacts,
        "dataNascimento": CANARY, "contratos": list(contracts), **given,
    }  # fmt: skip


def looked_up(number: int, **given: Any) -> dict[str, Any]:
    """Return a contract as the look-up shows it: flat, with its customer inside."""
    return {
        "clienteId": 1, "contratoId": number, "razaoSocial": "Maria Silva", "cpfCnpj": "52998224725",
        "contratoStatus": 4, "contratoStatusDisplay": "Suspenso", "servico_plano": "FIBRA 500", "servico_login":
        "maria", "servico_senha": "pppoe-1", "contratoCentralSenha": CANARY, "emails": ["maria@example.com"],
        "telefones": ["(11) 98765-4321"], "endereco_logradouro": CANARY, **given,
    }  # fmt: skip


def page(rows: list[dict[str, Any]], total: int | None) -> dict[str, Any]:
    return {"clientes": rows, **({} if total is None else {"paginacao": {"total": total, "parcial": len(rows)}})}


@pytest.fixture
def sgp(fake: FakeErp, connect: Connect) -> Make:
    fake.answers[LIST] = page([customer(1, listed_contract(501))], 1)

    def make(**given: Any) -> SourceConnection:
        return connect({"url": fake.url, "app": "Hub", "token": Secret("t0ken-of-sgp")}, **given)

    return make


def read(connection: SourceConnection) -> list[ReadPage]:
    return list(SOURCE.read(connection))


def test_a_listed_contract_becomes_a_record(sgp: Make) -> None:
    [record] = read(sgp())[0].records
    assert (record.customer.code, record.customer.email, record.customer.phone) == (
        "1", "maria@example.com", "(11) 98765-4321",
    )  # fmt: skip
    made = record.service
    assert made is not None
    assert (made.code, made.plan, made.login, made.due_day) == ("501", Named("FIBRA 500", "FIBRA 500"), "maria", 10)
    assert made.status == Named("1", "Ativo")
    assert made.packages == (PackageRecord(Named("31", "TV"), Decimal("19.90")),)


@pytest.mark.parametrize(("of_customer", "of_contract", "city"), [
    ({}, {}, ""), ({"endereco": {"cidade": "Recife"}}, {}, "Recife"), ({"endereco": "Rua 1, Recife"}, {}, ""),
    ({"endereco": {"cidade": "Recife"}}, {"endereco": {"cidade": "Olinda"}}, "Olinda"),
    ({}, {"endereco_cidade": "Paulista", "endereco": {"cidade": "Olinda"}}, "Paulista"),
])  # fmt: skip
def test_city_is_that_of_the_nearest_address(
    fake: FakeErp, sgp: Make, of_customer: dict[str, Any], of_contract: dict[str, Any], city: str
) -> None:
    fake.answers[LIST] = page([customer(1, listed_contract(501, **of_contract), **of_customer)], 1)
    fake.answers[FIND] = {"msg": "ok", "contratos": [looked_up(501, endereco_cidade="Recife")]}
    connection = sgp()
    [record] = read(connection)[0].records
    [(_, [look])] = SOURCE.find(connection, [ServiceRef("501")])
    assert record.service is not None
    assert look.service is not None
    assert (record.service.city, look.service.city) == (city, "Recife")


def test_nothing_is_kept_that_the_contract_has_not(fake: FakeErp, sgp: Make) -> None:
    fake.answers[FIND] = {"msg": "ok", "contratos": [looked_up(501)]}
    for keeps, password in ((False, None), (True, "pppoe-1")):
        connection = sgp(keeps_passwords=keeps)
        [(_, looks)] = SOURCE.find(connection, [ServiceRef("501")])
        for record in (*read(connection)[0].records, *looks):
            payload, kept = dump_record(record)
            assert CANARY not in repr(payload)
            assert kept == password


def test_token_and_application_stand_in_the_body_and_reading_goes_on_by_the_number_that_came(
    fake: FakeErp, sgp: Make
) -> None:
    people = [customer(number) for number in range(1, 131)]

    def answer(asked: Asked) -> Any:
        assert (asked.json["token"], asked.json["app"]) == ("t0ken-of-sgp", "Hub")
        start, limit = int(asked.json["offset"]), int(asked.json["limit"])
        # The instance gives fewer than were asked for.
        return page(people[start : start + min(limit, 60)], 130)

    fake.answers[LIST] = answer
    pages = read(sgp())
    assert [(one.rows, one.last) for one in pages] == [(60, False), (60, False), (10, True)]
    assert [asked.json["offset"] for asked in fake.calls(LIST)] == ["0", "60", "120"]
    assert len({record.customer.code for one in pages for record in one.records}) == 130


ENDS: dict[str, tuple[Any, list[bool]]] = {
    "nobody": (page([], 0), [True]),
    "nobody where somebody is": (page([], 60), [False]),
    "no total": (page([customer(1)], None), [False, False]),
    "the same page for ever": (page([customer(1)], 60), [False, False]),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_reading_ends_and_says_whether_it_was_the_end(fake: FakeErp, sgp: Make, how: str) -> None:
    fake.answers[LIST], last = ENDS[how]
    assert [one.last for one in read(sgp())] == last


STATUSES = [
    ({"contratoStatus": 4, "contratoStatusDisplay": " Suspenso "}, "4"),
    ({"contratoStatus": "7"}, "7"),
    ({"contratoStatus": None, "contratoStatusDisplay": " Ativo "}, "1"),
    ({"contratoStatus": None, "contratoStatusDisplay": None, "status": "ATIVO V. REDUZIDA"}, "7"),
    ({"contratoStatus": None, "contratoStatusDisplay": None, "status": "Inviabilidade Técnica"}, "5"),
    ({"contratoStatus": 42, "contratoStatusDisplay": "Congelado"}, "42"),
    ({"contratoStatus": None, "contratoStatusDisplay": "Congelado"}, "Congelado"),
    ({"contratoStatus": None, "contratoStatusDisplay": None}, ""),
]


@pytest.mark.parametrize(("fields", "word"), STATUSES)
def test_a_status_is_its_number_however_it_is_written(
    fake: FakeErp, sgp: Make, fields: dict[str, Any], word: str
) -> None:
    fake.answers[LIST] = page([customer(1, listed_contract(501, **fields))], 1)
    made = read(sgp())[0].records[0].service
    assert made is not None
    assert made.status.external == word
    assert bool(made.status.label) == bool(word)


def test_every_number_means_a_status_of_ours() -> None:
    assert set(SOURCE.traits.statuses) == set("1234567")
    assert set(SOURCE.traits.statuses.values()) <= set(OURS)
    assert {word.external for word in SOURCE.statuses(None)} == set("1234567")  # type: ignore[arg-type]


BROKEN: dict[str, tuple[Any, type[GatewayError], str]] = {
    "an array": (http(b"[]"), ContractBroken, "source_list_missing"),
    "html": (http(b"<!DOCTYPE html><p>Maria</p>"), ContractBroken, "source_answer_html"),
    "another application": (http(b'{"detail":"Credenciais"}', "403 No"), AuthFailed, "source_credentials_refused"),
    "cut off": (http(b'{"clientes":[{"nome":"Maria S'), ContractBroken, "source_answer_not_json"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_an_answer_that_is_not_as_promised_is_an_error(fake: FakeErp, sgp: Make, how: str) -> None:
    fake.answers[LIST], kind, code = BROKEN[how]
    with pytest.raises(kind) as caught:
        read(sgp())
    assert caught.value.code == code
    assert explain(code, caught.value.params).remedy
    assert "Maria" not in repr(caught.value.exchange)
    assert "t0ken-of-sgp" not in repr(caught.value.exchange)
    assert not SOURCE.check(sgp())[-1].ok


def test_a_look_asks_by_contract_or_document_and_leaves_out_other_contracts(fake: FakeErp, sgp: Make) -> None:
    fake.answers[FIND] = {"msg": "Contrato(s) Localizado(s)", "contratos": [looked_up(501), looked_up(502)]}
    refs = [ServiceRef("502", "1"), ServiceRef("", "", "529.982.247-25"), ServiceRef("", "1")]
    looks = SOURCE.find(sgp(), refs)
    ref, [record] = next(looks)
    assert (ref, record.service and record.service.code) == (refs[0], "502")
    assert record.customer.code == "1"
    assert record.service is not None
    assert (record.service.status.external, record.service.packages) == ("4", None)
    assert len(next(looks)[1]) == 2
    with pytest.raises(Unsupported, match="source_find_needs_more"):
        next(looks)
    assert [sorted(asked.json) for asked in fake.calls(FIND)] == [
        ["app", "contrato", "token"], ["app", "cpfcnpj", "token"],
    ]  # fmt: skip


@pytest.mark.parametrize("ref", [ServiceRef("777"), ServiceRef("", "", "11144477735")])
def test_somebody_else_in_the_answer_is_an_error_and_nobody_is_none(fake: FakeErp, sgp: Make, ref: ServiceRef) -> None:
    fake.answers[FIND] = {"msg": "ok", "contratos": [looked_up(501)]}
    with pytest.raises(ContractBroken, match="source_other_record"):
        list(SOURCE.find(sgp(), [ref]))
    fake.answers[FIND] = {"msg": "não localizado", "contratos": []}
    assert list(SOURCE.find(sgp(), [ref])) == [(ref, [])]


def test_it_has_no_recent_changes(sgp: Make) -> None:
    assert SOURCE.traits.limits.light_every_s is None
    with pytest.raises(Unsupported, match="source_ability_missing"):
        SOURCE.read_changes(sgp(), "")


def message(data: Any = None, form: dict[str, str] | None = None, **headers: str) -> CallbackRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return CallbackRequest("POST", named, {}, form or {}, data)


EVENTS: list[tuple[Any, tuple[ServiceRef, ...] | None]] = [
    ({"evento": "contrato_status", "contratoId": 501, "clienteId": 1, "cpfcnpj": "529.982.247-25"},
     (ServiceRef("501", "1", "52998224725"),)),
    ({"evento": "pagamento", "dados": {"contrato": "501"}}, (ServiceRef("501"),)),
    ({"data": {"contrato": {"id": 501, "status": 1}}}, (ServiceRef("501"),)),
    ({"payload": [{"contratoId": 1}, {"contratoId": 2}, {"contratoId": 1}]}, (ServiceRef("1"), ServiceRef("2"))),
    ({"cliente": {"cpfCnpj": "52998224725"}}, (ServiceRef("", "", "52998224725"),)),
    ({"evento": "cadastro", "clienteId": 1}, ()),
    ({"evento": "ping"}, None),
    (["x", 7], None),
    ("501", None),
]  # fmt: skip


@pytest.mark.parametrize(("event", "refs"), EVENTS)
def test_an_event_names_whom_it_is_about_wherever_it_stands(
    sgp: Make, event: Any, refs: tuple[ServiceRef, ...] | None
) -> None:
    assert SOURCE.read_hint(sgp(), message(event), json.dumps(event).encode()) == refs


def test_an_event_may_come_as_a_form(sgp: Make) -> None:
    assert SOURCE.read_hint(sgp(), message(form={"contrato": "501"}), b"contrato=501") == (ServiceRef("501"),)


def test_an_event_is_admitted_when_it_is_signed_or_shows_the_secret(sgp: Make) -> None:
    event, body = {"contratoId": 501}, b'{"contratoId":501}'
    right = hmac.new(b"segredo-1", body, hashlib.sha256).hexdigest()
    wrong = hmac.new(b"segredo-2", body, hashlib.sha256).hexdigest()
    connection = sgp(hook_secret="segredo-1")
    for headers in ({"X_SGP_Signature": f"sha256={right}"}, {"x_signature": right.upper()},
                    {"Authorization": "Bearer segredo-1"}, {"X_Webhook_Token": "segredo-1"}):  # fmt: skip
        assert SOURCE.read_hint(connection, message(event, **headers), body) == (ServiceRef("501"),)
    for headers in ({}, {"X_SGP_Signature": f"sha256={wrong}"}, {"X_SGP_Signature": "é"}, {"X_Webhook_Token": ""},
                    {"Authorization": "segredo-1"}):  # fmt: skip
        assert SOURCE.read_hint(connection, message(event, **headers), body) is None
    assert SOURCE.read_hint(connection, message(event, X_SGP_Signature=right), body + b" ") is None
