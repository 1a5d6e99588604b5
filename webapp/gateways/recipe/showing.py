"""Shows what a recipe would send, masked, and sends nothing."""

from typing import Any

from webapp.gateways.contract import Connection, Exchange, Operation, Subject
from webapp.gateways.errors import Rejected, Unsupported
from webapp.gateways.http import HttpRequest
from webapp.gateways.recipe.compiled_calls import CompiledBatch, CompiledOperation, CompiledStep
from webapp.gateways.recipe.expressions import MissingValue
from webapp.gateways.recipe.paging import first_page
from webapp.gateways.recipe.render import missing
from webapp.gateways.recipe.scope import Placeholders, Scope, subject_scope
from webapp.gateways.recipe.sending import Caller, applies


def preview(caller: Caller, conn: Connection, operation: Operation, subject: Subject, key: str) -> Exchange:
    """Return the first change that would be sent.

    Raises:
        Unsupported: the recipe has no such operation, or nothing is sent for it.
        Rejected: a value that the call needs is missing or unfit; correct the data.
        EgressRefused: the URL is none that would be sent to.
    """
    traits = caller.recipe.traits
    sent = traits.sent_as(operation)
    if sent in traits.local:
        raise _nothing(caller, operation)
    call = caller.operation(sent)
    scope = subject_scope(conn, caller.recipe.names, subject, key)
    steps = _to_send(call, scope, subject)
    if not steps:
        raise _nothing(caller, operation)
    scope.token, scope.saved = scope.token or "(token)", Placeholders()
    scope.page, scope.since = first_page(call.pager.words), scope.now
    known = scope.remote
    try:
        scope.remote = Placeholders(known)
        return conn.http.preview(_first(caller, call, steps, scope))
    except Rejected as refusal:
        if refusal.code != "value_unfit":
            raise
        # An id that must be a number cannot be shown by its name before it is known.
        scope.remote = _Zeros(known)
        return conn.http.preview(_first(caller, call, steps, scope))


def _stands(batch: CompiledBatch, scope: Scope) -> Any:
    try:
        return batch.each(scope)
    except MissingValue as error:
        raise missing(error) from error


def _nothing(caller: Caller, operation: Operation) -> Unsupported:
    params = {"gateway": caller.recipe.traits.label, "operation": operation.value}
    return Unsupported("nothing_sent", params=params)


def _to_send(call: CompiledOperation, scope: Scope, subject: Subject) -> list[CompiledStep]:
    if call.last_only and subject.others:
        return []
    done = subject.progress.done if subject.progress.operation == call.operation else ()
    steps = [step for step in call.steps if step.name not in done and not (step.last_only and subject.others)]
    kept = [step for step in steps if applies(step.when, scope)]
    # Changes first: what is only read beforehand says little.
    return sorted(kept, key=lambda step: step.call.read_only)


class _Zeros(Placeholders):
    def __missing__(self, name: str) -> str:
        return "0"


def _first(caller: Caller, call: CompiledOperation, steps: list[CompiledStep], scope: Scope) -> HttpRequest:
    """Render the first step that can be; what builds on an answer that never came cannot."""
    if call.batch is not None:
        scope.batch = [_stands(call.batch, scope)]
    refusal: Rejected | None = None
    for step in steps:
        try:
            return caller.request(step.call, scope)
        except Rejected as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal
