"""Gateways and the provider's own recipes, by the API."""

from tests.api.conftest import Program
from tests.api.scenes import made
from tests.web import recipe_states

KEY = "own_tv"


def text(label: str) -> str:
    return recipe_states.text_of(KEY, label)


def test_gateways_are_listed_with_their_parameters(reader: Program) -> None:
    rows = {row["key"]: row for row in reader.get("/gateways").json["items"]}
    token = next(param for param in rows["nx_play"]["params"] if param["name"] == "token")
    assert (token["secret"], token["required"], rows["nx_play"]["origin"]) == (True, True, "bundled")
    assert [row["key"] for row in reader.get("/gateways?origin=built_in").json["items"]] == ["outros"]
    assert reader.get("/gateways/nx_play").json == rows["nx_play"]
    assert reader.get("/gateways/nowhere").status_code == 404


def test_a_recipe_is_put_changed_rolled_back_and_taken_out_of_use(admin: Program) -> None:
    path = f"/gateways/{KEY}/recipe"
    first = admin.put(path, {"text": text("First"), "reason": "New"})
    assert made(first)["number"] == 1
    assert first.headers["Location"] == f"/api/v1/gateways/{KEY}/versions/1"
    base = admin.get(path).json["edition"]
    assert admin.put(path, {"text": text("Other"), "reason": "x", "base": "0.0"}).status_code == 409
    made(admin.put(path, {"text": text("Second"), "reason": "Better", "base": base}))
    assert [row["number"] for row in admin.get(f"/gateways/{KEY}/versions").json["items"]] == [2, 1]
    made(admin.post(f"/gateways/{KEY}/versions/1/activate", {"reason": "Worse after all"}), 200)
    assert "First" in admin.get(path).json["text"]
    assert "Second" in admin.get(f"/gateways/{KEY}/versions/2").json["text"]
    assert admin.delete(f"{path}?reason=over").status_code == 204
    assert admin.get(f"/gateways/{KEY}").json["origin"] == "removed"
    assert admin.get(path).status_code == 404


def test_the_same_recipe_again_changes_nothing(admin: Program) -> None:
    body = {"text": text("First"), "reason": "New"}
    made(admin.put(f"/gateways/{KEY}/recipe", body))
    assert made(admin.put(f"/gateways/{KEY}/recipe", body), 200)["number"] == 1


def test_a_recipe_is_checked_and_previewed_before_it_is_put(admin: Program) -> None:
    bad = made(admin.post("/recipes/check", {"text": recipe_states.BROKEN}), 200)
    assert bad["ok"] is False
    assert all(problem["message"] and problem["line"] >= 0 for problem in bad["problems"])
    good = made(admin.post("/recipes/check", {"text": text("Own TV")}), 200)
    assert (good["ok"], "create" in good["operations"]) == (True, True)
    values = {"params.api_url": "http://127.0.0.1:9", "params.token": "a-very-secret-token"}
    trial = {"text": text("Own TV"), "operation": "create", "values": values}
    shown = admin.post("/recipes/preview", trial)
    assert made(shown, 200)["exchange"]["method"] == "POST"
    assert "a-very-secret-token" not in shown.text
    assert admin.post("/recipes/preview", {**trial, "text": recipe_states.BROKEN}).status_code == 422
    assert made(admin.post("/recipes/try", trial), 200)["ok"] is False
