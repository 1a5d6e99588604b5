"""What packages sold are made of, for the accountant: each sale's own value over the lines of its package. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

UNKNOWN = "other"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """One line of a package's composition; ``kind``: sva, scm or other."""

    description: str
    kind: str
    value: Decimal


@dataclass(frozen=True)
class Sold:
    """So many sales of one package at one value."""

    value: Decimal
    count: int


@dataclass(frozen=True)
class Share:
    """What a line comes to over all sales."""

    description: str
    kind: str
    count: int
    value: Decimal


def compose(lines: Sequence[Line], sold: Iterable[Sold]) -> list[Share]:
    """Return what each line comes to; the sum is that of the sales, to the cent.

    A package without lines, or whose lines are worth nothing, has its whole value in one of no kind.
    """
    sold = list(sold)
    whole = lines if sum(line.value for line in lines) else [Line("", UNKNOWN, Decimal(1))]
    sums = [Decimal("0.00")] * len(whole)
    for one in sold:
        parts = split(one.value, [line.value for line in whole])
        sums = [total + part * one.count for total, part in zip(sums, parts, strict=True)]
    count = sum(one.count for one in sold)
    return [Share(line.description, line.kind, count, value) for line, value in zip(whole, sums, strict=True)]


def split(value: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Return a value in parts by their weights, each to the cent; what is left over goes to the largest.

    Args:
        weights: not all of them zero.
    """
    total = sum(weights)
    parts = [(value * weight / total).quantize(CENT, ROUND_DOWN) for weight in weights]
    largest = max(range(len(weights)), key=lambda place: weights[place])
    parts[largest] += value - sum(parts)
    return parts
