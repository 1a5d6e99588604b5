"""NEO: nothing is pushed, so all that can be tested is that nothing is sent, and what it is answered at log-in.

The contract suite is about calls; there are none here, whose answers could be bad.
"""

import pytest

from tests import factories
from tests.gateways.bundled.fake_neo import FakeNeo
from tests.gateways.people import make_subject
from tests.journeys.crowd import drain
from webapp.extensions import db
from webapp.gateways.contract import Operation, Outcome
from webapp.gateways.errors import GatewayError
from webapp.gateways.registry import get_gateway
from webapp.models import Account, Attempt
from webapp.services import integrations, subscriptions

CHANGES = [Operation.CREATE, Operation.UPDATE, Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL]
LOGIN, PASSWORD, DOCUMENT = "maria.login", "senha-da-maria", "52998224725"


class Provider:
    """A provider who sold NEO to one viewer, and NEO, which asks."""

    def __init__(self, browser, **params):
        self.integration = factories.make_integration(gateway="neo", params=params)
        self.package = factories.make_package(self.integration)
        customer = factories.make_customer(document=DOCUMENT)
        self.service = factories.make_service(customer, login=LOGIN, password=PASSWORD)
        self.sale = factories.make_sale(self.service, self.package)
        self.neo = FakeNeo(browser, "/" + integrations.callback_url(self.integration).split("/", 1)[1])
        drain()

    def becomes(self, status):
        subscriptions.set_status(self.service.code, status)
        drain()

    def status(self):
        db.session.expire_all()
        return db.session.query(Account).one().status


@pytest.fixture
def provider(app, anonymous):
    return Provider(anonymous)


@pytest.mark.parametrize("operation", CHANGES)
def test_c18_every_operation_is_done_without_a_call(connect, operation):
    gateway = get_gateway("neo")
    reply = gateway.send(connect({}), operation, make_subject(remote_ids={}), "key-1")
    assert (reply.outcome, reply.exchange, reply.remote_ids) == (Outcome.OK, None, {})


def test_what_needs_a_call_is_not_there(connect):
    gateway = get_gateway("neo")
    assert not any(gateway.traits.can(op) for op in (Operation.FIND, Operation.LIST, Operation.RESEND_ACTIVATION))
    for ask in (lambda: gateway.find(connect({}), make_subject()), lambda: gateway.list_products(connect({}))):
        with pytest.raises(GatewayError):
            ask()


def test_testing_the_integration_reaches_for_nobody(connect):
    assert [(step.name, step.ok) for step in get_gateway("neo").check(connect({}))] == [("params", True)]


def test_sale_and_status_are_applied_at_once_and_nothing_is_sent(provider):
    states = [provider.status()]
    for status in ("suspenso_debito", "servico_habilitado", "cancelado"):
        provider.becomes(status)
        states.append(provider.status())
    assert states == ["active", "suspended", "active", "cancelled"]
    assert not any(attempt.request for attempt in db.session.query(Attempt))


def test_f1_log_in_is_answered_with_the_products_from_our_own_rows(provider):
    assert provider.neo.log_in(LOGIN, PASSWORD)
    codes = [product.code for product in provider.package.products]
    assert provider.neo.answers == [(200, {"authorized": True, "subscriber": LOGIN, "products": codes})]


def test_f3_wrong_and_unknown_hear_the_same_words(provider):
    assert not provider.neo.log_in(LOGIN, "wrong")
    assert not provider.neo.log_in("nobody", PASSWORD)
    assert provider.neo.answers == [(401, {"authorized": False})] * 2


def test_suspended_and_cancelled_are_not_let_in(provider):
    provider.becomes("suspenso_debito")
    assert not provider.neo.log_in(LOGIN, PASSWORD)
    provider.becomes("cancelado")
    assert not provider.neo.log_in(LOGIN, PASSWORD)
    assert [status for status, _body in provider.neo.answers] == [403, 401]


def test_b6_f4_log_in_and_password_are_the_field_that_usuario_names(app, anonymous):
    provider = Provider(anonymous, usuario="cpf_cnpj")
    assert provider.neo.log_in(DOCUMENT, DOCUMENT)
    assert not provider.neo.log_in(DOCUMENT, PASSWORD)
    assert not provider.neo.log_in(LOGIN, PASSWORD)


def test_b6_usuario_that_names_the_log_in_asks_for_the_password_of_the_system(app, anonymous):
    provider = Provider(anonymous, usuario="login_autenticacao")
    assert provider.neo.log_in(LOGIN, PASSWORD)
    assert not provider.neo.log_in(LOGIN, LOGIN)


@pytest.mark.parametrize(
    ("allowed", "status"), [("127.0.0.0/8", 200), ("192.0.2.0/24, 127.0.0.1", 200), ("192.0.2.7", 404)]
)
def test_f2_only_the_addresses_that_were_agreed_on_may_ask(app, anonymous, allowed, status):
    provider = Provider(anonymous, callback_addresses=allowed)
    provider.neo.log_in(LOGIN, PASSWORD)
    assert [answer[0] for answer in provider.neo.answers] == [status]
