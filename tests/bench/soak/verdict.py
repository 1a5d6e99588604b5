"""Does it grow? A line through what was seen, with the bounds within which its slope lies. Pure.

The slope is the median of those between all pairs of places (Theil and Sen): one backup or one page more does not move
it. Its bounds come from how many pairs rise and how many fall (Kendall). Neighbouring samples are alike, which bounds
would take for proof: so what is looked at are the medians of thirty stretches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

STRETCHES = 30
# Of nineteen in twenty.
WIDTH = 1.96
LEAST = 6
Sample = tuple[float, float]


@dataclass(frozen=True)
class Limit:
    """How much of something is still nothing.

    Attributes:
        a_day: it may grow by so much, in its own unit.
        share: or by such a share of itself, where that is more.
        noise: less than that, from the middle to the end of what was watched, says nothing.
        most: it may never be more; None = whatever.
    """

    a_day: float
    share: float = 0.0
    noise: float = 0.0
    most: float | None = None


@dataclass(frozen=True)
class Judged:
    """What is known of one thing.

    Attributes:
        slope, low, high: growth in a day, and its bounds.
        allowed: growth in a day that is nothing.
        risen: growth from the middle to the end by that slope; ``noise``: what says nothing of it.
        peak: the most that was seen, in the whole time.
    """

    name: str
    begin: float
    end: float
    peak: float
    slope: float
    low: float
    high: float
    allowed: float
    risen: float
    noise: float
    most: float | None = None

    @property
    def grows(self) -> bool:
        """Tell whether it grows beyond doubt, and by more than is allowed."""
        return self.low > 0 and self.slope > self.allowed and self.risen > self.noise

    @property
    def is_too_much(self) -> bool:
        return self.most is not None and self.peak > self.most

    @property
    def is_sure(self) -> bool:
        """Tell whether the bounds leave no room for growth that is not allowed."""
        return self.high <= self.allowed

    @property
    def words(self) -> str:
        if self.grows or self.is_too_much:
            return "grows" if self.grows else "too much"
        return "steady" if self.is_sure else "steady, not proven"


def judge(name: str, samples: Sequence[Sample], limit: Limit, day_s: float) -> Judged:
    """Judge the second half of what was seen: in the first one, caches fill.

    Args:
        samples: seconds since the beginning, and how much there was.
        day_s: how many seconds are a day here.

    Raises:
        ValueError: too few samples; look more often, or longer.
    """
    half = samples[-1][0] / 2
    places = stretches([sample for sample in samples if sample[0] >= half])
    slope, low, high = (value * day_s for value in fit(places))
    middle = median(value for _, value in places)
    allowed = max(limit.a_day, limit.share * middle)
    peak = max(value for _, value in samples)
    risen = slope / day_s * (places[-1][0] - places[0][0])
    return Judged(name, places[0][1], places[-1][1], peak, slope, low, high, allowed, risen, limit.noise, limit.most)


def stretches(samples: Sequence[Sample], count: int = STRETCHES) -> list[Sample]:
    """Return the middles of so many stretches of equal length; where there are fewer samples, those.

    Raises:
        ValueError: there are not enough to say anything.
    """
    if len(samples) < LEAST:
        raise ValueError(f"{len(samples)} samples; {LEAST} are the least")
    size = max(len(samples) / count, 1.0)
    cut = [samples[round(n * size) : round((n + 1) * size)] for n in range(round(len(samples) / size))]
    return [(median(at for at, _ in part), median(value for _, value in part)) for part in cut if part]


def fit(places: Sequence[Sample]) -> tuple[float, float, float]:
    """Return the slope a second, and its lower and upper bound."""
    slopes = sorted(
        (later[1] - sooner[1]) / (later[0] - sooner[0])
        for number, sooner in enumerate(places)
        for later in places[number + 1 :]
    )
    count, pairs = len(places), len(slopes)
    spread = WIDTH * sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low, high = int((pairs - spread) / 2), int((pairs + spread) / 2) + 1
    return median(slopes), slopes[max(low, 0)], slopes[min(high, pairs - 1)]
