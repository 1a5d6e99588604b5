"""Everything that happened about one customer, from six tables: one arm each, each on its index and bounded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from webapp.models import (
    Account,
    Alert,
    Attempt,
    BulkJob,
    BulkLine,
    Event,
    Run,
    RunItem,
    Service,
    ServicePackage,
    Source,
    SourceLink,
    SourcePull,
    SourcePullItem,
)
from webapp.services.history_query import CALLS

# What the filter offers, in its order.
SOURCE, PEOPLE, SENT, PLATFORM, CHECKS, BULK, ALERTS, HUB = KINDS = (
    "source", "people", "sent", "platform", "checks", "bulk", "alerts", "hub",
)  # fmt: skip
# From which table a row is; of one moment the larger comes first.
EVENT, ATTEMPT, RUN_ITEM, PULL_ITEM, ALERT, BULK_LINE = range(6)
SYSTEM, HINT = "system", "account.hint"
FROM_SOURCE = "source:"


@dataclass(frozen=True)
class Scope:
    """What is asked for; an empty field asks for nothing.

    Attributes:
        code: of the customer, as pulls name them; ``since``: since when the customer is known.
        kind: one of ``KINDS``.
        service_id, account_id: only what belongs to that one.
    """

    customer_id: int
    code: str
    since: datetime
    kind: str = ""
    service_id: int | None = None
    account_id: int | None = None

    def asks(self, kind: str) -> bool:
        """Tell whether rows of this kind are wanted."""
        return self.kind in ("", kind)


@dataclass(frozen=True)
class Place:
    """Where a page begins: right behind this row."""

    at: datetime
    table: int
    row_id: int


def newest(scope: Scope, after: Place | None, count: int) -> Select[Any] | None:
    """Return the newest rows, all of one shape; each arm stops at ``count`` by itself. None: there can be none."""
    arms = [_cut(arm, count) for arm in _arms(scope, after)]
    if not arms:
        return None
    found = union_all(*arms).subquery()
    return select(found).order_by(found.c.at.desc(), found.c.table.desc(), found.c.id.desc()).limit(count)


def _cut(arm: Select[Any], count: int) -> Select[Any]:
    at, _table, row_id = list(arm.selected_columns)[:3]
    return select(arm.order_by(at.desc(), row_id.desc()).limit(count).subquery())


def _arms(scope: Scope, after: Place | None) -> Iterator[Select[Any]]:
    yield from _events(scope, after)
    if scope.asks(SENT):
        yield _attempts(scope).where(*_behind(after, ATTEMPT, Attempt.started_at, Attempt.id))
    if scope.asks(CHECKS):
        yield _run_items(scope).where(*_behind(after, RUN_ITEM, Run.started_at, RunItem.id))
    if scope.asks(SOURCE) and scope.account_id is None:
        yield _pull_items(scope).where(*_behind(after, PULL_ITEM, SourcePull.started_at, SourcePullItem.id))
    if scope.asks(ALERTS):
        for arm in _alerts(scope):
            yield arm.where(*_behind(after, ALERT, Alert.opened_at, Alert.id))
    if scope.asks(BULK):
        for arm in _bulk_lines(scope):
            yield arm.where(*_behind(after, BULK_LINE, BulkJob.created_at, BulkLine.id))


def services_of(scope: Scope) -> Select[Any]:
    """Return the ids of the services that are meant."""
    mine = select(Service.id).where(Service.customer_id == scope.customer_id)
    return mine if scope.service_id is None else mine.where(Service.id == scope.service_id)


def accounts_of(scope: Scope) -> Select[Any]:
    """Return the ids of the accounts that are meant; one of somebody else is none."""
    mine = select(Account.id).where(Account.service_id.in_(services_of(scope)))
    return mine if scope.account_id is None else mine.where(Account.id == scope.account_id)


def _row(table: int, at: Any, row_id: Any, **values: Any) -> Select[Any]:
    texts = ("actor", "word", "object_type", "reason", "label", "code", "state")
    columns: Mapping[str, Any] = {
        **{name: cast(null(), String) for name in texts},
        **{name: cast(null(), Integer) for name in ("object_id", "ref")},
        **{name: cast(null(), JSON) for name in ("before", "after", "params")},
        **{name: literal(value) if isinstance(value, str) else value for name, value in values.items()},
    }
    named = (cast(value, String).label(name) if name in texts else value.label(name) for name, value in columns.items())
    return select(at.label("at"), literal(table).label("table"), row_id.label("id"), *named)


def _events(scope: Scope, after: Place | None) -> Iterator[Select[Any]]:
    wanted = list(_event_conditions(scope))
    if not wanted:
        return
    base = _row(
        EVENT, Event.at, Event.id, actor=Event.actor, word=Event.action, object_type=Event.object_type,
        object_id=Event.object_id, before=Event.before, after=Event.after, reason=Event.reason, label=Event.label,
    ).where(or_(*wanted), *_behind(after, EVENT, Event.at, Event.id))  # fmt: skip
    for kind, mine in _objects(scope):
        yield base.where(Event.object_type == kind, mine)


def _event_conditions(scope: Scope) -> Iterator[ColumnElement[bool]]:
    """A call that is kept as a transmission is shown as that; once its time is over there, by its event."""
    action, actor = Event.action, Event.actor
    seen = exists().where(Attempt.account_id == Event.object_id, Attempt.finished_at == Event.at)
    is_source, is_system = actor.startswith(FROM_SOURCE, autoescape=True), actor == SYSTEM
    others = action.not_in((*CALLS, HINT))
    if scope.asks(SENT):
        yield and_(action.in_(CALLS), ~seen)
    if scope.asks(PLATFORM):
        yield action == HINT
    if scope.asks(SOURCE):
        yield and_(others, is_source)
    if scope.asks(HUB):
        yield and_(others, is_system)
    if scope.asks(PEOPLE):
        yield and_(others, ~is_source, ~is_system)


def _objects(scope: Scope) -> Iterator[tuple[str, ColumnElement[bool]]]:
    if scope.account_id is None:
        if scope.service_id is None:
            yield "customer", Event.object_id == scope.customer_id
        services = services_of(scope)
        yield "service", Event.object_id.in_(services)
        sales = select(ServicePackage.id).where(ServicePackage.service_id.in_(services))
        yield "service_package", Event.object_id.in_(sales)
    yield "account", Event.object_id.in_(accounts_of(scope))


def _attempts(scope: Scope) -> Select[Any]:
    return _row(
        ATTEMPT, Attempt.started_at, Attempt.id, actor=SYSTEM, word=Attempt.operation, object_type="account",
        object_id=Attempt.account_id, code=Attempt.error_code, params=Attempt.error_params, ref=Attempt.http_status,
        state=Attempt.outcome,
    ).where(Attempt.account_id.in_(accounts_of(scope)))  # fmt: skip


def _run_items(scope: Scope) -> Select[Any]:
    base = _row(
        RUN_ITEM, Run.started_at, RunItem.id, actor=Run.requested_by, word=RunItem.action, object_type="account",
        object_id=RunItem.account_id, before=RunItem.before, after=RunItem.after, label=RunItem.situation,
        code=RunItem.cause, params=RunItem.cause_params, ref=RunItem.run_id, state=RunItem.outcome,
    )  # fmt: skip
    return base.join(Run, Run.id == RunItem.run_id).where(RunItem.account_id.in_(accounts_of(scope)))


def _pull_items(scope: Scope) -> Select[Any]:
    """What a source brought and was not made; what was made stands in the history, as done by the source."""
    base = _row(
        PULL_ITEM, SourcePull.started_at, SourcePullItem.id, actor=literal(FROM_SOURCE) + Source.description,
        word=SourcePullItem.direction, object_type="source_pull", object_id=SourcePullItem.pull_id,
        after=SourcePullItem.changes, params=SourcePullItem.problems, ref=SourcePullItem.pull_id,
        state=SourcePullItem.outcome, label=SourcePullItem.service_code,
    )  # fmt: skip
    base = base.join(SourcePull, SourcePull.id == SourcePullItem.pull_id).join(
        Source, Source.id == SourcePull.source_id
    )
    base = base.where(SourcePullItem.customer_code == scope.code, SourcePullItem.outcome != "applied")
    base = base.where(SourcePull.dry_run.is_(False))
    if scope.service_id is None:
        return base
    code = select(Service.code).where(Service.id == scope.service_id).scalar_subquery()
    return base.where(SourcePullItem.service_code == code)


def _alerts(scope: Scope) -> Iterator[Select[Any]]:
    """Of the customer's services, and of the platforms and sources that they depend on, since the customer is known."""
    base = _row(
        ALERT, Alert.opened_at, Alert.id, actor=SYSTEM, word=Alert.level, object_type=Alert.object_type,
        object_id=Alert.object_id, label=Alert.label, code=Alert.code, params=Alert.params, ref=Alert.times,
        state=case((Alert.closed_at.is_(None), "open"), else_="closed"),
    ).where(Alert.last_at >= scope.since)  # fmt: skip
    platforms = select(Account.integration_id).where(Account.id.in_(accounts_of(scope)))
    yield base.where(Alert.object_type == "integration", Alert.object_id.in_(platforms))
    if scope.account_id is None:
        yield base.where(Alert.object_type == "service", Alert.object_id.in_(services_of(scope)))
        links = SourceLink.local_id.in_(services_of(scope))
        sources = select(SourceLink.source_id).where(SourceLink.kind == "service", links)
        yield base.where(Alert.object_type == "source", Alert.object_id.in_(sources))


