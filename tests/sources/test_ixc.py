"""IXC at the edge: the header without which a list inserts, its joins, its words, and its errors."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.gateways.servers import http
from tests.sources.conftest import CANARY, NOW, Asked, Connect, FakeErp
from webapp.decide.policy import STATUSES as OURS
from webapp.gateways.contract import Secret
from webapp.gateways.errors import AuthFailed, ContractBroken, GatewayError, Unavailable
from webapp.messages import explain
from webapp.sources import ixc, ixc_calls
from webapp.sources.contract import Named, PackageRecord, ReadPage, ServiceRef, SourceConnection
from webapp.sources.payload import dump_record

SOURCE = ixc.IxcSource()
Make = Callable[..., SourceConnection]
TABLES = ("cidade", "cliente", "cliente_contrato", "radusuarios", "vd_contratos", "vd_contratos_produtos")


class Tables:
    """An instance with these rows, that filters and pages as IXC does."""

    def __init__(self, **rows: list[dict[str, str]]) -> None:
        self.rows = {table: rows.get(table, []) for table in TABLES}

    def answer(self, asked: Asked) -> Any:
        assert asked.headers["ixcsoft"] == "listar", "an insert"
        table = asked.path.rsplit("/", 1)[-1]
        body = asked.json
        rows = [row for row in self.rows[table] if all(map(self._fits(row), json.loads(body.get("grid_param", "[]"))))]
        size, page = int(body["rp"]), int(body["page"])
        shown = rows[size * (page - 1) : size * page]
        return {"page": str(page), "total": str(len(rows)), **({"registros": shown} if shown else {})}

    @staticmethod
    def _fits(row: dict[str, str]) -> Callable[[dict[str, str]], bool]:
        def fits(condition: dict[str, str]) -> bool:
            value, wanted = row[condition["TB"].split(".")[1]], condition["P"]
            pair = (int(value), int(wanted)) if value.isdecimal() and wanted.isdecimal() else (value, wanted)
            return {"=": pair[0] == pair[1], ">=": pair[0] >= pair[1], "<=": pair[0] <= pair[1]}[condition["OP"]]

        return fits


def customer(number: int, **given: str) -> dict[str, str]:
    return {
        "id": str(number), "razao": "Maria Silva", "cnpj_cpf": "529.982.247-25", "email": "", "telefone_celular":
        "(11) 98765-4321", "ativo": "S", "senha": f"{CANARY}-central", "obs": CANARY, **given,
    }  # fmt: skip


def contract(number: int, owner: int, **given: str) -> dict[str, str]:
    return {
        "id": str(number), "id_cliente": str(owner), "status": "A", "status_internet": "A", "id_vd_contrato": "3",
        "contrato": "FIBRA 500 ANTIGO", "dia_fixo_vencimento": "10", "data": "2026-01-15", "obs": CANARY,
        "data_cadastro_sistema": "2026-01-15 09:00:00", "ultima_atualizacao": "2026-11-22 11:58:00",
        "endereco_padrao_cliente": "N", "endereco": "Rua das Flores", "numero": "10", "bairro": "Centro", **given,
    }  # fmt: skip


def login(number: int, contract_id: int, owner: int) -> dict[str, str]:
    return {
        "id": str(number), "id_contrato": str(contract_id), "id_cliente": str(owner), "login": f"user{number}",
        "senha": "pppoe-1", "senha_rede_sem_fio": CANARY,
    }  # fmt: skip


def product(number: int, owner: str, code: str) -> dict[str, str]:
    return {"id": str(number), "id_contrato": owner, "id_produto": code, "descricao": "TV", "qtde": "2",
            "valor_unit": "15.00"}  # fmt: skip


@pytest.fixture
def tables(fake: FakeErp) -> Tables:
    made = Tables(
        cliente=[customer(1), customer(2), customer(5)],
        cliente_contrato=[contract(70, 2), contract(71, 1, status_internet="CA"), contract(72, 2, status="N")],
        radusuarios=[login(8, 70, 2), login(9, 70, 2)],
        vd_contratos=[{"id": "3", "nome": "FIBRA 500"}],
        vd_contratos_produtos=[product(1, "70", "44"), product(2, "0", "44"), product(3, "71", "99")],
    )
    for table in TABLES:
        fake.answers[f"/{table}"] = made.answer
    return made


@pytest.fixture
def ixc_at(fake: FakeErp, tables: Tables, connect: Connect) -> Make:
    def make(**given: Any) -> SourceConnection:
        params = {"url": fake.url, "id_usuario": "6", "token": Secret("t0ken-of-ixc"), **given.pop("params", {})}
        return connect(params, **given)

    return make


def read(connection: SourceConnection) -> list[ReadPage]:
    return list(SOURCE.read(connection))


def test_customers_come_with_contracts_plan_names_and_the_oldest_log_in(ixc_at: Make) -> None:
    [page] = read(ixc_at())
    assert (page.rows, page.total, page.last) == (3, 3, True)
    first, second, third, alone = page.records
    assert [record.customer.code for record in page.records] == ["1", "2", "2", "5"]
    assert first.service is not None
    assert first.service.status == Named("A/CA", "Ativo / Bloqueio automático")
    assert third.service is not None
    assert third.service.status.external == "N/A"
    assert alone.service is None
    made = second.service
    assert made is not None
    assert (made.code, made.plan, made.login) == ("70", Named("3", "FIBRA 500"), "user8")
    assert (made.due_day, made.sold_on, made.packages) == (10, date(2026, 1, 15), None)
    assert second.changed_at == datetime(2026, 11, 22, 14, 58, tzinfo=UTC)
    assert second.registered_at == datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
    assert second.customer.document == "529.982.247-25"


def cities_of(page: ReadPage) -> list[str]:
    return [record.service.city for record in page.records if record.service]


def test_city_is_the_contracts_or_its_customers_and_each_is_asked_for_once(
    fake: FakeErp, tables: Tables, ixc_at: Make
) -> None:
    tables.rows["cidade"] = [{"id": "7", "nome": "Olinda"}, {"id": "8", "nome": "Recife"}]
    tables.rows["cliente"] = [customer(1, cidade="8"), customer(2, cidade="8")]
    tables.rows["cliente_contrato"] = [
        contract(70, 2, cidade="7"), contract(71, 1, cidade="0"),
        contract(72, 2, cidade="7", endereco_padrao_cliente="S"), contract(73, 2, cidade="404"),
    ]  # fmt: skip
    connection = ixc_at()
    assert cities_of(read(connection)[0]) == ["Recife", "Olinda", "Recife", ""]
    assert len(fake.calls("/cidade")) == 3
    [(_, looks)] = SOURCE.find(connection, [ServiceRef("70")])
    assert [one.service.city for one in looks if one.service] == ["Olinda"]


def test_a_table_of_cities_that_cannot_be_read_costs_the_cities_alone(
    fake: FakeErp, tables: Tables, ixc_at: Make
) -> None:
    tables.rows["cliente_contrato"] = [contract(70, 2, cidade="7"), contract(71, 1, cidade="8")]
    for answer in ({"type": "error", "message": "Recurso cidade não está disponível!"}, {"odd": 1}):
        fake.answers["/cidade"] = answer
        before = len(fake.calls("/cidade"))
        assert cities_of(read(ixc_at())[0]) == ["", ""]
        assert len(fake.calls("/cidade")) == before + 1


def test_nothing_is_kept_that_the_contract_has_not(ixc_at: Make) -> None:
    for keeps, password in ((False, None), (True, "pppoe-1")):
        payload, kept = dump_record(read(ixc_at(keeps_passwords=keeps))[0].records[1])
        assert CANARY not in repr(payload)
        assert kept == password


def test_no_request_is_made_without_the_header_that_makes_it_a_list(fake: FakeErp, ixc_at: Make) -> None:
    connection = ixc_at(params={"produtos": "44"})
    read(connection)
    SOURCE.read_changes(connection, "")
    list(SOURCE.find(connection, [ServiceRef("70"), ServiceRef("", "2"), ServiceRef("", "", "52998224725")]))
    SOURCE.check(connection)
    assert len(fake.asked) > 15
    for asked in fake.asked:
        assert (asked.method, asked.headers["ixcsoft"]) == ("POST", "listar")
        assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"6:t0ken-of-ixc").decode()
    assert set(ixc_calls.list_request(connection, "cliente", (), 1, 1).headers) >= {"ixcsoft"}


ADDRESSES = ("{host}", "{host}/", "{host}/webservice/v1", "{host}/webservice/v1/cliente")


@pytest.mark.parametrize("typed", ADDRESSES)
def test_an_address_is_taken_as_people_paste_it(fake: FakeErp, ixc_at: Make, typed: str) -> None:
    read(ixc_at(params={"url": typed.format(host=fake.url)}))
    assert {asked.path.rsplit("/", 1)[0] for asked in fake.asked} == {"/webservice/v1"}


def test_a_bare_host_is_reached_by_https_and_a_whole_token_is_taken_as_it_is(ixc_at: Make) -> None:
    request = ixc_calls.list_request(
        ixc_at(params={"url": " ixc.example.com ", "token": "9:abc"}), "cliente", (), 2, 500
    )
    assert request.url == "https://ixc.example.com/webservice/v1/cliente"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"9:abc").decode()
    assert request.body is not None
    assert json.loads(request.body) == {
        "qtype": "cliente.id", "query": "0", "oper": ">", "page": "2", "rp": "500", "sortname": "cliente.id",
        "sortorder": "asc",
    }  # fmt: skip


def test_reading_goes_on_until_the_sum_is_reached(fake: FakeErp, tables: Tables, ixc_at: Make) -> None:
    tables.rows["cliente"] = [customer(number) for number in range(1, 1203)]
    pages = read(ixc_at())
    assert [(page.number, page.rows, page.last) for page in pages] == [
        (0, 500, False), (1, 500, False), (2, 202, True),
    ]  # fmt: skip
    ranges = [json.loads(asked.json["grid_param"]) for asked in fake.calls("/cliente_contrato")]
    assert [(low["P"], high["P"]) for low, high in ranges] == [("1", "500"), ("501", "1000"), ("1001", "1202")]


def test_a_list_that_stops_short_proves_no_end(fake: FakeErp, ixc_at: Make) -> None:
    fake.answers["/cliente"] = lambda asked: (
        {"total": "900", "registros": [customer(1)]} if asked.json["page"] == "1" else {"total": "900"}
    )
    assert [page.last for page in read(ixc_at())] == [False, False]
    fake.answers["/cliente"] = {"total": "900", "registros": [customer(1)]}
    assert [page.last for page in read(ixc_at())] == [False, False]


BROKEN: dict[str, tuple[str, Any, type[GatewayError], str]] = {
    "no right": ("/cliente", {"type": "error", "message": "Recurso cliente não está disponível!"}, AuthFailed,
                 "source_table_refused"),
    "an error": ("/cliente", {"type": "error", "message": "Maria não existe"}, Unavailable, "source_said_no"),
    "html 401": ("/cliente", http(b"<html>401</html>", "401 No"), AuthFailed, "source_credentials_refused"),
    "html": ("/cliente", http(b"<html>login</html>"), ContractBroken, "source_answer_html"),
    "no total": ("/cliente", {"registros": []}, ContractBroken, "source_total_missing"),
    "array": ("/cliente", http(b"[]"), ContractBroken, "source_total_missing"),
    "fewer contracts": ("/cliente_contrato", {"total": "9", "registros": [contract(70, 2)]}, ContractBroken,
                        "source_list_not_whole"),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_an_answer_that_is_not_as_promised_is_an_error(fake: FakeErp, ixc_at: Make, how: str) -> None:
    path, answer, kind, code = BROKEN[how]
    fake.answers[path] = answer
    with pytest.raises(kind) as caught:
        read(ixc_at())
    assert caught.value.code == code
    assert explain(code, caught.value.params).remedy
    assert "Flores" not in repr(caught.value.exchange)
    assert "t0ken" not in repr(caught.value.exchange)


def test_a_table_that_is_only_good_to_have_may_be_refused(fake: FakeErp, ixc_at: Make) -> None:
    for table in ("/radusuarios", "/vd_contratos"):
        fake.answers[table] = {"type": "error", "message": "Recurso não está disponível!"}
    made = read(ixc_at())[0].records[1].service
    assert made is not None
    assert (made.login, made.plan) == ("", Named("3", "FIBRA 500 ANTIGO"))


def test_named_products_are_packages_of_their_contract(ixc_at: Make) -> None:
    records = read(ixc_at(params={"produtos": "44, 45"}))[0].records
    packages = {record.service.code: record.service.packages for record in records if record.service}
    assert packages == {"70": (PackageRecord(Named("44", "TV"), Decimal("30.00")),), "71": (), "72": ()}


def test_half_a_list_of_products_ends_the_reading(fake: FakeErp, ixc_at: Make) -> None:
    fake.answers["/vd_contratos_produtos"] = {"total": "2", "registros": [product(1, "70", "44")]}
    with pytest.raises(ContractBroken, match="source_list_not_whole"):
        read(ixc_at(params={"produtos": "44"}))


def test_changes_are_contracts_since_the_cursor_and_all_that_are_blocked(tables: Tables, ixc_at: Make) -> None:
    tables.rows["cliente_contrato"] += [contract(73, 1, ultima_atualizacao="2026-11-22 11:40:00")]
    changes = SOURCE.read_changes(ixc_at(), (NOW - timedelta(minutes=1)).isoformat())
    assert changes.refs == (ServiceRef("70", "2"), ServiceRef("71", "1"), ServiceRef("72", "2"))
    assert changes.not_paying == {"71"}
    assert changes.cursor == NOW.isoformat()
    assert SOURCE.read_changes(ixc_at(params={"coluna_data": ""}), "").refs == ()


def test_a_look_returns_the_contract_with_everything_around_it(ixc_at: Make) -> None:
    connection = ixc_at(params={"produtos": "44"})
    asked = [ServiceRef("70"), ServiceRef("", "2"), ServiceRef("", "", "52998224725"), ServiceRef("999")]
    found = dict(SOURCE.find(connection, asked))
    assert [len(found[ref]) for ref in asked] == [1, 2, 3, 0]
    [record] = found[asked[0]]
    [same] = [one for one in read(connection)[0].records if one.service and one.service.code == "70"]
    assert record == replace(same, place="")


@pytest.mark.parametrize("ref", [ServiceRef("71"), ServiceRef("", "1"), ServiceRef("", "", "11144477735")])
def test_somebody_else_in_the_answer_is_an_error(fake: FakeErp, ixc_at: Make, ref: ServiceRef) -> None:
    fake.answers["/cliente_contrato"] = {"total": "1", "registros": [contract(70, 2)]}
    fake.answers["/cliente"] = {"total": "1", "registros": [customer(1)]}
    with pytest.raises(ContractBroken, match="source_other_record"):
        list(SOURCE.find(ixc_at(), [ref]))


def test_every_word_means_a_status_of_ours_or_is_left_to_the_administrator() -> None:
    words = {f"{status}/{internet}" for status in "PAIND" for internet in ("A", "D", "CM", "CA", "FA", "AA")}
    decided, left = set(SOURCE.traits.statuses), set(SOURCE.traits.undecided)
    assert words <= decided | left
    assert not decided & left
    assert set(SOURCE.traits.statuses.values()) <= set(OURS)
    assert "N/A" in left


def test_a_contract_without_its_status_is_unknown(tables: Tables, ixc_at: Make) -> None:
    bare = contract(70, 2)
    del bare["status_internet"]
    tables.rows["cliente_contrato"] = [bare, contract(71, 2, status="")]
    services = [record.service for record in read(ixc_at())[0].records if record.service]
    assert [service.status.external for service in services] == ["", ""]
