"""Who calls, what the token allows, and how often it may call."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, RateLimitItemPerMinute

from webapp.api.problems import problem
from webapp.clock import utc_now
from webapp.extensions import limiter
from webapp.models.operator import ADMIN_SCOPE, READ, SCOPES, SUBSCRIBERS, WRITE
from webapp.services import audit
from webapp.services.throttle import network_of
from webapp.services.tokens import authenticate

CALLS = RateLimitItemPerMinute(600)
# A good token passes even from an address that guesses, so nobody can lock a neighbour out.
WRONG_TOKENS = RateLimitItemPerMinute(60)
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="sintonia"'}
REFUSED = {"WWW-Authenticate": 'Bearer realm="sintonia", error="invalid_token"'}
SCOPE_ATTRIBUTE = "api_scope"
NARROW_ATTRIBUTE = "api_narrow"

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Caller:
    """The token of this request; plain values, so that no session is needed to read them."""

    id: int
    name: str
    scope: str
    integration_id: int | None = None


def needs(scope: str, *, also_subscribers: bool = False) -> Callable[[View], View]:
    """Mark a view with the scope that it asks for: ``read``, ``write`` or ``admin``.

    Args:
        also_subscribers: a token of the scope ``subscribers`` may call it, too, for its own integration: the one
            that the path names ``integration_id``.
    """

    def mark(view: View) -> View:
        setattr(view, SCOPE_ATTRIBUTE, scope)
        setattr(view, NARROW_ATTRIBUTE, also_subscribers)
        return view

    return mark


def scope_of(endpoint: str) -> str:
    """Return the scope that a view asks for; one that states none is for administrators."""
    return str(getattr(current_app.view_functions[endpoint], SCOPE_ATTRIBUTE, ADMIN_SCOPE))


def is_narrow(endpoint: str) -> bool:
    """Tell whether a token of the scope ``subscribers`` may call a view."""
    return bool(getattr(current_app.view_functions[endpoint], NARROW_ATTRIBUTE, False))


def may_administer() -> bool:
    """Tell whether the token of this request has the scope ``admin``: addresses that are secrets are for it alone."""
    caller: Caller = g.caller
    return caller.scope == ADMIN_SCOPE


def sign_in() -> Response | None:
    """Let the request pass, or refuse it; from here on, what it does is the token's doing.

    Raises:
        NotAllowed: the token may not be used from this address.
    """
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        return problem(401, "bearer_missing", headers=CHALLENGE)
    token = authenticate(text.strip(), request.remote_addr)
    if token is None:
        return _wrong_token()
    g.caller = Caller(token.id, token.name, token.scope, token.integration_id)
    g.api_actor = ExitStack()
    g.api_actor.enter_context(audit.acting_as(f"token:{token.name}"))
    return _too_many(CALLS, "api", str(token.id)) or _too_little(g.caller)


def sign_out(_error: BaseException | None) -> None:
    """End what ``sign_in`` began."""
    acting = g.pop("api_actor", None)
    if acting is not None:
        acting.close()


def add_limit_headers(response: Response) -> Response:
    """Say how many calls are left in this minute, and when it ends.

    Both ways of saying it: the old names (end in seconds since 1970), and those of the draft
    draft-ietf-httpapi-ratelimit-headers-10 (2025-09, seconds from now).
    """
    caller = g.get("caller")
    if caller is not None:
        window = limiter.limiter.get_window_stats(CALLS, "api", str(caller.id))
        left, ends = max(0, window.remaining), int(window.reset_time) + 1
        response.headers["X-RateLimit-Limit"] = str(CALLS.amount)
        response.headers["X-RateLimit-Remaining"] = str(left)
        response.headers["X-RateLimit-Reset"] = str(ends)
        response.headers["RateLimit-Policy"] = f'"minute";q={CALLS.amount};w=60'
        response.headers["RateLimit"] = f'"minute";r={left};t={max(0, ends - int(utc_now().timestamp()))}'
    return response


def _wrong_token() -> Response:
    refused = _too_many(WRONG_TOKENS, "api-token", network_of(get_remote_address()))
    return refused or problem(401, "bearer_refused", headers=REFUSED)


def _too_many(limit: RateLimitItem, *key: str) -> Response | None:
    if limiter.limiter.hit(limit, *key):
        return None
    ends = limiter.limiter.get_window_stats(limit, *key).reset_time
    seconds = max(1, int(ends - utc_now().timestamp()) + 1)
    return problem(429, "rate_limited", {"seconds": seconds}, headers={"Retry-After": str(seconds)})


def _too_little(caller: Caller) -> Response | None:
    endpoint = request.endpoint or ""
    needed = scope_of(endpoint)
    if caller.scope == SUBSCRIBERS:
        return None if is_narrow(endpoint) and _is_own(caller) else _too_narrow(caller, needed)
    if SCOPES.index(caller.scope) >= SCOPES.index(needed):
        return None
    headers = {"WWW-Authenticate": f'Bearer realm="sintonia", error="insufficient_scope", scope="{needed}"'}
    return problem(403, "scope_missing", {"needed": needed, "has": caller.scope}, headers=headers)


def _is_own(caller: Caller) -> bool:
    return (request.view_args or {}).get("integration_id") == caller.integration_id


def _too_narrow(caller: Caller, needed: str) -> Response:
    headers = {"WWW-Authenticate": f'Bearer realm="sintonia", error="insufficient_scope", scope="{needed}"'}
    return problem(403, "scope_narrow", {"integration": caller.integration_id, "needed": needed}, headers=headers)


__all__ = [
    "ADMIN_SCOPE", "READ", "WRITE", "Caller", "add_limit_headers", "is_narrow", "may_administer", "needs",
    "scope_of", "sign_in", "sign_out",
]  # fmt: skip
