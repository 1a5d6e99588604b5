"""How far an erasure came on the platforms: account by account, as far as anybody can know."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Account, Service
from webapp.models.account import BLOCKED, CANCELLED, PARKED

# A platform that can be asked and does not answer for so long: what it accepted counts as sent.
PROOF_WAITS = timedelta(hours=24)
GONE = ("absent", "cancelled")


class Stage(StrEnum):
    """Where one account stands.

    ``NEVER``: nothing of it was ever sent. ``PROVEN``: the platform shows it no more. ``SENT``: the platform took the
    cancel and cannot be asked. ``GOING``: still under way. ``PERSON``: somebody must act first.
    """

    NEVER = "never"
    PROVEN = "proven"
    SENT = "sent"
    GOING = "going"
    PERSON = "person"


OVER = frozenset({Stage.NEVER, Stage.PROVEN, Stage.SENT})


@dataclass(frozen=True)
class Standing:
    """One account of the person on its way out."""

    account: Account
    stage: Stage


def standings(customer_id: int, now: datetime) -> list[Standing]:
    """Return how every account of a person stands, in the caller's transaction."""
    own = select(Service.id).where(Service.customer_id == customer_id)
    rows = db.session.scalars(
        select(Account)
        .options(joinedload(Account.integration))
        .where(Account.service_id.in_(own))
        .order_by(Account.integration_id, Account.id)
    ).all()
    return [Standing(row, stage_of(row, now)) for row in rows]


def stage_of(account: Account, now: datetime) -> Stage:
    """Return where an account stands."""
    if account.lease_until is not None and account.lease_until > now:
        return Stage.GOING
    if account.status in (PARKED, BLOCKED) and account.due_at is None:
        return Stage.PERSON
    if account.status == CANCELLED and account.generation == account.applied_generation and account.due_at is None:
        return _end_of(account, now)
    held = not account.integration.active or account.integration.paused_code is not None
    return Stage.PERSON if held else Stage.GOING


def summary(found: Sequence[Standing]) -> dict[str, dict[str, int]]:
    """Return how many accounts stand where, by integration, as an erasure keeps it; no personal data."""
    counted: dict[str, Counter[str]] = {}
    for one in found:
        counted.setdefault(str(one.account.integration_id), Counter())[str(one.stage)] += 1
    return {number: dict(sorted(counts.items())) for number, counts in counted.items()}


def to_ask(found: Sequence[Standing], now: datetime) -> Mapping[int, list[int]]:
    """Return the accounts that the platform should be asked about, by integration."""
    asked: dict[int, list[int]] = {}
    for one in found:
        if one.stage is Stage.GOING and _is_applied(one.account) and can_ask(one.account.integration.gateway):
            asked.setdefault(one.account.integration_id, []).append(one.account.id)
    return asked


def can_ask(gateway_key: str) -> bool:
    """Tell whether a platform can be asked about one account."""
    try:
        return get_gateway(gateway_key).traits.can(Operation.FIND)
    except UnknownGateway:
        return False


def _is_applied(account: Account) -> bool:
    return account.status == CANCELLED and account.generation == account.applied_generation


def _end_of(account: Account, now: datetime) -> Stage:
    if account.applied_at is None or not (account.login or account.remote_ids or account.units):
        return Stage.NEVER
    seen = account.observed_at is not None and account.observed_at >= account.applied_at
    if seen and account.observed in GONE:
        return Stage.PROVEN
    if not can_ask(account.integration.gateway) or not account.integration.active or seen and account.observed is None:
        return Stage.SENT
    return Stage.SENT if account.applied_at < now - PROOF_WAITS else Stage.GOING
