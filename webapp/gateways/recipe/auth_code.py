"""A code that buys a token: asked for, and given in the answer or delivered to our redirect address."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from webapp.gateways.contract import Connection
from webapp.gateways.errors import AuthFailed
from webapp.gateways.recipe.auth_call import fetch, no_token
from webapp.gateways.recipe.compiled_auth import CompiledCode
from webapp.gateways.recipe.scope import Scope

_STATE_BYTES = 24


def fetch_code(code: CompiledCode, conn: Connection, scope: Scope) -> None:
    """Ask for a code and put it into the scope.

    The state is new every time and good for one delivery: a code that somebody else sends us is not taken.

    Raises:
        AuthFailed: none came; the platform must reach our redirect address, which must be the one that it knows.
        GatewayError: as ``auth_call.fetch``.
    """
    scope.state = secrets.token_urlsafe(_STATE_BYTES)
    scope.hidden = (*scope.hidden, scope.state)
    if conn.codes is not None:
        # Announced before it is asked for: some platforms deliver before they answer.
        conn.codes.expect(scope.state)
    answer = fetch(code.call, conn, scope)
    given = code.inline(answer.view) if code.inline else None
    scope.code = _as_code(given) or _delivered(code, conn, scope.state)
    if not scope.code.isprintable():
        raise no_token(answer)


def _as_code(given: Any) -> str:
    return str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""


def _delivered(code: CompiledCode, conn: Connection, state: str) -> str:
    if conn.codes is None:
        raise AuthFailed("code_needs_integration")
    if not conn.redirect_url:
        raise AuthFailed("redirect_url_unknown")
    came = conn.codes.wait(state, code.wait_s)
    if not came:
        # The host alone: the rest of the address is as secret as a password.
        params = {"host": urlsplit(conn.redirect_url).netloc, "seconds": round(code.wait_s)}
        raise AuthFailed("code_not_delivered", params=params)
    return str(came)
