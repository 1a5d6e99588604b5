"""What a listing shows while it is laid beside what we believe: counted, and a byte for each unit. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress
from operator import and_

from webapp.decide.believed_index import SETTLED, Index
from webapp.gateways.contract import Observed, RemoteState

# How an account was shown, so that it can be shown again from what we believe: nothing more is kept of most.
IDS, OWN, REFERENCE, LOGIN, DOCUMENT, PRODUCTS, SEEN, KEPT = (1 << bit for bit in range(8))
ALIKE = SEEN | IDS | LOGIN | REFERENCE | DOCUMENT | PRODUCTS
# Columns of bytes are turned as one, many times faster than byte by byte.
_IS_SHOWN = bytes(how > 0 for how in range(256))
_IS_ALIKE = bytes(how > 0 and not how & KEPT for how in range(256))
_IS_SETTLED = bytes(flags & SETTLED for flags in range(256))


@dataclass
class Tally:
    """What was shown, counted.

    Attributes:
        agreed: as we believe it; ``doubtful``: something of it is ours; ``strangers``: nothing is.
        contradicting: doubtful ones that show another state than ours.
    """

    listed: int = 0
    agreed: int = 0
    doubtful: int = 0
    strangers: int = 0
    contradicting: int = 0


class Shown:
    """What agreed.

    Attributes:
        how: by the place of a unit; 0 = it was not shown, or does not agree.
    """

    def __init__(self, index: Index) -> None:
        self.how = bytearray(len(index.owners))
        self._index = index
        self._kept: dict[int, Observed] = {}

    def note(self, unit: int, how: int, one: Observed) -> None:
        """Note that a unit was shown."""
        self.how[unit] = how
        if how & KEPT:
            # Alike in what counts, and told in other words.
            self._kept[unit] = one

    def places(self) -> set[int]:
        """Return the accounts of which something was shown."""
        return set(compress(self._index.owners, self.how))

    def states(self) -> Counter[str]:
        """Return how many were shown in each state."""
        found = Counter(str(one.state) for one in self._kept.values())
        alike = list(compress(self._index.states, self.how.translate(_IS_ALIKE)))
        for state in (RemoteState.ACTIVE, RemoteState.SUSPENDED, RemoteState.PENDING_USER):
            found[str(state)] += alike.count(state)
        return found

    def settled(self) -> int:
        """Return how many accounts were shown that have nothing under way."""
        flags = self._index.flags
        if self._index.per_right:
            return sum(flags[place] & SETTLED for place in self.places())
        return sum(map(and_, self.how.translate(_IS_SHOWN), flags.translate(_IS_SETTLED)))

    def again(self, place: int) -> Iterator[Observed]:
        """Show once more what agreed and was forgotten."""
        index = self._index
        for unit in index.units_of(place):
            how = self.how[unit]
            if how & KEPT:
                yield self._kept[unit]
            elif how:
                ours = index.remote_ids(place) if how & IDS else {}
                yield Observed(
                    index.logins[place] if how & LOGIN else "", index.states[unit],
                    {**ours, **index.own_ids(unit)} if how & OWN else ours,
                    index.reference_of(index.account_ids[place]) if how & REFERENCE else "",
                    index.documents[place] if how & DOCUMENT else "",
                    index.products[unit] if how & PRODUCTS else None,
                )  # fmt: skip

    def lacking(self, covers: frozenset[RemoteState]) -> set[int]:
        """Return the accounts of which something that should be shown is not."""
        index, found = self._index, set()
        unit = self.how.find(0)
        while unit >= 0:
            place, state = index.owners[unit], index.states[unit]
            if index.flags[place] & SETTLED and state is not RemoteState.ABSENT and state in covers:
                found.add(place)
            unit = self.how.find(0, unit + 1)
        return found


def how_alike(one: Observed) -> int:
    """Return how one was shown that agrees in everything that it carries."""
    how = SEEN | IDS | LOGIN | (DOCUMENT if one.document else 0) | (REFERENCE if one.reference else 0)
    return how | PRODUCTS if one.products is not None else how
