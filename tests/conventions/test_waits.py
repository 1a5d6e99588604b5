"""No test fails because the machine has other things to do: whoever waits for a clock waits for long."""

import re

import pytest

from tests.conventions.modules import read

# A ceiling tells what never ends from what ends; a speed is told by ``thread_time`` or ``process_time``.
LEAST_S = 20
CLOCK = r"\b(?:monotonic(?:_s)?|perf_counter)\(\)"
CEILING = re.compile(rf"{CLOCK} (?:- \w+(?:\.\w+)? <=?|\+) (\d+(?:\.\d+)?)\b")


def hasty(text: str) -> list[str]:
    """Return the ceilings of a text that a busy machine breaks."""
    return [found[0] for found in CEILING.finditer(text) if float(found[1]) < LEAST_S]


def test_no_test_expects_the_machine_to_be_idle() -> None:
    tests = [module for module in read("tests") if not module.where.startswith(("tests/bench/", "tests/scan/"))]
    found = {module.where: hasty(module.text) for module in tests}
    assert {where: lines for where, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("assert time.monotonic() - began < " + "2.4", 1),
        ("until_s = clock.monotonic_s() + " + "5", 1),
        ("assert time.perf_counter() - self.began <= " + "0.5", 1),
        ("assert time.monotonic() - began < 20", 0),
        ("assert time.thread_time() - began < 1", 0),
    ],
)
def test_short_ceiling_is_found_wherever_it_stands(line: str, count: int) -> None:
    assert len(hasty(line)) == count
