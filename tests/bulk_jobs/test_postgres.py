"""The same on PostgreSQL, where two processes really work at the same time."""

import threading

import pytest
from flask import current_app
from sqlalchemy import func, select

from tests import factories
from tests.bulk_jobs.scenes import carried_out, counts, order, services
from tests.fixtures.postgres import postgres_app as postgres_app
from tests.fixtures.postgres import postgres_url as postgres_url
from webapp.extensions import db
from webapp.models import BulkLine, ServicePackage
from webapp.services import bulk_jobs
from webapp.services.bulk_jobs import working
from webapp.services.bulk_jobs.choosing import back
from webapp.services.errors import Conflict


@pytest.mark.slow
@pytest.mark.usefixtures("postgres_app")
def test_of_two_workers_one_does_the_job_and_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "ROWS", 2)
    package = factories.make_package()
    job_id = bulk_jobs.start(order("services_sell", services(9), package_id=package.id)).id
    db.session.rollback()
    app, together, refused = current_app._get_current_object(), threading.Barrier(2), []  # type: ignore[attr-defined]

    def work() -> None:
        with app.app_context():
            together.wait()
            try:
                bulk_jobs.work(job_id)
            except Conflict as error:
                refused.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["bulk_at_work"]
    assert counts(bulk_jobs.get_job(job_id)) == ("done", 9, 0, 0)
    per_service = select(func.count()).select_from(ServicePackage).group_by(ServicePackage.service_id)
    assert list(db.session.scalars(per_service)) == [1] * 9
    assert db.session.scalar(select(func.count()).select_from(BulkLine)) == 9
    undo = carried_out(back(job_id, "Wrong"), confirm=9, may_exceed=True)
    assert counts(undo) == ("done", 9, 0, 0)
