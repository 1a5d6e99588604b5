"""New values of packages and plans from a day on, and what they do to what is sold already. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from webapp.decide.credentials import Flaw
from webapp.decide.readjust import MOST_VALUE, Rate, new_own_value, new_value, rate_flaws

Groups = Mapping[Decimal, int]


@dataclass(frozen=True)
class Outcome:
    """What a new value does to the sales of one package, or the services of one plan.

    Attributes:
        changed, left: so many of what is sold get a new value, and keep theirs.
        before, after: what all of it costs together, per month.
        pairs: value, new value, and how many have it; the most frequent first.
    """

    value: Decimal
    changed: int
    left: int
    before: Decimal
    after: Decimal
    pairs: tuple[tuple[Decimal, Decimal, int], ...]


def price_flaws(rate: Rate, value: Decimal, groups: Groups, *, also_sold: bool) -> list[Flaw]:
    """Return why something of this value cannot be changed so; empty when it can.

    Args:
        groups: values of what is sold, and how many have each.
    """
    own = [one for one in groups if one != value] if also_sold else []
    flaws = rate_flaws(rate, value, also_own=bool(own))
    if flaws:
        return flaws
    too_large = any(sold_value(rate, value, one) > MOST_VALUE for one in own)
    return [Flaw("percent" if rate.amount is None else "amount", "readjust_too_large", {})] if too_large else []


def outcome_of(rate: Rate, value: Decimal, groups: Groups, *, also_sold: bool) -> Outcome:
    """Return what a change free of flaws does."""
    pairs = [(one, sold_value(rate, value, one) if also_sold else one, count) for one, count in groups.items()]
    return Outcome(
        new_value(rate, value),
        sum(count for one, new, count in pairs if one != new),
        sum(count for one, new, count in pairs if one == new),
        sum((one * count for one, _new, count in pairs), Decimal("0.00")),
        sum((new * count for _one, new, count in pairs), Decimal("0.00")),
        tuple(sorted(pairs, key=lambda pair: (-pair[2], pair[0]))),
    )


def sold_value(rate: Rate, value: Decimal, own: Decimal) -> Decimal:
    """Return the new value of one sale; whoever pays exactly the old value pays exactly the new one."""
    return new_value(rate, value) if own == value else new_own_value(rate, value, own)


def scaled_parts(parts: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """Return parts in the same proportion that add up to ``total`` to the cent; of nothing, the first gets all.

    Args:
        parts: zero or more each; may be empty.
        total: zero or more.
    """
    whole = sum(parts, Decimal(0))
    if not parts or not whole:
        return [total, *parts[1:]] if parts else []
    exact = [Fraction(part) / Fraction(whole) * Fraction(total) * 100 for part in parts]
    cents = [floor(one) for one in exact]
    missing = int(total * 100) - sum(cents)
    by_rest = sorted(range(len(parts)), key=lambda place: (cents[place] - exact[place], place))
    for place in by_rest[:missing]:
        cents[place] += 1
    return [Decimal(one).scaleb(-2) for one in cents]
