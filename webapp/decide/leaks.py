"""Where money leaks between what is sold and what a platform bills: kinds, and the sums of seats and sales. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

# Active on the platform and not sold; there, and nobody here made it; sold and not active; suspended and billed.
NOT_SOLD, UNKNOWN, NOT_ACTIVE, SUSPENDED = KINDS = ("not_sold", "unknown", "not_active", "suspended")
# Each costs the provider money by itself; what is sold and not active makes customers leave.
COSTING = (NOT_SOLD, UNKNOWN, SUSPENDED)
PATIENCE = timedelta(days=1)
USUAL_DAYS, MOST_DAYS = 30, 3650
NOTHING = Decimal("0.00")


@dataclass
class Sum:
    """How many, and what they are worth in a month.

    Attributes:
        unpriced: so many of them have no cost on record, or no product that is known.
    """

    count: int = 0
    value: Decimal = NOTHING
    unpriced: int = 0

    def add(self, count: int, price: Decimal | None) -> None:
        """Count so many of one price."""
        self.count += count
        if price is None:
            self.unpriced += count
        else:
            self.value += count * price

    def merge(self, other: "Sum") -> None:
        """Take another sum in."""
        self.count, self.value = self.count + other.count, self.value + other.value
        self.unpriced += other.unpriced


@dataclass
class Balance:
    """What one package, plan or platform brings and costs in a month.

    Attributes:
        seats: billed ones.
        unpriced: so many of them without a cost on record: the margin is less than it says.
    """

    sales: int = 0
    revenue: Decimal = NOTHING
    seats: int = 0
    cost: Decimal = NOTHING
    unpriced: int = 0

    @property
    def margin(self) -> Decimal:
        """What is left."""
        return self.revenue - self.cost

    @property
    def percent(self) -> Decimal | None:
        """The margin in per cent of what is paid; None = nothing is paid."""
        return None if not self.revenue else (100 * self.margin / self.revenue).quantize(Decimal("0.1"))

    def merge(self, other: "Balance") -> None:
        """Take another balance in."""
        self.sales, self.revenue = self.sales + other.sales, self.revenue + other.revenue
        self.seats, self.cost = self.seats + other.seats, self.cost + other.cost
        self.unpriced += other.unpriced


@dataclass(frozen=True)
class Costs:
    """What each product cost per month, from which day on.

    Attributes:
        history: product id -> (day, value), the oldest first.
    """

    history: Mapping[int, tuple[tuple[date, Decimal], ...]] = field(default_factory=dict)

    def on(self, product_id: int, day: date) -> Decimal | None:
        """Return what it cost on a day; None = nothing is on record."""
        known = [value for from_on, value in self.history.get(product_id, ()) if from_on <= day]
        return known[-1] if known else None


def billed_states(*, suspended_counts: bool, pending_counts: bool) -> tuple[str, ...]:
    """Return the states of seats that a platform bills, by its terms."""
    return ("active", *(["suspended"] * suspended_counts), *(["pending"] * pending_counts))


def totals(sums: Iterable[tuple[str, Sum]]) -> dict[str, Sum]:
    """Return the sums of each kind, of all platforms together; every kind is there."""
    found = {kind: Sum() for kind in KINDS}
    for kind, one in sums:
        found[kind].merge(one)
    return found
