"""The fake HubSoft as its documents say that the real one is, warts and all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stdnum.br import cpf

from tests.sandbox.erp_calls import all_services, hubsoft, log_in, todos
from webapp.sandbox.client import CANARY, Erp, SandboxError


def test_people_are_made_by_a_rule_with_valid_documents_and_the_faults_of_real_ones(erp: Erp) -> None:
    erp.people(200)
    rows = [row for page in range(2) for row in todos(erp, page, 100)["clientes"]]
    assert (len(rows), len({row["cpf_cnpj"] for row in rows})) == (200, 200)
    assert all(cpf.is_valid(row["cpf_cnpj"]) for row in rows)
    assert sum(row["email_principal"] is None for row in rows) == 5
    assert [row["codigo_cliente"] for row in rows if (row["email_principal"] or "").startswith("naotem")] == [1009]
    words = [row["servicos"][0]["status_prefixo"] for row in rows]
    assert {word: words.count(word) for word in set(words)} == {
        "servico_habilitado": 171, "suspenso_debito": 19, "cancelado": 6, "aguardando_instalacao": 4,
    }  # fmt: skip
    assert {row["servicos"][0]["pacotes"][0]["codigo"] for row in rows} == {"STANDARD", "PREMIUM", None}


def test_a_row_has_the_misspelt_names_numbers_as_text_and_much_that_nobody_asked_for(erp: Erp) -> None:
    erp.people(1, plain=True)
    [row] = todos(erp)["clientes"]
    [service] = row["servicos"]
    assert "data_nascmento" in row
    assert (service["valor"], service["pacotes"][0]["valor"]) == (129.9, "30.00")
    assert (service["status"], service["status_prefixo"]) == ("Serviço Habilitado", "servico_habilitado")
    assert CANARY in service["senha"]
    assert CANARY in row["nome_mae"]


def test_packages_come_only_when_they_are_asked_for(erp: Erp) -> None:
    erp.people(1)
    assert "pacotes" not in todos(erp, relacoes="")["clientes"][0]["servicos"][0]


def test_pages_count_from_nought_and_the_last_page_is_an_index(erp: Erp) -> None:
    erp.people(25)
    pages = [todos(erp, page) for page in range(4)]
    assert [len(page["clientes"]) for page in pages] == [10, 10, 5, 0]
    assert pages[0]["paginacao"] == {
        "primeira_pagina": 0, "pagina_atual": 0, "ultima_pagina": 2, "total_registros": 25,
    }  # fmt: skip


def test_ended_services_are_hidden_unless_they_are_asked_for(erp: Erp) -> None:
    erp.people(40)
    assert (todos(erp)["paginacao"]["total_registros"], len(erp.services(status="cancelado"))) == (40, 2)
    assert todos(erp, cancelado="nao")["paginacao"]["total_registros"] == 38


@pytest.mark.parametrize(
    ("query", "count"),
    [({"servico_status": "suspenso_debito"}, 4), ({"possui_pacote": "nao"}, 1), ({"codigo_pacote": "PREMIUM"}, 14)],
)
def test_a_list_can_be_narrowed(erp: Erp, query: dict[str, str], count: int) -> None:
    erp.people(40)
    erp.set_service(17002, packages=[])
    assert todos(erp, **query)["paginacao"]["total_registros"] == count


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("cliente/todos", {}),
        ("cliente/todos", {"pagina": 0, "itens_por_pagina": 501}),
        ("cliente", {"busca": "codigo_cliente", "termo_busca": "7"}),
        ("cliente", {"busca": "colour", "termo_busca": "7"}),
    ],
)
def test_an_error_comes_as_200_with_a_status_in_the_body(erp: Erp, path: str, query: dict[str, Any]) -> None:
    answer = hubsoft(erp, path, **query)
    assert (answer.status_code, answer.json()["status"]) == (200, "error")


@pytest.mark.parametrize(
    ("kind", "term"),
    [
        ("codigo_cliente", "1007"),
        ("id_cliente", "25007"),
        ("id_cliente_servico", "17007"),
        ("login_radius", "cliente7"),
    ],
)
def test_one_is_found_in_several_ways_and_an_ended_one_only_when_asked_for(erp: Erp, kind: str, term: str) -> None:
    erp.people(8)
    assert erp.service(17007)["status"] == "cancelado"
    assert hubsoft(erp, "cliente", busca=kind, termo_busca=term).json()["status"] == "error"
    found = hubsoft(erp, "cliente", busca=kind, termo_busca=term, cancelado="sim", inativo="todos").json()
    assert [row["codigo_cliente"] for row in found["clientes"]] == [1007]


def test_a_change_of_status_or_packages_shows_in_the_package_sales_of_today(erp: Erp) -> None:
    erp.people(5, plain=True)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    wanted = {"pagina": 0, "itens_por_pagina": 50, "tipo_data": "data_atualizacao", "data_inicio": yesterday}
    assert hubsoft(erp, "pacote/consultar", **wanted, status="todos").json()["pacotes"] == []
    erp.set_service(17001, status="suspenso_debito")
    erp.set_service(17002, packages=[240])
    rows = hubsoft(erp, "pacote/consultar", **wanted, status="todos").json()["pacotes"]
    said = {(row["id_cliente_servico"], row["id_pacote"], row["deleted_at"] is None) for row in rows}
    assert said == {(17001, 241, True), (17002, 242, False), (17002, 240, True)}
    [standing] = hubsoft(erp, "pacote/consultar", **wanted, tipo_busca="id_pacote", termo_busca="240").json()["pacotes"]
    assert standing["id_cliente_servico"] == 17002


def test_the_statuses_can_be_read(erp: Erp) -> None:
    rows = hubsoft(erp, "configuracao/servico_status").json()["servico_status"]
    assert {"id_servico_status": 11, "descricao": "Suspenso por Débito", "prefixo": "suspenso_debito"} in rows
    assert len(rows) == 13


def test_a_wrong_password_is_401_and_so_is_a_token_that_was_revoked_or_is_too_old(erp: Erp) -> None:
    assert log_in(erp, password="wrong").json()["error"] == "invalid_credentials"
    token = log_in(erp).json()["access_token"]
    assert hubsoft(erp, "configuracao/servico_status", token).status_code == 200
    erp.revoke_tokens()
    assert hubsoft(erp, "configuracao/servico_status", token).status_code == 401
    erp.set_dials(token_ttl_s=0)
    assert hubsoft(erp, "configuracao/servico_status").status_code == 401
    erp.set_dials(token_ttl_s=100, token_revoked=True)
    assert log_in(erp).status_code == 401


def test_the_ledger_holds_every_call_without_its_secrets_and_what_it_changed(erp: Erp) -> None:
    token = log_in(erp).json()["access_token"]
    todos(erp)
    hubsoft(erp, "cliente/cliente_servico/ativar/17001", token)
    [line] = erp.ledger(operation="hubsoft.token")[:1]
    assert (line["args"]["password"], line["args"]["username"], line["effect"]) == ("***", "hub@example.com", None)
    assert erp.ledger(operation="hubsoft.todos")[0]["args"]["relacoes"] == "pacotes"
    assert (erp.calls("hubsoft.todos"), erp.effects()) == (1, 0)


def test_people_can_be_changed_one_by_one_and_many_at_once(erp: Erp) -> None:
    erp.people(30, packages=[{"id": 1, "code": "TV", "description": "TV", "value": "5"}])
    assert erp.change({"status": "suspenso_debito", "limit": 2}, status="servico_habilitado") == 2
    assert erp.change({"package": "TV", "ids": [17001, 17002]}, packages=[]) == 2
    erp.set_customer(25001, email="nova@example.com")
    erp.remove_service(17002)
    made = erp.add_customer(name="CARLOS", status="suspenso_debito")
    services = {row["id"]: row for row in erp.services()}
    assert (services[17001]["email"], services[17001]["packages"]) == ("nova@example.com", [])
    assert 17002 not in services
    assert (services[made["id"]]["name"], services[made["id"]]["status"]) == ("CARLOS", "suspenso_debito")
    assert len(all_services(erp)) == 30


@pytest.mark.parametrize("values", [{"colour": "red"}, {"packages": ["NOTHING"]}])
def test_a_change_that_makes_no_sense_is_refused(erp: Erp, values: dict[str, Any]) -> None:
    erp.people(1)
    with pytest.raises(SandboxError, match="400"):
        erp.set_service(17001, **values)
    with pytest.raises(SandboxError, match="400"):
        erp.set_service(99, status="cancelado")
    with pytest.raises(SandboxError, match="400"):
        erp.set_dials(colour="red")
