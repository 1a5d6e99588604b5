"""How we show who we are, compiled."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.gateways.contract import Operation
from webapp.gateways.recipe.answers import Judge, build_judge, path_getter
from webapp.gateways.recipe.compiled_calls import TextRenderer
from webapp.gateways.recipe.expressions import Getter
from webapp.gateways.recipe.problems import Location, Problems
from webapp.gateways.recipe.render import RequestTemplate, compile_headers, compile_text, guarded
from webapp.gateways.recipe.schema import Auth, AuthCode
from webapp.gateways.recipe.schema_calls import Call
from webapp.gateways.recipe.scope import Names

FETCHING = ("token", "code")


@dataclass(frozen=True)
class AuthCall:
    """One call of the log-in itself."""

    request: RequestTemplate
    judge: Judge


@dataclass(frozen=True)
class CompiledCode:
    """Asking for a code; it comes in the answer (``inline``), or to our redirect address."""

    call: AuthCall
    inline: Getter | None
    wait_s: float
    code_field: str
    state_field: str


@dataclass(frozen=True)
class CompiledAuth:
    """How we show who we are, ready. ``lifetime_factor`` turns the stated lifetime into seconds."""

    kind: str
    headers: Mapping[str, TextRenderer]
    query: Mapping[str, TextRenderer]
    username: TextRenderer
    password: TextRenderer
    call: AuthCall | None
    token: Getter | None
    lifetime: Getter | None
    lifetime_s: float
    lifetime_factor: float
    renew_early_s: float
    keep: bool
    refresh: AuthCall | None
    refresh_token: Getter | None
    code: CompiledCode | None
    max_clock_skew_s: float | None


def compile_auth(auth: Auth, names: Names, problems: Problems) -> CompiledAuth:
    """Compile the log-in; what its kind lacks goes to ``problems``."""
    at: Location = ("auth",)
    roots = names.signature_roots() if auth.kind == "signature" else names.connection_roots()
    _check(auth, problems)
    return CompiledAuth(
        kind=auth.kind,
        headers=compile_headers(auth.headers, roots, problems, (*at, "headers")),
        query=compile_headers(auth.query, roots, problems, (*at, "query")),
        username=guarded(problems, (*at, "username"), lambda: compile_text(auth.username, roots)),
        password=guarded(problems, (*at, "password"), lambda: compile_text(auth.password, roots)),
        call=_call(auth.request, names, problems, (*at, "request")),
        token=path_getter(auth.token, problems, (*at, "token")),
        lifetime=path_getter(auth.lifetime, problems, (*at, "lifetime")),
        lifetime_s=auth.lifetime_s,
        lifetime_factor=0.001 if auth.lifetime_unit == "ms" else 1.0,
        renew_early_s=auth.renew_early_s,
        # Who alone may hold a token, or can lose the right to a next one, must not forget it at a restart.
        keep=auth.keep or auth.refresh is not None or auth.kind == "code",
        refresh=_call(auth.refresh, names, problems, (*at, "refresh")),
        refresh_token=path_getter(auth.refresh_token, problems, (*at, "refresh_token")),
        code=_code(auth.code, names, problems) if auth.code else None,
        max_clock_skew_s=auth.max_clock_skew_s,
    )


def _check(auth: Auth, problems: Problems) -> None:
    if auth.kind in FETCHING and auth.request is None:
        problems.add(("auth", "request"), "recipe_word_missing", found="-", allowed="url, method, form | json")
    if auth.kind == "code" and auth.code is None:
        problems.add(("auth", "code"), "recipe_word_missing", found="-", allowed="auth.code.request")
    if auth.refresh is not None and auth.refresh_token is None:
        problems.add(("auth", "refresh_token"), "recipe_word_missing", found="-", allowed="refresh_token")


def _call(call: Call | None, names: Names, problems: Problems, at: Location) -> AuthCall | None:
    if call is None:
        return None
    if not call.url:
        problems.add((*at, "url"), "recipe_word_missing", found="-", allowed="url")
        return None
    request = RequestTemplate(call, names.auth_roots(), problems, at)
    return AuthCall(request, build_judge(call, Operation.CHECK, problems, at, repeat_safe=True))


def _code(code: AuthCode, names: Names, problems: Problems) -> CompiledCode | None:
    at: Location = ("auth", "code")
    call = _call(code.request, names, problems, (*at, "request"))
    if call is None:
        return None
    inline = path_getter(code.inline, problems, (*at, "inline"))
    return CompiledCode(call, inline, code.wait_s, code.code_field, code.state_field)
