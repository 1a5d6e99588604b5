"""Yesterday's copy of the database is put back, or started beside the hub that went on: nobody gets a second account,
nobody loses anything, and nothing at all is sent before a person has looked."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import insert, select

from tests.fixtures.databases import keep, lay
from tests.journeys.crowd import (
    ENDED,
    OWING,
    accounts_of,
    drain,
    package_of,
    sell_to_crowd,
    set_statuses,
    statuses,
)
from tests.journeys.platforms import connect
from webapp import create_app
from webapp.config import Settings, load_settings
from webapp.decide.epoch import MOVED, OLDER, OLDER_DATABASE
from webapp.extensions import db
from webapp.models import Account, Customer, Integration, Package, Plan, Run, RunItem, Service, ServicePackage
from webapp.sandbox.client import Tenant
from webapp.services import accounts, epoch, runs
from webapp.services.adoption import losses, requests
from webapp.services.audit import acting_as
from webapp.services.epoch import store
from webapp.services.errors import Conflict

# Whoever was a customer when the copy was made; who came, stopped paying, left in the lost time; who owes since.
BEFORE, CAME, OWED, LEFT, OWES_NOW = 40, 100, 12, 6, 5
TAKING = {"suspend", "cancel"}
WRITES = {"create", "update", "enable", *TAKING}
KEPT = {
    Customer: ("code", "name", "name_folded", "document", "email", "phone"),
    Service: ("code", "status", "login", "plan_id"),
    ServicePackage: ("package_id", "value", "params"),
}
Person = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


def writes(tenant: Tenant, since: int) -> list[str]:
    """Return what a hub changed there; what was done by hand is not counted."""
    return sorted(line["operation"] for line in tenant.ledger(since, kind="nx") if line["operation"] in WRITES)


def backup(settings: Settings) -> Path:
    """Copy the database as it is now."""
    db.session.remove()
    db.engine.dispose()
    return keep(settings.instance)


@contextmanager
def hub_on(copy: Path, settings: Settings) -> Iterator[None]:
    """Serve a copy of the database in a folder."""
    lay(copy, settings.instance)
    with create_app(settings, TESTING=True).app_context():
        epoch.check_at_start()
        yield
        db.session.remove()
        db.engine.dispose()


def people_of(services: list[int]) -> list[Person]:
    """Return what a source knows of these people, so that it can tell it again."""
    rows = db.session.execute(
        select(Customer, Service, ServicePackage)
        .join(Service, Service.customer_id == Customer.id)
        .join(ServicePackage, ServicePackage.service_id == Service.id)
        .where(Service.id.in_(services))
    )
    return [
        tuple({name: getattr(row, name) for name in KEPT[type(row)]} for row in found)  # type: ignore[misc]
        for found in rows
    ]


def tell_again(people: list[Person]) -> None:
    """Let a source bring people in another order: none of them gets the number that he had in the lost time."""
    services = []
    for customer, service, sale in reversed(people):
        customer_id = db.session.scalar(insert(Customer).values(**customer).returning(Customer.id))
        service_id = db.session.scalar(insert(Service).values(**service, customer_id=customer_id).returning(Service.id))
        db.session.execute(insert(ServicePackage).values(**sale, service_id=service_id))
        services.append(service_id)
    accounts.mark_services(services)
    db.session.commit()


def live_a_day(package_id: int, services: list[int]) -> list[Person]:
    """Let people come, owe and leave, and all of it reach the platform; returns those who came."""
    came = sell_to_crowd(db.session.get_one(Package, package_id), CAME, db.session.scalars(select(Plan)).one())
    set_statuses(services[:OWED], OWING, accounts.NEGATIVE)
    set_statuses(services[-LEFT:], ENDED, accounts.NEGATIVE)
    assert drain() == 0
    return people_of(came)


def read_and_plan() -> Run:
    [run] = requests.plan_adoption()
    runs.work(run.id)
    return db.session.get_one(Run, run.id)


def approve(plan: Run) -> list[Run]:
    """Approve and carry out; returns the batches that then wait for a person."""
    [run] = requests.approve_adoption({plan.id: plan.checksum})
    runs.work(run.id)
    assert db.session.get_one(Run, run.id).status == "done"
    return losses.stage_losses()


@pytest.fixture
def lost_day(app: APIFlask, nx: Tenant, settings: Settings, request: pytest.FixtureRequest) -> Any:
    """A hub that lived a day after its copy was made; returns the copy, and what the source will tell again."""
    integration = connect(nx, request.param)
    package_id, integration_id = package_of(integration).id, integration.id
    services = sell_to_crowd(db.session.get_one(Package, package_id), BEFORE)
    drain()
    epoch.check_at_start()
    copy = backup(settings)
    epoch.tick()
    people = live_a_day(package_id, services)
    db.session.remove()
    db.engine.dispose()
    return copy, integration_id, services, people


def catch_up(services: list[int], people: list[Person]) -> None:
    """Let the sources tell all of it again, and of some more who stopped paying."""
    tell_again(people)
    set_statuses(services[: OWED + OWES_NOW], OWING, accounts.NEGATIVE)
    set_statuses(services[-LEFT:], ENDED, accounts.NEGATIVE)


@pytest.mark.parametrize("lost_day", ["key", "lookup"], indirect=True)
def test_restored_copy_sends_nothing_until_it_is_adopted_and_then_makes_nobody_twice(
    lost_day: Any, nx: Tenant, settings: Settings
) -> None:
    copy, integration_id, services, people = lost_day
    since = nx.seq()
    with hub_on(copy, settings):
        found = epoch.observing()
        assert found is not None
        assert found.cause == OLDER
        catch_up(services, people)
        with pytest.raises(Conflict, match="hub_observes"):
            drain()
        plan = read_and_plan()
        assert (plan.status, plan.counts["listed"], plan.counts["create"]) == ("done", BEFORE + CAME - LEFT, 0)
        assert (plan.counts["adopted"], plan.counts["taking"]) == (CAME + OWED, OWES_NOW)
        with pytest.raises(Conflict, match="adoption_changed"):
            requests.approve_adoption({plan.id: "0" * 64})
        assert writes(nx, since) == []
        [staged] = approve(plan)
        assert epoch.observing() is None
        assert drain() == 0
        assert not {"create", *TAKING} & set(writes(nx, since))
        integration = db.session.get_one(Integration, integration_id)
        assert statuses(integration) == {"active": BEFORE + CAME - OWED - LEFT, "suspended": OWED, "cancelled": LEFT}
        assert nx.doubles() == {}
        assert {one.remote_ids["id"] for one in accounts_of(integration) if one.status == "active"} == {
            row["id"] for row in nx.subscribers(status="active")
        }
        take_what_was_staged(staged, nx, since)


def take_what_was_staged(staged: Run, nx: Tenant, since: int) -> None:
    """A person approves what rows take away; only then it goes."""
    assert (staged.status, staged.radius["actions"]) == ("staged", {"suspend": OWES_NOW})
    with acting_as("ana@example.com"):
        runs.approve_run(staged.id, staged.checksum)
    assert drain() == 0
    assert [word for word in writes(nx, since) if word in TAKING] == ["suspend"] * OWES_NOW


@pytest.mark.parametrize("lost_day", ["blind"], indirect=True)
def test_restored_copy_asks_a_person_where_the_platform_cannot_be_asked(
    lost_day: Any, nx: Tenant, settings: Settings
) -> None:
    copy, integration_id, services, people = lost_day
    since = nx.seq()
    with hub_on(copy, settings):
        catch_up(services, people)
        plan = read_and_plan()
        assert (plan.status, plan.counts["asked"]) == ("done", CAME)
        approve(plan)
        assert drain() == 0
        assert writes(nx, since) == []
        parked = db.session.scalars(select(Account).where(Account.status == "parked")).all()
        assert {one.error_code for one in parked} == {"restored_unknown"}
        assert len(parked) == CAME
        # A person finds one of them there, another one not: only that one is made.
        there = nx.subscriber(email=parked[0].login)
        accounts.settle(parked[0].id, exists=True, remote_ids={"id": there["id"]})
        accounts.settle(parked[1].id, exists=False)
        drain()
        assert writes(nx, since).count("create") == 1


@pytest.mark.parametrize("lost_day", ["lookup"], indirect=True)
def test_old_copy_that_is_started_elsewhere_beside_the_hub_writes_nothing(
    lost_day: Any, nx: Tenant, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy, integration_id, services, _people = lost_day
    folder = tmp_path_factory.mktemp("revived")
    shutil.copy(settings.instance / store.FILE, folder / store.FILE)
    for name in ("secret.key", "encryption.keys"):
        shutil.copy(settings.instance / name, folder / name)
    (folder / store.FILE).unlink()
    since = nx.seq()
    with hub_on(copy, load_settings({"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"})):
        found = epoch.observing()
        assert found is not None
        assert found.cause == MOVED
        set_statuses(services, ENDED, accounts.NEGATIVE)
        run = runs.start_run(integration_id, "apply")
        assert run.mode == "plan"
        with pytest.raises(Conflict, match="hub_observes"):
            drain()
    assert writes(nx, since) == []


@pytest.mark.parametrize("lost_day", ["lookup"], indirect=True)
def test_old_copy_that_nothing_on_its_machine_gives_away_is_stopped_by_what_the_platform_shows(
    lost_day: Any, nx: Tenant, settings: Settings
) -> None:
    copy, integration_id, services, _people = lost_day
    # As a whole machine that is set back: the file beside the database is as old as it.
    (settings.instance / store.FILE).unlink()
    since = nx.seq()
    with hub_on_revived_machine(copy, settings):
        assert epoch.observing() is None
        run = runs.start_run(integration_id, "apply")
        found = epoch.observing()
        assert found is not None
        assert (found.cause, found.params["count"]) == (OLDER_DATABASE, CAME)
        assert run.mode == "plan"
        set_statuses(services, ENDED, accounts.NEGATIVE)
        with pytest.raises(Conflict, match="hub_observes"):
            drain()
        taking = select(RunItem.id).where(RunItem.run_id == run.id, RunItem.outcome.in_(("queued", "waiting")))
        assert db.session.scalars(taking).all() == []
    assert writes(nx, since) == []


@contextmanager
def hub_on_revived_machine(copy: Path, settings: Settings) -> Iterator[None]:
    """Serve a copy whose file is as old as it."""
    lay(copy, settings.instance)
    with create_app(settings, TESTING=True).app_context():
        with db.engine.connect() as connection:
            mark, _why = store.read_standing(connection)
            connection.rollback()
        assert mark is not None
        store.write_file(settings.instance, mark)
        epoch.check_at_start()
        yield
        db.session.remove()
        db.engine.dispose()
