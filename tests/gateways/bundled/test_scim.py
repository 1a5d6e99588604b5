"""SCIM 2.0: the recipe against a fake that misbehaves, and against a server that is not ours."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tests.gateways.bundled.fake import Fake
from tests.gateways.bundled.fake_scim import TOKEN, FakeScim
from tests.gateways.bundled.hub import Hub
from tests.gateways.bundled.suite import CANCEL, CREATE, ENABLE, SUSPEND, ContractSuite
from tests.gateways.conftest import Connect
from tests.gateways.people import FULL, PASSWORD, make_subject
from webapp.gateways.contract import Connection, Operation, Outcome, ProductFacts, RemoteState, Secret, Trust
from webapp.gateways.errors import IdentityClash, Rejected
from webapp.gateways.registry import get_gateway

if TYPE_CHECKING:
    from tests.gateways.bundled.scim_server import ScimServer

SCIM = get_gateway("scim")
SPORT = ProductFacts("SPORT", "Esportes")


class TestScim(ContractSuite):
    key: ClassVar[str] = "scim"
    fake_class = FakeScim
    identity_in = (CREATE, SUSPEND, ENABLE)
    # DELETE is answered with 204 and no body (RFC 7644, 3.6), so there is nothing to read.
    reads_body = (CREATE, SUSPEND, ENABLE)
    # A taken name is looked up, and here the look-up finds nobody: somebody else's, not to be repeated.
    statuses = {(CREATE, 409): IdentityClash}

    def params(self, fake: Fake) -> dict[str, Any]:
        return {"base_url": fake.url, "token": Secret(TOKEN)}

    def test_recipe_names_the_standard(self, gateway):
        assert gateway.traits.trust is Trust.PUBLISHED
        assert any("RFC 7644" in source for source in gateway.traits.sheet.sources)

    def test_refusal_shows_the_detail_that_the_server_gives(self, fake, hub):
        fake.misbehave(400, body={"status": "400", "scimType": "invalidValue", "detail": "password is too weak"})
        with pytest.raises(Rejected) as caught:
            hub.send(CREATE)
        assert caught.value.params["message"] == "password is too weak"

    def test_patch_without_a_body_is_a_success_of_unknown_state(self, fake, created_hub):
        fake.answers_patch = False
        assert created_hub.send(SUSPEND).outcome is Outcome.OK
        assert self.state(fake, created_hub) == "suspended"

    def test_listing_of_nobody_is_complete_even_without_the_word_resources(self, fake, gateway, conn, hub):
        fake.bare = True
        listing = gateway.list(conn)
        assert (list(listing), listing.complete, hub.find().found) == ([], True, None)

    def test_pages_that_the_server_caps_are_all_read(self, fake, gateway, conn):
        for number in range(7):
            fake.subscribers[f"id-{number}"] = {
                "id": f"id-{number}", "userName": f"{number}@example.com", "active": number % 2 == 0,
            }  # fmt: skip
        fake.most = 3
        listing = gateway.list(conn)
        seen = list(listing)
        assert ([one.remote_ids["id"] for one in seen], listing.complete) == ([f"id-{n}" for n in range(7)], True)
        assert [call.query["startIndex"] for call in fake.ledger] == ["1", "4", "7"]
        assert {one.state for one in seen} == {RemoteState.ACTIVE, RemoteState.SUSPENDED}
        assert {one.products for one in seen} == {None}

    def test_quote_in_a_log_in_cannot_change_the_question(self, fake, gateway, conn):
        fake.subscribers["1"] = {"id": "1", "userName": "joao@example.com", "active": True}
        nasty = Hub(gateway, conn, self.subject(login='"x\\" or userName pr or userName eq \\"'))
        assert nasty.find().found is None
        assert [call.path for call in fake.ledger] == ["/Users"]

    def test_check_asks_for_nobodys_data_and_proves_the_token(self, fake, gateway, conn, connect):
        assert all(step.ok for step in gateway.check(conn))
        assert fake.ledger[-1].query == {"count": "0"}
        wrong = gateway.check(connect({"base_url": fake.url, "token": Secret("wrong-token")}))
        assert (wrong[-1].ok, wrong[-1].code) == (False, "credentials_refused")


@pytest.fixture(scope="module")
def server() -> Iterator["ScimServer"]:
    # Its library takes seconds to import: not for every process that only reads which tests there are.
    with import_module("tests.gateways.bundled.scim_server").ScimServer() as running:
        yield running


@pytest.fixture
def conn(connect: Connect, server: "ScimServer") -> Connection:
    return connect({"base_url": server.url, "token": Secret(TOKEN)})


@pytest.fixture
def maria(conn: Connection, server: "ScimServer") -> Iterator[Hub]:
    """Maria, whom the server does not know; nobody is left there afterwards."""
    yield Hub(SCIM, conn, make_subject(remote_ids={}))
    server.clear()


def test_third_party_server_keeps_what_create_sends(maria, server):
    reply = maria.send(CREATE)
    (user,) = server.users
    assert (reply.outcome, reply.state, reply.remote_ids) == (Outcome.OK, RemoteState.ACTIVE, {"id": user["id"]})
    assert (user["userName"], user["externalId"], user["active"]) == ("maria@example.com", "sintonia-5", True)
    assert user["entitlements"] == [{"value": "FULL"}]
    assert user["name"]["formatted"] == "Maria Conceição 🎬"


def test_third_party_second_create_adopts_the_user(maria, conn, server):
    maria.send(CREATE)
    again = Hub(SCIM, conn, make_subject(remote_ids={}))
    assert again.send(CREATE, "key-2").outcome is Outcome.ALREADY
    assert (again.remote_ids, len(server.users)) == (maria.remote_ids, 1)


def test_third_party_user_of_somebody_else_is_a_clash(maria, conn):
    Hub(SCIM, conn, make_subject(remote_ids={}, reference="sintonia-6")).send(CREATE)
    with pytest.raises(IdentityClash):
        maria.send(CREATE)


def test_third_party_suspend_enable_and_cancel_have_their_effect(maria, server):
    maria.send(CREATE)
    assert (maria.send(SUSPEND).outcome, server.users[0]["active"]) == (Outcome.OK, False)
    assert maria.find().found.state is RemoteState.SUSPENDED
    assert (maria.send(ENABLE).outcome, server.users[0]["active"]) == (Outcome.OK, True)
    assert (maria.send(CANCEL).outcome, server.users) == (Outcome.OK, [])
    assert maria.send(CANCEL).outcome is Outcome.GONE
    assert maria.send(SUSPEND).outcome is Outcome.GONE


def test_third_party_update_changes_products_and_name(maria, conn, server):
    maria.send(CREATE)
    both = make_subject(remote_ids=maria.remote_ids, products=(FULL, SPORT), password=Secret("outra-senha"))
    both = replace(both, customer=replace(both.customer, name="Maria C. Silva"))
    assert SCIM.send(conn, Operation.UPDATE, both, "key-2").outcome is Outcome.OK
    assert (maria.find().found.products, server.users[0]["displayName"]) == (("FULL", "SPORT"), "Maria C. Silva")


def test_third_party_look_up_finds_one_or_clearly_nobody(maria):
    assert maria.find().found is None
    maria.send(CREATE)
    found = maria.find().found
    assert (found.login, found.reference, found.products) == ("maria@example.com", "sintonia-5", ("FULL",))
    assert found.remote_ids == maria.remote_ids


def test_third_party_listing_is_complete_over_several_pages(conn, maria, server):
    server.fill(205)
    listing = SCIM.list(conn)
    logins = {seen.login for seen in listing}
    assert (len(logins), listing.complete, listing.pages, listing.stated_total) == (205, True, 3, 205)


def test_third_party_check_proves_the_token(conn, connect, server):
    assert all(step.ok for step in SCIM.check(conn))
    wrong = SCIM.check(connect({"base_url": server.url, "token": Secret("wrong-token")}))
    assert (wrong[-1].ok, wrong[-1].code) == (False, "credentials_refused")


def test_third_party_server_never_tells_the_password_and_neither_do_we(maria, conn):
    shown = repr(maria.send(CREATE)) + repr(SCIM.preview(conn, CREATE, maria.subject, "key-1"))
    shown += repr(maria.find()) + "".join(map(repr, SCIM.check(conn)))
    assert PASSWORD not in shown
    assert TOKEN not in shown
