"""SatTV, as its recipe assumes it, over real HTTP."""

from typing import Any, ClassVar

from tests.gateways.bundled.fake import Fake
from tests.gateways.bundled.fake_sattv import EMAIL, PASSWORD, PROVIDER, FakeSatTv
from tests.gateways.bundled.suite import CREATE, ENABLE, SUSPEND, ContractSuite
from webapp.gateways.contract import Operation, Outcome, ProductFacts, RemoteState, Secret, Trust
from webapp.gateways.errors import IdentityClash


class TestSatTv(ContractSuite):
    key: ClassVar[str] = "sattv"
    fake_class = FakeSatTv
    renews = True
    identity_in = (CREATE, SUSPEND, ENABLE)
    # Its cancel ends with 204 and no body, so there is nothing to read.
    reads_body = (CREATE, SUSPEND, ENABLE)
    # A taken e-mail is looked up, and here the look-up finds nobody: somebody else's, not to be repeated.
    statuses = {(CREATE, 409): IdentityClash}

    def params(self, fake: Fake) -> dict[str, Any]:
        return {"api_url": fake.url, "user_email": EMAIL, "user_password": Secret(PASSWORD), "provider_id": PROVIDER}

    def test_recipe_says_that_it_is_assumed_and_what_to_ask(self, gateway):
        assert gateway.traits.trust is Trust.ASSUMED
        assert gateway.traits.note.startswith("Assumed")
        assert len(gateway.traits.sheet.ask) >= 3

    def test_credentials_are_exchanged_once_for_a_token_that_all_calls_carry(self, fake, created_hub):
        created_hub.send(SUSPEND)
        log_in, *rest = fake.ledger
        assert log_in.json == {"email": EMAIL, "password": PASSWORD, "provider_id": PROVIDER}
        assert [call.headers["authorization"] for call in rest] == [f"Bearer {fake.secrets[0]}"] * 2

    def test_homologation_has_its_own_address_and_credentials(self, connect, gateway, fake):
        params = self.params(fake)
        nowhere = {name: Secret("wrong") if name == "user_password" else "http://127.0.0.1:9" for name in params}
        apart = {f"{name}_homologation": value for name, value in params.items()}
        conn = connect({**nowhere, **apart, "environment": "homologation"})
        assert gateway.list_products(conn) == [ProductFacts("FULL", "Sat completo")]
        assert all(step.ok for step in gateway.check(conn))

    def test_cancelled_subscriber_counts_as_absent_and_may_come_back(self, fake, gateway, created_hub):
        created_hub.send(Operation.CANCEL)
        assert created_hub.find().found is None
        created_hub.remote_ids.clear()
        assert created_hub.send(CREATE, "key-2").outcome is Outcome.OK
        assert created_hub.find().found.state is RemoteState.ACTIVE
        assert (self.live(fake, created_hub), len(fake.subscribers)) == (1, 2)

    def test_update_sends_the_packages(self, fake, created_hub):
        created_hub.send(Operation.UPDATE)
        assert fake.ledger[-1].json["packages"] == ["FULL"]
