"""An invoice of a platform, line by line: what is right and what can be contested. Pure.

Nothing is claimed in doubt: a line of which it is not certain whom it is about is left to a person.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from webapp.decide.billing import CENT, DAILY, NOTHING, Cost, Terms, billed_days, due, looked_at, month_days
from webapp.decide.seats import PENDING, SUSPENDED

RIGHT, CANCELLED, NOT_SOLD, TWICE, PRICE, OFF, WAITING, EARLY, NOT_BILLED, UNCLEAR = VERDICTS = (
    "right", "cancelled", "not_sold", "twice", "price", "suspended", "pending", "early", "not_billed", "unclear",
)  # fmt: skip
# Why it is not certain; a flaw of the line itself is named by whoever read it.
NOBODY, CONTRADICTS, SEVERAL, PRODUCT, CREDIT, PERIOD = DOUBTS = (
    "nobody_named", "contradicts", "several", "product_unknown", "credit", "other_month",
)  # fmt: skip
Key = tuple[int, int]


@dataclass(frozen=True)
class Line:
    """One line of the file.

    Attributes:
        names: by what it names its subject, kind and value in our shape, the surest first.
        subject, item: as the platform writes them.
        product_id: the product that ``item`` means; None = it says none, or one that nobody knows.
        first, last: the days that it bills; None = the whole month.
        flaw: why it could not be read; empty = it could.
    """

    number: int
    names: tuple[tuple[str, str], ...]
    subject: str
    value: Decimal
    item: str = ""
    product_id: int | None = None
    quantity: int = 1
    first: date | None = None
    last: date | None = None
    flaw: str = ""


@dataclass(frozen=True)
class Ledger:
    """What the hub knows of the month.

    Attributes:
        held: state of each day, by account and product, of all that was held on any day of the month.
        ended: those among the others that were held before it.
        owners: account -> customer.
        billed: days for which earlier invoices of the same month bill a seat; ``later``: what later ones bill.
    """

    month: date
    terms: Terms
    costs: Mapping[int, Sequence[Cost]]
    held: Mapping[Key, Sequence[str]]
    ended: frozenset[Key] = frozenset()
    owners: Mapping[int, int] = field(default_factory=dict)
    billed: Mapping[Key, frozenset[int]] = field(default_factory=dict)
    later: frozenset[Key] = frozenset()


@dataclass(frozen=True)
class Finding:
    """What was found of one line, or of a seat that no line bills (``line`` is None).

    Attributes:
        reason: why it is unclear, or what else is to be said of it: ``no_cost``, ``product_never``; mostly empty.
        days: for which the seat may be billed by this line.
    """

    verdict: str
    value: Decimal
    expected: Decimal
    line: Line | None = None
    account_id: int | None = None
    product_id: int | None = None
    reason: str = ""
    days: frozenset[int] = frozenset()

    @property
    def disputed(self) -> Decimal:
        """What is contested; whoever billed too little is not asked to bill more."""
        return max(NOTHING, self.value - self.expected)


def find_accounts(line: Line, who: Mapping[tuple[str, str], frozenset[int]]) -> frozenset[int] | None:
    """Return the accounts that a line can mean; None = what it says is about different ones.

    Args:
        who: kind and value of a name -> accounts that bear it.
    """
    found: frozenset[int] = frozenset()
    for name in line.names:
        bearers = who.get(name)
        if not bearers:
            continue
        if found and not found & bearers:
            return None
        found = found & bearers or bearers
    return found


def judge(lines: Iterable[tuple[Line, frozenset[int] | None]], ledger: Ledger) -> list[Finding]:
    """Return what is to be said of every line, in their order, and behind them the seats that no line bills.

    Args:
        lines: each with the accounts that it can mean, see ``find_accounts``.
    """
    return list(_Judge(ledger).findings(lines))


class _Judge:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._billed: defaultdict[Key, frozenset[int]] = defaultdict(frozenset, ledger.billed)
        self._spared: set[Key] = set()
        # Most seats of a month look alike, and most lines are about the whole of it.
        self._counted: dict[tuple[str, ...], frozenset[int]] = {}
        self._whole = list(looked_at(ledger.month, ledger.terms))
        self._dues: dict[tuple[int, frozenset[int]], Decimal | None] = {}
        self._keys: defaultdict[int, list[Key]] = defaultdict(list)
        for key in (*ledger.held, *sorted(ledger.ended)):
            self._keys[key[0]].append(key)

    def findings(self, lines: Iterable[tuple[Line, frozenset[int] | None]]) -> Iterator[Finding]:
        for line, accounts in lines:
            found = self._line(line, accounts)
            if found.account_id is not None and found.product_id is not None and found.days:
                self._billed[found.account_id, found.product_id] |= found.days
            yield found
        yield from self._not_billed()

    def _line(self, line: Line, accounts: frozenset[int] | None) -> Finding:
        doubt = self._doubt(line, accounts)
        if doubt:
            return self._unclear(line, accounts or (), doubt)
        if not accounts:
            return Finding(NOT_SOLD, line.value, NOTHING, line, product_id=line.product_id)
        if line.item and line.product_id is None:
            return self._unclear(line, accounts, PRODUCT)
        return self._known(line, accounts)

    def _doubt(self, line: Line, accounts: frozenset[int] | None) -> str:
        if line.flaw or not line.names:
            return line.flaw or NOBODY
        if line.value < 0:
            return CREDIT
        if not self._period(line):
            return PERIOD
        return CONTRADICTS if accounts is None else ""

    def _known(self, line: Line, accounts: frozenset[int]) -> Finding:
        keys = self._keys_of(line, accounts)
        held = [key for key in keys if key in self._ledger.held]
        if not held:
            return self._never_in_month(line, accounts, keys)
        counting = [key for key in held if self._days(line, key)]
        if not counting:
            return self._not_counting(line, held)
        if len(counting) == 1:
            return self._priced(line, counting[0])
        return self._one_of(line, counting)

    def _keys_of(self, line: Line, accounts: Iterable[int]) -> list[Key]:
        found = [key for account_id in sorted(accounts) for key in self._keys[account_id]]
        return [key for key in found if line.product_id in (None, key[1])]

    def _never_in_month(self, line: Line, accounts: frozenset[int], keys: Sequence[Key]) -> Finding:
        """Whoever of them is meant, nothing of it was held: the claim is the same for all."""
        account_id, product_id = keys[0] if keys else (min(accounts), line.product_id)
        verdict, reason = (CANCELLED, "") if keys else (NOT_SOLD, "product_never")
        return Finding(verdict, line.value, NOTHING, line, account_id, product_id, reason)

    def _not_counting(self, line: Line, held: Sequence[Key]) -> Finding:
        verdicts = {self._why_not(line, key) for key in held}
        if len(verdicts) > 1:
            return self._unclear(line, {key[0] for key in held}, SEVERAL)
        return Finding(verdicts.pop(), line.value, NOTHING, line, *held[0])

    def _why_not(self, line: Line, key: Key) -> str:
        states, days = self._ledger.held[key], self._period(line)
        seen = {states[day - 1] for day in days}
        if SUSPENDED in seen:
            return OFF
        if PENDING in seen:
            return WAITING
        return CANCELLED if any(states[: days[0] - 1]) else EARLY

    def _one_of(self, line: Line, counting: Sequence[Key]) -> Finding:
        """Contracts of one person cannot be told apart: each line takes one that fits, and none is contested."""
        owners = {self._ledger.owners.get(key[0]) for key in counting}
        free = [key for key in counting if self._days(line, key) - self._billed[key]]
        found = [self._priced(line, key) for key in free] if len(owners) == 1 else []
        fitting = next((one for one in found if one.verdict == RIGHT), None)
        return fitting or self._unclear(line, {key[0] for key in counting}, SEVERAL)

    def _priced(self, line: Line, key: Key) -> Finding:
        days = self._days(line, key)
        fresh = days - self._billed[key]
        if self._ledger.terms.basis != DAILY and fresh != days:
            fresh = frozenset()
        if not fresh:
            return Finding(TWICE, line.value, NOTHING, line, *key)
        expected = self._due(key, fresh)
        if expected is None:
            return self._without_cost(line, key, fresh)
        verdict = RIGHT if expected == line.value else self._why(line, key, expected, fresh)
        return Finding(verdict, line.value, expected, line, *key, days=fresh)

    def _without_cost(self, line: Line, key: Key, fresh: frozenset[int]) -> Finding:
        verdict, expected = RIGHT, line.value
        if line.quantity > 1:
            verdict, expected = TWICE, (line.value / line.quantity).quantize(CENT, ROUND_HALF_UP)
        return Finding(verdict, line.value, expected, line, *key, "no_cost", fresh)

    def _why(self, line: Line, key: Key, expected: Decimal, fresh: frozenset[int]) -> str:
        """Say what explains another value to the cent; only what nothing explains is another price."""
        days = self._days(line, key)
        if line.quantity > 1 and line.value == expected * line.quantity:
            return TWICE
        if fresh != days and line.value == self._due(key, days):
            return TWICE
        if self._ledger.terms.basis != DAILY:
            return PRICE
        period, states = self._period(line), self._ledger.held[key]
        on = frozenset(day for day in period if day >= min(days))
        if not states[period[-1] - 1] and line.value == self._due(key, on):
            return CANCELLED
        off = frozenset(day for day in period if states[day - 1])
        return OFF if off != days and line.value == self._due(key, off) else PRICE

    def _not_billed(self) -> Iterator[Finding]:
        ledger = self._ledger
        for key in ledger.held:
            if key in self._spared or key in ledger.later or self._billed.get(key):
                continue
            days = self._counting(key)
            if days:
                expected = self._due(key, days)
                reason = "no_cost" if expected is None else ""
                yield Finding(NOT_BILLED, NOTHING, expected or NOTHING, None, *key, reason)

    def _unclear(self, line: Line, accounts: Iterable[int], reason: str) -> Finding:
        several = sorted(accounts)
        self._spared.update(self._keys_of(replace(line, product_id=None), several))
        account_id = several[0] if len(several) == 1 else None
        return Finding(UNCLEAR, line.value, line.value, line, account_id, line.product_id, reason)

    def _period(self, line: Line) -> list[int]:
        """Return the days of the month that a line is about."""
        month = self._ledger.month
        first, last = line.first or line.last, line.last or line.first
        if first is None or last is None:
            return self._whole
        inside = [day for day in month_days(month) if first <= month.replace(day=day) <= last]
        if self._ledger.terms.basis == DAILY:
            return inside
        # A platform that counts whole months names any part of one for what it counted.
        return self._whole if inside else []

    def _days(self, line: Line, key: Key) -> frozenset[int]:
        counted = self._counting(key)
        return counted if line.first is None and line.last is None else counted.intersection(self._period(line))

    def _counting(self, key: Key) -> frozenset[int]:
        states = tuple(self._ledger.held[key])
        if states not in self._counted:
            self._counted[states] = billed_days(states, self._ledger.month, self._ledger.terms)
        return self._counted[states]

    def _due(self, key: Key, days: frozenset[int]) -> Decimal | None:
        asked = key[1], days
        if asked not in self._dues:
            ledger = self._ledger
            self._dues[asked] = due(days, ledger.month, ledger.terms, ledger.costs.get(key[1], ()))
        return self._dues[asked]
