"""Carries an approved adoption out: beliefs are written in batches, then the platform may be written to again.

Nothing is sent from here. What rows would take away is kept, and put before a person as one batch.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import bindparam, exists, or_, select, update

from webapp.clock import utc_now
from webapp.decide.adoption import TAKING, floor_of, follows
from webapp.decide.policy import Content
from webapp.decide.state import ABSENT, ACTIVE, UnitState, dump_units, load_units
from webapp.extensions import db
from webapp.gateways.contract import Connection, Operation, Traits
from webapp.models import Account, Run, RunItem
from webapp.models.run import APPLYING, DONE, EXPIRED, FAILED, HELD, LAPSED, OPEN, PAUSED, PLANNED, PROVEN, STAGED
from webapp.services import epoch
from webapp.services.accounts import ORDINARY
from webapp.services.adoption.loading import BATCH, Scene, inputs_of, open_scene, wanted_of
from webapp.services.audit import record
from webapp.services.transactions import begin

REASON = "adoption"
RESTORED_UNKNOWN = "restored_unknown"
# In ``Run.counts``: accounts from which something is kept and of which no batch was made yet.
UNTOLD = "untold"
_ACCOUNT, _RUN, _ITEM = Account.__table__, Run.__table__, RunItem.__table__
log = structlog.get_logger()


def fingerprint(units: Mapping[str, Any]) -> str:
    """Return a digest of what was believed, by which a later change is noticed."""
    return hashlib.sha256(json.dumps(units, sort_keys=True).encode()).hexdigest()[:16]


def carry_out(run_id: int, traits: Traits, connection: Connection, say: Callable[[int, int], None]) -> None:
    """Write the beliefs of the plan whose place this run takes; doing it twice changes nothing more.

    Args:
        say: called after each batch; whatever it raises ends the work, which is taken up again.
    """
    run = db.session.get_one(Run, run_id)
    integration_id = run.integration_id
    plan_id = db.session.scalar(select(Run.id).where(Run.superseded_by_id == run_id))
    db.session.rollback()
    if plan_id is None:
        _close(run_id, FAILED, {}, "adoption_plan_missing")
        return
    counts: Counter[str] = Counter()
    _write_all(_Writer(plan_id, integration_id, traits, connection), counts, say)
    _finish(run_id, plan_id, integration_id, counts)
    epoch.settle_marks()


class _Writer:
    """Writes one integration's accounts, batch by batch."""

    def __init__(self, plan_id: int, integration_id: int, traits: Traits, connection: Connection) -> None:
        self._plan_id = plan_id
        self._integration_id = integration_id
        self._traits = traits
        self._connection = connection
        self._last = 0

    def next_batch(self, counts: Counter[str]) -> int:
        """Write a batch and commit; returns how many accounts it had."""
        begin(reads_only=False)
        db_connection = db.session.connection()
        rows = self._rows()
        if not rows:
            db.session.rollback()
            return 0
        self._last = rows[-1].id
        scene = open_scene(db_connection, self._integration_id, self._traits, self._connection)
        lines = self._lines([row.id for row in rows])
        changes = _judge(scene, rows, lines, counts)
        db_connection.execute(_UPDATE, [changes[row.id] for row in rows])
        db_connection.execute(update(_ITEM).where(_ITEM.c.id.in_([line.id for line in lines.values()])).values(
            outcome=PROVEN, ended_at=utc_now()))  # fmt: skip
        db.session.commit()
        counts["kept"] += sum(bool(change["v_keep_content"]) for change in changes.values())
        return len(rows)

    def _rows(self) -> Sequence[Any]:
        wanted = select(_ACCOUNT).where(_ACCOUNT.c.integration_id == self._integration_id, _ACCOUNT.c.id > self._last)
        return db.session.execute(wanted.order_by(_ACCOUNT.c.id).limit(BATCH).with_for_update()).all()

    def _lines(self, account_ids: list[int]) -> dict[int, Any]:
        wanted = select(_ITEM.c.id, _ITEM.c.account_id, _ITEM.c.kept).where(
            _ITEM.c.run_id == self._plan_id, _ITEM.c.outcome == PLANNED, _ITEM.c.account_id.in_(account_ids)
        )  # fmt: skip
        return {row.account_id: row for row in db.session.execute(wanted)}


