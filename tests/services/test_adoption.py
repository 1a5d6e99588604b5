"""An adoption from the plan to the last account: readings that prove nothing, rights, changes on the way, a crash."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from tests.services.rights_platform import RECIPE, Rights, account, connect, install, sell, states, work
from webapp import clock
from webapp.clock import utc_now
from webapp.decide.epoch import OLDER
from webapp.extensions import db
from webapp.models import Account, Integration, Run, RunItem, Service
from webapp.services import accounts, epoch, runs, subscriptions
from webapp.services.adoption import losses, requests, writing
from webapp.services.connections import open_connection
from webapp.services.errors import Conflict

NO_LIST = RECIPE[: RECIPE.index("[operations.list]")] + RECIPE[RECIPE.index("[events]") :]


@pytest.fixture
def platform(app: APIFlask) -> Iterator[Rights]:
    install()
    with Rights() as fake:
        yield fake


@pytest.fixture
def integration(platform: Rights) -> Integration:
    return connect(platform)


def plan(integration: Integration) -> Run:
    """Begin to observe, read the platform, and return the plan."""
    epoch.begin_observing(OLDER)
    [asked] = requests.plan_adoption()
    runs.work(asked.id)
    db.session.expire_all()
    return db.session.get_one(Run, asked.id)


def approve(found: Run) -> Run:
    [run] = requests.approve_adoption({found.id: found.checksum})
    runs.work(run.id)
    db.session.expire_all()
    return db.session.get_one(Run, run.id)


def forget_all() -> None:
    """Let the database be as it was before anything was made."""
    values = {"units": {}, "remote_ids": {}, "status": "pending", "due_at": utc_now(), "generation": 2}
    db.session.execute(update(Account).values(applied_generation=0, login_frozen_at=None, **values))
    db.session.commit()


def test_rights_that_were_made_in_the_lost_time_are_taken_over_each_by_itself(
    platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL", "KIDS")
    platform.of("KIDS")["state"] = "suspended"
    writes = list(platform.writes)
    forget_all()
    found = plan(integration)
    assert (found.status, found.counts["adopted"], found.counts["enable"]) == ("done", 1, 1)
    assert approve(found).status == "done"
    work()
    assert states() == {"FULL": "active", "KIDS": "active"}
    assert account().status == "active"
    made = [write for write in platform.writes[len(writes) :] if write == "POST /rights"]
    assert made == []


def test_right_whose_sale_ended_is_not_ended_before_a_reconciliation_says_so(
    platform: Rights, integration: Integration
) -> None:
    service = sell(integration, "FULL", "KIDS")
    sold = db.session.get_one(Service, service.id).packages[0]
    epoch.begin_observing(OLDER)
    subscriptions.remove_sale(sold.id)
    [asked] = requests.plan_adoption()
    runs.work(asked.id)
    found = db.session.get_one(Run, asked.id)
    assert found.counts["taking"] == 1
    before = list(platform.writes)
    approve(found)
    work()
    assert platform.writes == before
    clock.move(timedelta(hours=2))
    run = runs.start_run(integration.id, "plan")
    lines = db.session.scalars(select(RunItem).where(RunItem.run_id == run.id)).all()
    assert {line.action for line in lines} == {"cancel"}


@pytest.mark.parametrize("status", ["failed", "refused"])
def test_reading_that_proves_nothing_makes_no_plan(platform: Rights, integration: Integration, status: str) -> None:
    sell(integration, "FULL")
    platform.broken = status == "failed"
    platform.rights.clear()
    found = plan(integration)
    assert (found.status, found.items) == (status, [])
    with pytest.raises(Conflict, match="adoption_not_planned"):
        requests.approve_adoption({found.id: found.checksum})


def test_platform_that_can_only_be_asked_about_one_is_asked_before_anything_is_made(platform: Rights) -> None:
    install(NO_LIST)
    integration = connect(platform)
    sell(integration, "FULL")
    writes = list(platform.writes)
    forget_all()
    found = plan(integration)
    assert (found.status, found.complete, found.counts["create"]) == ("done", False, 1)
    approve(found)
    work()
    assert platform.writes.count("POST /rights") == writes.count("POST /rights") == 1
    assert states() == {"FULL": "active"}


def test_account_that_changed_between_plan_and_approval_keeps_its_belief_and_still_loses_nothing(
    platform: Rights, integration: Integration
) -> None:
    service = sell(integration, "FULL")
    found = plan(integration)
    # A source tells after the plan was made that she owes: nobody has looked at that yet.
    db.session.execute(update(Service).where(Service.id == service.id).values(status="suspenso_debito"))
    accounts.mark_services([service.id], accounts.NEGATIVE)
    db.session.commit()
    before = list(platform.writes)
    approve(found)
    work()
    assert platform.writes == before
    assert (account().keep_content, account().keep_reason) == ("active", writing.REASON)
    [staged] = losses.stage_losses()
    assert losses.stage_losses() == []
    runs.approve_run(staged.id, staged.checksum)
    work()
    assert states() == {"FULL": "suspended"}
    assert account().keep_content == ""


def test_work_that_dies_half_way_is_taken_up_again(
    platform: Rights, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        sell(integration, "FULL", email=f"person{number}@example.com")
    forget_all()
    found = plan(integration)
    monkeypatch.setattr(writing, "BATCH", 2)
    [run] = requests.approve_adoption({found.id: found.checksum})
    gateway, connection = open_connection(integration.id)

    def die(done: int, _pages: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        writing.carry_out(run.id, gateway.traits, connection, die)
    assert epoch.observing_afresh() is not None
    runs.work(run.id)
    db.session.expire_all()
    assert db.session.get_one(Run, run.id).counts["written"] == 1
    work()
    assert {one.status for one in db.session.scalars(select(Account))} == {"active"}
    assert len(platform.rights) == 3


def test_plan_is_approved_once_and_only_the_latest(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL")
    older = plan(integration)
    [asked] = requests.plan_adoption()
    runs.work(asked.id)
    db.session.expire_all()
    latest = db.session.get_one(Run, asked.id)
    with pytest.raises(Conflict, match="adoption_not_planned"):
        requests.approve_adoption({older.id: older.checksum})
    requests.approve_adoption({latest.id: latest.checksum})
    with pytest.raises(Conflict, match="adoption_approved"):
        requests.approve_adoption({latest.id: latest.checksum})


def test_hub_that_acts_has_nothing_to_adopt(integration: Integration) -> None:
    with pytest.raises(Conflict, match="hub_acts"):
        requests.plan_adoption()


def test_batches_from_before_the_restore_lapse(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL")
    run = Run(
        integration_id=integration.id, mode="apply", status="staged", started_at=utc_now(), checksum="x",
        items=[RunItem(account_id=account().id, situation="state", action="suspend", outcome="staged")],
    )  # fmt: skip
    db.session.add(run)
    db.session.commit()
    done = approve(plan(integration))
    db.session.expire_all()
    assert (run.status, run.superseded_by_id, run.items[0].outcome) == ("expired", done.id, "lapsed")
    assert epoch.observing() is None
