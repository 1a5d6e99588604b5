"""Decides, for claimed accounts, the next call; records each intent before it is made."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, insert, select

from webapp.decide.desired import Desired, DesiredUnit, Rules, desired_state
from webapp.decide.outcome import after_success
from webapp.decide.state import UnitState
from webapp.decide.steps import NEEDS_DATA, ORDER, Hold, Step, begun, next_step
from webapp.gateways.contract import Operation, Outcome, Traits
from webapp.models import Account, Attempt
from webapp.services import facts
from webapp.services.convergence import rights, rows
from webapp.services.convergence.work import Claim, Job, Lane, Row
from webapp.vault import Vault, VaultError

_ACCOUNT, _ATTEMPT = Account.__table__, Attempt.__table__
log = structlog.get_logger()


@dataclass(frozen=True)
class Choice:
    """The step chosen for an account, and the unit it is for; or why there is none."""

    unit: DesiredUnit | None = None
    step: Step | None = None
    blocked: tuple[str, dict[str, Any], str] | None = None
    last: bool = False


class Planner:
    """Plans one lane's claims in one transaction."""

    def __init__(self, db_connection: Connection, vault: Vault, lane: Lane, now: datetime, today: date) -> None:
        self._db = db_connection
        self._vault = vault
        self._lane = lane
        self._traits: Traits = lane.gateway.traits
        self._now = now
        self._today = today
        self._updates: list[Row] = []
        self._begun: list[tuple[Claim, Desired, DesiredUnit, Step, bool]] = []

    def plan(self, claims: list[Claim]) -> list[Job]:
        """Return the calls to make; accounts that need none are closed in the same transaction."""
        if not claims:
            return []
        wanted = self._desired(claims)
        taken = self._taken_logins(claims, wanted)
        for claim in claims:
            if claim.account_id in wanted:
                desired = wanted[claim.account_id]
                self._place(claim, desired, self._choose(claim, desired, desired.login.lower() in taken))
        rights.sync(self._db, {claim.account_id: claim for claim in claims}, wanted, self._now)
        jobs = self._record()
        rows.write(self._db, self._updates)
        return jobs

    def _desired(self, claims: list[Claim]) -> dict[int, Desired]:
        known = [
            facts.Known(claim.account_id, claim.service_id, claim.login if claim.frozen or _maybe_there(claim) else "",
                        claim.remote_ids, claim.units)
            for claim in claims
        ]  # fmt: skip
        rules = Rules(self._lane.follow_status, self._lane.status_rules, self._lane.connection.params)
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

    def _taken_logins(self, claims: list[Claim], wanted: dict[int, Desired]) -> set[str]:
        """Return log-ins that another account of the integration already uses there."""
        if not self._traits.login_is_key:
            return set()
        fresh = {
            wanted[claim.account_id].login.lower(): claim.account_id
            for claim in claims
            if not claim.frozen and claim.account_id in wanted
        }
        statement = select(_ACCOUNT.c.login_key, _ACCOUNT.c.id).where(
            _ACCOUNT.c.integration_id == self._lane.integration_id,
            _ACCOUNT.c.login_key.in_(fresh),
            _ACCOUNT.c.login_frozen_at.is_not(None),
            _ACCOUNT.c.status != "cancelled",
        )
        return {row.login_key for row in self._db.execute(statement) if row.id != fresh[row.login_key]} | _doubled(
            claims, wanted
        )

    def _choose(self, claim: Claim, desired: Desired, taken: bool) -> Choice:
        steps = [(unit, step) for unit in desired.units if (step := self._step(claim, unit)) is not None]
        steps.sort(key=lambda pair: _rank(pair[1]))
        blocked = None
        for unit, step in steps:
            reason = self._hindrance(unit, step, taken)
            if reason is None:
                return Choice(unit, step, None, self._is_last(claim, desired, unit, step))
            blocked = blocked or reason
        return Choice(blocked=blocked)

    def _step(self, claim: Claim, unit: DesiredUnit) -> Step | None:
        have = claim.units.get(unit.key, UnitState())
        return next_step(unit, have, self._traits, verify_first=claim.verify_first, now=self._now)

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

    def _is_last(self, claim: Claim, desired: Desired, unit: DesiredUnit, step: Step) -> bool:
        """Tell whether nothing is left to do for this generation once the call succeeds."""
        if step.operation in (None, Operation.FIND) or step.intent is None:
            return False
        have = claim.units.get(unit.key, UnitState())
        after = after_success(have, step.operation, step.intent, Outcome.OK, None)
        whole = replace(claim, units={**claim.units, unit.key: after}, verify_first=False)
        return all(self._step(whole, other) is None for other in desired.units)

    def _place(self, claim: Claim, desired: Desired, choice: Choice) -> None:
        if choice.step is None:
            if choice.blocked:
                self._updates.append(rows.blocked(claim, choice.blocked, self._now, desired))
            else:
                self._updates.append(rows.settled(claim, desired, self._now))
        elif choice.step.hold is Hold.PARK:
            self._updates.append(rows.parked(claim, desired, self._now))
        elif choice.step.hold is Hold.WAIT:
            self._updates.append(rows.freed(claim, desired, due_at=choice.step.until))
        elif choice.unit is not None:
            self._begun.append((claim, desired, choice.unit, choice.step, choice.last))

    def _record(self) -> list[Job]:
        """Write the intents; from here on a crash leaves a doubt on record, never a silence."""
        if not self._begun:
            return []
        attempts = [self._attempt(claim, unit, step) for claim, _, unit, step, _ in self._begun]
        statement = insert(_ATTEMPT).returning(_ATTEMPT.c.id, sort_by_parameter_order=True)
        ids = self._db.execute(statement, attempts).scalars().all()
        return [self._job(*begun_one, attempt_id) for begun_one, attempt_id in zip(self._begun, ids, strict=True)]

    def _attempt(self, claim: Claim, unit: DesiredUnit, step: Step) -> Row:
        assert step.operation is not None
        assert step.intent is not None
        return {
            "integration_id": claim.integration_id, "account_id": claim.account_id, "operation": str(step.operation),
            "unit": unit.key, "key": step.intent.key, "generation": claim.generation, "started_at": self._now,
            "error_params": {},
        }  # fmt: skip

    def _job(self, claim: Claim, desired: Desired, unit: DesiredUnit, step: Step, last: bool, attempt_id: int) -> Job:
        assert step.operation is not None
        assert step.intent is not None
        have = claim.units.get(unit.key, UnitState())
        if step.operation is not Operation.FIND:
            have = begun(have, step.intent)
        claim = replace(claim, units={**claim.units, unit.key: have})
        self._updates.append(rows.base(claim, desired))
        return Job(
            claim, unit.key, step.operation, step.intent, unit.subject, unit.rights, str(desired.content), last,
            attempt_id, self._lane.gateway, self._lane.connection,
        )  # fmt: skip


def _maybe_there(claim: Claim) -> bool:
    """Tell whether a create is in doubt: what it may have made is found only under the log-in that was sent."""
    intents = (unit.intent for unit in claim.units.values())
    return any(intent is not None and intent.doubt and intent.operation == Operation.CREATE for intent in intents)


def _rank(step: Step) -> int:
    return 99 if step.operation is None else ORDER.get(step.operation, 50)


def _doubled(claims: list[Claim], wanted: dict[int, Desired]) -> set[str]:
    """Return log-ins that two accounts of this very batch would both create."""
    seen: set[str] = set()
    doubled: set[str] = set()
    for claim in claims:
        if claim.account_id in wanted and not claim.frozen:
            login = wanted[claim.account_id].login.lower()
            (doubled if login in seen else seen).add(login)
    return doubled
