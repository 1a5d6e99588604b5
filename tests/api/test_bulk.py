"""Many services in one request: each judged by itself, and no mass of them cut off by mistake."""

from typing import Any

import pytest
from sqlalchemy import func, select

from tests import factories
from tests.api.conftest import Program
from tests.api.scenes import Scene, made, sell
from tests.fixtures.databases import raw_content
from webapp.extensions import db
from webapp.models import Event, Service


@pytest.fixture
def scene(admin: Program) -> Scene:
    return sell(admin)


def item(scene: Scene, number: int, **changes: Any) -> dict[str, Any]:
    """Return a new service with its customer."""
    customer = {"code": f"c{number}", "name": f"Pessoa {number}", "email": f"p{number}@example.com"}
    body = {"code": f"s{number}", "customer": customer, "plan_id": scene.plan, "status": "servico_habilitado"}
    return {**body, "login": f"login{number}", "password": "segredo1", **changes}


def put(program: Program, items: list[dict[str, Any]], **rest: Any) -> Any:
    return made(program.put("/services", {"items": items, **rest}), 200)


def outcomes(answer: Any) -> list[str]:
    return [line["outcome"] for line in answer["results"]]


def codes(line: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in line["errors"]]


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_services_and_customers_are_made_and_the_same_again_changes_nothing(writer: Program, scene: Scene) -> None:
    items = [item(scene, number) for number in range(3)]
    first = put(writer, items)
    assert outcomes(first) == ["created"] * 3
    assert first["counts"] == {"created": 3, "updated": 0, "unchanged": 0, "refused": 0}
    assert made(writer.get("/services/s1"), 200)["customer_code"] == "c1"
    assert len(made(writer.get("/services/s1/packages"), 200)["items"]) == 1
    before = count(Event)
    assert outcomes(put(writer, items)) == ["unchanged"] * 3
    assert count(Event) == before


def test_what_is_left_out_stays_and_what_is_said_is_changed(writer: Program, scene: Scene) -> None:
    put(writer, [item(scene, 1)])
    answer = put(writer, [{"code": "s1", "customer_code": "c1", "address": "Rua A, 1", "value": "79.90"}])
    assert outcomes(answer) == ["updated"]
    shown = made(writer.get("/services/s1"), 200)
    assert (shown["login"], shown["address"], shown["value"], shown["password_set"]) == (
        "login1", "Rua A, 1", "79.90", True,
    )  # fmt: skip


def test_a_row_that_is_refused_keeps_no_other_from_being_made(writer: Program, scene: Scene) -> None:
    answer = put(
        writer,
        [
            item(scene, 1),
            {"code": "s2", "customer_code": "nobody", "plan_id": scene.plan, "status": "servico_habilitado"},
            item(scene, 3, plan_id=99),
            item(scene, 4, status="pausado"),
            item(scene, 5, customer={"code": "c5", "name": "X", "document": "123"}),
            {"code": "s6", "customer_code": "1234"},
            item(scene, 1),
            item(scene, 8),
        ],
    )
    assert outcomes(answer) == ["created", *["refused"] * 6, "created"]
    assert [line["index"] for line in answer["results"]] == list(range(8))
    assert codes(answer["results"][1])[0][1] == "customer_code_unknown"
    assert codes(answer["results"][2])[0] == ("plan_id", "plan_id_unknown")
    assert codes(answer["results"][3]) == [("status", "status_unknown")]
    assert codes(answer["results"][4]) == [("customer.document", "document_length")]
    assert codes(answer["results"][5]) == [("plan_id", "field_missing"), ("status", "field_missing")]
    assert codes(answer["results"][6]) == [("code", "item_twice")]
    assert all(error["message"] for line in answer["results"] for error in line["errors"])


@pytest.mark.parametrize(
    "body",
    [
        {"items": []},
        {"items": [{"code": "x"}]},
        {"items": [{"code": "x", "customer_code": "1", "customer": {"code": "1"}}]},
        {"items": [{"customer_code": "1"}]},
        {"items": [{"code": "x", "customer_code": "1", "due_day": "5"}]},
        {"items": [{"code": str(number), "customer_code": "1"} for number in range(1001)]},
    ],
    ids=["none", "no customer", "two customers", "no code", "wrong type", "too many"],
)
def test_a_body_of_the_wrong_shape_is_refused_as_a_whole(body: Any, writer: Program, scene: Scene) -> None:
    before = count(Service)
    assert writer.put("/services", body).status_code == 422
    assert count(Service) == before


def test_many_suspensions_are_refused_until_their_number_is_confirmed(writer: Program, scene: Scene) -> None:
    put(writer, [item(scene, number) for number in range(30)])
    stops: list[dict[str, Any]] = [
        {"code": f"s{number}", "customer_code": f"c{number}", "status": "suspenso_debito"} for number in range(25)
    ]
    items = [*stops, {"code": "s29", "customer_code": "c29", "address": "Rua B"}]
    refused = put(writer, items)
    assert refused["negatives"] == 25
    assert outcomes(refused) == ["refused"] * 25 + ["updated"]
    assert codes(refused["results"][0]) == [("", "negatives_unconfirmed")]
    assert "25" in refused["results"][0]["errors"][0]["message"]
    assert put(writer, items, confirm_negatives=24)["counts"]["refused"] == 25
    assert made(writer.get("/services/s3"), 200)["status"] == "servico_habilitado"
    assert put(writer, items, confirm_negatives=25)["counts"]["updated"] == 25
    assert made(writer.get("/services/s3"), 200)["status"] == "suspenso_debito"


def test_a_few_suspensions_need_no_confirmation(writer: Program, scene: Scene) -> None:
    answer = put(writer, [{"code": "17711", "customer_code": "1234", "status": "suspenso_debito"}])
    assert (outcomes(answer), answer["negatives"]) == (["updated"], 1)


def test_a_thousand_services_fit_one_request(admin: Program) -> None:
    plan = factories.make_plan().id
    db.session.rollback()
    items = [
        {"code": f"s{number}", "customer": {"code": f"c{number}", "name": f"Pessoa {number}"}, "plan_id": plan,
         "status": "servico_habilitado"}
        for number in range(1000)
    ]  # fmt: skip
    assert put(admin, items)["counts"]["created"] == 1000
    assert count(Service) == 1000


def test_customers_are_made_and_changed_in_one_request(writer: Program, scene: Scene) -> None:
    items = [{"code": "1234", "phone": "11 98765-4321"}, {"code": "new", "name": "José"}, {"code": "bare"}]
    answer = made(writer.put("/customers", {"items": items}), 200)
    assert outcomes(answer) == ["updated", "created", "refused"]
    shown = made(writer.get("/customers/1234"), 200)
    assert (shown["name"], shown["phone"]) == ("Maria da Silva", "5511987654321")


def test_a_reader_may_not_send_many(reader: Program) -> None:
    assert reader.put("/services", {"items": []}).status_code == 403
    assert reader.put("/customers", {"items": []}).status_code == 403


def test_password_is_sealed_and_stands_in_no_answer_and_no_history(writer: Program, scene: Scene) -> None:
    secret = "Canario-da-API-1"
    answers = [writer.put("/services", {"items": [item(scene, 1, password=secret)]}) for _ in range(2)]
    answers += [
        writer.put("/services", {"items": [item(scene, 2, password=secret, status="?")]}),
        writer.get("/events"),
    ]
    db.session.commit()
    kept = raw_content(db.engine.url)
    assert db.session.scalar(select(Service.password).where(Service.code == "s1"))
    assert secret.encode() not in kept + b"".join(answer.data for answer in answers)
