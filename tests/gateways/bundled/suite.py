"""What every bundled recipe must do, over real HTTP against a fake that follows the facts page.

A platform's test file inherits ``ContractSuite`` and says what differs there, each with its reason.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from tests.gateways.bundled.fake import Fake
from tests.gateways.bundled.hub import Hub
from tests.gateways.conftest import Connect
from tests.gateways.people import PASSWORD, make_sale_subject, make_subject
from webapp.gateways.contract import Connection, Gateway, Operation, Outcome, RemoteState, Subject, Unit
from webapp.gateways.errors import (
    AuthFailed,
    ContractBroken,
    GatewayError,
    IdentityClash,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from webapp.gateways.registry import get_gateway

CREATE, SUSPEND, ENABLE, CANCEL = Operation.CREATE, Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL
# Short, so that a platform that never answers costs the suite little.
TIMEOUT_S = 0.25
Ending = Outcome | type[GatewayError]
STATUSES: dict[tuple[Operation, int], Ending] = {
    (CREATE, 404): Rejected, (CREATE, 409): Rejected, (CREATE, 422): Rejected,
    (SUSPEND, 404): Outcome.GONE, (SUSPEND, 409): Rejected, (SUSPEND, 422): Rejected,
    (CANCEL, 404): Outcome.GONE, (CANCEL, 409): Rejected, (CANCEL, 422): Rejected,
}  # fmt: skip


class ContractSuite:
    """Inherit as ``class TestX(ContractSuite)``; override what differs and say why.

    Attributes:
        key: of the gateway.
        fake_class: the platform.
        creates: how many changing calls a create makes.
        renews: a token that is refused is fetched anew, once.
        repeat_safe: a repeated create is harmless there, so a fault of the server leaves no doubt.
        suspended: what ``fake.state`` says after suspend.
        created: what ``fake.state`` says after create; ``pending`` where the user must finish it.
        created_outcome: how a create ends.
        names_states: the platform shows a word for the state, which may be one that nobody knows.
        identity_in: operations whose answers name the subscriber, so that another's is noticed.
        reads_body: operations whose answer must be whole JSON.
        statuses: how a call ends at a status, where that differs from ``STATUSES``.
    """

    key: ClassVar[str]
    fake_class: ClassVar[type[Fake]]
    creates: ClassVar[int] = 1
    renews: ClassVar[bool] = False
    repeat_safe: ClassVar[bool] = False
    suspended: ClassVar[str] = "suspended"
    created: ClassVar[str] = "active"
    created_outcome: ClassVar[Outcome] = Outcome.OK
    names_states: ClassVar[bool] = True
    identity_in: ClassVar[tuple[Operation, ...]] = (CREATE,)
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

    def prepare(self, conn: Connection, fake: Fake) -> None:
        """Do what must be there before the first call."""

    @pytest.fixture
    def fake(self) -> Iterator[Fake]:
        with self.fake_class() as fake:
            yield fake

    @pytest.fixture
    def gateway(self) -> Gateway:
        return get_gateway(self.key)

    @pytest.fixture
    def conn(self, connect: Connect, fake: Fake) -> Connection:
        conn = connect(self.params(fake), total_timeout_s=TIMEOUT_S)
        self.prepare(conn, fake)
        return conn

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

    def live(self, fake: Fake, hub: Hub) -> int:
        return fake.live(self.who(hub.subject), self.product(hub.subject))

    def state(self, fake: Fake, hub: Hub) -> str:
        return fake.state(self.who(hub.subject), self.product(hub.subject))

    def test_create_once_leaves_exactly_one(self, fake, hub):
        assert hub.send(CREATE).outcome is self.created_outcome
        assert (self.live(fake, hub), self.state(fake, hub)) == (1, self.created)
        assert len(fake.calls(fake.is_change)) == self.creates

    def test_second_create_is_harmless(self, fake, gateway, conn, created_hub):
        forgetful = Hub(gateway, conn, self.subject())
        assert forgetful.send(CREATE, "key-2").outcome in (Outcome.OK, Outcome.ALREADY, Outcome.PENDING_USER)
        assert self.live(fake, created_hub) == 1

    def test_suspend_enable_and_cancel_have_their_effect(self, fake, created_hub):
        created_hub.send(SUSPEND)
        assert self.state(fake, created_hub) == self.suspended
        created_hub.send(ENABLE)
        assert self.state(fake, created_hub) in ("active", self.created)
        assert self.live(fake, created_hub) == 1
        created_hub.send(CANCEL)
        assert (self.live(fake, created_hub), self.state(fake, created_hub)) == (0, "absent")

    def test_what_is_already_so_is_a_success(self, fake, created_hub):
        done = (Outcome.OK, Outcome.ALREADY, Outcome.GONE, Outcome.PENDING_USER)
        endings = [created_hub.ending(op) for op in (ENABLE, SUSPEND, SUSPEND, ENABLE, CANCEL, CANCEL)]
        assert all(ending in done for ending in endings), endings
        assert self.live(fake, created_hub) == 0

    def test_unheard_of_state_is_unknown_and_never_absent(self, fake, gateway, created_hub):
        if not gateway.traits.can(Operation.FIND):
            # Nothing can be asked there, so no state is ever read.
            assert not gateway.traits.can(Operation.LIST)
        elif self.names_states:
            fake.strange_state(self.who(created_hub.subject), self.product(created_hub.subject))
            assert created_hub.find().found.state is RemoteState.UNKNOWN
        else:
            # What it lists is there; what it does not list is not.
            assert created_hub.find().found.state is RemoteState.ACTIVE

    def test_refused_credentials_are_an_auth_failure_after_one_renewal(self, fake, hub):
        fake.misbehave(401, times=-1)
        assert hub.ending(CREATE) is AuthFailed
        assert len(fake.calls(fake.is_token_call)) == (2 if self.renews else 0)
        fake.behave()
        assert self.live(fake, hub) == 0

    def test_token_that_ran_out_is_renewed_once(self, fake, hub):
        fake.misbehave(401)
        assert hub.ending(CREATE) is (self.created_outcome if self.renews else AuthFailed)
        assert self.live(fake, hub) == (1 if self.renews else 0)

    @pytest.mark.parametrize("status", [404, 409, 422])
    @pytest.mark.parametrize("operation", [CREATE, SUSPEND, CANCEL])
    def test_status_that_says_no_is_what_the_recipe_says_and_loses_nothing(self, fake, hub, operation, status):
        if operation is not CREATE:
            hub.send(CREATE)
        fake.misbehave(status, on=fake.is_change)
        expected = {**STATUSES, **self.statuses}[operation, status]
        assert hub.ending(operation) is expected
        assert self.live(fake, hub) == (0 if operation is CREATE else 1)
        assert hub.ending(operation) in (Outcome.OK, Outcome.ALREADY, self.created_outcome)

    @pytest.mark.parametrize(("header", "seconds"), [({"Retry-After": "12"}, 12), ({}, None)])
    @pytest.mark.parametrize("operation", [CREATE, SUSPEND])
    def test_pause_is_passed_on(self, fake, hub, operation, header, seconds):
        if operation is not CREATE:
            hub.send(CREATE)
        fake.misbehave(429, on=fake.is_change, headers=header)
        with pytest.raises(Throttled) as caught:
            hub.send(operation)
        assert caught.value.retry_after_s == seconds

    def test_fault_of_the_server_leaves_a_create_in_doubt_and_a_change_to_be_repeated(self, fake, hub):
        fake.misbehave(500, on=fake.is_change)
        assert hub.ending(CREATE) is (Unavailable if self.repeat_safe else OutcomeUnknown)
        if hub.repeat(CREATE):
            assert self.live(fake, hub) == 1
        else:
            # Parked; a person finds that nothing was done and sends it again.
            assert (self.live(fake, hub), hub.ending(CREATE, "key-2")) == (0, self.created_outcome)
        fake.misbehave(500, on=fake.is_change)
        assert hub.ending(SUSPEND) is Unavailable

    @pytest.mark.parametrize("kind", ["hang_before", "hang_after", "reset"])
    def test_create_without_an_answer_is_in_doubt_and_the_products_repeat_leaves_one(self, fake, hub, kind, nth):
        fake.misbehave(kind, on=fake.is_change, skip=nth)
        assert hub.ending(CREATE) is OutcomeUnknown
        happened = self.live(fake, hub)
        assert happened == (1 if kind != "hang_before" and nth == self.creates - 1 else 0)
        sent = len(fake.calls(fake.is_change))
        if hub.repeat(CREATE):
            assert self.live(fake, hub) == 1
        else:
            assert (self.live(fake, hub), len(fake.calls(fake.is_change))) == (happened, sent)

    @pytest.mark.parametrize("kind", ["hang_before", "hang_after"])
    def test_change_without_an_answer_is_in_doubt_and_may_be_repeated(self, fake, created_hub, kind):
        fake.misbehave(kind, on=fake.is_change)
        assert created_hub.ending(SUSPEND) is OutcomeUnknown
        assert created_hub.repeat(SUSPEND)
        assert self.state(fake, created_hub) == self.suspended

    @pytest.mark.parametrize("kind", ["html", "truncated"])
    def test_answer_that_is_no_json_breaks_the_contract(self, fake, hub, kind, reading):
        if reading is not CREATE:
            hub.send(CREATE)
        if reading is ENABLE:
            hub.send(SUSPEND)
        known = dict(hub.remote_ids)
        fake.misbehave(kind, on=fake.is_change)
        assert hub.ending(reading) is ContractBroken
        assert hub.remote_ids == known
        fake.behave()
        assert hub.repeat(reading) or reading is CREATE
        assert self.live(fake, hub) in ((0,) if reading is CANCEL else (0, 1) if reading is CREATE else (1,))

    @pytest.mark.parametrize("kind", ["html", "truncated"])
    def test_look_up_that_is_no_json_proves_nothing(self, fake, gateway, created_hub, kind):
        if not gateway.traits.can(Operation.FIND):
            assert not fake.calls(fake.is_read)
            return
        fake.misbehave(kind, on=fake.is_read)
        with pytest.raises(ContractBroken):
            created_hub.find()

    def test_listing_is_complete_only_when_it_is_whole(self, fake, gateway, conn, created_hub):
        if not gateway.traits.can(Operation.LIST):
            # Nothing there lists everybody, and the gateway says so instead of listing a part.
            with pytest.raises(GatewayError):
                list(gateway.list(conn))
            return
        listing = gateway.list(conn)
        logins = [seen.login for seen in listing]
        assert (logins, listing.complete) == ([created_hub.subject.account.login], True)
        fake.misbehave("half", on=fake.is_read)
        listing = gateway.list(conn)
        list(listing)
        assert (listing.complete, fake.distorted) == (False, 1)

    @pytest.mark.parametrize("operation", [CREATE, SUSPEND, ENABLE, CANCEL])
    def test_answer_about_somebody_else_is_never_adopted(self, fake, hub, operation):
        if operation is not CREATE:
            hub.send(CREATE)
        known = dict(hub.remote_ids)
        fake.misbehave("other", on=fake.is_change, times=self.creates)
        ending = hub.ending(operation)
        assert bool(fake.distorted) is (operation in self.identity_in)
        if operation in self.identity_in:
            assert ending in (ContractBroken, IdentityClash)
            assert hub.remote_ids == known

    def test_look_up_that_answers_about_somebody_else_is_never_adopted(self, fake, gateway, conn, created_hub):
        if not gateway.traits.can(Operation.FIND):
            assert not fake.calls(fake.is_read)
            return
        fake.misbehave("other", on=fake.is_read)
        try:
            found = created_hub.find().found
        except (ContractBroken, IdentityClash):
            return
        account = created_hub.subject.account
        assert found is not None
        assert not found.belongs_to(account.reference, created_hub.subject.customer.document)

    def test_no_secret_is_shown_anywhere(self, fake, gateway, conn, hub):
        shown = [repr(step) for step in gateway.check(conn)]
        for operation in (CREATE, SUSPEND, ENABLE, CANCEL):
            shown.append(repr(gateway.preview(conn, operation, hub.subject, "key-1")))
            shown.append(repr(hub.send(operation).exchange))
        for status in (200, 401, 422, 500):
            fake.misbehave(status, times=2, body=self.gossip(conn, fake))
            shown += self.failure(hub)
            fake.behave()
        secrets = {PASSWORD, *fake.secrets, *(v for name, v in conn.params.items() if self.is_secret(gateway, name))}
        for secret in secrets:
            assert not any(secret in text for text in shown), secret

    def gossip(self, conn: Connection, fake: Fake) -> Any:
        """Return an answer that tells everything that it was told."""
        return {"message": " ".join([PASSWORD, *fake.secrets, *conn.params.values()])}

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
