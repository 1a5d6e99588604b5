"""Toolbox CloudPass over real HTTP: it asks us at log-in, and is only told to forget what we answered.

Nothing is created there and nothing can be read, so of the contract suite what is about looking up, listing,
ids and other subscribers' answers has no call that it could be about; the rest is here.
"""

from datetime import timedelta

import pytest

from tests import factories
from tests.gateways.bundled.fake_toolbox import DEPTHS, KEY, FakeToolbox
from tests.gateways.people import PASSWORD, make_subject
from tests.journeys.crowd import drain
from webapp import clock
from webapp.extensions import db
from webapp.gateways.contract import Guarantee, Operation, Outcome, Secret
from webapp.gateways.errors import AuthFailed, ContractBroken, OutcomeUnknown, Rejected, Throttled, Unavailable
from webapp.gateways.registry import get_gateway
from webapp.models import Account
from webapp.services import integrations, subscriptions

CHANGES = [Operation.UPDATE, Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL]
LOGIN = "maria.login"


@pytest.fixture
def fake():
    with FakeToolbox() as fake:
        fake.subscribers[LOGIN] = "active"
        yield fake


@pytest.fixture
def params(fake):
    return {"api_url": fake.url, "operator_key": Secret(KEY), "country": "br", "subscriber_id": "login"}


@pytest.fixture
def conn(connect, params):
    return connect(params, total_timeout_s=1)


@pytest.fixture
def gateway():
    return get_gateway("toolbox")


def send(gateway, conn, operation, **account):
    subject = make_subject(**{"login": LOGIN, "remote_ids": {}, **account})
    return gateway.send(conn, operation, subject, "key-1")


def test_create_sends_nothing_and_may_be_repeated(gateway, conn, fake):
    replies = [send(gateway, conn, Operation.CREATE) for _again in range(2)]
    assert [(reply.outcome, reply.exchange) for reply in replies] == [(Outcome.OK, None)] * 2
    assert fake.ledger == []


@pytest.mark.parametrize("operation", CHANGES)
def test_c17_every_change_clears_the_cache_and_clearing_an_empty_one_is_a_success(gateway, conn, fake, operation):
    assert send(gateway, conn, operation).outcome is Outcome.OK
    assert send(gateway, conn, operation).outcome is Outcome.OK
    assert fake.cleared == [("br", LOGIN)] * 2
    assert [(call.method, call.query, call.form, call.json) for call in fake.ledger] == [("DELETE", {}, {}, None)] * 2


def test_a8_key_stands_in_the_header_without_a_word_before_it(gateway, conn, fake):
    send(gateway, conn, Operation.SUSPEND)
    assert fake.ledger[0].headers["authorization"] == KEY


@pytest.mark.parametrize(("chosen", "sent"), [("login", "a%2Fb"), ("codigo_servico", "S1"), ("codigo_cliente", "2023")])
def test_subscriber_is_known_by_the_id_that_was_agreed_on(gateway, connect, params, chosen, sent):
    conn = connect({**params, "subscriber_id": chosen})
    shown = gateway.preview(conn, Operation.SUSPEND, make_subject(login="a/b"), "key-1")
    assert shown.url.endswith(f"/v1/cache/clear/br/{sent}")


@pytest.mark.parametrize("shape", ["cloudpass", "fp"])
def test_success_is_told_in_the_words_of_either_product(gateway, conn, fake, shape):
    fake.shape = shape
    assert send(gateway, conn, Operation.SUSPEND).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("depth", "message"), [("cloudpass", "CP-17 subscriber unknown"), ("fp", "FP-3"), ("deep", "DEEP-9")]
)
def test_d2_failure_is_read_at_each_depth_and_tried_again(gateway, conn, fake, depth, message):
    fake.refuses = depth
    with pytest.raises(Unavailable) as caught:
        send(gateway, conn, Operation.SUSPEND)
    assert caught.value.params["message"] == message
    assert (list(DEPTHS[depth])[0], fake.cleared) == ("fp" if depth == "fp" else "cloudpass", [])


