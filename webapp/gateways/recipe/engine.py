"""Runs a recipe: the one engine behind every platform that is only a TOML file."""

from collections.abc import Callable
from typing import Any

from webapp.gateways.contract import (
    CallbackAnswer,
    CallbackQuestion,
    CallbackRequest,
    CheckStep,
    Connection,
    Exchange,
    Listing,
    LookUp,
    Observed,
    Operation,
    Outcome,
    ProductFacts,
    RemoteState,
    Reply,
    Subject,
    Verdict,
)
from webapp.gateways.errors import (
    AuthFailed,
    ContractBroken,
    GatewayError,
    IdentityClash,
    Rejected,
    Unsupported,
)
from webapp.gateways.http import HttpRequest
from webapp.gateways.recipe.answers import ADOPT, Answer
from webapp.gateways.recipe.auth import Authenticator
from webapp.gateways.recipe.compiled import Recipe
from webapp.gateways.recipe.compiled_calls import CompiledOperation
from webapp.gateways.recipe.expressions import MissingValue, holds
from webapp.gateways.recipe.listing import RecipeListing
from webapp.gateways.recipe.render import header_value, missing
from webapp.gateways.recipe.scope import Page, Placeholders, Scope, connection_scope, subject_scope

_REMOTE = "remote."


class RecipeGateway:
    """A platform as its recipe describes it. Without state; shared by threads."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.traits = recipe.traits
        self._auth = Authenticator(recipe.auth)

    def __repr__(self) -> str:
        return f"RecipeGateway({self.traits.key})"

    def check(self, conn: Connection) -> list[CheckStep]:
        """Look at the params, log in, and make one harmless call; never raises."""
        missing_param = self.recipe.missing_param(conn)
        if missing_param is not None:
            return [CheckStep("params", False, "param_missing", {"name": missing_param})]
        steps = [CheckStep("params", True)]
        tries: list[tuple[str, Callable[[], Exchange | None]]] = []
        if self._auth.has_token:
            # Without its exchange: the answer holds the token under a name that is anybody's guess.
            tries.append(("credentials", lambda: self._auth.renew(conn, self._passive(conn))))
        operation = next((op for op in (Operation.CHECK, Operation.LIST_PRODUCTS) if op in self.recipe.calls), None)
        if operation is not None:
            tries.append(("answer", lambda: self._perform(conn, operation, self._passive(conn)).response.exchange))
        for name, attempt in tries:
            try:
                steps.append(CheckStep(name, True, exchange=attempt()))
            except GatewayError as error:
                return [*steps, CheckStep(name, False, error.code, error.params, error.exchange)]
        return steps

    def list_products(self, conn: Connection) -> list[ProductFacts]:
        """Return the platform's products.

        Raises:
            Unsupported: they are typed by hand here.
            ContractBroken: the answer holds no list, or a product without a code.
        """
        call = self._call(Operation.LIST_PRODUCTS)
        answer = self._perform(conn, Operation.LIST_PRODUCTS, self._passive(conn))
        items = call.items(answer.view) if call.items else None
        if not isinstance(items, list):
            raise ContractBroken("answer_items_missing", exchange=answer.response.exchange)
        products = [self.recipe.product.read(item) for item in items]
        if not all(product.code for product in products):
            raise ContractBroken("product_without_code", exchange=answer.response.exchange)
        return products

    def find(self, conn: Connection, subject: Subject) -> LookUp:
        """Look the account up. Nothing found only when the recipe's own predicate says so.

        Raises:
            Unsupported: the platform cannot be asked.
            IdentityClash: several accounts answer to it; a person decides.
            ContractBroken: the answer is unclear or about somebody else.
        """
        call = self._call(Operation.FIND)
        scope = self._scope(conn, subject, "")
        answer = self._perform(conn, Operation.FIND, scope)
        if answer.outcome is Outcome.GONE or (call.absent is not None and holds(call.absent(answer.view))):
            return LookUp(None, answer.response.exchange)
        items = call.items(answer.view) if call.items else None
        items = [items] if isinstance(items, dict) else items
        exchange = answer.response.exchange
        if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
            raise ContractBroken("find_unclear", exchange=exchange)
        for item in items:
            self._check_identity(call, {**answer.view, "item": item}, scope, exchange)
        # Some platforms go on showing accounts that were cancelled: they are as good as none.
        live = [seen for item in items if (seen := self.recipe.account.read(item)).state is not RemoteState.ABSENT]
        if len(live) > 1:
            raise IdentityClash("several_accounts", params={"count": len(live)}, exchange=exchange)
        return LookUp(live[0] if live else None, exchange)

    def list(self, conn: Connection) -> Listing:
        """Return all accounts, page by page.

        Raises:
            Unsupported: the platform cannot list.
        """
        call = self._call(Operation.LIST)

        def fetch(number: int) -> Answer:
            scope = self._passive(conn)
            scope.page = Page(number, call.pager.words.size)
            return self._perform(conn, Operation.LIST, scope)

        return RecipeListing(call, fetch, self.recipe.account)

    def send(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Reply:
        """Do what the recipe says for the operation.

        ``GONE`` with the state ``ABSENT`` means: the account is not there any more. ``ALREADY`` on
        create means: it was there, is ours, and may differ in password and products.

        Raises:
            IdentityClash: the log-in belongs to an account that is not ours.
            GatewayError: see ``gateways/errors.py``.
        """
        operation = self.traits.aliases.get(operation, operation)
        call = self._call(operation)
        scope = self._scope(conn, subject, key)
        learned: dict[str, str] = {}
        try:
            answer = self._perform(conn, operation, scope)
        except _RemoteIdMissing as error:
            found = self._look_up(conn, subject, error)
            if found is None:
                return Reply(Outcome.GONE, state=RemoteState.ABSENT)
            learned = dict(found.remote_ids)
            scope.remote = {**scope.remote, **learned}
            answer = self._perform(conn, operation, scope)
        if answer.outcome == ADOPT:
            return self._adopt(conn, subject, answer)
        return self._reply(call, operation, answer, scope, learned)

    def preview(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Exchange:
        """Render what ``send`` would send, masked, and send nothing."""
        operation = self.traits.aliases.get(operation, operation)
        scope = self._scope(conn, subject, key)
        scope.remote = Placeholders(scope.remote)
        scope.token = scope.token or "(token)"
        return conn.http.preview(self._request(conn, self._call(operation), scope))

    def read_callback(self, request: CallbackRequest) -> CallbackQuestion | None:
        """Read the question as the recipe says."""
        return self.recipe.callback.read(request)

    def answer_callback(self, verdict: Verdict, login: str, products: tuple[str, ...]) -> CallbackAnswer:
        """Answer as the recipe says."""
        return self.recipe.callback.answer(verdict, login, products)

    def _call(self, operation: Operation) -> CompiledOperation:
        call = self.recipe.calls.get(operation)
        if call is None:
            params = {"gateway": self.traits.label, "operation": operation.value}
            raise Unsupported("operation_unsupported", params=params)
        return call

    def _passive(self, conn: Connection) -> Scope:
        return connection_scope(conn, self.recipe.names)

    def _scope(self, conn: Connection, subject: Subject, key: str) -> Scope:
        return subject_scope(conn, self.recipe.names, subject, key)

    def _perform(self, conn: Connection, operation: Operation, scope: Scope) -> Answer:
        """Send once; a token that was refused is renewed, for then nothing was done there."""
        call = self._call(operation)
        self._auth.attach(conn, scope)
        try:
            return self._once(conn, call, scope)
        except AuthFailed:
            if not self._auth.has_token:
                raise
            self._auth.renew(conn, scope)
            return self._once(conn, call, scope)

    def _once(self, conn: Connection, call: CompiledOperation, scope: Scope) -> Answer:
        response = conn.http.send(self._request(conn, call, scope))
        return call.last.call.judge.judge(response, conn.now)

    def _request(self, conn: Connection, call: CompiledOperation, scope: Scope) -> HttpRequest:
        try:
            headers, query = self._auth.credentials(scope)
            sent = call.last.call
            if sent.key_header and scope.key:
                headers[sent.key_header] = header_value(scope.key)
            return sent.request.render(scope, read_only=sent.read_only, headers=headers, query=query)
        except MissingValue as error:
            if error.name.startswith(_REMOTE):
                raise _RemoteIdMissing("remote_id_unknown", params={"name": error.name}) from error
            raise missing(error) from error

    def _look_up(self, conn: Connection, subject: Subject, error: GatewayError) -> Observed | None:
        if Operation.FIND not in self.recipe.calls:
            raise Rejected(error.code, params=error.params)
        look_up = self.find(conn, subject)
        found, exchange = look_up.found, look_up.exchange
        if found is not None and not found.remote_ids:
            raise ContractBroken("remote_id_missing", exchange=exchange)
        if found is not None and not found.belongs_to(subject.account.reference, subject.customer.document):
            login = conn.http.masker.text(subject.account.login)
            raise IdentityClash("login_taken", params={"login": login}, exchange=exchange)
        return found

    def _adopt(self, conn: Connection, subject: Subject, answer: Answer) -> Reply:
        """The platform says that it exists: ours when the look-up finds it, else somebody else's."""
        exchange = answer.response.exchange
        found = self.find(conn, subject).found if Operation.FIND in self.recipe.calls else None
        if found is None or not found.belongs_to(subject.account.reference, subject.customer.document):
            login = answer.response.masked(subject.account.login)
            raise IdentityClash("login_taken", params={"login": login}, exchange=exchange, field="email")
        return Reply(Outcome.ALREADY, found.remote_ids, found.state, exchange)

    def _reply(
        self, call: CompiledOperation, operation: Operation, answer: Answer, scope: Scope, learned: dict[str, str]
    ) -> Reply:
        exchange = answer.response.exchange
        if answer.outcome is Outcome.GONE:
            return Reply(Outcome.GONE, learned, RemoteState.ABSENT, exchange)
        self._check_identity(call, answer.view, scope, exchange)
        ids = {name: path(answer.view) for name, path in call.remote.items()}
        if (
            operation is Operation.CREATE
            and answer.outcome is Outcome.OK
            and any(not _scalar(ids[name]) for name in ids)
        ):
            raise ContractBroken("remote_id_missing", exchange=exchange)
        learned |= {name: str(value) for name, value in ids.items() if _scalar(value)}
        state = self.recipe.account.state_of(call.state(answer.view)) if call.state else None
        return Reply(Outcome(answer.outcome), learned, state, exchange)

    def _check_identity(self, call: CompiledOperation, view: dict[str, Any], scope: Scope, exchange: Exchange) -> None:
        for path, own in call.identity:
            theirs = path(view)
            try:
                ours = own(scope)
            except MissingValue:
                continue
            if theirs is not None and str(theirs).strip().casefold() != ours.strip().casefold():
                raise ContractBroken("other_subscriber", exchange=exchange)


class _RemoteIdMissing(Rejected):
    """The platform's own id is not known yet: look it up first."""


def _scalar(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""