def _bulk_lines(scope: Scope) -> Iterator[Select[Any]]:
    """What a bulk job left out or failed at; what it did stands in the history. Its kind says whose ids lines hold."""
    base = _row(
        BULK_LINE, BulkJob.created_at, BulkLine.id, actor=BulkJob.requested_by, word=BulkJob.kind,
        object_type=BulkJob.table_name, object_id=BulkLine.subject_id, reason=BulkJob.reason, code=BulkLine.code,
        params=BulkLine.params, ref=BulkJob.id, state=BulkLine.outcome,
    ).join(BulkJob, BulkJob.id == BulkLine.bulk_job_id)  # fmt: skip
    base = base.where(BulkLine.outcome != "done")
    yield base.where(BulkLine.subject_id.in_(accounts_of(scope)), BulkJob.kind.startswith("accounts_", autoescape=True))
    if scope.account_id is None:
        services = BulkLine.subject_id.in_(services_of(scope))
        yield base.where(services, BulkJob.kind.startswith("services_", autoescape=True))


def _behind(after: Place | None, table: int, at: Any, row_id: Any) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    if table == after.table:
        return [tuple_(at, row_id) < tuple_(literal(after.at, at.type), after.row_id)]
    return [at <= after.at] if table < after.table else [at < after.at]
