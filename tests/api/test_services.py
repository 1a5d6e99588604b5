"""Services and the packages sold on them, by the API."""

from typing import Any

import pytest

from tests.api.conftest import Program
from tests.api.scenes import Scene, made, sell


@pytest.fixture
def scene(admin: Program) -> Scene:
    return sell(admin)


def sales(program: Program, query: str = "") -> list[dict[str, Any]]:
    return program.get(f"/services/17711/packages{query}").json["items"]  # type: ignore[no-any-return]


def test_a_new_service_gets_the_packages_of_its_plan(admin: Program, scene: Scene) -> None:
    assert [sale["package_id"] for sale in sales(admin)] == [scene.package]
    assert sales(admin)[0]["value"] == "29.90"


def test_the_password_is_never_given_out(admin: Program, scene: Scene) -> None:
    read = admin.get("/services/17711")
    assert read.json["password_set"] is True
    assert "password" not in read.json
    assert "segredo1" not in read.text + admin.get("/services").text + admin.get("/events").text


def test_a_status_is_set_and_an_unknown_one_is_refused(admin: Program, scene: Scene) -> None:
    assert made(admin.patch("/services/17711", {"status": "suspenso_debito"}), 200)["status"] == "suspenso_debito"
    answer = admin.patch("/services/17711", {"status": "pausado"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["status"]


@pytest.mark.parametrize("body", [{}, {"status": "cancelado", "plan_id": 1}, {"status": "cancelado", "packages": []}])
def test_a_patch_makes_exactly_one_change(admin: Program, scene: Scene, body: dict[str, Any]) -> None:
    answer = admin.patch("/services/17711", body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] in ("one_change_at_a_time", "packages_need_plan")


def test_a_service_migrates_to_another_plan(admin: Program, scene: Scene) -> None:
    packages = [{"package_id": scene.extra, "mandatory": False}]
    other = made(admin.post("/plans", {"description": "Fibra 900", "value": "199.90", "packages": packages}))["id"]
    assert made(admin.patch("/services/17711", {"plan_id": other}), 200)["plan_id"] == other
    assert scene.extra in [sale["package_id"] for sale in sales(admin)]


def test_commercial_data_come_back_are_kept_when_left_out_and_emptied_by_null(admin: Program, scene: Scene) -> None:
    body = {"customer_code": "1234", "plan_id": scene.plan, "login": "maria"}
    given = {
        "value": "79.90", "due_day": 10, "billing_method": "Boleto", "billing_kind": "prepaid",
        "suspension_profile": "Gentle", "contract_ends_on": "2027-11-21", "sold_on": "2026-11-22",
    }  # fmt: skip
    assert given.items() <= made(admin.put("/services/17711", {**body, **given}), 200).items()
    assert given.items() <= made(admin.put("/services/17711", body), 200).items()
    emptied = {"value": None, "due_day": None, "contract_ends_on": None, "sold_on": None}
    assert emptied.items() <= made(admin.put("/services/17711", {**body, **emptied}), 200).items()


@pytest.mark.parametrize(("name", "value"), [("due_day", 32), ("billing_kind", "later"), ("value", "-1.00")])
def test_commercial_data_that_cannot_be_are_refused(name: str, value: object, admin: Program, scene: Scene) -> None:
    answer = admin.put("/services/17711", {"customer_code": "1234", "plan_id": scene.plan, name: value})
    assert [error["field"] for error in answer.json["errors"]] == [name]


def test_services_are_listed_by_customer_status_and_plan(admin: Program, scene: Scene) -> None:
    for query, count in (
        ("customer_code=1234", 1),
        ("customer_code=1", 0),
        ("status=servico_habilitado", 1),
        ("status=cancelado", 0),
        (f"plan_id={scene.plan}", 1),
        ("plan_id=99", 0),
        ("updated_since=2999-01-01T00:00:00Z", 0),
    ):
        assert len(admin.get(f"/services?{query}").json["items"]) == count, query


def test_a_service_of_an_unknown_customer_or_plan_is_refused(admin: Program, scene: Scene) -> None:
    for change in ({"customer_code": "nobody"}, {"plan_id": 99}):
        answer = admin.put("/services/5", {"customer_code": "1234", "plan_id": scene.plan, **change})
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json["errors"]] == list(change)


def test_a_package_is_sold_changed_and_taken_off(admin: Program, scene: Scene) -> None:
    sold = admin.post("/services/17711/packages", {"package_id": scene.extra, "value": "19.90", "params": {"a": "b"}})
    sale = made(sold)
    path = sold.headers["Location"].removeprefix("/api/v1")
    assert (sale["value"], sale["params"]) == ("19.90", {"a": "b"})
    changed = made(admin.patch(path, {"value": "9.90"}, If_Match=sold.headers["ETag"]), 200)
    assert (changed["value"], changed["params"]) == ("9.90", {"a": "b"})
    assert admin.delete(path, If_Match=sold.headers["ETag"]).status_code == 412
    assert admin.delete(f"{path}?reason=unwanted").status_code == 204
    assert [each["package_id"] for each in sales(admin)] == [scene.package]
    assert sale["id"] in [each["id"] for each in sales(admin, "?removed=true")]


def test_a_package_sold_twice_is_refused(admin: Program, scene: Scene) -> None:
    answer = admin.post("/services/17711/packages", {"package_id": scene.package})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["package_id"]
    assert len(sales(admin)) == 1


def test_a_sale_is_reached_only_through_its_own_service(admin: Program, scene: Scene) -> None:
    sale = sales(admin)[0]["id"]
    made(admin.put("/services/5", {"customer_code": "1234", "plan_id": scene.plan, "packages": []}))
    for method, body in (("GET", None), ("PATCH", {"value": "0.00"}), ("DELETE", None)):
        assert admin.call(method, f"/services/5/packages/{sale}", body).status_code == 404
    assert sales(admin)[0]["value"] == "29.90"
