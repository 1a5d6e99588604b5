"""One round of proofs: what is ready is read, the platform asked, the verdicts written; and what readings prove."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select, update

from webapp.clock import monotonic_s, utc_now
from webapp.decide.breaker import load_breaker
from webapp.decide.compare import Believed, Difference
from webapp.decide.proof import How, Proof, Verdict
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, RemoteState, Subject, Traits
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Account, Integration, Run, RunItem
from webapp.models.run import FULL, PROVEN, SENT, UNPROVEN
from webapp.services.connections import effective_limits, open_connection
from webapp.services.runs import lines
from webapp.services.runs.believed import load_believed
from webapp.services.runs.leases import Lease
from webapp.services.runs.lines import Ending, Ready
from webapp.services.runs.postponing import NOT_READ
from webapp.services.runs.proof_reading import Seen, look, read_all, verdicts
from webapp.services.runs.requests import get_run
from webapp.services.subjects import Subjects, load_subjects
from webapp.services.transactions import begin
from webapp.vault import VaultError

READS = "proof_reads"
UNANSWERED = "run_proof_unanswered"
DAY = timedelta(days=1)
BATCH = 500
# Accounts in one round of look-ups, and in one listing.
ROUND, MOST_LISTED = 200, 20_000
# A round ends after so long, so that what it showed is written down.
ROUND_S = 30.0
_ITEM, _ACCOUNT, _RUN = RunItem.__table__, Account.__table__, Run.__table__


@dataclass(frozen=True)
class _Ground:
    """What a round of proofs stands on, read before the platform is asked."""

    gateway: Gateway
    connection: Connection
    integration_id: int
    ready: Sequence[Ready]
    believed: Sequence[Believed]
    subjects: Subjects
    concurrency: int | None
    rate_per_s: float | None


def listing_left(run_id: int) -> bool:
    """Tell whether the platform of a run may be read whole once more today, in the caller's transaction."""
    run = db.session.get_one(Run, run_id)
    try:
        per_day = get_gateway(run.integration.gateway).traits.limits.full_reads_per_day
    except UnknownGateway:
        return False
    return not per_day or _reads_today(run.integration_id) < per_day


def prove_by_reading(integration_id: int, differences: Sequence[Difference], started_at: datetime) -> int:
    """Let a whole, complete reading prove what was sent in the day before it and could not be read back. Commits.

    Args:
        differences: all that the reading showed.
        started_at: when it began; what ended later is left to the next one.

    Returns:
        How many lines it said something of.
    """
    begin(reads_only=False)
    found = db.session.execute(_sent_before(integration_id, started_at)).all()
    told = verdicts([Ready(row.id, row.account_id, row.after.get("unit"), False) for row in found], differences)
    by_run: dict[int, list[tuple[int, Verdict]]] = {}
    for row in found:
        if told[row.id].proven is not None:
            by_run.setdefault(row.run_id, []).append((row.id, told[row.id]))
    for run_id, pairs in by_run.items():
        for item_id, verdict in pairs:
            values = {"outcome": PROVEN if verdict.proven else UNPROVEN, "error_code": verdict.code,
                      "error_params": dict(verdict.params)}  # fmt: skip
            db.session.execute(update(_ITEM).where(_ITEM.c.id == item_id, _ITEM.c.outcome == SENT).values(**values))
        lines.recount(get_run(run_id, lock=True))
    db.session.commit()
    return sum(len(pairs) for pairs in by_run.values())


def proof_round(lease: Lease, proof: Proof) -> tuple[str, bool]:
    """Read back what is ready of a run; returns why some could not be asked about, and whether any could.

    Raises:
        GatewayError: the platform could not be read; nothing is proven by that.
        LeaseLost, StopRequested: the run is somebody else's now; nothing was written.
    """
    whole = proof.how is How.LISTING
    ground = _ground(lease.row_id, MOST_LISTED if whole else min(proof.most or ROUND, ROUND), whole=whole)
    if isinstance(ground, str):
        return ground, False
    asked_at = utc_now()
    seen = _read_whole(lease, ground) if whole else _look(ground)
    _write(lease, ground, seen, asked_at)
    return seen.away, bool(seen.verdicts)


def _look(ground: _Ground) -> Seen:
    until_s = monotonic_s() + ROUND_S
    limits = effective_limits(ground.gateway.traits, ground.concurrency, ground.rate_per_s)
    seen = look(
        ground.gateway, ground.connection, limits, ground.subjects, ground.believed, ground.ready,
        lambda: monotonic_s() < until_s,
    )  # fmt: skip
    if monotonic_s() < until_s and any(one.item_id not in seen.verdicts for one in ground.ready):
        # Of some no answer came: they are asked about later, not at once.
        seen.away = seen.away or UNANSWERED
    return seen


def _read_whole(lease: Lease, ground: _Ground) -> Seen:
    begin(reads_only=False)
    run = get_run(lease.row_id, lock=True)
    # Counted before it is made: a platform that counts, too, has then seen no more than we say.
    lines.add_counts(run, {READS: 1})
    db.session.commit()
    return read_all(
        ground.gateway, ground.connection, ground.believed, ground.ready, _expected(ground.integration_id), lease.renew
    )  # fmt: skip


