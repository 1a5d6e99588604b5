"""TechnoBox, as its recipe assumes it, over real HTTP."""

from typing import Any, ClassVar

import pytest

from tests.gateways.bundled.fake import Fake
from tests.gateways.bundled.fake_technobox import TOKEN, FakeTechnobox
from tests.gateways.bundled.suite import CREATE, ENABLE, SUSPEND, ContractSuite
from tests.gateways.people import PASSWORD
from webapp.gateways.contract import Operation, ProductFacts, Secret, Trust
from webapp.gateways.errors import IdentityClash, Rejected


class TestTechnobox(ContractSuite):
    key: ClassVar[str] = "technobox"
    fake_class = FakeTechnobox
    identity_in = (CREATE, SUSPEND, ENABLE)
    # Its cancel ends with 204 and no body, so there is nothing to read.
    reads_body = (CREATE, SUSPEND, ENABLE)
    # A taken log-in is looked up, and here the look-up finds nobody: somebody else's, not to be repeated.
    statuses = {(CREATE, 409): IdentityClash}

    def params(self, fake: Fake) -> dict[str, Any]:
        return {"api_url": fake.url, "token": Secret(TOKEN)}

    def test_recipe_says_that_it_is_assumed_and_what_to_ask(self, gateway):
        assert gateway.traits.trust is Trust.ASSUMED
        assert gateway.traits.note.startswith("Assumed")
        assert len(gateway.traits.sheet.ask) >= 3

    def test_create_sends_the_assumed_fields_behind_the_token(self, fake, hub):
        hub.send(CREATE)
        call = fake.ledger[0]
        assert (call.method, call.path, call.headers["authorization"]) == ("POST", "/customers", f"Bearer {TOKEN}")
        assert call.json == {
            "external_id": "sintonia-5", "login": "maria@example.com", "password": PASSWORD, "products": ["FULL"],
            "name": "Maria Conceição 🎬", "document": "52998224725", "email": "maria@example.com",
            "phone": "+55 11 98765-4321",
        }  # fmt: skip

    def test_update_sends_products_and_password(self, fake, created_hub):
        created_hub.send(Operation.UPDATE)
        row = next(iter(fake.subscribers.values()))
        assert (row["products"], row["password"], fake.ledger[-1].method) == (["FULL"], PASSWORD, "PUT")

    def test_products_come_from_the_platform(self, gateway, conn):
        assert gateway.list_products(conn) == [ProductFacts("FULL", "TV completa")]

    def test_refusal_shows_the_platforms_reason(self, fake, hub):
        fake.misbehave(422, body={"error": {"message": "phone is too short"}})
        with pytest.raises(Rejected) as caught:
            hub.send(CREATE)
        assert caught.value.params["message"] == "phone is too short"

    def test_log_in_of_another_person_is_a_clash(self, fake, hub):
        fake.subscribers["9"] = {
            "id": 9, "login": "maria@example.com", "document": "11144477735", "status": "active", "products": [],
        }  # fmt: skip
        with pytest.raises(IdentityClash):
            hub.send(CREATE)
