"""What every bundled recipe must do, over real HTTP against a fake that follows the facts page.

A platform's test file inherits as ``class TestX(ContractSuite)``; what may differ there: ``ContractStage``.
"""

import pytest

from tests.gateways.bundled.hub import Hub
from tests.gateways.bundled.stage import CANCEL, CREATE, ENABLE, STATUSES, SUSPEND, ContractStage
from tests.gateways.people import PASSWORD
from webapp.gateways.contract import Operation, Outcome, RemoteState
from webapp.gateways.errors import (
    AuthFailed,
    ContractBroken,
    GatewayError,
    IdentityClash,
    OutcomeUnknown,
    Throttled,
    Unavailable,
    Unsupported,
)

__all__ = ["CANCEL", "CREATE", "ENABLE", "SUSPEND", "ContractSuite"]

# What ``Fake.state`` says -> what the look-up must say.
SEEN = {
    "active": RemoteState.ACTIVE, "suspended": RemoteState.SUSPENDED, "pending": RemoteState.PENDING_USER,
    "absent": RemoteState.ABSENT,
}  # fmt: skip


class ContractSuite(ContractStage):
    """The tests; inherited by each platform."""

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

    def test_look_up_tells_what_became_of_the_subscriber(self, fake, gateway, hub):
        if not gateway.traits.can(Operation.FIND):
            with pytest.raises(Unsupported):
                hub.find()
            return
        for operation in (CREATE, SUSPEND, ENABLE, CANCEL):
            hub.send(operation)
            found = hub.find().found
            assert (found.state if found else RemoteState.ABSENT) is SEEN[self.state(fake, hub)], operation

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
        assert len(fake.calls(fake.is_token_call)) == (2 * self.token_calls if self.renews else 0)
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
        assert self.unanswered(fake, hub, CREATE) is OutcomeUnknown
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
        assert self.unanswered(fake, created_hub, SUSPEND) is OutcomeUnknown
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
        if hub.repeat(reading):
            gone = reading is CANCEL or (reading is SUSPEND and self.suspended == "absent")
            assert self.live(fake, hub) == (0 if gone else 1)
        else:
            assert reading in (CREATE, ENABLE)
            assert self.live(fake, hub) <= 1

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
        if not self.find_names:
            assert created_hub.find().found is not None
            assert fake.distorted == 0
            return
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
            fake.misbehave(status, times=2, body=self.gossip(conn))
            shown += self.failure(hub)
            fake.behave()
        secrets = {PASSWORD, *fake.secrets, *(v for name, v in conn.params.items() if self.is_secret(gateway, name))}
        for secret in secrets:
            assert not any(secret in text for text in shown), secret
