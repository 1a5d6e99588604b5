"""Invoices of platforms over the API: uploaded, checked, read, contested, closed."""

import base64

import pytest
from apiflask import APIFlask

from tests.api.conftest import Program
from tests.web import invoice_states
from webapp.models import Integration


@pytest.fixture
def platform(app: APIFlask) -> Integration:
    return invoice_states.platform()


def body(platform: Integration, *lines: str, **more: object) -> dict[str, object]:
    content = base64.b64encode(invoice_states.text(*lines)).decode()
    return {"integration_id": platform.id, "month": "2026-09", "file_name": "f.csv", "content": content, **more}


def test_invoice_from_upload_to_closed(admin: Program, platform: Integration) -> None:
    made = admin.post("/invoices", body(platform))
    assert (made.status_code, made.json["state"]) == (201, "columns")
    place = f"/invoices/{made.json['id']}"
    header = admin.get(f"{place}/columns").json
    assert header == {"columns": ["Login", "Produto", "Valor"], "mapping": invoice_states.COLUMNS, "remembered": False}
    found = admin.post(f"{place}/check", {"mapping": header["mapping"]}).json
    assert (found["billed"], found["disputed"], found["counts"]["cancelled"]) == ("101.50", "61.70", 1)
    [line] = admin.get(f"{place}/lines?verdict=cancelled").json["items"]
    assert (line["subject"], line["contested"], line["request_id"]) == ("bia@casa.example.com", "19.90", "req-bia")
    aside = admin.post(f"{place}/lines/{line['id']}/aside", {"reason": "Agreed"}).json
    assert (aside["aside"], aside["contested"]) == ("Agreed", "0.00")
    assert len(admin.post(f"{place}/contestation", {}).json["items"]) == 3
    admin.post(f"{place}/lines/{line['id']}/contest", {})
    told = admin.post(f"{place}/contestation", {}).json
    assert (told["disputed"], told["items"][0]["cancelled_at"]) == ("61.70", "2026-08-20T15:04:05Z")
    assert len(admin.get(f"{place}/lines?contested=true").json["items"]) == 4
    assert admin.post(f"{place}/close", {}).json["state"] == "closed"
    assert admin.delete(place).status_code == 409
    assert [one["id"] for one in admin.get("/invoices?month=2026-09&state=closed").json["items"]] == [made.json["id"]]


def test_invoice_checked_at_once_and_discarded(admin: Program, platform: Integration) -> None:
    made = admin.post("/invoices", body(platform, mapping=invoice_states.COLUMNS))
    assert (made.json["state"], made.json["disputed"]) == ("checked", "61.70")
    assert admin.post("/invoices", body(platform)).json["errors"][0]["code"] == "invoice_again"
    assert admin.delete(f"/invoices/{made.json['id']}").status_code == 204
    assert admin.get(f"/invoices/{made.json['id']}").status_code == 404


def test_products_are_named(admin: Program, platform: Integration) -> None:
    made = admin.post(
        "/invoices", body(platform, "ana@casa.example.com;Ouro;19,90", mapping=invoice_states.COLUMNS)
    ).json
    [line] = admin.get(f"/invoices/{made['id']}/lines?verdict=unclear").json["items"]
    assert line["note"]["code"] == "invoice_product_unknown"
    products = admin.get(f"/integrations/{platform.id}/products").json["items"]
    [product] = [one for one in products if one["code"] == "full"]
    words = {"words": [{"word": "Ouro", "product_id": product["id"]}]}
    assert admin.post(f"/invoices/{made['id']}/products", words).json["counts"]["right"] == 1


def test_what_is_wrong_is_told(admin: Program, reader: Program, writer: Program, platform: Integration) -> None:
    assert admin.post("/invoices", body(platform, content="no base 64!")).status_code == 422
    assert admin.post("/invoices", body(platform, content="abcde")).status_code == 422
    assert admin.post("/invoices", body(platform, month="2026-13")).status_code == 422
    for caller in (reader, writer):
        assert caller.get("/invoices").status_code == 403
        assert caller.post("/invoices", body(platform)).status_code == 403
