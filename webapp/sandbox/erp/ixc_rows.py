"""The tables of the fake IXC: whole rows of text, with what a reader must not keep among them."""

from collections.abc import Callable, Iterator
from typing import Any

from webapp.sandbox.erp.people import CITIES, PLANS, Customer, Service
from webapp.sandbox.erp.view import CANARY, View

Row = dict[str, Any]
# Our word -> status of the contract, status of its internet access.
STATUSES = {
    "servico_habilitado": ("A", "A"),
    "franquia_excedida": ("A", "A"),
    "suspenso_debito": ("A", "CA"),
    "suspenso_parcialmente": ("A", "FA"),
    "suspenso_pedido_cliente": ("A", "CM"),
    "aguardando_instalacao": ("P", "D"),
    "aguardando_assinatura_contrato": ("A", "AA"),
    "cancelado": ("I", "D"),
    "inativo": ("D", "D"),
    "negativado": ("N", "D"),
}


def _customers(view: View) -> list[Row]:
    return [
        {
            "id": str(view.number(one.id)),
            "razao": one.name,
            "fantasia": "",
            "tipo_pessoa": "F",
            "cnpj_cpf": view.document(one.document, "punctuated"),
            "ie_identidade": f"{CANARY}-rg-{one.id}",
            "email": one.email or "",
            "telefone_celular": f"({one.phone[:2]}) {one.phone[2:7]}-{one.phone[7:]}",
            "telefone_comercial": "",
            "ativo": "S" if any(service.live for service in one.services) else "N",
            "senha": f"{CANARY}-senha-central-{one.id}",
            "hotsite_email": f"{CANARY}.{one.id}@example.com",
            "data_nascimento": "0000-00-00",
            "nome_mae": f"{CANARY}-mae",
            "data_cadastro": view.day(one.made_at),
            "ultima_atualizacao": view.stamp(max(service.status_at for service in one.services)),
        }
        for one in view.customers
    ]


def _contracts(view: View) -> list[Row]:
    return [_contract(view, one, service) for one, service in _services(view)]


def _contract(view: View, customer: Customer, service: Service) -> Row:
    word = view.status(service)
    status, internet = (None, None) if word is None else STATUSES.get(word, (word, word))
    return {
        "id": str(view.number(service.id)),
        "id_cliente": str(view.number(customer.id)),
        "id_vd_contrato": str(service.plan_id),
        "contrato": view.plan(service.plan_id).name,
        view.status_key("status"): status,
        view.status_key("status_internet"): internet,
        "data": view.day(service.made_at),
        "data_ativacao": view.day(service.made_at),
        "data_cancelamento": "0000-00-00",
        "endereco_padrao_cliente": "N",
        "endereco": f"{CANARY}-rua",
        "cidade": str(service.city),
        "cep": "00000-000",
        "obs": f"{CANARY}-obs",
        "ultima_atualizacao": view.stamp(_changed(service)),
    }


def _changed(service: Service) -> Any:
    return max([service.status_at, *(sale.changed_at for sale in service.sales)])


def _plans(view: View) -> list[Row]:
    return [
        {"id": str(plan.id), "nome": plan.name, "ativo": "S", "valor_contrato": f"{plan.value:.2f}"} for plan in PLANS
    ]


def _cities(view: View) -> list[Row]:
    return [{"id": str(number), "nome": name, "cod_ibge": str(number)} for number, name in CITIES.items()]


def _products(view: View) -> list[Row]:
    """Return the products of plans (``id_contrato`` 0) and of contracts."""
    rows = [_product(plan.id, "0", str(plan.id), plan.id, plan.name, "I", f"{plan.value:.2f}") for plan in PLANS]
    for _customer, service in _services(view):
        for sale in service.standing:
            package = view.package(sale.package_id)
            contract = str(view.number(service.id))
            rows.append(_product(sale.id, contract, "0", package.id, package.description, "SVA", package.value))
    return rows


def _product(number: int, contract: str, plan: str, product: int, *words: str) -> Row:
    text, kind, value = words
    return {
        "id": str(number),
        "id_contrato": contract,
        "id_vd_contrato": plan,
        "id_produto": str(product),
        "descricao": text,
        "tipo": kind,
        "qtde": "1.000000000",
        "valor_unit": value,
    }


def _logins(view: View) -> list[Row]:
    return [
        {
            "id": str(service.id + 50_000),
            "id_cliente": str(view.number(one.id)),
            "id_contrato": str(view.number(service.id)),
            "login": service.login,
            "senha": f"{CANARY}-senha-{service.id}",
            "senha_rede_sem_fio": f"{CANARY}-wifi",
            "senha_onu_cliente": f"{CANARY}-onu",
            "mac": f"{CANARY}-mac",
            "ativo": "S",
        }
        for one, service in _services(view)
    ]


def _services(view: View) -> Iterator[tuple[Customer, Service]]:
    return ((one, service) for one in view.customers for service in one.services)


TABLES: dict[str, Callable[[View], list[Row]]] = {
    "cliente": _customers,
    "cliente_contrato": _contracts,
    "cidade": _cities,
    "vd_contratos": _plans,
    "vd_contratos_produtos": _products,
    "radusuarios": _logins,
}
