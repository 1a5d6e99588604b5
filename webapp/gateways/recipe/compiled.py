"""A recipe made ready: every template and path compiled, every word turned into what the engine runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.gateways.callback import CallbackContract
from webapp.gateways.classify import READS
from webapp.gateways.contract import (
    Limits,
    Observed,
    Operation,
    ParamSpec,
    PasswordRule,
    ProductFacts,
    RemoteState,
    Traits,
    Unit,
)
from webapp.gateways.recipe.answers import Judge, build_judge, path_getter
from webapp.gateways.recipe.expressions import Getter, Roots
from webapp.gateways.recipe.problems import Location, Problems
from webapp.gateways.recipe.render import RequestTemplate, compile_headers, compile_text, guarded
from webapp.gateways.recipe.schema import (
    AccountMap,
    Auth,
    Call,
    FindCall,
    ListCall,
    OperationCall,
    Pager,
    ProductMap,
    ProductsCall,
    RecipeWords,
)
from webapp.gateways.recipe.scope import Scope, connection_roots, page_roots, subject_roots

TextRenderer = Callable[[Scope], str]
_PASSIVE_ROOTS = frozenset({Operation.CHECK, Operation.LIST_PRODUCTS})


@dataclass(frozen=True)
class CompiledCall:
    """One operation, ready to be sent and judged."""

    request: RequestTemplate
    judge: Judge
    read_only: bool
    remote: Mapping[str, Getter]
    identity: tuple[tuple[Getter, TextRenderer], ...]
    state: Getter | None
    key_header: str | None
    items: Getter | None
    absent: Getter | None
    total: Getter | None
    pager: Pager


@dataclass(frozen=True)
class CompiledAuth:
    """How we show who we are, ready."""

    kind: str
    headers: Mapping[str, TextRenderer]
    query: Mapping[str, TextRenderer]
    username: TextRenderer
    password: TextRenderer
    call: RequestTemplate | None
    judge: Judge | None
    token: Getter | None
    lifetime: Getter | None
    lifetime_s: float
    renew_early_s: float


@dataclass(frozen=True)
class AccountReader:
    """Reads one account of an answer."""

    login: Getter | None
    reference: Getter | None
    document: Getter | None
    remote: Mapping[str, Getter]
    state: Getter | None
    states: Mapping[str, RemoteState]
    products: Getter | None

    def read(self, item: Any) -> Observed:
        """Return the account; what cannot be read is empty, an unheard-of state is ``UNKNOWN``."""
        codes = self.products(item) if self.products else None
        ids = {name: text for name, path in self.remote.items() if (text := _text(path, item))}
        return Observed(
            login=_text(self.login, item),
            state=self.state_of(self.state(item) if self.state else None),
            remote_ids=ids,
            reference=_text(self.reference, item),
            document=_text(self.document, item),
            products=tuple(sorted(map(str, codes))) if isinstance(codes, list) else None,
        )

    def state_of(self, raw: Any) -> RemoteState:
        """Translate the platform's word; a word that the recipe does not know is ``UNKNOWN``."""
        word = ("true" if raw else "false") if isinstance(raw, bool) else str(raw)
        return self.states.get(word, RemoteState.UNKNOWN)


@dataclass(frozen=True)
class ProductReader:
    """Reads one product of an answer."""

    code: Getter | None
    name: Getter | None
    description: Getter | None
    active: Getter | None

    def read(self, item: Any) -> ProductFacts:
        """Return the product; ``code`` is empty when it cannot be read. Active unless the platform says no."""
        active = self.active(item) if self.active else True
        code = _text(self.code, item)
        return ProductFacts(
            code=code,
            name=_text(self.name, item) or code,
            description=_text(self.description, item),
            active=str(active).strip().lower() not in ("false", "0", "no", "inactive"),
        )


@dataclass(frozen=True)
class Recipe:
    """A recipe, ready. Immutable; shared by threads."""

    traits: Traits
    calls: Mapping[Operation, CompiledCall]
    auth: CompiledAuth
    account: AccountReader
    product: ProductReader
    callback: CallbackContract
    defaults: Mapping[str, str]
    source: str = ""


def compile_recipe(words: RecipeWords, problems: Problems, source: str) -> Recipe:
    """Compile a recipe whose shape is right; faults in templates and paths go to ``problems``."""
    params = frozenset(words.params)
    calls = {
        operation: _compile_call(words, operation, call, params, problems)
        for operation in Operation
        if (call := words.operations.call(operation)) is not None
    }
    return Recipe(
        traits=_traits(words, frozenset(calls)),
        calls=calls,
        auth=_compile_auth(words.auth, params, problems),
        account=_account_reader(words.account, problems),
        product=_product_reader(words.product, problems),
        callback=CallbackContract(**words.callback.model_dump()),
        defaults={name: param.default for name, param in words.params.items()},
        source=source,
    )


def _traits(words: RecipeWords, capabilities: frozenset[Operation]) -> Traits:
    return Traits(
        key=words.key,
        label=words.label,
        trust=words.status,
        unit=words.unit,
        params=tuple(ParamSpec(name=name, **param.model_dump()) for name, param in words.params.items()),
        capabilities=capabilities | {Operation.CHECK},
        product_source=words.product_source,
        guarantee=words.guarantee,
        limits=Limits(**words.limits.model_dump()),
        aliases=words.aliases,
        login_fields=words.login_fields,
        login_is_key=words.login_is_key,
        password=PasswordRule(**words.password.model_dump()) if words.password else None,
        honours_key=words.honours_key,
        boolean_params=words.boolean_params,
        note=words.note,
    )