# Columns that an adoption writes; one statement for all, so that a batch is one call.
_COLUMNS = (
    "login", "login_key", "login_frozen_at", "remote_ids", "units", "status", "generation", "due_at", "tries",
    "priority", "verify_first", "keep_content", "keep_reason", "kept_at", "lease_owner", "lease_until", "lease_token",
    "error_kind", "error_code", "error_params", "error_field", "error_at",
)  # fmt: skip
_UPDATE = (
    update(_ACCOUNT)
    .where(_ACCOUNT.c.id == bindparam("b_id"))
    .values({name: bindparam(f"v_{name}", type_=_ACCOUNT.c[name].type) for name in _COLUMNS})
)


def _write_all(writer: _Writer, counts: Counter[str], say: Callable[[int, int], None]) -> None:
    while (done := writer.next_batch(counts)) > 0:
        counts["accounts"] += done
        say(counts["accounts"], 0)


def _judge(scene: Scene, rows: Sequence[Any], lines: Mapping[int, Any], counts: Counter[str]) -> dict[int, Any]:
    """Return the new columns of each account: the belief of its line, and nothing that takes something away."""
    units: dict[int, dict[str, UnitState]] = {}
    for row in rows:
        line = lines.get(row.id)
        fresh = line is not None and line.kept["former"] == fingerprint(row.units)
        counts["written"] += fresh
        units[row.id] = load_units(line.kept["units"] if fresh and line is not None else row.units)
    found = inputs_of(db.session.connection(), scene, rows, units)
    now = utc_now()
    return {row.id: _columns(row, lines.get(row.id), units[row.id], found[row.id], scene, now) for row in rows}


def _columns(row: Any, line: Any, units: dict[str, UnitState], inputs: Any, scene: Scene, now: datetime) -> Any:
    desired = wanted_of(inputs)
    wanted = {unit.key: str(unit.content) for unit in desired.units}
    floor = _higher(floor_of(wanted, units), row.keep_content)
    kept_wanted = {unit.key: unit.content for unit in wanted_of(inputs, floor).units}
    lists = scene.traits.can(Operation.LIST)
    units = {key: _not_taken(kept_wanted.get(key, Content.ABSENT), unit, lists) for key, unit in units.items()}
    asked = _ask(scene.traits, line, units)
    values = _values(row, line, units, floor, now)
    if asked:
        return {**values, **_parked(now)}
    left = any(follows(kept_wanted.get(key, Content.ABSENT), unit.state) for key, unit in units.items())
    left = left or any(unit.intent is not None or unit.exists for unit in units.values())
    left = left or row.generation != row.applied_generation or row.due_at is not None or line is not None
    return {**values, **(_due(row, units, scene.traits, now) if left else _as_it_was(row))}


def _values(row: Any, line: Any, units: dict[str, UnitState], floor: str, now: datetime) -> dict[str, Any]:
    there = any(unit.live for unit in units.values())
    login = line.kept["login"] if line is not None else row.login
    kept = floor and floor != row.keep_content
    return {
        "b_id": row.id, "v_login": login, "v_login_key": login.lower(), "v_units": dump_units(units),
        "v_login_frozen_at": (row.login_frozen_at or now) if there else row.login_frozen_at,
        "v_remote_ids": line.kept["remote_ids"] if line is not None else row.remote_ids,
        "v_keep_content": floor, "v_keep_reason": REASON if kept else row.keep_reason,
        "v_kept_at": now if kept else row.kept_at, "v_generation": row.generation + 1,
        # Whoever held it lived in the lost time, or sees that it is not his any more.
        "v_lease_owner": None, "v_lease_until": None, "v_lease_token": row.lease_token + 1,
    }  # fmt: skip


def _as_it_was(row: Any) -> dict[str, Any]:
    """Return the columns of an account that is as believed and wants nothing."""
    kept = ("status", "due_at", "tries", "priority", "verify_first", "generation")
    told = ("kind", "code", "params", "field", "at")
    names = (*kept, *(f"error_{name}" for name in told))
    return {f"v_{name}": getattr(row, name) for name in names}


