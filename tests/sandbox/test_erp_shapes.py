"""The fake IXC and the fake SGP over the same people, and what an ERP pushes."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest
import requests

from tests.sandbox.erp_calls import ixc, sgp
from webapp.sandbox.client import CANARY, Erp, dead_url


def test_ixc_rows_are_text_with_punctuated_documents_and_plaintext_passwords(erp: Erp) -> None:
    erp.people(3)
    answer = ixc(erp, "cliente", rp="2")
    assert answer.headers["Content-Type"] == "text/x-json"
    body = json.loads(answer.content)
    assert (body["page"], body["total"], len(body["registros"])) == ("1", "3", 2)
    row = body["registros"][0]
    assert all(isinstance(value, str) for value in row.values())
    assert (row["cnpj_cpf"][3], row["cnpj_cpf"][11], row["telefone_celular"][:4]) == (".", "-", "(11)")
    assert CANARY in row["senha"]
    assert CANARY in ixc(erp, "radusuarios").json()["registros"][0]["senha"]


def test_ixc_contracts_say_both_statuses(erp: Erp) -> None:
    erp.people(8)
    erp.set_service(17002, status="negativado")
    rows = ixc(erp, "cliente_contrato").json()["registros"]
    said = {row["id"]: (row["status"], row["status_internet"]) for row in rows}
    wanted = {"17001": ("A", "A"), "17002": ("N", "D"), "17003": ("A", "CA"), "17007": ("I", "D")}
    assert wanted.items() <= said.items()
    assert rows[0]["id_cliente"] == "25001"


def test_ixc_filters_join_sort_and_page(erp: Erp) -> None:
    erp.people(30)
    grid = json.dumps([{"TB": "cliente_contrato.status_internet", "OP": "=", "P": "CA"}])
    rows = ixc(erp, "cliente_contrato", grid_param=grid, sortorder="desc").json()["registros"]
    assert [row["id"] for row in rows] == ["17023", "17013", "17003"]
    page = ixc(erp, "cliente_contrato", query="17025", oper="<=", page="3", rp="10").json()
    assert (page["total"], len(page["registros"])) == ("25", 5)
    named = ixc(erp, "cliente", qtype="cliente.cnpj_cpf", oper="=", query=erp.service(17004)["document"]).json()
    assert [row["id"] for row in named["registros"]] == ["25004"]
    products = ixc(erp, "vd_contratos_produtos", qtype="vd_contratos_produtos.id_contrato", oper="=", query="17001")
    assert [(row["descricao"], row["tipo"]) for row in products.json()["registros"]] == [("1 APP PREMIUM", "SVA")]
    assert "registros" not in ixc(erp, "cliente", oper="=", query="1").json()


def test_ixc_says_errors_as_200_and_a_wrong_token_as_a_page_for_people(erp: Erp) -> None:
    error = ixc(erp, "fn_areceber")
    assert (error.status_code, error.headers["Content-Type"][:9], error.json()["type"]) == (200, "text/html", "error")
    refused = ixc(erp, "cliente", token="wrong")
    assert (refused.status_code, refused.headers["Content-Type"][:9]) == (401, "text/html")


@pytest.mark.parametrize(
    ("method", "headers", "effect"), [("POST", {}, "inserted"), ("PUT", {"ixcsoft": "listar"}, "written")]
)
def test_ixc_changes_something_when_a_list_is_not_asked_as_one(
    erp: Erp, method: str, headers: dict[str, str], effect: str
) -> None:
    assert ixc(erp, "cliente_contrato", method=method, headers=headers).json()["type"] == "success"
    assert (erp.effects(effect), erp.effects()) == (1, 1)
    assert erp.ledger(operation="ixc.cliente_contrato")[0]["effect"] == effect


def test_sgp_pages_by_offset_up_to_a_hundred_and_speaks_with_spaces(erp: Erp) -> None:
    erp.people(130, plain=True)
    erp.set_service(17101, status="suspenso_parcialmente")
    first, second = (sgp(erp, "clientes", limit=500, offset=offset).json() for offset in (0, 100))
    assert first["paginacao"] == {"offset": 0, "limit": 100, "parcial": 100, "total": 130}
    contract = first["clientes"][0]["contratos"][0]
    assert (contract["contratoId"], contract["contratoStatus"]) == (17001, 1)
    assert contract["contratoStatusDisplay"] == " Ativo "
    assert (len(second["clientes"]), second["clientes"][0]["contratos"][0]["contratoStatus"]) == (30, 7)


@pytest.mark.parametrize("name", ["contrato", "cpfcnpj", "login", "telefone", "email", "nome"])
def test_sgp_finds_a_contract_in_six_ways(erp: Erp, name: str) -> None:
    erp.people(3, plain=True)
    row = erp.service(17002)
    known = {"contrato": "17002", "cpfcnpj": row["document"], "telefone": row["phone"], "nome": row["name"]}
    [found] = sgp(erp, "consultacliente", **{name: {**row, **known}[name]}).json()["contratos"]
    assert (found["contratoId"], found["clienteId"], found["cpfCnpj"][3]) == (17002, 25002, ".")
    assert CANARY in found["servico_senha"]


def test_sgp_says_nobody_refuses_and_shows_pages_for_people(erp: Erp) -> None:
    erp.people(2)
    assert sgp(erp, "consultacliente", contrato="1").json()["contratos"] == []
    assert "contratos" not in sgp(erp, "consultacliente").json()
    assert (sgp(erp, "clientes", token="x").status_code, sgp(erp, "clientes", app="x").status_code) == (401, 403)
    assert requests.get(f"{erp.sgp_url}/admin/", params=erp.sgp_params(), timeout=5).status_code == 404
    assert len(sgp(erp, "listacontrato").json()) == 2
    assert sgp(erp, "liberacao", contrato="17001").status_code == 200
    assert erp.effects("written") == 1


class Receiver(BaseHTTPRequestHandler):
    """Takes what is pushed."""

    got: ClassVar[list[tuple[dict[str, str], dict[str, object]]]] = []

    def do_POST(self) -> None:
        """Keep it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((dict(self.headers), json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_a_push_is_sent_signed_and_says_what_came_back(erp: Erp) -> None:
    erp.people(3)
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.handle_request)
    thread.start()
    assert erp.push(f"http://127.0.0.1:{server.server_port}/hook/x", 17003, secret="s3cret") == 202
    thread.join()
    server.server_close()
    headers, body = Receiver.got.pop()
    assert headers["X-SGP-Signature"].startswith("sha256=")
    assert (body["contratoId"], body["clienteId"], body["contratoStatus"]) == (17003, 25003, 4)
    assert erp.push(f"{dead_url()}/hook/x", 17003) is None
