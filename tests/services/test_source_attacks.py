"""Sources as an adversary would have them: nobody is cut off who should not be, and nobody is lost or doubled."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests import factories
from tests.services.memory_source import OFF, ON, Scene, make_scene, person
from webapp import clock
from webapp.extensions import db
from webapp.gateways.errors import Unavailable
from webapp.models import Alert, Customer, Service, Source, SourcePull, SourcePullItem
from webapp.services import source_files, source_mapping, source_pulls, sources
from webapp.services.errors import Conflict
from webapp.services.source_pulls import applying, ending
from webapp.services.subscriptions import get_service, set_status
from webapp.sources.contract import CustomerRecord, Record


@pytest.fixture
def scene(app: object, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return make_scene(monkeypatch)


@pytest.fixture
def file_source(app: object) -> Source:
    source = factories.make_source(kind="spreadsheet", description="Lista")
    plan = factories.make_plan(description="Fibra")
    source_mapping.save_mapping(source.id, {("plan", "fibra"): str(plan.id)})
    return source


def upload(source: Source, *lines: tuple[int, str]) -> SourcePull:
    text = "Código;Nome;Contrato;Plano;Status\n" + "".join(f"{n};Pessoa {n};C{n};Fibra;{word}\n" for n, word in lines)
    pull = source_files.stage_upload(source.id, io.BytesIO(text.encode()), "lista.csv")
    source_files.choose_columns(pull.id, source_files.file_header(pull.id).columns)
    found = source_pulls.work(pull.id)
    assert found is not None
    return found


def confirmed(pull: SourcePull) -> Any:
    source_pulls.confirm_pull(pull.id)
    return source_pulls.work(pull.id)


def stranger(record: Record) -> Record:
    """Return the record with another person on it, as another ERP that counts from the same number has it."""
    customer = record.customer
    return replace(record, customer=CustomerRecord(customer.code, "Outra", factories.make_cpf(987), "o@example.com"))


def outcomes(pull_id: int) -> dict[str, str]:
    return {item.service_code: item.outcome for item in SourcePullItem.query.filter_by(pull_id=pull_id)}


def test_service_twice_in_a_file_with_words_that_contradict_loses_nothing(file_source: Source) -> None:
    confirmed(upload(file_source, *((n, "Ativo") for n in range(1, 9))))
    pull = upload(file_source, (1, "Bloqueado"), (2, "Bloqueado"), *((n, "Ativo") for n in range(3, 9)), (1, "Ativo"))
    done = confirmed(pull)
    assert (get_service("C1").status, get_service("C2").status) == (ON, OFF)
    assert (done.status, outcomes(pull.id)["C2"]) == ("held", "applied")


def test_old_file_that_waits_cannot_be_approved_after_a_newer_one_was_applied(file_source: Source) -> None:
    everybody = range(1, 61)
    confirmed(upload(file_source, *((n, "Ativo") for n in everybody)))
    old = confirmed(upload(file_source, *((n, "Bloqueado" if n < 25 else "Ativo") for n in everybody)))
    assert old.status == "staged"
    confirmed(upload(file_source, *((n, "Ativo") for n in everybody)))
    with pytest.raises(Conflict, match="pull_not_staged"):
        source_pulls.approve_pull(old.id, old.checksum)
    assert get_service("C1").status == ON
    assert not Alert.query.filter_by(closed_at=None, code="pull_staged").count()


def test_approved_file_that_was_stopped_does_not_go_on_after_a_newer_one_was_applied(file_source: Source) -> None:
    everybody = range(1, 61)
    confirmed(upload(file_source, *((n, "Ativo") for n in everybody)))
    old = confirmed(upload(file_source, *((n, "Bloqueado" if n < 25 else "Ativo") for n in everybody)))
    source_pulls.approve_pull(old.id, old.checksum)
    source_pulls.request_stop(old.id)
    confirmed(upload(file_source, *((n, "Ativo") for n in everybody)))
    with pytest.raises(Conflict, match="pull_superseded"):
        source_pulls.resume_pull(old.id)


def test_second_look_that_shows_another_person_confirms_nothing(scene: Scene) -> None:
    scene.known(100)
    codes = [str(1000 + number) for number in range(22)]
    scene.kind.set_status(OFF, *codes)
    pull = scene.pull()
    # Between staging and approval the source is led to another ERP, which has the same numbers.
    scene.kind.truth = {code: stranger(scene.kind.people[code]) for code in codes}
    source_pulls.approve_pull(pull.id, pull.checksum)
    source_pulls.work(pull.id)
    assert set(scene.statuses().values()) == {ON}
    assert set(outcomes(pull.id).values()) == {"skipped"}


def test_single_look_that_shows_another_person_changes_nothing(scene: Scene) -> None:
    scene.known(40)
    scene.kind.set_status(OFF, "1003")
    scene.kind.people["1003"] = stranger(scene.kind.people["1003"])
    scene.kind.changed = ["1003"]
    scene.pull("light")
    assert (scene.status("1003"), Customer.query.filter_by(code="C3").one().name) == (ON, "Pessoa 3")


def test_source_switched_off_stops_what_is_under_way_and_approves_nothing(scene: Scene) -> None:
    scene.known(60)
    scene.kind.set_status(OFF, "1003", "1004")
    scene.kind.between_pages = lambda number: sources.set_source_active(scene.source.id, False) if number else None
    assert scene.pull().status == "stopped"
    assert set(scene.statuses().values()) == {ON}


def test_staged_changes_of_a_source_that_is_off_wait(scene: Scene) -> None:
    scene.known(100)
    scene.kind.set_status(OFF, *[str(1000 + number) for number in range(22)])
    pull = scene.pull()
    sources.set_source_active(scene.source.id, False)
    with pytest.raises(Conflict, match="source_inactive"):
        source_pulls.approve_pull(pull.id, pull.checksum)
    assert source_pulls.get_pull(pull.id).status == "staged"


def test_file_of_a_source_that_is_off_is_not_applied(file_source: Source) -> None:
    pull = upload(file_source, (1, "Ativo"))
    sources.set_source_active(file_source.id, False)
    with pytest.raises(Conflict, match="source_inactive"):
        source_pulls.confirm_pull(pull.id)


def test_stranger_with_the_code_of_another_sources_service_does_not_take_it(scene: Scene) -> None:
    scene.known(3)
    scene.source.precedence = 5
    db.session.commit()
    better = factories.make_source(kind="spreadsheet", description="Lista", precedence=1)
    plan = factories.make_plan(description="Fibra 2")
    source_mapping.save_mapping(better.id, {("plan", "fibra"): str(plan.id)})
    text = "Código;Nome;Contrato;Plano;Status\nC1;Outra Pessoa;1001;Fibra;Bloqueado\n"
    pull = source_files.stage_upload(better.id, io.BytesIO(text.encode()), "lista.csv")
    source_files.choose_columns(pull.id, source_files.file_header(pull.id).columns)
    source_pulls.work(pull.id)
    confirmed(pull)
    assert (scene.status("1001"), get_service("1001").customer.name) == (ON, "Pessoa 1")
    assert outcomes(pull.id) == {"1001": "refused"}


def test_look_that_failed_after_it_took_something_away_still_counts_for_the_brake(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.known(40)
    scene.kind.broken = Unavailable("connection_failed")
    scene.pull("light")
    scene.kind.broken = None
    scene.kind.set_status(OFF, "1003")

    def breaks(*_given: object, **_named: object) -> None:
        raise RuntimeError("after it was applied")

    with monkeypatch.context() as patch:
        patch.setattr(ending, "finish", breaks)
        pull = scene.pull("light")
    assert (pull.status, outcomes(pull.id), scene.status("1003")) == ("failed", {"1003": "applied"}, OFF)


def test_what_another_pull_is_about_to_take_counts_for_the_brake_of_the_day(scene: Scene) -> None:
    scene.known(100)
    codes = [str(1000 + number) for number in range(15)]
    seen: list[Any] = []

    class Slow:
        def __contains__(self, code: str) -> bool:
            # The first second look of the whole reading: a light pull comes in between.
            if not seen:
                seen.append(code)
                more = [str(1050 + number) for number in range(10)]
                scene.kind.people |= {one: person(int(one) - 1000, OFF) for one in more}
                scene.kind.changed = more
                seen.append(scene.pull("light"))
            return False

    scene.kind.not_paying = False
    scene.kind.set_status(OFF, *codes)
    scene.kind.unanswered = Slow()  # type: ignore[assignment]
    assert scene.pull().status == "done"
    assert (seen[1].status, seen[1].certificate["brake"]["limit"]) == ("staged", "day")
    assert list(scene.statuses().values()).count(OFF) == 15


def test_what_was_made_before_the_process_died_contradicts_nothing(scene: Scene) -> None:
    scene.known(40)
    scene.kind.set_status(OFF, "1003", "1004")
    pull = source_pulls.request_pull(scene.source.id)

    def written() -> bool:
        # Just after the statuses were written, before the items say so.
        with db.engine.connect().execution_options(reads_only=True) as other:
            return other.scalar(select(Service.status).where(Service.code == "1003")) == OFF

    source_pulls.work(pull.id, interrupted=written)
    assert set(outcomes(pull.id).values()) == {"planned"}
    done = source_pulls.work(pull.id)
    assert done is not None
    assert (done.status, scene.status("1003"), scene.status("1004")) == ("done", OFF, OFF)
    assert set(outcomes(pull.id).values()) == {"applied"}


def test_mapping_changed_after_staging_is_seen_before_approval(scene: Scene) -> None:
    scene.known(100)
    scene.kind.set_status(OFF, *[str(1000 + number) for number in range(22)])
    pull = scene.pull()
    source_mapping.save_mapping(scene.source.id, {("status", OFF): source_mapping.IGNORE})
    with pytest.raises(Conflict, match="pull_changed"):
        source_pulls.approve_pull(pull.id, pull.checksum)
    assert not Alert.query.filter_by(closed_at=None).count()
    assert set(scene.statuses().values()) == {ON}


def test_mapping_changed_after_approval_takes_nothing(scene: Scene) -> None:
    scene.known(100)
    scene.kind.set_status(OFF, *[str(1000 + number) for number in range(22)])
    pull = scene.pull()
    source_pulls.approve_pull(pull.id, pull.checksum)
    source_mapping.save_mapping(scene.source.id, {("status", OFF): "cancelado"})
    source_pulls.work(pull.id)
    assert set(scene.statuses().values()) == {ON}


@pytest.mark.parametrize("second", ["approve", "reject", "confirm"])
def test_pressed_twice_the_second_is_told_so(scene: Scene, second: str) -> None:
    scene.known(100)
    scene.kind.set_status(OFF, *[str(1000 + number) for number in range(22)])
    pull = scene.pull()
    source_pulls.approve_pull(pull.id, pull.checksum)
    act = {
        "approve": lambda: source_pulls.approve_pull(pull.id, pull.checksum),
        "reject": lambda: source_pulls.reject_pull(pull.id, ""),
        "confirm": lambda: source_pulls.confirm_pull(pull.id),
    }[second]
    with pytest.raises(Conflict):
        act()


def test_find_that_returns_other_services_confirms_nothing(scene: Scene) -> None:
    scene.known(40)
    scene.kind.set_status(OFF, "1003")
    scene.kind.truth = {"1003": scene.kind.people["1004"]}
    pull = scene.pull()
    assert (scene.status("1003"), outcomes(pull.id)) == (ON, {"1003": "skipped"})


def test_drip_by_hints_stops_at_the_brake_of_the_day_also_when_the_clock_is_set_back(scene: Scene) -> None:
    scene.known(60)
    for codes in ([str(1000 + number) for number in range(19)], ["1030"], ["1031"], ["1032"]):
        scene.kind.set_status(OFF, *codes)
        scene.kind.changed = codes
        scene.pull("light")
        clock.move(timedelta(minutes=-7))
    assert list(scene.statuses().values()).count(OFF) == 20


def test_strangers_in_hints_bring_nobody_who_is_here_already(scene: Scene) -> None:
    scene.known(5)
    twin = person(2)
    scene.kind.people["9002"] = replace(
        twin, customer=replace(twin.customer, code="X2"), service=replace(twin.service, code="9002")
    )  # type: ignore[type-var]
    scene.kind.changed = ["9002", "nobody"]
    scene.pull("light")
    assert Customer.query.filter_by(code="X2").count() == 0


def test_status_that_moved_by_hand_after_the_reading_is_not_undone_by_it(scene: Scene) -> None:
    scene.known(100)
    codes = [str(1000 + number) for number in range(22)]
    scene.kind.set_status(OFF, *codes)
    pull = scene.pull()
    set_status("1000", "suspenso_parcialmente")
    with pytest.raises(Conflict, match="pull_changed"):
        source_pulls.approve_pull(pull.id, pull.checksum)
    assert scene.status("1000") == "suspenso_parcialmente"


def test_wave_of_a_light_pull_is_looked_at_again_when_it_is_approved(scene: Scene) -> None:
    scene.known(60)
    codes = [str(1000 + number) for number in range(21)]
    scene.kind.set_status(OFF, *codes)
    pull = scene.pull("light")
    assert pull.status == "staged"
    scene.kind.set_status(ON, *codes)
    source_pulls.approve_pull(pull.id, pull.checksum)
    source_pulls.work(pull.id)
    assert set(scene.statuses().values()) == {ON}


def test_nobody_is_asked_about_after_a_look_that_contradicted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "FLUSH_COUNT", 1)
    scene.known(40)
    scene.kind.truth = {"1003": scene.kind.people["1003"]}
    scene.kind.set_status(OFF, "1003", "1004")
    scene.kind.asked.clear()
    assert (scene.pull().status, scene.kind.asked, scene.status("1004")) == ("held", ["1003"], ON)


def test_payment_after_the_reading_began_contradicts_nobody_else(scene: Scene) -> None:
    scene.known(40)
    paid = replace(scene.kind.people["1003"], changed_at=clock.utc_now() + timedelta(minutes=1))
    scene.kind.truth = {"1003": paid}
    scene.kind.set_status(OFF, "1003", "1004")
    assert (scene.pull().status, scene.status("1003"), scene.status("1004")) == ("done", ON, OFF)
