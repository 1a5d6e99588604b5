"""One call of the log-in itself: what goes wrong in it is about us, never about a subscriber."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from webapp.gateways.contract import Connection, Exchange
from webapp.gateways.errors import (
    AuthFailed,
    ContractBroken,
    GatewayError,
    InProgress,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from webapp.gateways.http import HttpRequest
from webapp.gateways.masking import MASK
from webapp.gateways.recipe.answers import Answer
from webapp.gateways.recipe.compiled_auth import AuthCall
from webapp.gateways.recipe.expressions import MissingValue, UnfitValue
from webapp.gateways.recipe.scope import Scope

_WORD = re.compile(r"[^\s\"'<>{}\[\],;:=&]+")
# From so many characters on a word may be a token; of what we send ourselves, made of a secret.
_LONG, _LONG_SENT = 8, 16
_LONGEST_PLAIN = 30
_PLAIN_HEADERS = frozenset(
    {"content-type", "content-length", "date", "server", "retry-after", "accept", "accept-encoding"}
)
_NO_TOKEN = frozenset({"answer_empty", "answer_html", "answer_not_json", "answer_not_text", "answer_not_utf8"})
_PARAMS = "params."


def fetch(call: AuthCall, conn: Connection, scope: Scope) -> Answer:
    """Send a call of the log-in and return its answer, if it is a good one.

    Raises:
        AuthFailed: it was refused, or says nothing; stop the integration after three.
        Unavailable: no answer came; nothing changed there that matters, so retry on the schedule.
        GatewayError: see ``gateways/errors.py``. Its exchange shows no word that could be a token.
    """
    try:
        return call.judge.judge(conn.http.send(_request(call, scope)), conn.now)
    except GatewayError as error:
        raise _about_us(error) from error


def no_token(answer: Answer) -> AuthFailed:
    """Say that a log-in that went well gave nothing to show."""
    return AuthFailed("token_missing", exchange=veiled(answer.response.exchange))


def _request(call: AuthCall, scope: Scope) -> HttpRequest:
    try:
        return call.request.render(scope, read_only=True, headers={})
    except MissingValue as error:
        code = "value_unfit" if isinstance(error, UnfitValue) else "param_missing"
        raise AuthFailed(code, params={"name": error.name.removeprefix(_PARAMS)}) from error


def _about_us(error: GatewayError) -> GatewayError:
    params = dict(error.params)
    if params.get("message"):
        params["message"] = veiled_words(str(params["message"]))
    kind, code = _kind(error)
    exchange = veiled(error.exchange) if error.exchange else None
    if kind is type(error):
        error.params, error.exchange = params, exchange
        return error
    return kind(code, params=params, exchange=exchange)


def _kind(error: GatewayError) -> tuple[type[GatewayError], str]:
    if isinstance(error, Rejected):
        # What the recipe itself calls by a name keeps it, such as an address that is not allowed there.
        return AuthFailed, "credentials_refused" if error.code == "platform_rejected" else error.code
    if isinstance(error, ContractBroken) and error.code in _NO_TOKEN:
        return AuthFailed, "token_missing"
    if isinstance(error, OutcomeUnknown | InProgress):
        return Unavailable, error.code
    return type(error), error.code


def veiled(exchange: Exchange) -> Exchange:
    """Return an exchange of the log-in as it may be seen: its shape, and plain words.

    A token may stand under any name; where it was expected and not found, it is not known to the masker. What
    is sent may be made of a secret, such as a digest.
    """
    address, mark, query = exchange.url.partition("?")
    return replace(
        exchange,
        url=address + mark + veiled_words(query, _LONG_SENT),
        request_headers=_veiled_headers(exchange.request_headers, _LONG_SENT),
        request_body=veiled_words(exchange.request_body, _LONG_SENT),
        response_headers=_veiled_headers(exchange.response_headers, _LONG),
        response_body=_veiled_body(exchange.response_body),
    )


def veiled_words(text: str, long: int = _LONG) -> str:
    """Hide whatever in a text could be a token: long, and no word of a language or an error's name.

    Args:
        long: how many characters make a word suspicious.
    """

    def veil(found: re.Match[str]) -> str:
        word = found.group()
        return word if len(word) < long or _is_word(word) else MASK

    return _WORD.sub(veil, text)


def _veiled_headers(headers: Mapping[str, str], long: int) -> dict[str, str]:
    return {
        name: value if name.lower() in _PLAIN_HEADERS else veiled_words(value, long) for name, value in headers.items()
    }


def _is_word(text: str) -> bool:
    bare = re.sub(r"[_.!?()/-]", "", text)
    one_case = bare[1:].islower() or bare.isupper()
    return bare.isalpha() and one_case and len(text) <= _LONGEST_PLAIN


def _veiled_body(body: str) -> str:
    try:
        return json.dumps(_veiled_tree(json.loads(body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return veiled_words(body)


def _veiled_tree(value: Any) -> Any:
    if isinstance(value, dict):
        return {veiled_words(name): _veiled_tree(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_veiled_tree(item) for item in value]
    if isinstance(value, str):
        return veiled_words(value)
    return MASK if _is_long_number(value) else value


def _is_long_number(value: Any) -> bool:
    return isinstance(value, int | float) and len(str(value)) >= 8
