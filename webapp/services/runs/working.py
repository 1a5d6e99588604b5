"""Works on a run in the caller's thread: reads the platform, compares, plans; what may go is then handed over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from webapp.clock import monotonic_s, utc_now
from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.snapshot import Effect
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Operation
from webapp.gateways.registry import UnknownGateway
from webapp.models import Run
from webapp.models.run import APPLYING, DONE, FAILED, SAMPLE, STAGED
from webapp.services import drift, epoch, lookup_marks
from webapp.services.adoption import planning as adoption
from webapp.services.audit import acting_as
from webapp.services.connections import open_connection
from webapp.services.errors import Conflict
from webapp.services.leases import Interrupted, LeaseLost, StopRequested
from webapp.services.orphans import note_seen
from webapp.services.runs import ending, planning, rows
from webapp.services.runs.leases import Lease, take
from webapp.services.runs.postponing import Unread, postponed
from webapp.services.runs.proof_rounds import prove_by_reading
from webapp.services.runs.reading import Read, read_platform
from webapp.services.runs.requests import WANTED, begin_run, get_run, lock_integration
from webapp.services.runs.sampling import SAMPLE_SIZE, sample
from webapp.services.transactions import begin
from webapp.vault import VaultError

ADOPT = "adopt"
OBSERVING = "observing"
# How often a reading says how far it is, and looks whether a person wants it to stop.
SAY_EVERY_S = 0.5
log = structlog.get_logger()


def start_run(
    integration_id: int, mode: str, trigger: str = "manual", progress: Callable[[int], None] = lambda read: None
) -> Run:
    """Compare one integration now, in the caller's thread; with ``apply``, mend what differs within the limits.

    An answer that is partial, empty or broken takes nothing away from anybody.

    Args:
        progress: called with how many accounts of the platform were read, now and then.

    Returns:
        The run: done (nothing is under way), applying (what differs is being mended: ``advance`` and the engine
        go on with it), staged (approve it), refused or failed (its message says why).

    Raises:
        NotFound: no such integration.
        Conflict: it is inactive, or another run of it reads now.
    """
    run, lease = begin_run(integration_id, mode, trigger)
    _guarded(lease, progress)
    return _as_it_is(run.id)


def work(run_id: int, interrupted: Callable[[], bool] = lambda: False) -> Run:
    """Work on a run that was asked for, or whose worker died: from the start of its reading.

    Args:
        interrupted: tells that this process is about to end: the run is left for the next one.

    Returns:
        The run as it stands then.

    Raises:
        NotFound: no such run.
        Conflict: somebody works on it already, or nothing is to be done.
    """
    run = get_run(run_id)
    requested_by = run.requested_by
    lease = take(run_id, interrupted)
    if lease is None:
        raise Conflict("run_at_work", {"id": run_id})
    with acting_as(requested_by or "system"):
        _guarded(lease, lambda read: None)
    return _as_it_is(run_id)


def _guarded(lease: Lease, progress: Callable[[int], None]) -> None:
    """A border: whatever happens ends in a state that a person can see, or in one that is taken up again."""
    try:
        _work(lease, progress)
    except (LeaseLost, Interrupted) as left:
        db.session.rollback()
        log.info("run.left", run_id=lease.row_id, why=type(left).__name__)
        _leave(lease)
    except StopRequested:
        db.session.rollback()
        ending.stop(lease.row_id)
    except Exception as error:
        db.session.rollback()
        log.exception("run.broke", run_id=lease.row_id)
        _fail(lease, error)


def _work(lease: Lease, progress: Callable[[int], None]) -> None:
    run = _begun_anew(lease)
    say = _Saying(lease, progress, dict(run.counts))
    try:
        gateway, connection = open_connection(run.integration_id)
    except UnknownGateway as error:
        ending.close(lease, FAILED, "gateway_missing", {"gateway": error.args[0]})
    except VaultError:
        ending.close(lease, FAILED, "vault_closed")
    else:
        _read(lease, run, gateway, connection, say)


def _read(lease: Lease, run: Run, gateway: Gateway, connection: Connection, say: "_Saying") -> None:
    """Look at the platform in the way that this run does; no transaction is open meanwhile."""
    integration_id, started_at = run.integration_id, run.started_at
    if run.trigger == ADOPT:
        db.session.rollback()
        adoption.plan_adoption(lease.row_id, gateway, connection, say)
        return
    if run.reading == SAMPLE:
        count = run.counts.get(WANTED, SAMPLE_SIZE)
        db.session.rollback()
        _conclude(lease, gateway, sample(integration_id, gateway, connection, count, say))
        return
    unread = _not_now(run, gateway)
    if unread is not None:
        drift.requeue_stuck(integration_id)
        ending.close(lease, DONE, unread.code, unread.params)
        return
    db.session.rollback()
    _conclude(lease, gateway, read_platform(integration_id, gateway, connection, started_at, say))


def _not_now(run: Run, gateway: Gateway) -> Unread | None:
    if not gateway.traits.can(Operation.LIST):
        return Unread("listing_unsupported")
    return postponed(run, gateway.traits.limits.full_reads_per_day)


def _conclude(lease: Lease, gateway: Gateway, read: Read) -> None:
    """Make of a reading what may be made of it."""
    if read.error is not None or read.refused:
        ending.refuse(lease, read)
        return
    # Whoever was taken for dead while the platform answered writes nothing of what it read.
    lease.renew()
    run = get_run(lease.row_id)
    if run.reading != SAMPLE:
        _note(lease, run, read)
    differences = planning.not_in_hand(run.integration_id, run.id, read.differences)
    radius = planning.write_lines(run.id, run.integration_id, planning.worth_a_line(differences), lease)
    run = _decided(lease, run, read, differences, radius)
    integration_id, apply, goes_on = run.integration_id, run.mode == "apply", run.status in (APPLYING, STAGED)
    if apply:
        _look_up_hidden(integration_id, gateway, differences)
        drift.requeue_stuck(integration_id)
    if goes_on:
        planning.hand_over_positives(lease.row_id)


def _note(lease: Lease, run: Run, read: Read) -> None:
    """Keep what a whole reading showed beside the differences; each commits for itself, under the lease."""
    run_id, integration_id, started_at = run.id, run.integration_id, run.started_at
    ending.note_presence(read, started_at, lease)
    if read.complete and read.certificate.allows(Effect.MISSING):
        # Who is absent from a doubtful list is not proven gone by it.
        prove_by_reading(integration_id, read.differences, started_at)
    lease.renew()
    note_seen(integration_id, read.strangers, run_id, started_at, complete=read.complete, covers=read.covers)
    if read.complete:
        epoch.notice(integration_id, read.foreign, read.unknown_own)


def _begun_anew(lease: Lease) -> Run:
    """What another process had read of it counts no more."""
    begin(reads_only=False)
    run = get_run(lease.row_id)
    wanted = {name: count for name, count in run.counts.items() if name == WANTED}
    lease.keep(started_at=utc_now(), counts=wanted)
    rows.forget_lines(lease.row_id)
    db.session.commit()
    return get_run(lease.row_id)


def _decided(lease: Lease, run: Run, read: Read, differences: list[Difference], radius: Mapping[str, Any]) -> Run:
    observing = epoch.observing_afresh(run.integration_id) is not None
    begin(reads_only=False)
    integration = lock_integration(run.integration_id)
    run = get_run(run.id, lock=True)
    fate = planning.judge(run, integration, differences, only_plan=observing or run.mode == "plan")
    if observing:
        run.mode = "plan"
    db.session.flush()
    found = replace(read, differences=differences)
    run = ending.finish(lease, run, found, fate, radius, OBSERVING if observing else None)
    db.session.commit()
    return run


def _look_up_hidden(integration_id: int, gateway: Gateway, differences: Sequence[Difference]) -> None:
    """Whom the listing may have left out is asked about one by one."""
    hidden = {
        item.account_id
        for item in differences
        if item.action is Action.REPORT and item.situation is Situation.MISSING and item.account_id is not None
    }
    if hidden and gateway.traits.can(Operation.FIND):
        db.session.rollback()
        lookup_marks.mark(integration_id, hidden)


def _as_it_is(run_id: int) -> Run:
    db.session.rollback()
    return get_run(run_id)


def _leave(lease: Lease) -> None:
    begin(reads_only=False)
    lease.leave()
    db.session.commit()


def _fail(lease: Lease, error: Exception) -> None:
    try:
        ending.close(lease, FAILED, "run_broke", {"type": type(error).__name__})
    except (LeaseLost, StopRequested, Interrupted):
        db.session.rollback()


class _Saying:
    """Says now and then how far a reading is, and whether it shall go on.

    Args:
        progress: of the caller.
        counts: of the run, that stay.
    """

    def __init__(self, lease: Lease, progress: Callable[[int], None], counts: Mapping[str, int]) -> None:
        self._lease = lease
        self._counts = counts
        self._progress = progress
        self._said_s = monotonic_s()

    def __call__(self, listed: int, pages: int) -> None:
        """Renew the lease when it is time.

        Raises:
            LeaseLost, StopRequested, Interrupted: the reading ends here.
        """
        if monotonic_s() - self._said_s < SAY_EVERY_S:
            return
        self._said_s = monotonic_s()
        self._lease.renew(counts={**self._counts, "listed": listed, "pages": pages})
        self._progress(listed)
