"""Single looks: what changed lately, payers first, and nothing that only a whole reading can judge."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import factories
from tests.services.memory_source import EVERYTHING, OFF, ON, Scene, make_scene, person
from webapp import clock
from webapp.extensions import db
from webapp.gateways.errors import ContractBroken, Unavailable
from webapp.models import Alert, Customer, Setting, SourcePull, SourcePullItem
from webapp.services import source_pulls
from webapp.services.source_pulls import looking
from webapp.sources.contract import SourceAbility


@pytest.fixture
def scene(app: object, monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = make_scene(monkeypatch).known(40)
    scene.kind.set_status(OFF, "1000", "1001")
    scene.pull()
    scene.kind.asked.clear()
    return scene


def test_who_paid_is_enabled_by_a_light_pull_and_who_did_not_is_suspended(scene: Scene) -> None:
    scene.kind.set_status(ON, "1000")
    scene.kind.set_status(OFF, "1020")
    pull = scene.pull("light")
    assert scene.kind.asked == ["1000", "1020"]
    assert (scene.status("1000"), scene.status("1001"), scene.status("1020")) == (ON, OFF, OFF)
    assert (pull.status, scene.refreshed().light_cursor) == ("done", "after ")


def test_a_light_pull_that_finds_nothing_leaves_no_line(scene: Scene) -> None:
    count = SourcePull.query.count()
    assert scene.pull("light") is None
    assert SourcePull.query.count() == count


def test_payers_come_first_and_what_the_round_has_no_time_for_comes_next(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MOST_LOOKS", 3)
    scene.kind.changed = ["1030", "1031", "1032", "1033", "1001"]
    scene.kind.set_status(ON, "1000")
    scene.pull("light")
    assert scene.kind.asked == ["1000", "1030", "1031"]
    scene.kind.changed = []
    scene.kind.asked.clear()
    scene.pull("light")
    assert scene.kind.asked == ["1032", "1033", "1001"]
    assert not Setting.query.filter(Setting.name.like("source_left%")).count()


def test_who_changed_and_owes_still_by_the_source_s_own_list_does_not_hold_up_a_payer(scene: Scene) -> None:
    scene.kind.changed = ["1030", "1001"]
    scene.kind.set_status(ON, "1000")
    scene.pull("light")
    assert scene.kind.asked == ["1000", "1030", "1001"]
    scene.kind.asked.clear()
    scene.kind.not_paying = False
    scene.pull("light")
    assert scene.kind.asked == ["1001", "1030"]


def test_one_about_whom_the_source_cannot_answer_does_not_hold_up_those_behind(scene: Scene) -> None:
    scene.kind.unanswered = {"1000": ContractBroken("source_other_record")}
    scene.kind.set_status(ON, "1000", "1001")
    scene.pull("light")
    assert (scene.status("1000"), scene.status("1001")) == (OFF, ON)


def test_a_source_that_is_down_changes_nobody_and_leaves_one_line(scene: Scene) -> None:
    scene.kind.set_status(ON, "1000")
    scene.kind.broken = Unavailable("connection_failed")
    first = scene.pull("light", trigger="schedule")
    assert first.status == "failed"
    assert scene.pull("light", trigger="schedule") is None
    assert Alert.query.filter_by(closed_at=None).count() == 0
    clock.move(timedelta(minutes=16))
    scene.pull("light", trigger="schedule")
    assert [alert.code for alert in Alert.query.filter_by(closed_at=None)] == ["source_unreachable"]
    assert scene.status("1000") == OFF


@pytest.mark.parametrize(("count", "status"), [(19, "staged"), (25, "held")])
def test_a_wave_seen_by_light_pulls_waits_and_is_not_asked_about_every_minute(
    scene: Scene, count: int, status: str
) -> None:
    scene.kind.set_status(OFF, *[str(1005 + number) for number in range(count)])
    for _ in range(3):
        scene.pull("light")
    pulls = SourcePull.query.filter_by(mode="light").all()
    assert [(pull.status, pull.counts[status]) for pull in pulls] == [(status, count)]
    assert scene.status("1005") == ON


def test_drip_by_drip_the_brake_of_the_day_stops_light_pulls(app: object, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_scene(monkeypatch).known(120)
    for number in range(25):
        scene.kind.set_status(OFF, str(1000 + number))
        if number % 5 == 4:
            scene.pull("light")
    assert list(scene.statuses().values()).count(OFF) == 20
    last = SourcePull.query.order_by(SourcePull.id.desc()).first()
    assert (last.status, last.certificate["brake"]["limit"]) == ("staged", "day")


def test_a_new_customer_with_the_document_of_another_waits_for_a_whole_reading(scene: Scene) -> None:
    twin = person(5)
    stranger = person(77)
    for code, record in {"2005": twin, "2077": stranger}.items():
        assert record.service is not None
        customer = replace(record.customer, code=f"00{record.customer.code}")
        scene.kind.people[code] = replace(record, customer=customer, service=replace(record.service, code=code))
    scene.kind.changed = ["2005", "2077"]
    scene.pull("light")
    assert {one.code for one in Customer.query.filter(Customer.code.like("00%"))} == {"00C77"}


def test_what_a_look_saw_is_not_undone_by_a_reading_that_began_before_it(scene: Scene) -> None:
    seen: list[int] = []

    def pay_meanwhile(number: int) -> None:
        if not seen:
            seen.append(number)
            stale = scene.kind.people["1000"]
            scene.kind.set_status(ON, "1000")
            scene.pull("light")
            scene.kind.people["1000"] = stale

    scene.kind.between_pages = pay_meanwhile
    pull = scene.pull()
    assert scene.status("1000") == ON
    assert [item.outcome for item in SourcePullItem.query.filter_by(pull_id=pull.id)] == ["skipped"]


def test_due_work_goes_from_looks_to_readings_and_keeps_to_what_the_source_can_bear(scene: Scene) -> None:
    scene.kind.full_per_day = 3
    now = clock.utc_now()
    assert source_pulls.due_work(now) == []
    later = now + timedelta(hours=9)
    assert [due.mode for due in source_pulls.due_work(later)] == ["light", "full"]
    clock.move(timedelta(hours=9))
    # Two whole readings of the last day are the test's own; a third may begin, a fourth waits.
    full = source_pulls.due_work(clock.utc_now())[1]
    begun = source_pulls.begin_due(full)
    assert begun is not None
    assert source_pulls.begin_due(full) is None
    source_pulls.work(begun)
    clock.move(timedelta(hours=9))
    assert source_pulls.begin_due(full) is None
    assert scene.refreshed().full_due_at == SourcePull.query.filter_by(mode="full").first().started_at + timedelta(
        days=1
    )


def test_a_source_that_cannot_be_asked_about_one_service_has_no_light_pulls(
    app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(monkeypatch, abilities=EVERYTHING - {SourceAbility.FIND}).known(5)
    due = source_pulls.due_work(clock.utc_now() + timedelta(days=1))
    assert [one.mode for one in due] == ["full"]
    with pytest.raises(Exception, match="source_cannot"):
        scene.pull("light")
    db.session.rollback()


def test_a_reading_that_shows_what_was_so_before_the_last_looks_is_not_believed(scene: Scene) -> None:
    yesterday = dict(scene.kind.people)
    scene.kind.set_status(ON, "1000", "1001")
    scene.pull("light")
    scene.kind.people = yesterday
    scene.kind.set_status(OFF, "1010")
    pull = scene.pull()
    assert (pull.status, pull.counts["held"]) == ("held", 1)
    assert (scene.status("1000"), scene.status("1010")) == (ON, ON)
    assert [alert.code for alert in Alert.query.filter_by(closed_at=None)] == ["reading_copied"]


def test_after_a_reading_of_other_people_no_single_look_is_believed_either(scene: Scene) -> None:
    ours = dict(scene.kind.people)
    for code, record in ours.items():
        stranger = person(int(code) + 500).customer
        scene.kind.people[code] = replace(record, customer=replace(stranger, code=record.customer.code))
    refused = scene.pull()
    assert refused.status == "refused"
    alerts = {alert.code: alert.times for alert in Alert.query.filter_by(closed_at=None)}
    scene.kind.asked.clear()
    scene.kind.set_status(ON, "1000")
    assert scene.pull("light") is None
    assert (scene.kind.asked, scene.status("1000")) == ([], OFF)
    assert {alert.code: alert.times for alert in Alert.query.filter_by(closed_at=None)} == alerts
    scene.kind.people = ours
    scene.kind.set_status(ON, "1000")
    scene.pull()
    assert scene.status("1000") == ON


def test_by_the_first_real_reading_nobody_loses_anything_although_a_dry_run_came_before(
    app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(monkeypatch)
    service = factories.make_service(factories.make_customer("C1", document=factories.make_cpf(1)), code="1001")
    scene.kind.people = {"1001": person(1, OFF)}
    scene.pull(dry_run=True)
    pull = scene.pull()
    assert (pull.status, scene.status(service.code)) == ("held", ON)
    assert [alert.code for alert in Alert.query.filter_by(closed_at=None)] == ["first_reading"]