@pytest.mark.parametrize("body", [{"cloudpass": {"status": True}}, {"fp": {"status": True, "data": "NO"}}, {}, []])
def test_answer_that_says_neither_yes_nor_no_breaks_the_contract(gateway, conn, fake, body):
    fake.misbehave(200, body=body)
    with pytest.raises(ContractBroken):
        send(gateway, conn, Operation.SUSPEND)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (401, AuthFailed), (404, Rejected), (409, Rejected), (422, Rejected), (429, Throttled), (500, Unavailable),
        ("hang_before", OutcomeUnknown), ("hang_after", OutcomeUnknown), ("reset", OutcomeUnknown),
        ("html", ContractBroken), ("truncated", ContractBroken),
    ],
)  # fmt: skip
def test_bad_answer_is_no_success_and_a_repeat_clears(gateway, conn, fake, kind, error):
    fake.misbehave(kind)
    with pytest.raises(error):
        send(gateway, conn, Operation.SUSPEND)
    assert send(gateway, conn, Operation.SUSPEND).outcome is Outcome.OK
    assert LOGIN not in fake.subscribers


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "12"}, 12), ({}, None)])
def test_pause_is_passed_on(gateway, conn, fake, headers, seconds):
    fake.misbehave(429, headers=headers)
    with pytest.raises(Throttled) as caught:
        send(gateway, conn, Operation.SUSPEND)
    assert caught.value.retry_after_s == seconds


def test_key_is_shown_nowhere(gateway, conn, fake):
    subject = make_subject(login=LOGIN)
    shown = [repr(gateway.check(conn)), repr(gateway.preview(conn, Operation.SUSPEND, subject, "key-1"))]
    shown.append(repr(send(gateway, conn, Operation.SUSPEND).exchange))
    for status in (200, 401, 422, 500):
        fake.misbehave(status, body={"message": f"you sent {KEY} and {PASSWORD}"})
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is not what this is about
            send(gateway, conn, Operation.SUSPEND)
        shown += [repr(caught.value), repr(caught.value.params), repr(caught.value.exchange)]
    assert not any(KEY in text or PASSWORD in text for text in shown)


def test_it_promises_only_what_it_can_keep(gateway):
    traits = gateway.traits
    assert (traits.guarantee, traits.local, traits.lossy) == (
        Guarantee.AT_LEAST_ONCE, {Operation.CREATE}, frozenset()
    )  # fmt: skip
    assert not any(traits.can(op) for op in (Operation.FIND, Operation.LIST, Operation.LIST_PRODUCTS))


class Provider:
    """A provider with one viewer who has paid, the address at which Toolbox asks, and her viewing."""

    def __init__(self, fake, browser):
        self.fake, self.browser = fake, browser
        fake.subscribers.clear()
        given = {"api_url": fake.url, "operator_key": KEY}
        self.integration = factories.make_integration(gateway="toolbox", params=given)
        self.service = factories.make_service(login=LOGIN, password="1234-abc")
        self.sale = factories.make_sale(self.service, factories.make_package(self.integration))
        self.callback = "/" + integrations.callback_url(self.integration).split("/", 1)[1]
        drain()

    def watches(self, password="1234-abc"):
        return self.fake.log_in(self.browser, self.callback, LOGIN, password)

    def becomes(self, status):
        subscriptions.set_status(self.service.code, status)
        drain()


@pytest.fixture
def provider(app, fake, anonymous):
    return Provider(fake, anonymous)


def test_viewer_whose_answer_is_kept_loses_and_gets_back_access_at_once(provider, fake):
    assert provider.watches()
    provider.becomes("suspenso_debito")
    assert not provider.watches()
    provider.becomes("servico_habilitado")
    assert provider.watches()
    provider.becomes("cancelado")
    assert not provider.watches()
    assert fake.cleared == [("br", LOGIN)] * 3


def test_kept_answer_is_used_without_asking_again(provider, fake):
    assert [provider.watches() for _again in range(3)] == [True] * 3
    assert (fake.asked, fake.cleared) == (1, [])


def test_f5_further_product_makes_toolbox_ask_again(provider, fake):
    assert provider.watches()
    factories.make_sale(provider.service, factories.make_package(provider.integration))
    drain()
    assert (provider.watches(), fake.asked, fake.cleared) == (True, 2, [("br", LOGIN)])


def test_clearing_that_fails_is_repeated_until_it_is_done(provider, fake):
    assert provider.watches()
    fake.refuses = "deep"
    provider.becomes("suspenso_debito")
    assert provider.watches(), "Toolbox still has the former answer"
    fake.refuses = ""
    clock.move(timedelta(hours=1))
    drain()
    assert not provider.watches()
    assert db.session.query(Account).one().status == "suspended"


def test_wrong_password_is_refused(provider):
    assert not provider.watches("wrong")
