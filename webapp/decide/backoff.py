"""When a failed call is tried again. Pure: randomness comes in as a number."""

from collections.abc import Sequence

# Standard Webhooks 1.0: ten tries in about 75 hours; afterwards once a day, for nothing is lost.
SCHEDULE_S = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
CAPACITY_S = 21_600.0
JITTER_RATIO = 0.2
LONGEST_PAUSE_S = 3_600.0


def delay_s(tries: int, schedule: Sequence[float] | None, chance: float) -> float:
    """Return the seconds to wait after the given number of failed tries.

    Args:
        tries: failed ones so far, from 1.
        schedule: the integration's own, or None for the product's.
        chance: 0 to 1, spreads the retry by 20 % to either side.
    """
    steps = schedule or SCHEDULE_S
    planned = steps[min(max(tries, 1), len(steps)) - 1]
    return planned * (1 + JITTER_RATIO * (2 * chance - 1))


def pause_s(asked: float | None, planned: float) -> float:
    """Return how long to leave a platform alone that asked for it: never under a second, never over an hour."""
    if asked is None or asked != asked or asked <= 0:
        return min(planned, LONGEST_PAUSE_S)
    return min(max(asked, 1.0), LONGEST_PAUSE_S)
