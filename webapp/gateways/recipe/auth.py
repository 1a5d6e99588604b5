"""How a recipe shows who we are: with what stands in the params, a token, or a signature made for each call."""

import base64
import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

from webapp.gateways.contract import CheckStep, Connection, Exchange
from webapp.gateways.errors import AuthFailed, GatewayError
from webapp.gateways.http import HttpRequest
from webapp.gateways.recipe.auth_call import fetch
from webapp.gateways.recipe.auth_code import fetch_code
from webapp.gateways.recipe.auth_token import Token, read_token, token_from_kept
from webapp.gateways.recipe.compiled_auth import FETCHING, CompiledAuth
from webapp.gateways.recipe.render import header_value, pairs
from webapp.gateways.recipe.scope import RequestView, Scope

_TOKEN = "recipe_token"
_FORMER = "recipe_former_tokens"
_TRIES = "recipe_token_tries"
_FAILURE = "recipe_token_failure"
_FORMER_KEPT = 4
_PIECES = re.compile(r"[\s:,;\"]+")
_SHORTEST_PIECE = 16


class Authenticator:
    """Adds credentials to calls. Without state of its own: tokens live in the connection."""

    def __init__(self, auth: CompiledAuth) -> None:
        self._auth = auth

    @property
    def has_token(self) -> bool:
        """Tell whether a token is fetched before the first call."""
        return self._auth.kind in FETCHING

    def attach(self, conn: Connection, scope: Scope) -> None:
        """Put a valid token into the scope; fetch one when there is none.

        Raises:
            GatewayError: no token could be had; nothing was sent.
        """
        if not self.has_token:
            return
        token = conn.cache.get(_TOKEN)
        if token is None or conn.now() >= token.renew_at:
            token = self._fresh(conn, scope, token, anew=False)
        _show(conn, scope, token)

    def renew(self, conn: Connection, scope: Scope) -> None:
        """Replace a token that was refused; another thread's or process's newer one is taken over.

        With a scope that shows no token yet a new one is fetched in any case, to try the credentials.

        Raises:
            GatewayError: no token could be had.
        """
        token: Token | None = conn.cache.get(_TOKEN)
        if token is None or scope.token in ("", token.value):
            token = self._fresh(conn, scope, token, anew=not scope.token)
        _show(conn, scope, token)

    def credentials(self, scope: Scope) -> tuple[dict[str, str], str]:
        """Return headers and encoded query; nothing where they are computed from the request (``sign``).

        Raises:
            MissingValue: a param that the credentials need is not there.
        """
        if self._auth.kind == "signature":
            return {}, ""
        headers, query = self._headers(scope), pairs(self._auth.query, scope)
        if self._auth.kind == "basic":
            pair = f"{self._auth.username(scope)}:{self._auth.password(scope)}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        # A filter may have made of a secret what no masker knows, such as its base64 together with a name.
        scope.hidden = _joined(scope.hidden, _pieces([*headers.values(), *_values(query)]))
        return headers, query

    def sign(self, scope: Scope, request: HttpRequest) -> HttpRequest:
        """Return the request with what is computed from it; the same one where nothing is.

        What was computed joins ``scope.hidden``: it is as good as a password for some minutes.

        Raises:
            MissingValue: a param that the signature needs is not there.
        """
        if self._auth.kind != "signature":
            return request
        scope.request = _view(request)
        headers, query = self._headers(scope), pairs(self._auth.query, scope)
        values = [*headers.values(), *_values(query)]
        # An answer may repeat the whole, or only the digest in it.
        scope.hidden = _joined(scope.hidden, [*values, *_pieces(values)])
        url = request.url + (("&" if "?" in request.url else "?") + query if query else "")
        return replace(request, url=url, headers={**request.headers, **headers}, secrets=scope.secrets())

    def skew_s(self, headers: Mapping[str, str], now: datetime) -> float | None:
        """Return by how many seconds our clock is ahead of the platform's; None when it does not tell the time."""
        stated = next((value for name, value in headers.items() if name.lower() == "date"), "")
        try:
            theirs = parsedate_to_datetime(stated)
        except (ValueError, TypeError, IndexError):
            return None
        theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
        return (now - theirs).total_seconds()

    def clock_step(self, exchange: Exchange | None, now: datetime) -> CheckStep | None:
        """Return what an answer's ``Date`` says about our clock; None where it says nothing, or there is no limit.

        Args:
            exchange: of any answered call of the check, refused ones too: a wrong clock is why some are.
        """
        limit = self._auth.max_clock_skew_s
        skew = self.skew_s(exchange.response_headers, now) if exchange is not None else None
        if limit is None or skew is None:
            return None
        if abs(skew) <= limit:
            return CheckStep("clock", True)
        return CheckStep("clock", False, "clock_skew", {"seconds": round(abs(skew)), "limit": round(limit)})

    def _headers(self, scope: Scope) -> dict[str, str]:
        return {name: header_value(render(scope)) for name, render in self._auth.headers.items()}

    def _fresh(self, conn: Connection, scope: Scope, stale: Token | None, *, anew: bool) -> Token:
        """Get a token under the connection's lock: with many threads one fetches, the others share what it got.

        They share its failure too: a platform that locks who fails often must not be asked once per thread.
        """
        tries = conn.cache.get(_TRIES, 0)
        with conn.lock:
            present: Token | None = conn.cache.get(_TOKEN)
            if present is not None and present is not stale:
                return present
            if conn.cache.get(_TRIES, 0) != tries and (failure := conn.cache.get(_FAILURE)) is not None:
                raise copy(failure)
            try:
                token = self._get(conn, scope, stale, anew=anew)
            except GatewayError as error:
                conn.cache[_FAILURE] = copy(error)
                raise
            finally:
                conn.cache[_TRIES] = conn.cache.get(_TRIES, 0) + 1
            conn.cache[_FAILURE] = None
            return token

    def _get(self, conn: Connection, scope: Scope, stale: Token | None, *, anew: bool) -> Token:
        if conn.tokens is None or not self._auth.keep:
            return self._fetched(conn, scope, stale, stale)
        if not anew and (kept := _usable(conn, stale)) is not None:
            return _take(conn, kept, stale)
        with conn.tokens.renewing():
            # Another process may have renewed it while we waited: one more would kill that one.
            if not anew and (kept := _usable(conn, stale)) is not None:
                return _take(conn, kept, stale)
            latest = token_from_kept(conn.tokens.load()) or stale
            token = self._fetched(conn, scope, stale, latest)
            conn.tokens.save(token.kept())
            return token

    def _fetched(self, conn: Connection, scope: Scope, stale: Token | None, latest: Token | None) -> Token:
        """Fetch a token: with the refresh token where there is one, else, or when that is refused, by a log-in."""
        scope.token = latest.value if latest else ""
        scope.hidden = _joined(scope.hidden, [scope.token])
        token = self._refreshed(conn, scope, latest.refresh if latest else "")
        return _take(conn, token or self._logged_in(conn, scope), stale or latest)

    def _refreshed(self, conn: Connection, scope: Scope, refresh: str) -> Token | None:
        if self._auth.refresh is None or not refresh:
            return None
        scope.refresh_token = refresh
        try:
            answer = fetch(self._auth.refresh, conn, scope)
            return read_token(self._auth, answer, conn.now(), refresh)
        except AuthFailed:
            return None

    def _logged_in(self, conn: Connection, scope: Scope) -> Token:
        # The loader refuses a recipe that fetches a token without a request.
        assert self._auth.call is not None
        if self._auth.code is not None:
            fetch_code(self._auth.code, conn, scope)
        answer = fetch(self._auth.call, conn, scope)
        return read_token(self._auth, answer, conn.now(), "")


