"""What happens on one platform when something changes: the steps, the data, and what keeps them back.

Reads only; asks no platform. ``previews`` says what the change is.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from webapp.decide.credentials import Flaw
from webapp.decide.desired import Desired, Inputs, desired_state, lifted_by
from webapp.decide.effects import Ahead, hold_code, password_source, state_after, state_of, steps_ahead
from webapp.decide.policy import Content
from webapp.decide.state import LIVE, NONE, UnitState, load_units
from webapp.gateways.contract import Connection, Exchange, Gateway, Operation, Unit
from webapp.gateways.errors import GatewayError
from webapp.gateways.registry import UnknownGateway
from webapp.models import Account, Integration
from webapp.models.account import PARKED
from webapp.services import preview_inputs as reading
from webapp.services.buyers import Buyer, taken_problems
from webapp.services.errors import Problem
from webapp.services.facts import relevant
from webapp.services.holds import hold_of
from webapp.services.hub import current_hub
from webapp.services.preview_inputs import Scene
from webapp.services.sale_checks import INPUT_FIELDS
from webapp.vault import VaultError

Alter = Callable[[int, Inputs], Inputs]


@dataclass(frozen=True)
class Call:
    """One call that would be made; ``exchange`` is the request, masked, where it can be rendered."""

    operation: str
    product: str
    exchange: Exchange | None


@dataclass(frozen=True)
class PlatformEffect:
    """What happens on one platform.

    Attributes:
        account_id: None where there is no account yet.
        login: on the platform; ``login_fixed`` when the platform has it already.
        steps: operations in their order; empty = nothing is sent.
        products_before, products_after: names.
        state_before, state_after: of the account, words of the label kind ``content``.
        waits_code: message that says why nothing is sent now; with ``waits_params``. The steps follow later.
        problem: what would block it.
        password_field: the field that the password is made from; empty on a platform that gets none.
        password_length: characters of that field's value, without zeros in front.
        password_padded: zeros are put in front, up to ``password_minimum`` characters.
        calls: the steps one by one, with their requests.
        service_code: whose account it is, where that is another service of the customer; empty = the one looked at.
        lifted_by: code of the customer's other service whose better status counts there; empty = its own does.
    """

    integration_id: int
    integration: str
    account_id: int | None
    login: str
    steps: tuple[str, ...]
    products_before: tuple[str, ...]
    products_after: tuple[str, ...]
    waits_code: str = ""
    problem: Problem | None = None
    password_field: str = ""
    password_length: int = 0
    password_padded: bool = False
    password_minimum: int = 0
    login_fixed: bool = False
    state_before: str = "none"
    state_after: str = "none"
    waits_params: Mapping[str, Any] | None = None
    calls: tuple[Call, ...] = ()
    service_code: str = ""
    lifted_by: str = ""


def effects_on(scene: Scene, integrations: Iterable[Integration], alter: Alter) -> list[PlatformEffect]:
    """Return what happens on each of these integrations.

    Args:
        alter: makes of what stands what would stand, by integration id.
    """
    return [_effect(scene, integration, alter) for integration in integrations]


def effects_of_new_status(scene: Scene, status: str) -> list[PlatformEffect]:
    """Return what a new status of the service does: on every platform that it is on, and to the customer's other
    services where the best status of all counts.
    """

    def alter(_integration_id: int, inputs: Inputs) -> Inputs:
        return replace(inputs, service=replace(inputs.service, status=status))

    return effects_on(scene, scene.integrations().values(), alter) + _effects_beside(scene, status)


def _effects_beside(scene: Scene, status: str) -> list[PlatformEffect]:
    """Return what becomes of the customer's other services; those that nothing happens to are left out."""

    def alter(_integration_id: int, inputs: Inputs) -> Inputs:
        return replace(inputs, others={**inputs.others, scene.service.code: status})

    found = [
        replace(effect, service_code=other.service.code)
        for other in reading.scenes_beside(scene)
        for effect in effects_on(other, [account.integration for account in other.accounts.values()], alter)
    ]
    return [one for one in found if one.steps or one.state_before != one.state_after]


def without(inputs: Inputs, gone: Collection[int]) -> Inputs:
    """Return inputs in which these sales are taken off."""
    sales = (replace(sale, removed=True) if sale.id in gone else sale for sale in inputs.sales)
    return replace(inputs, sales=tuple(sales))


def distinct(integrations: Iterable[Integration | None]) -> list[Integration]:
    """Return each integration once, by id; packages without a platform have none."""
    found = {integration.id: integration for integration in integrations if integration is not None}
    return [found[integration_id] for integration_id in sorted(found)]


