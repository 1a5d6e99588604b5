"""The page of the history: whose it is, what it says, how it is filtered."""

import csv
import io
import re
from datetime import datetime
from typing import Any

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser
from tests.services.helpers import account_of
from tests.web import world
from tests.web.page import read, read_page
from tests.web.test_queries import MOST_QUERIES, counted
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Attempt, Event, Service
from webapp.services import packages, plans
from webapp.services.audit import MASK, acting_as
from webapp.services.inputs import IntegrationInput, PlanInput
from webapp.services.integrations import update_integration

FILTERS = ("", "?sent=yes", "?type=customer&id={customer_id}", "?integration={integration_id}&sent=only")


@pytest.fixture
def here(app: APIFlask) -> world.World:
    return world.build()


def happened(**values: Any) -> Event:
    row = Event(**{"at": utc_now(), "actor": "system", "action": "plan.update", "object_type": "plan", **values})
    db.session.add(row)
    db.session.commit()
    return row


def words(browser: Browser, query: str = "") -> str:
    """Return what the list says, without markup."""
    text = re.sub(r"<[^>]+>", " ", browser.get(f"/history{query}", hx=True).text)
    return " ".join(text.split())


@pytest.mark.parametrize("query", FILTERS)
def test_history_is_well_formed_and_its_part_stands_on_the_page(query: str, viewer: Browser, here: world.World) -> None:
    url = "/history" + query.format(**here.ids())
    whole, part = viewer.get(url), viewer.get(url, hx=True)
    read_page(whole)
    read(part)
    assert part.text.strip().startswith('<div id="history-list"')
    assert "".join(part.text.split()) in "".join(whole.text.split())


@pytest.mark.parametrize("role", ["admin", "attendant", "finance", "viewer"])
def test_everybody_who_signs_in_may_read_it(role: str, request: pytest.FixtureRequest, here: world.World) -> None:
    browser: Browser = request.getfixturevalue(role)
    assert browser.get("/history").status_code == 200
    assert 'href="/history"' in browser.get("/").text


def test_history_of_one_object_names_it_and_leads_back(admin: Browser, here: world.World) -> None:
    text = admin.get(f"/history?type=customer&id={here.customer_id}").text
    found = read_page(admin.get(f"/history?type=customer&id={here.customer_id}"))
    name = db.session.get_one(Service, here.service_id).customer.name
    assert re.search(rf"<h1>[^<]*{name}</h1>", text)
    assert f"/customers/{here.customer_id}" in [link["href"] for link in found.all("a")]
    assert f"/customers/{here.customer_id}#account-{here.account_id}" in text
    assert f"/attempts/{here.attempt_id}" in text
    assert {"name": "id", "type": "hidden", "value": str(here.customer_id)} in found.all("input")


def test_history_of_nothing_is_not_found(viewer: Browser) -> None:
    assert viewer.get("/history?type=plan&id=999").status_code == 404
    assert viewer.get("/history?type=plan&id=999&q=x").status_code == 200


def test_history_of_what_is_gone_can_still_be_read(viewer: Browser) -> None:
    happened(object_id=999, label="Fibra velha")
    assert "Fibra velha" in words(viewer, "?type=plan&id=999")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=thing", True), ("id=0", True), ("id=x", True), ("id=9999999999", True), ("since=yesterday", True),
        ("until=9999-12-31", True), ("action=DROP", True), ("action=plan.burn", False), ("integration=99", False),
        ("who=nobody", False),
    ],
)  # fmt: skip
def test_filter_that_cannot_be_understood_counts_as_not_asked_and_what_fits_nothing_can_be_taken_off(
    query: str, found: bool, viewer: Browser
) -> None:
    happened(label="Fibra velha", object_id=1)
    page = read_page(viewer.get(f"/history?{query}"))
    assert ("Fibra velha" in words(viewer, f"?{query}")) == found
    assert "/history" in [link["href"] for link in page.all("a")], "there is a way out"


def test_list_can_be_turned_round_kept_as_a_view_and_walked_back(admin: Browser) -> None:
    for number in range(11):
        happened(label=f"Fibra {number:02}", object_id=1)
    oldest = words(admin, "?sort=time&size=10&action=plan")
    assert oldest.index("Fibra 00") < oldest.index("Fibra 09")
    assert "Fibra 10" not in oldest
    links = [link["href"] for link in read(admin.get("/history?action=plan&size=10")).all("a")]
    second = read(admin.get(next(link for link in links if "cursor=" in link)))
    back = next(link["href"] for link in second.all("a") if "before=" in link["href"])
    assert "Fibra 10" in admin.get(back).text
    admin.post("/tables/history/views", data={"name": "Planos", "query": "action=plan&sent=only&q=Maria"})
    links = [link["href"] for link in read(admin.get("/history")).all("a")]
    assert any("action=plan" in link and "sent=only" in link and "Maria" not in link for link in links)


def test_file_says_what_the_page_says_and_only_administrators_take_it(admin: Browser, attendant: Browser) -> None:
    happened(actor="ana@example.com", label="Fibra", object_id=1, reason="Reajuste",
             before={"value": "99.90"}, after={"value": "120.00"})  # fmt: skip
    taken = admin.post("/tables/history/export", data={"format": "csv", "query": "action=plan"}).text
    (line,) = list(csv.reader(io.StringIO(taken.lstrip("\ufeff")), delimiter=";"))[1:]
    assert line[1:4] == ["ana@example.com", "Plano alterado", "Valor: R$\xa099,90 → R$\xa0120,00"]
    assert "Reajuste" in line
    assert attendant.post("/tables/history/export", data={"format": "csv"}).status_code == 403
    assert "/export" not in attendant.get("/history").text


