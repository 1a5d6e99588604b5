"""How a recipe shows who we are. A token is fetched once for all threads, kept, and renewed early."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.gateways.contract import Connection
from webapp.gateways.errors import AuthFailed, OutcomeUnknown, Rejected, Unavailable
from webapp.gateways.recipe.answers import Answer
from webapp.gateways.recipe.compiled_auth import CompiledAuth
from webapp.gateways.recipe.expressions import MissingValue
from webapp.gateways.recipe.render import header_value, missing, pairs
from webapp.gateways.recipe.scope import Scope

_CACHE = "recipe_token"


@dataclass(frozen=True)
class _Token:
    value: str
    renew_at: datetime

    def __repr__(self) -> str:
        return "_Token(***)"


class Authenticator:
    """Adds credentials to calls. Without state of its own: tokens live in the connection."""

    def __init__(self, auth: CompiledAuth) -> None:
        self._auth = auth

    @property
    def has_token(self) -> bool:
        """Tell whether a token is fetched before the first call."""
        return self._auth.kind == "token"

    def attach(self, conn: Connection, scope: Scope) -> None:
        """Put a valid token into the scope; fetch one when there is none."""
        if not self.has_token:
            return
        token = conn.cache.get(_CACHE)
        if token is None or conn.now() >= token.renew_at:
            self._fetch(conn, scope, stale=token)
            token = conn.cache[_CACHE]
        scope.token = token.value

    def renew(self, conn: Connection, scope: Scope) -> None:
        """Replace a token that was refused; another thread's newer one is taken over.

        Raises:
            GatewayError: no token could be had.
        """
        token = conn.cache.get(_CACHE)
        stale = token if token is not None and scope.token in ("", token.value) else None
        if stale is not None or token is None:
            self._fetch(conn, scope, stale)
        scope.token = conn.cache[_CACHE].value

    def credentials(self, scope: Scope) -> tuple[dict[str, str], str]:
        """Return headers and encoded query.

        Raises:
            MissingValue: a param that the credentials need is not there.
        """
        headers = {name: header_value(render(scope)) for name, render in self._auth.headers.items()}
        if self._auth.kind == "basic":
            pair = f"{self._auth.username(scope)}:{self._auth.password(scope)}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        return headers, pairs(self._auth.query, scope)

    def _fetch(self, conn: Connection, scope: Scope, stale: _Token | None) -> None:
        """Fetch under the connection's lock: with many threads one fetches, the others wait for it."""
        with conn.lock:
            present = conn.cache.get(_CACHE)
            if present is not None and present is not stale:
                return
            answer = self._call(conn, scope)
            value = self._auth.token(answer.view) if self._auth.token else None
            if not isinstance(value, str) or not value:
                raise AuthFailed("token_missing", exchange=answer.response.exchange)
            conn.cache[_CACHE] = _Token(value, self._renew_at(conn.now(), answer))

    def _call(self, conn: Connection, scope: Scope) -> Answer:
        # The loader refuses a token recipe without a request.
        assert self._auth.call is not None
        try:
            request = self._auth.call.request.render(scope, read_only=True, headers={})
        except MissingValue as error:
            raise missing(error) from error
        try:
            return self._auth.call.judge.judge(conn.http.send(request), conn.now)
        except Rejected as error:
            # A log-in that is refused is about us, never about the subscriber of this call.
            raise AuthFailed("credentials_refused", params=error.params, exchange=error.exchange) from error
        except OutcomeUnknown as error:
            raise Unavailable(error.code, params=error.params, exchange=error.exchange) from error

    def _renew_at(self, now: datetime, answer: Answer) -> datetime:
        stated = self._auth.lifetime(answer.view) if self._auth.lifetime else None
        try:
            seconds = float(stated) if stated is not None else self._auth.lifetime_s
        except (TypeError, ValueError):
            seconds = self._auth.lifetime_s
        # A margin longer than half the life would fetch a token for every call.
        return now + timedelta(seconds=max(seconds - min(self._auth.renew_early_s, seconds / 2), 0))
