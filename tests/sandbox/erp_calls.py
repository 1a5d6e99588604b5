"""Calls to the fake ERPs as a plain caller makes them."""

import base64
from typing import Any

import requests

from webapp.sandbox.client import Erp

TIMEOUT_S = 10
Row = dict[str, Any]


def log_in(erp: Erp, **changes: str) -> requests.Response:
    """Ask the HubSoft shape for a token."""
    given = {name: value for name, value in erp.hubsoft_params().items() if name != "url"}
    body = {"grant_type": "password", **given, **changes}
    return requests.post(f"{erp.hubsoft_url}/oauth/token", json=body, timeout=TIMEOUT_S)


def hubsoft(erp: Erp, path: str, token: str = "", **query: Any) -> requests.Response:
    """Read from the HubSoft shape, with a fresh token unless one is given."""
    headers = {"Authorization": f"Bearer {token or log_in(erp).json()['access_token']}"}
    url = f"{erp.hubsoft_url}/api/v1/integracao/{path}"
    return requests.get(url, params=query, headers=headers, timeout=TIMEOUT_S)


def todos(erp: Erp, page: int = 0, size: int = 10, **query: Any) -> Row:
    """Read one page of customers, ended ones too, with their packages."""
    wanted = {"pagina": page, "itens_por_pagina": size, "cancelado": "sim", "relacoes": "pacotes", **query}
    return dict(hubsoft(erp, "cliente/todos", token_of(erp), **wanted).json())


TOKENS: dict[str, str] = {}


def token_of(erp: Erp) -> str:
    """Return one token for all calls of a test."""
    if erp.name not in TOKENS:
        TOKENS[erp.name] = log_in(erp).json()["access_token"]
    return TOKENS[erp.name]


def all_services(erp: Erp, pages: int = 4, size: int = 10) -> list[Row]:
    """Return the services of so many pages."""
    rows = [row for page in range(pages) for row in todos(erp, page, size)["clientes"]]
    return [service for row in rows for service in row["servicos"]]


def ixc(erp: Erp, table: str, **options: Any) -> requests.Response:
    """List a table of the IXC shape, with the header that makes it a list unless ``headers`` say otherwise."""
    pair = base64.b64encode(b"7:" + options.pop("token", "sandbox-token").encode()).decode()
    headers = {"Authorization": f"Basic {pair}", **options.pop("headers", {"ixcsoft": "listar"})}
    method = options.pop("method", "POST")
    body = {"qtype": f"{table}.id", "query": "0", "oper": ">", "page": "1", "rp": "1000", **options}
    return requests.request(method, f"{erp.ixc_url}/webservice/v1/{table}", json=body, headers=headers, timeout=10)


def sgp(erp: Erp, path: str, **fields: Any) -> requests.Response:
    """Ask the SGP shape, with the right token and app unless told otherwise; as a form, as its manual does."""
    body = {"token": "sandbox-token", "app": "sintonia", **fields}
    return requests.post(f"{erp.sgp_url}/api/ura/{path}/", data=body, timeout=TIMEOUT_S)
