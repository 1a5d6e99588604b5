"""What platforms have shown to those who believed them (D1 to D16 for runs), and the limits of both roads (D21 to D26).

Judged by the ledger of the platform. The same of ERPs is in ``test_source_cases.py``.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.platform_world import OWE, PEOPLE, PlatformWorld, open_platform_world
from webapp import clock
from webapp.messages import explain
from webapp.sandbox.client import SandboxProcess

NOTHING: dict[str, int] = {}
GIVEN = {"enable": 2}
LIST = {"operations": ["list"]}


def all_suspended(world: PlatformWorld) -> None:
    world.platform.suspend(world.ids)


def unknown_word(world: PlatformWorld, count: int = PEOPLE - 15) -> None:
    world.platform.change(world.ids[14 : 14 + count], status="congelado")


def other_people(world: PlatformWorld) -> None:
    world.platform.change(world.ids[3:-1], status="cancelled")
    world.platform.add_foreign(55)


def fewer(world: PlatformWorld) -> None:
    world.platform.change(world.ids[15:44], status="cancelled")


def nobody(world: PlatformWorld) -> None:
    """Nothing besides what tempts."""


@dataclass(frozen=True)
class Case:
    """One way to mislead.

    Attributes:
        alert: that must be open right after the run; empty = it does no harm.
        dials: of the fake platform; ``made``: what somebody did there.
        done: what was suspended there by hand, and is really shown so, is enabled all the same.
    """

    alert: str
    dials: dict[str, Any] = field(default_factory=dict)
    made: Callable[[PlatformWorld], None] = nobody
    done: dict[str, int] = field(default_factory=lambda: NOTHING)


CASES: dict[str, Case] = {
    "D1 an empty array": Case("run_refused", {**LIST, "status": 200, "body": []}),
    "D2 success and an empty list": Case("run_refused", {"list_fault": "empty"}),
    "D3 a log-in page": Case("run_refused", {"list_fault": "html"}),
    "D3 a log-in page in the middle": Case("run_refused", {"list_fault": "html", "list_page": 3}),
    "D4 cut off": Case("run_refused", {**LIST, "garbage": "truncated_json"}),
    "D4 cut off in the middle": Case("run_refused", {**LIST, "garbage": "truncated_json", "fail_after": 2}),
    "D5 page 3 of 5 missing": Case("run_refused", {"list_fault": "drop_page", "list_page": 3}),
    "D5 half of page 3 missing": Case("run_refused", {"list_fault": "half_page", "list_page": 3}),
    "D6 page 1 for ever": Case("run_refused", {"list_fault": "repeat_page", "list_page": 1}),
    "D9 states renamed": Case("snapshot_held", made=unknown_word, done=GIVEN),
    "D10 everybody suddenly suspended": Case("snapshot_held", made=all_suspended, done={"enable": PEOPLE - OWE}),
    "D11 a new word for some": Case("snapshot_held", made=lambda world: unknown_word(world, 20), done=GIVEN),
    "D13 another provider": Case("run_refused", made=other_people),
    "D16 half of them missing": Case("snapshot_held", made=fewer, done=GIVEN),
}


@pytest.fixture(scope="module")
def world(
    sandbox: SandboxProcess, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PlatformWorld]:
    folder = tmp_path_factory.mktemp("cases")
    with open_platform_world(folder, empty_database, sandbox.tenant("nx-run-cases")) as world:
        yield world


@pytest.fixture
def tempted(world: PlatformWorld) -> PlatformWorld:
    """The world as it was before any case, with something of every kind to do."""
    world.restore()
    # The fixture that puts the clock back ran: what was done when the world was made must not count for the day.
    clock.move(clock.timedelta(hours=26))
    world.tempt()
    return world


def test_a_good_reading_does_all_that_a_misled_one_must_not(tempted: PlatformWorld) -> None:
    run = tempted.read()
    assert (run.status, tempted.alerts()) == ("done", {})
    assert tempted.calls() == {"create": 1, "enable": 2, "suspend": 2}


@pytest.mark.parametrize("name", CASES)
def test_nobody_is_suspended_ended_or_made_who_paid_is_on_and_a_person_is_told(
    tempted: PlatformWorld, name: str
) -> None:
    world, case = tempted, CASES[name]
    case.made(world)
    if case.dials:
        world.platform.set_dials(**case.dials)
    world.pay()
    run = world.read()
    assert world.calls() == {**case.done, "enable": case.done.get("enable", 0) + 1}
    assert world.status(world.payer) == "active"
    assert run.finished_at is not None
    alerts = world.alerts()
    assert set(alerts) == {case.alert}
    assert all(explain(params.get("code", code), params).remedy for code, params in alerts.items())


def test_d8_rows_that_move_between_pages_make_nobody_twice(tempted: PlatformWorld) -> None:
    world = tempted
    world.platform.set_dials(latency_ms=150, operations=["list"])
    came = world.platform.calls("list")

    def move_rows() -> None:
        # After the first page: one goes from it, so the first of the second page moves to where nobody looks again.
        world.platform.wait_calls("list", came + 1)
        world.platform.change([world.ids[3]], status="cancelled")
        world.platform.add_foreign(1)

    mover = threading.Thread(target=move_rows)
    mover.start()
    run = world.read()
    mover.join()
    assert run.complete
    # Only who is really gone was made anew; who only was not shown was looked up first.
    assert world.calls() == {"create": 1, "enable": 2, "suspend": 2, "update": 1}
    assert [each for each in world.platform.live().values() if len(each) > 1] == []
