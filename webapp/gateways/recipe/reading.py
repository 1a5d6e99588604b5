"""What a recipe reads: the try-out of a connection, products, one account, all accounts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from webapp.gateways.contract import (
    CheckStep,
    Connection,
    Exchange,
    Listing,
    LookUp,
    Operation,
    Outcome,
    ProductFacts,
    ProductSource,
    RemoteState,
    Subject,
    Unit,
)
from webapp.gateways.errors import ContractBroken, GatewayError, IdentityClash, Unsupported
from webapp.gateways.recipe.answers import Answer
from webapp.gateways.recipe.compiled_calls import CompiledOperation, CompiledStep
from webapp.gateways.recipe.expressions import holds
from webapp.gateways.recipe.listing import RecipeListing
from webapp.gateways.recipe.paging import Pages, first_page
from webapp.gateways.recipe.scope import Page, Scope, connection_scope, subject_scope
from webapp.gateways.recipe.sending import Caller, applies, check_identity, matches, remote_ids


class Reader:
    """Reads from a platform as its recipe says. Without state; shared by threads."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._recipe = caller.recipe

    def check(self, conn: Connection) -> list[CheckStep]:
        """Look at the params, log in, and make one harmless call; never raises."""
        missing_param = self._recipe.missing_param(conn)
        if missing_param is not None:
            return [CheckStep("params", False, "param_missing", {"name": missing_param})]
        steps = [CheckStep("params", True)]
        tries: list[tuple[str, Callable[[], Exchange | None]]] = []
        if self._caller.auth.has_token:
            # Without its exchange: the answer holds the token under a name that is anybody's guess.
            tries.append(("credentials", lambda: self._caller.auth.renew(conn, self._passive(conn))))
        operation = self._harmless()
        if operation is not None:
            tries.append(("answer", lambda: self._perform(conn, operation, self._first_page(conn)).response.exchange))
        for name, attempt in tries:
            tried = _tried(name, attempt)
            clock = self._caller.auth.clock_step(tried.exchange, conn.now())
            # A wrong clock stands before what it explains: signatures that are refused.
            steps += [clock, tried] if clock is not None else [tried]
            if not tried.ok:
                break
        return steps

    def list_products(self, conn: Connection, subject: Subject | None = None) -> list[ProductFacts]:
        """Return the platform's products: all, those of one customer, or the one that there is.

        Raises:
            Unsupported: they are typed by hand here; or each customer has his own, and none was named.
            ContractBroken: the answer holds no list, or a product without a code.
        """
        traits = self._recipe.traits
        if traits.product_source is ProductSource.GENERIC and traits.generic_product is not None:
            return [ProductFacts(*traits.generic_product)]
        call = self._caller.operation(Operation.LIST_PRODUCTS)
        if traits.product_source is ProductSource.PER_CUSTOMER and subject is None:
            raise Unsupported("products_per_customer", params={"gateway": traits.label})
        pages = Pages(
            call, lambda page: self._perform(conn, call.operation, self._paged(conn, page, subject)), conn.sleep
        )
        products = [self._recipe.product.read(item) for items in pages for item in items]
        if reason := pages.verdict():
            raise ContractBroken(reason)
        if not all(product.code for product in products):
            raise ContractBroken("product_without_code")
        return products

    def find(self, conn: Connection, subject: Subject) -> LookUp:
        """Look the account up, or the one right. Nothing found only when the recipe's own words say so.

        Raises:
            Unsupported: the platform cannot be asked.
            IdentityClash: several accounts answer to it; a person decides.
            ContractBroken: the answer is unclear or about somebody else.
        """
        call = self._caller.operation(Operation.FIND)
        scope = self._about(conn, subject)
        learned: dict[str, str] = {}
        for step in call.steps[:-1]:
            answer = self._take_step(conn, step, scope, learned)
            if answer is not None and answer.outcome is Outcome.GONE:
                return LookUp(None, answer.response.exchange, learned)
        answer = self._caller.perform(conn, call.last.call, scope)
        exchange = answer.response.exchange
        if answer.outcome is Outcome.GONE or (call.absent is not None and holds(call.absent(answer.view))):
            return LookUp(None, exchange, learned)
        learned |= remote_ids({**(call.last.call.remote or {}), **call.remote}, answer, required=False)
        # Some platforms go on showing accounts that were cancelled: they are as good as none.
        observed = [self._recipe.account.read(item) for item in _items(call, answer, scope)]
        live = [one for one in observed if one.state is not RemoteState.ABSENT]
        if len(live) > 1:
            raise IdentityClash("several_accounts", params={"count": len(live)}, exchange=exchange)
        found = replace(live[0], remote_ids={**learned, **live[0].remote_ids}) if live else None
        return LookUp(found, exchange, learned)

    def list(self, conn: Connection, since: datetime | None = None) -> Listing:
        """Return all accounts page by page, or those that changed.

        Raises:
            Unsupported: the platform cannot list.
        """
        call = self._caller.operation(Operation.LIST if since is None else Operation.LIST_CHANGES)

        def fetch(page: Page) -> Answer:
            scope = self._paged(conn, page)
            scope.since = since
            return self._perform(conn, call.operation, scope)

        per_right = self._recipe.traits.unit is Unit.ENTITLEMENT
        changes_only = since is not None
        return RecipeListing(
            call, fetch, self._recipe.account, conn.sleep, changes_only=changes_only, per_right=per_right
        )

    def _passive(self, conn: Connection) -> Scope:
        return connection_scope(conn, self._recipe.names)

    def _about(self, conn: Connection, subject: Subject) -> Scope:
        return subject_scope(conn, self._recipe.names, subject, "")

    def _paged(self, conn: Connection, page: Page, subject: Subject | None = None) -> Scope:
        scope = self._passive(conn) if subject is None else self._about(conn, subject)
        scope.page = page
        return scope

    def _first_page(self, conn: Connection) -> Scope:
        call = self._recipe.calls.get(Operation.LIST_PRODUCTS)
        return self._paged(conn, first_page(call.pager.words) if call is not None else Page())

    def _harmless(self) -> Operation | None:
        """Return the call that shows whether the platform knows us, without a subscriber."""
        whole = self._recipe.traits.product_source is ProductSource.LIST
        asked = (Operation.CHECK, Operation.LIST_PRODUCTS) if whole else (Operation.CHECK,)
        return next((operation for operation in asked if operation in self._recipe.calls), None)

    def _perform(self, conn: Connection, operation: Operation, scope: Scope) -> Answer:
        return self._caller.perform(conn, self._caller.operation(operation).last.call, scope)

    def _take_step(
        self, conn: Connection, step: CompiledStep, scope: Scope, learned: dict[str, str]
    ) -> Answer | None:  # fmt: skip
        """Take a step before the last one; what it tells is known to the later ones. None = left out."""
        if not applies(step.when, scope):
            return None
        answer = self._caller.perform(conn, step.call, scope)
        if answer.outcome is not Outcome.GONE:
            check_identity(step.call.identity, answer.view, scope, answer.response)
            learned |= remote_ids(step.call.remote, answer, required=False)
            scope.remote = {**scope.remote, **learned}
            scope.saved |= {name: path(answer.view) for name, path in step.save.items()}
        return answer


def _tried(name: str, attempt: Callable[[], Exchange | None]) -> CheckStep:
    try:
        return CheckStep(name, True, exchange=attempt())
    except GatewayError as error:
        return CheckStep(name, False, error.code, error.params, error.exchange)


def _items(call: CompiledOperation, answer: Answer, scope: Scope) -> list[Any]:
    """Return the items that the answer is about.

    With ``match``, a list that was read and holds none of them means that there is none. Without it an
    empty list proves nothing: only ``absent`` does.
    """
    response = answer.response
    given = call.items(answer.view) if call.items else None
    items = [given] if isinstance(given, dict) else given
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ContractBroken("find_unclear", exchange=response.exchange)
    if not items and not call.match:
        raise ContractBroken("find_unclear", exchange=response.exchange)
    views = [{**answer.view, "item": item} for item in items]
    picked = [view for view in views if matches(call.match, view, scope)] if call.match else views
    for view in picked:
        check_identity(call.identity, view, scope, response)
    return [view["item"] for view in picked]
