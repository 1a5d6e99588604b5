"""Proofs: reads back what lines led to, in a thread of its own for each run, one process at a time.

Nothing is decided here by silence: a platform that cannot be asked is asked again later.
"""

import threading
from dataclasses import dataclass, field

import structlog
from flask import Flask, current_app

from webapp.clock import monotonic_s
from webapp.decide.proof import How, Proof
from webapp.extensions import db
from webapp.gateways.errors import GatewayError
from webapp.models import Run
from webapp.services.leases import LeaseLost, StopRequested
from webapp.services.runs.leases import take_to_prove
from webapp.services.runs.proof_rounds import leave_to_reading, proof_round
from webapp.services.transactions import begin

KEY = "sintonia_proofs"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
# Threads of this process.
MOST = 4
ELSEWHERE = "run_proof_elsewhere"
_RUN = Run.__table__
log = structlog.get_logger()


@dataclass
class _Pace:
    """How it went with one run in this process: only for the pace, nothing depends on it."""

    failures: int = 0
    again_s: float = 0.0


@dataclass
class _Proofs:
    """What this process reads back now. Used by several threads under ``lock``."""

    busy: set[int] = field(default_factory=set)
    paces: dict[int, _Pace] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


def prove(run_id: int, proof: Proof, *, background: bool) -> bool:
    """Read back what is ready of a run, if it is time and nobody does so already; returns whether it was begun.

    Args:
        background: in a thread of its own; False = now, in the caller's.
    """
    if proof.how in (How.WAIT, How.NONE):
        return False
    if proof.how is How.LATER:
        return leave_to_reading(run_id)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    proofs: _Proofs = app.extensions.setdefault(KEY, _Proofs())
    if not _begin(proofs, run_id):
        return False
    if not background:
        return _work(proofs, run_id, proof)
    threading.Thread(target=_in_thread, args=(app, proofs, run_id, proof), name=f"proof-{run_id}", daemon=True).start()
    return True


def _begin(proofs: _Proofs, run_id: int) -> bool:
    with proofs.lock:
        pace = proofs.paces.setdefault(run_id, _Pace())
        if run_id in proofs.busy or len(proofs.busy) >= MOST or monotonic_s() < pace.again_s:
            return False
        proofs.busy.add(run_id)
        return True


def _in_thread(app: Flask, proofs: _Proofs, run_id: int, proof: Proof) -> None:
    with app.app_context():
        try:
            _work(proofs, run_id, proof)
        finally:
            db.session.remove()


def _work(proofs: _Proofs, run_id: int, proof: Proof) -> bool:
    away, some = "internal_error", False
    try:
        away, some = _leased(run_id, proof)
    except Exception:
        # A border: the lines stay as they are, and are read back later.
        log.exception("proof.failed", run_id=run_id)
        db.session.rollback()
    finally:
        with proofs.lock:
            proofs.busy.discard(run_id)
            _pace(proofs, run_id, away, some=some)
    return some


def _pace(proofs: _Proofs, run_id: int, away: str, *, some: bool) -> None:
    """Say when this run may be asked about again: longer each time that nothing could be told at all."""
    if some or not away:
        proofs.paces.pop(run_id, None)
    if not away:
        return
    pace = proofs.paces.setdefault(run_id, _Pace())
    pace.again_s = monotonic_s() + min(FIRST_PAUSE_S * 2**pace.failures, LONGEST_PAUSE_S)
    pace.failures = min(pace.failures + 1, 10)


def _leased(run_id: int, proof: Proof) -> tuple[str, bool]:
    """Do one round under the run's lease; returns why some could not be asked about, and whether any could."""
    lease = take_to_prove(run_id)
    if lease is None:
        return ELSEWHERE, False
    try:
        return proof_round(lease, proof)
    except GatewayError as error:
        log.warning("proof.away", run_id=run_id, code=error.code)
        return error.code, False
    except (LeaseLost, StopRequested):
        db.session.rollback()
        return ELSEWHERE, False
    finally:
        db.session.rollback()
        begin(reads_only=False)
        lease.leave()
        db.session.commit()
