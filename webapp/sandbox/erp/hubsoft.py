"""The fake HubSoft: ``api/v1/integracao`` and ``oauth/token``, with errors as HTTP 200 and misspelt fields.

Source of the shape: github.com/hubsoftbrasil/api, Postman collection of 2024-03-25.
"""

from collections.abc import Callable, Sequence
from typing import Any

from webapp.sandbox.erp.paging import page_of, total_of
from webapp.sandbox.erp.people import CITIES, Customer, Sale, Service
from webapp.sandbox.erp.shape import Asked, args_of, whole
from webapp.sandbox.erp.state import ErpState
from webapp.sandbox.erp.view import CANARY, View, digits_of
from webapp.sandbox.stage import Result
from webapp.sandbox.wire import Request

LOGIN = {
    "grant_type": "password",
    "client_id": "1",
    "client_secret": "sandbox-secret",
    "username": "hub@example.com",
    "password": "sandbox-password",
}
TOKEN_LIFE_S = 2_592_000
API = ["api", "v1", "integracao"]
PAGE_MAX = 500
STATUSES = {
    "agendado_para_instalacao": "Agendado para Instalação",
    "aguardando_assinatura_contrato": "Aguardando Assinatura de Contrato",
    "aguardando_configuracao": "Aguardando Configuração",
    "aguardando_instalacao": "Aguardando Instalação",
    "aguardando_liberacao_ti": "Aguardando Liberação TI",
    "aguardando_migracao": "Aguardando Migração",
    "cancelado": "Cancelado",
    "franquia_excedida": "Franquia Excedida",
    "inativo": "Inativo",
    "servico_habilitado": "Serviço Habilitado",
    "suspenso_debito": "Suspenso por Débito",
    "suspenso_parcialmente": "Suspenso Parcialmente",
    "suspenso_pedido_cliente": "Suspenso a Pedido do Cliente",
}
ROUTES = {
    ("GET", "cliente", "todos"): "todos",
    ("GET", "cliente"): "find",
    ("GET", "pacote", "consultar"): "packages",
    ("GET", "configuracao", "servico_status"): "statuses",
}
PEOPLE_SEARCHES: dict[str, Callable[[Customer], list[Any]]] = {
    "id_cliente": lambda one: [one.id],
    "codigo_cliente": lambda one: [one.code],
    "cpf_cnpj": lambda one: [one.document],
    "id_cliente_servico": lambda one: [service.id for service in one.services],
}
TEXT_SEARCHES: dict[str, Callable[[Customer], list[str]]] = {
    "nome_razaosocial": lambda one: [one.name],
    "login_radius": lambda one: [service.login for service in one.services],
}


