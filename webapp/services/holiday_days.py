"""Which days are holidays in Brazil, and in one of its states; the ``holidays`` library needs no network."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from webapp import lazy

if TYPE_CHECKING:
    import holidays
else:
    holidays = lazy.module("holidays")

COUNTRY = "BR"
# Days such as Carnival are no holidays by law, and yet nobody answers a support line.
CATEGORIES = ("public", "optional")


def holidays_of(state: str) -> Callable[[date], bool]:
    """Return whether a day is a holiday of the country, or of a state.

    Args:
        state: such as ``SP``; empty = only those of the whole country.
    """
    return lambda day: day in _days(state, day.year)


@lru_cache(maxsize=128)
def _days(state: str, year: int) -> frozenset[date]:
    found = holidays.country_holidays(COUNTRY, subdiv=state or None, years=[year], categories=CATEGORIES)
    return frozenset(found)