def _expected(integration_id: int) -> dict[RemoteState, int]:
    """Return how many accounts of ours are there, by state. Leaves no transaction open."""
    begin(reads_only=True)
    rows = db.session.execute(
        select(_ACCOUNT.c.status, func.count())
        .where(_ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.status.in_(("active", "suspended")))
        .group_by(_ACCOUNT.c.status)
    ).all()
    db.session.rollback()
    return {RemoteState(row[0]): row[1] for row in rows}


def _ground(run_id: int, most: int, *, whole: bool) -> _Ground | str:
    """Read what the round needs; or return why nobody is asked now. Leaves no transaction open."""
    begin(reads_only=True)
    run = db.session.get_one(Run, run_id)
    integration = run.integration
    try:
        if not integration.active or integration.paused_code or load_breaker(integration.breaker).is_open:
            return integration.paused_code or "integration_unreachable"
        gateway, connection = open_connection(integration.id)
        ready = lines.ready(run_id, utc_now() - timedelta(seconds=gateway.traits.limits.read_lag_s), most)
        believed, subjects = _load(integration, gateway.traits, connection, ready, whole=whole)
        return _Ground(gateway, connection, integration.id, ready, believed, subjects, integration.concurrency,
                       integration.rate_per_s)  # fmt: skip
    except UnknownGateway:
        return "gateway_missing"
    except VaultError:
        return "vault_closed"
    finally:
        db.session.rollback()


def _load(
    integration: Integration, traits: Traits, connection: Connection, ready: Sequence[Ready], *, whole: bool
) -> tuple[list[Believed], Subjects]:
    ids = sorted({one.account_id for one in ready})
    ended = {(one.account_id, one.unit) for one in ready if one.unit is not None and one.taking}
    now = utc_now()
    believed: list[Believed] = []
    subjects: Subjects = {}
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        believed += [_to_prove(one) for one in load_believed(integration.id, traits, now, part)]
        if not whole:
            subjects |= load_subjects(integration, traits, connection, part, ended)
    for one in believed:
        if one.grave_ids and not one.live and one.key in subjects:
            subjects[one.key] = _as_it_was(subjects[one.key], one.grave_ids)
    return believed, subjects


def _to_prove(one: Believed) -> Believed:
    """Return the same for a look that comes after the read lag: what is shown now counts, and so does what is not."""
    return replace(one, fading=False, confirmed=True)


def _as_it_was(subject: Subject, ids: Mapping[str, str]) -> Subject:
    """Return whom to ask about where the account ended: by the ids that it had there."""
    return replace(subject, account=replace(subject.account, remote_ids={**ids, **subject.account.remote_ids}))


def _write(lease: Lease, ground: _Ground, seen: Seen, asked_at: datetime) -> None:
    """Write down what was seen, unless the line or its account moved on meanwhile."""
    endings = [
        _ending(one, verdict, seen.observed.get(one.account_id))
        for one in ground.ready if (verdict := seen.verdicts.get(one.item_id)) is not None
    ]  # fmt: skip
    begin(reads_only=False)
    lease.keep()
    run = get_run(lease.row_id, lock=True)
    valid = lines.still(endings)
    lines.settle(run, valid, utc_now())
    lines.write_observed([one for one in valid if one.outcome == PROVEN], asked_at)
    lines.recount(run)
    db.session.commit()


def _ending(line: Ready, verdict: Verdict, observed: str | None) -> Ending:
    outcome = {True: PROVEN, False: UNPROVEN, None: SENT}[verdict.proven]
    return Ending(line.item_id, line.account_id, outcome, line.taking, verdict.code, verdict.params, observed)


def leave_to_reading(run_id: int) -> bool:
    """The platform may not be read whole again today: what was accepted is proven by the next reading. Commits."""
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    lag = timedelta(seconds=get_gateway(run.integration.gateway).traits.limits.read_lag_s)
    endings = [
        Ending(one.item_id, one.account_id, SENT, one.taking, lines.BY_READING)
        for one in lines.ready(run_id, utc_now() - lag, MOST_LISTED)
    ]
    lines.settle(run, lines.still(endings), utc_now())
    lines.recount(run)
    db.session.commit()
    return bool(endings)


def _reads_today(integration_id: int) -> int:
    since = utc_now() - DAY
    runs = db.session.execute(
        select(_RUN.c.reading, _RUN.c.error_code, _RUN.c.started_at, _RUN.c.counts).where(
            _RUN.c.integration_id == integration_id, or_(_RUN.c.started_at > since, _RUN.c.finished_at > since)
        )
    )
    return sum(
        (row.reading == FULL and row.started_at > since and row.error_code not in NOT_READ)
        + int(row.counts.get(READS, 0))
        for row in runs
    )


def _sent_before(integration_id: int, started_at: datetime) -> Select[Any]:
    return (
        select(_ITEM.c.id, _ITEM.c.run_id, _ITEM.c.account_id, _ITEM.c.after)
        .join(_RUN, _RUN.c.id == _ITEM.c.run_id)
        .join(_ACCOUNT, _ACCOUNT.c.id == _ITEM.c.account_id)
        .where(_RUN.c.integration_id == integration_id, _ITEM.c.outcome == SENT)
        .where(_ITEM.c.ended_at <= started_at, _ITEM.c.ended_at > started_at - DAY)
        .where(_ACCOUNT.c.generation == _ITEM.c.generation)
        .order_by(_ITEM.c.id)
    )