class HubSoft:
    """Its calls; everything but the reading ones would change something there."""

    def asked(self, request: Request, rest: list[str]) -> Asked:
        """Return what a request asks for."""
        args = args_of(request)
        if (request.method, rest) == ("POST", ["oauth", "token"]):
            return Asked("hubsoft.token", args)
        name = ROUTES.get((request.method, *rest[3:])) if rest[:3] == API else None
        if name is None:
            changes = request.method in ("POST", "PUT", "PATCH", "DELETE") and rest[:3] == API
            return Asked("hubsoft.unknown", args, change="written" if changes else None)
        page = whole(args.get("pagina"), 0) if name in ("todos", "packages") else None
        return Asked(f"hubsoft.{name}", args, page, look=name == "find")

    def refusal(self, state: ErpState, request: Request, asked: Asked) -> Result | None:
        """Return 401 without a good token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if asked.operation == "hubsoft.token" or (scheme == "Bearer" and state.admits(token)):
            return None
        return Result(401, {"error": "Unauthenticated.", "message": "Unauthenticated."})

    def answer(self, view: View, state: ErpState, asked: Asked) -> Result:
        """Answer; whoever asks in the wrong way gets an error with HTTP 200."""
        if asked.operation == "hubsoft.token":
            return _token(state, asked)
        if asked.change:
            return Result(200, {"status": "success", "msg": "Dados gravados com sucesso"}, asked.change)
        if asked.operation in READS:
            return READS[asked.operation](view, asked)
        return Result(404, {"message": "Rota não encontrada"})

    def nothing(self, asked: Asked) -> Result:
        """Answer with success and an empty list."""
        name = "pacotes" if asked.operation == "hubsoft.packages" else "clientes"
        return _listed(name, [], asked.page or 0, 1, 0)

    def failure(self) -> Result:
        """Answer with an error and HTTP 200; ``errors`` is absent, as it may be."""
        return _error("Ocorreu um erro inesperado. Tente novamente mais tarde")


def _token(state: ErpState, asked: Asked) -> Result:
    given = {name: str(asked.args.get(name, "")) for name in LOGIN}
    if given != LOGIN or state.dials.token_revoked:
        words = {"error": "invalid_credentials", "error_description": "The user credentials were incorrect."}
        return Result(401, {**words, "message": "The user credentials were incorrect."})
    token = {"token_type": "Bearer", "expires_in": TOKEN_LIFE_S, "access_token": state.new_token()}
    return Result(200, {**token, "refresh_token": f"{CANARY}-refresh"})


def _error(message: str, *errors: str) -> Result:
    body: dict[str, Any] = {"status": "error", "msg": message}
    return Result(200, {**body, "errors": list(errors)} if errors else body)


def _listed(name: str, rows: list[Any], page: int, size: int, total: int | None) -> Result:
    paging: dict[str, Any] = {"primeira_pagina": 0, "pagina_atual": page}
    if total is not None:
        paging |= {"ultima_pagina": max(0, -(-total // size) - 1), "total_registros": total}
    body = {"status": "success", "msg": "Dados consultados com sucesso", "paginacao": paging, name: rows}
    return Result(200, body, facts={"rows": len(rows)})


def _paged(name: str, rows: list[Any], view: View, asked: Asked, row: Callable[[Any], Any]) -> Result:
    page, size = whole(asked.args.get("pagina")), whole(asked.args.get("itens_por_pagina"))
    missing = [f"O campo {name} é obrigatório" for name in ("pagina", "itens_por_pagina") if name not in asked.args]
    if page is None or size is None or not 1 <= size <= PAGE_MAX:
        return _error("Favor preencher os campos obrigatórios", *(missing or ["O campo itens_por_pagina é inválido"]))
    shown = [row(one) for one in page_of(rows, page, size, view.dials)]
    return _listed(name, shown, page, size, total_of(rows, view.dials))


def _todos(view: View, asked: Asked) -> Result:
    args = asked.args
    wanted = (args.get("cancelado", "nao"), args.get("possui_pacote"), args.get("servico_status"))
    key = f"todos {wanted} {args.get('codigo_pacote')}"
    rows = view.once(key, lambda: _chosen(view, *wanted, args.get("codigo_pacote")))
    more = str(args.get("relacoes", "")).split(",")
    return _paged("clientes", rows, view, asked, lambda pair: customer_row(view, pair[0], pair[1], more))


def _chosen(
    view: View, ended: str, with_package: str | None, status: str | None, code: str | None
) -> list[tuple[Customer, list[Service]]]:
    """Return the customers that a list shows, each with those of their services that it shows."""

    def fits(service: Service) -> bool:
        sold = [view.package(sale.package_id).code for sale in service.standing]
        return (
            (ended == "sim" or view.status(service) != "cancelado")
            and (with_package is None or bool(sold) == (with_package == "sim"))
            and (not status or view.status(service) == status)
            and (not code or code in sold)
        )

    pairs = ((one, [service for service in one.services if fits(service)]) for one in view.customers)
    return [(customer, services) for customer, services in pairs if services]


def _find(view: View, asked: Asked) -> Result:
    args = asked.args
    kind, term = str(args.get("busca", "")), str(args.get("termo_busca", ""))
    if not term or kind not in {**PEOPLE_SEARCHES, **TEXT_SEARCHES}:
        return _error("Favor preencher os campos obrigatórios", "O campo busca é inválido")
    found = view.matching(lambda one: _meets(one, kind, term))
    more = str(args.get("relacoes", "")).split(",")
    rows = []
    for customer in found[: whole(args.get("limit"), 5)]:
        services = [one for one in customer.services if _visible(view.status(one), args)]
        rows += [customer_row(view, customer, services, more)] if services else []
    if not rows:
        return _error("Nenhum cliente encontrado")
    body = {"status": "success", "msg": "Dados consultados com sucesso", "clientes": rows}
    return Result(200, body, facts={"rows": len(rows)})


def _meets(customer: Customer, kind: str, term: str) -> bool:
    if kind in TEXT_SEARCHES:
        return any(term.casefold() in word.casefold() for word in TEXT_SEARCHES[kind](customer))
    return digits_of(term) in [digits_of(str(value)) for value in PEOPLE_SEARCHES[kind](customer)]


def _visible(status: str | None, args: Any) -> bool:
    if status == "cancelado":
        return bool(args.get("cancelado", "nao") == "sim")
    inactive = args.get("inativo", "nao")
    return bool(inactive == "todos" or (status == "inativo") == (inactive == "sim"))


def _packages(view: View, asked: Asked) -> Result:
    args = asked.args
    rows = [pair for one in view.customers for pair in _sales(one, view, args)]
    return _paged("pacotes", rows, view, asked, lambda pair: _sale_row(view, *pair))


def _sales(customer: Customer, view: View, args: Any) -> list[tuple[Service, Sale]]:
    state, kind = args.get("status", "ativo"), args.get("tipo_data")
    since, until = args.get("data_inicio", ""), args.get("data_fim", "9999")
    term, by_code = str(args.get("termo_busca", "")), args.get("tipo_busca") == "codigo_pacote"
    found = []
    for service in customer.services:
        for sale in service.sales:
            moment = sale.made_at if kind == "data_cadastro" else view.changed(sale.changed_at)
            package = view.package(sale.package_id)
            fits = state == "todos" or (state == "ativo") == (sale.removed_at is None)
            fits = fits and (not kind or since <= moment.date().isoformat() <= until)
            if fits and (not term or term == (package.code if by_code else str(package.id))):
                found.append((service, sale))
    return found


def _statuses(view: View, asked: Asked) -> Result:
    rows = [
        {"id_servico_status": number, "descricao": text, "prefixo": word}
        for number, (word, text) in enumerate(STATUSES.items(), 1)
    ]
    body = {"status": "success", "msg": "Dados consultados com sucesso", "servico_status": rows}
    return Result(200, body, facts={"rows": len(rows)})


def customer_row(view: View, customer: Customer, services: list[Service], more: Sequence[str]) -> dict[str, Any]:
    """Return a customer as lists and looks show one; ``more``: the relations that were asked for."""
    return {
        "id_cliente": view.number(customer.id),
        "codigo_cliente": view.number(customer.code),
        "nome_razaosocial": customer.name,
        "nome_fantasia": None,
        "tipo_pessoa": "pf",
        "cpf_cnpj": view.document(customer.document, "digits"),
        "rg": f"{CANARY}-rg-{customer.id}",
        "telefone_primario": customer.phone,
        "telefone_secundario": None,
        "email_principal": customer.email,
        "email_secundario": f"{CANARY}.{customer.id}@example.com",
        "data_cadastro": view.moment(customer.made_at),
        "data_nascmento": None,
        "nome_mae": f"{CANARY}-mae-{customer.id}",
        "observacao": f"{CANARY}-observacao",
        "servicos": [_service_row(view, service, more) for service in services],
    }


def _service_row(view: View, service: Service, more: Sequence[str]) -> dict[str, Any]:
    plan, word = view.plan(service.plan_id), view.status(service)
    row: dict[str, Any] = {
        "id_cliente_servico": view.number(service.id),
        "id_servico": plan.id,
        "numero_plano": 0,
        "nome": plan.name,
        "valor": plan.value,
        "status": STATUSES.get(word or "", word),
        view.status_key("status_prefixo"): word,
        "login": service.login,
        "senha": f"{CANARY}-senha-{service.id}",
        "data_venda": view.day(service.made_at),
        "mac_addr": f"{CANARY}-mac",
    }
    if "pacotes" in more:
        row["pacotes"] = [_package_row(view, sale) for sale in service.standing]
    if "endereco_instalacao" in more:
        row["endereco_instalacao"] = {"completo": f"{CANARY}-rua", "cidade": CITIES[service.city], "uf": "SP"}
    return row


def _package_row(view: View, sale: Sale) -> dict[str, Any]:
    package = view.package(sale.package_id)
    return {
        "id_pacote": package.id,
        "codigo": package.code,
        "descricao": package.description,
        "valor": package.value,
        "observacoes": f"{CANARY}-observacoes",
        "data_cadastro": view.moment(sale.made_at),
    }


def _sale_row(view: View, service: Service, sale: Sale) -> dict[str, Any]:
    package = view.package(sale.package_id)
    return {
        "id_cliente_servico_pacote": sale.id,
        "id_cliente_servico": view.number(service.id),
        "id_pacote": package.id,
        "valor": package.value,
        "descricao": package.description,
        "data_cadastro": view.moment(sale.made_at),
        "deleted_at": None if sale.removed_at is None else view.stamp(sale.removed_at),
        "id_externo": None,
        "status": "habilitado" if sale.removed_at is None else "excluido",
        "status_mensagem": f"{CANARY}-mensagem",
        "em_transmissao": False,
        "data_limite": None,
        "data_atualizacao": view.stamp(sale.changed_at),
    }


READS: dict[str, Callable[[View, Asked], Result]] = {
    "hubsoft.todos": _todos,
    "hubsoft.find": _find,
    "hubsoft.packages": _packages,
    "hubsoft.statuses": _statuses,
}
