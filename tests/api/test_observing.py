"""A hub that only observes, by the API: why, its plans, the approval."""

import pytest
from apiflask import APIFlask

from tests.api.conftest import Program
from tests.web import observing_states
from webapp.extensions import db
from webapp.models import Run


@pytest.fixture
def ids(app: APIFlask) -> dict[str, int]:
    found = observing_states.build()
    db.session.rollback()
    return found


def test_hub_that_acts_says_so_and_has_nothing_to_plan(admin: Program) -> None:
    assert admin.get("/observing").json == {"observing": False, "since": None, "why": None, "platforms": []}
    refused = admin.post("/observing/plan", {})
    assert (refused.status_code, refused.json["code"]) == (409, "hub_acts")


def test_program_reads_why_the_hub_observes_and_how_each_platform_stands(
    ids: dict[str, int], admin: Program, reader: Program
) -> None:
    found = reader.get("/observing").json
    assert (found["observing"], found["why"]["code"]) == (True, "observing_older")
    platforms = {one["description"]: one for one in found["platforms"]}
    assert {name: one["state"] for name, one in platforms.items()} == {
        "unread": "unread", "reading": "reading", "ready": "ready", "also_ready": "ready", "trouble": "trouble",
        "writing": "writing",
    }  # fmt: skip
    assert platforms["trouble"]["error"]["code"] == "connect_timeout"
    assert platforms["ready"]["counts"]["adopted"] == 1
    assert reader.post("/observing/plan", {}).status_code == 403
    planned = admin.post("/observing/plan", {"integration_id": ids["unread"]}).json["platforms"]
    assert {one["state"] for one in planned if one["integration_id"] == ids["unread"]} == {"reading"}


def test_program_approves_exactly_the_plans_that_it_read(ids: dict[str, int], admin: Program) -> None:
    ready = {one["integration_id"]: one for one in admin.get("/observing").json["platforms"]}[ids["ready"]]
    plan = {"run_id": ready["run_id"], "checksum": ready["checksum"]}
    assert admin.post("/observing/approve", {"plans": [{**plan, "checksum": "other"}]}).status_code == 409
    assert admin.post("/observing/approve", {"plans": [{**plan, "run_id": 9999}]}).status_code == 404
    assert admin.post("/observing/approve", {"plans": []}).status_code == 422
    found = admin.post("/observing/approve", {"plans": [plan]}).json["platforms"]
    assert {one["state"] for one in found if one["integration_id"] == ids["ready"]} == {"writing"}
    assert db.session.get_one(Run, plan["run_id"]).approved_by == "token:admin-program"
