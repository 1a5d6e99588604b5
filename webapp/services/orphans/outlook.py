"""What adopting accounts would do: worked out as convergence would, before anything is written."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.clock import utc_now
from webapp.decide.desired import Desired, Inputs, Rules, desired_state
from webapp.decide.effects import hold_code, state_after, steps_ahead
from webapp.decide.policy import Content
from webapp.decide.state import SUSPENDED, load_units
from webapp.extensions import db
from webapp.gateways.contract import Connection, Traits
from webapp.gateways.registry import UnknownGateway
from webapp.models import Account, Integration, Orphan, Service, ServicePackage
from webapp.services import facts
from webapp.services.connections import open_connection
from webapp.services.errors import Problem
from webapp.services.hub import current_hub
from webapp.services.orphans.clues import sold_services
from webapp.services.orphans.fitting import Place, Refused, Taking, check_fit, take_units
from webapp.services.orphans.owners import owners_of
from webapp.vault import VaultError

# No account has such an id; nothing is sent under it.
NO_ACCOUNT = 2**40


@dataclass(frozen=True)
class Outlook:
    """What adopting one orphan would do.

    Attributes:
        service: whose it would be; None = nobody was chosen or guessed.
        problem: why it cannot be adopted so.
        sellable: it could, once a package of the integration is sold on the service.
        state_after: what it will be there; ``steps``: operations on the way, in their order.
        loses: content is taken away by it: within the limits at once, over them after a person's approval.
        flaw: what would keep the steps back; ``waits_code``: why none comes now.
        taking: what is written into the account.
    """

    orphan: Orphan
    service: Service | None = None
    problem: Problem | None = None
    sellable: bool = False
    state_after: str = ""
    steps: tuple[str, ...] = ()
    loses: bool = False
    flaw: Problem | None = None
    waits_code: str = ""
    taking: Taking = field(default_factory=Taking)


def outlooks(orphans: Sequence[Orphan], service_id: int | None = None) -> list[Outlook]:
    """Return what adopting these would do, in their order; a few queries for each integration.

    Args:
        service_id: whose they are; None = each is taken for the service that was guessed.
    """
    by_integration: dict[int, list[Orphan]] = {}
    for one in orphans:
        by_integration.setdefault(one.integration_id, []).append(one)
    found: dict[int, Outlook] = {}
    for group in by_integration.values():
        found |= {one.orphan.id: one for one in _Scene(group, service_id).outlooks()}
    return [found[one.id] for one in orphans]


def stamp_of(found: Collection[Outlook]) -> str:
    """Return a digest of what was shown, so that exactly this is done or nothing."""
    lines = [
        [one.orphan.id, one.service.id if one.service else 0, one.state_after, one.steps, one.loses,
         one.problem.code if one.problem else ""]
        for one in sorted(found, key=lambda one: one.orphan.id)
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()[:32]


class _Scene:
    """The orphans of one integration, with the services that they may be adopted for."""

    def __init__(self, orphans: Sequence[Orphan], service_id: int | None) -> None:
        self._orphans = orphans
        self._integration: Integration = orphans[0].integration
        self._chosen = {one.id: service_id or one.guess_service_id for one in orphans}
        ids = {one for one in self._chosen.values() if one is not None}
        self._services = _services(ids)
        self._accounts = _accounts(self._integration.id, ids)
        sold = sold_services(self._integration.id).where(ServicePackage.service_id.in_(ids))
        self._sold = set(db.session.scalars(sold))
        self._owners = owners_of(self._integration.id, orphans)
        self._logins = _logins(self._integration.id, orphans)
        # What earlier ones of the same batch leave in the account of a service.
        self._taken: dict[int, Taking] = {}

    def outlooks(self) -> list[Outlook]:
        """Return one for each, in their order."""
        try:
            gateway, connection = open_connection(self._integration.id)
            inputs = self._inputs(gateway.traits, connection)
        except UnknownGateway as error:
            return self._all(Problem("", "gateway_missing", {"gateway": error.args[0]}))
        except VaultError:
            return self._all(Problem("", "vault_closed"))
        return [self._one(one, gateway.traits, inputs) for one in self._orphans]

    def _all(self, problem: Problem) -> list[Outlook]:
        return [Outlook(one, self._service_of(one), problem) for one in self._orphans]

    def _service_of(self, one: Orphan) -> Service | None:
        return self._services.get(self._chosen[one.id] or 0)

    def _inputs(self, traits: Traits, connection: Connection) -> dict[int, Inputs]:
        integration, hub = self._integration, current_hub()
        rules = Rules(integration.follow_status, integration.status_rules, connection.params, integration.status_scope)
        known = [self._known(service_id) for service_id in self._services]
        found = facts.load_inputs(
            db.session.connection(), hub.vault, integration.id, traits, rules, known, hub.today()
        )  # fmt: skip
        return {one.service.id: one for one in found.values()}

    def _known(self, service_id: int) -> facts.Known:
        account = self._accounts.get(service_id)
        if account is None:
            return facts.Known(NO_ACCOUNT + service_id, service_id, "", {}, {})
        units = load_units(account.units)
        return facts.Known(account.id, service_id, "", dict(account.remote_ids), units, account.keep_content)

    def _one(self, one: Orphan, traits: Traits, inputs: Mapping[int, Inputs]) -> Outlook:
        service = self._service_of(one)
        if service is None:
            return Outlook(one, problem=Problem("service_id", "orphan_nobody", {"login": one.login}))
        account = self._accounts.get(service.id)
        before = self._taken.get(service.id) or _standing(account)
        users = self._logins.get(one.login.lower(), [])
        place = Place(service, account, before, service.id in self._sold, self._owners.get(one.id), users)
        try:
            check_fit(one, place, traits)
            taking = take_units(one, before, inputs[service.id], traits)
        except Refused as refused:
            return Outlook(one, service, refused.problem, sellable=refused.sellable)
        return self._judged(one, service, taking, inputs[service.id], traits)

    def _judged(self, one: Orphan, service: Service, taking: Taking, inputs: Inputs, traits: Traits) -> Outlook:
        then = replace(inputs, units=taking.units, frozen_login=taking.login, remote_ids=taking.remote_ids)
        desired = desired_state(then, current_hub().vault.fingerprint)
        content = {unit.key: unit.content for unit in desired.units}
        if all(content.get(key) in (None, Content.ABSENT) for key in taking.keys):
            problem = Problem("service_id", "orphan_nothing_due", {"service": service.code})
            return Outlook(one, service, problem, sellable=service.id not in self._sold)
        losing = tuple(
            key for key in taking.keys
            if content.get(key) is Content.SUSPENDED and taking.units[key].state != SUSPENDED
        )  # fmt: skip
        taking = replace(taking, losing=losing, content=str(desired.content))
        self._taken[service.id] = taking
        return _outlook(one, service, taking, then, desired, traits)


def _outlook(
    one: Orphan, service: Service, taking: Taking, inputs: Inputs, desired: Desired, traits: Traits
) -> Outlook:
    steps, flaw = steps_ahead(desired, taking.units, traits, verify_first=False, now=utc_now())
    return Outlook(
        one, service, state_after=state_after(desired, one.state), taking=taking, loses=bool(taking.losing),
        steps=tuple(str(step.operation) for step in steps), waits_code=hold_code(inputs, desired),
        flaw=Problem(flaw.field, flaw.code, dict(flaw.params)) if flaw is not None else None,
    )  # fmt: skip


def _standing(account: Account | None) -> Taking:
    """Return what an account has already; an empty one where there is none."""
    if account is None:
        return Taking()
    return Taking(login=account.login, remote_ids=dict(account.remote_ids), units=load_units(account.units))


def _services(ids: Collection[int]) -> dict[int, Service]:
    wanted = select(Service).options(joinedload(Service.customer), joinedload(Service.plan))
    return {row.id: row for row in db.session.scalars(wanted.where(Service.id.in_(ids)))}


def _accounts(integration_id: int, service_ids: Collection[int]) -> dict[int, Account]:
    wanted = select(Account).where(Account.integration_id == integration_id, Account.service_id.in_(service_ids))
    return {row.service_id: row for row in db.session.scalars(wanted)}


def _logins(integration_id: int, orphans: Sequence[Orphan]) -> dict[str, list[tuple[int, int]]]:
    """Return, by log-in, the services and customers that use it there."""
    keys = {one.login.lower() for one in orphans if one.login}
    rows: Any = db.session.execute(
        select(Account.login_key, Account.service_id, Service.customer_id)
        .join(Service, Service.id == Account.service_id)
        .where(Account.integration_id == integration_id, Account.login_key.in_(keys))
        .where(Account.login_frozen_at.is_not(None), Account.status != "cancelled")
    )
    found: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        found.setdefault(row.login_key, []).append((row.service_id, row.customer_id))
    return found
