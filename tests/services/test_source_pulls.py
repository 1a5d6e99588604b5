"""Pulls: what a reading gives is made, what it takes away waits for proof."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.services.memory_source import ENDED, EVERYTHING, OFF, ON, Scene, make_scene, people, person
from webapp import clock
from webapp.extensions import db
from webapp.gateways.contract import Secret
from webapp.gateways.errors import AuthFailed, Unavailable
from webapp.models import Alert, Customer, Service, SourceLink, SourcePull, SourcePullItem, SourceRow
from webapp.services import source_pulls, subscriptions, upkeep
from webapp.services.audit import acting_as
from webapp.services.errors import Conflict
from webapp.services.source_pulls import rows
from webapp.services.source_pulls.leases import LEASE, take
from webapp.sources.contract import Named, ReadPage, SourceAbility


@pytest.fixture
def scene(app: object, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return make_scene(monkeypatch, page_size=50)


def test_a_first_pull_makes_everybody_and_a_second_finds_nothing_to_do(scene: Scene) -> None:
    scene.kind.people = people(25)
    first = scene.pull()
    assert (first.status, first.counts["created"], first.records, first.applied) == ("done", 25, 25, 25)
    assert Service.query.count() == 25
    assert SourceLink.query.filter_by(kind="service", missing_since=None).count() == 25
    second = scene.pull()
    assert (second.status, second.counts["unchanged"]) == ("done", 25)
    assert SourcePullItem.query.filter_by(pull_id=second.id).count() == 0


def test_who_stopped_paying_is_suspended_only_after_a_second_look(scene: Scene) -> None:
    scene.known()
    scene.kind.set_status(OFF, "1003")
    scene.kind.asked.clear()
    pull = scene.pull()
    assert (pull.status, scene.kind.asked) == ("done", ["1003"])
    assert scene.status("1003") == OFF


def test_a_second_look_that_says_otherwise_stops_every_negative_of_the_pull(scene: Scene) -> None:
    scene.known()
    scene.kind.truth = {"1003": scene.kind.people["1003"]}
    scene.kind.set_status(OFF, "1003", "1004")
    scene.kind.people["1050"] = person(50)
    pull = scene.pull()
    assert set(scene.statuses().values()) == {ON}
    assert scene.status("1050") == ON
    assert pull.status == "held"
    outcomes = {item.service_code: item.outcome for item in SourcePullItem.query.filter_by(pull_id=pull.id)}
    assert outcomes == {"1003": "skipped", "1004": "held", "1050": "applied"}
    assert [alert.code for alert in Alert.query.filter_by(closed_at=None)] == ["looks_contradicted"]


def test_a_reading_that_broke_gives_its_positives_and_takes_nothing(scene: Scene) -> None:
    scene.known()
    scene.kind.set_status(OFF, "1001")
    scene.pull()
    scene.kind.set_status(ON, "1001")
    scene.kind.set_status(OFF, "1002")
    scene.kind.page_size, scene.kind.broken, scene.kind.broken_after = 10, unavailable(), 2
    pull = scene.pull()
    assert (scene.status("1001"), scene.status("1002")) == (ON, ON)
    assert (pull.status, pull.error_code) == ("held", "connection_failed")


def test_absence_ends_nothing_and_is_noted(scene: Scene) -> None:
    scene.known()
    gone = scene.kind.people.pop("1007")
    pull = scene.pull()
    link = SourceLink.query.filter_by(kind="service", external="1007").one()
    assert (pull.counts["absent"], link.missing_since is not None, scene.status("1007")) == (1, True, ON)
    scene.kind.people["1007"] = gone
    scene.pull()
    db.session.rollback()
    assert SourceLink.query.filter_by(kind="service", external="1007").one().missing_since is None


def test_a_wave_over_the_brake_waits_for_a_person_who_approves_what_was_seen(scene: Scene) -> None:
    scene.known(100)
    scene.kind.set_status(OFF, *[str(1000 + number) for number in range(22)])
    pull = scene.pull()
    assert (pull.status, pull.counts["staged"]) == ("staged", 22)
    assert set(scene.statuses().values()) == {ON}
    with pytest.raises(Conflict, match="pull_changed"):
        source_pulls.approve_pull(pull.id, "another")
    subscriptions.set_status("1000", OFF)
    with pytest.raises(Conflict, match="pull_changed"):
        source_pulls.approve_pull(pull.id, pull.checksum)
    again = source_pulls.get_pull(pull.id)
    assert again.counts["staged"] == 21
    source_pulls.approve_pull(pull.id, again.checksum)
    done = source_pulls.work(pull.id)
    assert (done.status, list(scene.statuses().values()).count(OFF)) == ("done", 22)
    assert not open_alerts()


def test_services_that_end_need_another_person_than_who_asked(scene: Scene) -> None:
    scene.known(100)
    scene.kind.set_status(ENDED, *[str(1000 + number) for number in range(11)])
    with acting_as("ana@example.com"):
        pull = scene.pull()
        assert pull.status == "staged"
        with pytest.raises(Conflict, match="second_operator_needed"):
            source_pulls.approve_pull(pull.id, pull.checksum)
    with acting_as("bia@example.com"):
        source_pulls.approve_pull(pull.id, pull.checksum)
    source_pulls.work(pull.id)
    assert list(scene.statuses().values()).count(ENDED) == 11


def test_what_was_rejected_stays_and_comes_again_with_the_next_reading(scene: Scene) -> None:
    scene.known(100)
    scene.kind.set_status(OFF, *[str(1000 + number) for number in range(22)])
    pull = scene.pull()
    source_pulls.reject_pull(pull.id, "the ERP was migrated")
    assert set(scene.statuses().values()) == {ON}
    assert open_alerts() == ["pull_rejected"]
    assert scene.pull().status == "staged"
    assert open_alerts() == ["pull_staged"]


def test_a_newer_reading_closes_what_an_older_one_has_waiting(scene: Scene) -> None:
    scene.known(100)
    codes = [str(1000 + number) for number in range(22)]
    scene.kind.set_status(OFF, *codes)
    older = scene.pull()
    scene.kind.set_status(ON, *codes)
    scene.pull()
    assert source_pulls.get_pull(older.id).status == "done"
    assert not open_alerts()


def test_a_dry_run_writes_nothing_but_itself(scene: Scene) -> None:
    scene.kind.people = people(5)
    pull = scene.pull(dry_run=True)
    assert (pull.status, pull.finished_at is not None, pull.counts["positive"]) == ("ready", True, 5)
    assert (Service.query.count(), SourceLink.query.count(), Alert.query.count()) == (0, 0, 0)
    with pytest.raises(Conflict, match="pull_is_dry_run"):
        source_pulls.confirm_pull(pull.id)


def test_a_pull_whose_process_died_reads_anew_or_goes_on_where_it_was(scene: Scene) -> None:
    scene.kind.page_size = 10
    scene.kind.people = people(25)
    pull = source_pulls.request_pull(scene.source.id)
    died: list[int] = []

    def die(number: int) -> None:
        if number == 1 and not died:
            died.append(number)
            raise KeyboardInterrupt

    scene.kind.between_pages = die
    with pytest.raises(KeyboardInterrupt):
        source_pulls.work(pull.id)
    db.session.rollback()
    with pytest.raises(Conflict, match="pull_at_work"):
        source_pulls.work(pull.id)
    clock.move(LEASE)
    assert source_pulls.due_work(clock.utc_now())[0].pull_id == pull.id
    assert (source_pulls.work(pull.id).status, Service.query.count()) == ("done", 25)


def test_a_process_that_was_taken_for_dead_writes_nothing_more(scene: Scene) -> None:
    scene.kind.page_size = 10
    scene.kind.people = people(25)
    pull = source_pulls.request_pull(scene.source.id)

    def another_takes_it(number: int) -> None:
        if number == 1:
            clock.move(LEASE + timedelta(seconds=1))
            assert take(pull.id) is not None

    scene.kind.between_pages = another_takes_it
    late = source_pulls.work(pull.id)
    assert (late.status, late.lease_until is not None, late.records) == ("reading", True, 20)
    assert Service.query.count() == 0


def test_a_stopped_pull_goes_on_when_it_is_asked_to(scene: Scene) -> None:
    scene.kind.page_size = 10
    scene.kind.people = people(25)
    pull = source_pulls.request_pull(scene.source.id)
    scene.kind.between_pages = lambda number: source_pulls.request_stop(pull.id) if number == 0 else None
    assert source_pulls.work(pull.id).status == "stopped"
    scene.kind.between_pages = None
    source_pulls.resume_pull(pull.id)
    assert (source_pulls.work(pull.id).status, Service.query.count()) == ("done", 25)


def test_one_pull_of_a_source_at_a_time(scene: Scene) -> None:
    source_pulls.request_pull(scene.source.id)
    with pytest.raises(Conflict, match="pull_under_way"):
        source_pulls.request_pull(scene.source.id, dry_run=True)


def test_a_source_in_a_circle_is_left_after_the_first_round(scene: Scene) -> None:
    scene.kind.page_size = 10
    scene.known(30)
    read = scene.kind.read

    def round_and_round(connection: object) -> Iterator[ReadPage]:
        pages = [replace(page, last=False) for page in read(connection)]
        for number in range(1_000):
            yield replace(pages[number % 3], number=number)

    scene.kind.read = round_and_round  # type: ignore[method-assign]
    scene.kind.set_status(OFF, "1001")
    pull = scene.pull()
    assert (pull.status, pull.counts["pages"], scene.status("1001")) == ("held", 3, ON)


def test_days_without_an_answer_change_nobody_and_are_told_at_once(scene: Scene) -> None:
    scene.known(30)
    scene.kind.broken = unavailable()
    before = scene.statuses()
    levels = []
    for _ in range(6):
        assert scene.pull(trigger="schedule").status == "failed"
        levels.append(Alert.query.filter_by(code="source_unreachable").one().level)
        clock.move(timedelta(hours=12))
    assert levels == ["warn"] + 5 * ["fail"]
    assert scene.statuses() == before
    scene.kind.broken = None
    scene.pull()
    assert (open_alerts(), scene.refreshed().failures) == ([], 0)


def test_refused_credentials_pause_the_source_after_three_tries(scene: Scene) -> None:
    scene.kind.broken = AuthFailed("credentials_refused")
    codes = []
    for _ in range(3):
        scene.pull()
        codes.append(scene.refreshed().paused_code)
    assert codes == [None, None, "source_auth_stopped"]
    assert open_alerts() == ["source_auth_stopped", "source_unreachable"]
    assert source_pulls.due_work(clock.utc_now() + timedelta(days=1)) == []


def test_a_password_is_sealed_while_it_waits_and_never_in_the_payload(scene: Scene) -> None:
    scene.kind.people = {"1000": person(0, password=Secret("a password of Maria"))}
    pull = scene.pull(dry_run=True)
    row = SourceRow.query.filter_by(pull_id=pull.id).one()
    assert "a password of Maria" not in str(row.payload) + str(row.sealed)
    assert rows.some(pull.id, [0])[0].record.service.password == "a password of Maria"  # type: ignore[union-attr]
    assert "a password of Maria" not in str([item.changes for item in SourcePullItem.query])


@pytest.mark.parametrize("find", [True, False])
def test_without_a_way_to_look_again_two_readings_must_agree(
    app: object, monkeypatch: pytest.MonkeyPatch, find: bool
) -> None:
    abilities = EVERYTHING if find else EVERYTHING - {SourceAbility.FIND}
    scene = make_scene(monkeypatch, abilities=abilities).known()
    scene.kind.set_status(OFF, "1003")
    first = scene.pull()
    assert (first.status, scene.status("1003")) == (("done", OFF) if find else ("staged", ON))
    scene.kind.set_status(OFF, "1004")
    second = scene.pull()
    assert (second.status, scene.status("1003")) == ("done" if find else "staged", OFF)
    assert scene.status("1004") == (OFF if find else ON)


def test_a_reading_held_for_being_smaller_can_be_accepted_as_the_new_normal(scene: Scene) -> None:
    scene.known(100)
    for number in range(40, 60):
        del scene.kind.people[str(1000 + number)]
    held = scene.pull()
    assert (held.status, open_alerts()) == ("held", ["reading_shrunken"])
    source_pulls.accept_reading(held.id)
    assert not open_alerts()
    scene.kind.set_status(OFF, "1001")
    assert (scene.pull().status, scene.status("1001"), scene.status("1050")) == ("done", OFF, ON)


def test_known_services_under_other_customers_are_held_until_a_person_accepts_it(scene: Scene) -> None:
    scene.known(30)
    for code, record in scene.kind.people.items():
        scene.kind.people[code] = replace(record, customer=replace(record.customer, code=f"N{record.customer.code}"))
    scene.kind.set_status(OFF, "1001")
    pull = scene.pull()
    assert (pull.status, open_alerts(), scene.status("1001")) == ("held", ["owners_changed"], ON)
    assert Customer.query.filter(Customer.code.like("N%")).count() == 0
    source_pulls.accept_reading(pull.id)
    for _ in range(2):
        assert (scene.pull().status, open_alerts(), scene.status("1001")) == ("done", [], OFF)
        scene.kind.set_status(OFF, "1001")


def test_records_that_are_refused_one_by_one_take_nothing_and_are_told(scene: Scene) -> None:
    scene.known(30)
    for code in [str(1000 + number) for number in range(10)]:
        record = scene.kind.people[code]
        scene.kind.people[code] = replace(record, customer=replace(record.customer, code="x" * 61))
    scene.kind.set_status(OFF, "1020")
    pull = scene.pull()
    assert (pull.status, open_alerts(), scene.status("1020")) == ("held", ["records_refused"], ON)


def test_what_nobody_mapped_yet_is_not_taken_for_a_reading_that_fits_nobody(scene: Scene) -> None:
    scene.kind.people = {code: replace(one, service=replace(one.service, plan=Named("New")))  # type: ignore[type-var]
                         for code, one in people(30).items()}  # fmt: skip
    pull = scene.pull()
    assert (pull.status, pull.counts["refused"], pull.counts["unmapped"], open_alerts()) == ("done", 30, 30, [])


def test_what_has_served_its_time_is_removed(scene: Scene) -> None:
    scene.known(5)
    scene.kind.people["1006"] = person(6)
    scene.pull()
    clock.move(timedelta(days=2))
    upkeep.tidy()
    assert (SourceRow.query.count(), SourcePullItem.query.count() > 0) == (0, True)
    clock.move(timedelta(days=91))
    upkeep.tidy()
    assert (SourcePullItem.query.count(), SourcePull.query.count()) == (0, 2)


def open_alerts() -> list[str]:
    db.session.rollback()
    return sorted(alert.code for alert in Alert.query.filter_by(closed_at=None))


def unavailable() -> Unavailable:
    return Unavailable("connection_failed")
