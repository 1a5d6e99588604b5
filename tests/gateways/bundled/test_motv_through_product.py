"""moTV as the product itself drives it: two rights of one person, a swap for a suspension, calls that go wrong."""

from datetime import timedelta

import pytest

from tests import factories
from tests.gateways.bundled.fake_motv import FakeMotv
from tests.gateways.bundled.test_motv import FULL, LIGHT, MARIA, SUSPENSION, methods, params_of
from tests.gateways.people import PASSWORD
from tests.journeys.crowd import drain, drain_through_time
from webapp import clock
from webapp.extensions import db
from webapp.models import Account, ServicePackage
from webapp.services import integrations, subscriptions


@pytest.fixture
def fake():
    with FakeMotv() as fake:
        yield fake


class Provider:
    """A provider with one customer, who buys one product or two, driven by the product itself."""

    def __init__(self, fake: FakeMotv, password: str = PASSWORD, **params: str) -> None:
        self.fake = fake
        fake.now = lambda: clock.utc_now().timestamp()
        given = {**params_of(fake), **params}
        self.integration = factories.make_integration(gateway="motv", params=given)
        self.service = factories.make_service(factories.make_customer(email=MARIA), password=password)

    def sells(self, code: str) -> ServicePackage:
        factories.make_product(self.integration, code=code)
        package = factories.make_package(integration_id=self.integration.id, product_codes=[code])
        return factories.make_sale(self.service, package)

    def becomes(self, status: str) -> None:
        subscriptions.set_status(self.service.code, status)
        drain()

    def has(self) -> list[str]:
        """Return the states of the two products there."""
        return [self.fake.state(MARIA, FULL), self.fake.state(MARIA, LIGHT)]

    def account(self) -> Account:
        db.session.expire_all()
        return db.session.query(Account).one()

    def settled(self) -> bool:
        account = self.account()
        return bool(account.generation == account.applied_generation)


@pytest.fixture
def provider(app, fake):
    return Provider(fake)


def test_two_rights_of_one_person_go_each_their_way(provider, fake):
    provider.sells(FULL)
    second = provider.sells(LIGHT)
    drain()
    assert (provider.has(), len(fake.viewers)) == (["active", "active"], 1)
    provider.becomes("suspenso_debito")
    assert provider.has() == ["suspended", "suspended"]
    provider.becomes("servico_habilitado")
    assert provider.has() == ["active", "active"]
    subscriptions.remove_sale(second.id)
    drain()
    assert provider.has() == ["active", "absent"]
    provider.becomes("cancelado")
    assert (provider.has(), len(fake.viewers), provider.account().status) == (["absent", "absent"], 1, "cancelled")


def test_who_comes_back_finds_the_person_again(provider, fake):
    provider.sells(FULL)
    drain()
    provider.becomes("cancelado")
    provider.becomes("servico_habilitado")
    assert (provider.has()[0], len(fake.viewers), methods(fake).count("createMotvCustomer")) == ("active", 1, 1)


def test_c2_swap_is_what_the_product_does_where_the_provider_chose_it(app, fake):
    provider = Provider(fake, suspension_product=SUSPENSION)
    provider.sells(FULL)
    provider.sells(LIGHT)
    drain()
    provider.becomes("suspenso_debito")
    assert (provider.has(), fake.live(MARIA, SUSPENSION)) == (["absent", "absent"], 1)
    provider.becomes("servico_habilitado")
    assert (provider.has(), fake.live(MARIA, SUSPENSION)) == (["active", "active"], 0)


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("kind", ["reset", "truncated", 500, 429])
def test_create_that_goes_wrong_at_any_call_ends_with_exactly_one(provider, fake, kind, skip):
    fake.misbehave(kind, on=fake.is_change, skip=skip)
    provider.sells(FULL)
    drain()
    if kind == "truncated":
        integrations.resume_integration(provider.integration.id)
    drain_through_time(provider.settled, timedelta(minutes=10))
    assert (len(fake.viewers), fake.live(MARIA, FULL)) == (1, 1)


def test_person_without_a_password_is_blocked_before_any_call(app, fake):
    provider = Provider(fake, password="")
    provider.sells(FULL)
    drain()
    assert (provider.account().status, fake.ledger) == ("blocked", [])
