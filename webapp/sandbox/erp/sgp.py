"""The fake SGP: ``api/ura/...`` with token and app in every body.

Source of the shape: bookstack.sgp.net.br/books/api; the key names inside a listed contract are assumed to be
those of ``consultacliente``, and ``servicos`` of both is assumed.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from webapp.sandbox.erp.paging import slice_of, total_of
from webapp.sandbox.erp.people import CITIES, Customer, Service
from webapp.sandbox.erp.shape import Asked, args_of, page_html, whole
from webapp.sandbox.erp.state import ErpState
from webapp.sandbox.erp.view import CANARY, View, digits_of
from webapp.sandbox.stage import Result
from webapp.sandbox.wire import Request

TOKEN, APP = "sandbox-token", "sintonia"
LIMIT_MAX = 100
ROUTES = {"clientes": "clients", "consultacliente": "find", "listacontrato": "contracts"}
# Our word -> number and text of theirs; the spaces are theirs, too.
STATUSES = {
    "servico_habilitado": (1, " Ativo "),
    "franquia_excedida": (1, " Ativo "),
    "inativo": (2, "Inativo"),
    "cancelado": (3, "Cancelado"),
    "suspenso_debito": (4, "Suspenso"),
    "suspenso_pedido_cliente": (4, "Suspenso"),
    "sem_viabilidade": (5, "Inviabilidade Técnica"),
    "aguardando_instalacao": (6, "Novo"),
    "suspenso_parcialmente": (7, "Ativo V. Reduzida"),
}
SEARCHES = ("contrato", "cpfcnpj", "login", "telefone", "email", "nome")


class Sgp:
    """Its calls."""

    def asked(self, request: Request, rest: list[str]) -> Asked:
        """Return what a request asks for."""
        args = args_of(request)
        name = ROUTES.get(rest[2]) if rest[:2] == ["api", "ura"] and len(rest) == 3 else None
        if name is None or request.method != "POST":
            return Asked("sgp.unknown", args, change="written" if request.method != "GET" else None)
        if name == "find":
            return Asked("sgp.find", args, look=True)
        limit = min(whole(args.get("limit"), LIMIT_MAX) or LIMIT_MAX, LIMIT_MAX)
        page = (whole(args.get("offset"), 0) or 0) // limit if name == "clients" else 0
        look = bool(args.get("cpfcnpj") or args.get("contrato"))
        return Asked(f"sgp.{name}", args, page, look=look)

    def refusal(self, state: ErpState, request: Request, asked: Asked) -> Result | None:
        """Return 401 without the right token, 403 without the right app."""
        token, app = str(asked.args.get("token", "")), str(asked.args.get("app", ""))
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            app, token = _pair(given)
        if token != TOKEN:
            return Result(401, {"detail": "Credenciais de autenticação incorretas."})
        if app != APP or state.dials.token_revoked:
            return Result(403, {"detail": "Token inativo ou host não permitido."})
        return None

    def answer(self, view: View, state: ErpState, asked: Asked) -> Result:
        """Answer; a path that nobody knows is a page for people."""
        if asked.operation == "sgp.clients":
            return _clients(view, asked)
        if asked.operation == "sgp.find":
            return _find(view, asked.args)
        if asked.operation == "sgp.contracts":
            rows = [contract_row(view, one, service) for one in view.customers for service in one.services]
            return Result(200, rows, facts={"rows": len(rows)})
        if asked.change:
            return Result(200, {"status": 1, "msg": "Operação realizada."}, asked.change)
        return page_html(404)

    def nothing(self, asked: Asked) -> Result:
        """Answer as if nobody were there."""
        if asked.operation == "sgp.find":
            return _found([])
        return _listed([], 0, LIMIT_MAX, 0)

    def failure(self) -> Result:
        """Answer with an error and HTTP 200."""
        return Result(200, {"status": 0, "error": "Erro interno", "msg": "Erro interno"})


def _pair(given: str) -> tuple[str, str]:
    try:
        app, _, token = base64.b64decode(given, validate=True).decode("utf-8", "replace").partition(":")
    except binascii.Error:
        return "", ""
    return app, token


def _listed(rows: list[Any], offset: int, limit: int, total: int | None) -> Result:
    paging = {"offset": offset, "limit": limit, "parcial": len(rows)}
    if total is not None:
        paging["total"] = total
    return Result(200, {"paginacao": paging, "clientes": rows}, facts={"rows": len(rows)})


def _clients(view: View, asked: Asked) -> Result:
    args = asked.args
    offset = whole(args.get("offset"), 0) or 0
    limit = min(whole(args.get("limit"), LIMIT_MAX) or LIMIT_MAX, LIMIT_MAX)
    named = {name: str(args[name]) for name in ("cpfcnpj", "contrato") if args.get(name)}
    found = view.matching(lambda one: _meets(one, named)) if named else view.customers
    taken = slice_of(found, offset, limit, asked.page or 0, view.dials)
    return _listed([_client_row(view, one) for one in taken], offset, limit, total_of(found, view.dials))


def _client_row(view: View, customer: Customer) -> dict[str, Any]:
    return {
        "id": view.number(customer.id),
        "nome": customer.name,
        "cpfcnpj": view.document(customer.document, "punctuated"),
        "dataNascimento": None,
        "rg": f"{CANARY}-rg-{customer.id}",
        "contatos": {
            "emails": [customer.email] if customer.email else [],
            "celulares": [customer.phone],
            "telefones": [],
        },
        "endereco": {"logradouro": f"{CANARY}-rua", "cep": "00000-000"},
        "contratos": [_listed_contract(view, service) for service in customer.services],
        "titulos": [],
    }


def _listed_contract(view: View, service: Service) -> dict[str, Any]:
    number, text = _status(view, service)
    return {
        "contratoId": view.number(service.id),
        view.status_key("contratoStatus"): number,
        view.status_key("contratoStatusDisplay"): text,
        "dataCadastro": view.day(service.made_at),
        "vencimento": 10,
        "contratoCentralSenha": f"{CANARY}-central-{service.id}",
        "endereco": {"logradouro": f"{CANARY}-rua", "cidade": CITIES[service.city]},
        "servicos": _bought(view, service),
    }


def _status(view: View, service: Service) -> tuple[int | None, str | None]:
    word = view.status(service)
    return (None, None) if word is None else STATUSES.get(word, (99, word))


def _bought(view: View, service: Service) -> list[dict[str, Any]]:
    plan = view.plan(service.plan_id)
    first = {
        "id": view.number(service.id),
        "tipo": "internet",
        "plano": {"id": plan.id, "descricao": plan.name},
        "valor": f"{plan.value:.2f}",
        "login": service.login,
        "senha": f"{CANARY}-senha-{service.id}",
    }
    extras = [(sale, view.package(sale.package_id)) for sale in service.standing]
    return [first] + [
        {
            "id": sale.id,
            "tipo": "multimidia",
            "plano": {"id": package.id, "descricao": package.description},
            "valor": package.value,
        }
        for sale, package in extras
    ]


def _find(view: View, args: Mapping[str, Any]) -> Result:
    named = {name: str(args[name]) for name in SEARCHES if args.get(name)}
    if not named:
        return Result(200, {"msg": "CPF/CNPJ ou Contrato ID Não informados"})
    rows = []
    for customer in view.matching(lambda one: _meets(one, named)):
        services = [one for one in customer.services if view.dials.find_other or _is_asked(view, one, named)]
        rows += [contract_row(view, customer, service) for service in services]
    return _found(rows)


def _found(rows: list[Any]) -> Result:
    text = "" if rows else "Nenhum contrato encontrado"
    return Result(200, {"msg": text, "contratos": rows}, facts={"rows": len(rows)})


def _is_asked(view: View, service: Service, named: Mapping[str, str]) -> bool:
    return "contrato" not in named or digits_of(named["contrato"]) == str(service.id)


def _meets(customer: Customer, named: Mapping[str, str]) -> bool:
    """Tell whether a customer meets everything that was named."""
    known = {
        "contrato": [str(service.id) for service in customer.services],
        "cpfcnpj": [digits_of(customer.document)],
        "telefone": [digits_of(customer.phone)],
        "login": [service.login for service in customer.services],
        "email": [customer.email or ""],
        "nome": [customer.name],
    }
    exact = ("login", "email", "nome")
    return all((word if name in exact else digits_of(word)) in known[name] for name, word in named.items())


def contract_row(view: View, customer: Customer, service: Service) -> dict[str, Any]:
    """Return a contract as looks show one."""
    number, text = _status(view, service)
    return {
        "clienteId": view.number(customer.id),
        "contratoId": view.number(service.id),
        "razaoSocial": customer.name,
        "cpfCnpj": view.document(customer.document, "punctuated"),
        view.status_key("contratoStatus"): number,
        view.status_key("contratoStatusDisplay"): text,
        "contratoTitulosAReceber": 0,
        "contratoValorAberto": 0.0,
        "contratoCentralSenha": f"{CANARY}-central-{service.id}",
        "servico_plano": view.plan(service.plan_id).name,
        "servico_login": service.login,
        "servico_senha": f"{CANARY}-senha-{service.id}",
        "servico_wifi_password": f"{CANARY}-wifi",
        "telefones": [customer.phone],
        "emails": [customer.email] if customer.email else [],
        "endereco_logradouro": f"{CANARY}-rua",
        "endereco_cidade": CITIES[service.city],
        "servicos": _bought(view, service),
    }
