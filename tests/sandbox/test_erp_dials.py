"""Each way in which the fake ERP misleads, by real HTTP."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.erp_calls import all_services, hubsoft, ixc, sgp, todos, token_of
from webapp.sandbox.client import Erp, SandboxProcess
from webapp.sandbox.erp.dials import ErpDials
from webapp.sandbox.tenants import Tenants

FIND: dict[str, str] = {"busca": "codigo_cliente", "cancelado": "sim", "inativo": "todos"}


def ids(page: dict[str, Any]) -> list[int]:
    return [row["id_cliente"] - 25_000 for row in page["clientes"]]


@pytest.fixture
def forty(erp: Erp) -> Erp:
    """Forty people who all pay, so that what a dial does stands out."""
    erp.people(40, plain=True)
    return erp


@pytest.mark.parametrize(
    ("kind", "start"),
    [("empty_array", b"[]"), ("html", b"<!doctype"), ("truncated_json", b'{"status"'), ("error_in_200", b'{"status"')],
)
def test_something_else_comes_in_place_of_a_list_and_of_a_look(forty: Erp, kind: str, start: bytes) -> None:
    forty.set_dials(answer=kind)
    answers = [
        hubsoft(forty, "cliente/todos", pagina=0, itens_por_pagina=5),
        hubsoft(forty, "cliente", busca="codigo_cliente", termo_busca="1001"),
    ]
    assert [(answer.status_code, answer.content.startswith(start)) for answer in answers] == [(200, True)] * 2
    assert f"answer={kind}" in forty.ledger(operation="hubsoft.todos")[0]["dials"]


def test_an_empty_list_looks_like_success_in_each_shape(forty: Erp) -> None:
    forty.set_dials(answer="empty_list")
    body = todos(forty)
    assert (body["status"], body["clientes"], body["paginacao"]["total_registros"]) == ("success", [], 0)
    assert ixc(forty, "cliente").json()["total"] == "0"
    assert sgp(forty, "clientes").json()["clientes"] == []
    assert sgp(forty, "consultacliente", contrato="17001").json()["contratos"] == []


def test_an_error_in_200_is_told_in_each_shape_s_own_way(forty: Erp) -> None:
    forty.set_dials(answer="error_in_200")
    assert todos(forty)["status"] == "error"
    assert ixc(forty, "cliente").json()["type"] == "error"
    assert sgp(forty, "clientes").json()["status"] == 0


def test_one_page_only_can_be_struck(forty: Erp) -> None:
    forty.set_dials(answer="empty_list", answer_page=1)
    assert [len(todos(forty, page)["clientes"]) for page in range(3)] == [10, 0, 10]


@pytest.mark.parametrize(
    ("dial", "firsts"),
    [
        ({"drop_page": 1}, [1, 21, 31, None]),
        ({"repeat_page": 0}, [1, 1, 1, 1]),
        ({"repeat_page": 1}, [1, 11, 11, 11]),
        ({"shift_rows": 2}, [1, 13, 25, 37]),
        ({"shift_rows": -1}, [1, 10, 19, 28]),
    ],
)
def test_pages_go_astray(forty: Erp, dial: dict[str, int], firsts: list[int | None]) -> None:
    forty.set_dials(**dial)
    pages = [todos(forty, page) for page in range(4)]
    assert [ids(page)[0] if ids(page) else None for page in pages] == firsts
    assert {page["paginacao"]["total_registros"] for page in pages} == {40}


def test_pages_come_short_and_totals_lie_or_are_missing(forty: Erp) -> None:
    forty.set_dials(half_page=1, total_offset=-5)
    assert [len(todos(forty, page)["clientes"]) for page in range(3)] == [10, 5, 10]
    assert todos(forty)["paginacao"]["total_registros"] == 35
    forty.set_dials(half_page=None, page_cap=7, no_total=True)
    short = sgp(forty, "clientes", limit=20, offset=0).json()
    assert (len(short["clientes"]), "total" in short["paginacao"]) == (7, False)
    assert "total_registros" not in todos(forty)["paginacao"]


def test_a_stale_answer_is_that_of_the_snapshot_and_may_say_its_age(forty: Erp) -> None:
    forty.set_service(17001, status="suspenso_debito")
    forty.snapshot()
    forty.set_service(17001, status="servico_habilitado")
    assert all_services(forty)[0]["status_prefixo"] == "servico_habilitado"
    forty.set_dials(stale=True, stale_age_s=86_400)
    answer = hubsoft(forty, "cliente/todos", pagina=0, itens_por_pagina=5)
    assert answer.headers["Age"] == "86400"
    assert answer.json()["clientes"][0]["servicos"][0]["status_prefixo"] == "suspenso_debito"


def test_a_restored_backup_has_nobody_new_and_old_statuses_again(erp: Erp) -> None:
    erp.people(60)
    added = erp.add_customer()
    before = {service["id_cliente_servico"]: service["status_prefixo"] for service in all_services(erp, 7)}
    erp.set_dials(restored_days=21)
    after = {service["id_cliente_servico"]: service["status_prefixo"] for service in all_services(erp, 7)}
    assert added["id"] in before.keys() - after.keys()
    paid = [identity for identity in after if (before[identity], after[identity])
            == ("servico_habilitado", "suspenso_debito")]  # fmt: skip
    assert paid == [17001, 17021, 17041]


@pytest.mark.parametrize(("kind", "first"), [("same_ids", 1), ("other_ids", 500_001)])
def test_another_provider_has_other_people(forty: Erp, kind: str, first: int) -> None:
    known = {row["document"] for row in forty.services()}
    forty.set_dials(other_provider=kind)
    page = todos(forty, 0, 40)
    assert ids(page)[0] == first
    assert not known & {row["cpf_cnpj"] for row in page["clientes"]}


def test_some_are_missing_some_are_hidden_and_some_are_called_suspended(forty: Erp) -> None:
    forty.set_service(17001, status="cancelado")
    forty.set_dials(hides_ended=True)
    assert todos(forty)["paginacao"]["total_registros"] == 39
    forty.set_dials(hides_ended=False, missing_share=0.49)
    assert 15 <= todos(forty)["paginacao"]["total_registros"] <= 25
    forty.set_dials(missing_share=0, suspended_share=1)
    assert [one["status_prefixo"] for one in all_services(forty)].count("suspenso_debito") == 39
    forty.set_dials(suspended_share=0.2)
    assert 3 <= [one["status_prefixo"] for one in all_services(forty)].count("suspenso_debito") <= 13


def test_the_status_is_null_renamed_or_an_unknown_word_in_each_shape(forty: Erp) -> None:
    def statuses() -> list[Any]:
        found = all_services(forty, 1, 1)[0]
        contract = ixc(forty, "cliente_contrato").json()["registros"][0]
        listed = sgp(forty, "clientes").json()["clientes"][0]["contratos"][0]
        gone = "gone"
        return [found.get("status_prefixo", gone), contract.get("status", gone), listed.get("contratoStatus", gone)]

    forty.set_dials(status_field="null")
    assert statuses() == [None, None, None]
    forty.set_dials(status_field="renamed")
    assert statuses() == ["gone"] * 3
    forty.set_dials(status_field=None, status_word="novo_status")
    assert statuses() == ["novo_status", "novo_status", 99]


def test_ids_documents_and_days_change_their_form(forty: Erp) -> None:
    forty.set_customer(25_001, document="00000000191")
    forty.set_dials(ids_reformatted=True, documents_reformatted="no_zeros", dates_br=True)
    row = todos(forty)["clientes"][0]
    assert (row["codigo_cliente"], row["servicos"][0]["id_cliente_servico"]) == ("000001001", "000017001")
    assert (row["cpf_cnpj"], row["servicos"][0]["data_venda"][2]) == ("191", "/")
    forty.set_dials(documents_reformatted="digits")
    assert ixc(forty, "cliente").json()["registros"][0]["cnpj_cpf"] == "00000000191"


def test_days_shift_by_one(forty: Erp) -> None:
    before = datetime.fromisoformat(all_services(forty, 1, 1)[0]["data_venda"])
    forty.set_dials(dates_shift_days=1)
    assert datetime.fromisoformat(all_services(forty, 1, 1)[0]["data_venda"]) - before == timedelta(days=1)


def test_a_clock_that_runs_ahead_shows_in_the_date_header_and_in_times_of_change(forty: Erp) -> None:
    forty.set_service(17001, status="suspenso_debito")
    forty.set_dials(clock_ahead_days=40)
    query = {"pagina": 0, "itens_por_pagina": 1, "tipo_data": "data_atualizacao", "data_inicio": "2026-01-01"}
    answer = hubsoft(forty, "pacote/consultar", **query)
    ahead = timedelta(days=39)
    assert parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC) > ahead
    changed = datetime.fromisoformat(answer.json()["pacotes"][0]["data_atualizacao"])
    assert changed - datetime.now() > ahead - timedelta(days=1)


def test_the_faults_of_the_platforms_strike_here_too_and_leave_the_platform_alone(
    forty: Erp, sandbox: SandboxProcess
) -> None:
    token = token_of(forty)
    forty.set_dials(status=429, retry_after=7, operations=["hubsoft.todos"], fail_next=1)
    struck = hubsoft(forty, "cliente/todos", token, pagina=0, itens_por_pagina=5)
    assert (struck.status_code, struck.headers["Retry-After"]) == (429, "7")
    assert hubsoft(forty, "cliente/todos", token, pagina=0, itens_por_pagina=5).status_code == 200
    assert sandbox.tenant(forty.name).dials()["status"] is None
    forty.set_dials(down=True)
    assert [ixc(forty, "cliente").status_code, sgp(forty, "clientes").status_code] == [503, 503]
    forty.clear_dials()
    assert forty.dials()["down"] is False


def test_looks_may_tell_the_truth_while_lists_do_not_and_may_show_somebody_else(forty: Erp) -> None:
    forty.set_dials(suspended_share=1, true_looks=True)
    look = hubsoft(forty, "cliente", token_of(forty), **FIND, termo_busca="1001").json()["clientes"][0]
    assert look["servicos"][0]["status_prefixo"] == "servico_habilitado"
    assert all_services(forty, 1, 1)[0]["status_prefixo"] == "suspenso_debito"
    forty.set_dials(true_looks=False, find_other=True)
    assert hubsoft(forty, "cliente", **FIND, termo_busca="1001").json()["clientes"][0]["codigo_cliente"] == 1002
    found = ixc(forty, "cliente_contrato", oper="=", query="17001").json()["registros"]
    assert [row["id"] for row in found] == ["17002"]
    assert sgp(forty, "consultacliente", contrato="17001").json()["contratos"][0]["contratoId"] == 17002


def test_a_reset_forgets_people_and_dials(forty: Erp) -> None:
    forty.set_dials(missing_share=0.5)
    forty.reset()
    assert (forty.services(), forty.dials()["missing_share"]) == ([], 0)


def test_people_and_dials_outlive_a_restart(tmp_path: Path) -> None:
    before, after = Tenants(), Tenants()
    erp = before.get("kept").erp
    erp.people.fill(12)
    erp.people.change(17001, datetime.now(UTC), status="cancelado", packages=["STANDARD"])
    erp.set_dials(ErpDials(missing_share=0.5))
    before.save(tmp_path / "state.json")
    after.load(tmp_path / "state.json")
    kept = after.get("kept").erp
    assert (kept.people.customers, kept.dials) == (erp.people.customers, erp.dials)
    assert kept.dump() == erp.dump()
