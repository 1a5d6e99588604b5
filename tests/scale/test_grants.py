"""Who was granted a part of a limit works by it beside the others; where one must see the other, they take turns."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from tests.journeys.platforms import connect
from webapp import clock
from webapp.extensions import db
from webapp.gateways.contract import Limits
from webapp.models import LaneLimit, LaneShare
from webapp.sandbox.client import Tenant
from webapp.services.convergence.common_shares import GRANTED, LATE, CommonShares

LIMITS = Limits(concurrency=16)
THREADS = 12


@pytest.fixture
def lane(app: APIFlask, nx: Tenant) -> int:
    lane = connect(nx, "key", concurrency=LIMITS.concurrency).id
    granted(CommonShares("the first"), lane)
    with db.engine.begin() as db_connection:
        CommonShares("the first").forget(db_connection, [lane])
    return lane


def claim(db_connection: Connection, share: CommonShares, lane: int, mine: int = 0, limits: Limits = LIMITS) -> int:
    """Do what a cycle does that finds enough to do; returns how many calls begin."""
    now = clock.utc_now()
    share.lock(db_connection, [lane])
    more = share.room(db_connection, lane, limits, 1, mine, THREADS - mine, now).calls
    more = share.allowed(db_connection, lane, limits.rate_per_s, more, now)
    share.note(db_connection, {lane: mine + more}, now, hungry={lane})
    return more


def granted(share: CommonShares, lane: int, mine: int = 0) -> int:
    with db.engine.begin() as db_connection:
        return claim(db_connection, share, lane, mine)


def is_held(lane: int) -> bool:
    """Tell whether anybody holds the row of the integration."""
    wanted = select(LaneLimit.tokens).where(LaneLimit.integration_id == lane).with_for_update(nowait=True)
    try:
        with db.engine.begin() as db_connection:
            db_connection.execute(wanted)
    except OperationalError:
        return True
    return False


@contextmanager
def transaction() -> Iterator[Connection]:
    with db.engine.connect() as db_connection, db_connection.begin():
        yield db_connection


def written(lane: int) -> dict[str, int]:
    with db.engine.begin() as db_connection:
        found = select(LaneShare.worker, LaneShare.calls).where(LaneShare.integration_id == lane)
        return {row.worker: row.calls for row in db_connection.execute(found)}


def test_process_with_a_grant_holds_up_nobody_until_it_must_ask_anew(lane: int) -> None:
    mine = CommonShares("mine")
    assert granted(mine, lane) == THREADS
    with transaction() as db_connection:
        assert claim(db_connection, mine, lane, THREADS - 3) == 3
        assert not is_held(lane)
    clock.move(GRANTED)
    with transaction() as db_connection:
        claim(db_connection, mine, lane, THREADS - 3)
        assert is_held(lane)


def test_grants_of_two_never_exceed_the_limit_and_come_to_be_equal(lane: int) -> None:
    mine, other = CommonShares("mine"), CommonShares("other")
    assert granted(mine, lane) == THREADS
    assert granted(other, lane) == LIMITS.concurrency - THREADS
    # What the first one has under way it may end; it begins no more than its part.
    clock.move(GRANTED)
    half = LIMITS.concurrency // 2
    assert granted(mine, lane, half) == 0
    assert granted(other, lane, LIMITS.concurrency - THREADS) == THREADS - half
    assert written(lane) == {"mine": half, "other": half}


def test_process_that_is_late_in_its_transaction_begins_nothing_by_an_old_grant(lane: int) -> None:
    mine, now = CommonShares("mine"), clock.utc_now()
    granted(mine, lane)
    with transaction() as db_connection:
        mine.lock(db_connection, [lane])
        clock.move(GRANTED + LATE)
        assert mine.room(db_connection, lane, LIMITS, 1, 0, THREADS, now).calls == 0


def test_grant_of_a_transaction_that_failed_in_the_middle_is_never_told_as_given(lane: int) -> None:
    mine = CommonShares("mine")
    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle(mine, lane)
    with transaction() as db_connection:
        mine.remind(db_connection, {lane: 1}, clock.utc_now())
    assert written(lane) == {"mine": 1}
    with transaction() as db_connection:
        claim(db_connection, mine, lane)
        assert is_held(lane)


def test_part_that_is_not_used_up_is_free_for_others_at_once(lane: int) -> None:
    mine, now = CommonShares("mine"), clock.utc_now()
    granted(mine, lane)
    with transaction() as db_connection:
        mine.lock(db_connection, [lane])
        mine.note(db_connection, {lane: 2}, now)
    assert written(lane) == {"mine": 2}
    with transaction() as db_connection:
        claim(db_connection, mine, lane, 2)
        assert is_held(lane)


def fail_in_the_middle(share: CommonShares, lane: int) -> None:
    with transaction() as db_connection:
        share.lock(db_connection, [lane])
        assert share.room(db_connection, lane, LIMITS, 1, 0, THREADS, clock.utc_now()).calls == THREADS
        raise ZeroDivisionError


@pytest.mark.parametrize("why", ["stumbling", "delicate", "rated"])
def test_where_one_must_see_what_the_other_does_they_take_turns(lane: int, why: str) -> None:
    mine = CommonShares("mine")
    granted(mine, lane)
    if why == "delicate":
        with transaction() as db_connection:
            mine.lock(db_connection, [lane])
            assert mine.seize(db_connection, {lane}) == (set(), {lane})
            assert is_held(lane)
    if why == "rated":
        with transaction() as db_connection:
            # The limit is new: nothing begins that was not counted by all.
            assert claim(db_connection, mine, lane, 1, Limits(concurrency=16, rate_per_s=5)) == 0
    with transaction() as db_connection:
        mine.lock(db_connection, [lane], {lane} if why == "stumbling" else ())
        assert is_held(lane)


def test_lane_that_another_process_works_on_alone_is_left_to_it_and_waited_for_the_next_time(lane: int) -> None:
    mine, other = CommonShares("mine"), CommonShares("other")
    granted(mine, lane)
    with transaction() as theirs:
        other.lock(theirs, [lane], {lane})
        with transaction() as db_connection:
            mine.lock(db_connection, [lane])
            assert mine.seize(db_connection, {lane}) == ({lane}, set())
    with transaction() as db_connection:
        mine.lock(db_connection, [lane])
        assert is_held(lane)
        assert mine.seize(db_connection, {lane}) == (set(), set())


def test_clock_that_moves_back_a_little_makes_no_grant_longer(lane: int) -> None:
    mine = CommonShares("mine")
    granted(mine, lane)
    clock.leap(timedelta(seconds=-4))
    clock.move(GRANTED)
    with transaction() as db_connection:
        claim(db_connection, mine, lane)
        assert is_held(lane)
