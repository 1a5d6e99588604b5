"""Reconciliations by the API."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.api.conftest import Program
from tests.api.contract_scene import applied, settle, stage, state_after
from tests.api.scenes import Scene, made, sell
from webapp.clock import utc_now
from webapp.decide.compare import Action
from webapp.extensions import db
from webapp.models import Account, Run, RunItem
from webapp.services import runs
from webapp.services.audit import acting_as
from webapp.services.tokens import create_token

REASON = {"reason": "The ERP sent wrong dates"}


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


def test_a_run_is_begun_and_followed_by_its_address(admin: Program, scene: Scene) -> None:
    answer = admin.post("/runs", {"integration_id": scene.integration, "mode": "plan"})
    run = made(answer)
    assert answer.headers["Location"] == f"/api/v1/runs/{run['id']}"
    assert (run["integration_id"], run["mode"], run["status"], run["finished_at"]) == (
        scene.integration, "plan", "running", None,
    )  # fmt: skip
    assert run["requested_by"] == "token:admin-program"
    again = admin.post("/runs", {"integration_id": scene.integration})
    assert (again.status_code, again.json["code"]) == (409, "run_under_way")
    runs.work(run["id"])
    db.session.rollback()
    read = admin.get(f"/runs/{run['id']}").json
    assert (read["status"], read["error"]["code"], read["requested_by"]) == (
        "done", "listing_unsupported", "token:admin-program",
    )  # fmt: skip


def test_a_run_of_an_unknown_integration_is_refused(admin: Program) -> None:
    assert admin.post("/runs", {"integration_id": 99}).status_code == 404
    assert admin.post("/runs", {"integration_id": 1, "mode": "delete"}).status_code == 422


def test_an_approval_of_another_plan_changes_nothing(admin: Program, batch: int) -> None:
    before = admin.get(f"/runs/{batch}").json
    answer = admin.post(f"/runs/{batch}/approve", {"checksum": before["checksum"][::-1]})
    assert (answer.status_code, answer.json["code"]) == (409, "plan_changed")
    assert admin.get(f"/runs/{batch}").json == before
    assert admin.post("/runs/99/approve", {"checksum": "x"}).status_code == 404


def test_cancels_are_approved_by_another_program_than_the_one_that_asked(
    admin: Program, scene: Scene, client: FlaskClient
) -> None:
    with acting_as("token:admin-program"):
        batch = hold_back(Action.CANCEL)
    checksum = {"checksum": admin.get(f"/runs/{batch}").json["checksum"]}
    refused = admin.post(f"/runs/{batch}/approve", checksum)
    assert (refused.status_code, refused.json["code"]) == (409, "second_operator_needed")
    assert admin.get(f"/runs/{batch}").json["staged"] == 1
    other = Program(client, create_token("night-shift", "admin")[1])
    db.session.rollback()
    assert made(other.post(f"/runs/{batch}/approve", checksum), 200)["approved_by"] == "token:night-shift"


def test_a_repeated_call_begins_and_takes_back_once(admin: Program, scene: Scene) -> None:
    begun = [admin.post("/runs", {"integration_id": scene.integration}, Idempotency_Key="r-1") for _ in range(2)]
    assert begun[0].data == begun[1].data
    assert begun[1].headers["Location"] == begun[0].headers["Location"]
    account = db.session.scalars(select(Account)).one()
    settle(account)
    done = applied(account)
    undone = [admin.post(f"/runs/{done}/undo", REASON, Idempotency_Key="u-1") for _ in range(2)]
    assert made(undone[0])["undo_of_id"] == done
    assert undone[1].data == undone[0].data
    assert len(admin.get("/runs").json["items"]) == 3
    assert admin.post(f"/runs/{done}/undo", REASON).json["code"] == "run_undone_already"


def test_a_run_that_did_not_change_is_not_sent_twice(admin: Program, batch: int) -> None:
    tag = admin.get(f"/runs/{batch}").headers["ETag"]
    assert admin.get(f"/runs/{batch}", If_None_Match=tag).status_code == 304
    made(admin.post(f"/runs/{batch}/reject", REASON), 200)
    assert admin.get(f"/runs/{batch}", If_None_Match=tag).status_code == 200


@pytest.fixture
def batch(admin: Program, scene: Scene) -> int:
    """One account that waits for a person to lose its content, as a look at it found."""
    return hold_back(Action.SUSPEND)


def hold_back(action: Action) -> int:
    account = db.session.scalars(select(Account)).one()
    settle(account, state_after(action))
    return stage(account, action)


def test_a_batch_is_read_with_what_it_takes_away_and_why_and_is_approved(admin: Program, batch: int) -> None:
    run = admin.get(f"/runs/{batch}").json
    assert (run["status"], run["staged"], run["reading"], run["limits"]["hit"]) == ("staged", 1, "look", "run")
    assert (run["radius"]["accounts"], run["radius"]["value"]) == (1, "29.90")
    (line,) = run["items"]
    assert (line["outcome"], line["value"], bool(line["cause"]["text"])) == ("staged", "29.90", True)
    assert admin.get(f"/runs/{batch}?outcome=queued").json["items"] == []
    body = {"checksum": run["checksum"], "item_ids": [line["id"]]}
    assert admin.post(f"/runs/{batch}/approve", {**body, "item_ids": [10**6]}).status_code == 409
    approved = made(admin.post(f"/runs/{batch}/approve", body), 200)
    assert (approved["status"], approved["approved_by"]) == ("applying", "token:admin-program")


def test_a_batch_is_rejected_with_a_reason(admin: Program, batch: int) -> None:
    assert admin.post(f"/runs/{batch}/reject", {"reason": ""}).status_code == 422
    rejected = made(admin.post(f"/runs/{batch}/reject", {"reason": "wrong dates"}), 200)
    assert (rejected["status"], rejected["reason"], rejected["staged"]) == ("rejected", "wrong dates", 0)
    assert admin.post(f"/runs/{batch}/reject", {"reason": "again"}).json["code"] == "run_not_staged"


def test_an_approved_batch_is_paused_resumed_stopped_and_then_there_is_nothing_to_take_back(
    admin: Program, batch: int
) -> None:
    checksum = admin.get(f"/runs/{batch}").json["checksum"]
    made(admin.post(f"/runs/{batch}/approve", {"checksum": checksum}), 200)
    for verb, status in (("pause", "paused"), ("resume", "applying")):
        assert made(admin.post(f"/runs/{batch}/{verb}"), 200)["status"] == status
    assert made(admin.post(f"/runs/{batch}/stop", {"reason": "wrong"}), 200)["status"] == "stopped"
    for path in (f"/runs/{batch}/undo", "/pulls/99/undo", f"/runs/{batch}/accept"):
        answer = admin.post(path, None if path.endswith("accept") else {"reason": "wrong"})
        assert answer.status_code in (404, 409), path
        assert answer.json["detail"]


def test_a_reader_decides_nothing(reader: Program, batch: int) -> None:
    for verb in ("approve", "reject", "accept", "pause", "resume", "stop", "undo"):
        body = {"checksum": "x"} if verb == "approve" else {"reason": "x"}
        assert reader.post(f"/runs/{batch}/{verb}", body).status_code == 403, verb
