"""Every bundled gateway with a platform beside it, and a few subscribers on it in every state that lasts."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests import factories
from tests.gateways.bundled import fake_celetihub as celetihub
from tests.gateways.bundled import fake_hubisp as hubisp
from tests.gateways.bundled import fake_motv as motv
from tests.gateways.bundled import fake_nx_play as nx_play
from tests.gateways.bundled import fake_playhub as playhub
from tests.gateways.bundled import fake_sattv as sattv
from tests.gateways.bundled import fake_scim as scim
from tests.gateways.bundled import fake_technobox as technobox
from tests.gateways.bundled import fake_toolbox as toolbox
from tests.gateways.bundled import fake_watch_brasil as watch_brasil
from tests.gateways.bundled.fake import Call, Fake
from tests.journeys.crowd import drain
from webapp import clock
from webapp.extensions import db
from webapp.models import Account, Attempt, Integration, Package
from webapp.services import product_sync, subscriptions

READING = ("find", "list", "list_products")


class Hook(Fake):
    """What receives the messages of ``outros``."""

    def routes(self, app: Any) -> None:
        app.add_url_rule("/hook", "hook", lambda: ("", 204), methods=["POST"])


class Silent(Fake):
    """A platform that is told nothing: NEO asks us."""

    def routes(self, app: Any) -> None:
        app.add_url_rule("/", "nothing", lambda: "")


class Practice(Silent):
    """The practice platform: it lives in the hub itself, which keeps each call to it."""

    def calls(self, _chosen: Any = None) -> list[Any]:
        db.session.rollback()
        return db.session.query(Attempt).filter(Attempt.operation.not_in(READING)).all()


def ours(**params: Any) -> Callable[[Fake], Mapping[str, Any]]:
    """Return the params of an integration; ``{url}`` stands for the fake's address."""
    return lambda fake: {
        name: value.format(url=fake.url) if isinstance(value, str) else value for name, value in params.items()
    }


@dataclass(frozen=True)
class Platform:
    """One gateway, its fake, its params, and two products that it sells."""

    key: str
    fake: type[Fake]
    params: Callable[[Fake], Mapping[str, Any]]
    products: tuple[str, str] = ("FULL", "SPORT")
    synced: bool = field(default=False)


PLATFORMS = (
    Platform("celetihub", celetihub.FakeCeletiHub,
             ours(api_url="{url}/api", access_token=celetihub.ACCESS_TOKEN), ("25", "3")),
    Platform("hubisp", hubisp.FakeHubIsp, ours(api_url="{url}", token=hubisp.TOKEN), ("DEEZER", "DEEZER2")),
    Platform("motv", motv.FakeMotv, ours(base_url="{url}", login=motv.LOGIN, secret=motv.SECRET), ("153", "151")),
    Platform("neo", Silent, ours()),
    Platform("nx_play", nx_play.FakeNxPlay, ours(api_url="{url}", token=nx_play.TOKEN)),
    Platform("outros", Hook, ours(url="{url}/hook")),
    Platform("playhub", playhub.FakePlayhub,
             ours(api_url="{url}", api_key=playhub.API_KEY, api_secret=playhub.API_SECRET), ("P01", "DZ1")),
    Platform("practice", Practice, ours(), ("basico", "full"), synced=True),
    Platform("sattv", sattv.FakeSatTv, ours(api_url="{url}", user_email=sattv.EMAIL, user_password=sattv.PASSWORD,
                                            provider_id=sattv.PROVIDER)),
    Platform("scim", scim.FakeScim, ours(base_url="{url}", token=scim.TOKEN)),
    Platform("technobox", technobox.FakeTechnobox, ours(api_url="{url}", token=technobox.TOKEN)),
    Platform("toolbox", toolbox.FakeToolbox,
             ours(api_url="{url}", operator_key=toolbox.KEY, country="br", subscriber_id="login")),
    Platform("watch_brasil", watch_brasil.FakeWatchBrasil,
             ours(base_url="{url}", client_id=watch_brasil.CLIENT_ID, client_secret=watch_brasil.CLIENT_SECRET),
             ("FULL", "HBO"), synced=True),
)  # fmt: skip


@dataclass
class Scene:
    """A platform on which everything that was ordered has been done."""

    fake: Fake
    integration: Integration
    more: Package

    @property
    def changes(self) -> list[Call]:
        """Return the calls that may have changed something there."""
        return self.fake.calls(self.fake.is_change)

    @property
    def statuses(self) -> list[str]:
        db.session.rollback()
        rows = db.session.query(Account).filter_by(integration_id=self.integration.id).order_by(Account.id)
        return [row.status for row in rows]


@contextlib.contextmanager
def settled(platform: Platform) -> Iterator[Scene]:
    """Sell to five people, of whom one owes, one came back, one left, and one gave one of two packages back."""
    with platform.fake() as fake:
        if isinstance(fake, motv.FakeMotv):
            fake.now = lambda: clock.utc_now().timestamp()
        scene = _open(platform, fake)
        base = _package(scene.integration, platform.products[0])
        people = [factories.make_service() for _ in range(5)]
        for service in people:
            factories.make_sale(service, base)
        second = [factories.make_sale(service, scene.more) for service in (people[0], people[1], people[4])]
        drain()
        for service, status in zip(people[1:4], ("suspenso_debito", "suspenso_debito", "cancelado"), strict=True):
            subscriptions.set_status(service.code, status)
        subscriptions.remove_sale(second[2].id)
        drain()
        subscriptions.set_status(people[2].code, "servico_habilitado")
        drain()
        yield scene


def _open(platform: Platform, fake: Fake) -> Scene:
    integration = factories.make_integration(gateway=platform.key, params=dict(platform.params(fake)))
    if platform.synced:
        product_sync.sync_products(integration.id)
    else:
        for code in platform.products:
            factories.make_product(integration, code=code)
    return Scene(fake, integration, _package(integration, platform.products[1]))


def _package(integration: Integration, code: str) -> Package:
    return factories.make_package(integration_id=integration.id, product_codes=[code])
