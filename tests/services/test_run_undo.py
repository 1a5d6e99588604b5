"""Undo: what a run or a reading of a source took away is given back, held, and lifted again by a person."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests import factories
from tests.journeys.crowd import ENDED, OWING, PAYING, accounts_of, package_of, sell_to_crowd, set_statuses
from tests.journeys.platforms import Recipe, integrate, use
from tests.services.runs_helpers import by_hand, carry_out, drain, fresh, outcomes, reconcile
from webapp import clock
from webapp.extensions import db
from webapp.models import Account, Alert, Event, Integration, Run, RunItem, Service, SourcePull, SourcePullItem
from webapp.sandbox.client import Tenant
from webapp.services import keeps, runs
from webapp.services.accounts import NEGATIVE
from webapp.services.audit import acting_as
from webapp.services.errors import Conflict, Invalid
from webapp.services.runs.undo import undo_preview, undo_pull, undo_pull_preview, undo_run

PEOPLE = 8
pytestmark = pytest.mark.usefixtures("app")
Shop = tuple[Integration, list[int]]


@pytest.fixture
def shop(app: object, nx: Tenant) -> Shop:
    """Eight people with an account each, all active."""
    integration = integrate(use(Recipe("nx_undo")), nx)
    services = sell_to_crowd(package_of(integration), PEOPLE)
    drain()
    return integration, services


def wrongly(shop: Shop, nx: Tenant, status: str = OWING, action: str = "suspend") -> Run:
    """Let all statuses be wrong, and a run take from everybody what the platform still showed."""
    integration, services = shop
    set_statuses(services, status, NEGATIVE)
    drain()
    nx.enable([row["id"] for row in nx.subscribers()])
    run = by_hand(integration, action, "active", PEOPLE)
    carry_out()
    assert outcomes(run.id) == {(action, "proven"): PEOPLE}
    return run


def active(nx: Tenant) -> int:
    return len(nx.subscribers(status="active"))


def kept(integration: Integration) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in accounts_of(integration):
        found[one.keep_content] = found.get(one.keep_content, 0) + 1
    return found


def test_suspensions_are_given_back_read_back_and_held_while_the_status_stays_wrong(shop: Shop, nx: Tenant) -> None:
    run = wrongly(shop, nx)
    assert active(nx) == 0
    preview = undo_preview(run.id)
    assert (preview.count, preview.changed) == (PEOPLE, 0)
    with acting_as("ana@example.com"):
        undo = undo_run(run.id, "the ERP was wrong")
    assert (undo.status, undo.trigger, undo.undo_of_id) == ("applying", "undo", run.id)
    carry_out()
    assert (fresh(undo.id).status, outcomes(undo.id)) == ("done", {("enable", "proven"): PEOPLE})
    assert outcomes(run.id) == {("suspend", "undone"): PEOPLE}
    assert (active(nx), kept(shop[0])) == (PEOPLE, {"active": PEOPLE})
    event = db.session.scalars(select(Event).where(Event.action == "run.undo")).one()
    assert (event.actor, event.reason, event.after) == (
        "ana@example.com", "the ERP was wrong", {"run": undo.id, "count": PEOPLE},
    )  # fmt: skip
    since = nx.seq()
    for _ in range(3):
        idle = reconcile(shop[0])
        carry_out()
        assert (idle.status, outcomes(idle.id)) == ("done", {})
    assert {line["operation"] for line in nx.ledger(since)} == {"list"}


def test_whoever_changed_since_is_listed_and_not_touched(shop: Shop, nx: Tenant) -> None:
    run = wrongly(shop, nx)
    set_statuses(shop[1][:2], PAYING)
    carry_out()
    assert undo_preview(run.id).changed == 2
    undo = undo_run(run.id, "the ERP was wrong")
    carry_out()
    assert outcomes(undo.id) == {("enable", "proven"): PEOPLE - 2, ("enable", "skipped"): 2}
    skipped = db.session.scalars(select(RunItem.error_code).where(RunItem.outcome == "skipped")).all()
    assert skipped == ["undo_changed_since"] * 2
    assert kept(shop[0]) == {"active": PEOPLE - 2, "": 2}


def test_cancelled_accounts_are_made_anew_once(shop: Shop, nx: Tenant) -> None:
    integration, services = shop
    run = by_hand(integration, "cancel", "active", PEOPLE, after="absent")
    set_statuses(services, ENDED, NEGATIVE)
    for item, account in zip(run.items, accounts_of(integration), strict=True):
        db.session.get_one(RunItem, item.id).generation = account.generation
    db.session.execute(update(RunItem).values(outcome="queued"))
    db.session.commit()
    carry_out()
    assert active(nx) == 0
    undo = undo_run(run.id, "the ERP was wrong")
    carry_out()
    assert outcomes(undo.id) == {("create", "proven"): PEOPLE}
    assert (active(nx), nx.doubles()) == (PEOPLE, {})


def test_an_undo_ends_what_waits_and_happens_once(shop: Shop, nx: Tenant) -> None:
    run = wrongly(shop, nx)
    db.session.execute(update(RunItem).where(RunItem.account_id > 6).values(outcome="waiting"))
    db.session.execute(update(Run).values(status="paused"))
    db.session.commit()
    with pytest.raises(Invalid):
        undo_run(run.id, " ")
    undo = undo_run(run.id, "the ERP was wrong")
    assert fresh(run.id).status == "stopped"
    assert outcomes(run.id) == {("suspend", "undone"): 6, ("suspend", "lapsed"): PEOPLE - 6}
    assert outcomes(undo.id) == {("enable", "waiting"): 6}
    with pytest.raises(Conflict, match="run_undone_already"):
        undo_run(run.id, "again")


def test_a_run_that_took_nothing_cannot_be_undone(shop: Shop) -> None:
    run = reconcile(shop[0])
    with pytest.raises(Conflict, match="run_not_undoable"):
        undo_run(run.id, "why not")


def test_a_keep_ends_when_the_status_asks_for_as_much_by_itself(shop: Shop, nx: Tenant) -> None:
    undo_run(wrongly(shop, nx).id, "the ERP was wrong")
    carry_out()
    set_statuses(shop[1], PAYING)
    carry_out()
    assert kept(shop[0]) == {"": PEOPLE}
    assert Event.query.filter_by(action="account.keep_over").count() == PEOPLE
    set_statuses(shop[1], OWING, NEGATIVE)
    carry_out()
    assert active(nx) == 0


def test_keeps_that_are_lifted_take_away_what_the_status_asks(shop: Shop, nx: Tenant) -> None:
    undo_run(wrongly(shop, nx).id, "the ERP was wrong")
    carry_out()
    clock.move(timedelta(hours=25))
    ids = [one.id for one in accounts_of(shop[0])]
    assert keeps.lift_keeps(ids[:3], "they do not pay") == []
    carry_out()
    assert (active(nx), kept(shop[0])) == (PEOPLE - 3, {"active": PEOPLE - 3, "": 3})
    with pytest.raises(Conflict, match="keep_none"):
        keeps.lift_keeps(ids[:3], "again")


def test_lifting_more_than_the_limits_waits_for_a_person(shop: Shop, nx: Tenant) -> None:
    undo_run(wrongly(shop, nx).id, "the ERP was wrong")
    carry_out()
    db.session.execute(update(Integration).values(limit_floor=3))
    db.session.commit()
    (run,) = keeps.lift_keeps([one.id for one in accounts_of(shop[0])], "they do not pay")
    assert (run.status, run.trigger, run.radius["accounts"], run.limits["hit"]) == ("staged", "lift", PEOPLE, "run")
    assert outcomes(run.id) == {("suspend", "staged"): PEOPLE}
    carry_out()
    assert active(nx) == PEOPLE
    runs.approve_run(run.id, fresh(run.id).checksum)
    carry_out()
    assert (fresh(run.id).status, outcomes(run.id)) == ("done", {("suspend", "proven"): PEOPLE})
    assert (active(nx), kept(shop[0])) == (0, {"": PEOPLE})


def test_an_undo_is_undone_only_by_a_batch_that_a_person_approves(shop: Shop, nx: Tenant) -> None:
    undo = undo_run(wrongly(shop, nx).id, "the ERP was wrong")
    carry_out()
    assert undo_preview(undo.id).count == PEOPLE
    again = undo_run(undo.id, "it was right after all")
    assert (again.status, again.undo_of_id) == ("staged", undo.id)
    carry_out()
    assert active(nx) == PEOPLE
    runs.approve_run(again.id, fresh(again.id).checksum)
    carry_out()
    assert active(nx) == 0


def test_keeps_that_stand_for_a_week_are_told_once_a_week(shop: Shop, nx: Tenant) -> None:
    undo_run(wrongly(shop, nx).id, "the ERP was wrong")
    carry_out()
    keeps.remind()
    assert _told() == []
    clock.move(timedelta(days=8))
    keeps.remind()
    keeps.remind()
    assert [(one.params["count"], one.closed_at) for one in _told()] == [(PEOPLE, None)]
    clock.move(timedelta(days=8))
    keeps.remind()
    assert [one.closed_at is None for one in _told()] == [False, True]
    db.session.execute(update(Account).values(keep_content=""))
    db.session.commit()
    keeps.remind()
    assert [one.closed_at is None for one in _told()] == [False, False]


def _told() -> list[Alert]:
    return list(db.session.scalars(select(Alert).where(Alert.code == "keeps_standing").order_by(Alert.id)))


def _pull(services: list[int], before: str, after: str, more: dict[str, Any] | None = None) -> SourcePull:
    """Write a reading that took something from these services."""
    now = clock.utc_now()
    pull = SourcePull(source_id=factories.make_source().id, mode="full", status="done", started_at=now)
    db.session.add(pull)
    db.session.flush()
    codes = db.session.scalars(select(Service.code).where(Service.id.in_(services)).order_by(Service.id)).all()
    status = {"what": "status", "direction": "negative", "field": "status", "before": before, "after": after,
              "package_id": None}  # fmt: skip
    for position, code in enumerate(codes):
        changes = [status, *([more] if more and not position else [])]
        db.session.add(SourcePullItem(pull_id=pull.id, position=position, service_code=code, changes=changes,
                                      direction="negative", outcome="applied"))  # fmt: skip
    db.session.commit()
    set_statuses(services, after, NEGATIVE)
    pull.finished_at = clock.utc_now()
    db.session.commit()
    return pull


def test_what_a_reading_of_a_source_took_away_is_given_back(shop: Shop, nx: Tenant) -> None:
    integration, services = shop
    sale = db.session.scalars(select(Service).where(Service.id == services[0])).one().packages[0]
    gone = {"what": "remove_package", "direction": "negative", "field": "", "before": None, "after": None,
            "package_id": sale.package_id}  # fmt: skip
    pull = _pull(services, PAYING, OWING, gone)
    carry_out()
    assert active(nx) == 0
    clock.move(timedelta(minutes=1))
    set_statuses(services[:1], PAYING)
    db.session.execute(update(Service).where(Service.id == services[1]).values(address="Rua Nova, 1"))
    db.session.commit()
    assert (undo_pull_preview(pull.id).count, undo_pull_preview(pull.id).changed) == (PEOPLE - 2, 3)
    (undo,) = undo_pull(pull.id, "the ERP was wrong")
    carry_out()
    assert outcomes(undo.id) == {("enable", "proven"): PEOPLE - 2, ("enable", "skipped"): 3}
    codes = db.session.scalars(select(RunItem.error_code).where(RunItem.outcome == "skipped")).all()
    assert sorted(codes) == ["undo_changed_since", "undo_changed_since", "undo_package_removed"]
    assert (undo.undo_pull_id, active(nx)) == (pull.id, PEOPLE - 1)
    with pytest.raises(Conflict, match="pull_undone_already"):
        undo_pull(pull.id, "again")


def test_a_reading_that_took_nothing_from_a_platform_cannot_be_undone(shop: Shop) -> None:
    pull = _pull(shop[1], "aguardando_instalacao", "aguardando_instalacao")
    with pytest.raises(Conflict, match="pull_not_undoable"):
        undo_pull(pull.id, "why not")
