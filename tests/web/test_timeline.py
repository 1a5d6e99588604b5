"""The timeline of one customer: every table in one list, filtered, page by page, and nobody else's."""

import re
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser, signed_in
from tests.services.helpers import account_of
from tests.web import why_states
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Attempt, Customer, Event, Service, SourceLink
from webapp.services import timeline_query
from webapp.services.timeline import KINDS, Entry, view_timeline
from webapp.services.timeline_query import Scope

TABLES = {"event", "attempt", "run_item", "pull_item", "alert", "bulk_line"}
ENTRY = re.compile(r'id="entry-([a-z-]+)-(\d+)"')


@pytest.fixture
def account(app: APIFlask) -> Account:
    """A customer with a line of every table."""
    service = factories.make_service(plan=factories.make_plan(factories.make_package()))
    return fill(service)


def fill(service: Service) -> Account:
    account = account_of(service)
    source = factories.make_source()
    link = {"source_id": source.id, "kind": "service", "external": "1", "local_id": service.id, "seen_at": utc_now()}
    db.session.add(SourceLink(**link))
    why_states.add_lines(service.customer, service, account, source.id)
    why_states.add_bulk_line(account.id)
    db.session.commit()
    return account


def entries(customer_id: int, **how: Any) -> list[Entry]:
    """Return all entries, read page by page, three at a time."""
    found: list[Entry] = []
    cursor = ""
    while True:
        page = view_timeline(customer_id, cursor=cursor, size=3, **how).page
        found += page.items
        cursor = page.cursor
        if not cursor:
            return found


def call(account: Account, outcome: str = "ok", **values: Any) -> Attempt:
    at = values.pop("at", utc_now())
    row = Attempt(integration_id=account.integration_id, account_id=account.id, operation="create", key="k",
                  started_at=at, finished_at=at, outcome=outcome, **values)  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return row


def test_every_table_is_in_one_list_newest_first_and_no_line_twice(account: Account) -> None:
    call(account)
    found = entries(account.service.customer_id)
    assert {entry.table for entry in found} == TABLES
    assert [entry.at for entry in found] == sorted((entry.at for entry in found), reverse=True)
    keys = [(entry.table, entry.id) for entry in found]
    assert len(keys) == len(set(keys))
    whole = view_timeline(account.service.customer_id, size=100).page.items
    assert keys == [(entry.table, entry.id) for entry in whole]


def test_lines_of_one_moment_are_paged_without_loss(account: Account) -> None:
    at = utc_now() + timedelta(seconds=5)
    for _number in range(4):
        call(account, at=at)
        db.session.add(Event(at=at, actor="a@example.com", action="service.update", object_type="service",
                             object_id=account.service_id))  # fmt: skip
    db.session.commit()
    found = [(entry.table, entry.id) for entry in entries(account.service.customer_id) if entry.at == at]
    assert (len(found), len(set(found))) == (8, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_kind_shows_its_own_lines_and_together_they_are_all(kind: str, account: Account) -> None:
    call(account)
    customer_id = account.service.customer_id
    everything = {(one.table, one.id): one.kind for one in entries(customer_id)}
    mine = {(one.table, one.id) for one in entries(customer_id, kind=kind)}
    assert mine == {key for key, of in everything.items() if of == kind}
    assert mine or kind == "people"


def test_outcome_of_a_call_is_told_once_and_by_its_event_when_the_call_is_gone(account: Account) -> None:
    at = utc_now()
    attempt = call(account, at=at)
    db.session.add(Event(at=at, actor="system", action="account.create", object_type="account", object_id=account.id))
    db.session.commit()
    customer_id = account.service.customer_id
    assert [one.table for one in entries(customer_id, kind="sent")] == ["attempt"]
    db.session.delete(attempt)
    db.session.commit()
    assert [(one.table, one.word) for one in entries(customer_id, kind="sent")] == [("event", "account.create")]


def test_somebody_elses_lines_are_never_shown(account: Account) -> None:
    stranger = factories.make_service(plan=factories.make_plan(factories.make_package()))
    other = fill(stranger)
    mine = {(one.table, one.id) for one in entries(account.service.customer_id)}
    theirs = {(one.table, one.id) for one in entries(stranger.customer_id)}
    assert not mine & theirs
    narrowed = entries(account.service.customer_id, about=f"account-{other.id}")
    assert narrowed == []
    assert entries(account.service.customer_id, about=f"service-{stranger.id}") == []


def test_timeline_is_narrowed_to_a_service_and_to_an_account(account: Account) -> None:
    customer = account.service.customer
    second = factories.make_service(customer, factories.make_plan(factories.make_package()))
    call(account_of(second))
    of_first = entries(customer.id, about=f"account-{account.id}")
    assert {one.object_id for one in of_first if one.table == "attempt"} <= {account.id}
    assert {one.table for one in of_first} >= {"run_item", "bulk_line"}
    of_second = entries(customer.id, about=f"service-{second.id}")
    assert {one.object_id for one in of_second if one.object_type == "service"} == {second.id}
    assert "pull_item" not in {one.table for one in of_second}


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMiwzXQ", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiw5LDFd"])
def test_forged_cursor_begins_at_the_newest(cursor: str, account: Account) -> None:
    customer_id = account.service.customer_id
    first = view_timeline(customer_id, size=3).page.items
    assert view_timeline(customer_id, cursor=cursor, size=3).page.items == first


