"""A platform that tells of single accounts only: who is asked about when, and what is done with what it says."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from tests import factories
from tests.journeys.crowd import OWING, accounts_of, drain, package_of, sell_to_crowd, set_statuses
from tests.services.rights_platform import RECIPE, Rights, connect, install
from webapp import clock
from webapp.extensions import db
from webapp.models import Alert, Integration, Run, RunItem
from webapp.services import lookup_marks, lookups, probes
from webapp.services.connections import open_connection
from webapp.services.hub import current_hub
from webapp.services.runs.sampling import sample

PEOPLE = 6


def finding_only() -> str:
    """Return the recipe without its lists."""
    head, _, tail = RECIPE.partition("[operations.list]")
    return head + "[events]" + tail.partition("[events]")[2]


@pytest.fixture
def platform(app: APIFlask) -> Iterator[Rights]:
    install(finding_only())
    with Rights() as fake:
        yield fake


@pytest.fixture
def integration(platform: Rights) -> Integration:
    """People who bought something long ago, on a platform that is asked in two nights about all of them."""
    integration = connect(platform)
    sell_to_crowd(package_of(integration, "FULL"), PEOPLE)
    drain()
    change(integration, probe_nights=2)
    platform.asked.clear()
    return integration


def change(integration: Integration, **values: object) -> None:
    table = Integration.__table__
    db.session.execute(update(table).where(table.c.id == integration.id).values(values))
    db.session.commit()


def go_to(hour: int, minute: int = 0, days: int = 0) -> None:
    """Let it become that time where the provider is: of the next day, or of a later one."""
    local = clock.utc_now().astimezone(ZoneInfo(current_hub().settings.timezone))
    wanted = local.replace(hour=hour, minute=minute, second=30, microsecond=0) + timedelta(days=days)
    clock.move(wanted - local)


def tick(times: int = 1) -> None:
    for _ in range(times):
        db.session.rollback()
        probes.probe_due(clock.utc_now())
        clock.move(timedelta(minutes=1))


def spend_a_night() -> None:
    """Go to the end of the next night: what is left of it is asked in two ticks, and the third closes it."""
    go_to(5, 58, days=1)
    tick(4)


def asked(platform: Rights) -> list[str]:
    """Return who was asked about, in this order."""
    return [one.query["email"] for one in platform.asked if one.method == "GET"]


def night_run() -> Run:
    db.session.expire_all()
    return db.session.scalars(select(Run).order_by(Run.id.desc())).first()


def lines() -> list[tuple[str, str, str]]:
    db.session.expire_all()
    return [
        (one.situation, one.action, one.outcome) for one in db.session.scalars(select(RunItem).order_by(RunItem.id))
    ]


def test_each_account_is_asked_about_once_in_so_many_nights_those_first_that_waited_longest(
    platform: Rights, integration: Integration
) -> None:
    spend_a_night()
    first = asked(platform)
    run = night_run()
    assert (len(first), run.reading, run.status, run.counts["expected"], run.counts["compared"]) == (
        3, "probes", "done", 3, 3,
    )  # fmt: skip
    spend_a_night()
    assert sorted(asked(platform)) == [account.login for account in accounts_of(integration)]
    spend_a_night()
    assert asked(platform)[PEOPLE:] == first
    assert (lines(), platform.writes) == ([], [])


def test_questions_are_spread_over_the_night_and_a_restart_goes_on(platform: Rights, integration: Integration) -> None:
    change(integration, probe_nights=1)
    go_to(0, 58, days=1)
    tick()
    assert asked(platform) == []
    go_to(1, 1)
    tick()
    assert len(asked(platform)) == 1
    go_to(3, 30)
    tick()
    assert len(asked(platform)) in (3, 4)
    assert night_run().status == "running"
    go_to(5, 59)
    tick(3)
    assert (len(set(asked(platform))), len(asked(platform)), night_run().status) == (PEOPLE, PEOPLE, "done")


def test_who_lost_it_there_gets_it_back_at_once(platform: Rights, integration: Integration) -> None:
    change(integration, probe_nights=1)
    for right in platform.rights.values():
        right["state"] = "suspended"
    go_to(2, days=1)
    tick()
    drain()
    assert "active" in {right["state"] for right in platform.rights.values()}
    assert night_run().status == "running"


def test_what_takes_away_waits_for_the_whole_night(platform: Rights, integration: Integration) -> None:
    change(integration, probe_nights=1)
    set_statuses([account.service_id for account in accounts_of(integration)], OWING)
    drain()
    for right in platform.rights.values():
        right["state"] = "active"
    writes = len(platform.writes)
    go_to(3, 30, days=1)
    tick()
    assert {line for line in lines()} == {("state", "suspend", "reported")}
    drain()
    assert (len(platform.writes), night_run().status) == (writes, "running")
    go_to(5, 59)
    tick(3)
    assert {line for line in lines()} == {("state", "suspend", "waiting")}
    assert (night_run().status, night_run().counts["state"]) == ("applying", PEOPLE)


def test_more_than_the_limit_waits_for_a_person(platform: Rights, integration: Integration) -> None:
    change(integration, probe_nights=1, limit_floor=2)
    set_statuses([account.service_id for account in accounts_of(integration)], OWING)
    drain()
    for right in platform.rights.values():
        right["state"] = "active"
    spend_a_night()
    assert (night_run().status, {line for line in lines()}) == ("staged", {("state", "suspend", "staged")})


def test_platform_that_suddenly_knows_nobody_makes_nobody_anew(platform: Rights, integration: Integration) -> None:
    change(integration, probe_nights=1)
    platform.rights.clear()
    spend_a_night()
    drain()
    assert ({line for line in lines()}, platform.rights) == ({("missing", "report", "reported")}, {})
    assert (night_run().status, night_run().error_code) == ("done", "probes_absent_many")
    assert [alert.params["absent"] for alert in db.session.query(Alert).filter_by(code="probes_absent_many")] == [6]


def test_one_who_is_missing_is_made_anew_when_the_night_is_over(platform: Rights, integration: Integration) -> None:
    change(integration, probe_nights=1)
    platform.rights.popitem()
    spend_a_night()
    drain()
    assert len(platform.rights) == PEOPLE


def test_platform_that_answers_nobody_changes_nothing_and_the_night_says_so(
    platform: Rights, integration: Integration
) -> None:
    platform.broken = True
    spend_a_night()
    run = night_run()
    assert (run.status, run.error_code, lines()) == ("failed", "probes_unanswered", [])
    platform.broken = False
    spend_a_night()
    assert (night_run().status, night_run().counts["compared"]) == ("done", 3)


def test_one_of_whom_the_platform_will_not_tell_holds_no_other(platform: Rights, integration: Integration) -> None:
    change(integration, probe_nights=1)
    refused = accounts_of(integration)[0].login
    real = platform.play
    platform.play = lambda one: (500, {}) if one.query.get("email") == refused else real(one)
    spend_a_night()
    run = night_run()
    assert (run.status, run.counts["compared"], run.counts["unreadable"]) == ("done", PEOPLE - 1, 1)
    assert lines() == [("unreadable", "report", "reported")]


@pytest.mark.parametrize(
    "held",
    [
        {"paused_code": "auth_stopped"},
        {"active": False},
        {"breaker": {"failures": 9, "open_until": "2999", "openings": 1}},
    ],
)
def test_nobody_is_asked_while_the_platform_is_held(
    platform: Rights, integration: Integration, held: dict[str, object]
) -> None:
    change(integration, **held)
    spend_a_night()
    assert (asked(platform), night_run()) == ([], None)


def test_run_that_a_person_stopped_takes_nothing_away(platform: Rights, integration: Integration) -> None:
    change(integration, probe_nights=1)
    set_statuses([account.service_id for account in accounts_of(integration)], OWING)
    drain()
    for right in platform.rights.values():
        right["state"] = "active"
    go_to(3, 30, days=1)
    tick()
    db.session.execute(update(Run).values(control="stop"))
    db.session.commit()
    tick()
    assert (night_run().status, {line[2] for line in lines()}) == ("stopped", {"lapsed"})
    seen = len(asked(platform))
    tick(3)
    assert len(asked(platform)) == seen


def test_who_was_changed_lately_is_looked_at_once(platform: Rights, integration: Integration) -> None:
    probes.refresh_applied(clock.utc_now())
    assert lookup_marks.waiting() == []
    clock.move(timedelta(minutes=3))
    probes.refresh_applied(clock.utc_now())
    assert len(lookup_marks.waiting()) == PEOPLE
    lookups.look_up_marked()
    probes.refresh_applied(clock.utc_now())
    assert (sorted(asked(platform)), lookup_marks.waiting()) == (
        [account.login for account in accounts_of(integration)], [],
    )  # fmt: skip


def test_sample_tells_the_share_that_differs_and_changes_nothing(platform: Rights, integration: Integration) -> None:
    clock.move(timedelta(hours=1))
    next(iter(platform.rights.values()))["state"] = "suspended"
    gateway, connection = open_connection(integration.id)
    said: list[int] = []
    read = sample(integration.id, gateway, connection, 4, lambda count, pages: said.append(count))
    assert (read.counts["expected"], read.counts["listed"], read.counts["compared"], said) == (6, 4, 4, [0, 1, 2, 3])
    read = sample(integration.id, gateway, connection)
    assert (read.counts["compared"], read.counts["differing"], len(read.differences)) == (6, 1, 1)
    assert (read.counts["low"], read.counts["high"], read.complete) == (30, 564, False)
    assert (platform.writes, {account.observed_at is None for account in accounts_of(integration)}) == ([], {False})


def test_sample_is_refused_where_nobody_can_be_asked(app: APIFlask) -> None:
    integration = factories.make_integration()
    gateway, connection = open_connection(integration.id)
    assert sample(integration.id, gateway, connection).refused == "sample_unsupported"
