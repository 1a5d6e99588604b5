"""Who got an account is told of it once, whichever way it came out that the account had been made."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories import make_plan, make_service
from tests.journeys.crowd import package_of
from tests.journeys.platforms import connect
from tests.services.activation_scene import channel_to, gate, switched_on, tick
from tests.services.helpers import account_of
from tests.services.runs_helpers import drain
from webapp import clock
from webapp.decide.activation import Happened, kind_of
from webapp.extensions import db
from webapp.models import Account, CustomerMessage, Event
from webapp.sandbox.client import Tenant
from webapp.services import accounts
from webapp.services.convergence import settling

pytestmark = pytest.mark.usefixtures("app")


def sold(nx: Tenant, kind: str) -> Account:
    service = make_service(plan=make_plan(package_of(connect(nx, kind))))
    return account_of(service)


def lose_answer(nx: Tenant) -> None:
    """Let the platform make the account, and the answer never come."""
    nx.set_dials(faults=[{"operations": ["create"], "reset": "after", "fail_next": 1}])


def work(times: int = 4) -> None:
    for _time in range(times):
        drain()
        clock.move(timedelta(minutes=10))
    db.session.rollback()


def told(times: int = 2) -> list[tuple[str, str]]:
    for _time in range(times):
        tick()
    return [(one.kind, one.status) for one in db.session.scalars(select(CustomerMessage))]


def created(account: Account) -> int:
    wanted = select(Event).where(Event.action == "account.create", Event.object_id == account.id)
    return len(db.session.scalars(wanted).all())


@pytest.mark.parametrize("kind", ["key", "lookup"])
def test_create_that_went_unanswered_is_told_once_it_was_found(nx: Tenant, kind: str) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = sold(nx, kind)
        lose_answer(nx)
        work()
        assert (account.status, len(nx.subscribers()), created(account)) == ("active", 1, 1)
        assert told() == [("created", "sent")]
        assert len(server.requests) == 1


def test_create_of_which_a_person_says_that_it_is_there_is_told_once(nx: Tenant) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = sold(nx, "blind")
        lose_answer(nx)
        work()
        assert (account.status, created(account), told()) == ("parked", 0, [])
        ids = {name: nx.subscribers()[0]["id"] for name in accounts.remote_names(account)}
        accounts.settle(account.id, exists=True, remote_ids=ids)
        work()
        assert (account.status, created(account), told()) == ("active", 1, [("created", "sent")])


def test_create_of_which_a_person_says_that_it_is_not_there_is_told_when_it_is_made(nx: Tenant) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = sold(nx, "blind")
        nx.set_dials(faults=[{"operations": ["create"], "reset": "before", "fail_next": 1}])
        work()
        accounts.settle(account.id, exists=False)
        assert created(account) == 0
        work()
        assert (account.status, created(account), told()) == ("active", 1, [("created", "sent")])


@pytest.mark.parametrize("kind", ["key", "lookup"])
def test_create_whose_answer_a_crash_took_is_told_once_it_was_found(
    nx: Tenant, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = sold(nx, kind)
        with monkeypatch.context() as patch:
            patch.setattr(settling, "settle", die)
            with pytest.raises(KeyboardInterrupt):
                drain()
        db.session.rollback()
        assert (len(nx.subscribers()), created(account)) == (1, 0)
        clock.move(timedelta(hours=1))
        work()
        assert (account.status, len(nx.subscribers()), created(account)) == ("active", 1, 1)
        assert told() == [("created", "sent")]


def die(_connection: object, _lanes: object, results: list[object], _now: object) -> None:
    if results:
        raise KeyboardInterrupt


def test_account_that_is_adopted_was_there_before_and_is_not_told() -> None:
    assert kind_of(Happened(1, "account.adopt", 1)) == ""


def test_who_stands_there_already_and_is_only_looked_at_is_not_told(nx: Tenant) -> None:
    with gate() as server:
        switched_on()
        channel_to(server)
        account = sold(nx, "lookup")
        work()
        assert told() == [("created", "sent")]
        account.verify_first, account.due_at = True, clock.utc_now()
        account.generation += 1
        db.session.commit()
        work()
        assert (created(account), told()) == (1, [("created", "sent")])
