"""What a status and a body mean, for every gateway alike.

A gateway first asks its own rules (a 409 may mean "already"), then ``classify``, then reads the
body with ``parse_json``, which accepts nothing that two readers could read differently.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from webapp.gateways.contract import Operation
from webapp.gateways.errors import (
    AuthFailed,
    ContractBroken,
    EndpointGone,
    GatewayError,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from webapp.gateways.http import HttpResponse

READS = frozenset({Operation.CHECK, Operation.LIST_PRODUCTS, Operation.FIND, Operation.LIST, Operation.LIST_CHANGES})
MESSAGE_CHARS = 200
_BUSY = (408, 425, 429)
_DOUBTFUL = (500, 502, 504)
# Half of a character, as whoever cuts a name by length leaves behind: no database takes it, no request can carry it.
# Passed over: a backslash that stands for itself, and both halves together.
_HALF = re.compile(r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_MESSAGE_NAMES = ("message", "mensagem", "msg", "error_description", "detail", "error", "erro", "title", "reason")
_FIELD_NAMES = ("field", "campo", "param", "property", "attribute")


def classify(response: HttpResponse, *, repeat_safe: bool, operation: Operation, now: datetime | None = None) -> None:
    """Return when the status is 2xx, raise what it means otherwise.

    Args:
        repeat_safe: the operation may be repeated whatever became of it.
        now: the present, to read a ``Retry-After`` given as a date.

    Raises:
        AuthFailed, Throttled, Rejected, EndpointGone, Unavailable, OutcomeUnknown, ContractBroken:
            see ``gateways/errors.py`` for what to do.
    """
    status = response.status
    if 200 <= status < 300:
        return
    params = {"status": status, "message": visible_message(response)}
    if status in _BUSY or (status == 503 and "Retry-After" in response.headers):
        wait = retry_after_s(response.headers, now)
        raise Throttled("throttled", retry_after_s=wait, params=params, exchange=response.exchange)
    if status in _DOUBTFUL and operation is Operation.CREATE and not repeat_safe:
        raise OutcomeUnknown("server_error", params=params, exchange=response.exchange)
    kind, code = _kind(status)
    field = visible_field(response) if kind is Rejected else None
    raise kind(code, params=params, exchange=response.exchange, field=field)


def _kind(status: int) -> tuple[type[GatewayError], str]:
    if status in (401, 403):
        return AuthFailed, "credentials_refused"
    if status == 410:
        return EndpointGone, "endpoint_gone"
    if status >= 500:
        return Unavailable, "server_error"
    if status >= 400:
        return Rejected, "platform_rejected"
    # Following could carry credentials to another host, and to one that was never checked.
    return ContractBroken, "redirect" if status >= 300 else "status_unexpected"


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return how long the platform asks to wait, in seconds, never negative; None when unreadable.

    The caller sets the upper bound: ten years are returned as ten years.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= 12:
        return float(text)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max((then - now).total_seconds(), 0.0) if now else None


def parse_json(response: HttpResponse) -> Any:
    """Return the body as JSON, strictly.

    Raises:
        ContractBroken: HTML, empty, cut off, doubled keys, invalid UTF-8, NaN; pause the integration.
    """
    body = response.body
    if not body.strip():
        raise ContractBroken("answer_empty", params={"status": response.status}, exchange=response.exchange)
    try:
        return _loads(body)
    except _Broken as error:
        code = error.code
    except UnicodeDecodeError:
        code = "answer_not_utf8"
    except (ValueError, RecursionError):
        code = "answer_html" if _looks_like_html(response) else "answer_not_json"
    raise ContractBroken(code, params={"status": response.status}, exchange=response.exchange)


def parse_text(response: HttpResponse) -> str:
    """Return the body as one plain value, such as a token.

    Raises:
        ContractBroken: empty, HTML, several lines or not UTF-8; pause the integration.
    """
    try:
        text = response.body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        text, code = "", "answer_not_utf8"
    else:
        code = "answer_empty" if not text else "answer_html" if _looks_like_html(response) else "answer_not_text"
        if code == "answer_not_text" and len(text.splitlines()) == 1:
            return text
    raise ContractBroken(code, params={"status": response.status}, exchange=response.exchange)


def read_json(response: HttpResponse) -> Any:
    """Return the body as JSON, or None when it is none: for bodies of which nothing depends."""
    try:
        return _loads(response.body) if response.body.strip() else None
    except (ValueError, RecursionError):
        return None


def visible_message(response: HttpResponse) -> str:
    """Return the platform's own words about a failure, masked and short; empty when there are none."""
    return short(response, _first(read_json(response), _MESSAGE_NAMES))


def visible_field(response: HttpResponse) -> str | None:
    """Return the name of the field that the platform complains about, where it names one."""
    value = _first(read_json(response), _FIELD_NAMES)
    return value[:60] if value else None


def short(response: HttpResponse, text: str) -> str:
    """Mask a piece of the answer and cut it to the length of a message, on one line."""
    # Cut first to spare the work, generously, so that no secret is cut in two before it is masked.
    return " ".join(response.masked(text[: MESSAGE_CHARS * 10]).split())[:MESSAGE_CHARS]


class _Broken(ValueError):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _loads(body: bytes) -> Any:
    text = body.decode("utf-8-sig")
    if "\\ud" in text or "\\uD" in text:
        text = _HALF.sub(lambda found: found[1] or "\\ufffd", text)
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _Broken("answer_duplicate_keys")
    return result


def _no_constant(text: str) -> Any:
    raise _Broken("answer_not_a_number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Broken("answer_not_a_number")
    return value


def _looks_like_html(response: HttpResponse) -> bool:
    return "html" in response.headers.get("Content-Type", "").lower() or response.body.lstrip()[:1] == b"<"


def _first(data: Any, names: tuple[str, ...], depth: int = 3) -> str:
    """Return the first text under one of the names, breadth before depth."""
    if isinstance(data, list):
        data = data[0] if data else None
    if not isinstance(data, dict) or depth == 0:
        return ""
    for name in names:
        if isinstance(data.get(name), str | int) and not isinstance(data[name], bool):
            return str(data[name])
    nested = (_first(value, names, depth - 1) for value in data.values() if isinstance(value, dict | list))
    return next(filter(None, nested), "")
