"""Records how calls ended: many outcomes in one transaction, each only under its own lease."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from webapp.decide.outcome import (
    CONSEQUENCES,
    Retry,
    account_status,
    adopted,
    after_failure,
    after_success,
    half_done,
    in_progress,
    is_own_create,
    merged_ids,
    not_found,
)
from webapp.decide.state import ABSENT, UnitState, dump_units
from webapp.decide.steps import Hold, keeps_key, missing_after_look_up
from webapp.gateways.contract import Observed, Operation, Outcome, Reply
from webapp.gateways.errors import GatewayError, InProgress, Unavailable
from webapp.models import Account, Event
from webapp.services.convergence import attempts, rights, rows
from webapp.services.convergence.work import Job, Lane, Result, Row

_ACCOUNT, _EVENT = Account.__table__, Event.__table__
_STANDING = (
    select(_ACCOUNT.c.id, _ACCOUNT.c.lease_token, _ACCOUNT.c.generation)
    .where(_ACCOUNT.c.id.in_(bindparam("b_ids", expanding=True)))
    .with_for_update()
)


def settle(db_connection: Connection, lanes: Mapping[int, Lane], results: list[Result], now: datetime) -> None:
    """Record results; the caller's transaction commits them together.

    A result whose lease was taken by another worker is kept as a late attempt and changes nothing else.
    """
    if not results:
        return
    standing = _standing(db_connection, results)
    # An older copy of the database may have been put in place while calls were under way.
    results = [result for result in results if result.job.claim.account_id in standing]
    if not results:
        return
    accounts: list[Row] = []
    events: list[Row] = []
    accepted: list[rights.Accepted] = []
    for result in results:
        job = result.job
        token, generation = standing[job.claim.account_id]
        if token != job.claim.token:
            continue
        row, unit = _account_row(result, lanes.get(job.claim.integration_id), now)
        accounts.append(_overtaken(row, now) if generation > job.claim.generation else row)
        if result.reply is not None:
            events.append(_event(job, job.operation, result.reply.outcome, now))
            accepted += _accepted(job, unit)
        elif is_own_create(job.claim.units[job.unit_key], unit):
            events.append(_event(job, Operation.CREATE, result.outcome, now))
    late = [(result, standing[result.job.claim.account_id][0] != result.job.claim.token) for result in results]
    attempts.write_ended(db_connection, late, now)
    rows.write(db_connection, accounts)
    rights.applied(db_connection, accepted, now)
    if events:
        db_connection.execute(insert(_EVENT), events)


def _accepted(job: Job, unit: UnitState) -> list[rights.Accepted]:
    """Return what the rights of the account are from now on."""
    account_id, attempt_id = job.claim.account_id, job.attempt_id
    found = [rights.Accepted(account_id, job.rights, unit.state, attempt_id)]
    return [*found, rights.Accepted(account_id, job.leaves, ABSENT, attempt_id)] if job.leaves else found


def _standing(db_connection: Connection, results: list[Result]) -> dict[int, tuple[int, int]]:
    ids = [result.job.claim.account_id for result in results]
    found = db_connection.execute(_STANDING, {"b_ids": ids})
    return {row.id: (row.lease_token, row.generation) for row in found}


def _account_row(result: Result, lane: Lane | None, now: datetime) -> tuple[Row, UnitState]:
    """Return the account's new row and the unit that the call was about."""
    if result.error is not None:
        return _failed(result, result.error, lane, now)
    if result.reply is not None:
        return _succeeded(result.job, result.reply, now)
    return _looked_up(result.job, result.look_up.found if result.look_up else None, now)


def _succeeded(job: Job, reply: Reply, now: datetime) -> tuple[Row, UnitState]:
    have = job.claim.units[job.unit_key]
    unit = after_success(have, job.operation, job.intent, reply.outcome, reply.state)
    ended = unit.state == ABSENT
    unit, ids = _learned(job, unit, reply.remote_ids)
    unit = unit.with_(remote_ids={}) if ended else unit
    units = {**job.claim.units, job.unit_key: unit}
    row = _progress(job, units, now)
    created = job.intent.operation == Operation.CREATE
    cancelled = job.operation is Operation.CANCEL
    live = any(other.maybe_there for other in units.values())
    row["remote_ids"] = _kept(job, ids) if ended and not live else ids
    row["verify_first"] = job.claim.verify_first and not cancelled and not created
    if created and not job.claim.frozen:
        row["login_frozen_at"] = now
    if cancelled and not live:
        row |= {"login_frozen_at": None, "tombstone": _tombstone(job, now)}
    done = job.last and unit.intent is None and not unit.exists and reply.outcome is not Outcome.GONE
    return (_finished(row, job, units, now) if done else row), unit


def _looked_up(job: Job, found: Observed | None, now: datetime) -> tuple[Row, UnitState]:
    have = job.claim.units[job.unit_key]
    if found is not None:
        return _found(job, have, found, now)
    traits, tries = job.gateway.traits, job.claim.tries
    same_key = keeps_key(have, job.intent.payload, traits, tries, now)
    if have.exists:
        # The platform says both "exists" and "not found": only a person can tell.
        unit = not_found(have, same_key=same_key)
        row = _progress(job, {**job.claim.units, job.unit_key: unit}, now)
        return {**row, "due_at": None, "status": "parked", **_error_of("clash", "exists_not_found", now)}, unit
    wait = missing_after_look_up(have, traits, now, same_key=same_key)
    if wait is not None and wait.hold is Hold.WAIT:
        return {**_progress(job, dict(job.claim.units), now), "due_at": wait.until, "tries": tries}, have
    unit = not_found(have, same_key=same_key)
    units = {**job.claim.units, job.unit_key: unit}
    row = _progress(job, units, now)
    # What other rights, or steps of this very create that were done, stand on is not forgotten.
    others = any(other.maybe_there for other in units.values())
    ids = job.claim.remote_ids if others else _kept(job, job.claim.remote_ids)
    # The tries go on: a create that always fails must not start its schedule anew after each look-up.
    return {**row, "verify_first": False, "remote_ids": ids, "tries": tries}, unit


