"""Writes a batch: a fixed number of statements, whatever its size, in the caller's transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from webapp.clock import utc_now
from webapp.decide.intake import (
    Change,
    Direction,
    HeldPackage,
    KnownCustomer,
    KnownService,
    WantedPackage,
    WantedService,
    What,
)
from webapp.decide.policy import ENDED, PAYING
from webapp.extensions import db
from webapp.models import Customer, Event, Service, ServicePackage
from webapp.services import accounts, sale_params
from webapp.services.buyers import password_place
from webapp.services.documents import fold as folded
from webapp.services.hub import current_hub
from webapp.services.intake.folding import Done
from webapp.services.intake.history import events_of
from webapp.services.intake.links import write_links
from webapp.services.intake.stock import Stock

_CUSTOMER, _SERVICE, _SALE = Customer.__table__, Service.__table__, ServicePackage.__table__
_EVENT = Event.__table__
_OF_CUSTOMER = ("name", "name_folded", "document", "email", "phone")
_OF_SERVICE = ("customer_id", "plan_id", "status", "login", "address", "city", "value", "due_day", "sold_on")
# No platform is told of these, so a change of them alone concerns no account.
_UNTOLD = frozenset({"city"})
_OF_SALE = ("value", "starts_on", "ends_on", "removed_at")
Row = dict[str, Any]


def _changing(table: Any, names: Sequence[str]) -> Any:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    stamped = {"version": table.c.version + 1, "updated_at": bindparam("new_updated_at")}
    return update(table).where(table.c.id == bindparam("key")).values(**values, **stamped)


_UPDATE_CUSTOMER = _changing(_CUSTOMER, _OF_CUSTOMER)
_UPDATE_SERVICE = _changing(_SERVICE, _OF_SERVICE)
_UPDATE_SALE = _changing(_SALE, _OF_SALE)
_SET_PASSWORD = update(_SERVICE).where(_SERVICE.c.id == bindparam("key")).values(password=bindparam("sealed"))


class Writer:
    """Writes what a batch made of the stock."""

    def __init__(self, stock: Stock, done: Sequence[Done]) -> None:
        self._stock = stock
        self._done = done
        self._now = utc_now()
        self._ids: dict[int, int] = {}
        self._params: dict[int, dict[str, str]] = {}

    def real(self, row_id: int) -> int:
        """Return the id that a provisional one became; a real one is itself."""
        return row_id if row_id > 0 else self._ids[row_id]

    def write(self) -> None:
        """Write rows, links and events, and mark the accounts that follow; the caller commits."""
        self._customers()
        self._services()
        self._passwords()
        self._sales()
        if self._stock.source_id is not None:
            write_links(self._stock, self._done, self.real)
        events = events_of(self._stock, self._done, self._params, self.real)
        if events:
            db.session.execute(insert(_EVENT), events)
        self._mark()

    def _customers(self) -> None:
        fresh = [customer for customer in self._stock.customers.values() if customer.id < 0]
        rows = [{"code": one.code, **_person(one), **self._stamps()} for one in fresh]
        self._insert(_CUSTOMER, rows, {one.code: one.id for one in fresh}, "code")
        changed = [self._stock.customers[one] for one in self._stock.were_customers if one > 0]
        self._execute(_UPDATE_CUSTOMER, [self._change(one.id, _person(one)) for one in changed])

    def _services(self) -> None:
        fresh = [service for service in self._stock.services.values() if service.id < 0]
        rows = [{"code": one.code, **self._service(one), **self._paid(one), **self._stamps()} for one in fresh]
        self._insert(_SERVICE, rows, {one.code: one.id for one in fresh}, "code")
        changed = [self._stock.services[one] for one in self._stock.were_services if one > 0]
        self._execute(_UPDATE_SERVICE, [self._change(one.id, self._service(one)) for one in changed])
        payers = [one.id for one in changed if _pays_again(self._stock.were_services[one.id], one)]
        if payers:
            values = {"paid_at": self._now, "enabled_at": func.coalesce(_SERVICE.c.enabled_at, self._now)}
            db.session.execute(update(_SERVICE).where(_SERVICE.c.id.in_(payers)).values(**values))
        self._ends(changed)

    def _ends(self, changed: Sequence[KnownService]) -> None:
        """Note when services ended, and that they go on again."""
        turned = [one for one in changed if _is_over(self._stock.were_services[one.id]) != _is_over(one)]
        for moment, over in ((self._now, True), (None, False)):
            ids = [one.id for one in turned if _is_over(one) is over]
            if ids:
                db.session.execute(update(_SERVICE).where(_SERVICE.c.id.in_(ids)).values(ended_at=moment))

    def _passwords(self) -> None:
        """Seal under the row's id, so after the row has one."""
        vault, rows = current_hub().vault, []
        for row in self._done:
            data = row.judged.effective.service
            if data is not None and data.password and row.service_id is not None and _sets_password(row.changes):
                key = self.real(row.service_id)
                rows.append({"key": key, "sealed": vault.seal(str(data.password), password_place(key))})
        self._execute(_SET_PASSWORD, rows)

    def _sales(self) -> None:
        fresh, changes = [], []
        for service_id, service in self._stock.services.items():
            if service_id > 0 and service_id not in self._stock.were_services:
                continue
            before = {sale.sale_id: sale for sale in self._before(service_id)}
            fresh += [(service, sale) for sale in service.packages if sale.sale_id < 0]
            changes += list(self._changed_sales(before, service))
        # The live index allows a package once, so what goes must be gone before anything comes.
        self._execute(_UPDATE_SALE, changes)
        self._sell(fresh)

    def _before(self, service_id: int) -> Sequence[HeldPackage]:
        return self._stock.were_services[service_id].packages if service_id > 0 else ()

    def _changed_sales(self, before: dict[int, HeldPackage], service: KnownService) -> Iterator[Row]:
        present = {sale.sale_id: sale for sale in service.packages}
        for sale_id, old in before.items():
            new = present.get(sale_id)
            if new is None:
                yield self._change(sale_id, {**_sold(old), "removed_at": self._now})
            elif new != old:
                yield self._change(sale_id, {**_sold(new), "removed_at": None})

    def _sell(self, fresh: Sequence[tuple[KnownService, HeldPackage]]) -> None:
        rows, ids = [], {}
        wanted = {row.service_id: row.judged.effective.service for row in self._done}
        for service, sale in fresh:
            told = _told(wanted.get(service.id), sale.package_id)
            preset = self._stock.catalogue.presets(service.plan_id, sale.package_id)
            traits = self._stock.catalogue.packages[sale.package_id].traits
            params = {**preset, **told.params}
            kept = sale_params.sealed(traits, service.code, sale.package_id, params) if params else {}
            self._params[sale.sale_id] = kept
            key = self.real(service.id)
            ids[key, sale.package_id] = sale.sale_id
            rows.append(
                {"service_id": key, "package_id": sale.package_id, **_sold(sale),
                 "description": told.description, "params": kept, **self._stamps()}
            )  # fmt: skip
        if rows:
            statement = insert(_SALE).returning(_SALE.c.id, _SALE.c.service_id, _SALE.c.package_id)
            for row in db.session.execute(statement, rows):
                self._ids[ids[row.service_id, row.package_id]] = row.id

    def _mark(self) -> None:
        marks: dict[int, int] = {}
        for row in self._done:
            if row.service_id is not None and any(_concerns_accounts(change) for change in row.changes):
                marks[self.real(row.service_id)] = _priority(row)
        for service_id in self._services_of_changed():
            marks[service_id] = min(accounts.ORDINARY, marks.get(service_id, accounts.ORDINARY))
        for priority in sorted(set(marks.values())):
            accounts.mark_services([key for key, value in marks.items() if value == priority], priority)

    def _services_of_changed(self) -> Sequence[int]:
        changed = [customer_id for customer_id in self._stock.were_customers if customer_id > 0]
        if not changed:
            return []
        return db.session.scalars(select(_SERVICE.c.id).where(_SERVICE.c.customer_id.in_(changed))).all()

    def _insert(self, table: Any, rows: Sequence[Row], ids: dict[str, int], key: str) -> None:
        if rows:
            statement = insert(table).returning(table.c.id, table.c[key])
            for row in db.session.execute(statement, list(rows)):
                self._ids[ids[row[1]]] = row[0]

    def _execute(self, statement: Any, rows: Sequence[Row]) -> None:
        if rows:
            db.session.execute(statement, list(rows))

    def _service(self, service: KnownService) -> Row:
        row = {name: getattr(service, name) for name in _OF_SERVICE}
        row |= {"customer_id": self.real(service.customer_id), "city": service.city or None}
        return row

    def _paid(self, service: KnownService) -> dict[str, datetime | None]:
        moment = self._now if service.status in PAYING else None
        return {"paid_at": moment, "enabled_at": moment, "ended_at": self._now if _is_over(service) else None}

    def _stamps(self) -> Row:
        return {"version": 1, "created_at": self._now, "updated_at": self._now}

    def _change(self, key: int, values: Row) -> Row:
        return {"key": key, "new_updated_at": self._now, **{f"new_{name}": value for name, value in values.items()}}


