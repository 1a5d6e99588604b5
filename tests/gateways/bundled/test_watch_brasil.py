"""Watch Brasil: errors with status 200, a code that is delivered, tickets that are kept."""

import threading
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from flask import Flask, request

from tests.gateways.bundled.fake import Fake
from tests.gateways.bundled.fake_watch_brasil import CLIENT_ID, CLIENT_SECRET, FakeWatchBrasil
from tests.gateways.bundled.hub import Hub
from tests.gateways.bundled.suite import CANCEL, CREATE, SUSPEND, ContractSuite
from webapp.gateways.contract import Operation, Outcome, ProductFacts, Secret
from webapp.gateways.errors import AuthFailed, ContractBroken, IdentityClash, Rejected


class Doorstep(Fake):
    """Where our redirect address leads, and the box that the code is taken from."""

    def routes(self, app: Flask) -> None:
        self.arrived = threading.Condition()
        self.codes: dict[str, str] = {}
        app.add_url_rule("/callback/t/code", "code", self._receive)

    def _receive(self) -> Any:
        with self.arrived:
            if request.args["uid"] in self.codes:
                self.codes[request.args["uid"]] = request.args["code"]
                self.arrived.notify_all()
        return "", 204

    def expect(self, state: str) -> None:
        self.codes[state] = ""

    def wait(self, state: str, timeout_s: float) -> Secret | None:
        with self.arrived:
            self.arrived.wait_for(lambda: bool(self.codes[state]), timeout_s)
            return Secret(self.codes.pop(state)) or None


class TestWatchBrasil(ContractSuite):
    key: ClassVar[str] = "watch_brasil"
    fake_class = FakeWatchBrasil
    renews = True
    # A code, and the token for it.
    token_calls = 2
    # Its answers hold a ticket or nothing; only the look-up names the subscriber.
    identity_in = ()
    # Refusals come with status 200 there; a 404 is none of its words, so it proves nothing.
    statuses: ClassVar[dict[Any, Any]] = {(SUSPEND, 404): Rejected, (CANCEL, 404): Rejected}

    def params(self, fake: Fake) -> dict[str, Any]:
        return {"base_url": fake.url, "client_id": CLIENT_ID, "client_secret": Secret(CLIENT_SECRET)}

    def test_create_sends_what_the_clients_send(self, fake, hub):
        hub.send(CREATE)
        call = fake.calls(fake.is_change)[0]
        assert (call.method, call.path) == ("POST", "/watch/v2/assinantes/insert")
        assert call.form == {
            "pPacote": "FULL", "pEmail": "maria@example.com", "pPhone": "5511987654321",
            "pName": "Maria Conceição 🎬", "pAssinanteIDIntegracao": "sintonia-5",
        }  # fmt: skip

    def test_b1_ticket_is_kept_and_used_by_every_later_call(self, fake, created_hub):
        ticket = next(iter(fake.subscribers))
        assert created_hub.remote_ids == {"ticket": ticket}
        created_hub.send(SUSPEND)
        assert fake.ledger[-1].form == {"pTicket": ticket, "pStatus": "false"}

    @pytest.mark.parametrize("refusal", ["envelope", "error"])
    def test_a6_token_that_ran_out_shows_as_200_and_is_renewed_once(self, fake, created_hub, refusal):
        fake.refusal = refusal
        fake.expire_tokens()
        assert created_hub.send(SUSPEND).outcome is Outcome.OK
        assert self.state(fake, created_hub) == "suspended"
        assert [call.path for call in fake.calls(fake.is_token_call)].count("/oauth/token") == 2

    def test_d1_refusal_in_a_200_is_shown_and_blocks_the_account(self, fake, hub):
        fake.misbehave(200, on=fake.is_change, body={
            "HasError": True, "IsValidationError": True, "ErrorMessage": "Telefone inválido", "Result": None,
        })  # fmt: skip
        with pytest.raises(Rejected) as caught:
            hub.send(CREATE)
        assert caught.value.params["message"] == "Telefone inválido"

    def test_success_without_a_ticket_breaks_the_contract(self, fake, hub):
        fake.misbehave(200, on=fake.is_change, body={"HasError": False, "IsValidationError": False, "Result": {}})
        with pytest.raises(ContractBroken):
            hub.send(CREATE)

    def test_b8_package_of_a_type_that_is_held_already_is_refused(self, fake, gateway, conn, created_hub):
        subject = created_hub.subject
        kids = replace(subject.sale, product=ProductFacts("KIDS", "Kids", kind="basic"))
        other = Hub(gateway, conn, replace(self.subject(), sale=kids))
        assert other.ending(CREATE) is Rejected
        assert len(fake.subscribers) == 1
        assert (gateway.traits.constraints.distinct_kinds, gateway.traits.constraints.basic_kind) == (True, "basic")

    def test_ticket_that_somebody_else_made_is_never_taken(self, fake, gateway, conn, created_hub):
        stranger = Hub(gateway, conn, self.subject(reference="sintonia-6"))
        assert stranger.ending(CREATE) is IdentityClash
        assert (stranger.remote_ids, len(fake.subscribers)) == ({}, 1)

    def test_products_carry_their_type(self, gateway, conn):
        assert [(p.code, p.kind) for p in gateway.list_products(conn)] == [
            ("FULL", "basic"), ("KIDS", "basic"), ("HBO", "hbomax"),
        ]  # fmt: skip

    def test_c5_activation_mail_is_sent_again(self, fake, created_hub):
        created_hub.send(Operation.RESEND_ACTIVATION)
        assert next(iter(fake.subscribers.values()))["mails"] == 2

    @pytest.mark.parametrize(
        ("phone", "sent"),
        [
            ("+55 11 98765-4321", "5511987654321"),
            ("(11) 98765-4321", "5511987654321"),
            # 55 is the area of Santa Maria, too.
            ("55 98765-4321", "5555987654321"),
            # A number without its ninth digit is never made another one: the platform refuses it.
            ("11 3333-4444", "551133334444"),
        ],
    )
    def test_phone_is_sent_with_the_country(self, fake, gateway, conn, created_hub, phone, sent):
        subject = created_hub.subject
        subject = replace(subject, customer=replace(subject.customer, phone=phone))
        if len(sent) == 13:
            gateway.send(conn, Operation.UPDATE, subject, "key-2")
        else:
            with pytest.raises(Rejected):
                gateway.send(conn, Operation.UPDATE, subject, "key-2")
        assert fake.ledger[-1].form["pPhone"] == sent

    def test_a1_code_that_is_delivered_to_our_address_brings_the_token(self, fake, gateway, conn):
        fake.delivery = "redirect"
        with Doorstep() as door:
            hub = Hub(gateway, replace(conn, redirect_url=f"{door.url}/callback/t/code", codes=door), self.subject())
            assert hub.ending(CREATE) is Outcome.OK
        assert (self.live(fake, hub), len(door.ledger)) == (1, 1)
        asked = fake.ledger[0].form
        assert (asked["redirect_url"], asked["uid"]) == (f"{door.url}/callback/t/code", door.ledger[0].query["uid"])

    def test_code_that_nobody_delivers_is_an_auth_failure(self, fake, hub):
        fake.delivery = "redirect"
        assert hub.ending(CREATE) is AuthFailed
        assert self.live(fake, hub) == 0
