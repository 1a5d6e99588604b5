"""Reconciliation right by right, with listings that show some states only, few readings a day, and lists of changes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask

from tests.services.rights_platform import RECIPE, Rights, account, connect, install, sell, states, work
from webapp import clock
from webapp.extensions import db
from webapp.models import Integration, Run, Setting
from webapp.services import changes_reading, lookups, runs, subscriptions
from webapp.services.errors import Conflict

EMAIL = "maria@example.com"
COVERED = RECIPE.replace('total = "body.total"', 'covers = ["active"]')
SELDOM = RECIPE.replace("[params.api_url]", "[limits]\nfull_reads_per_day = 2\n\n[params.api_url]")


@pytest.fixture
def platform(app: APIFlask) -> Iterator[Rights]:
    install()
    with Rights() as fake:
        yield fake


@pytest.fixture
def integration(platform: Rights) -> Integration:
    return connect(platform)


def reconcile(integration: Integration, trigger: str = "manual", mode: str = "apply") -> Run:
    db.session.commit()
    run = runs.start_run(integration.id, mode, trigger)
    db.session.expire_all()
    return run


def lines(run: Run) -> list[tuple[str, str, str, str]]:
    """Return situation, action, outcome and product of each line."""
    return [
        (item.situation, item.action, item.outcome, str(item.after.get("unit", "")).partition(":")[2])
        for item in run.items
    ]


def test_rights_that_agree_are_no_difference(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL", "KIDS")
    run = reconcile(integration)
    assert (run.status, run.counts["listed"], run.counts["expected"], lines(run)) == ("done", 2, 2, [])


def test_each_right_that_differs_is_mended_and_the_others_are_left(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL", "KIDS", "NEWS")
    platform.of("KIDS")["state"] = "suspended"
    del platform.rights[platform.of("NEWS")["id"]]
    before = len(platform.writes)
    run = reconcile(integration)
    assert sorted(lines(run)) == [("missing", "create", "queued", "NEWS"), ("state", "enable", "queued", "KIDS")]
    work()
    assert {right["product"]: right["state"] for right in platform.rights.values()} == dict.fromkeys(
        ("FULL", "KIDS", "NEWS"), "active"
    )
    assert len(platform.writes) == before + 2
    assert set(states().values()) == {"active"}


def test_right_that_was_swapped_by_hand_is_found_by_its_own_id(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL")
    platform.of("FULL")["email"] = "typed.wrongly@example.com"
    assert lines(reconcile(integration)) == []


def test_product_that_nobody_here_sold_is_only_reported(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL")
    platform.add(EMAIL, "EXTRA")
    run = reconcile(integration)
    assert [(item.situation, item.action, item.before["products"]) for item in run.items] == [
        ("extra", "report", ["EXTRA"])
    ]  # fmt: skip


def test_right_that_stands_twice_there_is_reported_with_its_product(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL")
    platform.add(EMAIL, "FULL")
    assert lines(reconcile(integration)) == [("duplicate", "report", "reported", "FULL")]


def test_suspension_lifted_by_hand_is_made_again(platform: Rights, integration: Integration) -> None:
    service = sell(integration, "FULL")
    subscriptions.set_status(service.code, "suspenso_debito")
    work()
    platform.of("FULL")["state"] = "active"
    assert lines(reconcile(integration)) == [("state", "suspend", "waiting", "FULL")]
    work()
    assert platform.of("FULL")["state"] == "suspended"


def test_plan_alone_changes_nothing(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL")
    platform.of("FULL")["state"] = "suspended"
    before = account().generation
    assert lines(reconcile(integration, mode="plan")) == [("state", "enable", "planned", "FULL")]
    assert account().generation == before


def test_e2_suspended_right_is_not_missing_where_only_active_ones_are_listed(
    platform: Rights, integration: Integration
) -> None:
    install(COVERED)
    service = sell(integration, "FULL")
    subscriptions.set_status(service.code, "suspenso_debito")
    work()
    hidden = platform.rights.pop(platform.of("FULL")["id"])
    platform.add("joao@example.com", "FULL", id="900")
    assert [line for line in lines(reconcile(integration)) if line[0] != "extra"] == []
    assert states() == {"FULL": "suspended"}
    assert hidden["state"] == "suspended"


def test_e2_active_right_that_such_a_listing_lacks_is_asked_about_before_anything_is_done(
    platform: Rights, integration: Integration
) -> None:
    install(COVERED)
    sell(integration, "FULL")
    right = platform.of("FULL")
    right["state"] = "suspended"
    show, platform.play = platform.play, lambda asked: {"items": [{"id": "1", "email": "j@example.com"}]}
    run = reconcile(integration)
    assert [line[:3] for line in lines(run) if line[0] == "missing"] == [("missing", "report", "reported")]
    assert states() == {"FULL": "active"}
    platform.play = show
    lookups.look_up_marked()
    work()
    assert right["state"] == "active"


def test_e10_schedule_keeps_to_the_readings_a_day_that_the_platform_wants(
    platform: Rights, integration: Integration
) -> None:
    install(SELDOM)
    sell(integration, "FULL")
    started = clock.utc_now()
    assert [reconcile(integration).error_code for _ in range(2)] == [None, None]
    asked = len(platform.asked)
    skipped = reconcile(integration, "schedule")
    assert (skipped.status, skipped.error_code, skipped.error_params) == (
        "done", "reading_postponed", {"limit": 2, "hours": 24},
    )  # fmt: skip
    assert len(platform.asked) == asked
    due_at = db.session.get(Integration, integration.id).reconcile_due_at
    assert abs(due_at - started - timedelta(hours=24)) < timedelta(minutes=1)
    assert reconcile(integration).error_code is None
    clock.move(timedelta(hours=25))
    assert reconcile(integration, "schedule").error_code is None


def test_e10_readings_of_the_schedule_are_spread_over_the_day(platform: Rights, integration: Integration) -> None:
    install(SELDOM)
    sell(integration, "FULL")
    started = clock.utc_now()
    reconcile(integration, "schedule")
    due_at = db.session.get(Integration, integration.id).reconcile_due_at
    assert due_at - started >= timedelta(hours=12)


def read_changes() -> None:
    db.session.commit()
    changes_reading.read_changes()
    db.session.expire_all()


def test_e5_change_made_there_is_mended_without_reading_everything(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL", "KIDS")
    right = platform.of("KIDS")
    right["state"] = "suspended"
    platform.changed = [right]
    asked = len(platform.asked)
    read_changes()
    assert [request.path for request in platform.asked[asked:]] == ["/changes"]
    assert lines(Run.query.one()) == [("state", "enable", "queued", "KIDS")]
    work()
    assert right["state"] == "active"


def test_e5_who_is_not_among_the_changes_is_not_missing(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL")
    platform.rights.clear()
    read_changes()
    platform.changed = [{"id": "900", "email": "j@example.com", "product": "FULL", "state": "active"}]
    read_changes()
    assert (Run.query.count(), states()) == (0, {"FULL": "active"})


def test_e5_next_reading_of_changes_begins_where_the_last_good_one_began(
    platform: Rights, integration: Integration
) -> None:
    sell(integration, "FULL")
    read_changes()
    first = clock.utc_now()
    clock.move(timedelta(minutes=30))
    platform.broken = True
    read_changes()
    platform.broken = False
    read_changes()
    since = [asked.query["since"] for asked in platform.asked if asked.path == "/changes"]
    assert since[1] == since[2]
    overlapped = (first - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    assert since[1].startswith(overlapped)


def test_e5_right_that_changed_twice_is_asked_about(platform: Rights, integration: Integration) -> None:
    sell(integration, "FULL")
    right = platform.of("FULL")
    platform.changed = [{**right, "state": "suspended"}, right]
    read_changes()
    assert (Run.query.count(), states()) == (0, {"FULL": "active"})
    assert Setting.query.filter(Setting.name.startswith("look:")).count() == 1


def test_platform_without_a_list_of_changes_is_not_asked_for_one(platform: Rights, integration: Integration) -> None:
    start, end = RECIPE.index("[operations.list_changes]"), RECIPE.index("[events]")
    install(RECIPE[:start] + RECIPE[end:])
    sell(integration, "FULL")
    asked = len(platform.asked)
    read_changes()
    assert len(platform.asked) == asked


def test_many_suspensions_at_once_wait_for_a_person(platform: Rights, integration: Integration) -> None:
    integration.limit_floor = 1
    db.session.commit()
    for number in range(3):
        service = sell(integration, "FULL", email=f"p{number}@example.com")
        subscriptions.set_status(service.code, "suspenso_debito")
    work()
    platform.changed = [right | {"state": "active"} for right in platform.rights.values()]
    for right in platform.rights.values():
        right["state"] = "active"
    read_changes()
    run = Run.query.one()
    assert (run.trigger, run.status, {line[2] for line in lines(run)}) == ("changes", "staged", {"staged"})
    work()
    assert {right["state"] for right in platform.rights.values()} == {"active"}


def test_account_that_moved_on_meanwhile_is_left_alone(platform: Rights, integration: Integration) -> None:
    service = sell(integration, "FULL")
    subscriptions.set_status(service.code, "suspenso_debito")
    work()
    platform.of("FULL")["state"] = "active"
    integration.limit_floor = 0
    run = reconcile(integration)
    assert lines(run) == [("state", "suspend", "staged", "FULL")]
    account().generation += 1
    db.session.commit()
    with pytest.raises(Conflict, match="plan_changed"):
        runs.approve_run(run.id, run.checksum)
