"""Reconciliations by the API."""

import pytest

from tests.api.conftest import Program
from tests.api.scenes import Scene, made, sell
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Run, RunItem


@pytest.fixture
def scene(admin: Program) -> Scene:
    return sell(admin)


@pytest.fixture
def run(scene: Scene) -> int:
    lines = [RunItem(login=f"a{number}@example.com", situation="missing", action="create") for number in range(7)]
    row = Run(integration_id=scene.integration, mode="plan", status="done", started_at=utc_now(), items=lines,
              counts={"missing": 7, "staged": 2}, checksum="abc")  # fmt: skip
    db.session.add(row)
    db.session.commit()
    made = row.id
    db.session.rollback()
    return made


def test_a_run_is_read_with_its_lines_page_by_page(admin: Program, run: int) -> None:
    first = admin.get(f"/runs/{run}?limit=4").json
    assert (first["counts"]["missing"], first["staged"], first["checksum"]) == (7, 2, "abc")
    second = admin.get(f"/runs/{run}?limit=4&cursor={first['next_cursor']}").json
    assert len(first["items"] + second["items"]) == 7
    assert second["next_cursor"] is None


def test_runs_are_listed_newest_first_and_by_filter(admin: Program, run: int, scene: Scene) -> None:
    assert [each["id"] for each in admin.get("/runs").json["items"]] == [run]
    assert "items" not in admin.get("/runs").json["items"][0]
    for query, count in (
        (f"integration_id={scene.integration}", 1),
        ("status=done", 1),
        ("status=staged", 0),
        ("mode=apply", 0),
    ):
        assert len(admin.get(f"/runs?{query}").json["items"]) == count, query


def test_a_run_of_a_gateway_without_listing_is_recorded_with_its_reason(admin: Program, scene: Scene) -> None:
    answer = admin.post("/runs", {"integration_id": scene.integration, "mode": "plan"})
    run = made(answer)
    assert answer.headers["Location"] == f"/api/v1/runs/{run['id']}"
    assert (run["integration_id"], run["mode"], run["status"]) == (scene.integration, "plan", "done")
    assert run["error"]["code"] == "listing_unsupported"
    assert run["requested_by"] == "token:admin-program"


def test_a_run_of_an_unknown_integration_is_refused(admin: Program) -> None:
    assert admin.post("/runs", {"integration_id": 99}).status_code == 404
    assert admin.post("/runs", {"integration_id": 1, "mode": "delete"}).status_code == 422


def test_an_approval_of_another_plan_changes_nothing(admin: Program, run: int) -> None:
    answer = admin.post(f"/runs/{run}/approve", {"checksum": "other"})
    assert answer.status_code == 409
    assert admin.get(f"/runs/{run}").json["approved_by"] == ""
    assert admin.post("/runs/99/approve", {"checksum": "x"}).status_code == 404