def _due(row: Any, units: dict[str, UnitState], traits: Traits, now: datetime) -> dict[str, Any]:
    """Return the columns of an account that convergence looks at next; who waits for an answer goes on waiting."""
    parked = row.status == "parked" and row.error_code is not None and any(unit.exists for unit in units.values())
    blank: dict[str, Any] = {"kind": None, "code": None, "params": {}, "field": None, "at": None}
    told = {name: getattr(row, f"error_{name}") for name in blank} if parked else blank
    return {
        "v_status": "parked" if parked else "pending", "v_due_at": None if parked else now, "v_tries": 0,
        "v_priority": ORDINARY,
        # Whether it is there is asked before anything is made, where the platform can be asked.
        "v_verify_first": traits.can(Operation.FIND) and not all(unit.live for unit in units.values()),
        **{f"v_error_{name}": value for name, value in told.items()},
    }  # fmt: skip


def _parked(now: datetime) -> dict[str, Any]:
    return {
        "v_status": "parked", "v_due_at": None, "v_tries": 0, "v_priority": ORDINARY, "v_verify_first": False,
        "v_error_kind": "unknown", "v_error_code": RESTORED_UNKNOWN, "v_error_params": {}, "v_error_field": None,
        "v_error_at": now,
    }  # fmt: skip


def _ask(traits: Traits, line: Any, units: Mapping[str, UnitState]) -> bool:
    unread = not traits.can(Operation.LIST)
    return line is not None and (bool(line.kept["ask"]) or unread) and any(unit.exists for unit in units.values())


def _not_taken(wanted: Content, unit: UnitState, lists: bool) -> UnitState:
    """Return the unit so that nothing is sent where keeping it is not enough: it then shows as a difference.

    Args:
        lists: whether the platform ever shows it; else it would be forgotten, and made a second time: it is asked.
    """
    if follows(wanted, unit.state) not in TAKING:
        return unit
    return unit.with_(state=ABSENT, intent=None) if lists else unit.with_(exists=True, intent=None)


def _higher(one: str, other: str) -> str:
    return ACTIVE if ACTIVE in (one, other) else one or other


def _finish(run_id: int, plan_id: int, integration_id: int, counts: Counter[str]) -> None:
    """Let the integration act again, close what was under way before the restore, end both runs: all at once."""
    begin(reads_only=False)
    now = utc_now()
    # Of a batch that was refused or lapsed, a part may have been let go before.
    going = or_(_RUN.c.status.in_((APPLYING, PAUSED, STAGED)), exists().where(_ITEM.c.run_id == _RUN.c.id,
                                                                              _ITEM.c.outcome.in_(OPEN)))  # fmt: skip
    older = select(_RUN.c.id).where(_RUN.c.integration_id == integration_id, _RUN.c.id < plan_id, going)
    ids = list(db.session.scalars(older))
    still = _ITEM.c.outcome.in_((*OPEN, HELD))
    db.session.execute(update(_ITEM).where(_ITEM.c.run_id.in_(ids), still).values(outcome=LAPSED, ended_at=now))
    ended = {"status": EXPIRED, "finished_at": now, "superseded_by_id": run_id}
    db.session.execute(update(_RUN).where(_RUN.c.id.in_(ids)).values(**ended))
    epoch.release([integration_id])
    record("run.adopted", "run", run_id, after={name: counts[name] for name in ("accounts", "kept") if counts[name]})
    # ``losses.py`` puts what is kept before a person, also when this process ends here.
    _closed(run_id, DONE, {**counts, UNTOLD: counts["kept"]}, None)
    db.session.commit()


def _close(run_id: int, status: str, counts: Mapping[str, int], code: str) -> None:
    begin(reads_only=False)
    _closed(run_id, status, counts, code)
    db.session.commit()


def _closed(run_id: int, status: str, counts: Mapping[str, int], code: str | None) -> None:
    values = {"status": status, "counts": dict(counts), "error_code": code, "finished_at": utc_now()}
    db.session.execute(update(_RUN).where(_RUN.c.id == run_id).values(lease_until=None, **values))
    log.info("adoption.done", run_id=run_id, status=status, code=code)
