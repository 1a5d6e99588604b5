"""What takes content away is measured, shown, and above the limits confirmed by number."""

import pytest
from sqlalchemy import select

from tests import factories
from tests.bulk_jobs.scenes import accounts, carried_out, counts, held, lines, order, services, sold
from webapp.extensions import db
from webapp.models import BulkJob, Event, Service
from webapp.services import bulk_jobs
from webapp.services.bulk_jobs.choosing import back
from webapp.services.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.usefixtures("app")
# The floor of the limits: so many may always lose content; of cancels half.
FLOOR, CANCELS = 20, 10


def suspending(count: int) -> bulk_jobs.Order:
    return order("services_status", services(count), status="suspenso_debito")


def test_up_to_the_limit_anybody_may_and_above_it_an_administrator_writes_the_number() -> None:
    assert bulk_jobs.preview(suspending(FLOOR)).hits == ()
    many = suspending(FLOOR + 1)
    seen = bulk_jobs.preview(many)
    assert [(hit.limit.limit, hit.limit.found, hit.limit.most) for hit in seen.hits] == [("run", FLOOR + 1, FLOOR)]
    with pytest.raises(NotAllowed, match="bulk_administrator_needed"):
        bulk_jobs.start(many, seen.stamp, confirm=FLOOR + 1)
    for wrong in (None, 1, FLOOR):
        with pytest.raises(Invalid) as refused:
            bulk_jobs.start(many, seen.stamp, confirm=wrong, may_exceed=True)
        assert [(one.field, one.code) for one in refused.value.problems] == [("confirm", "bulk_confirm_number")]
    db.session.rollback()
    assert db.session.scalar(select(BulkJob)) is None
    job = carried_out(many, confirm=FLOOR + 1, may_exceed=True)
    assert counts(job) == ("done", FLOOR + 1, 0, 0)
    begun = db.session.scalars(select(Event).where(Event.action == "bulk.start")).one()
    assert begun.after == {
        "bulk_kind": "services_status", "count": 21, "ready": 21, "losing": 21, "confirmed": 21,
    }  # fmt: skip
    assert begun.reason == "Because"


def test_small_ones_one_after_another_meet_the_limit_of_the_day() -> None:
    carried_out(suspending(FLOOR - 5))
    seen = bulk_jobs.preview(suspending(6))
    assert [(hit.limit.limit, hit.limit.found) for hit in seen.hits] == [("day", FLOOR + 1)]


def test_cancels_may_be_half_as_many() -> None:
    package = factories.make_package()
    seen = bulk_jobs.preview(order("services_take_off", sold(package, CANCELS + 1), package_id=package.id))
    assert {hit.limit.limit for hit in seen.hits} == {"run_cancels"}
    assert seen.radius["count"] == CANCELS + 1
    assert seen.radius["value"] == "328.90"
    assert seen.radius["examples"][0]["name"].startswith("Fulana")


def test_limit_of_a_platform_counts_accounts_that_lose_something_there() -> None:
    integration = factories.make_integration()
    integration.limit_floor, integration.limit_run_percent = 2, 1.0
    made = accounts(integration, 3)
    rows = [db.session.get_one(Service, one.service_id) for one in made]
    seen = bulk_jobs.preview(order("services_status", rows, status="suspenso_debito"))
    assert [(hit.integration, hit.limit.limit, hit.limit.found) for hit in seen.hits] == [
        (integration.description, "run", 3)
    ]


def test_taking_a_sale_back_takes_content_too_so_the_same_limits_count() -> None:
    package = factories.make_package()
    job = carried_out(order("services_sell", services(CANCELS + 1), package_id=package.id))
    undo = back(job.id, "Wrong")
    assert bulk_jobs.preview(undo).takes
    with pytest.raises(NotAllowed):
        bulk_jobs.start(undo)
    db.session.rollback()
    assert counts(carried_out(undo, confirm=CANCELS + 1, may_exceed=True)) == ("done", CANCELS + 1, 0, 0)
    assert held(package) == set()


def test_negative_work_without_a_reason_does_not_begin() -> None:
    for wanted in (suspending(1), order("services_status", services(1), status="cancelado", reason="  ")):
        without = bulk_jobs.Order(wanted.kind, wanted.table, {}, wanted.ids, wanted.params, " ")
        with pytest.raises(Invalid) as refused:
            bulk_jobs.start(without)
        assert refused.value.problems[0].code == "bulk_reason_missing"


def test_what_changed_between_preview_and_start_is_shown_again_and_nothing_begins() -> None:
    wanted = order("services_status", None, status="suspenso_debito")
    first = services(1)[0]
    seen = bulk_jobs.preview(wanted)
    services(1)
    with pytest.raises(Conflict, match="bulk_look_again"):
        bulk_jobs.start(wanted, seen.stamp)
    db.session.rollback()
    assert first.status == "servico_habilitado"


def test_more_than_was_shown_never_lose_content_whatever_changes_after_the_start() -> None:
    package = factories.make_package()
    free, must = (
        sold(package, 1)[0],
        factories.make_service(plan=(plan := factories.make_plan(package, mandatory=True))),
    )
    job = bulk_jobs.start(order("services_take_off", [free, must], package_id=package.id))
    assert job.params["most"] == 1
    plan.packages[0].mandatory = False
    db.session.commit()
    bulk_jobs.work(job.id)
    found = bulk_jobs.get_job(job.id)
    assert (found.status, found.error_code) == ("failed", "bulk_more_than_shown")
    assert len(held(package)) >= 1


def test_all_bad_rows_are_told_at_once_and_the_person_chooses_none_or_the_good_ones() -> None:
    package = factories.make_package(factories.make_integration(gateway="nx_play"))
    good = services(7)
    bad = [factories.make_service(factories.make_customer(email="naotem@example.com")) for _number in range(3)]
    wanted = order("services_sell", [*good, *bad], package_id=package.id)
    seen = bulk_jobs.preview(wanted)
    assert (seen.ready, seen.bad) == (7, 3)
    assert [one.subject_id for group in seen.groups for one in group.rows] == [one.id for one in bad]
    with pytest.raises(Conflict, match="bulk_bad_rows"):
        bulk_jobs.start(wanted, seen.stamp, refuse_bad=True)
    db.session.rollback()
    assert held(package) == set()
    job = carried_out(wanted)
    assert counts(job) == ("done", 7, 0, 3)
    assert {one.id for one in good} == held(package)
    assert {lines(job)[one.id] for one in bad} == {("failed", "email_placeholder")}


def test_too_many_at_once_are_refused_before_they_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(bulk_jobs.KINDS["services_status"]), "most", 2)
    with pytest.raises(Conflict, match="bulk_too_many"):
        bulk_jobs.preview(suspending(3))
