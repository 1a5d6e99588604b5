"""Work on many rows for programs: look, begin, follow, stop, try again, take back."""

from collections.abc import Callable

import pytest

from tests import factories
from tests.api.conftest import Program
from tests.api.conftest import admin as admin
from tests.api.conftest import program as program
from tests.api.conftest import reader as reader
from tests.api.conftest import writer as writer
from tests.bulk_jobs.scenes import held, services
from webapp.extensions import db
from webapp.services import bulk_jobs


def body_of(kind: str, rows: list[int], **params: object) -> dict[str, object]:
    table = bulk_jobs.KINDS[kind].tables[0]
    return {"kind": kind, "table": table, "ids": rows, "params": {name: str(value) for name, value in params.items()}}


def test_program_looks_begins_and_follows(writer: Program, reader: Program) -> None:
    package = factories.make_package(factories.make_integration(gateway="nx_play"))
    good, bad = services(1)[0], factories.make_service(factories.make_customer(email="naotem@example.com"))
    body = body_of("services_sell", [good.customer_id, bad.customer_id], package_id=package.id)
    db.session.rollback()
    seen = writer.post("/bulk-jobs/preview", body).json
    assert (seen["total"], seen["ready"], seen["bad"], seen["needs_confirmation"]) == (2, 1, 1, False)
    assert [(one["subject_id"], one["error"]["code"]) for one in seen["left_out"]] == [(bad.id, "email_placeholder")]
    refused = writer.post("/bulk-jobs", {**body, "on_bad": "refuse"})
    assert (refused.status_code, refused.json["code"]) == (409, "bulk_bad_rows")
    made = writer.post("/bulk-jobs", {**body, "stamp": seen["stamp"]})
    assert (made.status_code, made.json["status"], made.json["subject"]) == (201, "waiting", "service")
    assert made.headers["Location"] == f"/api/v1/bulk-jobs/{made.json['id']}"
    bulk_jobs.work(made.json["id"])
    found = reader.get(f"/bulk-jobs/{made.json['id']}?outcome=failed").json
    assert (found["status"], found["done"], found["failed"]) == ("done", 1, 1)
    assert [(one["subject_id"], one["error"]["code"]) for one in found["items"]] == [(bad.id, "email_placeholder")]
    assert held(package) == {good.id}


def test_scope_decides_what_a_program_may_begin(reader: Program, writer: Program, admin: Program) -> None:
    body = body_of("plans_active", [factories.make_plan().id], active="off")
    db.session.rollback()
    assert reader.post("/bulk-jobs", body).status_code == 403
    assert (writer.post("/bulk-jobs", body).status_code, writer.post("/bulk-jobs/preview", body).status_code) == (
        403,
        403,
    )
    made = admin.post("/bulk-jobs", body)
    assert made.status_code == 201
    assert writer.post(f"/bulk-jobs/{made.json['id']}/stop").status_code == 403
    assert admin.post(f"/bulk-jobs/{made.json['id']}/stop").json["status"] == "stopped"
    assert admin.post(f"/bulk-jobs/{made.json['id']}/stop").status_code == 409


def test_above_the_limit_the_scope_and_the_number_are_asked_for(program: Callable[[str], Program]) -> None:
    rows = [one.customer_id for one in services(21)]
    body = {**body_of("services_status", rows, status="suspenso_debito"), "reason": "Debt"}
    writer, admin = program("write"), program("admin")
    assert (refused := writer.post("/bulk-jobs", {**body, "confirm_negatives": 21})).status_code == 403
    assert refused.json["code"] == "bulk_administrator_needed"
    assert admin.post("/bulk-jobs", body).status_code == 422
    assert admin.post("/bulk-jobs", {**body, "confirm_negatives": 20}).status_code == 422
    assert admin.post("/bulk-jobs", {**body, "confirm_negatives": 21}).status_code == 201


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"kind": "accounts_destroy"}, 422, "validation_failed"),
        ({"table": "people"}, 404, "bulk_table_unknown"),
        ({"ids": []}, 422, "validation_failed"),
        ({"ids": [999_999]}, 409, "bulk_nothing"),
        ({"params": {"package_id": "999999"}}, 422, "validation_failed"),
        ({"params": {"package_id": "1; drop table"}}, 422, "validation_failed"),
        ({"stamp": "of-something-else"}, 409, "bulk_look_again"),
        ({"ids": None, "filters": {"stauts": "cancelado"}}, 422, "validation_failed"),
        ({"ids": None, "filters": {"status": "canceled"}}, 422, "validation_failed"),
        ({"ids": None, "filters": {"plan": "99999999999"}}, 422, "validation_failed"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_begins(
    writer: Program, change: dict[str, object], status: int, code: str
) -> None:
    service = services(1)[0]
    body = body_of("services_sell", [service.customer_id], package_id=factories.make_package().id)
    db.session.rollback()
    answer = writer.post("/bulk-jobs", {**body, **change})
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert writer.get("/bulk-jobs").json["items"] == []
