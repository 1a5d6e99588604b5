"""Accounts that nobody here made, by the API."""

from datetime import timedelta
from typing import Any

import pytest

from tests import factories
from tests.api.conftest import Program
from webapp import clock
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Observed, RemoteState
from webapp.models import Integration, Service
from webapp.services.orphans import note_seen

REASON = "Nobody here knows them"


@pytest.fixture
def there(app: object) -> Integration:
    """A platform that shows three accounts of which one is that of a customer."""
    integration = factories.make_integration(gateway="nx_play")
    customer = factories.make_customer(email="maria@example.com")
    factories.make_sale(factories.make_service(customer, code="17711"), factories.make_package(integration))
    logins = ("maria@example.com", "a@example.com", "b@example.com")
    note_seen(
        integration.id, [Observed(login, RemoteState.ACTIVE, {"id": login}) for login in logins], 1,
        utc_now() - timedelta(seconds=1),
    )  # fmt: skip
    return integration


def test_list_tells_whose_each_may_be_and_can_be_narrowed(there: Integration, reader: Program) -> None:
    items = reader.get("/orphans").json["items"]
    assert [item["login"] for item in items] == ["b@example.com", "a@example.com", "maria@example.com"]
    assert items[2]["guess"]["service_code"] == "17711"
    assert items[2]["guess"]["code"] == "orphan_guess_email"
    assert items[0]["guess"] == {"service_code": None, "code": None, "reason": ""}
    for query, count in (("guessed=true", 1), ("status=ignored", 0), (f"integration_id={there.id}", 3), ("limit=2", 2)):
        assert len(reader.get(f"/orphans?{query}").json["items"]) == count
    assert reader.get(f"/orphans/{items[2]['id']}").json == items[2]
    assert reader.get("/orphans/999").status_code == 404


def test_adopting_gives_the_account_to_the_service_and_says_why_another_was_left(
    there: Integration, admin: Program
) -> None:
    answer = admin.post("/orphans/adopt", {"ids": [1, 2]})
    first, second = answer.json["items"]
    assert (first["error"], first["account_id"] is not None) == (None, True)
    assert (second["account_id"], second["error"]["code"]) == (None, "orphan_nobody")
    assert admin.get("/orphans/1").json["status"] == "adopted"
    named = admin.post("/orphans/adopt", {"ids": [2], "service_code": "17711"}).json["items"][0]
    assert named["error"]["code"] == "orphan_account_live"
    assert db.session.query(Service).count() == 1


def test_ignored_ones_are_taken_up_again(there: Integration, admin: Program) -> None:
    [one] = admin.post("/orphans/ignore", {"ids": [1], "reason": REASON}).json["items"]
    assert (one["status"], one["reason"], one["decided_by"]) == ("ignored", REASON, "token:admin-program")
    assert admin.post("/orphans/ignore", {"ids": [1], "reason": REASON}).status_code == 409
    [one] = admin.post("/orphans/reopen", {"ids": [1]}).json["items"]
    assert (one["status"], one["reason"]) == ("open", "")


def test_ending_several_waits_for_somebody_else(there: Integration, admin: Program) -> None:
    items = admin.post("/orphans/cancel", {"ids": [2, 3], "reason": REASON}).json["items"]
    assert [(item["status"], item["waits_for_approval"]) for item in items] == [("cancelling", True)] * 2
    refused = admin.post("/orphans/approve", {"ids": [2, 3]})
    assert (refused.status_code, refused.json["code"]) == (409, "orphan_second_operator")
    clock.move(timedelta(seconds=1))
    [one] = admin.post("/orphans/cancel", {"ids": [1], "reason": REASON}).json["items"]
    assert (one["waits_for_approval"], one["next_attempt_at"] is not None) == (False, True)


@pytest.mark.parametrize("body", [{"ids": []}, {"ids": [0]}, {"ids": [1]}, {"ids": [1], "reason": " "}, {}])
def test_a_decision_without_ids_or_reason_is_refused(there: Integration, admin: Program, body: Any) -> None:
    assert admin.post("/orphans/cancel", body).status_code == 422
    assert admin.get("/orphans/1").json["status"] == "open"


def test_only_an_administrator_decides(there: Integration, writer: Program) -> None:
    for action in ("adopt", "ignore", "reopen", "cancel", "approve"):
        assert writer.post(f"/orphans/{action}", {"ids": [1], "reason": REASON}).status_code == 403
