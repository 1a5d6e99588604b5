"""CelétiHub: keyed by document, many in one call, a checkout that the user finishes, a cap with a queue."""

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from tests.gateways.bundled.fake import Fake
from tests.gateways.bundled.fake_celetihub import ACCESS_TOKEN, FakeCeletiHub
from tests.gateways.bundled.suite import CANCEL, CREATE, ENABLE, SUSPEND, ContractSuite
from tests.gateways.people import make_sale_subject
from webapp.gateways.contract import CallbackRequest, Operation, Outcome, ProductFacts, RemoteState, Secret, Subject
from webapp.gateways.errors import Capacity, ContractBroken, Rejected

MARIA, JOAO = "52998224725", "11144477735"


class TestCeletiHub(ContractSuite):
    key: ClassVar[str] = "celetihub"
    fake_class = FakeCeletiHub
    # The subscriber, then the product.
    creates = 2
    renews = True
    # The document is the key and activating decides by the present state.
    repeat_safe = True
    # The user must finish a check-out there.
    created = "pending"
    created_outcome = Outcome.PENDING_USER
    # Provisioning answers for a batch and names nobody; the first call of a create does.
    identity_in = (CREATE,)

    # One answer speaks of many documents: a 404 does not say whose, so it makes nobody gone.
    statuses: ClassVar[dict[Any, Any]] = {(SUSPEND, 404): Rejected, (CANCEL, 404): Rejected}

    def params(self, fake: Fake) -> dict[str, Any]:
        return {"api_url": f"{fake.url}/api", "access_token": Secret(ACCESS_TOKEN)}

    def subject(self, **account: Any) -> Subject:
        subject = make_sale_subject(**{"remote_ids": {}, "login": MARIA, **account})
        return replace(subject, sale=replace(subject.sale, product=ProductFacts("25", "Globoplay")))

    def who(self, subject: Subject) -> str:
        return subject.customer.document

    def test_b3_create_sends_the_subscriber_by_document_and_then_the_product(self, fake, hub):
        hub.send(CREATE)
        profile, activate = fake.calls(fake.is_change)
        assert (profile.method, profile.path) == ("PUT", f"/api/subscribers/{MARIA}")
        assert profile.json == {
            "name": "Maria Conceição 🎬", "document": MARIA, "email": "maria@example.com", "phone": "5511987654321",
        }  # fmt: skip
        assert activate.json == {"contentSupplierProduct": 25, "documents": [MARIA]}

    def test_c5_checkout_is_pending_until_the_user_finishes_it(self, fake, created_hub):
        assert created_hub.find().found.state is RemoteState.PENDING_USER
        fake.finish_checkout(MARIA, "25")
        assert created_hub.find().found.state is RemoteState.ACTIVE
        created_hub.send(SUSPEND)
        assert created_hub.find().found.state is RemoteState.SUSPENDED

    def test_c6_activation_that_waits_in_the_queue_is_capacity_and_queued_once(self, fake, hub):
        fake.cap = 0
        assert [hub.ending(CREATE) for _ in range(2)] == [Capacity, Capacity]
        assert (fake.queue, self.live(fake, hub)) == ([(MARIA, 25)], 0)
        fake.free_tokens(1)
        assert hub.ending(CREATE) is Outcome.PENDING_USER

    @pytest.mark.parametrize("body", ["", {}, {"subscriber": {"document": MARIA}}])
    def test_create_that_nobody_can_confirm_is_no_success(self, fake, hub, body):
        fake.misbehave(200, on=fake.is_read, body=body)
        assert hub.ending(CREATE) is ContractBroken
        assert hub.ending(CREATE) is Outcome.PENDING_USER
        assert self.live(fake, hub) == 1

    def test_cancelled_service_is_as_good_as_none_and_may_begin_anew(self, fake, created_hub):
        created_hub.send(CANCEL)
        assert created_hub.find().found is None
        assert created_hub.ending(CREATE) is Outcome.PENDING_USER
        assert self.live(fake, created_hub) == 1

    def test_document_that_is_not_known_there_is_nobody(self, hub):
        assert hub.find().found is None

    def test_another_product_of_the_subscriber_is_not_this_one(self, fake, created_hub):
        fake.subscribers[MARIA]["services"] = {3: "active"}
        assert created_hub.find().found is None

    @pytest.mark.parametrize("operation", [ENABLE, SUSPEND, CANCEL])
    def test_c8_several_subscribers_of_a_product_go_in_one_call(self, fake, gateway, conn, operation):
        maria = self.subject()
        joao = replace(maria, customer=replace(maria.customer, document=JOAO, email="joao@example.com"))
        for subject in (maria, joao):
            gateway.send(conn, CREATE, subject, "key-1")
        sent = len(fake.ledger)
        replies = gateway.send_batch(conn, operation, [maria, joao], ["key-2", "key-3"])
        assert [reply.outcome for reply in replies] == [Outcome.OK, Outcome.OK]
        assert len(fake.ledger) == sent + 1
        assert fake.ledger[-1].json == {"contentSupplierProduct": 25, "documents": [MARIA, JOAO]}

    def test_c8_one_bad_document_does_not_block_the_others(self, fake, gateway, conn, created_hub):
        maria = created_hub.subject
        unknown = replace(maria, customer=replace(maria.customer, document=JOAO))
        good, bad = gateway.send_batch(conn, SUSPEND, [maria, unknown], ["key-2", "key-3"])
        assert (good.outcome, type(bad)) == (Outcome.OK, Rejected)
        assert self.state(fake, created_hub) == "suspended"

    def test_activation_mail_is_sent_again(self, fake, created_hub):
        created_hub.send(Operation.RESEND_ACTIVATION)
        assert fake.mails == [(MARIA, 25), (MARIA, 25)]

    def test_e8_change_in_their_panel_is_a_hint_about_a_document(self, gateway):
        told = {"subscriber": {"document": MARIA, "name": "Maria"}, "action": "update"}
        hint = gateway.read_event(CallbackRequest("POST", {}, {}, {}, told))
        assert hint.document == MARIA
        assert gateway.read_event(CallbackRequest("POST", {}, {}, {}, {"customer": {}})) is None

    def test_a11_each_environment_has_its_own_address_and_token(self, gateway, conn):
        params = {
            "environment": "homologation",
            "access_token_homologation": Secret("h0mologation"),
            "access_token": "",
        }
        shown = gateway.preview(replace(conn, params=params), CANCEL, self.subject(), "key-1")
        assert shown.url == "https://api.homologacao.celetihub.com.br/api/provision/cancel"
