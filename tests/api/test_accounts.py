"""Accounts, their attempts and what a person may do, by the API."""

from datetime import timedelta

import pytest

from tests.api.conftest import Program
from tests.api.scenes import Scene, sell
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Attempt


@pytest.fixture
def scene(admin: Program) -> Scene:
    return sell(admin)


@pytest.fixture
def account(admin: Program, scene: Scene) -> int:
    return int(admin.get("/accounts").json["items"][0]["id"])


def change(account_id: int, **values: object) -> None:
    row = db.session.get_one(Account, account_id)
    for name, value in values.items():
        setattr(row, name, value)
    db.session.commit()
    db.session.rollback()


def test_a_sale_makes_a_pending_account(admin: Program, account: int, scene: Scene) -> None:
    shown = admin.get(f"/accounts/{account}").json
    assert shown["status"] == "pending"
    assert (shown["service_code"], shown["customer_code"]) == ("17711", "1234")
    assert shown["integration_id"] == scene.integration
    assert shown["next_attempt_at"].endswith("Z")
    assert shown["error"] is None


def test_accounts_are_listed_by_every_filter(admin: Program, account: int, scene: Scene) -> None:
    for query, count in (
        (f"integration_id={scene.integration}", 1),
        ("integration_id=99", 0),
        ("status=pending", 1),
        ("status=active", 0),
        ("customer_code=1234&service_code=17711", 1),
        ("customer_code=nobody", 0),
        ("service_code=nobody", 0),
        ("updated_since=2999-01-01T00:00:00Z", 0),
    ):
        assert len(admin.get(f"/accounts?{query}").json["items"]) == count, query
    assert admin.get("/accounts?status=odd").status_code == 422


def test_an_error_is_told_with_cause_remedy_and_field(admin: Program, account: int) -> None:
    change(account, status="blocked", error_code="password_too_short", error_params={"field": "x", "minimum": 6},
           error_field="usuario")  # fmt: skip
    error = admin.get(f"/accounts/{account}").json["error"]
    assert error["code"] == "password_too_short"
    assert error["field"] == "usuario"
    assert error.keys() == {"code", "cause", "remedy", "field"}


def test_a_blocked_account_is_tried_at_once_when_asked(admin: Program, account: int) -> None:
    change(account, status="blocked", due_at=None, error_code="password_too_short", error_kind="rejected")
    answer = admin.post(f"/accounts/{account}/retry")
    assert answer.status_code == 202
    assert answer.json["next_attempt_at"] is not None


def test_a_parked_account_is_settled(admin: Program, account: int) -> None:
    change(account, status="parked", due_at=None, error_code="outcome_unknown", error_kind="unknown")
    answer = admin.post(f"/accounts/{account}/settle", {"exists": False})
    assert answer.status_code == 202, answer.text
    assert answer.json["status"] != "parked"
    assert admin.post(f"/accounts/{account}/settle", {}).status_code == 422


def test_a_settled_state_is_sent_again_when_asked(admin: Program, account: int) -> None:
    change(account, status="active", observed="active", due_at=None)
    answer = admin.post(f"/accounts/{account}/resend")
    assert answer.status_code == 202
    assert answer.json["next_attempt_at"] is not None


def test_an_unknown_account_is_a_404_everywhere(admin: Program) -> None:
    assert " " in admin.get("/accounts/99").json["detail"]
    assert admin.get("/accounts/99/attempts").status_code == 404
    for verb, body in (("retry", None), ("resend", None), ("settle", {"exists": True})):
        assert admin.post(f"/accounts/99/{verb}", body).status_code == 404


def test_attempts_come_newest_first(admin: Program, account: int, scene: Scene) -> None:
    for number, outcome in enumerate(["unavailable", "unavailable", "ok"]):
        db.session.add(
            Attempt(integration_id=scene.integration, account_id=account, operation="create", outcome=outcome,
                    started_at=utc_now() + timedelta(seconds=number), request={"url": "https://x.example.com"})
        )  # fmt: skip
    db.session.commit()
    db.session.rollback()
    listed = admin.get(f"/accounts/{account}/attempts").json["items"]
    assert [attempt["outcome"] for attempt in listed] == ["ok", "unavailable", "unavailable"]
    assert listed[0]["request"] == {"url": "https://x.example.com"}
    assert len(admin.get(f"/accounts/{account}/attempts?outcome=ok").json["items"]) == 1
