"""The worker that reads sources: at once when it is asked, without rest for who paid, and gone when it must be."""

import threading
from collections.abc import Callable, Iterator

import pytest
from apiflask import APIFlask

from tests.services.memory_source import OFF, ON, Scene, make_scene, people
from webapp import clock
from webapp.extensions import db
from webapp.jobs.sources import MOST_WHOLE, SourceWorker
from webapp.models import Heartbeat, Service, SourcePull
from webapp.services import source_pulls, sources
from webapp.services.inputs import SourceInput

PATIENCE_S = 60.0


@pytest.fixture
def scene(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return make_scene(monkeypatch)


@pytest.fixture
def worker(app: APIFlask, scene: Scene) -> Iterator[SourceWorker]:
    db.session.rollback()
    worker = SourceWorker(app)
    worker.start()
    yield worker
    worker.stop()


def wait_for(done: Callable[[], bool]) -> None:
    until_s = clock.monotonic_s() + PATIENCE_S
    while not done():
        db.session.rollback()
        assert clock.monotonic_s() < until_s
        clock.sleep(0.02)
    db.session.rollback()


def test_what_is_asked_for_is_done_at_once_and_the_worker_shows_that_it_lives(
    scene: Scene, worker: SourceWorker
) -> None:
    scene.kind.people = people(5)
    pull = source_pulls.request_pull(scene.source.id)
    wait_for(lambda: source_pulls.get_pull(pull.id).status == "done")
    assert Service.query.count() == 5
    assert db.session.get(Heartbeat, SourceWorker.name) is not None


def test_a_light_pull_overtakes_a_whole_reading_that_takes_its_time(scene: Scene, worker: SourceWorker) -> None:
    scene.kind.people = people(5)
    scene.kind.set_status(OFF, "1000")
    first = source_pulls.request_pull(scene.source.id)
    wait_for(lambda: source_pulls.get_pull(first.id).status == "done")
    going_on, reached = threading.Event(), threading.Event()
    scene.kind.between_pages = lambda number: (reached.set(), going_on.wait(PATIENCE_S))
    whole = source_pulls.request_pull(scene.source.id)
    assert reached.wait(PATIENCE_S)
    scene.kind.set_status(ON, "1000")
    source_pulls.request_pull(scene.source.id, "light")
    wait_for(lambda: scene.status("1000") == ON)
    assert source_pulls.get_pull(whole.id).status == "reading"
    going_on.set()
    # What it says of the one who was overtaken is old: done without that row, or held for a person to look at.
    wait_for(lambda: source_pulls.get_pull(whole.id).status in ("done", "held"))
    assert scene.status("1000") == ON


def test_whole_readings_leave_a_place_for_looks(scene: Scene, worker: SourceWorker) -> None:
    going_on = threading.Event()
    under_way: list[int] = []
    scene.kind.people = people(1)
    scene.kind.between_pages = lambda number: (under_way.append(number), going_on.wait(PATIENCE_S))
    ids = [scene.source.id]
    for number in range(MOST_WHOLE):
        more = SourceInput(kind="memory", description=f"ERP {number}", code_prefix=f"{number}-")
        ids.append(sources.create_source(more).id)
    for source_id in ids:
        source_pulls.request_pull(source_id, dry_run=True)
    wait_for(lambda: len(under_way) == MOST_WHOLE)
    assert SourcePull.query.filter(SourcePull.lease_until.is_not(None)).count() == MOST_WHOLE
    going_on.set()
    wait_for(lambda: SourcePull.query.filter_by(status="ready").count() == len(ids))


def test_a_worker_that_must_go_leaves_its_pull_to_the_next_one(app: APIFlask, scene: Scene) -> None:
    scene.kind.people = people(30)
    scene.kind.page_size = 10
    reached = threading.Event()
    scene.kind.between_pages = lambda number: reached.set()
    worker = SourceWorker(app)
    scene.kind.between_pages = lambda number: (reached.set(), clock.sleep(1.0))
    pull = source_pulls.request_pull(scene.source.id)
    worker.start()
    assert reached.wait(PATIENCE_S)
    began_s = clock.monotonic_s()
    worker.stop()
    assert clock.monotonic_s() - began_s < 30
    left = source_pulls.get_pull(pull.id)
    assert (left.status, left.lease_until) == ("reading", None)
    scene.kind.between_pages = None
    assert source_pulls.work(pull.id).status == "done"
    assert Service.query.count() == 30
