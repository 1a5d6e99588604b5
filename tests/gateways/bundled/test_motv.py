"""moTV (YouCast, yplay, TIP) over real HTTP: signed calls, numbers instead of statuses, a person and subscriptions."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from tests.gateways.bundled.fake import Call, Fake
from tests.gateways.bundled.fake_motv import CANCELLED, LOGIN, SECRET, SUSPENDED, FakeMotv
from tests.gateways.bundled.hub import Hub
from tests.gateways.bundled.suite import CANCEL, CREATE, ENABLE, SUSPEND, ContractSuite
from tests.gateways.people import NOW, PASSWORD, make_sale_subject
from webapp.gateways.contract import (
    Connection,
    Gateway,
    Operation,
    Outcome,
    ProductFacts,
    RemoteState,
    Reply,
    Secret,
    Subject,
)
from webapp.gateways.errors import AuthFailed, Capacity, ContractBroken, GatewayError, Rejected, Unavailable
from webapp.gateways.registry import get_gateway

FULL, LIGHT, SUSPENSION = "153", "151", "900"
MARIA = "maria@example.com"
STATES = {
    1: RemoteState.ACTIVE, 2: RemoteState.UNKNOWN, 3: RemoteState.UNKNOWN, 4: RemoteState.SUSPENDED,
    77: RemoteState.UNKNOWN,
}  # fmt: skip


def subject_of(product: str = FULL, **account: Any) -> Subject:
    """Maria with one product; products are numbers there."""
    subject = make_sale_subject(**{"remote_ids": {}, **account})
    assert subject.sale is not None
    return replace(subject, sale=replace(subject.sale, product=ProductFacts(product, "Play"), params={}))


def params_of(fake: Fake, **others: str) -> dict[str, str]:
    return {"base_url": fake.url, "login": LOGIN, "secret": Secret(SECRET), **others}


class Knowing(Hub):
    """Looks up the number of the subscription at once, so that a bad answer can be seen to teach nothing."""

    def send(self, operation: Operation, key: str = "key-1") -> Reply:
        reply = super().send(operation, key)
        if operation is CREATE:
            found = self.find().found
            assert found is not None
            self.remote_ids |= found.remote_ids
        return reply


class TestMotv(ContractSuite):
    key: ClassVar[str] = "motv"
    fake_class = FakeMotv
    # The person, then the subscription.
    creates = 2
    # A create is answered with a number, and changes with nothing: whose they are only the list of subscriptions says.
    identity_in = ()
    # Everything that it refuses is a 200 with a number, so another status is no answer of its own and proves nothing.
    statuses: ClassVar[dict[tuple[Operation, int], Any]] = {(SUSPEND, 404): Rejected, (CANCEL, 404): Rejected}

    def params(self, fake: Fake) -> dict[str, str]:
        return params_of(fake)

    def subject(self, **account: Any) -> Subject:
        return subject_of(**account)

    @pytest.fixture
    def hub(self, gateway: Gateway, conn: Connection) -> Hub:
        return Knowing(gateway, conn, self.subject())


@pytest.fixture
def fake():
    with FakeMotv() as fake:
        yield fake


@pytest.fixture
def gateway():
    return get_gateway("motv")


@pytest.fixture
def conn(connect, fake):
    return connect(params_of(fake), total_timeout_s=1)


@pytest.fixture
def hub(gateway, conn):
    return Hub(gateway, conn, subject_of())


@pytest.fixture
def swapping(gateway, connect, fake):
    """A provider who models a suspension as a product of its own."""
    return Hub(gateway, connect(params_of(fake, suspension_product=SUSPENSION)), subject_of())


def methods(fake: FakeMotv, since: int = 0) -> list[str]:
    """Return what was called that changes something, in its order."""
    return [call.path.rsplit("/", 1)[1] for call in fake.ledger[since:] if fake.is_change(call)]


def to(method: str):
    """Return a predicate: calls of that method."""
    return lambda call: call.path.endswith("/" + method)


def test_a5_each_call_is_signed_with_the_time_and_the_secret(hub, fake):
    hub.send(CREATE)
    stamp = int(NOW.timestamp())
    login, sent, digest = fake.ledger[-1].headers["authorization"].split(":")
    assert (login, sent, len(digest)) == (LOGIN, str(stamp), 40)
    assert fake.live(MARIA, FULL) == 1


def test_header_goes_out_in_base64_where_the_brand_wants_it(gateway, connect, fake):
    fake.scheme = "basic"
    hub = Hub(gateway, connect(params_of(fake, header="basic")), subject_of())
    hub.send(CREATE)
    scheme, coded = fake.ledger[-1].headers["authorization"].split(" ")
    assert (scheme, base64.b64decode(coded).decode().split(":")[0]) == ("Basic", LOGIN)


def test_a5_signature_that_is_too_old_is_told_as_such(hub, fake):
    fake.now = lambda: NOW.timestamp() + 3600
    with pytest.raises(AuthFailed) as caught:
        hub.send(CREATE)
    assert (caught.value.code, caught.value.params["message"]) == ("signature_expired", "Token expired")


@pytest.mark.parametrize(
    ("ahead_s", "told"),
    [
        (0, [("clock", ""), ("answer", "")]),
        (450, [("clock", "clock_skew"), ("answer", "")]),
        (3600, [("clock", "clock_skew"), ("answer", "signature_expired")]),
    ],
)
def test_a5_check_reads_once_and_tells_a_wrong_clock_before_it_hurts(gateway, conn, fake, ahead_s, told):
    # Every answer is dated by the server that the fake stands on, so here both have the time of day.
    real = datetime.now(UTC)
    fake.now = real.timestamp
    steps = gateway.check(replace(conn, now=lambda: real + timedelta(seconds=ahead_s)))
    assert [(step.name, step.code) for step in steps[1:]] == told
    assert (len(fake.ledger), fake.calls(fake.is_change)) == (1, [])


def test_wrong_secret_stops_the_integration(gateway, connect, fake):
    conn = connect({**params_of(fake), "secret": Secret("another-secret-4711")})
    assert Hub(gateway, conn, subject_of()).ending(CREATE) is AuthFailed
    assert [step.ok for step in gateway.check(conn)][-1] is False


def test_signature_is_shown_nowhere(gateway, conn, hub, fake):
    shown = [repr(gateway.preview(conn, CREATE, hub.subject, "key-1")), repr(hub.send(CREATE).exchange)]
    fake.misbehave(200, body={"status": 500, "response": "who are you"})
    with pytest.raises(GatewayError) as caught:
        hub.send(Operation.UPDATE)
    shown.append(repr(caught.value.exchange))
    signatures = {call.headers["authorization"].split(":")[2] for call in fake.ledger}
    assert not any(secret in text for text in shown for secret in (*signatures, SECRET, PASSWORD))


def test_b2_person_and_subscription_have_ids_of_their_own(hub, fake):
    hub.send(CREATE)
    hub.send(SUSPEND)
    assert set(hub.remote_ids) == {"viewers_id", "viewers_bouquets_id"}
    assert hub.gateway.traits.unit_ids == {"viewers_bouquets_id"}
    assert hub.gateway.traits.kept_ids == {"viewers_id"}


def test_b1_second_product_is_subscribed_to_by_the_same_person(gateway, conn, hub, fake):
    hub.send(CREATE)
    since = len(fake.ledger)
    Hub(gateway, conn, subject_of(LIGHT, remote_ids={"viewers_id": hub.remote_ids["viewers_id"]})).send(CREATE)
    assert methods(fake, since) == ["subscribe"]
    assert (len(fake.viewers), fake.live(MARIA, FULL), fake.live(MARIA, LIGHT)) == (1, 1, 1)


def test_create_sends_the_person_and_then_the_product_in_an_envelope(hub, fake):
    hub.send(CREATE)
    person, product = fake.calls(fake.is_change)
    assert person.json["data"] == {
        "login": MARIA, "password": PASSWORD, "email": MARIA, "phone": "5511987654321", "firstname": "Maria",
        "lastname": "Conceição 🎬",
    }  # fmt: skip
    assert product.json == {"data": {"viewers_id": 5000, "products_id": 153}}


def test_subscription_that_was_there_before_is_adopted_in_its_state(hub, fake):
    fake.add_subscription(fake.add_viewer(MARIA), int(FULL), SUSPENDED)
    reply = hub.send(CREATE)
    assert (reply.outcome, reply.state) == (Outcome.ALREADY, RemoteState.SUSPENDED)
    assert (fake.live(MARIA, FULL), "subscribe" in methods(fake)) == (1, False)


def test_cancelled_subscription_is_followed_by_a_new_one(hub, fake):
    fake.add_subscription(fake.add_viewer(MARIA), int(FULL), CANCELLED)
    assert (hub.send(CREATE).outcome, fake.live(MARIA, FULL)) == (Outcome.OK, 1)


@pytest.mark.parametrize("resembling", ["anamaria@example.com", "maria@example.com.br"])
def test_who_only_resembles_the_log_in_is_never_adopted(hub, fake, resembling):
    fake.add_subscription(fake.add_viewer(resembling), int(FULL))
    assert hub.find().found is None
    assert hub.send(CREATE).outcome is Outcome.OK
    assert (fake.live(MARIA, FULL), fake.live(resembling, FULL), len(fake.viewers)) == (1, 1, 2)


@pytest.mark.parametrize("code", [104, 14000])
def test_person_who_was_there_before_is_adopted(hub, fake, code):
    fake.duplicate_code = code
    fake.add_viewer("anamaria@example.com")
    number = fake.add_viewer(MARIA)
    assert hub.send(CREATE).outcome is Outcome.OK
    assert (hub.remote_ids["viewers_id"], len(fake.viewers), fake.live(MARIA, FULL)) == (str(number), 2, 1)


@pytest.mark.parametrize("code", [104, 14000])
def test_log_in_that_the_search_does_not_show_is_somebody_elses(hub, fake, code):
    fake.misbehave(200, on=to("createMotvCustomer"), body={"status": code, "response": "Duplicate login"})
    with pytest.raises(Rejected) as caught:
        hub.send(CREATE)
    assert (caught.value.code, fake.subscriptions) == ("login_taken", {})


def test_person_who_was_deleted_there_is_made_anew(hub, fake):
    hub.send(CREATE)
    fake.viewers.clear()
    fake.subscriptions.clear()
    fake.add_viewer("other@example.com")
    assert (hub.send(CREATE).outcome, fake.live(MARIA, FULL)) == (Outcome.OK, 1)
    assert fake.viewers[int(hub.remote_ids["viewers_id"])]["login"] == MARIA


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        *[(code, AuthFailed) for code in (3, 20, 21, 22, 23, 24, 27)],
        *[(code, Unavailable) for code in (11, 14013)],
        *[(code, Capacity) for code in (62, 400)],
        *[(code, Rejected) for code in (6, 7, 10, 12, 260, 403, 404, 482, 483, 14008, 14010)],
        (999, Rejected),
    ],
)
def test_d1_c11_number_in_a_200_is_what_the_table_says(hub, fake, code, ending):
    fake.misbehave(200, on=to("subscribe"), body={"status": code, "response": "said by the platform"})
    with pytest.raises(ending) as caught:
        hub.send(CREATE)
    assert (caught.value.params["message"], fake.live(MARIA, FULL)) == ("said by the platform", 0)
    assert (hub.ending(CREATE), fake.live(MARIA, FULL)) == (Outcome.OK, 1)


def test_answer_without_a_number_breaks_the_contract(hub, fake):
    fake.misbehave(200, on=to("subscribe"), body={"response": 7})
    assert hub.ending(CREATE) is ContractBroken


def test_c6_credit_that_ran_out_leaves_no_second_person(hub, fake):
    fake.credit = 0
    assert [hub.ending(CREATE) for _again in range(2)] == [Capacity, Capacity]
    fake.credit = 1
    assert hub.ending(CREATE) is Outcome.OK
    assert (len(fake.viewers), fake.live(MARIA, FULL)) == (1, 1)


@pytest.mark.parametrize(("word", "state"), STATES.items())
def test_state_of_a_subscription_is_read(hub, fake, word, state):
    fake.add_subscription(fake.add_viewer(MARIA), int(FULL), word)
    assert hub.find().found.state is state


@pytest.mark.parametrize("word", [5, 6])
def test_ended_subscription_is_none(hub, fake, word):
    fake.add_subscription(fake.add_viewer(MARIA), int(FULL), word)
    assert hub.find().found is None


@pytest.mark.parametrize(
    ("operation", "method", "code"), [(SUSPEND, "suspendSubscription", 502), (CANCEL, "cancel", 503)]
)
def test_c10_cannot_is_asked_before_it_is_believed(hub, fake, operation, method, code):
    hub.send(CREATE)
    fake.misbehave(200, on=to(method), times=-1, body={"status": code, "response": "Cannot do that"})
    with pytest.raises(Rejected) as caught:
        hub.send(operation)
    assert caught.value.code == "change_refused"
    fake.behave()
    assert (hub.send(operation).outcome, hub.ending(operation)) == (Outcome.OK, Outcome.OK)


def test_c2_suspension_is_a_swap_where_the_provider_named_a_product(swapping, fake):
    swapping.send(CREATE)
    for _again in range(2):
        swapping.send(SUSPEND)
        assert (fake.live(MARIA, FULL), fake.live(MARIA, SUSPENSION)) == (0, 1)
    for _again in range(2):
        swapping.send(ENABLE)
        assert (fake.live(MARIA, FULL), fake.live(MARIA, SUSPENSION)) == (1, 0)
    assert "suspendSubscription" not in methods(fake)


def test_cancel_of_the_last_right_ends_the_suspension_product_too(swapping, fake):
    swapping.send(CREATE)
    swapping.send(SUSPEND)
    swapping.send(CANCEL)
    assert (fake.live(MARIA, FULL), fake.live(MARIA, SUSPENSION), len(fake.viewers)) == (0, 0, 1)


def test_e6_products_are_those_of_the_customer(gateway, conn, fake):
    fake.allowed = {151, 153}
    subject = subject_of(remote_ids={"viewers_id": str(fake.add_viewer(MARIA))})
    found = [(product.code, product.name) for product in gateway.list_products(conn, subject)]
    assert found == [("151", "Play Light"), ("153", "Play Full")]


def test_update_sends_the_password_to_the_person(hub, fake):
    hub.send(CREATE)
    assert hub.send(Operation.UPDATE).outcome is Outcome.OK
    sent: Call = fake.ledger[-1]
    assert (sent.json["data"]["viewers_id"], sent.json["data"]["password"]) == (5000, PASSWORD)


@pytest.mark.parametrize("strategy", ["", SUSPENSION])
@pytest.mark.parametrize("operation", [SUSPEND, ENABLE, Operation.UPDATE, CANCEL])
def test_c10_who_was_deleted_there_is_gone_and_ended(gateway, connect, fake, operation, strategy):
    hub = Hub(gateway, connect(params_of(fake, suspension_product=strategy)), subject_of())
    hub.send(CREATE)
    hub.remote_ids |= hub.find().found.remote_ids
    fake.viewers.clear()
    fake.subscriptions.clear()
    assert hub.send(operation).outcome in ((Outcome.GONE, Outcome.OK) if operation is CANCEL else (Outcome.GONE,))
    assert fake.subscriptions == {}


@pytest.mark.parametrize("answer", [None, {}, "none"])
def test_list_of_subscriptions_that_is_no_list_proves_nothing(hub, fake, answer):
    hub.send(CREATE)
    fake.misbehave(200, on=to("getCustomerSubscriptionInfo"), times=2, body={"status": 1, "response": answer})
    for attempt in (hub.find, lambda: hub.send(CREATE)):
        with pytest.raises(ContractBroken):
            attempt()
    assert fake.live(MARIA, FULL) == 1


@pytest.mark.parametrize("answer", [None, 7, "none"])
def test_search_whose_answer_is_no_list_proves_nothing(hub, fake, answer):
    fake.misbehave(200, on=to("findCustomerForSales"), body={"status": 1, "response": answer})
    with pytest.raises(ContractBroken):
        hub.find()
