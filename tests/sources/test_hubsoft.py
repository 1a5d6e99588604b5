"""HubSoft at the edge: its paging, its log-in, its misspellings, and what is kept of its answers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.gateways.servers import http
from tests.sources.conftest import CANARY, NOW, Asked, Connect, FakeErp
from webapp.gateways.contract import Secret
from webapp.gateways.errors import AuthFailed, ContractBroken, GatewayError, Throttled, Unavailable
from webapp.messages import explain
from webapp.sources.contract import Named, ReadPage, ServiceRef, SourceConnection
from webapp.sources.hubsoft import HubSoftSource
from webapp.sources.payload import dump_record

SOURCE = HubSoftSource()
TODOS, FIND, SALES = "/cliente/todos", "/integracao/cliente", "/pacote/consultar"


class Tokens:
    """A store of tokens as several processes share it."""

    def __init__(self) -> None:
        self.kept: Mapping[str, str] | None = None
        self.renewals = 0

    def load(self) -> Mapping[str, str] | None:
        return self.kept

    def save(self, token: Mapping[str, str]) -> None:
        self.kept = dict(token)

    @contextmanager
    def renewing(self) -> Iterator[None]:
        self.renewals += 1
        yield


def service(number: int, **given: Any) -> dict[str, Any]:
    package = {"id_pacote": 240, "codigo": None, "descricao": "PREMIUM", "valor": "10", "observacoes": CANARY}
    return {
        "id_cliente_servico": number, "id_servico": 2734, "numero_plano": 0, "nome": "COMBO 30", "valor": 89.9,
        "status": "Serviço Habilitado", "status_prefixo": "servico_habilitado", "login": f"user{number}",
        "senha": f"{CANARY}-senha", "mac_addr": CANARY, "data_cadastro": "22/10/2026", "pacotes": [package],
        "endereco_instalacao": {"completo": CANARY}, **given,
    }  # fmt: skip


def customer(number: int, *services: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {
        "id_cliente": 25000 + number, "codigo_cliente": number, "nome_razaosocial": "MARIA  SILVA",
        "cpf_cnpj": "52998224725", "rg": CANARY, "email_principal": None, "telefone_primario": "37988242968",
        "data_nascmento": CANARY, "alerta_mensagens": [CANARY],
        "servicos": list(services) if services else [service(17000 + number)], **given,
    }  # fmt: skip


@pytest.mark.parametrize(("params", "relations", "city"), [
    ({}, "pacotes", ""), ({"cidade": "nao"}, "pacotes", ""),
    ({"cidade": "sim"}, "pacotes,endereco_instalacao", "Olinda"),
])  # fmt: skip
def test_city_is_read_where_it_is_wanted(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection], params: dict[str, str], relations: str, city: str
) -> None:
    at = {"endereco_instalacao": {"completo": CANARY, "cidade": "Olinda"}} if city else {"endereco_instalacao": None}
    rows = [customer(1, service(17001, **at))]
    fake.answers["/cliente/todos"], fake.answers["/cliente"] = todos(rows), {"status": "success", "clientes": rows}
    connection = hubsoft(params=params)
    [page] = SOURCE.read(connection)
    [(_, looks)] = SOURCE.find(connection, [ServiceRef(service_code="17001")])
    assert [one.service.city for one in (*page.records, *looks) if one.service] == [city, city]
    assert {asked.query["relacoes"] for asked in fake.calls("/cliente") if "relacoes" in asked.query} == {relations}


def todos(rows: list[dict[str, Any]], last: int = 0, total: int | None = None) -> dict[str, Any]:
    paging = {"primeira_pagina": 0, "ultima_pagina": last, "total_registros": len(rows) if total is None else total}
    return {"status": "suscess", "msg": "ok", "paginacao": paging, "clientes": rows}


@pytest.fixture
def hubsoft(fake: FakeErp, connect: Connect) -> Callable[..., SourceConnection]:
    fake.answers["/oauth/token"] = {"access_token": "T0ken-1", "expires_in": 2592000, "token_type": "Bearer"}
    fake.answers["/cliente/todos"] = todos([customer(1)])

    def make(**given: Any) -> SourceConnection:
        params = {
            "url": f"{fake.url}/api/v1/integracao/", "client_id": "7", "client_secret": Secret("s3cret-of-client"),
            "username": "api@example.com", "password": Secret("p4ssword-of-api"), **given.pop("params", {}),
        }  # fmt: skip
        return connect(params, **given)

    return make


def read(connection: SourceConnection) -> list[ReadPage]:
    return list(SOURCE.read(connection))


def test_a_page_becomes_records_with_text_numbers_null_mail_and_misspelt_status(
    hubsoft: Callable[..., SourceConnection],
) -> None:
    [page] = read(hubsoft())
    [record] = page.records
    assert (record.customer.code, record.customer.name, record.customer.email) == ("1", "MARIA SILVA", "")
    made = record.service
    assert made is not None
    assert (made.code, made.plan, made.status.external) == ("17001", Named("2734", "COMBO 30"), "servico_habilitado")
    assert (made.value, made.password, made.due_day) == (Decimal("89.90"), None, None)
    assert made.packages is not None
    assert made.packages[0].package == Named("240", "PREMIUM")
    assert made.packages[0].value == Decimal("10.00")
    # 22/10/2026 at midnight in São Paulo.
    assert record.registered_at == datetime(2026, 10, 22, 3, tzinfo=UTC)


def test_nothing_is_kept_that_the_contract_has_not(hubsoft: Callable[..., SourceConnection]) -> None:
    [page] = read(hubsoft())
    payload, password = dump_record(page.records[0])
    assert CANARY not in repr(payload)
    assert password is None
    [page] = read(hubsoft(keeps_passwords=True))
    payload, password = dump_record(page.records[0])
    assert CANARY not in repr(payload)
    assert password == f"{CANARY}-senha"


def test_pages_are_read_from_0_to_the_last_index_with_ended_services_and_packages_only(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    fake.answers[TODOS] = lambda asked: todos([customer(int(asked.query["pagina"]) + 1)], 2, 3)
    pages = read(hubsoft())
    assert [(page.number, page.rows, page.total, page.last) for page in pages] == [
        (0, 1, 3, False), (1, 1, 3, False), (2, 1, 3, True),
    ]  # fmt: skip
    assert len({page.digest for page in pages}) == 3
    queries = [asked.query for asked in fake.calls(TODOS)]
    assert [query["pagina"] for query in queries] == ["0", "1", "2"]
    assert {(query["itens_por_pagina"], query["cancelado"], query["relacoes"]) for query in queries} == {
        ("500", "sim", "pacotes")
    }
    assert "possui_pacote" not in queries[0]


def test_calls_are_half_a_second_apart_and_one_log_in_serves_all(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    fake.answers[TODOS] = lambda asked: todos([customer(int(asked.query["pagina"]) + 1)], 2, 3)
    connection = hubsoft()
    read(connection)
    assert connection.cache["slept"] == [0.5, 0.5, 0.5]
    assert len(fake.calls("/oauth/token")) == 1
    assert connection.cache["calls"] == 4


def test_only_customers_with_packages_are_asked_for_when_the_source_says_so(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    read(hubsoft(params={"possui_pacote": "sim"}))
    assert fake.calls(TODOS)[0].query["possui_pacote"] == "sim"


ENDS: dict[str, tuple[Callable[[Asked], Any], list[bool]]] = {
    "an empty list where somebody is": (lambda asked: todos([], 0, 60), [False]),
    "an empty list where nobody is": (lambda asked: todos([], 0, 0), [True]),
    "the first page for ever": (lambda asked: todos([customer(1)], 400, 400), [False, False]),
    "a page without rows in between": (
        lambda asked: todos([] if asked.query["pagina"] == "1" else [customer(1)], 2, 3), [False, False],
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", ENDS)
def test_a_reading_ends_and_says_whether_it_was_the_end(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection], how: str
) -> None:
    fake.answers[TODOS], last = ENDS[how]
    assert [page.last for page in read(hubsoft())] == last


BROKEN: dict[str, tuple[Any, type[GatewayError], str]] = {
    "an array": (http(b"[]"), ContractBroken, "source_list_missing"),
    "no list": ({"status": "success", "paginacao": {"ultima_pagina": 0}}, ContractBroken, "source_list_missing"),
    "no objects": ({"status": "success", "clientes": ["x"]}, ContractBroken, "source_list_missing"),
    "no paging": ({"status": "success", "clientes": []}, ContractBroken, "source_paging_unreadable"),
    "html": (http(b"<html><b>Maria</b>login</html>"), ContractBroken, "source_answer_html"),
    "cut off": (http(b'{"status":"success","clientes":[{"nome_razaosocial":"Maria'), ContractBroken,
                "source_answer_not_json"),
    "error as 200": ({"status": "error", "msg": "Favor preencher", "errors": ["O campo pagina"]}, Unavailable,
                     "source_said_no"),
    "busy": (http(b"{}", "429 Too Many Requests", "Retry-After: 7"), Throttled, "source_throttled"),
    "a fault": (http(b"{}", "500 Oops"), Unavailable, "source_server_error"),
    "moved": (http(b"", "302 Found", "Location: http://127.0.0.1/"), ContractBroken, "source_redirect"),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_an_answer_that_is_not_as_promised_is_an_error_with_its_shape_and_no_value(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection], how: str
) -> None:
    fake.answers[TODOS], kind, code = BROKEN[how]
    with pytest.raises(kind) as caught:
        read(hubsoft())
    assert caught.value.code == code
    assert explain(code, caught.value.params).remedy
    assert "Maria" not in repr(caught.value.exchange)
    assert "T0ken-1" not in repr(caught.value.exchange)


def test_a_busy_erp_is_asked_three_times_and_waited_for_as_it_says(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    answers = [http(b"{}", "429 Slow", "Retry-After: 7"), http(b"{}", "503 Down"), todos([customer(1)])]
    fake.answers[TODOS] = lambda asked: answers.pop(0)
    connection = hubsoft()
    assert read(connection)[0].last
    assert [wait for wait in connection.cache["slept"] if wait > 0.5] == [7.0, 4.0]


def test_a_pause_of_years_is_not_waited_for(fake: FakeErp, hubsoft: Callable[..., SourceConnection]) -> None:
    fake.answers[TODOS] = http(b"{}", "429 Slow", "Retry-After: 99999999")
    connection = hubsoft()
    with pytest.raises(Throttled):
        read(connection)
    assert max(connection.cache["slept"]) == 60.0


def test_a_token_is_shared_and_renewed_after_a_day(fake: FakeErp, hubsoft: Callable[..., SourceConnection]) -> None:
    tokens = Tokens()
    read(hubsoft(tokens=tokens))
    read(hubsoft(tokens=tokens))
    assert (len(fake.calls("/oauth/token")), tokens.renewals) == (1, 1)
    assert fake.calls("/oauth/token")[0].json["grant_type"] == "password"
    later = replace(hubsoft(tokens=tokens), now=lambda: NOW + timedelta(hours=24))
    read(later)
    assert len(fake.calls("/oauth/token")) == 2


def test_a_revoked_token_is_renewed_once(fake: FakeErp, hubsoft: Callable[..., SourceConnection]) -> None:
    tokens = Tokens()
    tokens.save({"token": "Rev0ked", "renew_at": (NOW + timedelta(hours=1)).isoformat()})

    def answer(asked: Asked) -> Any:
        return todos([customer(1)]) if asked.headers["authorization"] == "Bearer T0ken-1" else http(b"{}", "401 No")

    fake.answers[TODOS] = answer
    assert read(hubsoft(tokens=tokens))[0].last
    assert tokens.kept is not None
    assert tokens.kept["token"] == "T0ken-1"
    fake.answers[TODOS] = http(b"{}", "401 No")
    with pytest.raises(AuthFailed, match="source_credentials_refused"):
        read(hubsoft(tokens=tokens))


def test_a_test_says_which_step_failed_and_shows_no_person(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    steps = SOURCE.check(hubsoft())
    assert [(step.name, step.ok) for step in steps] == [
        ("params", True), ("address", True), ("credentials", True), ("answer", True),
    ]  # fmt: skip
    assert "MARIA" not in repr(steps)
    assert CANARY not in repr(steps)
    for status in ("401 No", "400 Bad"):
        fake.answers["/oauth/token"] = http(b'{"error":"invalid_credentials","message":"no"}', status)
        assert SOURCE.check(hubsoft())[-1].name == "credentials"
    assert SOURCE.check(hubsoft(params={"username": ""}))[0].code == "source_param_missing"
    assert SOURCE.check(hubsoft(params={"url": "http://127.0.0.1:1"}))[-1].code == "source_connect_failed"


def test_words_of_this_provider_are_listed_by_prefix(fake: FakeErp, hubsoft: Callable[..., SourceConnection]) -> None:
    rows = [{"id_servico_status": 1, "descricao": "Congelado", "prefixo": "congelado"}, {"descricao": "x"}]
    fake.answers["/servico_status"] = {"status": "success", "servico_status": rows}
    assert SOURCE.statuses(hubsoft()) == (Named("congelado", "Congelado"),)


def sale(number: int, changed: str) -> dict[str, Any]:
    return {"id_cliente_servico": number, "id_pacote": 240, "data_atualizacao": changed}


def test_changes_are_package_sales_since_the_cursor_and_all_who_are_suspended(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    rows = [sale(17001, "2026-11-22 11:55:00"), sale(17002, "2026-11-22 11:45:00"), sale(17001, "22/11/2026 11:59:00")]
    fake.answers[SALES] = {"status": "success", "paginacao": {"ultima_pagina": 0}, "pacotes": rows}

    def listed(asked: Asked) -> Any:
        status = asked.query["servico_status"]
        return todos([customer(1, service(17005, status_prefixo=status), service(17006))])

    fake.answers[TODOS] = listed
    changes = SOURCE.read_changes(hubsoft(), (NOW + timedelta(days=40)).isoformat())
    # A cursor of the future counts as the present, less an overlap of ten minutes; 12:00 is 15:00 UTC.
    assert changes.refs == (ServiceRef("17001"),)
    assert changes.not_paying == {"17005"}
    assert changes.cursor == NOW.isoformat()
    asked = fake.calls(SALES)[0].query
    assert (asked["tipo_data"], asked["status"], asked["data_inicio"]) == ("data_atualizacao", "todos", "2026-11-22")
    assert [one.query["servico_status"] for one in fake.calls(TODOS)] == [
        "suspenso_debito", "suspenso_parcialmente", "suspenso_pedido_cliente",
    ]  # fmt: skip


def test_who_is_suspended_is_unknown_when_the_list_was_not_whole(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    fake.answers[SALES] = {"status": "success", "paginacao": {"ultima_pagina": 0}, "pacotes": []}
    fake.answers[TODOS] = todos([customer(1)], 0, 2)
    assert SOURCE.read_changes(hubsoft(), "").not_paying is None


def test_an_empty_list_that_is_worded_as_an_error_is_empty(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    fake.answers[SALES] = fake.answers[TODOS] = {"status": "error", "msg": "Nenhum registro encontrado"}
    changes = SOURCE.read_changes(hubsoft(), "")
    assert (changes.refs, changes.not_paying) == ((), frozenset())
    fake.answers[TODOS] = {"status": "error", "msg": "Ocorreu uma exceção no sistema"}
    with pytest.raises(Unavailable, match="source_said_no"):
        SOURCE.read_changes(hubsoft(), "")
    fake.answers[TODOS] = {"status": "error", "msg": "Nenhum cliente encontrado"}
    with pytest.raises(Unavailable, match="source_said_no"):
        read(hubsoft())


def find(connection: SourceConnection, *refs: ServiceRef) -> list[list[str]]:
    looked = SOURCE.find(connection, refs)
    return [[record.service.code for record in records if record.service] for _, records in looked]


def test_a_look_asks_for_ended_services_too_and_returns_the_one_asked_for(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    fake.answers[FIND] = {"status": "success", "clientes": [customer(1, service(17001), service(17009))]}
    assert find(hubsoft(), ServiceRef("17009", "1"), ServiceRef("", "1")) == [["17009"], ["17001", "17009"]]
    query = fake.calls(FIND)[0].query
    assert (query["busca"], query["termo_busca"]) == ("codigo_cliente", "1")
    assert (query["cancelado"], query["inativo"], query["relacoes"]) == ("sim", "todos", "pacotes")


LOOKS = [
    (ServiceRef("17002"), "id_cliente_servico"),
    (ServiceRef("", "2"), "codigo_cliente"),
    (ServiceRef("", "", "111.444.777-35"), "cpf_cnpj"),
]


@pytest.mark.parametrize(("ref", "field"), LOOKS)
def test_somebody_else_in_the_answer_is_an_error(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection], ref: ServiceRef, field: str
) -> None:
    fake.answers[FIND] = {"status": "success", "clientes": [customer(1)]}
    with pytest.raises(ContractBroken, match="source_other_record") as caught:
        find(hubsoft(), ref)
    assert fake.calls(FIND)[0].query["busca"] == field
    assert "11144477735" not in repr(caught.value.exchange)


def test_nobody_found_is_no_error_and_any_other_refusal_is(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    fake.answers[FIND] = {"status": "error", "msg": "Nenhum cliente encontrado"}
    assert find(hubsoft(), ServiceRef("17001")) == [[]]
    fake.answers[FIND] = {"status": "error", "msg": "Ocorreu uma exceção no sistema"}
    with pytest.raises(Unavailable, match="source_said_no"):
        find(hubsoft(), ServiceRef("17001"))


def test_values_that_cannot_be_read_are_unknown_and_never_today_or_zero(
    fake: FakeErp, hubsoft: Callable[..., SourceConnection]
) -> None:
    odd = service(
        17001, valor="grátis", status_prefixo=None, data_cadastro="0000-00-00", id_servico=None, pacotes=None,
        data_venda="31/12/2025",
    )  # fmt: skip
    fake.answers[TODOS] = todos([customer(1, odd), customer(2, servicos=[]), customer(3, codigo_cliente=None)])
    known, alone, nameless = read(hubsoft())[0].records
    made = known.service
    assert made is not None
    assert (made.value, made.status.external, made.packages, made.plan.external) == (None, "", None, "COMBO 30")
    assert (known.registered_at, made.sold_on) == (None, date(2025, 12, 31))
    assert alone.service is None
    assert [problem.code for problem in nameless.problems] == ["source_code_missing"]
    assert explain("source_code_missing").remedy