def _roots(words: RecipeWords, operation: Operation, params: frozenset[str]) -> Roots:
    if operation in _PASSIVE_ROOTS:
        return connection_roots(params)
    if operation is Operation.LIST:
        return page_roots(params)
    names = [call.remote for call in vars(words.operations).values() if isinstance(call, OperationCall)]
    remote = frozenset(name for mapping in (*names, words.account.remote) for name in mapping)
    return subject_roots(params, remote, entitlement=words.unit is Unit.ENTITLEMENT)


def _compile_call(
    words: RecipeWords, operation: Operation, call: Call, params: frozenset[str], problems: Problems
) -> CompiledCall:
    at: Location = ("operations", operation.value)
    roots = _roots(words, operation, params)
    acting = call if isinstance(call, OperationCall) else None
    declared_safe = acting.repeat_safe if acting is not None else None
    # Only a create makes a second account when it is repeated; the rest sets a state.
    safe = declared_safe if declared_safe is not None else operation is not Operation.CREATE
    listed = call if isinstance(call, FindCall | ListCall | ProductsCall) else None
    return CompiledCall(
        request=RequestTemplate(call, roots, problems, at),
        judge=build_judge(call, operation, safe, problems, at),
        read_only=operation in READS,
        remote=_paths(acting.remote, problems, (*at, "remote")) if acting else {},
        identity=_identity(acting, roots, problems, at) if acting else (),
        state=path_getter(acting.state, problems, (*at, "state")) if acting else None,
        key_header=acting.idempotency_header if acting else None,
        items=path_getter(listed.items, problems, (*at, "items")) if listed else None,
        absent=path_getter(call.absent, problems, (*at, "absent")) if isinstance(call, FindCall) else None,
        total=path_getter(call.total, problems, (*at, "total")) if isinstance(call, ListCall) else None,
        pager=call.pager if isinstance(call, ListCall) else Pager(kind="none"),
    )


def _identity(
    call: OperationCall, roots: Roots, problems: Problems, at: Location
) -> tuple[tuple[Getter, TextRenderer], ...]:
    rules = []
    for index, rule in enumerate(call.identity):
        path = path_getter(rule.path, problems, (*at, "identity", index, "path"))
        own = guarded(
            problems,
            (*at, "identity", index, "is"),
            lambda text=rule.is_: compile_text(text, roots),  # type: ignore[misc]
        )
        if path is not None:
            rules.append((path, own))
    return tuple(rules)


def _compile_auth(auth: Auth, params: frozenset[str], problems: Problems) -> CompiledAuth:
    at: Location = ("auth",)
    roots = connection_roots(params)
    request = RequestTemplate(auth.request, roots, problems, (*at, "request")) if auth.request else None
    judge = (
        build_judge(auth.request, Operation.CHECK, True, problems, (*at, "request"))
        if auth.request is not None
        else None
    )
    if auth.kind == "token" and auth.request is None:
        problems.add((*at, "request"), "recipe_word_missing", allowed="url, method, form | json")
    return CompiledAuth(
        kind=auth.kind,
        headers=compile_headers(auth.headers, roots, problems, (*at, "headers")),
        query=compile_headers(auth.query, roots, problems, (*at, "query")),
        username=guarded(problems, (*at, "username"), lambda: compile_text(auth.username, roots)),
        password=guarded(problems, (*at, "password"), lambda: compile_text(auth.password, roots)),
        call=request,
        judge=judge,
        token=path_getter(auth.token, problems, (*at, "token")),
        lifetime=path_getter(auth.lifetime, problems, (*at, "lifetime")),
        lifetime_s=auth.lifetime_s,
        renew_early_s=auth.renew_early_s,
    )


def _account_reader(words: AccountMap, problems: Problems) -> AccountReader:
    at: Location = ("account",)
    return AccountReader(
        login=path_getter(words.login, problems, (*at, "login")),
        reference=path_getter(words.reference, problems, (*at, "reference")),
        document=path_getter(words.document, problems, (*at, "document")),
        remote=_paths(words.remote, problems, (*at, "remote")),
        state=path_getter(words.state, problems, (*at, "state")),
        states=words.states,
        products=path_getter(words.products, problems, (*at, "products")),
    )


def _product_reader(words: ProductMap, problems: Problems) -> ProductReader:
    at: Location = ("product",)
    return ProductReader(
        code=path_getter(words.code, problems, (*at, "code")),
        name=path_getter(words.name, problems, (*at, "name")),
        description=path_getter(words.description, problems, (*at, "description")),
        active=path_getter(words.active, problems, (*at, "active")),
    )


def _paths(paths: Mapping[str, str], problems: Problems, at: Location) -> dict[str, Getter]:
    found = {name: path_getter(text, problems, (*at, name)) for name, text in paths.items()}
    return {name: path for name, path in found.items() if path is not None}


def _text(path: Getter | None, item: Any) -> str:
    """Return a scalar as text; numbers sent as text and text sent as numbers are the same to us."""
    value = path(item) if path else None
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
