"""Sends one call of a recipe, with our credentials, and reads what its answer tells of the account."""

from collections.abc import Mapping
from typing import Any

from webapp.gateways.contract import Connection, Operation
from webapp.gateways.errors import AuthFailed, ContractBroken, IdentityClash, Rejected, Unsupported
from webapp.gateways.http import HttpRequest, HttpResponse
from webapp.gateways.recipe.answers import Answer
from webapp.gateways.recipe.auth import Authenticator
from webapp.gateways.recipe.compiled import Recipe
from webapp.gateways.recipe.compiled_calls import CompiledCall, CompiledOperation, Rules, TextRenderer
from webapp.gateways.recipe.expressions import Getter, MissingValue, UnfitValue
from webapp.gateways.recipe.render import header_value, missing
from webapp.gateways.recipe.scope import Scope

_REMOTE = "remote."
_NO = ("", "false")


class RemoteIdMissing(Rejected):
    """The platform's own id is not known yet: look it up first."""


class Caller:
    """Sends calls of one recipe. Without state; shared by threads.

    Attributes:
        auth: shows who we are; also asked when the credentials are tried.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.auth = Authenticator(recipe.auth)

    def operation(self, operation: Operation) -> CompiledOperation:
        """Return what the recipe says of an operation.

        Raises:
            Unsupported: nothing; change the configuration.
        """
        found = self.recipe.calls.get(operation)
        if found is None:
            params = {"gateway": self.recipe.traits.label, "operation": operation.value}
            raise Unsupported("operation_unsupported", params=params)
        return found

    def perform(self, conn: Connection, call: CompiledCall, scope: Scope, key: str = "") -> Answer:
        """Send once and judge; a token that was refused is renewed once, for then nothing was done there.

        Args:
            key: for the idempotency header, where it is not the scope's.

        Raises:
            RemoteIdMissing: the call names an id that is not known; look it up, then perform again.
            GatewayError: see ``gateways/errors.py``.
        """
        self.auth.attach(conn, scope)
        try:
            return self._once(conn, call, scope, key)
        except AuthFailed:
            if not self.auth.has_token:
                raise
            self.auth.renew(conn, scope)
            return self._once(conn, call, scope, key)

    def request(self, call: CompiledCall, scope: Scope, key: str = "") -> HttpRequest:
        """Render a call with its credentials.

        Raises:
            RemoteIdMissing: the call names an id that is not known.
            Rejected: another value is missing or unfit; correct the subscriber's data.
        """
        try:
            headers, query = self.auth.credentials(scope)
            if call.key_header and (key or scope.key):
                headers[call.key_header] = header_value(key or scope.key)
            request = call.request.render(scope, read_only=call.read_only, headers=headers, query=query)
            return self.auth.sign(scope, request)
        except MissingValue as error:
            raise lacking(error) from error

    def _once(self, conn: Connection, call: CompiledCall, scope: Scope, key: str) -> Answer:
        response = conn.http.send(self.request(call, scope, key))
        pick = (lambda view: pick_item(call, view, scope, response)) if call.items is not None else None
        return call.judge.judge(response, conn.now, pick)


def lacking(error: MissingValue) -> Rejected:
    """Say what a call lacks: an id that a look-up could bring, or something of the subscriber's data."""
    if error.name.startswith(_REMOTE):
        return RemoteIdMissing("remote_id_unknown", params={"name": error.name})
    return missing(error)


def applies(when: TextRenderer | None, scope: Scope) -> bool:
    """Tell whether a step is wanted; what depends on a value that is not there, such as an id, is left out.

    Raises:
        Rejected: a value is there in an impossible form; correct the subscriber's data.
    """
    if when is None:
        return True
    try:
        return when(scope).strip().lower() not in _NO
    except UnfitValue as error:
        raise missing(error) from error
    except MissingValue:
        return False


def pick_item(call: CompiledCall, view: Mapping[str, Any], scope: Scope, response: HttpResponse) -> Any:
    """Return the one element of an answer's list that the call is about; None when none is.

    Raises:
        IdentityClash: several are; a person decides.
    """
    given = call.items(view) if call.items is not None else None
    items = given if isinstance(given, list) else [given] if isinstance(given, dict) else []
    found = [item for item in items if matches(call.match, {**view, "item": item}, scope)]
    if len(found) > 1:
        raise IdentityClash("several_accounts", params={"count": len(found)}, exchange=response.exchange)
    return found[0] if found else None


def matches(rules: Rules, view: Mapping[str, Any], scope: Scope) -> bool:
    """Tell whether all rules hold; what cannot be compared does not."""
    for path, own in rules:
        theirs = path(view)
        try:
            ours = own(scope)
        except MissingValue:
            return False
        if theirs is None or not _same(theirs, ours):
            return False
    return True


def _same(theirs: Any, ours: str) -> bool:
    """Platforms send numbers as text and change the case of e-mails."""
    return str(theirs).strip().casefold() == ours.strip().casefold()


def check_identity(rules: Rules, view: Mapping[str, Any], scope: Scope, response: HttpResponse) -> int:
    """Refuse an answer about somebody else; returns how many of the rules could be compared.

    Raises:
        ContractBroken: it names another subscriber; pause the integration.
    """
    compared = 0
    for path, own in rules:
        theirs = path(view)
        try:
            ours = own(scope)
        except MissingValue:
            continue
        if theirs is None:
            continue
        if not _same(theirs, ours):
            raise ContractBroken("other_subscriber", exchange=response.exchange)
        compared += 1
    return compared


def remote_ids(paths: Mapping[str, Getter] | None, answer: Answer, *, required: bool) -> dict[str, str]:
    """Return the ids that an answer tells.

    Args:
        required: a create that went well must tell them all, else no later call finds the account.

    Raises:
        ContractBroken: one that is required is not there; pause the integration.
    """
    found = {name: path(answer.view) for name, path in (paths or {}).items()}
    if required and not all(map(is_id, found.values())):
        raise ContractBroken("remote_id_missing", exchange=answer.response.exchange)
    return {name: str(value) for name, value in found.items() if is_id(value)}


def is_id(value: Any) -> bool:
    """Tell whether a value can be an id."""
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""
