"""The fake IXC: ``webservice/v1/<table>``; a list without the header ``ixcsoft: listar`` inserts a row.

Source of the shape: api-ixcprovedor.gitbook.io; what a list that finds nothing looks like is assumed.
"""

import base64
import binascii
import json
import operator
from collections.abc import Callable, Mapping
from typing import Any

from webapp.sandbox.erp.ixc_rows import TABLES, Row
from webapp.sandbox.erp.paging import page_of, total_of
from webapp.sandbox.erp.shape import HTML_TYPE, Asked, args_of, page_html, whole
from webapp.sandbox.erp.state import ErpState
from webapp.sandbox.erp.view import View, digits_of
from webapp.sandbox.stage import Result
from webapp.sandbox.wire import Request

USER_ID, TOKEN = "7", "sandbox-token"
JSON_TYPE = "text/x-json"
PATH = ["webservice", "v1"]
PAGE_MAX = 5000
DEFAULT_ROWS = 20
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class Ixc:
    """Its calls."""

    def asked(self, request: Request, rest: list[str]) -> Asked:
        """Return what a request asks for."""
        rest = rest[2:] if rest[:2] == PATH else rest
        table = rest[0] if rest else "unknown"
        args = args_of(request)
        if request.method == "PUT":
            return Asked(f"ixc.{table}", args, change="written")
        if request.method in ("POST", "GET") and request.headers.get("ixcsoft") == "listar" and len(rest) == 1:
            page = (whole(args.get("page"), 1) or 1) - 1
            return Asked(f"ixc.{table}", args, page, look=args.get("oper") == "=")
        return Asked(f"ixc.{table}", args, change="inserted" if request.method == "POST" else "written")

    def refusal(self, state: ErpState, request: Request, asked: Asked) -> Result | None:
        """Return 401 and a page for people without the right id and token."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            pair = base64.b64decode(given, validate=True).decode("utf-8", "replace")
        except binascii.Error:
            pair = ""
        good = scheme == "Basic" and pair == f"{USER_ID}:{TOKEN}" and not state.dials.token_revoked
        return None if good else page_html(401)

    def answer(self, view: View, state: ErpState, asked: Asked) -> Result:
        """Answer a list; anything else changes something."""
        table = asked.operation.partition(".")[2]
        if table not in TABLES:
            return _error(f"Recurso {table} não está disponível!")
        if asked.change:
            body = {"type": "success", "message": "Registro inserido com sucesso!", "id": "900001"}
            return _result(body, effect=asked.change)
        rows = view.once(f"ixc.{table}", lambda: TABLES[table](view))
        found = _other(rows, _chosen(rows, table, asked.args), asked, view)
        size = min(whole(asked.args.get("rp"), DEFAULT_ROWS) or DEFAULT_ROWS, PAGE_MAX)
        return _listed(page_of(found, asked.page or 0, size, view.dials), total_of(found, view.dials), asked.page or 0)

    def nothing(self, asked: Asked) -> Result:
        """Answer with a total of nought."""
        return _listed([], 0, asked.page or 0)

    def failure(self) -> Result:
        """Answer with an error and HTTP 200."""
        return _error("Ocorreu um erro ao processar. Tente novamente.")


def _result(body: Any, effect: str | None = None, rows: int = 0) -> Result:
    return Result(200, body, effect, facts={"rows": rows}, content_type=JSON_TYPE)


def _error(message: str) -> Result:
    return Result(200, {"type": "error", "message": message}, content_type=HTML_TYPE)


def _listed(rows: list[Row], total: int | None, page: int) -> Result:
    body: dict[str, Any] = {"page": str(page + 1)}
    if total is not None:
        body["total"] = str(total)
    if rows or total:
        body["registros"] = rows
    return _result(body, rows=len(rows))


def _chosen(rows: list[Row], table: str, args: Mapping[str, Any]) -> list[Row]:
    """Return the rows that meet the main filter and all of ``grid_param``, sorted as asked."""
    conditions = [(args.get("qtype", ""), args.get("oper", "="), args.get("query", ""))] if args.get("qtype") else []
    grid = json.loads(args.get("grid_param") or "[]")
    conditions += [(each["TB"], each["OP"], each["P"]) for each in grid]
    found = rows
    for name, sign, wanted in conditions:
        field = str(name).rpartition(".")[2]
        found = [row for row in found if _meets(str(row.get(field) or ""), str(sign), str(wanted))]
    order = str(args.get("sortname") or f"{table}.id").rpartition(".")[2]
    return sorted(
        found, key=lambda row: _comparable(str(row.get(order) or "")), reverse=args.get("sortorder") == "desc"
    )


def _meets(value: str, sign: str, wanted: str) -> bool:
    if sign == "L":
        return wanted.casefold() in value.casefold()
    left, right = _comparable(value), _comparable(wanted)
    if sign in ("=", "!="):
        same = left == right or bool(digits_of(value)) and digits_of(value) == digits_of(wanted)
        return same == (sign == "=")
    return COMPARE[sign](left, right)


def _comparable(text: str) -> tuple[int, int, str]:
    """Return a key by which numbers stand before words and are compared as numbers."""
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)


def _other(rows: list[Row], found: list[Row], asked: Asked, view: View) -> list[Row]:
    """Return the row after each one found, where the dials say that a look shows somebody else."""
    if not (asked.look and view.dials.find_other):
        return found
    return [rows[(rows.index(row) + 1) % len(rows)] for row in found]
