"""How an integration is reconciled, by the API."""

from tests import factories
from tests.api.conftest import Program


def test_program_reads_and_replaces_the_same_settings(admin: Program) -> None:
    path = f"/integrations/{factories.make_integration().id}/reconciliation"
    read = admin.get(path)
    assert read.json["no_suspend"]["nights"] is None
    calendar = {"nights": ["23:00", "07:00"], "dates": ["2026-12-24"], "cancels": True}
    body = {"limit_floor": 5, "no_suspend": calendar, "billing_day": 10}
    written = admin.put(path, body, If_Match=read.headers["ETag"])
    assert (written.status_code, written.json["limit_floor"]) == (200, 5)
    assert written.json["no_suspend"]["dates"] == ["2026-12-24"]
    assert admin.get(path).json == written.json
    assert admin.put(path, body, If_Match=read.headers["ETag"]).status_code == 412
    refused = admin.put(path, {"no_suspend": {"nights": ["08:00", "08:00"]}})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "no_suspend.nights")
    outlook = admin.get(f"{path}/outlook?limit_floor=3").json
    assert (outlook["figures"]["floor"], outlook["past"], outlook["next_cutoff"] is not None) == (3, [], True)


def test_program_that_only_reads_changes_nothing(reader: Program) -> None:
    path = f"/integrations/{factories.make_integration().id}/reconciliation"
    assert (reader.get(path).status_code, reader.put(path, {}).status_code) == (200, 403)
