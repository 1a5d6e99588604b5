"""Reading a platform whole: what is concluded from it, what is not, and what a later reading must say first."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from tests.journeys.crowd import ENDED, OWING, accounts_of, drain, package_of, sell_to_crowd, set_statuses
from tests.journeys.platforms import Recipe, integrate, use
from tests.services import rights_platform
from tests.services.rights_platform import RECIPE, Rights, sell
from webapp import clock
from webapp.decide.snapshot import accept, acceptable, dump
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Account, Integration, Run, RunItem
from webapp.sandbox.client import Tenant
from webapp.services.connections import open_connection
from webapp.services.marks import keep_marks
from webapp.services.runs import reading
from webapp.services.runs.reading import OnPage, Read, read_platform

FEW, PEOPLE = 4, 30
# A platform that lists, and cannot be asked about one account alone.
FIND = Recipe("nx_listed").text
FIND = FIND[FIND.index("[operations.find]") : FIND.index("[operations.list]")]
LAG_S, SHOWN_LATE_S = 60.0, 3.0


@pytest.fixture
def people(app: APIFlask, nx: Tenant) -> tuple[Integration, list[int]]:
    """A few people with an account each, all in step."""
    return crowd(Recipe("nx_whole"), nx, FEW)


@pytest.fixture
def many(app: APIFlask, nx: Tenant) -> tuple[Integration, list[int]]:
    """Thirty of them: enough to be measured by."""
    return crowd(Recipe("nx_whole"), nx, PEOPLE)


@pytest.fixture
def unasked(app: APIFlask, nx: Tenant) -> tuple[Integration, list[int]]:
    """The same on a platform that can only be listed."""
    adopting = {'is = "adopt"': 'is = "rejected", code = "login_taken"'}
    return crowd(Recipe("nx_listed", changes={FIND: "", **adopting}), nx, FEW)


def crowd(recipe: Recipe, nx: Tenant, count: int) -> tuple[Integration, list[int]]:
    integration = integrate(use(recipe), nx)
    services = sell_to_crowd(package_of(integration), count)
    drain()
    return integration, services


def read(integration: Integration, on_page: OnPage = lambda listed, pages: None) -> Read:
    """Read, and keep what a run keeps of it."""
    db.session.rollback()
    started_at, integration_id = clock.utc_now(), integration.id
    gateway, connection = open_connection(integration_id)
    found = read_platform(integration_id, gateway, connection, started_at, on_page)
    keep(integration_id, started_at, found)
    return found


def keep(integration_id: int, started_at: datetime, found: Read) -> None:
    db.session.add(
        Run(
            integration_id=integration_id, mode="apply", started_at=started_at, finished_at=started_at, status="done",
            complete=found.complete, certificate=dump(found.certificate),
        )
    )  # fmt: skip
    for ids, since in ((found.missing_ids, started_at), (found.seen_again_ids, None)):
        db.session.execute(update(Account).where(Account.id.in_(ids)).values(missing_since=since))
    db.session.commit()


def told(found: Read) -> list[tuple[str, str, str]]:
    return sorted((item.situation, item.action, item.reason) for item in found.differences)


def there(nx: Tenant, start: int, stop: int) -> list[str]:
    return [row["id"] for row in nx.subscribers()][start:stop]


def codes(found: Read) -> list[str]:
    return [one.code for one in found.certificate.findings]


def test_reading_in_which_all_agree_holds_no_transaction_and_no_account(
    people: tuple[Integration, list[int]], nx: Tenant
) -> None:
    said: list[tuple[int, int, bool]] = []
    found = read(people[0], lambda listed, pages: said.append((listed, pages, db.session().in_transaction())))
    assert (found.complete, found.refused, found.differences, list(found.strangers)) == (True, "", [], [])
    assert found.counts == {"listed": FEW, "pages": 1, "expected": FEW, "compared": FEW, "unsettled": 0}
    assert said == [(FEW, 1, False)]


def test_what_on_page_raises_ends_the_reading_and_goes_through(
    people: tuple[Integration, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SHOW_EVERY", 2)

    def stop(listed: int, pages: int) -> None:
        raise InterruptedError(listed)

    with pytest.raises(InterruptedError, match="2"):
        read(people[0], stop)


def test_each_kind_of_difference_is_told_and_strangers_are_handed_on(
    people: tuple[Integration, list[int]], nx: Tenant
) -> None:
    gone, quiet, renamed = there(nx, 0, 3)
    nx.delete([gone])
    nx.suspend([quiet])
    nx.change([renamed], email="another@example.com")
    other = nx.add_subscriber(email="stranger@example.com", external_id="sin-otherhub-7")
    found = read(people[0])
    assert told(found) == [("extra", "report", ""), ("missing", "create", ""), ("state", "enable", "")]
    assert [one.remote_ids["id"] for one in found.strangers] == [other["id"]]
    assert (found.foreign, found.unknown_own, len(found.missing_ids)) == (frozenset({"otherhub"}), 0, 1)


def test_account_with_our_newest_mark_that_we_never_had_is_counted(
    people: tuple[Integration, list[int]], nx: Tenant
) -> None:
    mark = keep_marks(db.session.connection()).newest
    nx.add_subscriber(email="lost@example.com", external_id=f"sin-{mark}-9999")
    found = read(people[0])
    assert (found.unknown_own, found.foreign) == (1, frozenset())


def test_accounts_that_came_while_it_was_read_are_no_strangers(
    people: tuple[Integration, list[int]], nx: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration, services = people
    monkeypatch.setattr(reading, "SHOW_EVERY", 2)
    newest = accounts_of(integration)[-1]
    newest_id, values = newest.id, {"login": newest.login, "applied_at": clock.utc_now() + timedelta(seconds=1)}
    db.session.execute(update(Account).where(Account.id == newest_id).values(login="", login_key="", remote_ids={}))
    nx.change(there(nx, FEW - 1, FEW), external_id="")
    db.session.commit()

    def arrive(listed: int, pages: int) -> None:
        db.session.execute(update(Account).where(Account.id == newest_id).values(values))
        db.session.commit()

    assert told(read(people[0], arrive)) == []


def test_clashing_keys_are_reported_and_nobody_involved_is_missing_or_changed(
    people: tuple[Integration, list[int]], nx: Tenant
) -> None:
    one, two = nx.subscribers()[:2]
    nx.change([one["id"]], email=two["email"])
    nx.delete([two["id"]])
    found = read(people[0])
    assert told(found) == [("clash", "report", "keys_clash")] * 2
    ids = {item.account_id for item in found.differences}
    logins = set(db.session.scalars(select(Account.login).where(Account.id.in_(ids))))
    assert logins == {one["email"], two["email"]}


def test_account_that_carries_the_document_of_somebody_else_clashes(app: APIFlask) -> None:
    rights_platform.install()
    with Rights() as platform:
        integration = rights_platform.connect(platform)
        sell(integration, "FULL")
        platform.of("FULL")["cpf"] = "529.982.247-25"
        assert told(read(integration)) == [("clash", "report", "keys_clash")]


def test_missing_account_is_made_anew_without_asking_only_when_a_later_reading_lacks_it_too(
    unasked: tuple[Integration, list[int]], nx: Tenant
) -> None:
    nx.delete(there(nx, 0, 1))
    found = read(unasked[0])
    assert told(found) == [("missing", "report", "missing_once")]
    assert len(found.missing_ids) == 1
    clock.move(timedelta(minutes=14))
    assert (told(found := read(unasked[0])), found.missing_ids) == ([("missing", "report", "missing_once")], ())
    clock.move(timedelta(minutes=2))
    assert told(read(unasked[0])) == [("missing", "create", "")]


def test_missing_account_that_shows_again_must_be_missed_twice_anew(
    unasked: tuple[Integration, list[int]], nx: Tenant
) -> None:
    row = nx.subscribers()[0]
    nx.delete([row["id"]])
    read(unasked[0])
    nx.add_subscriber(**{name: row[name] for name in ("email", "external_id", "document", "products")})
    clock.move(timedelta(minutes=30))
    assert (told(found := read(unasked[0])), len(found.seen_again_ids)) == ([], 1)
    nx.delete([nx.subscriber(email=row["email"])["id"]])
    assert told(read(unasked[0])) == [("missing", "report", "missing_once")]


def test_b4_account_that_a_late_platform_does_not_show_yet_is_not_missing(app: APIFlask, nx: Tenant) -> None:
    integration, _ = crowd(Recipe("nx_late", limits={"read_lag_s": LAG_S}), nx, FEW)
    clock.move(timedelta(seconds=LAG_S + 1))
    sell_to_crowd(accounts_of(integration)[0].service.packages[0].package, 2)
    drain()
    # As it is seen from here until the lag is over.
    nx.delete(there(nx, FEW, FEW + 2))
    found = read(integration)
    assert (told(found), found.counts["unsettled"]) == ([], 2)
    clock.move(timedelta(seconds=LAG_S + 1))
    assert told(read(integration)) == [("missing", "create", "")] * 2


def test_b4_end_that_a_late_platform_does_not_show_yet_is_no_difference(app: APIFlask, nx: Tenant) -> None:
    integration, services = crowd(Recipe("nx_late"), nx, FEW)
    time.sleep(SHOWN_LATE_S)
    nx.set_dials(lag_s=SHOWN_LATE_S)
    set_statuses(services[:2], ENDED)
    drain()
    assert told(read(integration)) == []


def test_ended_account_that_is_still_shown_fades_for_a_while_and_is_then_ended_again_if_it_is_ours(
    people: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, services = people
    ended = nx.subscribers()[:3]
    services = [one.service_id for one in accounts_of(integration) if one.login in {row["email"] for row in ended}]
    set_statuses(services, ENDED)
    drain()
    graves = list(db.session.scalars(select(Account.tombstone).where(Account.service_id.in_(services))))
    assert {grave["remote_ids"]["id"] for grave in graves} == {row["id"] for row in ended}
    db.session.rollback()
    nx.change([ended[0]["id"]], status="active")
    nx.change([ended[1]["id"]], status="active", external_id="")
    nx.change([ended[2]["id"]], status="active", external_id="")
    nx.change([ended[2]["id"]], email="somebody.else@example.com")
    assert told(read(integration)) == []
    clock.move(timedelta(minutes=16))
    found = read(integration)
    assert told(found) == [("state", "cancel", "")] * 3
    assert {item.before["remote_ids"]["id"] for item in found.differences} == {row["id"] for row in ended}


def test_account_known_only_by_the_log_in_of_one_that_we_ended_is_nobodys(
    people: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, services = people
    email = accounts_of(integration)[0].login
    set_statuses(services[:1], ENDED)
    drain()
    nx.add_subscriber(email=email, external_id="")
    assert told(read(integration)) == []
    clock.move(timedelta(minutes=16))
    assert told(read(integration)) == [("extra", "report", "")]


def test_smaller_reading_is_held_until_a_person_accepts_what_two_readings_showed(
    many: tuple[Integration, list[int]], nx: Tenant
) -> None:
    integration, _ = many
    assert read(integration).certificate.base
    gone, quiet = there(nx, 0, 10), there(nx, 10, 12)
    nx.delete(gone)
    nx.suspend(quiet)
    first = read(integration)
    held = [("missing", "report", "snapshot_fewer")] * 10 + [("state", "enable", "")] * 2
    assert (told(first), codes(first), first.missing_ids) == (held, ["snapshot_fewer"], ())
    assert not acceptable(first.certificate)
    second = read(integration)
    assert acceptable(second.certificate)
    last = db.session.scalars(select(Run).order_by(Run.id.desc()).limit(1)).one()
    last.certificate = dump(accept(second.certificate))
    db.session.commit()
    assert told(read(integration)) == [("missing", "create", "")] * 10 + [("state", "enable", "")] * 2


def test_d13_data_of_another_provider_is_refused_whole(many: tuple[Integration, list[int]], nx: Tenant) -> None:
    nx.delete(there(nx, 0, 20))
    nx.suspend(there(nx, 0, 5))
    nx.add_foreign(40)
    found = read(many[0])
    assert (found.refused, found.complete, found.differences, list(found.strangers)) == (
        "snapshot_strangers", False, [], [],
    )  # fmt: skip
    assert explain(found.refused, found.refused_params).remedy


def test_all_in_one_state_takes_nothing_away(many: tuple[Integration, list[int]], nx: Tenant) -> None:
    integration, services = many
    set_statuses(services[:10], OWING)
    drain()
    read(integration)
    nx.enable(there(nx, 0, PEOPLE))
    found = read(integration)
    assert (told(found), codes(found)) == ([("state", "report", "snapshot_one_state")] * 10, ["snapshot_one_state"])


@pytest.mark.parametrize(
    ("dials", "refused"),
    [({"list_fault": "empty"}, "listing_empty"), ({"list_fault": "half_page"}, "listing_count_differs")],
)
def test_listing_that_proves_nothing_is_refused_and_is_no_base(
    people: tuple[Integration, list[int]], nx: Tenant, dials: dict[str, Any], refused: str
) -> None:
    nx.delete(there(nx, 0, 1))
    nx.set_dials(**dials)
    found = read(people[0])
    assert (found.refused, found.differences, found.certificate.base) == (refused, [], False)


def test_platform_that_cannot_be_read_is_a_value(people: tuple[Integration, list[int]], nx: Tenant) -> None:
    nx.set_dials(list_fault="error")
    found = read(people[0])
    assert found.error is not None
    assert (found.error.code, found.complete, found.counts) == ("server_error", False, {})


def test_each_right_must_be_missed_twice_by_itself_where_nobody_can_be_asked(app: APIFlask) -> None:
    start, end = RECIPE.index("[operations.find]"), RECIPE.index("[operations.list]")
    # Who cannot be asked promises less.
    rights_platform.install((RECIPE[:start] + RECIPE[end:]).replace("exactly_one", "at_most_one"))
    with Rights() as platform:
        integration = rights_platform.connect(platform)
        sell(integration, "FULL", "KIDS")
        full = platform.rights.pop(platform.of("FULL")["id"])
        assert told(keep_lines(integration, read(integration))) == [("missing", "report", "missing_once")]
        platform.rights[full["id"]] = full
        del platform.rights[platform.of("KIDS")["id"]]
        clock.move(timedelta(minutes=20))
        assert told(keep_lines(integration, read(integration))) == [("missing", "report", "missing_once")]
        clock.move(timedelta(minutes=20))
        assert told(read(integration)) == [("missing", "create", "")]


def keep_lines(integration: Integration, found: Read) -> Read:
    run = db.session.scalars(select(Run).order_by(Run.id.desc()).limit(1)).one()
    run.items = [
        RunItem(account_id=item.account_id, situation="missing", action="report", outcome="reported",
                after=dict(item.after))
        for item in found.differences
    ]  # fmt: skip
    db.session.commit()
    return found
