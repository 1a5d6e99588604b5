"""Calls to IXC Soft: every request is made here, and none without the header that makes it a list.

Platforms facts 4.2: without ``ixcsoft: listar`` the same request would insert a row.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any

from webapp.gateways.errors import AuthFailed, Unavailable
from webapp.gateways.http import HttpRequest, HttpResponse
from webapp.sources import wire
from webapp.sources.contract import SourceConnection, SourceLimits
from webapp.sources.values import Row, text, whole

LIMITS = SourceLimits(page_size=500, pace_s=0.3, full_per_day=6, light_every_s=30)
API = "/webservice/v1"
LIST_HEADER = ("ixcsoft", "listar")


@dataclass(frozen=True)
class Condition:
    """One condition on a column: ``=``, ``>``, ``>=``, ``<``, ``<=``."""

    column: str
    operator: str
    value: str


@dataclass(frozen=True)
class Listed:
    """One page of a table; ``total`` is of all rows that fit the conditions."""

    rows: list[Row]
    total: int
    response: HttpResponse


def list_request(
    connection: SourceConnection, table: str, conditions: Sequence[Condition], page: int, size: int
) -> HttpRequest:
    """Return the request for one page of a table, sorted by id. The only place that makes a request to IXC."""
    body = {
        "qtype": f"{table}.id", "query": "0", "oper": ">", "page": str(page), "rp": str(size),
        "sortname": f"{table}.id", "sortorder": "asc",
    }  # fmt: skip
    if conditions:
        grid = [{"TB": f"{table}.{one.column}", "OP": one.operator, "P": one.value} for one in conditions]
        body["grid_param"] = dumps(grid)
    credentials = _credentials(connection)
    headers = {
        "Authorization": f"Basic {credentials}",
        "Content-Type": "application/json",
        LIST_HEADER[0]: LIST_HEADER[1],
    }
    url = f"{wire.base_url(connection.params['url'], API)}{API}/{table}"
    # A document that is looked for stands in the body, which is kept with a failure.
    hidden = (credentials, *(one.value for one in conditions if one.column == "cnpj_cpf"))
    return HttpRequest("POST", url, headers, dumps(body).encode(), secrets=hidden)


def list_page(
    connection: SourceConnection, table: str, conditions: Sequence[Condition] = (), page: int = 1, size: int = 0
) -> Listed:
    """Return one page of a table; pages count from 1.

    Raises:
        AuthFailed: the token may not read this table.
        GatewayError: as ``wire.fetch``.
    """
    request = list_request(connection, table, conditions, page, size or LIMITS.page_size)
    data, response = wire.fetch_json(connection, request, LIMITS)
    _refuse_error(data, table, response)
    total = whole(data.get("total")) if isinstance(data, dict) else None
    if total is None:
        raise wire.broken("source_total_missing", response, name=table)
    # A list without rows comes without the field.
    rows = wire.rows_of({"registros": _registros(data)}, "registros", response)
    return Listed(rows, total, response)


def list_all(connection: SourceConnection, table: str, conditions: Sequence[Condition]) -> Iterator[Row]:
    """Yield all rows that fit; for lists of which something depends on being whole.

    Raises:
        ContractBroken: fewer or more rows came than IXC says that there are.
        GatewayError: as ``list_page``.
    """
    seen: set[str] = set()
    page = 1
    while True:
        listed = list_page(connection, table, conditions, page)
        fresh = {text(row.get("id")) for row in listed.rows} - seen
        yield from listed.rows
        seen |= fresh
        if len(seen) == listed.total:
            return
        if not fresh or len(seen) > listed.total:
            raise wire.broken("source_list_not_whole", listed.response, name=table, count=len(seen), of=listed.total)
        page += 1


def if_allowed(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows of a table that is good to have; a token that may not list it costs what stands there."""
    try:
        yield from rows
    except AuthFailed as error:
        if error.code != "source_table_refused":
            raise


def _credentials(connection: SourceConnection) -> str:
    """Return ``id:token`` as Basic wants it; IXC shows both together, so people paste them together."""
    token, user = connection.params["token"].strip(), connection.params.get("id_usuario", "").strip()
    pair = token if ":" in token or not user else f"{user}:{token}"
    return base64.b64encode(pair.encode()).decode()


def _registros(data: Any) -> Any:
    rows = data.get("registros")
    if rows is None or rows == "":
        return []
    return list(rows.values()) if isinstance(rows, dict) else rows


def _refuse_error(data: Any, table: str, response: HttpResponse) -> None:
    if not isinstance(data, dict) or data.get("type") != "error":
        return
    words = response.masked(text(data.get("message")))
    failure = wire.refused("source_said_no", response, message=words)
    if "dispon" in words.lower() or "permiss" in words.lower():
        raise AuthFailed("source_table_refused", params={"name": table, "message": words}, exchange=failure.exchange)
    raise Unavailable(failure.code, params=failure.params, exchange=failure.exchange)
