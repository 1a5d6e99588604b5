"""Whatever happens, in whatever order: none lost, none twice, nobody cut off who pays."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Machine
from tests.machine.world import KINDS, World

EXAMPLES, STEPS = int(os.environ.get("SINTONIA_SOAK", "0")), 30
SHARES = {"key": 40, "lookup": 40, "blind": 40}
SOAK_STEPS = 60


def profile(examples: int, steps: int = STEPS) -> settings:
    """Return how hard to look. In the test command always the same; in a soak always something else, made short."""
    phases = (Phase.generate, Phase.shrink) if EXAMPLES else (Phase.generate,)
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, derandomize=not EXAMPLES,
        phases=phases, suppress_health_check=list(HealthCheck), print_blob=True, report_multiple_bugs=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_hub_to_which_anything_happens_keeps_its_promises(world: World, kind: str) -> None:
    class Kind(Machine):
        kinds = (kind,)

    Kind.world = world
    examples, steps = (EXAMPLES // len(KINDS), SOAK_STEPS) if EXAMPLES else (SHARES[kind], STEPS)
    run_state_machine_as_test(Kind, settings=profile(examples, steps))
