"""Rows that are written together: as quick as they shall be, and with every rule that holds for one alone."""

import pytest
from sqlalchemy import func, select

from tests import factories
from tests.bulk_jobs.scenes import carried_out, counts, held, lines, order, services, sold
from tests.fixtures.people import Browser
from tests.services.helpers import nx_package
from tests.web.test_queries import MOST_QUERIES, ask, counted
from webapp.extensions import db
from webapp.models import Account, Event, Package, Service, ServicePackage
from webapp.services import bulk_jobs
from webapp.services.bulk_jobs import doing
from webapp.services.bulk_jobs.kinds.services_sell import Sell

FEW, MANY = 5, 45
# The sale itself; everything else is asked and written once for all rows of a commit.
MOST_PER_ROW = 1.2


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy makes no smaller commits."""
    monkeypatch.setattr(doing, "CHUNK_S", 60.0)


def asked_by(package: Package, count: int) -> int:
    job = bulk_jobs.start(order("services_sell", services(count), package_id=package.id))
    with counted() as seen:
        bulk_jobs.work(job.id)
    assert counts(bulk_jobs.get_job(job.id)) == ("done", count, 0, 0)
    # A savepoint is a word on the same connection.
    return len([one for one in seen if "SAVEPOINT" not in one])


@pytest.mark.usefixtures("app")
def test_each_further_sale_asks_the_database_about_once() -> None:
    package = nx_package()
    few, many = asked_by(package, FEW), asked_by(package, MANY)
    assert (many - few) / (MANY - FEW) <= MOST_PER_ROW, (few, many)


@pytest.mark.usefixtures("app")
def test_each_sale_has_its_account_its_line_and_its_place_in_the_history() -> None:
    package = nx_package()
    job = carried_out(order("services_sell", services(3), package_id=package.id))
    sales = db.session.scalars(select(ServicePackage).where(ServicePackage.package_id == package.id)).all()
    told = db.session.scalars(select(Event).where(Event.action == "sale.create").order_by(Event.id)).all()
    assert [(one.object_id, one.after["service"]) for one in told if one.after] == [
        (sale.id, sale.service.code) for sale in sales
    ]
    assert db.session.scalar(select(func.count()).select_from(Account)) == len(sales) == job.done == 3


@pytest.mark.usefixtures("app")
def test_of_two_with_one_log_in_in_the_same_commit_only_the_first_is_sold() -> None:
    package = nx_package()
    other, first = services(2)
    twin = factories.make_service(factories.make_customer(email=first.customer.email))
    last = services(1)[0]
    job = bulk_jobs.start(order("services_sell", [other, first, twin, last], package_id=package.id))
    bulk_jobs.work(job.id)
    assert held(package) == {other.id, first.id, last.id}
    assert lines(job)[twin.id] == ("failed", "login_held")


@pytest.mark.usefixtures("app")
def test_one_that_the_database_refuses_keeps_no_other_from_being_sold(monkeypatch: pytest.MonkeyPatch) -> None:
    package = factories.make_package()
    first, last = services(2)
    has = sold(package, 1)[0]
    job = bulk_jobs.start(order("services_sell", [first, has, last], package_id=package.id))
    monkeypatch.setattr(Sell, "judge", lambda _self, _row, _params: None)
    bulk_jobs.work(job.id)
    assert lines(job) == {first.id: ("done", ""), has.id: ("failed", "exists_already"), last.id: ("done", "")}
    once = select(func.count()).select_from(ServicePackage).where(ServicePackage.package_id == package.id)
    assert db.session.scalar(once) == 3


@pytest.mark.parametrize("count", [1, 12])
def test_preview_of_what_is_tried_again_asks_as_often_as_a_page_may(admin: Browser, count: int) -> None:
    package = nx_package()
    bad = [factories.make_service(factories.make_customer(email="naotem@example.com")) for _number in range(count)]
    job = carried_out(order("services_sell", [*services(1), *bad], package_id=package.id))
    _mend(bad)
    seen = ask(admin, f"/bulk/new?retry_of={job.id}")
    assert len(seen) <= MOST_QUERIES, "\n".join(seen)


def _mend(bad: list[Service]) -> None:
    for number, one in enumerate(bad):
        one.customer.email = f"pessoa{number}@example.com"
    db.session.commit()