def test_link_is_given_only_to_whoever_may_open_it(admin: Browser, viewer: Browser, here: world.World) -> None:
    for browser in (admin, viewer):
        links = [link["href"] for link in read(browser.get(f"/history?type=plan&id={here.plan_id}")).all("a")]
        for address in [link for link in links if link.startswith(("/plans/", "/packages/", "/integrations/"))]:
            assert browser.get(address).status_code == 200, address
    assert f'href="/plans/{here.plan_id}"' in admin.get(f"/history?type=plan&id={here.plan_id}").text


def test_change_is_told_with_who_before_and_after(admin: Browser, here: world.World) -> None:
    plan = plans.get_plan(here.plan_id)
    link = {"package_id": here.package_id, "mandatory": True, "params": {}}
    data = {"description": plan.description, "value": "120.00", "download_kbps": 500_000, "packages": [link]}
    with acting_as("admin@example.com"):
        plans.update_plan(plan.id, PlanInput(**data))
    text = words(admin, f"?type=plan&id={plan.id}&action=plan.update")
    package = packages.get_package(here.package_id).description
    assert "admin@example.com" in text
    for said in ("R$\xa099,90", "R$\xa0120,00", "500 Mbps", package):
        assert said.replace("\xa0", " ") in text.replace("\xa0", " "), text


def test_secret_is_never_told(admin: Browser) -> None:
    integration = factories.make_integration(gateway="nx_play")
    params = {"api_url": "http://127.0.0.1:9", "token": "another-token"}
    data = IntegrationInput(gateway="nx_play", description=integration.description, params=params)
    update_integration(integration.id, data)
    text = words(admin, f"?type=integration&id={integration.id}")
    assert "token" in text
    assert MASK in text
    assert "a-token" not in text
    assert "another-token" not in text


def test_days_begin_and_end_where_the_provider_is(viewer: Browser) -> None:
    happened(at=datetime.fromisoformat("2026-11-22T02:30:00+00:00"), label="Late in the evening", object_id=1)
    assert "21/11/2026 23:30:00" in words(viewer, "?since=2026-11-21&until=2026-11-21")
    assert "Late in the evening" not in words(viewer, "?since=2026-11-22")
    assert "Late in the evening" not in words(viewer, "?until=2026-11-20")


def test_person_is_called_by_name_and_stays_in_the_filter_when_gone(admin: Browser) -> None:
    happened(actor="gone@example.com", label="Fibra", object_id=1)
    page = read(admin.get("/history?who=gone@example.com"))
    chosen = [option["value"] for option in page.all("option") if "selected" in option]
    assert "gone@example.com" in chosen
    assert "Fibra" in words(admin, "?who=gone@example.com")
    assert "Fibra" not in words(admin, "?who=admin@example.com")


def test_text_of_an_event_is_shown_as_text(viewer: Browser) -> None:
    happened(reason="<script>alert(1)</script>", label="<b>", after={"description": "<i>x</i>"}, object_id=1)
    text = viewer.get("/history").text
    assert "<script>alert" not in text
    assert "<i>x" not in text
    assert "&lt;script&gt;" in text


def test_following_page_keeps_the_filter(viewer: Browser) -> None:
    for number in range(11):
        happened(label=f"Fibra {number:02}", object_id=1)
    first = read(viewer.get("/history?action=plan&size=10&q=fibra"))
    following = next(link["href"] for link in first.all("a") if "cursor=" in link["href"])
    assert "q=fibra" in following
    text = viewer.get(following).text
    assert "Fibra 00" in text
    assert "Fibra 10" not in text


@pytest.mark.parametrize("query", ["?size=50", "?sent=yes&size=50", "?type=service&id={service_id}&size=50"])
def test_many_rows_cost_no_more_questions_than_few(query: str, viewer: Browser, here: world.World) -> None:
    url = "/history" + query.format(**here.ids())
    fill(here, 5)
    with counted() as few:
        assert viewer.get(url).status_code == 200
    fill(here, 45)
    with counted() as many:
        rows = read(viewer.get(url)).all("time")
    assert len(rows) == 50
    assert len(many) <= len(few) <= MOST_QUERIES, many


def fill(here: world.World, count: int) -> None:
    """Add events of every kind of row, outcomes of calls among them."""
    account = account_of(db.session.get_one(Service, here.service_id))
    for number in range(count):
        at = utc_now()
        call = {"integration_id": account.integration_id, "account_id": account.id, "operation": "update"}
        db.session.add(Attempt(**call, started_at=at, finished_at=at, outcome="ok"))
        action, kind, row_id = (
            ("account.update", "account", account.id), ("service.update", "service", here.service_id),
            ("sale.update", "service_package", here.sale_id), ("account.resend", "account", account.id),
        )[number % 4]  # fmt: skip
        db.session.add(Event(at=at, actor="system", action=action, object_type=kind, object_id=row_id))
    db.session.commit()


def test_customers_page_shows_the_last_events_and_leads_to_all(viewer: Browser, here: world.World) -> None:
    text = viewer.get(f"/customers/{here.customer_id}").text
    assert f"/history?type=customer&amp;id={here.customer_id}" in text
    assert "Cliente cadastrado" in text
