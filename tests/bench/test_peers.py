"""The comparison with other ways of sending, with those of them that need nothing that a fresh machine lacks."""

from collections.abc import Iterator

import pytest

from tests.bench.peers import __main__ as peers
from tests.bench.peers import stores
from tests.bench.peers.sink import Sink
from tests.bench.peers.trial import Killed, Peer, killed, measured

CRON = Peer("cron", "cron", options=("4",), is_ours=True)


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def test_each_job_comes_once_and_its_speed_is_that_of_the_sink(sink: Sink) -> None:
    speed, seen = measured(CRON, None, sink, "speed", (24, "{}", 20))
    # Four threads and an answer after 20 ms.
    assert 0 < speed.per_s <= 4 / 0.02 * 1.1
    assert (len(seen.ids), seen.body) == (24, "{}")


def test_what_a_killed_worker_leaves_is_counted(sink: Sink) -> None:
    bare = Peer("bare", "bare", is_ours=True, restarts=False)
    lost = killed(bare, None, sink, "lost", (200, "{}", 40))
    assert (lost.held, lost.gone, lost.twice) == (0, 200 - lost.came, 0)
    assert lost.came < 200
    kept = killed(CRON, None, sink, "kept", (40, "{}", 40))
    assert (kept.came, kept.gone) == (40, 0)


def test_a_call_whose_sender_is_gone_has_no_effect() -> None:
    assert Killed(10, came=6, twice=1, held=2, late_s=0.0).gone == 2


def test_without_tools_or_redis_only_those_are_measured_that_come_with_us(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    assert {peer.module for peer in peers.chosen(None, [])} == set(peers.WITHOUT_TOOLS)
    monkeypatch.setattr(stores, "has_redis", lambda: False)
    without = peers.chosen(peers.Path("anywhere"), [])
    assert {peer.module for peer in without} == {"bare", "ours", "cron", "procrastinate", "huey"}
    assert [peer.name for peer in peers.chosen(None, ["cron"])][0] == peers.BARE.name


@pytest.mark.slow
def test_ours_and_the_bare_pool_are_measured_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ROUNDS": 1, "COUNTS": {0: 20}, "WARM_UP": 4, "KILL_COUNT": 20}.items():
        monkeypatch.setattr(peers, name, value)
    rows = peers.measure([peers.BARE, peers.OURS], None, lambda: None)
    ours = rows[1].killed
    assert ours is not None
    assert (ours.came, ours.gone) == (20, 0)
    told = peers.as_json(rows)
    assert told[0]["to_bare"] == {"0": 1.0}
    assert told[1]["speeds"]["0"][0]["cpu_ms"] > 0
    assert [table.row_count for table in peers.tables(rows)] == [2, 2]
