"""The hub dies in the middle of its work; nothing is lost and nothing is made twice."""

import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from tests.journeys.crowd import (
    ENDED,
    OWING,
    PAYING,
    accounts_of,
    drain,
    package_of,
    sell_to_crowd,
    set_statuses,
    statuses,
)
from tests.journeys.engine_child import CRASHED, EngineProcesses
from tests.journeys.platforms import KINDS, connect
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Account, Attempt, Integration
from webapp.sandbox.client import Tenant

PEOPLE = 500
LATENCY_MS = 20
IN_FLIGHT = 16
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(scope="module")
def engines() -> Iterator[EngineProcesses]:
    with EngineProcesses() as processes:
        yield processes


def open_creates() -> int:
    """Return how many creates are on record as sent, or about to be, without an answer."""
    statement = select(func.count()).select_from(Attempt).where(
        Attempt.operation == "create", Attempt.outcome.is_(None)
    )  # fmt: skip
    count = db.session.scalar(statement) or 0
    db.session.rollback()
    return count


def killed_while_creating(settings: Settings, engines: EngineProcesses, tenant: Tenant, kind: str) -> Integration:
    """Sell to 500 people; kill the engine after about 50, 160 and 290 creates."""
    integration = connect(tenant, kind, concurrency=IN_FLIGHT, total_timeout_s=1)
    sell_to_crowd(package_of(integration), PEOPLE)
    tenant.set_dials(latency_ms=LATENCY_MS)
    for creates in (50, 160, 290):
        pid = engines.start(settings.instance)
        tenant.wait_calls("create", creates, 20)
        assert engines.kill(pid) == -signal.SIGKILL, engines.errors()
    assert tenant.effects("created") < PEOPLE
    return integration


def database_is_whole() -> bool:
    whole = db.session.connection().exec_driver_sql("PRAGMA integrity_check").scalar()
    db.session.rollback()
    return whole == "ok"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["key", "key_only", "lookup"])
def test_killed_three_times_while_creating_500_accounts_then_each_exists_once(
    settings: Settings, engines: EngineProcesses, nx: Tenant, kind: str
) -> None:
    integration = killed_while_creating(settings, engines, nx, kind)
    assert drain(patience_s=20) == 0
    assert statuses(integration) == {"active": PEOPLE}
    assert nx.doubles() == {}
    assert len(nx.live()) == nx.effects("created") == PEOPLE
    assert database_is_whole()


@pytest.mark.slow
def test_killed_three_times_on_a_blind_platform_then_doubtful_creates_wait_for_a_person(
    settings: Settings, engines: EngineProcesses, nx: Tenant
) -> None:
    integration = killed_while_creating(settings, engines, nx, "blind")
    unanswered = open_creates()
    assert drain(patience_s=20) == 0
    found = statuses(integration)
    assert found == {"active": PEOPLE - unanswered, "parked": unanswered}
    assert 0 < unanswered <= 3 * IN_FLIGHT
    parked = [account for account in accounts_of(integration) if account.status == "parked"]
    assert {account.error_code for account in parked} == {"doubtful_create"}
    assert all(account.login.endswith("@example.com") for account in parked)
    creates = Counter(line["external_id"] for line in nx.ledger(operation="create"))
    assert set(creates.values()) == {1}
    assert nx.doubles() == {}


AFTERWARDS = {
    "create": ("active", ["active"]),
    "suspend": ("suspended", ["suspended"]),
    "enable": ("active", ["active"]),
    "cancel": ("cancelled", []),
}


@pytest.mark.parametrize("point", ["before", "after"])
@pytest.mark.parametrize("operation", ["create", "suspend", "enable", "cancel"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_crash_before_or_after_a_call_leaves_the_right_account_and_only_one(
    settings: Settings, engines: EngineProcesses, nx: Tenant, kind: str, operation: str, point: str
) -> None:
    integration = connect(nx, kind, total_timeout_s=0.5)
    bring_up_to(operation, sell_to_crowd(package_of(integration), 1))
    engines.start(settings.instance, operation, point)
    assert engines.wait() == CRASHED, engines.errors()
    assert drain() == 0
    account = Account.query.one()
    doubtful = kind == "blind" and operation == "create"
    assert account.status == ("parked" if doubtful else AFTERWARDS[operation][0])
    live = [row["status"] for row in nx.subscribers() if row["status"] != "cancelled"]
    assert live == ([] if doubtful and point == "before" else AFTERWARDS[operation][1])
    assert nx.doubles() == {}
    assert nx.effects("created") <= 1


PATHS = {"create": (), "suspend": (OWING,), "enable": (OWING, PAYING), "cancel": (ENDED,)}


def bring_up_to(operation: str, services: list[int]) -> None:
    """Leave just this operation to be done."""
    for status in PATHS[operation]:
        drain()
        set_statuses(services, status)
