"""Services that move, plans that change, previews of both, and products, by the API."""

import pytest

from tests.api.conftest import Program
from tests.api.scenes import Scene, made, sell


@pytest.fixture
def scene(admin: Program) -> Scene:
    return sell(admin)


@pytest.fixture
def other(admin: Program, scene: Scene) -> int:
    packages = [{"package_id": scene.extra, "mandatory": False}]
    body = {"description": "Fibra 900", "value": "199.90", "packages": packages}
    return int(made(admin.post("/plans", body))["id"])


def held(program: Program) -> set[int]:
    return {sale["package_id"] for sale in program.get("/services/17711/packages").json["items"]}


def test_a_migration_is_shown_and_then_made_exactly_so(writer: Program, other: int, scene: Scene) -> None:
    seen = made(writer.post("/services/17711/migrate/preview", {"plan_id": other}), 200)
    assert {line["package_id"]: line["outcome"] for line in seen["lines"]} == {
        scene.extra: "added", scene.package: "removed",
    }  # fmt: skip
    assert (seen["before"], seen["after"]) == ("129.80", "229.80")
    assert held(writer) == {scene.package}
    moved = made(writer.post("/services/17711/migrate", {"plan_id": other, "stamp": seen["stamp"]}), 200)
    assert moved["plan_id"] == other
    assert held(writer) == {scene.extra}


def test_a_migration_that_is_not_what_was_shown_is_a_conflict(writer: Program, other: int, scene: Scene) -> None:
    seen = made(writer.post("/services/17711/migrate/preview", {"plan_id": other}), 200)
    writer.post("/services/17711/packages", {"package_id": scene.extra})
    answer = writer.post("/services/17711/migrate", {"plan_id": other, "stamp": seen["stamp"]})
    assert answer.status_code == 409


def test_a_service_is_given_to_another_customer(writer: Program, scene: Scene) -> None:
    made(writer.put("/customers/5", {"name": "José", "email": "jose@example.com"}))
    seen = made(writer.post("/services/17711/transfer/preview", {"customer_code": "5"}), 200)
    assert [effect["integration_id"] for effect in seen["beginning"]] == [scene.integration]
    body = {"customer_code": "5", "code": "17712", "on": "2026-01-01", "login": "jose"}
    answer = writer.post("/services/17711/transfer", body)
    assert made(answer)["customer_code"] == "5"
    assert writer.get(answer.headers["Location"].removeprefix("/api/v1")).status_code == 200
    assert writer.get("/services/17711").json["status"] == "cancelado"
    assert writer.post("/services/17711/transfer", {**body, "customer_code": "9"}).status_code == 422


def test_previews_tell_what_happens_and_change_nothing(writer: Program, scene: Scene) -> None:
    before = writer.get("/events").json["items"][0]["id"]
    [sale] = writer.get("/services/17711/packages").json["items"]
    status = made(writer.post("/services/17711/status/preview", {"status": "suspenso_debito"}), 200)
    assert [effect["integration"] for effect in status["effects"]] == ["Receiver"]
    twice = made(writer.post("/services/17711/packages/preview", {"package_id": scene.package}), 200)
    assert [problem["code"] for problem in twice["problems"]] == ["package_held"]
    assert made(writer.post("/services/17711/packages/preview", {"package_id": scene.extra}), 200)["problems"] == []
    gone = made(writer.post(f"/services/17711/packages/{sale['id']}/removal/preview"), 200)
    assert len(gone["effects"]) == 1
    assert writer.post("/services/17711/status/preview", {"status": "pausado"}).status_code == 422
    assert writer.get("/events").json["items"][0]["id"] == before


def test_a_plan_is_readjusted_exactly_as_it_was_shown(admin: Program, scene: Scene) -> None:
    order = {"percent": "10", "also_own": False}
    seen = made(admin.post(f"/plans/{scene.plan}/readjust/preview", order), 200)
    assert (seen["plan_before"], seen["plan_after"], seen["following"]) == ("99.90", "109.89", 1)
    assert admin.post(f"/plans/{scene.plan}/readjust", {**order, "checksum": "other"}).status_code == 409
    made(admin.post(f"/plans/{scene.plan}/readjust", {**order, "checksum": seen["checksum"], "reason": "IPCA"}), 200)
    assert admin.get(f"/plans/{scene.plan}").json["value"] == "109.89"
    assert admin.post(f"/plans/{scene.plan}/readjust/preview", {}).status_code == 422


def test_contracts_are_renewed_exactly_as_it_was_shown(admin: Program, scene: Scene) -> None:
    service = {"customer_code": "1234", "plan_id": scene.plan, "contract_ends_on": "2026-01-31"}
    made(admin.put("/services/17711", service), 200)
    order = {"months": 12, "until": "2026-01-31"}
    seen = made(admin.post(f"/plans/{scene.plan}/renew/preview", order), 200)
    assert (seen["changed"], seen["services"][0]["after"]) == (1, "2027-01-31")
    made(admin.post(f"/plans/{scene.plan}/renew", {**order, "checksum": seen["checksum"]}), 200)
    assert admin.get("/services/17711").json["contract_ends_on"] == "2027-01-31"


def test_a_product_is_read_replaced_hidden_and_only_through_its_own_integration(admin: Program, scene: Scene) -> None:
    path = f"/integrations/{scene.integration}/products"
    [product] = admin.get(path).json["items"]
    one = f"{path}/{product['id']}"
    read = admin.get(one)
    body = {"code": product["code"], "name": "Outro nome"}
    assert made(admin.put(one, body, If_Match=read.headers["ETag"]), 200)["name"] == "Outro nome"
    assert admin.put(one, body, If_Match=read.headers["ETag"]).status_code == 412
    assert made(admin.patch(one, {"hidden": True}), 200)["hidden"] is True
    assert admin.get(f"{path}?hidden=false").json["items"] == []
    assert made(admin.patch(one, {"active": False}), 200)["active"] is False
    assert admin.get(f"/integrations/99/products/{product['id']}").status_code == 404


def test_the_callback_address_is_for_administrators_and_can_be_renewed(
    admin: Program, writer: Program, scene: Scene
) -> None:
    path = f"/integrations/{scene.integration}"
    assert writer.get(path).json["callback_url"] is None
    assert writer.get("/integrations").json["items"][0]["callback_url"] is None
    old = admin.get(path).json["callback_url"]
    assert made(admin.post(f"{path}/callback/rotate"), 200)["callback_url"] not in (old, None)
    assert made(admin.post(f"{path}/resume"), 200)["paused"] is None
