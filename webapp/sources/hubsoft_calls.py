"""Calls to HubSoft: its log-in, kept and renewed, and errors that come with status 200."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from json import dumps
from typing import Any
from urllib.parse import urlencode

from webapp.gateways.errors import AuthFailed, GatewayError, Rejected, Unavailable
from webapp.gateways.http import HttpRequest, HttpResponse
from webapp.sources import wire
from webapp.sources.contract import SourceConnection, SourceLimits
from webapp.sources.values import Row, text

LIMITS = SourceLimits(page_size=500, pace_s=0.5, full_per_day=4, light_every_s=30)
API = "/api/v1/integracao"
LOG_IN = "/oauth/token"
# It lives 30 days; HubSoft's collection advises a new one every day, since updates there end all of them.
TOKEN_LIVES = timedelta(hours=24)
SAID_NO = "source_said_no"
_NONE_FOUND = re.compile(r"\bn[aã]o\b.*\b(encontrad|localizad)|\bnenhum", re.I)
_TOKEN = "hubsoft_token"  # noqa: S105 - a key of the cache


def get(connection: SourceConnection, path: str, query: Mapping[str, str]) -> tuple[dict[str, Any], HttpResponse]:
    """Return a successful answer.

    Raises:
        AuthFailed: the credentials, or a token fetched just now, were refused.
        Unavailable: HubSoft answered that it did not work; its words are in ``params``.
        GatewayError: as ``wire.fetch``.
    """
    token = _token(connection)
    try:
        data, response = _get(connection, path, query, token)
    except AuthFailed as error:
        if error.params.get("status") != 401:
            raise
        data, response = _get(connection, path, query, _token(connection, refused=token))
    if not isinstance(data, dict):
        raise wire.broken("source_list_missing", response, name="status")
    # "suscess" occurs: what counts is that it does not say error, and that the expected field is there.
    if data.get("status") == "error":
        refusal = wire.refused(SAID_NO, response, message=_words(data, response))
        raise Unavailable(refusal.code, params=refusal.params, exchange=refusal.exchange)
    return data, response


def found_none(error: GatewayError) -> bool:
    """Tell whether HubSoft's refusal only says that there is nobody: it words an empty answer as an error."""
    return error.code == SAID_NO and _NONE_FOUND.search(str(error.params.get("message", ""))) is not None


def log_in(connection: SourceConnection) -> None:
    """Try the credentials, whatever token is at hand, and keep the token that they bring.

    Raises:
        AuthFailed: they are wrong.
        GatewayError: as ``wire.fetch``.
    """
    _keep(connection, _fetch_token(connection))


def _get(connection: SourceConnection, path: str, query: Mapping[str, str], token: str) -> tuple[Any, HttpResponse]:
    url = f"{_base(connection)}{API}{path}?{urlencode(query)}"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    # A document that is looked for stands in the address, which is kept with a failure.
    secrets = (token, query["termo_busca"]) if query.get("busca") == "cpf_cnpj" else (token,)
    return wire.fetch_json(connection, HttpRequest("GET", url, headers, secrets=secrets), LIMITS)


def _base(connection: SourceConnection) -> str:
    return wire.base_url(connection.params["url"], API, LOG_IN)


def _token(connection: SourceConnection, refused: str = "") -> str:
    """Return a token of less than a day that is not the refused one; fetched by one process only."""
    if found := _usable(connection, refused):
        return found
    with _renewing(connection):
        # Another process may have renewed it while we waited.
        return _usable(connection, refused) or _keep(connection, _fetch_token(connection))


def _renewing(connection: SourceConnection) -> AbstractContextManager[None]:
    return nullcontext() if connection.tokens is None else connection.tokens.renewing()


def _usable(connection: SourceConnection, refused: str) -> str:
    stored = connection.tokens.load() if connection.tokens is not None else None
    for kept in (connection.cache.get(_TOKEN), stored):
        if kept is None or kept["token"] == refused:
            continue
        if connection.now() < datetime.fromisoformat(kept["renew_at"]):
            connection.cache[_TOKEN] = kept
            return str(kept["token"])
    return ""


def _keep(connection: SourceConnection, token: str) -> str:
    kept = {"token": token, "renew_at": (connection.now() + TOKEN_LIVES).isoformat()}
    connection.cache[_TOKEN] = kept
    if connection.tokens is not None:
        connection.tokens.save(kept)
    return token


def _fetch_token(connection: SourceConnection) -> str:
    params = connection.params
    names = ("client_id", "client_secret", "username", "password")
    body = dumps({"grant_type": "password", **{name: str(params.get(name, "")) for name in names}}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    request = HttpRequest("POST", f"{_base(connection)}{LOG_IN}", headers, body)
    try:
        data, response = wire.fetch_json(connection, request, LIMITS)
    except Rejected as error:
        # Log-ins of this kind may answer wrong credentials with 400 as well (RFC 6749, 5.2).
        raise AuthFailed("source_credentials_refused", params=error.params, exchange=error.exchange) from error
    token = data.get("access_token") if isinstance(data, dict) else None
    if not isinstance(token, str) or not token or not token.isprintable():
        raise AuthFailed("source_token_missing", params={"message": _words(data, response)})
    return token


def _words(data: Any, response: HttpResponse) -> str:
    """Return HubSoft's own words about a failure, masked."""
    row: Row = data if isinstance(data, dict) else {}
    errors = row.get("errors")
    more = [text(error) for error in errors] if isinstance(errors, list) else []
    return response.masked(" ".join(filter(None, [text(row.get("msg") or row.get("message")), *more])))[:200]
