"""Where the contract suite plays: a platform, a connection to it, one subscriber; and what differs there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import pytest

from tests.gateways.bundled.fake import Call, Fake
from tests.gateways.bundled.hub import Hub
from tests.gateways.conftest import Connect
from tests.gateways.people import PASSWORD, make_sale_subject, make_subject
from webapp.gateways.contract import Connection, Gateway, Operation, Outcome, Subject, Unit
from webapp.gateways.errors import (
    GatewayError,
    Rejected,
)
from webapp.gateways.registry import get_gateway

CREATE, SUSPEND, ENABLE, CANCEL = Operation.CREATE, Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL
# Generous: a busy machine must not look like a platform that never answers.
TIMEOUT_S = 10.0
# Short, for the calls that are never answered.
HASTE_S = 0.5
Ending = Outcome | type[GatewayError]
STATUSES: dict[tuple[Operation, int], Ending] = {
    (CREATE, 404): Rejected, (CREATE, 409): Rejected, (CREATE, 422): Rejected,
    (SUSPEND, 404): Outcome.GONE, (SUSPEND, 409): Rejected, (SUSPEND, 422): Rejected,
    (CANCEL, 404): Outcome.GONE, (CANCEL, 409): Rejected, (CANCEL, 422): Rejected,
}  # fmt: skip


class ContractStage:
    """What a platform's test file says of it; each difference with its reason.

    Attributes:
        key: of the gateway.
        fake_class: the platform.
        creates: how many changing calls a create makes.
        renews: a token that is refused is fetched anew, once.
        token_calls: how many calls a token takes.
        repeat_safe: a repeated create is harmless there, so a fault of the server leaves no doubt.
        suspended: what ``fake.state`` says after suspend.
        created: what ``fake.state`` says after create; ``pending`` where the user must finish it.
        created_outcome: how a create ends.
        names_states: the platform shows a word for the state, which may be one that nobody knows.
        identity_in: operations whose answers name the subscriber, so that another's is noticed.
        find_names: the look-up's answer names the subscriber.
        reads_body: operations whose answer must be whole JSON.
        statuses: how a call ends at a status, where that differs from ``STATUSES``.
    """

    key: ClassVar[str]
    fake_class: ClassVar[type[Fake]]
    creates: ClassVar[int] = 1
    renews: ClassVar[bool] = False
    token_calls: ClassVar[int] = 1
    repeat_safe: ClassVar[bool] = False
    suspended: ClassVar[str] = "suspended"
    created: ClassVar[str] = "active"
    created_outcome: ClassVar[Outcome] = Outcome.OK
    names_states: ClassVar[bool] = True
    identity_in: ClassVar[tuple[Operation, ...]] = (CREATE,)
    find_names: ClassVar[bool] = True
    reads_body: ClassVar[tuple[Operation, ...]] = (CREATE, SUSPEND, ENABLE, CANCEL)
    statuses: ClassVar[Mapping[tuple[Operation, int], Ending]] = {}

    def params(self, fake: Fake) -> dict[str, str]:
        """Return the integration's params; secrets among them are ``Secret``."""
        raise NotImplementedError

    def subject(self, **account: Any) -> Subject:
        """Return a subscriber whom the platform does not know yet."""
        account.setdefault("remote_ids", {})
        entitlement = get_gateway(self.key).traits.unit is Unit.ENTITLEMENT
        return make_sale_subject(**account) if entitlement else make_subject(**account)

    def who(self, subject: Subject) -> str:
        """Return what the platform knows the subscriber by."""
        return subject.account.login

    @pytest.fixture
    def fake(self) -> Iterator[Fake]:
        with self.fake_class() as fake:
            yield fake

    @pytest.fixture
    def gateway(self) -> Gateway:
        return get_gateway(self.key)

    @pytest.fixture
    def conn(self, connect: Connect, fake: Fake) -> Connection:
        return connect(self.params(fake), total_timeout_s=TIMEOUT_S)

    @pytest.fixture
    def hub(self, gateway: Gateway, conn: Connection) -> Hub:
        return Hub(gateway, conn, self.subject())

    @pytest.fixture
    def created_hub(self, hub: Hub) -> Hub:
        """A subscriber who is there already."""
        hub.send(CREATE)
        return hub

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        """One test for each call that a create consists of."""
        if "nth" in metafunc.fixturenames:
            metafunc.parametrize("nth", range(cls.creates))
        if "reading" in metafunc.fixturenames:
            metafunc.parametrize("reading", cls.reads_body, ids=str)

    def product(self, subject: Subject) -> str:
        """Return the code of the product that the calls are about."""
        return subject.sale.product.code if subject.sale is not None else subject.account.products[0].code

    def unanswered(self, fake: Fake, hub: Hub, operation: Operation) -> Ending:
        """Return how a call ends that was told to go unanswered; once more when it was only slow before."""
        hub.conn.http.total_timeout_s = HASTE_S
        try:
            endings = (hub.ending(operation) for _try in range(5))
            return next(ending for ending in endings if fake.struck)
        finally:
            hub.conn.http.total_timeout_s = TIMEOUT_S

    def live(self, fake: Fake, hub: Hub) -> int:
        return fake.live(self.who(hub.subject), self.product(hub.subject))

    def state(self, fake: Fake, hub: Hub) -> str:
        return fake.state(self.who(hub.subject), self.product(hub.subject))

    def gossip(self, conn: Connection) -> Callable[[Call], Any]:
        """Return what answers a call by telling everything that it was told."""

        def tell(call: Call) -> Any:
            told = [*call.headers.values(), *call.query.values(), call.path, str(call.json), str(dict(call.form))]
            return {"message": " ".join([PASSWORD, *conn.params.values(), *told])}

        return tell

    @staticmethod
    def is_secret(gateway: Gateway, name: str) -> bool:
        spec = gateway.traits.param(name)
        return spec is not None and spec.secret

    @staticmethod
    def failure(hub: Hub) -> list[str]:
        """Return everything that a failing call says."""
        try:
            reply = hub.send(CREATE, "key-3")
        except GatewayError as error:
            return [str(error), repr(error), repr(error.params), repr(error.exchange)]
        return [repr(reply)]