def _effect(scene: Scene, integration: Integration, alter: Alter) -> PlatformEffect:
    try:
        gateway, connection = reading.open_gateway(integration)
        inputs = alter(integration.id, reading.inputs_of(scene, integration, gateway, connection))
    except UnknownGateway:
        return _unreadable(scene, integration, Problem("", "gateway_missing", {"gateway": integration.gateway}))
    except VaultError:
        return _unreadable(scene, integration, Problem("", "vault_closed"))
    inputs = replace(inputs, sales=relevant(inputs.sales, inputs.units))
    desired = desired_state(inputs, current_hub().vault.fingerprint)
    account = scene.accounts.get(integration.id)
    ahead, flaw = steps_ahead(
        desired, inputs.units, inputs.traits, verify_first=account is not None and account.verify_first, now=scene.now
    )
    plain = replace(
        _unreadable(scene, integration, _problem(integration, inputs, desired, ahead, flaw)),
        login=desired.login,
        login_fixed=bool(inputs.frozen_login) and inputs.traits.unit is Unit.ACCOUNT,
        steps=tuple(str(one.operation) for one in ahead),
        products_after=_after(desired, inputs, account), state_after=state_after(desired, state_of(inputs.units)),
        calls=tuple(_call(gateway, connection, one) for one in ahead), lifted_by=lifted_by(inputs),
    )  # fmt: skip
    return _held(_with_password(plain, inputs, desired), integration, account, hold_code(inputs, desired))


def _unreadable(scene: Scene, integration: Integration, problem: Problem | None) -> PlatformEffect:
    """Return what is known without asking the gateway: what is there now."""
    account = scene.accounts.get(integration.id)
    state = state_of(load_units(account.units)) if account else NONE
    return PlatformEffect(
        integration.id, integration.description, account.id if account else None, account.login if account else "",
        (), _products_on(account) if account else (), (), problem=problem, state_before=state, state_after=state,
    )  # fmt: skip


def _products_on(account: Account) -> tuple[str, ...]:
    """Return the names of what the account has there, as far as we know."""
    behind = account.generation != account.applied_generation
    rights = (right for right in account.entitlements if right.applied in LIVE)
    return tuple(sorted({right.product.name for right in rights if behind or right.desired != Content.ABSENT}))


def _after(desired: Desired, inputs: Inputs, account: Account | None) -> tuple[str, ...]:
    if desired.content is Content.KEEP and account is not None:
        return _products_on(account)
    names: set[str] = set()
    for unit in desired.units:
        have = inputs.units.get(unit.key, UnitState())
        if unit.content is Content.ACTIVE or (unit.content is not Content.ABSENT and have.live):
            subject = unit.subject
            names |= {subject.sale.product.name} if subject.sale else {one.name for one in subject.account.products}
    return tuple(sorted(names))


def _problem(
    integration: Integration, inputs: Inputs, desired: Desired, ahead: tuple[Ahead, ...], flaw: Flaw | None
) -> Problem | None:
    if flaw is not None:
        return Problem(INPUT_FIELDS.get(flaw.field, flaw.field), flaw.code, flaw.params)
    creates = any(one.operation is Operation.CREATE for one in ahead)
    if not creates or inputs.frozen_login or inputs.traits.unit is not Unit.ACCOUNT:
        return None
    buyer = Buyer(inputs.customer, inputs.service)
    return next(iter(taken_problems(inputs.traits, integration, buyer, desired.login)), None)


def _with_password(effect: PlatformEffect, inputs: Inputs, desired: Desired) -> PlatformEffect:
    params = desired.units[0].subject.account.params if desired.units else inputs.rules.params
    source = password_source(inputs, params)
    # Where rights are sent one by one no password goes along; the platform asks us at log-in instead.
    if source is None or inputs.traits.unit is not Unit.ACCOUNT:
        return effect
    return replace(
        effect, password_field=source.field, password_length=source.length, password_padded=source.padded,
        password_minimum=source.minimum,
    )  # fmt: skip


def _held(effect: PlatformEffect, integration: Integration, account: Account | None, code: str) -> PlatformEffect:
    """Say what nothing is sent for now: the whole integration, a question to a person, or the rules."""
    hold = hold_of(integration)
    if hold is not None:
        return replace(effect, waits_code=hold.code, waits_params=hold.params)
    if account is not None and account.status == PARKED:
        return replace(effect, waits_code="account_parked", waits_params={"login": account.login})
    return replace(effect, waits_code=code, waits_params={"integration": integration.description})


def _call(gateway: Gateway, connection: Connection, ahead: Ahead) -> Call:
    sale = ahead.subject.sale
    try:
        exchange = gateway.preview(connection, ahead.operation, ahead.subject, ahead.key)
    except GatewayError:
        # What cannot be rendered is told by the problem beside it, or shows once the platform's id is known.
        exchange = None
    return Call(str(ahead.operation), sale.product.name if sale else "", exchange)
