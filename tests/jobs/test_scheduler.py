"""Periodic work fires once a tick, whatever the number of processes, and goes on after a failure."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask

from webapp import clock
from webapp.extensions import db
from webapp.jobs import scheduler
from webapp.jobs.scheduler import EVERY_S, TASKS, build_scheduler, run_task
from webapp.models import Heartbeat, Tick


@pytest.fixture
def at_a_tick(app: APIFlask) -> Iterator[None]:
    """Stand just after a tick, so that no test runs over the next one."""
    seconds = clock.utc_now().timestamp() % EVERY_S["reconcile"]
    clock.move(timedelta(seconds=EVERY_S["reconcile"] - seconds + 1))
    db.session.rollback()
    return


@pytest.mark.usefixtures("at_a_tick")
def test_a_tick_fires_once_for_eight_that_try_at_the_same_time(app: APIFlask) -> None:
    fired: list[int] = []
    together = threading.Barrier(8)

    def fire(number: int) -> None:
        together.wait(timeout=10)
        run_task(app, "reconcile", lambda: fired.append(number))

    threads = [threading.Thread(target=fire, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(fired) == 1
    assert Tick.query.count() == 1


@pytest.mark.usefixtures("at_a_tick")
def test_each_tick_fires_anew_and_a_failure_does_not_stop_later_ones(app: APIFlask) -> None:
    fired: list[int] = []

    def fail_at_first() -> None:
        fired.append(len(fired))
        if len(fired) == 1:
            raise RuntimeError("a task that fails")

    for _ in range(3):
        run_task(app, "reconcile", fail_at_first)
        run_task(app, "reconcile", fail_at_first)
        clock.move(timedelta(seconds=EVERY_S["reconcile"]))
    assert fired == [0, 1, 2]


@pytest.mark.usefixtures("at_a_tick")
def test_what_a_failing_task_left_open_is_undone(app: APIFlask) -> None:
    def write_and_fail() -> None:
        db.session.add(Heartbeat(name="half", at=clock.utc_now()))
        db.session.flush()
        raise RuntimeError("a task that fails")

    run_task(app, "reconcile", write_and_fail)
    assert db.session.get(Heartbeat, "half") is None


def test_late_and_missed_runs_are_neither_dropped_nor_piled_up(app: APIFlask) -> None:
    built = build_scheduler(app)
    assert {job.id for job in built.get_jobs()} == {*TASKS, "beat", "epoch"}
    assert EVERY_S.keys() == TASKS.keys()
    built.start(paused=True)
    try:
        assert all(
            (job.coalesce, job.misfire_grace_time, job.max_instances) == (True, None, 1) for job in built.get_jobs()
        )
    finally:
        built.shutdown(wait=True)


def test_a_started_scheduler_shows_that_it_lives(app: APIFlask) -> None:
    built = build_scheduler(app)
    built.start()
    try:
        wait_for_life()
    finally:
        built.shutdown(wait=True)


def test_scheduler_shows_that_it_lives_while_all_its_tasks_wait_for_platforms(app: APIFlask) -> None:
    """Else it would lose the lead, and be ended as one that hangs."""
    built, over = build_scheduler(app), threading.Event()
    for number in range(len(TASKS)):
        built.add_job(over.wait, args=(120,), id=f"waits {number}")
    built.start()
    try:
        wait_for_life()
        Heartbeat.query.delete()
        db.session.commit()
        built.get_job("beat").modify(next_run_time=clock.utc_now())
        wait_for_life()
    finally:
        over.set()
        built.shutdown(wait=True)


def wait_for_life() -> None:
    until_s = clock.monotonic_s() + 60
    while not life_signs():
        assert clock.monotonic_s() < until_s
        clock.sleep(0.02)


def life_signs() -> int:
    count = Heartbeat.query.filter_by(name=scheduler.BEAT).count()
    db.session.rollback()
    return count
