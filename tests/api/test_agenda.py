"""The calendar, new values, campaigns and guided moves for programs."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import Program
from tests.api.scenes import Scene, made, sell
from webapp.extensions import db
from webapp.models import Account
from webapp.services import price_changes
from webapp.services.hub import current_hub


@pytest.fixture
def scene(admin: Program) -> Scene:
    return sell(admin)


def order(scene: Scene, **changes: Any) -> dict[str, Any]:
    day = current_hub().today().isoformat()
    return {"kind": "package", "items": [{"id": scene.package}], "percent": "10.00", "from_on": day,
            "also_sold": True, **changes}  # fmt: skip


def test_new_values_are_shown_planned_applied_and_taken_back(admin: Program, scene: Scene) -> None:
    seen = made(admin.post("/price-changes/preview", order(scene)), 200)
    assert (seen["sum_before"], seen["sum_after"], seen["changed"]) == ("29.90", "32.89", 1)
    planned = made(admin.post("/price-changes", {**order(scene), "checksum": seen["checksum"], "reason": "IPCA"}))
    change = planned["items"][0]
    assert (change["percent"], change["amount"], change["status"]) == ("10.00", None, "planned")
    price_changes.apply_due(current_hub().today())
    assert made(admin.get(f"/packages/{scene.package}"), 200)["value"] == "32.89"
    listed = made(admin.get("/price-changes?status=applied"), 200)["items"]
    assert [one["id"] for one in listed] == [change["id"]]
    back = made(admin.post(f"/price-changes/{change['id']}/take-back", {"reason": "mistake"}), 200)
    assert (back["status"], back["counts"]["returned"]) == ("dropped", 1)
    assert made(admin.get(f"/packages/{scene.package}"), 200)["value"] == "29.90"


def test_stale_preview_is_a_conflict_and_a_change_can_be_dropped(admin: Program, scene: Scene) -> None:
    made(admin.post("/price-changes", {**order(scene), "checksum": "old"}), 409)
    later = order(scene, from_on=(current_hub().today() + timedelta(days=9)).isoformat())
    checksum = made(admin.post("/price-changes/preview", later), 200)["checksum"]
    change = made(admin.post("/price-changes", {**later, "checksum": checksum}))["items"][0]
    assert made(admin.post(f"/price-changes/{change['id']}/drop", {}), 200)["status"] == "dropped"


def test_campaign_makes_a_sale_free_and_a_trial_is_kept(admin: Program, scene: Scene) -> None:
    today = current_hub().today()
    body = {"package_id": scene.extra, "description": "Spring", "from_on": today.isoformat(),
            "until_on": (today + timedelta(days=3)).isoformat(), "free_months": 1, "trial": True}  # fmt: skip
    campaign = made(admin.post("/campaigns", body))
    sale = made(admin.post("/services/17711/packages", {"package_id": scene.extra}))
    assert sale["free_until"] == sale["ends_on"] is not None
    assert made(admin.get("/campaigns"), 200)["items"][0]["sold"] == 1
    kept = made(admin.post(f"/services/17711/packages/{sale['id']}/keep"), 200)
    assert (kept["ends_on"], kept["free_until"]) == (None, sale["free_until"])
    assert made(admin.post(f"/campaigns/{campaign['id']}/stop", {}), 200)["active"] is False


def test_calendar_tells_counts_without_names(admin: Program, scene: Scene) -> None:
    day = current_hub().today().replace(day=1) + timedelta(days=9)
    made(admin.post("/services/17711/packages", {"package_id": scene.extra, "ends_on": "2099-03-10"}))
    found = made(admin.get("/agenda?month=2099-03&kind=end"), 200)
    assert found == {"items": [{"kind": "end", "day": "2099-03-10", "count": 1, "text": "", "object_id": None}]}
    made(admin.get("/agenda?month=nonsense"), 422)
    assert made(admin.get(f"/agenda?month={day:%Y-%m}"), 200)


def test_guided_move_is_shown_begun_read_and_stopped(admin: Program, scene: Scene) -> None:
    for account in db.session.query(Account):
        account.login_frozen_at, account.login_key = account.created_at, "maria"
    db.session.commit()
    body = {"kind": "email", "code": "17711-2", "on": current_hub().today().isoformat(), "email": "New@example.com"}
    assert made(admin.post("/services/17711/guided-moves/preview", body), 200) == {"gaps": [], "problems": []}
    move = made(admin.post("/services/17711/guided-moves", body))
    assert (move["status"], move["to_service_code"], move["to_email"]) == ("making", "17711-2", "new@example.com")
    assert [one["id"] for one in made(admin.get("/guided-moves?status=making"), 200)["items"]] == [move["id"]]
    made(admin.post("/services/17711/guided-moves", {**body, "code": "17711-3"}), 409)
    made(admin.post(f"/guided-moves/{move['id']}/go-on", {}), 409)
    assert made(admin.post(f"/guided-moves/{move['id']}/stop", {"reason": "no"}), 200)["status"] == "stopped"
    assert made(admin.get(f"/guided-moves/{move['id']}"), 200)["error"] is None
    assert made(admin.get("/services/17711-2"), 200)["status"] == "cancelado"


def test_new_holder_is_named_by_code(admin: Program, scene: Scene) -> None:
    body = {"kind": "holder", "code": "N1", "on": current_hub().today().isoformat(), "customer_code": "nobody"}
    refused = admin.post("/services/17711/guided-moves", body)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "customer_code_unknown")
