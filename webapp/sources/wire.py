"""One polite call to an ERP: at its pace, three tries, every failure in words about a source.

An answer may hold anything about a person. What is kept of one, for somebody who must find out why it
could not be read, is therefore its shape alone: names of fields, no values.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from webapp.gateways.classify import classify, parse_json
from webapp.gateways.contract import Exchange, Operation
from webapp.gateways.errors import ContractBroken, GatewayError, Rejected, Throttled, Unavailable
from webapp.gateways.http import HttpRequest, HttpResponse
from webapp.sources.contract import Record, SourceConnection, SourceLimits
from webapp.sources.dates import read_http_date
from webapp.sources.values import Row, whole

CALLS = "calls"
TRIES = 3
LONGEST_WAIT_S = 60.0
_LAST_CALL = "last_call_at"
_SHAPE_CHARS = 2_000
_OLDEST_AGE_S = 10_000_000
# The words of these codes are about platforms; ``messages/sources_reading.py`` has them about sources.
RESTATED = frozenset(
    ("name_not_found", "connect_failed", "connect_timeout", "tls_failed", "answer_timeout", "connection_lost",
     "address_refused", "url_scheme", "url_userinfo", "url_invalid", "redirect", "server_error", "throttled",
     "credentials_refused", "platform_rejected", "endpoint_gone", "status_unexpected", "body_too_large",
     "answer_empty", "answer_html", "answer_not_json", "answer_duplicate_keys", "answer_not_utf8",
     "answer_not_a_number", "token_busy")
)  # fmt: skip
# A text, perhaps cut off, and the colon that makes a name of it.
_TEXT = re.compile(r'"(?:[^"\\]|\\.?)*(?:"|$)(\s*:)?', re.S)
_NUMBER = re.compile(r'(?<![\w"])-?\d[\d.eE+-]*')
_BETWEEN_TAGS = re.compile(r">[^<]+")


def fetch(connection: SourceConnection, request: HttpRequest, limits: SourceLimits) -> HttpResponse:
    """Send a reading request and return its 2xx answer.

    Raises:
        Unavailable, Throttled: three tries failed; try again on the schedule.
        AuthFailed: credentials; a person must look.
        ContractBroken, Rejected, EndpointGone, EgressRefused: a setting is wrong, or the ERP changed; see the code.
    """
    for tried in range(1, TRIES + 1):
        _pause(connection, limits)
        try:
            return _once(connection, request)
        except Unavailable as error:
            if tried == TRIES:
                raise
            connection.sleep(_wait_s(error, tried))
    raise AssertionError("unreachable")


def fetch_json(connection: SourceConnection, request: HttpRequest, limits: SourceLimits) -> tuple[Any, HttpResponse]:
    """Send a reading request and return the JSON of its answer; raises as ``fetch`` does."""
    response = fetch(connection, request, limits)
    try:
        return parse_json(response), response
    except GatewayError as error:
        raise restated(error) from error


def broken(code: str, response: HttpResponse, **params: Any) -> ContractBroken:
    """Return the failure of an answer that is not in the promised shape, with that shape as a sample."""
    return ContractBroken(code, params=params, exchange=sample(response))


def refused(code: str, response: HttpResponse, **params: Any) -> Rejected:
    """Return the failure of an answer in which the ERP says no."""
    return Rejected(code, params=params, exchange=sample(response))


def sample(response: HttpResponse) -> Exchange:
    """Return a call as somebody may see it: without any value of the answer."""
    return _shape_only(response.exchange)


def restated(error: GatewayError) -> GatewayError:
    """Return the same failure with a code about sources, and only the shape of what was answered."""
    if error.code in RESTATED:
        error.code = f"source_{error.code}"
        error.args = (error.code,)
    if error.exchange is not None:
        error.exchange = _shape_only(error.exchange)
    return error


def rows_of(data: Any, name: str, response: HttpResponse) -> list[Row]:
    """Return the list of that name.

    Raises:
        ContractBroken: there is none, or not of objects: the ERP changed, or it is another one.
    """
    rows = data.get(name) if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise broken("source_list_missing", response, name=name)
    return rows


def served_at(response: HttpResponse) -> datetime | None:
    """Return when the ERP's server made the answer: ``Date`` less ``Age``."""
    stated = read_http_date(response.headers.get("Date", ""))
    age_s = whole(response.headers.get("Age", "")) or 0
    return stated - timedelta(seconds=min(age_s, _OLDEST_AGE_S)) if stated else None


def record_digest(records: Iterable[Record]) -> str:
    """Return what tells one page from another: of the ids on it, in their order."""
    ids = (f"{record.customer.code}:{record.service.code if record.service else ''}" for record in records)
    return hashlib.sha256("\n".join(ids).encode("utf-8", "replace")).hexdigest()


def base_url(typed: str, *suffixes: str) -> str:
    """Return the address of an ERP as people paste it: with or without scheme, slash, or path of its API."""
    url = typed.strip().split("#")[0].split("?")[0].rstrip("/")
    url = url if "://" in url else f"https://{url}"
    for suffix in suffixes:
        head, found, _ = url.partition(suffix)
        url = head.rstrip("/") if found and urlsplit(head).netloc else url
    return url


def _once(connection: SourceConnection, request: HttpRequest) -> HttpResponse:
    connection.cache[CALLS] = connection.cache.get(CALLS, 0) + 1
    try:
        response = connection.http.send(replace(request, read_only=True))
        classify(response, repeat_safe=True, operation=Operation.LIST, now=connection.now())
    except GatewayError as error:
        raise restated(error) from error
    finally:
        connection.cache[_LAST_CALL] = connection.now()
    return response


def _pause(connection: SourceConnection, limits: SourceLimits) -> None:
    """Keep the pace: so many seconds between the end of one call and the next."""
    last: datetime | None = connection.cache.get(_LAST_CALL)
    if last is None:
        return
    waited_s = max((connection.now() - last).total_seconds(), 0.0)
    if waited_s < limits.pace_s:
        connection.sleep(limits.pace_s - waited_s)


def _wait_s(error: Unavailable, tried: int) -> float:
    asked = error.retry_after_s if isinstance(error, Throttled) else None
    return min(asked if asked is not None else float(4 ** (tried - 1)), LONGEST_WAIT_S)


def _shape_only(exchange: Exchange) -> Exchange:
    """Keep names of fields and tags of a body, and none of its values."""
    return replace(exchange, response_body=_shape(exchange.response_body)[:_SHAPE_CHARS])


def _shape(body: str) -> str:
    start = body.lstrip()[:1]
    if start == "<":
        body = _BETWEEN_TAGS.sub(">…", body)
    elif start not in ("{", "["):
        return "…" if body else ""
    return _NUMBER.sub("0", _TEXT.sub(lambda found: found[0] if found[1] else '"…"', body))
