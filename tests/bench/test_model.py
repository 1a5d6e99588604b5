"""The cost model: the simulation against the formula, and both against what was really measured."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.bench.model import (
    CASES,
    SIZES,
    Engine,
    Figures,
    Habits,
    Platform,
    Simulation,
    formula,
    limits,
    machine_for,
    tables,
    threads_needed,
)

CALLS = 3_000


def simulated(engine: Engine, platform: Platform) -> float:
    return Simulation(engine, platform, CALLS).rate()


@pytest.mark.parametrize(("name", "engine", "platform"), CASES, ids=[case[0] for case in CASES])
def test_simulation_comes_near_the_formula_and_never_above_it(name: str, engine: Engine, platform: Platform) -> None:
    assert 0.82 <= simulated(engine, platform) / formula(engine, platform) <= 1.02


@pytest.mark.parametrize(
    ("engine", "platform", "what"),
    [
        (Engine(cpu_s=0.0001, threads=8, claimed=64), Platform(0.1), "threads"),
        (Engine(cpu_s=0.01), Platform(0.0), "processor"),
        (Engine(cpu_s=0.0001), Platform(0.05, rate_per_s=50), "platform's rate"),
        (Engine(cpu_s=0.0001, threads=64, claimed=16, commit_s=0.02), Platform(0.1), "taken ahead"),
    ],
)
def test_each_thing_that_limits_is_found_and_where_it_is_alone_both_agree(
    engine: Engine, platform: Platform, what: str
) -> None:
    found = limits(engine, platform)
    assert min(found, key=found.__getitem__) == what
    assert simulated(engine, platform) == pytest.approx(formula(engine, platform), rel=0.12)


def test_platform_is_never_asked_more_at_once_than_it_takes() -> None:
    trial = Simulation(Engine(3, 16, 32), Platform(0.05, concurrency=10), CALLS)
    trial.rate()
    assert trial.most_calling == 10


def test_second_worker_doubles_where_waiting_is_the_limit_and_helps_nothing_where_the_platform_is() -> None:
    waits, full = Platform(0.05), Platform(0.05, rate_per_s=100)
    one, two = Engine(1, 12, 24), Engine(2, 12, 24)
    assert simulated(two, waits) / simulated(one, waits) == pytest.approx(2, rel=0.05)
    assert simulated(two, full) / simulated(one, full) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize(("latency_s", "measured"), [(0.0, 505), (0.05, 420)])
def test_simulation_meets_what_the_bench_measured(latency_s: float, measured: float) -> None:
    """Our own deliveries of 2026-11-22, with the CPU of each as measured there: 32 in flight, SQLite, two cores."""
    engine = Engine(threads=32, claimed=64, cpu_s=0.00195)
    assert simulated(engine, Platform(latency_s)) == pytest.approx(measured, rel=0.18)


def test_formula_meets_a_pool_of_threads_that_really_waits() -> None:
    """The best of three: a busy machine makes it slower, and nothing makes it faster than the waiting allows."""
    threads, latency_s, calls = 8, 0.05, 160
    bound = formula(Engine(threads=threads, claimed=EVERY, cpu_s=1e-6, commit_s=0.0), Platform(latency_s))
    rates = [pool_rate(threads, latency_s, calls) for _ in range(3)]
    assert 0.6 * bound <= max(rates) <= 1.01 * bound


EVERY = 1_000_000


def pool_rate(threads: int, latency_s: float, calls: int) -> float:
    waiting = threading.Event()
    began_s = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: waiting.wait(latency_s), range(calls)))
    return calls / (time.monotonic() - began_s)


def test_machine_grows_with_the_subscribers_and_the_words_kept() -> None:
    machines = [machine_for(size, Figures(), Habits()) for size in SIZES]
    assert [one.subscribers for one in machines] == list(SIZES)
    assert all(one.disk_gb < other.disk_gb for one, other in zip(machines, machines[1:], strict=False))
    brief = machine_for(SIZES[0], Figures(), Habits(words_days=7))
    assert brief.disk_gb < machines[0].disk_gb
    assert threads_needed(86_400, 0.5, peak=1) == 0.5
    assert [table.row_count for table in tables(calls=500)] == [len(CASES), len(SIZES)]
