"""The timeline of one customer: ERP, people, calls, platform, reconciliations, bulk jobs, alerts, in one list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Account, Customer, Integration, Plan, Service
from webapp.services import timeline_query as query
from webapp.services.errors import NotFound
from webapp.services.history_names import Named, Reference, names_of
from webapp.services.history_query import CALLS
from webapp.services.pages import PAGE_SIZE, Page, decode_place, page_of, read_id
from webapp.services.timeline_query import KINDS, Place, Scope

__all__ = ["KINDS", "Choice", "Entry", "Timeline", "newest_of", "view_timeline"]

_TABLES = {
    query.EVENT: "event", query.ATTEMPT: "attempt", query.RUN_ITEM: "run_item", query.PULL_ITEM: "pull_item",
    query.ALERT: "alert", query.BULK_LINE: "bulk_line",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line of the timeline, whichever table it is from; what a table does not have is None.

    Attributes:
        table: event, attempt, run_item, pull_item, alert, bulk_line.
        kind: one of ``KINDS``.
        word: action of an event, operation of a transmission or of a difference, kind of a bulk job.
        ref: id of the run, pull or job; of a transmission the HTTP status; of an alert how often it came up.
        state: outcome.
    """

    at: datetime
    table: str
    id: int
    kind: str
    actor: str
    word: str
    object_type: str
    object_id: int | None
    before: Mapping[str, Any] | None = None
    after: Any = None
    reason: str = ""
    label: str = ""
    code: str = ""
    params: Any = None
    ref: int | None = None
    state: str = ""

    @property
    def action(self) -> str:
        """Return the same as an event does, so that one is told like the other."""
        return self.word


@dataclass(frozen=True)
class Choice:
    """A service or account that the timeline can be narrowed to; ``value`` is ``service-ID`` or ``account-ID``."""

    value: str
    text: str


@dataclass(frozen=True)
class Timeline:
    """One page of the timeline.

    Attributes:
        names: of the objects on the page.
        choices: what it can be narrowed to.
    """

    customer: Customer
    page: Page[Entry]
    names: Mapping[Reference, Named]
    choices: Sequence[Choice] = field(default_factory=tuple)


def view_timeline(
    customer_id: int, kind: str = "", about: str = "", cursor: str = "", size: int = PAGE_SIZE
) -> Timeline:
    """Return one page of what happened about a customer, the newest first.

    Args:
        kind: one of ``KINDS``; anything else means all.
        about: value of a ``Choice``; one of somebody else shows nothing.

    Raises:
        NotFound: no such customer; answer 404.
    """
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("customer_unknown", {"id": customer_id})
    name, _dash, number = about.partition("-")
    chosen = read_id(number)
    scope = Scope(
        customer.id, customer.code, customer.created_at, kind if kind in KINDS else "",
        chosen if name == "service" else None, chosen if name == "account" else None,
    )  # fmt: skip
    entries, following = _entries(scope, cursor, size)
    names = names_of({*_mentioned(entries)})
    return Timeline(customer, Page(entries, following), names, _choices(customer_id))


def newest_of(customer: Customer, count: int) -> Sequence[Entry]:
    """Return the newest entries of a customer, in one question."""
    return _entries(Scope(customer.id, customer.code, customer.created_at), "", count)[0]


def _entries(scope: Scope, cursor: str, size: int) -> tuple[Sequence[Entry], str]:
    statement = query.newest(scope, _place(cursor), size + 1)
    rows = [] if statement is None else db.session.execute(statement).all()
    shown, following = page_of(rows, size, lambda row: (row.at.isoformat(), row.table, row.id))
    return [_entry(row) for row in shown], following


def _entry(row: Any) -> Entry:
    table = _TABLES[row.table]
    return Entry(
        at=row.at, table=table, id=row.id, kind=_kind(table, row), actor=row.actor or "", word=row.word or "",
        object_type=row.object_type or "", object_id=row.object_id, before=row.before, after=row.after,
        reason=row.reason or "", label=row.label or "", code=row.code or "", params=row.params, ref=row.ref,
        state=row.state or "",
    )  # fmt: skip


def _kind(table: str, row: Any) -> str:
    plain = {"attempt": query.SENT, "run_item": query.CHECKS, "pull_item": query.SOURCE, "alert": query.ALERTS}
    if table != "event":
        return plain.get(table, query.BULK)
    if row.word in CALLS:
        return query.SENT
    if row.word == query.HINT:
        return query.PLATFORM
    if row.actor.startswith(query.FROM_SOURCE):
        return query.SOURCE
    return query.HUB if row.actor == query.SYSTEM else query.PEOPLE


def _place(cursor: str) -> Place | None:
    found = decode_place(cursor)
    return Place(*found) if found is not None and found[1] in _TABLES else None


def _mentioned(entries: Sequence[Entry]) -> Iterator[Reference]:
    for entry in entries:
        if entry.object_id is not None and entry.table in ("event", "attempt", "run_item"):
            yield entry.object_type, entry.object_id
        for change in entry.after if entry.table == "pull_item" and isinstance(entry.after, list) else ():
            if change.get("package_id"):
                yield "package", int(change["package_id"])
            if change.get("field") == "plan_id":
                yield from (("plan", int(side)) for side in (change["before"], change["after"]) if side)


def _choices(customer_id: int) -> Sequence[Choice]:
    """Return the customer's services, each followed by its accounts; one question."""
    rows = db.session.execute(
        select(Service.id, Service.code, Plan.description, Account.id.label("account_id"),
               Integration.description.label("platform"))
        .join(Plan, Plan.id == Service.plan_id)
        .outerjoin(Account, Account.service_id == Service.id)
        .outerjoin(Integration, Integration.id == Account.integration_id)
        .where(Service.customer_id == customer_id)
        .order_by(Service.id, Account.id)
    ).all()  # fmt: skip
    found: dict[str, Choice] = {}
    for row in rows:
        found.setdefault(f"s{row.id}", Choice(f"service-{row.id}", f"{row.description} ({row.code})"))
        if row.account_id is not None:
            found[f"a{row.account_id}"] = Choice(f"account-{row.account_id}", f"{row.code} · {row.platform}")
    return list(found.values())