def _found(job: Job, have: UnitState, found: Observed, now: datetime) -> tuple[Row, UnitState]:
    if not found.belongs_to(job.subject.account.reference, job.subject.customer.document):
        unit = have.with_(exists=False, intent=None)
        row = _progress(job, {**job.claim.units, job.unit_key: unit}, now)
        return {**row, "due_at": None, "status": "parked", **_error_of("clash", "account_of_another", now)}, unit
    unit, ids = _learned(job, adopted(have, found), found.remote_ids)
    row = _progress(job, {**job.claim.units, job.unit_key: unit}, now)
    row |= {"verify_first": False, "login_frozen_at": now, "observed": str(found.state), "observed_at": now}
    if found.login:
        # The customer's may have changed since it was sent; what counts is what stands there.
        row |= {"login": found.login, "login_key": found.login.lower()}
    return {**row, "remote_ids": ids}, unit


def _learned(job: Job, unit: UnitState, learned: Mapping[str, str]) -> tuple[UnitState, dict[str, str]]:
    """Return the unit with the ids that are its own, and the account's ids with the others."""
    own = {name: value for name, value in learned.items() if name in job.gateway.traits.unit_ids}
    if own:
        unit = unit.with_(remote_ids=merged_ids(unit.remote_ids, own))
    rest = {name: value for name, value in learned.items() if name not in own}
    return unit, merged_ids(job.claim.remote_ids, rest)


def _kept(job: Job, ids: Mapping[str, str]) -> dict[str, str]:
    """Return the ids that stay true when nothing of the subscriber is left there."""
    return {name: value for name, value in ids.items() if name in job.gateway.traits.kept_ids}


def _tombstone(job: Job, now: datetime) -> dict[str, Any]:
    """Return what was there until now: the platform may go on showing it, and it must be known again then."""
    ids = {**job.claim.remote_ids, **job.claim.units[job.unit_key].remote_ids}
    own = {name: value for name, value in ids.items() if name not in job.gateway.traits.kept_ids}
    return {"login": job.claim.login, "remote_ids": own, "unit": job.unit_key, "at": now.isoformat()}


def _failed(result: Result, error: GatewayError, lane: Lane | None, now: datetime) -> tuple[Row, UnitState]:
    job = result.job
    consequence = CONSEQUENCES[error.kind]
    have = job.claim.units[job.unit_key]
    # Where a next try goes on after the steps that are done, an error page leaves no doubt.
    goes_on = isinstance(error, Unavailable) and error.progress is not None and bool(error.progress.done)
    status = error.exchange.status if error.exchange and not goes_on else None
    intent = replace(job.intent, at=now.isoformat())
    waits = isinstance(error, InProgress)
    if job.operation is Operation.FIND:
        # A look-up changes nothing, so its failure leaves the former doubt as it was.
        unit, ids = have, dict(job.claim.remote_ids)
    else:
        unit = in_progress(have, intent) if waits else after_failure(have, intent, consequence, status)
        unit, ids = _learned(job, half_done(unit, intent, error.progress), error.remote_ids)
    row: Row = {
        "b_id": job.claim.account_id, "units": dump_units({**job.claim.units, job.unit_key: unit}),
        "remote_ids": ids, **rows.UNLEASED,
    }  # fmt: skip
    if consequence.retry is Retry.NOW:
        return {**row, "due_at": now}, unit
    tries = job.claim.tries + (not waits)
    due_at = attempts.next_try(error, consequence, max(tries, 1), lane.schedule if lane else None, now)
    # That the platform still works on it is no failure.
    told = rows.CLEAR if waits else rows.error(error.kind, error.code, error.params, error.field, now)
    return {**row, "tries": tries, "due_at": due_at, "status": consequence.status, **told}, unit


def _progress(job: Job, units: dict[str, UnitState], now: datetime) -> Row:
    """Return the row of an account that moved on and has, or may have, more to do."""
    return {
        "b_id": job.claim.account_id, "units": dump_units(units), "tries": 0, "due_at": now, "status": "pending",
        **rows.UNLEASED, **rows.CLEAR,
    }  # fmt: skip


def _finished(row: Row, job: Job, units: dict[str, UnitState], now: datetime) -> Row:
    return {
        **row, "due_at": None, "applied_generation": job.claim.generation, "applied_at": now,
        "status": account_status(units, job.content, settled=True),
    }  # fmt: skip


def _overtaken(row: Row, now: datetime) -> Row:
    """Return the row of an account that was changed while its call was under way: due again at once."""
    return {**row, "due_at": now, "status": "pending"}


def _error_of(kind: str, code: str, now: datetime) -> Row:
    return rows.error(kind, code, {}, None, now)


def _event(job: Job, operation: Operation, outcome: str, now: datetime) -> Row:
    return {
        "at": now, "actor": "system", "action": f"account.{operation}", "object_type": "account",
        "object_id": job.claim.account_id, "label": job.subject.account.login, "before": None,
        "after": {"outcome": str(outcome), "unit": job.unit_key}, "reason": "",
    }  # fmt: skip
