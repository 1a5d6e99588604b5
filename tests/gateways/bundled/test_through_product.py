"""The bundled platforms as the product itself drives them: sales and statuses in, subscriptions there out."""

from datetime import timedelta
from typing import Any

import pytest

from tests import factories
from tests.gateways.bundled.fake import Fake
from tests.gateways.bundled.fake_celetihub import ACCESS_TOKEN, FakeCeletiHub
from tests.gateways.bundled.fake_playhub import API_KEY, API_SECRET, FakePlayhub
from tests.gateways.bundled.fake_watch_brasil import CLIENT_ID, CLIENT_SECRET, FakeWatchBrasil
from tests.journeys.crowd import drain, drain_through_time
from webapp import clock
from webapp.extensions import db
from webapp.models import Account
from webapp.services import product_sync, subscriptions

EMAIL = "maria@example.com"
CPF = "52998224725"


class Provider:
    """A provider with one platform, one package and one customer who has not bought it yet."""

    def __init__(self, key: str, fake: Fake, code: str, who: str, **params: Any) -> None:
        self.fake, self.code, self.who = fake, code, who
        self.integration = factories.make_integration(gateway=key, params=params)
        if key == "watch_brasil":
            product_sync.sync_products(self.integration.id)
        else:
            factories.make_product(self.integration, code=code)
        self.package = factories.make_package(
            integration_id=self.integration.id, product_codes=[code], description="App"
        )
        customer = factories.make_customer(email=EMAIL, document=CPF)
        self.service = factories.make_service(customer)

    def sells(self) -> None:
        factories.make_sale(self.service, self.package)

    def becomes(self, status: str) -> None:
        subscriptions.set_status(self.service.code, status)
        drain()

    @property
    def live(self) -> int:
        return self.fake.live(self.who, self.code)

    @property
    def state(self) -> str:
        return self.fake.state(self.who, self.code)

    @property
    def account(self) -> Account:
        db.session.expire_all()
        return db.session.query(Account).one()

    def settled(self) -> bool:
        return self.account.generation == self.account.applied_generation


def watch() -> tuple[Fake, dict[str, Any]]:
    fake = FakeWatchBrasil()
    params = {"base_url": fake.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return fake, {"key": "watch_brasil", "code": "FULL", "who": EMAIL, **params}


def celeti() -> tuple[Fake, dict[str, Any]]:
    fake = FakeCeletiHub()
    params = {"api_url": f"{fake.url}/api", "access_token": ACCESS_TOKEN}
    return fake, {"key": "celetihub", "code": "25", "who": CPF, **params}


def playhub() -> tuple[Fake, dict[str, Any]]:
    fake = FakePlayhub()
    params = {"api_url": fake.url, "api_key": API_KEY, "api_secret": API_SECRET}
    return fake, {"key": "playhub", "code": "P01", "who": CPF, **params}


@pytest.fixture(params=[watch, celeti, playhub], ids=["watch_brasil", "celetihub", "playhub"])
def provider(request, app):
    fake, facts = request.param()
    with fake:
        yield Provider(fake=fake, **facts)


def test_sale_suspension_return_and_end_reach_the_platform(provider):
    provider.sells()
    drain()
    assert provider.live == 1
    provider.becomes("suspenso_debito")
    assert provider.state in ("suspended", "absent")
    provider.becomes("servico_habilitado")
    assert (provider.live, provider.state in ("active", "pending")) == (1, True)
    provider.becomes("cancelado")
    assert (provider.live, provider.account.status) == (0, "cancelled")


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("kind", ["reset", 500, 429])
def test_create_that_goes_wrong_at_any_call_ends_with_exactly_one(provider, kind, skip):
    provider.fake.misbehave(kind, on=provider.fake.is_change, skip=skip)
    provider.sells()
    drain_through_time(provider.settled, timedelta(minutes=10))
    assert provider.live == 1


@pytest.mark.parametrize("kind", ["reset", 500])
def test_cancel_that_goes_wrong_is_repeated_until_it_is_done(provider, kind):
    provider.sells()
    drain()
    provider.fake.misbehave(kind, on=provider.fake.is_change)
    subscriptions.set_status(provider.service.code, "cancelado")
    drain_through_time(provider.settled, timedelta(minutes=10))
    assert (provider.live, provider.account.status) == (0, "cancelled")
    clock.move(timedelta(days=1))


@pytest.fixture
def hub_of_celeti(app):
    fake, facts = celeti()
    with fake:
        yield Provider(fake=fake, **facts)


def test_c6_queue_of_the_platform_is_capacity_and_moves_on_by_itself(hub_of_celeti):
    hub_of_celeti.fake.cap = 0
    hub_of_celeti.sells()
    drain()
    assert (hub_of_celeti.account.error_kind, hub_of_celeti.live) == ("capacity", 0)
    hub_of_celeti.fake.free_tokens(1)
    drain_through_time(hub_of_celeti.settled)
    activations = [call for call in hub_of_celeti.fake.ledger if call.path.endswith("/activate")]
    assert (hub_of_celeti.account.status, hub_of_celeti.live, len(activations)) == ("waiting_user", 1, 1)


def test_c8_suspensions_of_one_product_go_in_one_call(hub_of_celeti):
    hub_of_celeti.sells()
    services = [hub_of_celeti.service, *(factories.make_service() for _ in range(4))]
    for service in services[1:]:
        factories.make_sale(service, hub_of_celeti.package)
    drain()
    for service in services:
        subscriptions.set_status(service.code, "suspenso_debito")
    drain()
    suspensions = [call for call in hub_of_celeti.fake.ledger if call.path.endswith("/suspend")]
    documents = {document for call in suspensions for document in call.json["documents"]}
    assert (len(documents), len(suspensions)) == (5, 1)
    assert {row["services"][25] for row in hub_of_celeti.fake.subscribers.values()} == {"suspend"}
