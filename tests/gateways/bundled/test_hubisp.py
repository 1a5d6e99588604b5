"""HubISP over real HTTP: two GETs with an effect, a body that says whether they had it, and nothing to ask."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest

from tests import factories
from tests.gateways.bundled.fake import Fake
from tests.gateways.bundled.fake_hubisp import TOKEN, FakeHubIsp
from tests.gateways.bundled.suite import CANCEL, CREATE, ENABLE, SUSPEND, ContractSuite
from tests.gateways.people import make_sale_subject
from tests.journeys.crowd import drain
from webapp import clock
from webapp.extensions import db
from webapp.gateways.contract import Guarantee, Operation, Outcome, ProductFacts, Secret, Subject
from webapp.gateways.errors import OutcomeUnknown, Rejected, Unavailable, Unsupported
from webapp.gateways.registry import get_gateway
from webapp.models import Account

CPF = "52998224725"
DEEZER = ProductFacts("DEEZER", "Deezer Premium")


class TestHubIsp(ContractSuite):
    key: ClassVar[str] = "hubisp"
    fake_class = FakeHubIsp
    # There is no suspend: to suspend is to deactivate, and enabling activates anew.
    suspended = "absent"
    # Answers are a yes or a no and name nobody.
    identity_in = ()
    names_states = False
    # No status is documented, so a 404 may be a wrong address as well: nothing is taken for gone.
    statuses: ClassVar[dict[tuple[Operation, int], Any]] = {(SUSPEND, 404): Rejected, (CANCEL, 404): Rejected}

    def params(self, fake: Fake) -> dict[str, str]:
        return {"api_url": fake.url, "token": Secret(TOKEN)}

    def subject(self, **account: Any) -> Subject:
        return deezer(**account)


def deezer(**account: Any) -> Subject:
    """Maria with Deezer; the CPF is her log-in there."""
    subject = make_sale_subject(**{"login": CPF, "remote_ids": {}, **account})
    sale = subject.sale
    assert sale is not None
    return Subject(subject.account, subject.customer, subject.service, type(sale)(991, 240, "APP", "App", DEEZER))


@pytest.fixture
def fake():
    with FakeHubIsp() as fake:
        yield fake


@pytest.fixture
def conn(connect, fake):
    return connect({"api_url": fake.url, "token": Secret(TOKEN)}, total_timeout_s=1)


@pytest.fixture
def gateway():
    return get_gateway("hubisp")


def test_activation_sends_product_cpf_and_phone(gateway, conn, fake):
    gateway.send(conn, CREATE, deezer(), "key-1")
    assert fake.sent == [("activate", "DEEZER", CPF, "5511987654321")]


def test_deactivation_sends_the_cpf_that_was_sent_first(gateway, conn, fake):
    gateway.send(conn, CREATE, deezer(), "key-1")
    gateway.send(conn, CANCEL, deezer(), "key-2")
    assert fake.sent[-1] == ("deactivate", "DEEZER", CPF, "")


@pytest.mark.parametrize("operation", [CREATE, SUSPEND, ENABLE, CANCEL])
def test_c9_get_with_an_effect_is_sent_once_whatever_becomes_of_it(gateway, conn, fake, operation):
    """Neither the client nor the library under it may repeat it by itself."""
    for kind in ("reset", "hang_after", 500):
        fake.misbehave(kind)
        with pytest.raises((OutcomeUnknown, Unavailable)):
            gateway.send(conn, operation, deezer(), "key-1")
    assert len(fake.ledger) == 3


def test_no_in_a_200_is_a_refusal_with_the_platforms_reason(gateway, conn, fake):
    fake.picky = True
    gateway.send(conn, CREATE, deezer(), "key-1")
    with pytest.raises(Rejected) as caught:
        gateway.send(conn, CREATE, deezer(), "key-2")
    assert caught.value.params == {"status": 200, "message": "already activated"}


def test_what_it_cannot_do_is_declared_and_never_a_silent_nothing(gateway, conn):
    traits = gateway.traits
    assert (traits.guarantee, traits.repeatable_create, traits.honours_key) == (Guarantee.AT_MOST_ONE, False, False)
    assert traits.lossy == {SUSPEND, ENABLE}
    assert not any(traits.can(op) for op in (Operation.FIND, Operation.LIST, Operation.LIST_PRODUCTS))
    with pytest.raises(Unsupported):
        gateway.find(conn, deezer())


def test_suspending_is_the_deactivation_and_enabling_the_activation(gateway, conn, fake):
    for operation in (CREATE, SUSPEND, ENABLE):
        assert gateway.send(conn, operation, deezer(), operation.value).outcome is Outcome.OK
    assert [call[0] for call in fake.sent] == ["activate", "deactivate", "activate"]


@pytest.mark.parametrize("kind", ["reset", 500])
def test_doubtful_activation_waits_for_a_person_and_is_never_sent_again(app, fake, kind):
    params = {"api_url": fake.url, "token": TOKEN}
    integration = factories.make_integration(gateway="hubisp", params=params)
    factories.make_product(integration, code="DEEZER")
    package = factories.make_package(integration_id=integration.id, product_codes=["DEEZER"])
    fake.misbehave(kind)
    factories.make_sale(factories.make_service(factories.make_customer(document=CPF)), package)
    drain()
    clock.move(timedelta(days=3))
    drain()
    db.session.expire_all()
    account = db.session.query(Account).one()
    assert (account.status, account.login, len(fake.ledger)) == ("parked", CPF, 1)
