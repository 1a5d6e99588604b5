"""Does the share of accounts that differ grow from reading to reading? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# So many readings in a row, each with a larger share than the one before it.
RISING = 4
# Less than this is everyday: people change things by hand on the platform.
NOISE = 0.02
# As much above what is usual here.
TIMES = 3.0
# It is over when the share has come down to this part of where the growth was seen.
EASED = 0.5


@dataclass(frozen=True)
class Growth:
    """The share of differing accounts at the beginning of the growth, now, and what is usual (0 to 1)."""

    before: float
    now: float
    usual: float


def growth(shares: Sequence[float]) -> Growth | None:
    """Return the growth that goes on, or has not come down again; None = all is as usual.

    Args:
        shares: of each reading, the oldest first, from 0 to 1.
    """
    for end in range(len(shares), RISING - 1, -1):
        if min(shares[end - 1 :]) < shares[end - 1] * EASED or shares[-1] <= NOISE:
            return None
        if _rose(shares[:end]):
            return Growth(shares[end - RISING], shares[-1], _usual(shares[:end]))
    return None


def _rose(shares: Sequence[float]) -> bool:
    last = shares[-RISING:]
    rising = all(before < after for before, after in zip(last, last[1:], strict=False))
    return rising and last[-1] > NOISE and last[-1] > TIMES * _usual(shares)


def _usual(shares: Sequence[float]) -> float:
    earlier = shares[:-RISING]
    return median(earlier) if earlier else 0.0
