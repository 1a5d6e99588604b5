"""How a job is carried out: in small commits, stopped between rows, taken up by whoever comes next, never twice."""

import os
import signal

import pytest
from sqlalchemy import func, select, update

from tests import factories
from tests.bulk_jobs.scenes import accounts, counts, held, lines, order, services
from tests.harness.zygote import Forked
from webapp import clock
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs.bulk import BulkWorker
from webapp.models import BulkJob, BulkLine, Package, ServicePackage, Setting
from webapp.services import bulk_jobs
from webapp.services.bulk_jobs import ids, leases, working
from webapp.services.bulk_jobs.kinds.on_services import ServiceRow
from webapp.services.errors import Conflict
from webapp.services.packages import set_package_active

# By hand, on 2026-11-23: 200 rows and 4 kills, too.
ROWS, KILLS = 60, 2
STOP_S = 60.0


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows to a commit."""
    monkeypatch.setattr(working, "ROWS", 2)


def begun(count: int = 6) -> tuple[BulkJob, int]:
    package = factories.make_package()
    job = bulk_jobs.start(order("services_sell", services(count), package_id=package.id))
    return job, package.id


@pytest.mark.parametrize(("given", "text"), [([5, 1, 2, 3, 9], "1-3,5,9"), ([], ""), ([7], "7"), ([1, 1, 2], "1-2")])
def test_rows_of_a_job_are_kept_as_spans(given: list[int], text: str) -> None:
    assert ids.pack(given) == text
    assert list(ids.unpack(text)) == sorted(set(given))


@pytest.mark.usefixtures("app", "small")
def test_stop_ends_between_two_rows_and_what_was_done_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    job, _package_id = begun()
    real = working.sleep

    def stop_then_sleep(seconds: float) -> None:
        if bulk_jobs.get_job(job.id).control == "":
            bulk_jobs.request_stop(job.id)
        real(seconds)

    monkeypatch.setattr(working, "sleep", stop_then_sleep)
    bulk_jobs.work(job.id)
    assert counts(bulk_jobs.get_job(job.id)) == ("stopped", 2, 0, 0)
    assert len(lines(job)) == db.session.scalar(select(func.count()).select_from(ServicePackage)) == 2
    with pytest.raises(Conflict, match="bulk_over"):
        bulk_jobs.request_stop(job.id)
    assert db.session.scalar(select(func.count()).where(Setting.name.startswith(ids.PREFIX))) == 0


@pytest.mark.usefixtures("app")
def test_job_that_nobody_works_on_stops_at_once() -> None:
    job, _package_id = begun(1)
    assert bulk_jobs.request_stop(job.id).status == "stopped"
    assert leases.waiting(utc_now()) == []
    with pytest.raises(Conflict, match="bulk_at_work"):
        bulk_jobs.work(job.id)


@pytest.mark.usefixtures("app", "small")
def test_end_of_the_process_leaves_the_job_and_the_next_one_goes_on_behind_the_last_row() -> None:
    job, package_id = begun()
    asked = iter([False, False, False, True])
    lease = leases.take(job.id, lambda: next(asked))
    assert lease is not None
    working._guarded(lease)
    left = bulk_jobs.get_job(job.id)
    assert (left.status, left.lease_until) == ("running", None)
    assert 0 < left.done < 6
    bulk_jobs.work(job.id)
    assert counts(bulk_jobs.get_job(job.id)) == ("done", 6, 0, 0)
    sold = select(ServicePackage.service_id, func.count()).where(ServicePackage.package_id == package_id)
    assert {count for _id, count in db.session.execute(sold.group_by(ServicePackage.service_id))} == {1}


@pytest.mark.usefixtures("app", "small")
def test_whoever_was_taken_for_dead_writes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    job, package_id = begun()
    stolen = utc_now() + 10 * leases.LEASE

    def steal(_seconds: float) -> None:
        db.session.execute(update(BulkJob.__table__).where(BulkJob.id == job.id).values(lease_until=stolen))
        db.session.commit()

    monkeypatch.setattr(working, "sleep", steal)
    bulk_jobs.work(job.id)
    found = bulk_jobs.get_job(job.id)
    assert (found.status, found.done, found.lease_until) == ("running", 2, stolen)
    assert len(held(db.session.get_one(Package, package_id))) == 2


@pytest.mark.usefixtures("app")
def test_dead_worker_is_followed_when_its_lease_ends() -> None:
    job, _package_id = begun(1)
    assert leases.take(job.id) is not None
    assert leases.waiting(utc_now()) == []
    clock.move(2 * leases.LEASE)
    assert leases.waiting(utc_now()) == [job.id]


@pytest.mark.usefixtures("app")
def test_rows_made_later_are_not_touched_and_rows_that_went_are_told() -> None:
    package = factories.make_package()
    first, second = services(2)
    job = bulk_jobs.start(order("services_sell", None, package_id=package.id))
    later = services(1)[0]
    second.status = "cancelado"
    db.session.commit()
    bulk_jobs.work(job.id)
    assert lines(job) == {first.id: ("done", ""), second.id: ("skipped", "service_ended")}
    assert later.id not in held(package)


@pytest.mark.usefixtures("app")
def test_row_that_nobody_foresaw_holds_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    job, _package_id = begun(2)
    kind, broken = bulk_jobs.KINDS["services_sell"], ids.read(job.id)[0]
    real = type(kind).apply

    def apply(self: object, row: ServiceRow, params: object, reason: str) -> object:
        made = real(self, row, params, reason)  # type: ignore[arg-type]
        return made if row.service.id != broken else {}["x"]  # type: ignore[typeddict-item]

    monkeypatch.setattr(type(kind), "apply", apply)
    bulk_jobs.work(job.id)
    assert counts(bulk_jobs.get_job(job.id)) == ("done", 1, 0, 1)
    assert lines(job)[broken] == ("failed", "bulk_row_broke")
    # What was begun of it is not there.
    assert db.session.scalar(select(func.count()).select_from(ServicePackage)) == 1


@pytest.mark.usefixtures("app")
def test_failed_rows_are_tried_again_once_the_cause_is_mended() -> None:
    account, other = accounts(factories.make_integration(), 2, "blocked")
    account.lease_until = utc_now() + leases.LEASE
    db.session.commit()
    job = bulk_jobs.start(order("accounts_try", [account, other]))
    bulk_jobs.work(job.id)
    assert counts(bulk_jobs.get_job(job.id)) == ("done", 1, 0, 1)
    account.lease_until = None
    db.session.commit()
    again = bulk_jobs.start(bulk_jobs.again(job.id))
    bulk_jobs.work(again.id)
    assert lines(again) == {account.id: ("done", "")}
    assert again.params["retry_of"] == job.id


def test_worker_of_a_server_carries_out_what_is_begun_and_ends_within_seconds(app: object) -> None:
    worker = BulkWorker(app)  # type: ignore[arg-type]
    worker.start()
    try:
        job, _package_id = begun(3)
        deadline = clock.monotonic_s() + 60
        while bulk_jobs.get_job(job.id).finished_at is None and clock.monotonic_s() < deadline:
            db.session.rollback()
            clock.sleep(0.05)
        assert counts(bulk_jobs.get_job(job.id)) == ("done", 3, 0, 0)
        db.session.rollback()
    finally:
        began = clock.monotonic_s()
        worker.stop()
        assert clock.monotonic_s() - began < 30


@pytest.mark.slow
@pytest.mark.usefixtures("app")
def test_killed_again_and_again_it_does_every_row_exactly_once(settings: Settings) -> None:
    package = factories.make_package()
    made = services(ROWS)
    job_id = bulk_jobs.start(order("services_sell", None, package_id=package.id)).id
    db.session.rollback()
    for number in range(KILLS):
        child = Forked(
            "tests.bulk_jobs.child", (str(settings.instance), str(job_id)),
            {**os.environ, "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}, settings.instance / f"child-{number}.log",
        )  # fmt: skip
        wait_for(child, job_id, (number + 1) * ROWS // (KILLS + 1))
        child.send_signal(signal.SIGKILL)
        assert child.wait(STOP_S) == -signal.SIGKILL
        free(job_id)
    killed_at = bulk_jobs.get_job(job_id).done
    assert 0 < killed_at < ROWS
    bulk_jobs.work(job_id)
    assert counts(bulk_jobs.get_job(job_id)) == ("done", ROWS, 0, 0)
    per_service = select(ServicePackage.service_id, func.count()).group_by(ServicePackage.service_id)
    assert {row[0]: row[1] for row in db.session.execute(per_service)} == {one.id: 1 for one in made}
    assert db.session.scalar(select(func.count()).select_from(BulkLine)) == ROWS


def wait_for(child: Forked, job_id: int, done: int) -> None:
    """Wait until a child has done so many rows."""
    deadline = clock.monotonic_s() + 60
    while bulk_jobs.get_job(job_id).done < done:
        assert child.poll() is None, "the child ended by itself"
        assert clock.monotonic_s() < deadline
        db.session.rollback()
        clock.sleep(0.01)
    db.session.rollback()


def free(job_id: int) -> None:
    """Let the lease of a dead process be over, which else takes seconds."""
    leases.release(job_id)


@pytest.mark.usefixtures("app")
def test_package_that_is_no_longer_sold_is_refused_before_anything_begins() -> None:
    package = factories.make_package()
    set_package_active(package.id, False)
    seen = bulk_jobs.preview(order("services_sell", services(1), package_id=package.id))
    assert [problem.code for problem in seen.problems] == ["package_inactive"]