def _person(customer: KnownCustomer) -> Row:
    return {
        "name": customer.name, "name_folded": folded(customer.name)[:200], "document": customer.document,
        "email": customer.email, "phone": customer.phone,
    }  # fmt: skip


def _sold(sale: HeldPackage) -> Row:
    return {"value": sale.value, "starts_on": sale.starts_on, "ends_on": sale.ends_on}


def _told(data: WantedService | None, package_id: int) -> WantedPackage:
    """Return what the record says of a package."""
    named = (one for one in (data.packages if data else None) or () if one.package_id == package_id)
    return next(named, WantedPackage(package_id))


def _is_over(service: KnownService) -> bool:
    return service.status in ENDED


def _pays_again(before: KnownService, after: KnownService) -> bool:
    return after.status in PAYING and before.status not in PAYING


def _sets_password(changes: Sequence[Change]) -> bool:
    return any(change.what is What.CREATE_SERVICE or change.field == "password" for change in changes)


def _concerns_accounts(change: Change) -> bool:
    untold = change.what is What.UPDATE_SERVICE and change.field in _UNTOLD
    return change.what is not What.UPDATE_CUSTOMER and not untold


def _priority(row: Done) -> int:
    """A payer overtakes everything; what only takes away waits behind the rest."""
    created = any(change.what is What.CREATE_SERVICE for change in row.changes)
    if not created and any(_is_payment(change) for change in row.changes):
        return accounts.PAID_NOW
    directions = {change.direction for change in row.changes}
    takes = Direction.NEGATIVE in directions and Direction.POSITIVE not in directions
    return accounts.NEGATIVE if takes else accounts.ORDINARY


def _is_payment(change: Change) -> bool:
    return change.what is What.STATUS and change.direction is Direction.POSITIVE
