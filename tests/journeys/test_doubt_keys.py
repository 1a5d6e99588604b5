"""Answers that are lost again and again, and keys that platforms keep too short or too long: still one account."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.harness.evidence import collect
from tests.harness.judge import books_agree
from tests.journeys.crowd import (
    OWING,
    PAYING,
    drain,
    drain_through_time,
    package_of,
    sell_to_crowd,
    set_statuses,
    statuses,
)
from tests.journeys.platforms import connect
from tests.journeys.test_doubt import SOON, begin, fault, retry_soon, settled, the_account
from webapp import clock
from webapp.sandbox.client import Tenant

# Longer than platforms keep keys.
OUTAGE = timedelta(hours=30)
CROWD = 40
AMBIGUOUS = (
    {"reset": "after", "fail_rate": 0.3, "seed": 1},
    {"status": 502, "when": "after", "fail_rate": 0.3, "seed": 2},
    {"garbage": "cut_body", "fail_rate": 0.3, "seed": 3},
)
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _history_is_checked(nx: Tenant, app: object) -> Iterator[None]:
    """I6 after every test: each call that arrived is one attempt, and each attempt recorded as done arrived."""
    yield
    books_agree(collect([nx], timed=False))


@pytest.mark.parametrize("kind", ["key", "key_only"])
def test_many_creates_whose_answers_are_lost_again_and_again_make_one_account_each_under_one_key(
    nx: Tenant, kind: str
) -> None:
    integration = connect(nx, kind, total_timeout_s=2)
    sell_to_crowd(package_of(integration), CROWD)
    retry_soon(integration)
    nx.set_dials(faults=[{"operations": ["create"], **how} for how in AMBIGUOUS])
    drain_through_time(lambda: set(statuses(integration)) == {"active"}, timedelta(minutes=31), steps=60)
    keys: dict[str, set[str]] = {}
    for line in nx.ledger(operation="create"):
        keys.setdefault(line["external_id"], set()).add(line["key"])
    assert {len(mine) for mine in keys.values()} == {1}
    assert sum(line["status"] != 201 for line in nx.ledger(operation="create")) > CROWD / 4
    assert (nx.effects("created"), nx.doubles()) == (CROWD, {})


def test_a_platform_that_repeats_its_error_for_the_key_and_cannot_be_asked_waits_for_a_person(nx: Tenant) -> None:
    begin(nx, "key_only")
    nx.set_dials(key_keeps_errors=True, faults=[fault("create", status=500, when="after")])
    drain_through_time(settled, timedelta(minutes=31))
    assert (the_account().status, the_account().error_code) == ("parked", "doubtful_create")
    assert nx.calls("create") == 3
    assert len({line["key"] for line in nx.ledger(operation="create")}) == 1


@pytest.mark.parametrize(("kind", "expected"), [("key", "active"), ("key_only", "parked")])
def test_a_key_older_than_the_platform_keeps_it_is_looked_up_or_left_to_a_person(
    nx: Tenant, kind: str, expected: str
) -> None:
    begin(nx, kind)
    nx.set_dials(faults=[fault("create", reset="after")])
    drain(patience_s=0.2)
    clock.move(OUTAGE)
    nx.set_dials(key_ttl_s=0)
    drain_through_time(settled)
    assert (the_account().status, nx.calls("create"), nx.effects("created")) == (expected, 1, 1)


def test_a_repeat_that_surely_failed_before_a_long_outage_is_no_licence_to_create_again(nx: Tenant) -> None:
    # The account is there and not shown yet; the repeat under the key was refused; then the key is forgotten.
    integration, _ = begin(nx, "key", read_lag_s=60)
    retry_soon(integration)
    refused = fault("create", status=503, fail_after=1, fail_next=None)
    nx.set_dials(lag_s=60, faults=[fault("create", reset="after"), refused])
    for _ in range(3):
        drain(patience_s=0.2)
        clock.move(SOON)
    assert [line["status"] for line in nx.ledger(operation="create")][:2] == [None, 503]
    clock.move(OUTAGE)
    nx.set_dials(lag_s=0, key_ttl_s=0, faults=[])
    drain_through_time(settled)
    assert (the_account().status, nx.effects("created"), nx.doubles()) == ("active", 1, {})


def test_a_suspension_that_is_paid_before_it_is_sent_is_never_sent(nx: Tenant) -> None:
    integration = connect(nx, "key", total_timeout_s=2)
    services = sell_to_crowd(package_of(integration), CROWD)
    drain()
    for status in (OWING, PAYING):
        set_statuses(services, status)
    drain()
    assert (nx.calls("suspend"), statuses(integration)) == (0, {"active": CROWD})
