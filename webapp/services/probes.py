"""Platforms without a list: each account is asked about once in some nights, a few in each minute of the night.

What gives content back goes to convergence at once. What takes it away, and who is not found, is only noted until
enough is known: nobody loses anything on the word of the first answers. One run a night and integration; its rows
are all there is to know, so a restart goes on where the last process stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Row, select

from webapp.clock import monotonic_s, utc_now
from webapp.decide.breaker import load_breaker
from webapp.decide.probes import Night, asks_now, most_in, night_of, quota
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Operation
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Account, Integration, Run
from webapp.services import lookup_marks, probe_nights
from webapp.services.asking import Asking
from webapp.services.connections import effective_limits, open_connection
from webapp.services.epoch import observing
from webapp.services.hub import current_hub
from webapp.services.runs.believed import load_believed
from webapp.services.subjects import load_subjects
from webapp.vault import VaultError

# The next tick comes a minute later: all integrations together must have ended by then.
BUDGET_S = 45.0
MOST = 200
FRESH = timedelta(days=1)
REFRESHED = 50
# The platform may need a moment until it shows what it accepted, also where it says that it needs none.
SETTLES = timedelta(minutes=1)
log = structlog.get_logger()


@dataclass(frozen=True)
class _Place:
    """One integration whose platform tells of single accounts only."""

    id: int
    nights: int
    night: Night
    local: datetime
    open: bool


def probe_due(now: datetime) -> None:
    """Do this minute's part of the night on every integration that has no list; one that fails holds no other."""
    places = _places(now)
    for place in places:
        try:
            _probe(place, BUDGET_S / len(places))
        except Exception:
            # A border: the next integration must have its turn.
            log.exception("probes.failed", integration_id=place.id)
            db.session.rollback()


def refresh_applied(now: datetime) -> None:
    """Note for a look who was changed lately on platforms without a list, and has not been looked at since."""
    for row in _only_finding():
        if _is_open(row, now):
            lag = timedelta(seconds=get_gateway(row.gateway).traits.limits.read_lag_s)
            lookup_marks.mark(row.id, _unseen(row.id, now - FRESH, now - lag - SETTLES))


def _unseen(integration_id: int, since: datetime, until: datetime) -> Sequence[int]:
    return db.session.scalars(
        select(Account.id)
        .where(Account.integration_id == integration_id, Account.applied_at.between(since, until))
        .where((Account.observed_at < Account.applied_at) | Account.observed_at.is_(None))
        .where(Account.due_at.is_(None), Account.generation == Account.applied_generation)
        .where(Account.status.in_(("active", "suspended", "cancelled", "waiting_user")))
        .order_by(Account.applied_at)
        .limit(REFRESHED)
    ).all()


def _only_finding() -> list[Row[tuple[int, str]]]:
    rows = db.session.execute(
        select(
            Integration.id, Integration.gateway, Integration.probe_nights, Integration.probe_from,
            Integration.probe_until, Integration.paused_code, Integration.breaker,
        ).where(Integration.active)
    )  # fmt: skip
    return [row for row in rows if _only_finds(row.gateway)]


def _only_finds(key: str) -> bool:
    try:
        traits = get_gateway(key).traits
    except UnknownGateway:
        return False
    return traits.can(Operation.FIND) and not traits.can(Operation.LIST)


def _is_open(row: Row[tuple[int, str]], now: datetime) -> bool:
    breaker = load_breaker(row.breaker)
    return row.paused_code is None and not breaker.is_open and observing(row.id) is None


def _places(now: datetime) -> list[_Place]:
    local = now.astimezone(ZoneInfo(current_hub().settings.timezone))
    return [
        _Place(
            row.id, row.probe_nights, night_of(local, row.probe_from, row.probe_until), local, _is_open(row, now)
        )
        for row in _only_finding()
    ]  # fmt: skip


def _probe(place: _Place, budget_s: float) -> None:
    probe_nights.close_old(place.id, place.night.begins.astimezone(UTC), over=not place.night.holds(place.local))
    if not (place.open and place.night.holds(place.local)):
        return
    run = probe_nights.tonight(place.id, place.night.begins.astimezone(UTC))
    if run is None:
        wanted = quota(probe_nights.count_live(place.id), place.nights)
        run = probe_nights.begin(place.id, wanted) if wanted else None
    until = probe_nights.take(run.id) if run is not None else None
    if run is None or until is None:
        return
    run_id = run.id
    try:
        _ask(place, run_id, until, budget_s)
    finally:
        probe_nights.let_go(run_id, until)


def _ask(place: _Place, run_id: int, until: datetime, budget_s: float) -> None:
    """Ask about this minute's share."""
    try:
        gateway, connection = open_connection(place.id)
    except (UnknownGateway, VaultError):
        return
    integration = db.session.get_one(Integration, place.id)
    run = db.session.get_one(Run, run_id)
    rate = effective_limits(gateway.traits, integration.concurrency, integration.rate_per_s).rate_per_s
    wanted, asked = run.counts.get("expected", 0), probe_nights.asked(run)
    count = asks_now(place.night, place.local, wanted, asked, most_in(budget_s, rate, MOST))
    account_ids = probe_nights.next_accounts(run, count) if count else []
    if account_ids:
        at = utc_now()
        round_ = _round(integration, gateway, connection, account_ids, rate, budget_s)
        probe_nights.keep(run_id, round_, at, until)


def _round(
    integration: Integration, gateway: Gateway, connection: Connection, account_ids: Sequence[int], rate: float,
    budget_s: float,
) -> Asking:  # fmt: skip
    """Ask, and return what was seen."""
    started_at, until_s = utc_now(), monotonic_s() + budget_s
    believed = load_believed(integration.id, gateway.traits, started_at, account_ids)
    subjects = load_subjects(integration, gateway.traits, connection, account_ids)
    # A platform may take its time: no transaction waits for it.
    db.session.rollback()
    round_ = Asking(gateway, connection, subjects, rate)
    round_.about(believed, lambda: monotonic_s() < until_s)
    return round_
