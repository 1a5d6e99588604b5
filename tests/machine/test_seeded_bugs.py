"""Each mistake that is put into the product on purpose is found, by the invariant that it breaks."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from tests.harness.bugs import BUGS
from tests.machine.machine import Base, numbers
from tests.machine.model import OFF, ON
from tests.machine.world import World

# What the test command's profile spends on one kind of platform.
EXAMPLES, STEPS = 70, 30
CONTROLS = 4


class Brief(Base):
    """Nothing comes to rest: what arrived, and what was recorded, tells enough."""

    def end(self) -> None:
        self.judge.books()


class Overtaking(Brief):
    """People pay while calls wait."""

    kinds = ("key",)

    @rule(number=numbers, status=st.sampled_from((ON, OFF)))
    def status(self, number: int, status: str) -> None:
        self.desk.status(self.person(number), status)

    @rule(manner=st.sampled_from(("run", "hold")))
    def engine(self, manner: str) -> None:
        self.world.manner = manner
        self.world.step(self.world.cycles)
        self.world.manner = "run"

    @rule()
    def release(self) -> None:
        self.world.step(self.world.release)


class Doubt(Brief):
    """Answers get lost."""

    kinds = ("key", "lookup")

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        super().begin(data)
        for number in range(4):
            self.desk.package(self.person(number), "TV")
        self.world.step(self.world.work)

    @rule(number=numbers)
    def sell(self, number: int) -> None:
        if not self.person(number).packages:
            self.desk.package(self.person(number), "TV")

    @rule(fault=st.sampled_from(("", "lost", "500_done")))
    def fault(self, fault: str) -> None:
        self.world.platform.fault = fault

    @rule(crash=st.sampled_from((0, 2, 3)))
    def engine(self, crash: int) -> None:
        self.world.step(self.world.cycles, crash)

    @rule()
    def later(self) -> None:
        self.world.pass_time(timedelta(minutes=5))


class Marked(Brief):
    """The process dies, and the platform can be asked for nothing."""

    kinds = ("blind",)

    @rule(number=numbers)
    def sell(self, number: int) -> None:
        self.desk.package(self.person(number), "TV")

    @rule(crash=st.sampled_from((0, 2, 3)))
    def engine(self, crash: int) -> None:
        self.world.step(self.world.cycles, crash)


class Drip(Brief):
    """Somebody on the platform enables people again and again, a few a time."""

    kinds = ("key",)

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        super().begin(data)
        for number in range(5):
            self.desk.status(self.person(number), OFF)
        self.world.step(self.world.work)

    @rule(number=numbers)
    def enable(self, number: int) -> None:
        for one in self.world.platform.live(self.person(number).email):
            self.world.platform.change(one, "active")

    @rule()
    def reconcile(self) -> None:
        self.desk.reconcile()
        self.world.step(self.world.work)


class Gaps(Brief):
    """Listings leave people out."""

    kinds = ("key",)

    @rule(fault=st.sampled_from(("", "list_shrunk", "list_short", "list_empty")))
    def fault(self, fault: str) -> None:
        self.world.platform.fault = fault

    @rule()
    def reconcile(self) -> None:
        self.desk.reconcile()
        self.world.step(self.world.work)


FOUND_BY = {
    "no_lease": (Overtaking, "I4"), "blind_repeat": (Doubt, "I2"), "mark_before_send": (Marked, "I6"),
    "budget_of_a_run_only": (Drip, "I5"), "absence_believed": (Gaps, "I2"),
}  # fmt: skip


def look(world: World, rules: type[Base], examples: int = EXAMPLES) -> None:
    """Run these rules as the test command runs all, without making what is found shorter."""
    shown = type(rules.__name__, (rules,), {"world": world})
    run_state_machine_as_test(
        shown,
        settings=settings(
            max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None, derandomize=True,
            phases=(Phase.generate,), suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
        ),
    )  # fmt: skip


@pytest.mark.parametrize("bug", FOUND_BY)
def test_a_mistake_put_into_the_product_is_found_by_the_promise_that_it_breaks(world: World, bug: str) -> None:
    rules, promise = FOUND_BY[bug]
    with BUGS[bug](), pytest.raises(AssertionError, match=promise):
        look(world, rules)


@pytest.mark.parametrize("rules", sorted({rules for rules, _ in FOUND_BY.values()}, key=lambda one: one.__name__))
def test_the_same_rules_find_nothing_in_the_product_as_it_is(world: World, rules: type[Base]) -> None:
    look(world, rules, CONTROLS)
