"""The history: what belongs to an object, in which order, found by which filter, on which index."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import event as hook

from tests.factories import make_customer, make_integration, make_package, make_plan, make_product, make_service
from tests.services.helpers import account_of
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Attempt, Event, Run, Service
from webapp.services.history_names import names_of
from webapp.services.history_query import ONLY, WITH, WITHOUT, Filter
from webapp.services.pages import Page
from webapp.services.pages_history import Entry, Places, actors, subject_of
from webapp.services.tables.history import HISTORY
from webapp.services.tables.reading import Asked, read_page

NOON = datetime.fromisoformat("2026-11-22T12:00:00+00:00")


def happened(action: str = "service.update", **values: Any) -> Event:
    """Write an event of its own kind, so that those of the factories do not count."""
    kind = action.partition(".")[0]
    row = Event(**{"at": utc_now(), "actor": "ana@example.com", "action": action, "object_type": kind, **values})
    db.session.add(row)
    db.session.commit()
    return row


def called(account: Account, operation: str = "create", at: datetime | None = None, **values: Any) -> Attempt:
    """Write a transmission of an account."""
    values = {"outcome": "ok", "unit": "account", "started_at": at or utc_now(), "finished_at": at, **values}
    row = Attempt(integration_id=account.integration_id, account_id=account.id, operation=operation, **values)
    db.session.add(row)
    db.session.commit()
    return row


def page_of(wanted: Filter, after: str = "", size: int = 50, *, before: str = "", sort: str = "-time") -> Page[Entry]:
    """Return a page of what is wanted, whatever the address of a page can ask for."""
    table = replace(HISTORY, reads=lambda _filters: Places(wanted))
    return read_page(table, Asked({}, sort, HISTORY.usual_columns, size, after, before))


def shown(wanted: Filter, **page: Any) -> list[str]:
    """Return what a history shows, newest first: actions of events, operations of transmissions."""
    return [said(entry) for entry in page_of(wanted, **page).items]


def said(entry: Entry) -> str:
    return entry.event.action if entry.event else f"call {entry.attempt.operation}"  # type: ignore[union-attr]


def sold() -> Service:
    """Return a service of a new customer with one package, so with one account."""
    return make_service(plan=make_plan(make_package()))


def test_customers_history_has_what_belongs_to_them_and_nothing_of_others(app: APIFlask) -> None:
    mine, other = sold(), sold()
    called(account_of(mine))
    called(account_of(other), "cancel")
    happened("account.try_now", object_id=account_of(mine).id)
    found = shown(Filter("customer", mine.customer_id, sent=WITH))
    assert found == ["account.try_now", "call create", "service.create", "customer.create"]
    assert shown(Filter("customer", other.customer_id, sent=WITH))[0] == "call cancel"


def test_services_history_leaves_out_the_customers_other_services(app: APIFlask) -> None:
    customer, plan = make_customer(), make_plan(make_package())
    mine, other = make_service(customer, plan), make_service(customer, plan)
    called(account_of(other))
    happened("service.update", object_id=other.id)
    happened("sale.update", object_type="service_package", object_id=mine.packages[0].id)
    assert shown(Filter("service", mine.id, sent=WITH)) == ["sale.update", "service.create"]


def test_integrations_history_has_products_and_runs_and_transmissions_only_when_asked(app: APIFlask) -> None:
    service = sold()
    account = account_of(service)
    run = Run(integration_id=account.integration_id, mode="plan", status="done", started_at=utc_now())
    db.session.add(run)
    db.session.flush()
    happened("run.done", object_id=run.id)
    called(account)
    make_product(make_integration())
    quiet = shown(Filter("integration", account.integration_id))
    assert quiet == ["run.done", "product.create", "integration.create"]
    assert shown(Filter("integration", account.integration_id, sent=WITH)) == ["call create", *quiet]
    assert shown(Filter("integration", account.integration_id, sent=ONLY)) == ["call create"]


def test_sales_history_has_calls_of_the_whole_account_and_of_its_own_right(app: APIFlask) -> None:
    service = sold()
    sale, account = service.packages[0], account_of(service)
    make_right(account, sale.id)
    called(account, "create", unit=f"{sale.id}:P1")
    called(account, "update", unit=f"{sale.id + 1}0:P1")
    called(account, "cancel", unit="account")
    assert shown(Filter("service_package", sale.id, sent=ONLY)) == ["call cancel", "call create"]


def make_right(account: Account, sale_id: int) -> None:
    from_package = account.service.packages[0].package.products[0].id
    values = {"account_id": account.id, "service_package_id": sale_id, "product_id": from_package}
    db.session.execute(db.metadata.tables["entitlement"].insert().values(**values, desired="active", applied="none",
                       created_at=NOON, updated_at=NOON))  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_pages_neither_skip_nor_repeat_a_row_of_one_moment(size: int, app: APIFlask) -> None:
    account = account_of(sold())
    for number in range(6):
        at = NOON + timedelta(seconds=number // 3)
        happened("account.try_now", object_id=account.id, at=at, label=str(number))
        called(account, at=at)
    wanted = Filter("account", account.id, sent=WITH)
    entries = list(every(wanted, size))
    assert len(entries) == len({(entry.event or entry.attempt) for entry in entries}) == 12
    moments = [entry.at for entry in entries]
    assert moments == sorted(moments, reverse=True)
    turned = list(every(wanted, size, sort="time"))
    assert [one.event or one.attempt for one in turned] == [one.event or one.attempt for one in entries[::-1]]


def every(wanted: Filter, size: int, sort: str = "-time") -> Iterator[Entry]:
    """Yield all, page by page; on the way back each page is the one that it was."""
    pages = [page_of(wanted, size=size, sort=sort)]
    while pages[-1].cursor:
        pages.append(page_of(wanted, pages[-1].cursor, size, sort=sort))
    for former, page in itertools.pairwise(pages):
        assert [said(one) for one in page_of(wanted, size=size, before=page.before, sort=sort).items] == [
            said(one) for one in former.items
        ]
    for page in pages:
        yield from page.items


@pytest.mark.parametrize("cursor", ["nonsense", "WzEsMiwzXQ", "WyJ4IiwwLDFd", "WyIyMDI2LTExLTIyIiwwLDFd"])
def test_cursor_that_is_not_ours_begins_at_the_first_page(cursor: str, app: APIFlask) -> None:
    happened("plan.update")
    assert shown(Filter(), after=cursor) == ["plan.update"]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Filter(actor="ana@example.com"), 1), (Filter(actor="ana"), 0), (Filter(action="plan"), 1),
        (Filter(action="plan.update"), 1), (Filter(action="plan.create"), 0), (Filter(text="FIBRA"), 1),
        (Filter(text="price rise"), 1), (Filter(text="%"), 0), (Filter(text="_"), 0), (Filter(since=NOON), 1),
        (Filter(since=NOON + timedelta(seconds=1)), 0), (Filter(until=NOON), 0),
        (Filter(until=NOON + timedelta(seconds=1)), 1), (Filter("plan", 7), 1), (Filter("plan", 8), 0),
    ],
)  # fmt: skip
def test_filter_finds_what_it_asks_for(wanted: Filter, count: int, app: APIFlask) -> None:
    happened("plan.update", at=NOON, object_id=7, label="Fibra 500", reason="Price rise")
    assert len(shown(wanted)) == count


def test_filter_by_integration_finds_all_that_hangs_on_it(app: APIFlask) -> None:
    mine, other = sold(), sold()
    here, there = account_of(mine), account_of(other)
    happened("account.try_now", object_id=here.id)
    happened("sale.update", object_type="service_package", object_id=mine.packages[0].id)
    happened("account.resend", object_id=there.id)
    called(here)
    called(there, "cancel")
    found = shown(Filter(integration_id=here.integration_id, sent=WITH))
    assert found == ["call create", "sale.update", "account.try_now", "package.create", "product.create",
                     "integration.create"]  # fmt: skip


def test_filters_that_no_transmission_can_meet_leave_them_out(app: APIFlask) -> None:
    account = account_of(sold())
    account.login = "maria@example.com"
    called(account)
    assert shown(Filter(sent=ONLY)) == ["call create"]
    assert shown(Filter(sent=ONLY, actor="system")) == ["call create"]
    assert shown(Filter(sent=ONLY, action="account.create")) == ["call create"]
    assert shown(Filter(sent=ONLY, text="MARIA@")) == ["call create"]
    assert shown(Filter(sent=ONLY, text="joana@")) == []
    for wanted in (Filter(sent=ONLY, actor="ana@example.com"), Filter(sent=ONLY, action="plan"),
                   Filter(sent=ONLY, action="account.cancel"), Filter("plan", 1, sent=ONLY)):  # fmt: skip
        assert shown(wanted) == [], wanted


def test_an_outcome_names_its_transmission_and_does_not_stand_beside_it(app: APIFlask) -> None:
    account = account_of(sold())
    call = called(account, at=NOON)
    happened("account.create", object_id=account.id, actor="system", at=NOON)
    (entry,) = page_of(Filter("account", account.id, sent=WITHOUT)).items
    assert (said(entry), entry.attempt_id) == ("account.create", call.id)
    assert shown(Filter("account", account.id, sent=WITH)) == ["call create"]


def test_objects_are_named_with_their_holder_and_what_is_gone_has_no_name(app: APIFlask) -> None:
    service = sold()
    account, sale = account_of(service), service.packages[0]
    wanted = {("service", service.id), ("account", account.id), ("service_package", sale.id), ("plan", 999),
              ("plan", service.plan_id), ("import", 1)}  # fmt: skip
    names = names_of(wanted)
    assert names["service", service.id].name == service.code
    assert names["service_package", sale.id].name == sale.package.description
    assert account.integration.description in names["account", account.id].name
    holders = {named.holder for kind, named in ((key[0], named) for key, named in names.items()) if kind != "plan"}
    assert holders == {service.customer.name}
    assert ("plan", 999) not in names


def test_a_package_that_a_plan_names_by_its_id_has_a_name_too(app: APIFlask) -> None:
    package = make_package()
    plan = make_plan(package)
    (entry,) = page_of(Filter("plan", plan.id)).items
    assert entry.names["package", package.id].name == package.description
    assert entry.subject == entry.names["plan", plan.id] == subject_of(("plan", plan.id), [])


def test_who_may_have_acted_is_offered(app: APIFlask, admin: object) -> None:
    assert ("admin@example.com", "") in actors()


ON_INDEX = (
    Filter(), Filter(sent=WITH), Filter(sent=ONLY), Filter(actor="ana@example.com"), Filter(actor="system"),
    Filter(action="account"), Filter(action="plan"), Filter(text="x", sent=WITH), Filter(integration_id=1, sent=WITH),
    Filter(since=NOON, until=NOON, sent=WITH),
)  # fmt: skip
OF_ONE = tuple(
    Filter(kind, 1, sent=WITH)
    for kind in ("customer", "service", "service_package", "account", "product", "package", "plan", "run")
)


@pytest.mark.parametrize("sort", ["-time", "time"])
@pytest.mark.parametrize("wanted", [*ON_INDEX, *OF_ONE], ids=str)
def test_history_is_read_from_an_index(wanted: Filter, sort: str, app: APIFlask) -> None:
    steps = [step for step in explained(wanted, sort) if step.split()[:1] in (["SCAN"], ["SEARCH"])]
    about = [step for step in steps if step.split()[1] in ("event", "attempt")]
    assert about
    assert [step for step in about if "INDEX" not in step] == []
    if wanted.is_about_one:
        assert [step for step in about if not step.startswith("SEARCH")] == []


def explained(wanted: Filter, sort: str) -> list[str]:
    """Return what SQLite says about how it reads one page."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        seen.append((statement, values))

    hook.listen(db.engine, "before_cursor_execute", note)
    try:
        page_of(wanted, sort=sort)
    finally:
        hook.remove(db.engine, "before_cursor_execute", note)
    reads = [(statement, values) for statement, values in seen if "ORDER BY" in statement]
    rows = [
        row
        for statement, values in reads
        for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    ]
    return [row[-1] for row in rows]
