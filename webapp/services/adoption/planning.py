"""Reads a platform after a restore and plans what is taken over; the worker of runs calls it. Nothing is changed.

No transaction is open while the platform is asked.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import delete, insert, select, update

from webapp.clock import utc_now
from webapp.decide.adoption import CREATE, REPORT, TAKING, Finder, Ours, Taking, shown_of, take_over
from webapp.decide.state import ABSENT, UNKNOWN, dump_units
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Operation, RemoteState
from webapp.gateways.errors import GatewayError
from webapp.models import Run, RunItem
from webapp.models.run import DONE, FAILED, PLANNED, REFUSED, REPORTED, RUNNING
from webapp.services.adoption import writing
from webapp.services.adoption.loading import Scene, load_ours, open_scene
from webapp.services.audit import record
from webapp.services.marks import load_marks
from webapp.services.transactions import begin

BATCH = 500
SAY_EVERY = 500
APPLY = "apply"
# What a plan says in figures, in the order of the page.
COUNTED = ("adopted", "create", "enable", "taking", "asked", "unreadable", "clash", "strangers")
Say = Callable[[int, int], None]
_RUN, _ITEM = Run.__table__, RunItem.__table__
log = structlog.get_logger()


@dataclass
class _Read:
    """What came of reading a platform; ``covers`` None = it has no listing, or that proves nothing."""

    listed: int = 0
    pages: int = 0
    covers: frozenset[RemoteState] | None = None
    status: str = DONE
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


def plan_adoption(run_id: int, gateway: Gateway, connection: Connection, say: Say) -> None:
    """Read the platform and write the plan of its adoption, or carry out the one that a person approved.

    Args:
        say: called with accounts and pages read so far; whatever it raises ends the work and goes through.
    """
    begin(reads_only=True)
    run = db.session.get_one(Run, run_id)
    integration_id, carries_out = run.integration_id, run.mode == APPLY
    if carries_out:
        writing.carry_out(run_id, gateway.traits, connection, say)
        return
    db_connection = db.session.connection()
    scene = open_scene(db_connection, integration_id, gateway.traits, connection)
    marks = load_marks(db_connection).all
    ours = {one.account_id: one for one in load_ours(db_connection, scene)}
    db.session.rollback()
    finder = Finder(ours, marks)
    read = _read(gateway, connection, finder, say)
    _write(run_id, scene, finder, read)


def _read(gateway: Gateway, connection: Connection, finder: Finder, say: Say) -> _Read:
    read = _Read()
    if not gateway.traits.can(Operation.LIST):
        return read
    try:
        listing = gateway.list(connection)
        for one in listing:
            finder.take(one)
            read.listed += 1
            if read.listed % SAY_EVERY == 0:
                say(read.listed, listing.pages)
    except GatewayError as error:
        read.status, read.code, read.params = FAILED, error.code, error.params
        return read
    read.pages = listing.pages
    if not listing.complete:
        read.status, read.code = REFUSED, listing.reason or "listing_incomplete"
        read.params = listing.reason_params
        return read
    read.covers = frozenset(listing.covers)
    if not read.listed and any(unit.live for one in finder.ours.values() for unit in one.units.values()):
        read.status, read.code = REFUSED, "listing_empty"
        read.params = {"expected": sum(any(u.live for u in one.units.values()) for one in finder.ours.values())}
    return read


def _write(run_id: int, scene: Scene, finder: Finder, read: _Read) -> None:
    """Write the plan, whole or not at all; one that another worker has ended meanwhile is left alone."""
    begin(reads_only=False)
    mine = select(_RUN.c.id).where(_RUN.c.id == run_id, _RUN.c.status == RUNNING).with_for_update()
    if db.session.execute(mine).scalar() is None:
        db.session.rollback()
        return
    counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    counts.update(listed=read.listed, pages=read.pages, expected=len(finder.ours))
    checksum = ""
    if read.status == DONE:
        db.session.execute(delete(_ITEM).where(_ITEM.c.run_id == run_id))
        takings = (_taking(one, finder, scene, read) for one in finder.ours.values())
        checksum = _lines(run_id, (one for one in takings if one is not None), finder, counts)
        _report(run_id, finder, counts)
    values = {
        "status": read.status, "counts": dict(counts), "checksum": checksum, "error_code": read.code,
        "error_params": dict(read.params), "finished_at": utc_now(), "lease_until": None,
        "complete": read.covers is not None and read.status == DONE,
    }  # fmt: skip
    db.session.execute(update(_RUN).where(_RUN.c.id == run_id).values(**values))
    told = {name: counts[name] for name in COUNTED if counts[name]}
    record("run.adoption", "run", run_id, after={"code": read.code, **told})
    db.session.commit()
    log.info("adoption.planned", run_id=run_id, status=read.status, code=read.code)


def _taking(one: Ours, finder: Finder, scene: Scene, read: _Read) -> Taking | None:
    return take_over(one, shown_of(one, finder), scene.traits, read.covers)


def _lines(run_id: int, takings: Iterable[Taking], finder: Finder, counts: Counter[str]) -> str:
    """Write a line for each account that is taken over or of which something follows; returns their checksum."""
    digest = hashlib.sha256()
    lines: list[dict[str, Any]] = []
    for one in takings:
        ours = finder.ours[one.account_id]
        _count(one, ours, finder, counts)
        line = _line(run_id, one, ours)
        facts = [line["account_id"], line["action"], line["before"], line["after"], line["kept"]]
        digest.update(json.dumps(facts, sort_keys=True).encode())
        lines.append(line)
        if len(lines) == BATCH:
            db.session.execute(insert(_ITEM), lines)
            lines = []
    if lines:
        db.session.execute(insert(_ITEM), lines)
    return digest.hexdigest()


def _count(one: Taking, ours: Ours, finder: Finder, counts: Counter[str]) -> None:
    counts["adopted"] += any(one.units[key] != ours.unit(key) for key in ours.keys) and one.account_id in finder.shown
    counts["taking"] += one.action in TAKING
    counts["asked"] += one.ask
    counts["unreadable"] += one.state == UNKNOWN
    if one.action in ("create", "enable") and not one.ask:
        counts[one.action] += 1


def _line(run_id: int, one: Taking, ours: Ours) -> dict[str, Any]:
    missing = one.action == CREATE or one.state == ABSENT
    kept = {
        "units": dump_units(one.units), "remote_ids": dict(one.remote_ids), "login": one.login, "ask": one.ask,
        "former": writing.fingerprint(dump_units(ours.units)),
    }  # fmt: skip
    return {
        "run_id": run_id, "account_id": one.account_id, "login": one.login,
        "situation": "unreadable" if one.state == UNKNOWN else "missing" if missing else "state",
        "action": one.action, "outcome": PLANNED, "before": {"state": one.state}, "after": {"state": one.after},
        "kept": kept, "cause": "restored_unknown" if one.ask else "", "cause_params": {}, "error_params": {},
    }  # fmt: skip


def _report(run_id: int, finder: Finder, counts: Counter[str]) -> None:
    """Tell what is nobody's, or of two: nothing is done to any of it."""
    counts["strangers"], counts["clash"] = finder.strangers, len(finder.clashes)
    told = [("clash", *one) for one in finder.clashes] + [("duplicate", *one) for one in finder.doubles]
    lines: list[dict[str, Any]] = [
        {"run_id": run_id, "account_id": account_id, "login": login, "situation": situation, "action": REPORT,
         "outcome": REPORTED, "before": {}, "after": {}, "kept": {}, "cause": "", "cause_params": {},
         "error_params": {}}
        for situation, login, account_id in told
    ]  # fmt: skip
    if lines:
        db.session.execute(insert(_ITEM), lines)
