"""From a list to a finished job on the pages: choose, see, begin, watch, stop, try again, take back."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select, update

from tests import factories
from tests.bulk_jobs.scenes import carried_out, held, lines, order, services, sold
from tests.fixtures.people import Browser
from tests.fixtures.people import admin as admin
from tests.fixtures.people import attendant as attendant
from tests.fixtures.people import finance as finance
from tests.fixtures.people import viewer as viewer
from tests.web.page import read, read_page
from webapp import clock
from webapp.extensions import db
from webapp.models import BulkJob, OperatorSession
from webapp.services import bulk_jobs

SELL = {"kind": "services_sell", "table": "customers"}


def new(**values: object) -> str:
    return f"/bulk/new?{urlencode(values, doseq=True)}"


def stamp_in(text: str) -> str:
    found = re.search(r'name="stamp" value="([0-9a-f]{32})"', text)
    assert found is not None
    return found[1]


def prove(at: datetime) -> None:
    """Let whoever sits there have proved at this time to be the operator."""
    db.session.execute(update(OperatorSession.__table__).values(fresh_at=at))
    db.session.commit()


def jobs() -> int:
    return db.session.scalar(select(func.count()).select_from(BulkJob)) or 0


def test_attendant_chooses_sees_and_begins_and_a_second_click_begins_nothing(attendant: Browser) -> None:
    package, made = factories.make_package(), services(3)
    ids = [one.customer_id for one in made[:2]]
    question = attendant.get(new(**SELL, id=ids))
    assert "Show what happens" in question.text or "Mostrar" in question.text or package.description in question.text
    seen = attendant.get(new(**SELL, id=ids, package_id=package.id, asked=1))
    read_page(seen)
    data = {**SELL, "id": [str(one) for one in ids], "package_id": str(package.id), "stamp": stamp_in(seen.text)}
    mark = re.search(r'name="once" value="([^"]+)"', seen.text)
    assert mark is not None
    first = attendant.post("/bulk", data={**data, "once": mark[1]})
    second = attendant.post("/bulk", data={**data, "once": mark[1]})
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert jobs() == 1
    bulk_jobs.work(1)
    assert held(package) == {one.id for one in made[:2]}


def test_filter_is_what_all_means_and_what_was_searched_for_is_not_kept(attendant: Browser) -> None:
    package = factories.make_package()
    maria = factories.make_service(factories.make_customer(name="Maria das Dores"))
    services(2)
    asked = {**SELL, "all": "1", "filters": "q=maria+das", "package_id": str(package.id)}
    seen = attendant.get(new(**asked, asked=1))
    attendant.post("/bulk", data={**asked, "stamp": stamp_in(seen.text)})
    bulk_jobs.work(1)
    assert held(package) == {maria.id}
    assert "maria" not in str(bulk_jobs.get_job(1).filters).lower()


@pytest.mark.parametrize("role", ["finance", "viewer"])
def test_who_may_not_sell_may_watch_and_begin_nothing(role: str, request: pytest.FixtureRequest) -> None:
    browser: Browser = request.getfixturevalue(role)
    package = factories.make_package()
    job = carried_out(order("services_sell", services(1), package_id=package.id))
    assert browser.get(f"/bulk/{job.id}").status_code == 200
    assert browser.get(new(**SELL, all=1)).status_code == 403
    assert browser.post("/bulk", data={**SELL, "all": "1"}).status_code == 403
    assert browser.post(f"/bulk/{job.id}/stop").status_code == 403
    assert f"/bulk/new?undo_of={job.id}" not in browser.get(f"/bulk/{job.id}").text


def test_attendant_may_not_do_to_many_what_only_administrators_do_to_one(attendant: Browser) -> None:
    plan = factories.make_plan()
    assert attendant.get(new(kind="plans_active", table="plans", id=plan.id)).status_code == 403
    assert attendant.post("/bulk", data={"kind": "plans_active", "table": "plans", "id": "1"}).status_code == 403
    assert attendant.get(new(kind="nothing", table="plans", id=1)).status_code == 404
    assert attendant.get(new(kind="services_sell", table="plans", id=1)).status_code == 404


def test_above_the_limit_an_attendant_is_told_whom_to_ask(attendant: Browser) -> None:
    package = factories.make_package()
    sold(package, 11)
    asked = {"kind": "services_take_off", "table": "customers", "all": "1", "package_id": str(package.id)}
    seen = attendant.get(new(**asked, asked=1))
    assert seen.status_code == 200
    assert 'name="stamp"' not in seen.text
    refused = attendant.post("/bulk", data={**asked, "reason": "End of the offer"})
    assert refused.status_code == 403
    assert jobs() == 0


def test_above_the_limit_an_administrator_proves_and_writes_the_number(admin: Browser) -> None:
    package = factories.make_package()
    sold(package, 11)
    asked = {"kind": "services_take_off", "table": "customers", "all": "1", "package_id": str(package.id)}
    data = {**asked, "reason": "End of the offer", "stamp": stamp_in(admin.get(new(**asked, asked=1)).text)}
    wrong = admin.post("/bulk", data={**data, "confirm": "10"})
    assert (wrong.status_code, jobs()) == (422, 0)
    assert "confirm-error" in wrong.text
    prove(clock.utc_now() - timedelta(hours=1))
    assert "/prove" in admin.post("/bulk", data={**data, "confirm": "11"}).headers["Location"]
    prove(clock.utc_now())
    assert admin.post("/bulk", data={**data, "confirm": "11"}).status_code == 303
    assert jobs() == 1


def test_reason_that_is_missing_and_a_list_that_changed_are_said_beside_the_form(attendant: Browser) -> None:
    service = services(1)[0]
    asked = {"kind": "services_status", "table": "customers", "all": "1", "status": "suspenso_debito"}
    stamp = stamp_in(attendant.get(new(**asked, asked=1)).text)
    without = attendant.post("/bulk", data={**asked, "stamp": stamp, "reason": ""})
    assert (without.status_code, "reason-error" in without.text) == (422, True)
    services(1)
    changed = attendant.post("/bulk", data={**asked, "stamp": stamp, "reason": "Debt"})
    assert (changed.status_code, jobs()) == (409, 0)
    assert stamp_in(changed.text) != stamp
    assert service.status == "servico_habilitado"


def test_page_polls_only_while_it_works_and_polling_keeps_no_session_alive(attendant: Browser) -> None:
    job = bulk_jobs.start(order("services_sell", services(1), package_id=factories.make_package().id))
    page = attendant.get(f"/bulk/{job.id}")
    assert 'hx-trigger="every 2s"' in page.text
    seen_at = db.session.scalar(select(OperatorSession.last_seen_at))
    clock.move(timedelta(minutes=5))
    part = attendant.get(f"/fragments/bulk/{job.id}?polls=1", hx=True)
    read(part)
    db.session.rollback()
    assert db.session.scalar(select(OperatorSession.last_seen_at)) == seen_at
    assert "Set-Cookie" not in part.headers
    bulk_jobs.work(job.id)
    over = attendant.get(f"/fragments/bulk/{job.id}?polls=1", hx=True)
    assert over.headers["HX-Redirect"] == f"/bulk/{job.id}"
    assert "every 2s" not in attendant.get(f"/bulk/{job.id}").text


def test_progress_is_that_of_the_database_for_whoever_looks(attendant: Browser, viewer: Browser) -> None:
    job = bulk_jobs.start(order("services_sell", services(4), package_id=factories.make_package().id))
    job.done, job.skipped, job.failed, job.status = 1, 1, 1, "running"
    job.started_at = clock.utc_now() - timedelta(seconds=30)
    db.session.commit()
    for browser in (attendant, viewer):
        assert 'max="4" value="3"' in browser.get(f"/bulk/{job.id}").text
    assert attendant.post(f"/bulk/{job.id}/stop").status_code == 303
    assert bulk_jobs.get_job(job.id).status == "stopped"


def test_failed_rows_are_tried_again_and_what_was_done_taken_back_by_two_clicks(attendant: Browser) -> None:
    package = factories.make_package(factories.make_integration(gateway="nx_play"))
    good, bad = services(1)[0], factories.make_service(factories.make_customer(email="naotem@example.com"))
    job = carried_out(order("services_sell", [good, bad], package_id=package.id))
    page = attendant.get(f"/bulk/{job.id}").text
    assert f"/bulk/new?retry_of={job.id}" in page
    assert f"/bulk/new?undo_of={job.id}" in page
    bad.customer.email = "maria.das.dores@example.com"
    db.session.commit()
    stamp = stamp_in(attendant.get(f"/bulk/new?retry_of={job.id}").text)
    again = attendant.post("/bulk", data={"retry_of": str(job.id), "stamp": stamp})
    again_id = int(again.headers["Location"].rpartition("/")[2])
    bulk_jobs.work(again_id)
    assert lines(bulk_jobs.get_job(again_id)) == {bad.id: ("done", "")}
    stamp = stamp_in(attendant.get(f"/bulk/new?undo_of={job.id}").text)
    undo = attendant.post("/bulk", data={"undo_of": str(job.id), "stamp": stamp, "reason": "Wrong"})
    bulk_jobs.work(int(undo.headers["Location"].rpartition("/")[2]))
    assert held(package) == {bad.id}
    assert f"/bulk/new?undo_of={job.id}" not in attendant.get(f"/bulk/{job.id}").text


def test_nothing_chosen_leads_back_to_the_list(attendant: Browser) -> None:
    answer = attendant.get(new(**SELL))
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/customers")
