"""Customers by the API."""

import pytest

from tests.api.conftest import Program
from tests.api.scenes import made

MARIA = {
    "name": "Maria José Conceição",
    "document": "529.982.247-25",
    "email": "Maria@Example.com",
    "phone": "(11) 98765-4321",
}


def test_a_put_makes_and_the_same_put_changes_nothing(writer: Program) -> None:
    first = writer.put("/customers/1234", MARIA)
    assert made(first)["document"] == "52998224725"
    assert first.headers["Location"] == "/api/v1/customers/1234"
    second = writer.put("/customers/1234", MARIA)
    assert made(second, 200) == first.json
    assert second.headers["ETag"] == first.headers["ETag"]


def test_a_wrong_document_is_refused_beside_its_field(writer: Program) -> None:
    answer = writer.put("/customers/1", {**MARIA, "document": "52998224724"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["document"]
    assert writer.get("/customers/1").status_code == 404


def test_a_cnpj_with_letters_is_accepted(writer: Program) -> None:
    assert (
        made(writer.put("/customers/2", {"name": "ACME", "document": "12.ABC.345/01DE-35"}))["document"]
        == "12ABC34501DE35"
    )


@pytest.mark.parametrize("search", ["conceicao", "MARIA JOSE", "529.982", "52998224725", "maria@example.com", "1234"])
def test_a_customer_is_found_by_name_without_marks_document_email_or_code(writer: Program, search: str) -> None:
    writer.put("/customers/1234", MARIA)
    writer.put("/customers/5678", {"name": "João Souza"})
    found = writer.get(f"/customers?search={search.replace(' ', '%20')}").json["items"]
    assert [customer["code"] for customer in found] == (["1234"] if search != "529.982" else [])


@pytest.mark.parametrize("search", ["%25%25", "__", "nobody"])
def test_signs_of_a_pattern_mean_themselves(writer: Program, search: str) -> None:
    writer.put("/customers/1234", MARIA)
    assert writer.get(f"/customers?search={search}").json["items"] == []


def test_only_what_changed_since_is_listed(writer: Program) -> None:
    writer.put("/customers/1234", MARIA)
    changed = writer.get("/customers/1234").json["updated_at"]
    assert changed.endswith("Z")
    assert len(writer.get(f"/customers?updated_since={changed}").json["items"]) == 1
    assert writer.get("/customers?updated_since=2999-01-01T00:00:00Z").json["items"] == []
