"""Readings of sources on PostgreSQL: made, repeated, approved, asked for twice at once, told of, and from a file."""

import contextlib
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from apiflask import APIFlask
from flask import current_app
from sqlalchemy.exc import IntegrityError

from tests import factories
from tests.services.memory_source import OFF, ON, Scene, make_scene, people
from webapp import clock
from webapp.extensions import db
from webapp.gateways.contract import CallbackRequest
from webapp.models import Alert, Customer, Service, SourceHint, SourceLink, SourceMapping, SourcePull, SourcePullItem
from webapp.services import customers, source_files, source_hints, source_mapping, source_pulls, sources
from webapp.services.errors import Conflict
from webapp.services.inputs import CustomerInput, SourceInput

TOGETHER = 4
PATIENCE_S = 60


@pytest.fixture
def scene(postgres_app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return make_scene(monkeypatch)


def at_once(act: Callable[[], Any]) -> list[Any]:
    """Do the same in several threads at the same moment; a conflict is answered with its code."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    start = threading.Barrier(TOGETHER)

    def one() -> Any:
        with app.app_context():
            start.wait(PATIENCE_S)
            try:
                return act()
            except Conflict as conflict:
                return conflict.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(TOGETHER) as pool:
        return [one.result(PATIENCE_S) for one in [pool.submit(one) for _ in range(TOGETHER)]]


def test_a_reading_is_made_changes_nothing_again_and_what_it_stages_goes_when_it_is_approved(scene: Scene) -> None:
    scene.kind.people = people(100)
    first, second = scene.pull(), scene.pull()
    assert (first.status, first.counts["created"], second.status, second.counts["unchanged"]) == (
        "done", 100, "done", 100,
    )  # fmt: skip
    assert SourceLink.query.filter_by(kind="service", missing_since=None).count() == 100
    assert SourcePullItem.query.filter_by(pull_id=second.id).count() == 0
    off = [str(1000 + number) for number in range(22)]
    scene.kind.set_status(OFF, *off)
    staged = scene.pull()
    assert (staged.status, set(scene.statuses().values())) == ("staged", {ON})
    source_pulls.approve_pull(staged.id, staged.checksum)
    assert source_pulls.work(staged.id).status == "done"  # type: ignore[union-attr]
    assert sorted(code for code, status in scene.statuses().items() if status == OFF) == off
    assert Alert.query.filter_by(closed_at=None).count() == 0


def test_of_several_who_ask_or_work_at_once_one_does_it(scene: Scene) -> None:
    scene.kind.people = people(60)
    scene.kind.page_size = 10
    source_id = scene.refreshed().id
    db.session.rollback()
    asked = at_once(lambda: source_pulls.request_pull(source_id).id)
    assert sorted(map(str, asked))[1:] == ["pull_under_way"] * (TOGETHER - 1)
    [pull_id] = [one for one in asked if isinstance(one, int)]
    worked = at_once(lambda: status_of(source_pulls.work(pull_id)))
    assert sorted(map(str, worked)) == ["done", *["pull_at_work"] * (TOGETHER - 1)]
    assert (SourcePull.query.count(), Service.query.count()) == (1, 60)


def test_a_reading_that_is_due_is_begun_by_one_of_several_workers(scene: Scene) -> None:
    scene.known(5)
    clock.move(scene.refreshed().full_due_at - clock.utc_now())  # type: ignore[operator]
    [due] = [one for one in source_pulls.due_work(clock.utc_now()) if one.mode == "full"]
    begun = at_once(lambda: source_pulls.begin_due(due))
    assert sum(one is not None for one in begun) == 1
    assert SourcePull.query.filter_by(status="reading").count() == 1


def test_customers_that_are_made_by_hand_in_the_same_moment_break_no_pull(scene: Scene) -> None:
    scene.kind.people = people(200)
    pull_id = source_pulls.request_pull(scene.refreshed().id).id
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    db.session.rollback()

    def make_by_hand() -> None:
        with app.app_context():
            for number in reversed(range(200)):
                # Whoever comes second finds the other's row.
                with contextlib.suppress(Conflict, IntegrityError):
                    db.session.rollback()
                    customers.upsert_customer(f"C{number}", CustomerInput(name=f"Pessoa {number}"))
            db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        by_hand = pool.submit(make_by_hand)
        pull = source_pulls.work(pull_id)
        by_hand.result(PATIENCE_S)
    assert (status_of(pull), Service.query.count(), Customer.query.count()) == ("done", 200, 200)


def test_the_same_message_several_times_at_once_is_one_hint(scene: Scene) -> None:
    scene.known(5)
    scene.kind.set_status(OFF, "1001")
    token = sources.hook_url(scene.refreshed()).rsplit("/", 1)[1]
    db.session.rollback()
    request = CallbackRequest("POST", {"X-Secret": "right"}, {}, {}, {"services": ["1001"]}, None, "127.0.0.1")
    told = at_once(lambda: source_hints.receive(token, request, b"1001", "127.0.0.1"))
    assert sorted(map(str, told)) == ["0"] * (TOGETHER - 1) + ["1"]
    assert SourceHint.query.count() == 1
    [due] = [one for one in source_pulls.due_work(clock.utc_now()) if one.mode == "hint"]
    source_pulls.work(source_pulls.begin_due(due) or 0)
    assert scene.status("1001") == OFF


def test_a_file_goes_from_upload_to_services(scene: Scene) -> None:
    source_id = sources.create_source(SourceInput(kind="spreadsheet", description="File")).id
    lines = [
        f"{number};Pessoa {number};{factories.make_cpf(number)};S{number};Fibra;Ativo;TV" for number in range(1, 31)
    ]
    header = "código;nome;cpf;contrato;plano;status;pacotes"
    pull_id = source_files.stage_upload(source_id, io.BytesIO("\n".join([header, *lines]).encode()), "people.csv").id
    source_files.choose_columns(pull_id, source_files.file_header(pull_id).columns, sure=True)
    source_pulls.work(pull_id)
    source_mapping.save_mapping(source_id, {word: meaning(scene, word[0]) for word in words(source_id)})
    source_files.compare_again(pull_id)
    source_pulls.work(pull_id)
    source_pulls.confirm_pull(pull_id)
    pull = source_pulls.work(pull_id)
    assert pull is not None
    assert (pull.status, pull.counts["created"], len(scene.statuses())) == ("done", 30, 30)
    assert set(scene.statuses().values()) == {ON}


def words(source_id: int) -> list[tuple[str, str]]:
    return [(row.kind, row.external) for row in SourceMapping.query.filter_by(source_id=source_id)]


def meaning(scene: Scene, kind: str) -> str:
    return {"plan": str(scene.plan.id), "package": str(scene.package.id), "status": ON}[kind]


def status_of(pull: SourcePull | None) -> str:
    return "" if pull is None else pull.status
