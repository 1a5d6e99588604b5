"""Removes what has been kept for long enough: a little at a time, oldest first, so it may stop and go on anywhere.

Never what something under way still needs: open lines of reconciliations and whatever an undo in progress refers to,
attempts of accounts in doubt, readings that wait for a person, sessions that are open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, or_, select, union_all, update

from webapp.clock import monotonic_s
from webapp.decide.policy import ENDED
from webapp.decide.retention import Kind
from webapp.extensions import db
from webapp.models import (
    Account,
    Alert,
    Attempt,
    ChainLink,
    Customer,
    Erasure,
    Event,
    Invitation,
    Invoice,
    OperatorSession,
    Orphan,
    PersonalAccess,
    Run,
    RunItem,
    Service,
    SourceHint,
    SourcePullItem,
    SourceRow,
)
from webapp.models.account import BLOCKED, CANCELLED, PARKED
from webapp.models.privacy import WITHDRAWN
from webapp.models.run import OPEN
from webapp.services import alerts, audit, chain
from webapp.services.privacy.erasing import request_erasure
from webapp.services.privacy.periods import load_days
from webapp.services.source_pulls.pruning import OPEN_RUNS, old_hints, old_items, old_rows
from webapp.services.transactions import begin

BATCH = 1_000
# One round of the job takes no longer; what is left comes with the next one.
MOST_S = 20.0
# A customer at a time goes through all the steps of an erasure.
CUSTOMERS_AT_ONCE = 20
REASON = "retention"
# The events about erasures prove that the provider did what the law asks for.
PROOFS = ("customer.erasure", "customer.erased", "customer.erasure_unproven", "customer.erasure_withdrawn",
          "customer.readmit", "retention.update")  # fmt: skip
_SYNC = {"synchronize_session": False}
_ROW, _RUN = SourceRow.__table__, Run.__table__
_SESSION, _INVOICE = OperatorSession.__table__, Invoice.__table__
log = structlog.get_logger()


@dataclass(frozen=True)
class Rule:
    """How one kind goes.

    Attributes:
        due: the condition of rows that go today, given the moment.
        table: on which ``due`` is.
        remove: removes at most ``BATCH`` of them, and commits; returns how many.
    """

    table: Any
    due: Callable[[datetime], ColumnElement[bool]]
    remove: Callable[[datetime], int]


def retain(now: datetime, most_s: float = MOST_S) -> dict[str, int]:
    """Remove what is older than its period, kind by kind, and note it in the history; returns how many of each.

    Args:
        most_s: seconds; it ends after the batch in which they are over.
    """
    deadline, removed = monotonic_s() + most_s, {}
    days = load_days()
    db.session.rollback()
    for kind, rule in RULES.items():
        count = _all_of(rule, _moment(kind, days, now), deadline)
        if count:
            removed[str(kind)] = count
    if removed:
        log.info("retention.removed", **removed)
        begin(reads_only=False)
        audit.record("retention.run", "retention", None, after=removed)
        db.session.commit()
    return removed


def due_counts(now: datetime) -> dict[Kind, int]:
    """Return how many of each kind would go today, in one question."""
    days = load_days()
    parts = [
        select(literal(str(kind)), select(func.count()).select_from(rule.table).where(
            rule.due(_moment(kind, days, now))).scalar_subquery())
        for kind, rule in RULES.items()
    ]  # fmt: skip
    return {Kind(row[0]): row[1] for row in db.session.execute(union_all(*parts))}


def _moment(kind: Kind, days: Mapping[Kind, int], now: datetime) -> datetime:
    from_days = now.timestamp() - days[kind] * 86_400
    return datetime.fromtimestamp(from_days, now.tzinfo)


def _all_of(rule: Rule, before: datetime, deadline: float) -> int:
    total = 0
    while monotonic_s() < deadline:
        count = rule.remove(before)
        total += count
        if not count:
            break
    return total


def _deleting(table: Any, due: Callable[[datetime], ColumnElement[bool]]) -> Callable[[datetime], int]:
    key = list(table.primary_key.columns)

    def remove(before: datetime) -> int:
        begin(reads_only=False)
        rows = db.session.execute(select(*key).where(due(before)).limit(BATCH)).all()
        for row in rows if len(key) > 1 else ():
            same = and_(*(column == value for column, value in zip(key, row, strict=True)))
            db.session.execute(delete(table).where(same), execution_options=_SYNC)
        if rows and len(key) == 1:
            ids = [row[0] for row in rows]
            db.session.execute(delete(table).where(key[0].in_(ids)), execution_options=_SYNC)
        db.session.commit()
        return len(rows)

    return remove


def _plain(model: Any, due: Callable[[datetime], ColumnElement[bool]]) -> Rule:
    table = model.__table__
    return Rule(table, due, _deleting(table, due))


def _old_bodies(before: datetime) -> ColumnElement[bool]:
    linked = exists().where(
        ChainLink.kind == chain.ATTEMPT, ChainLink.row_id == Attempt.id, ChainLink.erased_by.is_(None)
    )  # fmt: skip
    said = or_(*(and_(part.is_not(None), part.cast(db.Text) != "null", part.cast(db.Text).not_like('%"expunged"%'))
                 for part in (Attempt.request, Attempt.response)))  # fmt: skip
    return and_(Attempt.started_at < before, Attempt.finished_at < before, linked, said)


def _in_doubt() -> ColumnElement[bool]:
    """Calls that the hub still asks about: never sent twice depends on them."""
    held = exists().where(Account.id == Attempt.account_id, Account.status.in_((PARKED, BLOCKED)))
    return or_(Attempt.finished_at.is_(None), held)


def _old_attempts(before: datetime) -> ColumnElement[bool]:
    linked = exists().where(ChainLink.kind == chain.ATTEMPT, ChainLink.row_id == Attempt.id)
    return and_(Attempt.started_at < before, linked, ~_in_doubt())


def _proof() -> ColumnElement[bool]:
    """Who made a token counts as the person behind it for as long as it lives; there are few."""
    return or_(Event.action.in_(PROOFS), Event.object_type == "token")


def _old_events(before: datetime) -> ColumnElement[bool]:
    linked = exists().where(ChainLink.kind == chain.EVENT, ChainLink.row_id == Event.id)
    return and_(Event.at < before, linked, Event.object_type != "history", ~_proof())


def _old_lines(before: datetime) -> ColumnElement[bool]:
    undone = select(_RUN.c.undo_of_id).where(_RUN.c.status.in_(OPEN_RUNS), _RUN.c.undo_of_id.is_not(None))
    mine = select(_RUN.c.id).where(
        _RUN.c.started_at < before, _RUN.c.status.not_in(OPEN_RUNS), _RUN.c.id.not_in(undone)
    )  # fmt: skip
    return and_(RunItem.run_id.in_(mine), RunItem.outcome.not_in(OPEN))


def _old_orphans(before: datetime) -> ColumnElement[bool]:
    return and_(Orphan.status.in_(("adopted", "cancelled", "gone")), Orphan.last_seen_at < before,
                Orphan.lease_until.is_(None))  # fmt: skip


def _old_sessions(before: datetime) -> ColumnElement[bool]:
    """The newest of each operator stays: the list of people tells by it who came in last."""
    newest = select(func.max(_SESSION.c.id)).group_by(_SESSION.c.operator_id)
    return and_(_SESSION.c.ended_at < before, _SESSION.c.id.not_in(newest))


def _old_invitations(before: datetime) -> ColumnElement[bool]:
    return or_(Invitation.used_at < before, Invitation.revoked_at < before, Invitation.expires_at < before)


def _old_accesses(before: datetime) -> ColumnElement[bool]:
    return PersonalAccess.last_at < before


def _old_files(before: datetime) -> ColumnElement[bool]:
    """Files of invoices that nobody closed; closing one forgets its file at once."""
    return and_(_INVOICE.c.content.is_not(None), _INVOICE.c.created_at < before)


def _forget_files(before: datetime) -> int:
    begin(reads_only=False)
    ids = db.session.scalars(select(_INVOICE.c.id).where(_old_files(before)).limit(BATCH)).all()
    db.session.execute(update(_INVOICE).where(_INVOICE.c.id.in_(ids)).values(content=None), execution_options=_SYNC)
    db.session.commit()
    return len(ids)


def _old_customers(before: datetime) -> ColumnElement[bool]:
    """Who has had no business here for so long. A service that is gone is not touched any more, so its time stands."""
    mine = Service.customer_id == Customer.id
    recent = exists().where(mine, or_(Service.status.not_in(ENDED), Service.updated_at >= before))
    open_account = exists().where(mine, Account.service_id == Service.id, Account.status != CANCELLED)
    asked = exists().where(Erasure.customer_id == Customer.id, Erasure.status != WITHDRAWN)
    return and_(Customer.erased_at.is_(None), Customer.updated_at < before, ~recent, ~open_account, ~asked)


def _remove_customers(before: datetime) -> int:
    """As if the person had asked: then it is proven on the platforms, and no source brings them back."""
    ids = db.session.scalars(
        select(Customer.id).where(_old_customers(before)).order_by(Customer.id).limit(CUSTOMERS_AT_ONCE)
    ).all()  # fmt: skip
    db.session.rollback()
    for customer_id in ids:
        request_erasure(customer_id, REASON)
    return len(ids)


def _remove_sessions(before: datetime) -> int:
    return _deleting(_SESSION, _old_sessions)(before) + _deleting(Invitation.__table__, _old_invitations)(before)


def _prune_attempts(before: datetime) -> int:
    return chain.prune(chain.ATTEMPT, before, unless=_in_doubt(), limit=BATCH)


def _prune_events(before: datetime) -> int:
    return chain.prune(chain.EVENT, before, unless=_proof(), limit=BATCH)


def _expunge(before: datetime) -> int:
    return chain.expunge_bodies(before, BATCH)


RULES: Mapping[Kind, Rule] = {
    Kind.BODIES: Rule(Attempt.__table__, _old_bodies, _expunge),
    Kind.ATTEMPTS: Rule(Attempt.__table__, _old_attempts, _prune_attempts),
    Kind.HISTORY: Rule(Event.__table__, _old_events, _prune_events),
    Kind.SOURCE_ROWS: _plain(SourceRow, old_rows),
    Kind.SOURCE_ITEMS: _plain(SourcePullItem, old_items),
    Kind.SOURCE_HINTS: _plain(SourceHint, old_hints),
    Kind.RUN_ITEMS: _plain(RunItem, _old_lines),
    Kind.ORPHANS: _plain(Orphan, _old_orphans),
    Kind.ALERTS: _plain(Alert, alerts.old),
    Kind.SESSIONS: Rule(_SESSION, _old_sessions, _remove_sessions),
    Kind.ACCESSES: _plain(PersonalAccess, _old_accesses),
    Kind.INVOICE_FILES: Rule(_INVOICE, _old_files, _forget_files),
    Kind.CUSTOMERS: Rule(Customer.__table__, _old_customers, _remove_customers),
}
