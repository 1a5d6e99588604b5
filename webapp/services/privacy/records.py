"""Every row that is about one person, table by table: for the page of the person's data, and for the export."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from webapp.decide.retention import Kind
from webapp.extensions import db
from webapp.models import (
    Account,
    Alert,
    AlertMessage,
    Attempt,
    BulkJob,
    BulkLine,
    ChainLink,
    Customer,
    CustomerMessage,
    Entitlement,
    ErasedMark,
    Erasure,
    Event,
    GuidedMove,
    InvoiceLine,
    Orphan,
    PasswordLink,
    PersonalAccess,
    Receipt,
    RunItem,
    Seat,
    SeatChange,
    Service,
    ServicePackage,
    SourceHint,
    SourceLink,
    SourcePull,
    SourcePullItem,
    SourceRow,
)
from webapp.services.privacy.person import Holding

Condition = Callable[[Holding], ColumnElement[bool]]
# Sealed values are said to be there, and never shown: whoever asks gets them from whoever set them.
SEALED = {"service": ("password",), "source_row": ("sealed",), "chain_link": ("salt",), "erased_mark": ("digest",),
          "password_link": ("token_hash",), "receipt": ("digest",)}  # fmt: skip
KEPT = "***"


@dataclass(frozen=True)
class Section:
    """One kind of data that is held.

    Attributes:
        key: by which the screen knows its words: where it comes from, for what, on which ground of the law.
        kind: after which time it goes; None = with the customer.
        tables: name of a table -> which of its rows are the person's.
    """

    key: str
    tables: Mapping[Any, Condition]
    kind: Kind | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its tables."""
        return tuple(model.__tablename__ for model in self.tables)


def _by_id(model: Any, name: str) -> Condition:
    return lambda person: model.id.in_(getattr(person, name))


def _pulled(person: Holding) -> ColumnElement[bool]:
    named: list[ColumnElement[bool]] = [SourcePullItem.customer_code == person.customer.code]
    return or_(*named, SourcePullItem.service_code.in_(person.codes))


def _read(person: Holding) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [false()]
    for source_id, external in person.externals:
        names = (SourceRow.payload["customer"]["code"], SourceRow.payload["service"]["code"])
        pull = aliased(SourcePull)
        own = exists().where(pull.id == SourceRow.pull_id, pull.source_id == source_id)
        parts.append(and_(or_(*(name.as_string() == external for name in names)), own))
    return or_(*parts)


def _linked(person: Holding) -> ColumnElement[bool]:
    return or_(
        and_(SourceLink.kind == "customer", SourceLink.local_id == person.customer.id),
        and_(SourceLink.kind == "service", SourceLink.local_id.in_(person.services)),
        and_(SourceLink.kind == "sale", SourceLink.local_id.in_(person.sales)),
    )


def _hinted(person: Holding) -> ColumnElement[bool]:
    """A hint names few people, and only by the source's own ids."""
    text = SourceHint.refs.cast(db.Text)
    parts = [and_(SourceHint.source_id == source_id, text.contains(f'"{external}"', autoescape=True))
             for source_id, external in person.externals]  # fmt: skip
    return or_(false(), *parts)


def _lined(person: Holding) -> ColumnElement[bool]:
    nameless = and_(RunItem.account_id.is_(None), RunItem.login.in_(person.logins))
    return or_(RunItem.account_id.in_(person.accounts), nameless)


def _worked_on(person: Holding) -> ColumnElement[bool]:
    """Rows of work on many are known by what the action is about: accounts, services, accounts of nobody."""
    of = (("accounts_", person.accounts), ("services_", person.services), ("orphans_", person.orphans))
    jobs = {prefix: select(BulkJob.id).where(BulkJob.kind.startswith(prefix, autoescape=True)) for prefix, _ids in of}
    return or_(*(and_(BulkLine.subject_id.in_(ids), BulkLine.bulk_job_id.in_(jobs[prefix])) for prefix, ids in of))


def _called(person: Holding) -> ColumnElement[bool]:
    units = [f"orphan:{orphan_id}" for orphan_id in person.orphans]
    return or_(Attempt.account_id.in_(person.accounts), Attempt.unit.in_(units))


def _told(person: Holding) -> ColumnElement[bool]:
    return AlertMessage.alert_id.in_(select(Alert.id).where(person.is_about(Alert)))


