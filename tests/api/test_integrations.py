"""Integrations and products by the API."""

import pytest
from sqlalchemy import select

from tests.api.conftest import Program
from tests.api.scenes import SECRET, WEBHOOK, made
from webapp.extensions import db
from webapp.models import Event, IntegrationParam


@pytest.fixture
def webhook(admin: Program) -> int:
    return int(made(admin.post("/integrations", WEBHOOK))["id"])


def test_a_new_integration_is_given_back_with_its_address(admin: Program) -> None:
    answer = admin.post("/integrations", WEBHOOK)
    body = made(answer)
    assert answer.headers["Location"] == f"/api/v1/integrations/{body['id']}"
    assert body["gateway"] == "outros"
    assert (body["active"], body["follow_status"], body["single_package"]) == (True, True, False)
    assert "/callback/" in (body["callback_url"] or "/callback/")
    assert admin.get(f"/integrations/{body['id']}").json == body


def test_a_secret_is_never_given_out_nor_kept_in_the_clear(admin: Program, webhook: int) -> None:
    read = admin.get(f"/integrations/{webhook}")
    assert read.json["params"]["segredo"] is None
    assert read.json["params"]["loja"] == "7"
    assert read.json["secret_params_set"] == ["segredo"]
    listed = admin.get("/integrations")
    assert SECRET not in read.text + listed.text + admin.get("/events").text
    db.session.rollback()
    assert SECRET not in str([(row.value, row.sealed) for row in db.session.scalars(select(IntegrationParam))])
    assert SECRET not in str([(row.before, row.after) for row in db.session.scalars(select(Event))])


def test_what_was_read_can_be_sent_back_and_the_secret_stays(admin: Program, webhook: int) -> None:
    read = admin.get(f"/integrations/{webhook}").json
    body = {name: read[name] for name in ("gateway", "params", "single_package", "follow_status", "active")}
    changed = made(admin.put(f"/integrations/{webhook}", {**body, "description": "Renamed"}), 200)
    assert changed["description"] == "Renamed"
    assert changed["secret_params_set"] == ["segredo"]


def test_an_integration_is_switched_off_and_on(admin: Program, webhook: int) -> None:
    assert made(admin.patch(f"/integrations/{webhook}", {"active": False, "reason": "pause"}), 200)["active"] is False
    assert admin.get("/integrations?active=true").json["items"] == []
    assert made(admin.patch(f"/integrations/{webhook}", {"active": True}), 200)["active"] is True


def test_a_stale_change_is_refused(admin: Program, webhook: int) -> None:
    tag = admin.get(f"/integrations/{webhook}").headers["ETag"]
    admin.patch(f"/integrations/{webhook}", {"active": False})
    answer = admin.put(f"/integrations/{webhook}", {**WEBHOOK, "description": "Late"}, If_Match=tag)
    assert answer.status_code == 412


def test_an_unknown_gateway_is_refused(admin: Program) -> None:
    answer = admin.post("/integrations", {**WEBHOOK, "gateway": "no_such"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["gateway"]


@pytest.mark.parametrize("rate", [float("inf"), float("nan"), -1])
def test_a_rate_that_is_no_number_is_refused(admin: Program, rate: float) -> None:
    answer = admin.post("/integrations", {**WEBHOOK, "rate_per_s": rate})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "rate_per_s"


def test_a_field_that_is_only_given_out_cannot_be_set(admin: Program) -> None:
    for name in ("id", "callback_url", "callback_token", "version", "paused"):
        answer = admin.post("/integrations", {**WEBHOOK, name: "1"})
        assert answer.status_code == 422, name
        assert answer.json["errors"][0]["code"] == "field_unknown"


def test_synchronising_a_receiver_finds_the_one_product_and_then_nothing(admin: Program, webhook: int) -> None:
    first = made(admin.post(f"/integrations/{webhook}/products/sync"), 200)
    second = made(admin.post(f"/integrations/{webhook}/products/sync"), 200)
    assert len(first["added"]) == 1
    assert second == {"added": [], "changed": [], "missing": [], "unchanged": 1}
    listed = admin.get(f"/integrations/{webhook}/products").json["items"]
    assert [product["code"] for product in listed] == first["added"]


def test_products_of_an_unknown_integration_are_a_404(admin: Program) -> None:
    for method, path in (("GET", "products"), ("POST", "products/sync"), ("POST", "test")):
        assert admin.call(method, f"/integrations/99/{path}").status_code == 404
    assert admin.post("/integrations/99/products", {"code": "a", "name": "A"}).status_code == 404


def test_a_test_says_step_by_step_how_it_went(admin: Program) -> None:
    nobody_listens = {**WEBHOOK, "params": {"url": "http://127.0.0.1:9/hook", "segredo": SECRET}}
    webhook = made(admin.post("/integrations", nobody_listens))["id"]
    body = made(admin.post(f"/integrations/{webhook}/test"), 200)
    assert body["ok"] is False
    failed = [step for step in body["steps"] if not step["ok"]]
    assert len(failed) == 1
    assert " " in failed[0]["failure"]["cause"]
    assert failed[0]["exchange"]["method"] == "POST"
    assert SECRET not in str(body)
