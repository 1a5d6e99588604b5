"""Decides, for claimed accounts, the next call; records each intent before it is made."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, insert

from webapp.decide.constraints import NONE, Held, constraint_flaw
from webapp.decide.credentials import Flaw
from webapp.decide.desired import Desired, DesiredUnit, Rules, desired_state
from webapp.decide.effects import maybe_there
from webapp.decide.held import Standing, carried
from webapp.decide.outcome import after_success
from webapp.decide.policy import Content
from webapp.decide.state import UnitState
from webapp.decide.steps import NEEDS_DATA, ORDER, Hold, Step, begun, next_step
from webapp.gateways.contract import Operation, Outcome, Traits
from webapp.models import Attempt
from webapp.services import clock_watch, facts
from webapp.services.convergence import neighbours, rights, rows
from webapp.services.convergence.keeping import end_keeps
from webapp.services.convergence.parcels import Parcels
from webapp.services.convergence.quiet import Quiet
from webapp.services.convergence.work import Claim, Job, Lane, Row
from webapp.vault import Vault, VaultError

# So long an account waits for another one on the same log-in, whose call is under way.
NEIGHBOUR_S = 0.25

_ATTEMPT = Attempt.__table__
_INTENTS = insert(_ATTEMPT).returning(_ATTEMPT.c.id, _ATTEMPT.c.account_id)
log = structlog.get_logger()


@dataclass(frozen=True)
class Choice:
    """The step chosen for an account, and the unit it is for; or why there is none.

    Attributes:
        quiet_until: something waits until the calendar opens.
    """

    unit: DesiredUnit | None = None
    step: Step | None = None
    blocked: tuple[str, dict[str, Any], str] | None = None
    last: bool = False
    quiet_until: datetime | None = None


@dataclass(frozen=True)
class _Begun:
    """One call that is about to be made, and the number of the call that it goes in."""

    claim: Claim
    desired: Desired
    unit: DesiredUnit
    step: Step
    last: bool
    parcel: int


class Planner:
    """Plans one lane's claims in one transaction.

    Args:
        calls: how many calls may start; what finds no place in one stays due. None = any number.

    Attributes:
        released: how many accounts found no place.
    """

    def __init__(
        self, db_connection: Connection, vault: Vault, lane: Lane, now: datetime, today: date, calls: int | None = None
    ) -> None:
        self.released = 0
        self._parcels = Parcels(lane.gateway, lane.connection, calls)
        self._shared: dict[int, list[neighbours.Shared]] = {}
        self._rights: dict[int, list[neighbours.Right]] = {}
        self._under_way: set[tuple[int, str]] = set()
        self._stands: dict[int, Standing] = {}
        self._db = db_connection
        self._vault = vault
        self._lane = lane
        self._quiet = Quiet(lane, now, doubt=clock_watch.in_doubt(db_connection.engine))
        self._traits: Traits = lane.gateway.traits
        self._now = now
        self._today = today
        self._updates: list[Row] = []
        self._begun: list[_Begun] = []

    def plan(self, claims: list[Claim]) -> list[Job]:
        """Return the calls to make; accounts that need none are closed in the same transaction."""
        if not claims:
            return []
        wanted = self._with_neighbours(self._desired(claims))
        taken = self._taken(claims, wanted)
        for claim in claims:
            if claim.account_id in wanted:
                desired = wanted[claim.account_id]
                self._place(claim, desired, self._choose(claim, desired, claim.account_id in taken))
        claimed = {claim.account_id: claim for claim in claims}
        updates = self._traits.can(Operation.UPDATE)
        self._stands = rights.sync(self._db, claimed, wanted, self._now, updates=updates)
        end_keeps(self._db, claimed, wanted, self._now)
        jobs = self._record()
        rows.write(self._db, self._updates)
        return jobs

    def _desired(self, claims: list[Claim]) -> dict[int, Desired]:
        known = [_known(claim) for claim in claims]
        lane = self._lane
        rules = Rules(lane.follow_status, lane.status_rules, lane.connection.params, lane.status_scope)
        try:
            inputs = self._load(rules, known)
        except VaultError:
            # One sealed value that cannot be opened must not stop the others.
            inputs = self._load_each(rules, claims, known)
        return self._decide({claim.account_id: claim for claim in claims}, inputs)

    def _decide(self, claims: dict[int, Claim], inputs: dict[int, Any]) -> dict[int, Desired]:
        wanted = {}
        for account_id, one in inputs.items():
            try:
                wanted[account_id] = desired_state(one, self._vault.fingerprint)
            except Exception as error:
                # A border: one poisonous record must not hold its integration; the trace goes to the log.
                log.exception("planning.failed", account_id=account_id)
                why = "planning_failed", {"type": type(error).__name__}, ""
                self._updates.append(rows.blocked(claims[account_id], why, self._now))
        return wanted

    def _load(self, rules: Rules, known: list[facts.Known]) -> dict[int, Any]:
        lane = self._lane
        return facts.load_inputs(self._db, self._vault, lane.integration_id, self._traits, rules, known, self._today)

    def _load_each(self, rules: Rules, claims: list[Claim], known: list[facts.Known]) -> dict[int, Any]:
        inputs: dict[int, Any] = {}
        for claim, one in zip(claims, known, strict=True):
            try:
                inputs |= self._load(rules, [one])
            except VaultError:
                self._updates.append(rows.blocked(claim, ("vault_closed", {}, ""), self._now))
        return inputs

    def _with_neighbours(self, wanted: dict[int, Desired]) -> dict[int, Desired]:
        """Return the same, each knowing what else of its customer stands there, where that matters."""
        integration_id, traits = self._lane.integration_id, self._traits
        if traits.constraints != NONE:
            self._rights = neighbours.rights_of_customers(self._db, integration_id, wanted)
        if not traits.shared_users:
            return wanted
        self._shared = neighbours.shared(self._db, integration_id, wanted, self._now)
        return {
            account_id: desired.shared_with(sum(one.rights for one in self._shared[account_id]))
            for account_id, desired in wanted.items()
        }

    def _taken(self, claims: list[Claim], wanted: dict[int, Desired]) -> set[int]:
        if not self._traits.login_is_key:
            return set()
        shared_users = self._traits.shared_users
        return neighbours.taken(self._db, self._lane.integration_id, claims, wanted, shared_users=shared_users)

    def _choose(self, claim: Claim, desired: Desired, taken: bool) -> Choice:
        units = claim.units
        steps = [(unit, step) for unit in desired.units if (step := self._step(claim, units, unit)) is not None]
        steps.sort(key=lambda pair: _rank(pair[1], pair[0], self._traits))
        swaps = any(step.operation is Operation.CREATE for _unit, step in steps)
        blocked, quiet_until = None, None
        for unit, step in steps:
            have = claim.units.get(unit.key, UnitState())
            held = self._quiet.holds(unit, have, step, swaps=swaps)
            if held is not None:
                quiet_until = min(quiet_until or held, held)
                continue
            reason = self._hindrance(unit, step, taken) or self._constraint(claim, desired, unit, step)
            if reason is None:
                return Choice(unit, step, None, self._is_last(claim, desired, unit, step))
            blocked = blocked or reason
        return Choice(blocked=blocked, quiet_until=quiet_until)

    def _step(
        self, claim: Claim, units: dict[str, UnitState], unit: DesiredUnit, *, verified: bool = False
    ) -> Step | None:
        have = units.get(unit.key) or UnitState()
        verify_first = claim.verify_first and not verified
        return next_step(unit, have, self._traits, verify_first=verify_first, now=self._now)

    def _hindrance(self, unit: DesiredUnit, step: Step, taken: bool) -> tuple[str, dict[str, Any], str] | None:
        if step.operation is None:
            return None
        if not self._traits.can(step.operation):
            return "operation_unsupported", {"operation": step.operation, "gateway": self._traits.label}, ""
        if step.operation in NEEDS_DATA and unit.flaws:
            flaw = unit.flaws[0]
            return flaw.code, dict(flaw.params), flaw.field
        if step.operation is Operation.CREATE and taken:
            return "login_shared", {"login": unit.subject.account.login}, self._traits.login_fields[0]
        return None

    def _constraint(
        self, claim: Claim, desired: Desired, unit: DesiredUnit, step: Step
    ) -> tuple[str, dict[str, Any], str] | None:
        """Return which of the platform's own rules the call would break."""
        if self._traits.constraints == NONE or step.operation not in NEEDS_DATA:
            return None
        rights_there = self._rights.get(neighbours.customer_of(desired), [])
        flaw: Flaw | None = constraint_flaw(
            self._traits.constraints, unit.subject.customer.document, self._own(claim, desired, unit),
            [one.held for one in rights_there if one.counts_for(claim.account_id)],
            shared_users=self._traits.shared_users, fresh=step.operation is Operation.CREATE,
        )  # fmt: skip
        return (flaw.code, dict(flaw.params), flaw.field) if flaw is not None else None

    def _own(self, claim: Claim, desired: Desired, unit: DesiredUnit) -> list[Held]:
        """Return what the account has, with what the call adds; the basic one counts as soon as it is wanted."""
        basic = self._traits.constraints.basic_kind.casefold()
        own = neighbours.held(unit)
        for other in desired.units:
            if other.key == unit.key or other.content is Content.ABSENT:
                continue
            there = claim.units.get(other.key, UnitState()).live
            own += [one for one in neighbours.held(other) if there or (basic and one.kind.casefold() == basic)]
        return own

    def _is_last(self, claim: Claim, desired: Desired, unit: DesiredUnit, step: Step) -> bool:
        """Tell whether nothing is left to do for this generation once the call succeeds."""
        if step.operation in (None, Operation.FIND) or step.intent is None:
            return False
        have = claim.units.get(unit.key, UnitState())
        after = after_success(have, step.operation, step.intent, Outcome.OK, None)
        units = {**claim.units, unit.key: after}
        return all(self._step(claim, units, other, verified=True) is None for other in desired.units)

    def _place(self, claim: Claim, desired: Desired, choice: Choice) -> None:
        if choice.step is None:
            if choice.blocked:
                row = rows.blocked(claim, choice.blocked, self._now, desired)
                self._updates.append({**row, "due_at": choice.quiet_until})
            elif choice.quiet_until:
                self._updates.append(rows.quiet(claim, desired, choice.quiet_until, self._now))
            else:
                self._updates.append(rows.settled(claim, desired, self._now))
        elif choice.step.hold is Hold.PARK:
            self._updates.append(rows.parked(claim, desired, self._now))
        elif choice.step.hold is Hold.WAIT:
            self._updates.append(rows.freed(claim, desired, due_at=choice.step.until))
        elif choice.unit is not None:
            self._begin(claim, desired, choice.unit, choice.step, choice.last)

    def _begin(self, claim: Claim, desired: Desired, unit: DesiredUnit, step: Step, last: bool) -> None:
        """Begin a call, unless another one on the same log-in is under way, or no more may start."""
        assert step.operation is not None
        mark = (neighbours.customer_of(desired), desired.login.lower())
        if mark in self._under_way or any(one.busy for one in self._shared.get(claim.account_id, ())):
            due_at = self._now + timedelta(seconds=NEIGHBOUR_S)
            self._updates.append(rows.unleased(claim, due_at=due_at))
            return
        parcel = self._parcels.admit(step.operation, unit.subject)
        if parcel is None:
            self.released += 1
            self._updates.append(rows.unleased(claim))
            return
        if self._traits.shared_users:
            self._under_way.add(mark)
        self._begun.append(_Begun(claim, desired, unit, step, last, parcel))

    def _record(self) -> list[Job]:
        """Write the intents; from here on a crash leaves a doubt on record, never a silence."""
        if not self._begun:
            return []
        attempts = [self._attempt(one.claim, one.unit, one.step) for one in self._begun]
        # By account, of which each has one call at the most: to keep the order, SQLite would insert row by row.
        ids = {row.account_id: row.id for row in self._db.execute(_INTENTS, attempts)}
        return [self._job(one, ids[one.claim.account_id]) for one in self._begun]

    def _attempt(self, claim: Claim, unit: DesiredUnit, step: Step) -> Row:
        assert step.operation is not None
        assert step.intent is not None
        return {
            "integration_id": claim.integration_id, "account_id": claim.account_id, "operation": str(step.operation),
            "unit": unit.key, "key": step.intent.key, "generation": claim.generation, "started_at": self._now,
            "error_params": {},
        }  # fmt: skip

    def _job(self, one: _Begun, attempt_id: int) -> Job:
        unit, step = one.unit, one.step
        assert step.operation is not None
        assert step.intent is not None
        have = one.claim.units.get(unit.key, UnitState())
        if step.operation is not Operation.FIND:
            have = begun(have, step.intent, self._traits.sent_as(step.operation))
        claim = replace(one.claim, units={**one.claim.units, unit.key: have})
        self._updates.append(rows.base(claim, one.desired))
        pairs, leaves = carried(unit, step, self._stands[claim.account_id])
        return Job(
            claim, unit.key, step.operation, step.intent, unit.subject, pairs, str(one.desired.content),
            one.last, attempt_id, self._lane.gateway, self._lane.connection, one.parcel, leaves,
        )  # fmt: skip


def _known(claim: Claim) -> facts.Known:
    login = claim.login if claim.frozen or maybe_there(claim.units) else ""
    return facts.Known(claim.account_id, claim.service_id, login, claim.remote_ids, claim.units, claim.keep)


def _rank(step: Step, unit: DesiredUnit, traits: Traits) -> tuple[int, bool]:
    """Return the place in the order of calls; what others build on comes before them."""
    order = 99 if step.operation is None else ORDER.get(step.operation, 50)
    basic, sale = traits.constraints.basic_kind, unit.subject.sale
    return order, bool(basic) and sale is not None and sale.product.kind.casefold() != basic.casefold()