def test_page_and_part_are_the_same_and_the_filter_survives_paging(viewer: Browser, account: Account) -> None:
    for _number in range(12):
        call(account)
    address = f"/customers/{account.service.customer_id}/timeline?kind=sent&size=10"
    whole, part = viewer.get(address), viewer.get(address, hx=True)
    assert part.text.strip().startswith('<div id="timeline"')
    assert ENTRY.findall(whole.text) == ENTRY.findall(part.text)
    assert len(ENTRY.findall(part.text)) == 10
    (older,) = {link for link in re.findall(r'href="([^"]+cursor=[^"]+)"', part.text)}
    rest = viewer.get(older.replace("&amp;", "&"))
    assert [table for table, _id in ENTRY.findall(rest.text)] == ["attempt", "attempt"]


def test_every_line_says_who_when_and_leads_to_its_details(viewer: Browser, account: Account) -> None:
    attempt = call(account, "rejected", error_code="platform_rejected", error_params={"message": "taken"})
    text = viewer.get(f"/customers/{account.service.customer_id}/timeline").text
    for said in (f"/attempts/{attempt.id}", "taken", "/runs/", "/pulls/", "/alerts", "/bulk/", "<time datetime="):
        assert said in text, said


def test_timeline_reads_no_whole_table(account: Account) -> None:
    customer = db.session.get_one(Customer, account.service.customer_id)
    statement = timeline_query.newest(Scope(customer.id, customer.code, customer.created_at), None, 51)
    assert statement is not None
    compiled = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = [row[-1] for row in db.session.execute(db.text(f"EXPLAIN QUERY PLAN {compiled}"))]
    scans = [step for step in plan if re.match(r"SCAN (?!\(subquery|anon|CONSTANT)", step)]
    assert scans == [], "a whole table is read"


def test_pages_of_one_subscriber_run_on_postgresql(postgres_app: APIFlask) -> None:
    service = factories.make_service(plan=factories.make_plan(factories.make_package()))
    account = fill(service)
    call(account)
    assert {one.table for one in entries(service.customer_id)} == TABLES
    browser = signed_in(postgres_app, "viewer")
    for address in ("", "/why", "/timeline"):
        assert browser.get(f"/customers/{service.customer_id}{address}").status_code == 200, address


@pytest.mark.parametrize("address", ["/customers/{id}/timeline?about=service-{digits}", "/history?size={digits}"])
def test_number_of_thousands_of_digits_names_no_row_and_no_size(
    address: str, account: Account, viewer: Browser
) -> None:
    there = address.format(id=account.service.customer_id, digits="9" * 5000)
    assert viewer.get(there).status_code == 200