def _sealed_links(person: Holding) -> ColumnElement[bool]:
    events = and_(ChainLink.kind == "event", ChainLink.row_id.in_(select(Event.id).where(person.is_about(Event))))
    attempts = and_(ChainLink.kind == "attempt", ChainLink.row_id.in_(select(Attempt.id).where(_called(person))))
    return or_(events, attempts)


def _moved(person: Holding) -> ColumnElement[bool]:
    return or_(
        GuidedMove.service_id.in_(person.services), GuidedMove.to_service_id.in_(person.services),
        GuidedMove.to_customer_id == person.customer.id,
    )  # fmt: skip


def _of_accounts(model: Any) -> Condition:
    return lambda person: model.account_id.in_(person.accounts)


def _marked(person: Holding) -> ColumnElement[bool]:
    mine = select(Erasure.id).where(Erasure.customer_id == person.customer.id)
    return ErasedMark.erasure_id.in_(mine)


SECTIONS: Sequence[Section] = (
    Section("registration", {Customer: lambda person: Customer.id == person.customer.id}, Kind.CUSTOMERS),
    Section("contract", {Service: _by_id(Service, "services"), ServicePackage: _by_id(ServicePackage, "sales")},
            Kind.CUSTOMERS),
    Section("platforms", {
        Account: _by_id(Account, "accounts"), Entitlement: _of_accounts(Entitlement),
    }, Kind.CUSTOMERS),
    Section("seats", {Seat: _of_accounts(Seat), SeatChange: _of_accounts(SeatChange)}),
    Section("invoices", {InvoiceLine: _of_accounts(InvoiceLine)}),
    Section("messages", {CustomerMessage: _of_accounts(CustomerMessage), PasswordLink: _of_accounts(PasswordLink)},
            Kind.CUSTOMERS),
    Section("moves", {GuidedMove: _moved}, Kind.CUSTOMERS),
    Section("receipts", {Receipt: lambda person: Receipt.customer_id == person.customer.id}),
    Section("calls", {Attempt: _called}, Kind.BODIES),
    Section("history", {
        Event: lambda person: person.is_about(Event), ChainLink: _sealed_links, BulkLine: _worked_on,
    }, Kind.HISTORY),
    Section("source", {SourceLink: _linked}, Kind.CUSTOMERS),
    Section("readings", {SourceRow: _read, SourcePullItem: _pulled, SourceHint: _hinted}, Kind.SOURCE_ITEMS),
    Section("reconciliations", {RunItem: _lined}, Kind.RUN_ITEMS),
    Section("orphans", {Orphan: _by_id(Orphan, "orphans")}, Kind.ORPHANS),
    Section("alerts", {Alert: lambda person: person.is_about(Alert), AlertMessage: _told}, Kind.ALERTS),
    Section("accesses", {PersonalAccess: lambda person: PersonalAccess.customer_id == person.customer.id},
            Kind.ACCESSES),
    Section("erasure", {Erasure: lambda person: Erasure.customer_id == person.customer.id, ErasedMark: _marked}),
)  # fmt: skip
BY_KEY: Mapping[str, Section] = {section.key: section for section in SECTIONS}


def count_rows(person: Holding) -> dict[str, int]:
    """Return how many rows each section has, in one question."""
    parts = [
        select(literal(section.key), select(func.count()).select_from(model).where(condition(person)).scalar_subquery())
        for section in SECTIONS
        for model, condition in section.tables.items()
    ]
    found = {section.key: 0 for section in SECTIONS}
    for row in db.session.execute(union_all(*parts)):
        found[row[0]] += row[1]
    return found


def rows_of(section: Section, person: Holding, limit: int | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a section by table, the newest first, sealed values masked; one question for each."""
    return {
        model.__tablename__: list(_rows(model, condition(person), limit)) for model, condition in section.tables.items()
    }


def _rows(model: Any, where: ColumnElement[bool], limit: int | None) -> Iterator[dict[str, Any]]:
    table = model.__table__
    keys = list(table.primary_key.columns)
    wanted: Select[Any] = select(table).where(where).order_by(*(key.desc() for key in keys)).limit(limit)
    for row in db.session.execute(wanted):
        yield _shown(table.name, row._mapping)


def _shown(table: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    hidden = SEALED.get(table, ())
    return {str(name): KEPT if str(name) in hidden and value else value for name, value in row.items()}
