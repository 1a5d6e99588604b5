"""Packages and plans by the API."""

from tests.api.conftest import Program
from tests.api.scenes import Scene, made, package_body, sell

LOOSE = {
    "description": "Antivirus",
    "value": "10.00",
    "composition": [
        {"description": "Licence", "kind": "sva", "value": "7.50"},
        {"description": "Support", "kind": "other", "value": "2.50"},
    ],
}


def test_a_package_is_given_back_as_it_was_sent_with_money_as_text(admin: Program) -> None:
    answer = admin.post("/packages", {**LOOSE, "value": 10, "code": "AV"})
    body = made(answer)
    assert (body["value"], body["code"]) == ("10.00", "AV")
    assert [line["value"] for line in body["composition"]] == ["7.50", "2.50"]
    assert admin.get(answer.headers["Location"].removeprefix("/api/v1")).json == body


def test_a_composition_that_does_not_add_up_is_refused(admin: Program) -> None:
    answer = admin.post("/packages", {**LOOSE, "value": "11.00"})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"].startswith("composition")


def test_an_unknown_product_is_refused(admin: Program) -> None:
    scene: Scene = sell(admin)
    answer = admin.post("/packages", package_body(scene.integration, "no-such", "Other"))
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"].startswith("product_codes")


def test_a_package_is_replaced_and_taken_off_sale(admin: Program) -> None:
    package = made(admin.post("/packages", LOOSE))["id"]
    assert made(admin.put(f"/packages/{package}", {**LOOSE, "description": "New"}), 200)["description"] == "New"
    assert made(admin.patch(f"/packages/{package}", {"active": False}), 200)["active"] is False
    assert admin.get("/packages?active=true").json["items"] == []
    assert len(admin.get("/packages?active=false").json["items"]) == 1


def test_packages_are_listed_by_integration(admin: Program) -> None:
    scene = sell(admin)
    made(admin.post("/packages", LOOSE))
    listed = admin.get(f"/packages?integration_id={scene.integration}").json["items"]
    assert [package["id"] for package in listed] == [scene.package, scene.extra]
    assert all(package["product_codes"] == [scene.product] for package in listed)


def test_a_plan_carries_its_packages(admin: Program) -> None:
    package = made(admin.post("/packages", LOOSE))["id"]
    body = {
        "description": "Fibra 300",
        "value": "79.90",
        "download_kbps": 300000,
        "lock_packages": True,
        "contract_months": 12,
        "packages": [{"package_id": package, "mandatory": True, "params": {"usuario": "cpf_cnpj"}}],
    }
    plan = made(admin.post("/plans", body))
    assert plan["packages"] == body["packages"]
    assert plan["lock_packages"] is True
    assert plan["contract_months"] == 12
    assert admin.get(f"/plans/{plan['id']}").json == plan


def test_a_plan_with_an_unknown_package_is_refused(admin: Program) -> None:
    answer = admin.post("/plans", {"description": "x", "value": "1.00", "packages": [{"package_id": 77}]})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"].startswith("packages")


def test_a_plan_is_replaced_and_switched_off(admin: Program) -> None:
    plan = made(admin.post("/plans", {"description": "Fibra 300", "value": "79.90"}))["id"]
    tag = admin.get(f"/plans/{plan}").headers["ETag"]
    changed = admin.put(f"/plans/{plan}", {"description": "Fibra 300", "value": "89.90"}, If_Match=tag)
    assert made(changed, 200)["value"] == "89.90"
    assert admin.patch(f"/plans/{plan}", {"active": False}, If_Match=tag).status_code == 412
    assert made(admin.patch(f"/plans/{plan}", {"active": False}), 200)["active"] is False
