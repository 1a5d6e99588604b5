"""Reports and receipts for programs."""

import base64
import io
from collections.abc import Callable

import pypdf

from tests import factories
from tests.api.conftest import Program
from webapp.models import Service


def sell() -> Service:
    service = factories.make_service(city="Cidade Exemplo")
    factories.make_sale(service)
    return service


def test_figures_are_divided_and_filtered(reader: Program) -> None:
    sell()
    found = reader.get("/reports/figures?by=city").json
    assert [(row["name"], row["figures"]["at_end"]) for row in found["rows"]] == [("Cidade Exemplo", 1)]
    assert found["total"]["revenue"] == "29.90"
    assert reader.get("/reports/figures?city=Outra").json["rows"] == []
    assert reader.get("/reports/figures?first=2026-13").status_code == 422


def test_counts_and_composition_say_what_they_are_not(reader: Program) -> None:
    sell()
    counts = reader.get("/reports/anatel?month=2099-01").json
    assert [(one["declared"], one["accesses"], one["missing"]) for one in counts["items"]] == [("none", 1, [])]
    composition = reader.get("/reports/accounting?month=2099-01").json
    assert (composition["total"], composition["computes_tax"]) == ("29.90", False)


def test_cities_are_said_with_write_and_listed_with_read(program: Callable[[str], Program], reader: Program) -> None:
    sell()
    writer = program("write")
    items = [{"city": "CIDADE EXEMPLO", "ibge": "3550308", "area": "rural"}]
    assert reader.post("/reports/cities", {"items": items}).status_code == 403
    assert writer.post("/reports/cities", {"items": [{**items[0], "ibge": "1"}]}).status_code == 422
    found = writer.post("/reports/cities", {"items": items}).json
    assert found["items"] == [{"city": "Cidade Exemplo", "ibge": "3550308", "area": "rural", "services": 1}]
    assert reader.get("/reports/cities").json == found
    (counted,) = reader.get("/reports/anatel?month=2099-01").json["items"]
    assert (counted["ibge"], counted["area"]) == ("3550308", "rural")


def test_receipt_is_made_with_write_listed_and_checked_with_read(
    program: Callable[[str], Program], reader: Program
) -> None:
    address = f"/customers/{sell().customer.code}/receipts"
    assert reader.post(address).status_code == 403
    made = program("write").post(address).json
    assert [one["number"] for one in reader.get(address).json["items"]] == [made["number"]]
    pdf = pypdf.PdfReader(io.BytesIO(base64.b64decode(made["pdf"])))
    assert pdf.attachments["comprovante.json"] == [made["document"].encode()]
    assert reader.get("/receipts/key").json["public_key"] == made["public_key"]
    shown = {"document": made["document"], "signature": made["signature"]}
    assert reader.post("/receipts/check", shown).json["verdict"] == "genuine"
    changed = {**shown, "document": made["document"] + " "}
    assert reader.post("/receipts/check", changed).json["verdict"] == "forged"


def test_city_of_a_service_is_written_and_kept_when_it_is_left_out(program: Callable[[str], Program]) -> None:
    service, writer = sell(), program("write")
    sent = {"customer_code": service.customer.code, "plan_id": service.plan_id}
    assert writer.put(f"/services/{service.code}", sent).json["city"] == "Cidade Exemplo"
    assert writer.put(f"/services/{service.code}", {**sent, "city": None}).json["city"] is None
