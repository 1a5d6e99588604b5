"""How lines are read back: one by one, by a listing, by the next reading, later, or not at all."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask import current_app
from sqlalchemy import select, update

from tests.journeys.crowd import OWING, accounts_of, package_of, sell_to_crowd, set_statuses
from tests.journeys.platforms import Recipe, integrate, use
from tests.services.rights_platform import RECIPE, Rights, install, sell, work
from tests.services.rights_platform import connect as connect_rights
from tests.services.runs_helpers import by_hand, carry_out, drain, fresh, outcomes, reconcile, step
from webapp import clock
from webapp.decide import proof
from webapp.extensions import db
from webapp.models import Integration, Run, RunItem, ServicePackage
from webapp.sandbox.client import Tenant
from webapp.services import sales
from webapp.services.accounts import NEGATIVE
from webapp.services.runs import proving

PEOPLE = 6
LIST_ONLY = "[operations.find]"
pytestmark = pytest.mark.usefixtures("app")


def drifted(nx: Tenant, recipe: Recipe, people: int = PEOPLE) -> Run:
    """Have all suspended in order, and a run with a line for each as if they were shown active; not carried out."""
    integration = integrate(use(recipe), nx)
    services = sell_to_crowd(package_of(integration), people)
    drain()
    set_statuses(services, OWING, NEGATIVE)
    drain()
    nx.enable([row["id"] for row in nx.subscribers()])
    return by_hand(integration, "suspend", "active", people)


def without_find(*, per_day: int = 0) -> Recipe:
    """Return a recipe that lists and cannot be asked for one account."""
    text = Recipe("nx_list").text
    start = text.index(LIST_ONLY)
    end = text.index("[operations.list]")
    changes = {text[start:end]: "", 'is = "adopt"': 'is = "rejected", code = "login_taken"'}
    limits = {"full_reads_per_day": per_day} if per_day else {}
    return Recipe("nx_list", limits=limits, changes=changes)


def reads(nx: Tenant, since: int) -> list[str]:
    wanted = ("find", "list")
    return [line["operation"] for line in nx.ledger(since, kind="nx") if line["operation"] in wanted]


def test_few_are_asked_about_one_by_one(nx: Tenant) -> None:
    run = drifted(nx, Recipe("nx_few"))
    since = nx.seq()
    carry_out()
    assert outcomes(run.id) == {("suspend", "proven"): PEOPLE}
    assert reads(nx, since) == ["find"] * PEOPLE


def test_many_are_proven_by_one_listing(nx: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "MANY", 4)
    run = drifted(nx, Recipe("nx_many"))
    since = nx.seq()
    carry_out()
    assert outcomes(run.id) == {("suspend", "proven"): PEOPLE}
    assert (reads(nx, since), fresh(run.id).counts["proof_reads"]) == (["list"], 1)


def test_a_listing_that_is_not_whole_proves_nothing(nx: Tenant) -> None:
    run = drifted(nx, without_find())
    step()
    drain()
    nx.set_dials(list_fault="half_page")
    carry_out()
    assert outcomes(run.id) == {("suspend", "queued"): PEOPLE}
    nx.clear_dials()
    _no_pause()
    carry_out()
    assert (fresh(run.id).status, outcomes(run.id)) == ("done", {("suspend", "proven"): PEOPLE})


def test_where_no_listing_is_left_today_the_next_reading_proves_it(nx: Tenant) -> None:
    run = drifted(nx, without_find(per_day=1))
    db.session.add(Run(integration_id=run.integration_id, mode="plan", reading="full", status="done",
                       started_at=clock.utc_now()))  # fmt: skip
    db.session.commit()
    since = nx.seq()
    carry_out()
    assert outcomes(run.id) == {("suspend", "sent"): PEOPLE}
    assert reads(nx, since) == []
    wrong = nx.subscribers()[0]
    nx.enable([wrong["id"]])
    clock.move(timedelta(minutes=30))
    reconcile(fresh(run.id).integration)
    assert outcomes(run.id) == {("suspend", "proven"): PEOPLE - 1, ("suspend", "unproven"): 1}
    item = db.session.scalars(select(RunItem).where(RunItem.outcome == "unproven")).one()
    assert (item.login, item.error_code) == (wrong["email"], "run_proof_differs")


def test_a_platform_that_cannot_be_asked_is_asked_again_and_given_up_after_a_day(nx: Tenant) -> None:
    run = drifted(nx, Recipe("nx_away"))
    step()
    drain()
    nx.set_dials(operations=["find", "list"], status=503)
    carry_out()
    assert outcomes(run.id) == {("suspend", "queued"): PEOPLE}
    since = nx.seq()
    carry_out()
    # Not at once: it has trouble enough.
    assert reads(nx, since) == []
    clock.move(timedelta(hours=25))
    carry_out()
    assert (fresh(run.id).status, outcomes(run.id)) == ("done", {("suspend", "sent"): PEOPLE})
    assert {item.error_code for item in run.items} == {"run_proof_missed"}


def test_nobody_is_asked_before_the_platform_shows_what_it_did(nx: Tenant) -> None:
    run = drifted(nx, Recipe("nx_lag", limits={"read_lag_s": 60}))
    since = nx.seq()
    carry_out()
    assert (reads(nx, since), outcomes(run.id)) == ([], {("suspend", "queued"): PEOPLE})
    clock.move(timedelta(seconds=61))
    carry_out()
    assert outcomes(run.id) == {("suspend", "proven"): PEOPLE}


def test_somebody_elses_account_under_the_log_in_proves_nothing(nx: Tenant) -> None:
    run = drifted(nx, Recipe("nx_other"))
    step()
    drain()
    other = nx.subscribers()[0]
    nx.change([other["id"]], external_id="sin-other-1")
    carry_out()
    item = db.session.scalars(select(RunItem).where(RunItem.outcome != "proven")).one()
    assert (item.login, item.outcome) == (other["email"], "unproven")
    assert fresh(run.id).status == "done"


def test_another_process_that_reads_back_keeps_this_one_away(nx: Tenant) -> None:
    run = drifted(nx, Recipe("nx_lease"))
    step()
    drain()
    db.session.execute(update(Run).values(lease_until=clock.utc_now() + timedelta(minutes=1)))
    db.session.commit()
    since = nx.seq()
    step()
    step()
    assert reads(nx, since) == []
    clock.move(timedelta(minutes=2))
    _no_pause()
    carry_out()
    assert outcomes(run.id) == {("suspend", "proven"): PEOPLE}


def _no_pause() -> None:
    """Let what this process keeps about its pace be forgotten, as by a restart."""
    current_app.extensions.pop(proving.KEY, None)


@pytest.fixture
def rights(app: APIFlask) -> Iterator[Rights]:
    install(RECIPE)
    with Rights() as fake:
        yield fake


def test_a_right_that_ended_is_read_back_too(rights: Rights) -> None:
    integration: Integration = connect_rights(rights)
    sell(integration, "FULL", "KIDS")
    sale = db.session.scalars(select(ServicePackage)).one()
    kids = dict(rights.of("KIDS"))
    sales.remove_sale(sale.id)
    work()
    assert rights.rights == {}
    # It lives on after all; what we ended is ours to end again.
    rights.rights[kids["id"]] = kids
    account = accounts_of(integration)[0]
    unit = f"{sale.id}:KIDS"
    run = by_hand(integration, "cancel", "active", 1, after="absent")
    item = db.session.scalars(select(RunItem)).one()
    item.after, item.before = {"state": "absent", "unit": unit}, {
        "state": "active", "remote_ids": {"subscription": kids["id"]}
    }  # fmt: skip
    db.session.commit()
    assert account.units[unit]["state"] == "absent"
    carry_out()
    assert rights.rights == {}
    assert outcomes(run.id)["cancel", "proven"] == 1
