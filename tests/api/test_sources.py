"""Sources, their words, their pulls and alerts, by the API."""

import pytest

from tests import factories
from tests.api.conftest import Program
from tests.api.scenes import made
from webapp.clock import utc_now
from webapp.decide.certificate import Certificate, Effect, Finding, dump
from webapp.extensions import db
from webapp.models import SourceMapping, SourcePull, SourcePullItem
from webapp.services import alerts

PARAMS = {
    "url": "https://erp.example.com", "client_id": "7", "client_secret": "s3cret-one", "username": "hub",
    "password": "s3cret-two",
}  # fmt: skip
SOURCE = {"kind": "hubsoft", "description": "ERP", "params": PARAMS}


@pytest.fixture
def source(admin: Program) -> int:
    return int(made(admin.post("/sources", SOURCE))["id"])


@pytest.fixture
def pull(source: int) -> int:
    certificate = Certificate((Finding("page_repeated", frozenset({Effect.NO_NEGATIVE}), {"page": 3}),))
    row = SourcePull(
        source_id=source, mode="full", status="staged", started_at=utc_now(), checksum="abc", records=9, applied=9,
        certificate=dump(certificate), requested_by="ana@example.com",
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for direction, outcome in (("negative", "staged"), ("positive", "applied"), ("neutral", "refused")):
        problems = [{"field": "status", "code": "source_status_unknown", "params": {"value": "x"}}]
        db.session.add(
            SourcePullItem(pull_id=row.id, position=1, service_code="17711", direction=direction, outcome=outcome,
                           problems=problems if outcome == "refused" else [])
        )  # fmt: skip
    db.session.commit()
    made_id = row.id
    db.session.rollback()
    return made_id


def test_kinds_are_listed_with_their_parameters(reader: Program) -> None:
    kinds = {kind["key"]: kind for kind in reader.get("/sources/kinds").json["items"]}
    assert {"hubsoft", "ixc", "sgp", "spreadsheet"} <= kinds.keys()
    secret = {param["name"]: param["secret"] for param in kinds["hubsoft"]["params"]}
    assert (secret["password"], secret["url"]) == (True, False)


def test_a_source_gives_out_no_secret_and_its_push_address_only_to_administrators(
    admin: Program, reader: Program, source: int
) -> None:
    read = reader.get(f"/sources/{source}")
    assert read.json["secret_params_set"] == ["client_secret", "password"]
    assert read.json["params"]["password"] is None
    assert "s3cret" not in read.text + reader.get("/sources").text + reader.get("/events").text
    assert read.json["hook_url"] is None
    old = admin.get(f"/sources/{source}").json["hook_url"]
    assert made(admin.post(f"/sources/{source}/hook/rotate"), 200)["hook_url"] not in (None, old)


def test_a_source_is_replaced_and_switched_unless_somebody_was_faster(admin: Program, source: int) -> None:
    path = f"/sources/{source}"
    tag = admin.get(path).headers["ETag"]
    kept = {**SOURCE, "description": "ERP of the branch", "params": {**PARAMS, "password": None}}
    assert made(admin.put(path, kept, If_Match=tag), 200)["secret_params_set"] == ["client_secret", "password"]
    assert admin.put(path, kept, If_Match=tag).status_code == 412
    assert made(admin.patch(path, {"active": False, "reason": "moves"}), 200)["active"] is False
    assert len(admin.get("/sources?active=true").json["items"]) == 0
    assert admin.put(path, {**SOURCE, "kind": "nothing"}).status_code == 422
    assert admin.get("/sources/99").status_code == 404


def test_words_are_listed_decided_and_not_over_somebody_elses_decision(admin: Program, source: int) -> None:
    db.session.add(SourceMapping(source_id=source, kind="status", external="bloqueado", seen_count=3))
    db.session.commit()
    db.session.rollback()
    path = f"/sources/{source}/mapping"
    [word] = admin.get(f"{path}?confirmed=false").json["items"]
    assert (word["external"], word["target"]) == ("bloqueado", "")
    decided = {"kind": "status", "external": "bloqueado", "target": "suspenso_debito"}
    assert made(admin.put(path, {"items": [{**decided, "was": ""}]}), 200)["changed"] == 1
    assert admin.put(path, {"items": [{**decided, "target": "cancelado", "was": ""}]}).status_code == 409
    assert admin.put(path, {"items": [{**decided, "target": "nonsense"}]}).status_code == 422
    assert admin.get(f"{path}?confirmed=true").json["items"][0]["target"] == "suspenso_debito"


def test_a_pull_is_asked_for_once_at_a_time(admin: Program, source: int) -> None:
    answer = admin.post(f"/sources/{source}/pulls", {"dry_run": True})
    pull = made(answer, 202)
    assert (pull["status"], pull["dry_run"], pull["requested_by"]) == ("reading", True, "token:admin-program")
    assert answer.headers["Location"] == f"/api/v1/pulls/{pull['id']}"
    assert admin.post(f"/sources/{source}/pulls", {}).status_code == 409
    assert made(admin.post(f"/pulls/{pull['id']}/stop"), 202)["id"] == pull["id"]
    assert admin.post("/sources/99/pulls", {}).status_code == 404


def test_a_pull_shows_its_findings_in_words_and_its_records_by_filter(reader: Program, pull: int, source: int) -> None:
    [finding] = reader.get(f"/pulls/{pull}").json["findings"]
    assert (finding["code"], finding["effects"]) == ("page_repeated", ["no_negative"])
    assert " " in finding["cause"]
    for query, count in (("", 3), ("direction=negative", 1), ("outcome=refused", 1), ("service_code=none", 0)):
        assert len(reader.get(f"/pulls/{pull}/items?{query}").json["items"]) == count, query
    refused = reader.get(f"/pulls/{pull}/items?outcome=refused").json["items"][0]
    assert refused["problems"][0]["code"] == "source_status_unknown"
    assert len(reader.get(f"/pulls?source_id={source}&status=staged").json["items"]) == 1
    assert reader.get("/pulls?status=done").json["items"] == []
    assert reader.get("/pulls/99/items").status_code == 404


def test_an_approval_of_other_changes_is_a_conflict_and_a_rejection_drops_them(admin: Program, pull: int) -> None:
    assert admin.post(f"/pulls/{pull}/approve", {"checksum": "other"}).status_code == 409
    assert admin.post(f"/pulls/{pull}/reject", {"reason": ""}).status_code == 422
    assert made(admin.post(f"/pulls/{pull}/reject", {"reason": "ERP was restored"}), 200)["status"] != "staged"
    assert admin.get(f"/pulls/{pull}/items?outcome=staged").json["items"] == []
    for verb in ("confirm", "accept"):
        assert admin.post(f"/pulls/{pull}/{verb}").status_code == 409, verb


def test_alerts_are_listed_in_words_and_closed(admin: Program, reader: Program) -> None:
    source = factories.make_source()
    alerts.raise_alert("connect_timeout", "source", source.id, source.description, {"host": "erp.example.com"})
    db.session.commit()
    db.session.rollback()
    [alert] = reader.get("/alerts?open=true").json["items"]
    assert (alert["object"]["label"], alert["level"]) == (source.description, "warn")
    assert " " in alert["cause"]
    assert reader.post(f"/alerts/{alert['id']}/close").status_code == 403
    assert made(admin.post(f"/alerts/{alert['id']}/close"), 200)["closed_by"] == "token:admin-program"
    assert reader.get("/alerts?open=true").json["items"] == []