def _usable(conn: Connection, stale: Token | None) -> Token | None:
    """Return a kept token that is not the refused one and still good."""
    kept = token_from_kept(conn.tokens.load()) if conn.tokens is not None else None
    if kept is None or conn.now() >= kept.renew_at or (stale is not None and kept.value == stale.value):
        return None
    return kept


def _take(conn: Connection, token: Token, stale: Token | None) -> Token:
    conn.cache[_TOKEN] = token
    if stale is not None and stale.value != token.value:
        conn.cache[_FORMER] = (stale.value, *conn.cache.get(_FORMER, ()))[:_FORMER_KEPT]
    return token


def _show(conn: Connection, scope: Scope, token: Token) -> None:
    """Put a token into the scope. Former ones stay hidden: an answer may repeat one, and it may still be good."""
    scope.token = token.value
    scope.hidden = _joined(scope.hidden, conn.cache.get(_FORMER, ()))


def _joined(hidden: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return (*hidden, *(value for value in dict.fromkeys(more) if value and value not in hidden))


def _view(request: HttpRequest) -> RequestView:
    parts = urlsplit(request.url)
    body = (request.body or b"").decode("utf-8", "replace")
    return RequestView(request.method, request.url, parts.path or "/", parts.query, body)


def _values(query: str) -> list[str]:
    return [unquote(pair.partition("=")[2]) for pair in query.split("&")] if query else []


def _pieces(values: Iterable[str]) -> list[str]:
    """Return what is long enough to be made of a secret; a scheme, a name or a time is not."""
    return [piece for value in values for piece in (value, *_PIECES.split(value)) if len(piece) >= _SHORTEST_PIECE]
