"""What a change would make the hub send, told before anything is changed. Pure.

The same steps as convergence takes, one after the other, each as if the platform accepted it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from webapp.decide.credentials import USER_PARAM, Flaw, field_value, password_for
from webapp.decide.desired import Desired, DesiredUnit, Inputs, counting_status
from webapp.decide.outcome import after_success, not_found
from webapp.decide.policy import NOT_PAYING, WAITING, Content
from webapp.decide.state import ABSENT, ACTIVE, NONE, PENDING_USER, SUSPENDED, UNKNOWN, UnitState
from webapp.decide.steps import NEEDS_DATA, ORDER, next_step
from webapp.gateways.contract import Operation, Outcome, Subject, Traits

MOST_STEPS = 6
_ORDER_OF_STATES = (ACTIVE, PENDING_USER, UNKNOWN, SUSPENDED, ABSENT)


@dataclass(frozen=True)
class Ahead:
    """One call that would be made; ``key`` is the idempotency key that it would carry."""

    operation: Operation
    subject: Subject
    key: str


@dataclass(frozen=True)
class PasswordSource:
    """Where a password comes from; the password itself is never told.

    Attributes:
        length: characters of the field's value, without zeros in front.
        padded: zeros are put in front, up to ``minimum`` characters.
        minimum: characters that the platform asks for; 0 = any number.
    """

    field: str
    length: int = 0
    padded: bool = False
    minimum: int = 0


def steps_ahead(
    desired: Desired, units: Mapping[str, UnitState], traits: Traits, *, verify_first: bool, now: datetime
) -> tuple[tuple[Ahead, ...], Flaw | None]:
    """Return the calls that bring an account to what is desired, and what would block it.

    A look-up is taken to find nothing: then comes what it prepares.
    """
    found: list[Ahead] = []
    hindrance: Flaw | None = None
    for unit in desired.units:
        calls, flaw = _of_unit(unit, units.get(unit.key, UnitState()), traits, verify_first, now)
        found += calls
        hindrance = hindrance or flaw
    found.sort(key=lambda ahead: ORDER.get(ahead.operation, len(ORDER)))
    return tuple(found), hindrance


def state_of(units: Mapping[str, UnitState]) -> str:
    """Return what an account is on the platform now: its most alive unit; ``none`` = nothing was sent yet."""
    states = {unit.state for unit in units.values()}
    return next((state for state in _ORDER_OF_STATES if state in states), NONE)


def state_after(desired: Desired, before: str) -> str:
    """Return what the account will be: content that is only kept, or that nothing is made for, stays as it was."""
    content = desired.content
    if content is Content.KEEP or (content is not Content.ACTIVE and before == NONE):
        return before
    return str(content)


def hold_code(inputs: Inputs, desired: Desired) -> str:
    """Return the message that says why nothing is sent for this account; empty when nothing holds it."""
    content, live = desired.content, any(unit.live for unit in inputs.units.values())
    if content is Content.SUSPENDED and not live:
        return "waits_suspended"
    if content is Content.KEEP:
        return _kept(inputs, live)
    ahead = [sale for sale in inputs.sales if not sale.removed and sale.starts_on and sale.starts_on > inputs.today]
    return "waits_day" if content is Content.ABSENT and ahead and not live else ""


def password_source(inputs: Inputs, params: Mapping[str, str]) -> PasswordSource | None:
    """Return where the password comes from; None on a platform that gets none.

    Args:
        params: sale params over integration params.
    """
    rule = inputs.traits.password
    if rule is None:
        return None
    name = params.get(USER_PARAM, "").strip() or rule.default_field
    bare = len(field_value(name, inputs.customer, inputs.service).strip())
    made = password_for(rule, params, inputs.customer, inputs.service)
    padded = not isinstance(made, Flaw) and bare < len(made)
    return PasswordSource(name, bare, padded, rule.min_length)


def maybe_there(units: Mapping[str, UnitState]) -> bool:
    """Tell whether a create is in doubt or half done: the log-in that was sent is then the one that counts."""
    return any(unit.maybe_there for unit in units.values())


def _kept(inputs: Inputs, live: bool) -> str:
    status = counting_status(inputs)
    if status in inputs.rules.status_rules:
        return "waits_rule"
    if status in WAITING:
        return "waits_delivery_kept" if live else "waits_delivery"
    return "waits_follow_status" if status in NOT_PAYING and not inputs.rules.follow_status else "waits_rule"


def _of_unit(
    unit: DesiredUnit, have: UnitState, traits: Traits, verify_first: bool, now: datetime
) -> tuple[list[Ahead], Flaw | None]:
    calls: list[Ahead] = []
    while len(calls) < MOST_STEPS:
        step = next_step(unit, have, traits, verify_first=verify_first, now=now)
        if step is None or step.operation is None or step.intent is None:
            # A person is asked about an account in doubt; whoever shows this says so from its status.
            return calls, None
        flaw = _flaw(unit, step.operation, traits)
        if flaw is not None:
            return calls, flaw
        calls.append(Ahead(step.operation, unit.subject, step.intent.key))
        if step.operation is Operation.FIND:
            have, verify_first = not_found(have, same_key=False), False
        else:
            have = after_success(have, step.operation, step.intent, Outcome.OK, None)
    return calls, None


def _flaw(unit: DesiredUnit, operation: Operation, traits: Traits) -> Flaw | None:
    if not traits.can(operation):
        return Flaw("", "operation_unsupported", {"operation": str(operation), "gateway": traits.label})
    return unit.flaws[0] if operation in NEEDS_DATA and unit.flaws else None


def without_param(inputs: Inputs, name: str) -> Inputs:
    """Return the inputs with one sale param taken away, such as the former holder's e-mail."""
    sales = (replace(sale, params={key: value for key, value in sale.params.items() if key != name})
             for sale in inputs.sales)  # fmt: skip
    return replace(inputs, sales=tuple(sales))
