"""Tokens and operators by the API, and where each token may be used from."""

import pytest
from sqlalchemy import select

from tests import factories
from tests.api.conftest import Program
from tests.api.scenes import made
from tests.fixtures.people import PASSWORD
from webapp.extensions import db
from webapp.models import IdempotencyRecord
from webapp.services.hub import current_hub
from webapp.services.operators import create_operator

RECORD = "idempotency_record:body"


def test_a_token_is_shown_once_works_and_is_refused_when_revoked(admin: Program) -> None:
    answer = admin.post("/tokens", {"name": "erp", "scope": "read", "allowed_addresses": ["127.0.0.1", "::1"]})
    token = made(answer)
    other = Program(admin.client, token.pop("token"))
    assert token["allowed_addresses"] == ["127.0.0.1/32", "::1/128"]
    path = answer.headers["Location"].removeprefix("/api/v1")
    assert other.get("/customers").status_code == 200
    shown = admin.get(path).json
    assert "token" not in shown
    assert shown["last_used_at"] is not None
    assert admin.delete(f"{path}?reason=lost").status_code == 204
    assert other.get("/customers").status_code == 401
    event = admin.get("/events?action=token.revoke").json["items"][0]
    assert (event["object"]["label"], event["reason"]) == ("erp", "lost")


def test_a_repeated_request_makes_no_second_token_and_its_text_is_kept_nowhere(admin: Program) -> None:
    body = {"name": "erp", "scope": "read"}
    first = admin.post("/tokens", body, Idempotency_Key="k-1")
    again = admin.post("/tokens", body, Idempotency_Key="k-1")
    assert first.json["token"].startswith("sin_")
    assert (again.status_code, again.json) == (201, {**first.json, "token": None})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"] == admin.get(f"/tokens/{first.json['id']}").headers["ETag"]
    record = db.session.scalars(select(IdempotencyRecord)).one()
    assert first.json["token"] not in str(current_hub().vault.open(record.body or "", f"{RECORD}:{record.id}"))


def test_tokens_are_listed_by_scope_and_state(admin: Program, reader: Program) -> None:
    listed = admin.get("/tokens?scope=read").json["items"]
    assert [token["name"] for token in listed] == ["read-program"]
    assert "token_hash" not in listed[0]
    assert admin.get("/tokens?revoked=true").json["items"] == []
    assert len(admin.get("/tokens?limit=1").json["items"]) == 1


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": "admin-program"}, "name", "token_name_taken"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "token_end_passed"),
        ({"expires_at": 0}, "expires_at", "not_a_time"),
        ({"allowed_addresses": ["10.0.0.1/8"]}, "allowed_addresses", "token_address_wrong"),
        ({"allowed_addresses": ["nowhere"]}, "allowed_addresses", "token_address_wrong"),
        ({"scope": "subscribers"}, "integration_id", "token_integration_missing"),
        ({"scope": "subscribers", "integration_id": 99}, "integration_id", "integration_not_found"),
        ({"integration_id": 1}, "integration_id", "token_integration_too_much"),
    ],
)
def test_a_token_that_cannot_be_is_refused_with_its_field(
    change: dict[str, object], field: str, code: str, admin: Program
) -> None:
    answer = admin.post("/tokens", {"name": "erp", "scope": "read", **change})
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [(field, code)]


def test_a_narrow_token_names_its_integration(admin: Program) -> None:
    integration = factories.make_integration(gateway="nx_play").id
    db.session.rollback()
    body = {"name": "platform", "scope": "subscribers", "integration_id": integration}
    assert made(admin.post("/tokens", body))["integration_id"] == integration


def test_operators_are_listed_with_their_roles(admin: Program) -> None:
    create_operator("ana@example.com", PASSWORD, "finance", "Ana")
    [operator] = admin.get("/operators").json["items"]
    assert (operator["email"], operator["roles"], operator["active"]) == ("ana@example.com", ["finance"], True)
    assert "password" not in str(operator)
