"""Playhub: a user and his subscriptions, codes in the bodies, no suspend, vouchers that run out."""

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from tests.gateways.bundled.fake import Fake
from tests.gateways.bundled.fake_playhub import API_KEY, API_SECRET, FakePlayhub
from tests.gateways.bundled.suite import CANCEL, CREATE, ENABLE, SUSPEND, ContractSuite
from tests.gateways.people import PASSWORD, make_sale_subject
from webapp.gateways.contract import Operation, Outcome, ProductFacts, Secret, Subject
from webapp.gateways.errors import Capacity, Rejected

MARIA = "52998224725"


class TestPlayhub(ContractSuite):
    key: ClassVar[str] = "playhub"
    fake_class = FakePlayhub
    # The user, then the subscription.
    creates = 2
    renews = True
    # The user name is ours and a second subscription is refused, so a repeat is harmless.
    repeat_safe = True
    # There is no suspend: the subscription is taken away and taken out anew.
    suspended = "absent"
    names_states = False
    # Enabling makes anew.
    identity_in = (CREATE, ENABLE)
    # Enabling is the same calls as creating; its first answer is a refusal, which is read as one.
    reads_body = (CREATE, SUSPEND, CANCEL)
    find_names = False
    # A 404 without a code of theirs comes from somewhere else and proves nothing.
    statuses: ClassVar[dict[Any, Any]] = {(SUSPEND, 404): Rejected, (CANCEL, 404): Rejected}

    def params(self, fake: Fake) -> dict[str, Any]:
        return {"api_url": fake.url, "api_key": Secret(API_KEY), "api_secret": Secret(API_SECRET)}

    def subject(self, **account: Any) -> Subject:
        subject = make_sale_subject(**{"remote_ids": {}, "login": MARIA, **account})
        return replace(subject, sale=replace(subject.sale, product=ProductFacts("P01", "Max")))

    def of(self, product: str) -> Subject:
        subject = self.subject()
        return replace(subject, sale=replace(subject.sale, product=ProductFacts(product, product)))

    def test_c4_create_makes_the_user_and_then_the_subscription(self, fake, hub):
        hub.send(CREATE)
        user, subscription = fake.calls(fake.is_change)
        assert user.json == {
            "Username": MARIA, "Password": PASSWORD, "Name": "Maria Conceição 🎬", "Document": MARIA,
            "Email": "maria@example.com", "Mobile": "5511987654321",
        }  # fmt: skip
        assert (subscription.path, subscription.json) == (
            f"/api/v3/customers/{MARIA}/subscriptions", {"ProductId": "P01"},
        )  # fmt: skip

    def test_c1_suspend_and_enable_are_lossy(self, gateway):
        assert gateway.traits.lossy == {SUSPEND, ENABLE}

    def test_c10_user_who_was_there_before_gets_the_password_of_now(self, fake, hub):
        fake.subscribers[MARIA] = {"Username": MARIA, "Password": "old", "products": ["DZ1"]}
        hub.send(CREATE)
        assert fake.subscribers[MARIA]["Password"] == PASSWORD
        assert fake.subscribers[MARIA]["products"] == ["DZ1", "P01"]

    def test_b5_update_sends_the_password_whatever_is_changed(self, fake, created_hub):
        created_hub.send(Operation.UPDATE)
        assert (fake.ledger[-1].method, fake.ledger[-1].json["Password"]) == ("PUT", PASSWORD)

    def test_c6_vouchers_that_ran_out_wait_and_make_no_second_user(self, fake, hub):
        fake.vouchers = 0
        assert hub.ending(CREATE) is Capacity
        fake.vouchers = 1
        assert hub.ending(CREATE) is Outcome.OK
        assert (len(fake.subscribers), self.live(fake, hub), fake.vouchers) == (1, 1, 0)

    @pytest.mark.parametrize(("product", "message"), [("ZZZ", "Invalid product"), ("RQC", "Product not authorized")])
    def test_product_that_is_refused_says_why(self, gateway, conn, product, message):
        with pytest.raises(Rejected) as caught:
            gateway.send(conn, CREATE, self.of(product), "key-1")
        assert caught.value.params["message"] == message

    def test_document_that_is_refused_names_the_field(self, gateway, conn):
        subject = self.subject()
        subject = replace(subject, customer=replace(subject.customer, document="00000000000"))
        with pytest.raises(Rejected) as caught:
            gateway.send(conn, CREATE, subject, "key-1")
        assert caught.value.field == "cpf_cnpj"

    def test_product_that_is_not_subscribed_is_not_found(self, gateway, conn, hub, created_hub):
        assert gateway.find(conn, self.of("DZ1")).found is None
        created_hub.send(CANCEL)
        assert created_hub.find().found is None

    def test_user_who_is_not_there_has_nothing(self, hub):
        assert hub.find().found is None
