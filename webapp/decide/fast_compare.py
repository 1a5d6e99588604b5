"""Lays a listing beside what we believe while it is read, and forgets at once whoever obviously agrees. Pure.

What does not (nobody's, not shown, differing, contradictory, shown twice) is kept together with all accounts that it
may be about, and goes through ``compare`` or ``compare_rights``: they alone say what differs. The promise: fast and
exact together say just what the exact comparison of everything says.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from webapp.decide.believed_index import MISSED, PLAIN, SETTLED, Index
from webapp.decide.compare_rights import each_right
from webapp.decide.shown import (
    ALIKE,
    DOCUMENT,
    IDS,
    KEPT,
    LOGIN,
    OWN,
    PRODUCTS,
    REFERENCE,
    SEEN,
    Shown,
    Tally,
    how_alike,
)
from webapp.gateways.contract import Observed, RemoteState, same_document

_SURE = SETTLED | PLAIN


@dataclass(frozen=True)
class Group:
    """Accounts that must be compared exactly, and everything that is shown of them."""

    account_ids: Sequence[int]
    observed: Sequence[Observed]


class FastCompare:
    """Take everything that is shown, then ask for the rest."""

    def __init__(self, index: Index) -> None:
        self.tally = Tally()
        self.strangers: list[Observed] = []
        self._index = index
        self._shown = Shown(index)
        self._suspects: list[tuple[Observed, tuple[int, ...]]] = []

    def take_all(self, observed: Iterable[Observed]) -> None:
        """Lay those that are shown beside what we believe of them.

        Nearly everybody is a whole account, shown with its one id and just as we believe it to be. For them this says
        what ``take`` would say as well, four times as fast: a listing has hundreds of thousands.
        """
        index, shown, take, unknown = self._index, self._shown.how, self.take, RemoteState.UNKNOWN
        flags, logins, states, documents = index.flags, index.logins, index.states, index.documents
        products, reference_of, account_ids = index.products, index.reference_of, index.account_ids
        name, only = index.only_ids()
        place_of, agreed = only.get, 0
        for one in observed:
            ids, document, reference, sold = one.remote_ids, one.document, one.reference, one.products
            place = place_of(ids[name], -1) if len(ids) == 1 and name in ids else -1
            if (
                place < 0
                or shown[place]
                or flags[place] & _SURE != _SURE
                or one.login != logins[place]
                or one.state is not states[place]
                or one.state is unknown
                or (sold is not None and sold != products[place])
                or (document and document != documents[place])
                or (reference and reference != reference_of(account_ids[place]))
            ):
                take(one)
                continue
            shown[place] = ALIKE if document and reference and sold is not None else how_alike(one)
            agreed += 1
        self.tally.agreed += agreed
        self.tally.listed += agreed

    def take(self, one: Observed) -> None:
        """Lay one that is shown beside what we believe of it."""
        self.tally.listed += 1
        if one.state is RemoteState.ABSENT:
            return
        if not self._index.per_right or one.products is None or len(one.products) == 1:
            self._take(one)
        else:
            for right in each_right((one,)):
                self._take(right)

    def groups(self, covers: Iterable[RemoteState], size: int) -> Iterator[Group]:
        """Return what must be compared exactly, in groups that say nothing of each other.

        Args:
            covers: states that the listing shows: who is absent in one of them must be looked at.
            size: accounts of a group; those that one shown account ties together are never parted.
        """
        about, tangled = self._by_account()
        if tangled:
            yield self._group(sorted(tangled), about)
        alone = sorted((set(about) | self._shown.lacking(frozenset(covers))) - tangled)
        for start in range(0, len(alone), size):
            yield self._group(alone[start : start + size], about)

    @property
    def states(self) -> dict[str, int]:
        """Ours by the state in which they are shown."""
        found = self._shown.states()
        found.update(str(one.state) for one, places in self._suspects if places)
        return {state: count for state, count in sorted(found.items()) if count}

    @property
    def compared(self) -> int:
        """Units of ours that are shown and have nothing under way."""
        flags = self._index.flags
        doubtful = sum(1 for _, places in self._suspects if len(places) == 1 and flags[places[0]] & SETTLED)
        return self._shown.settled() + doubtful

    def seen_again(self) -> list[int]:
        """Return accounts that an earlier reading did not show, and this one does."""
        index = self._index
        if not index.has_missed:
            return []
        places = self._shown.places().union(*(where for _, where in self._suspects))
        return [index.account_ids[place] for place in sorted(places) if index.flags[place] & MISSED]

    def _take(self, one: Observed) -> None:
        unit = self._unit(one)
        if unit is not None:
            how = self._how(one, unit)
            if how:
                self._shown.note(unit, how, one)
                self.tally.agreed += 1
                return
        self._suspect(one)

    def _unit(self, one: Observed) -> int | None:
        """Return the unit that it is at a first glance."""
        index = self._index
        place: int | None = None
        for name, value in one.remote_ids.items():
            if index.per_right and (unit := index.with_own_id(name, value)) is not None:
                return unit
            if place is None:
                place = index.with_id(name, value)
        if place is None and one.reference:
            place = index.with_reference(one.reference)
        elif place is None and one.login:
            found = tuple(index.with_login(one.login))
            place = found[0] if len(found) == 1 else None
        return place if place is None or not index.per_right else self._right(one, place)

    def _right(self, one: Observed, place: int) -> int | None:
        units = self._index.units_of(place)
        if one.products is None:
            # It can mean no other only where there is no other.
            return units[0] if len(units) == 1 else None
        return next((unit for unit in units if self._index.products[unit] == one.products), None)

    def _how(self, one: Observed, unit: int) -> int:
        """Return how it is shown; 0 = it does not obviously agree, or is not the first."""
        index = self._index
        place = index.owners[unit]
        if not index.flags[place] & PLAIN or self._shown.how[unit]:
            return 0
        how = self._ids(one, place, unit)
        if how and one.reference:
            if one.reference == index.reference_of(index.account_ids[place]):
                how |= REFERENCE
            else:
                how = 0 if index.with_reference(one.reference) is not None else how | KEPT
        if how and one.login:
            how = self._login(one.login, place, how)
        if how and one.document and not same_document(index.documents[place], one.document):
            return 0
        return self._content(one, unit, how | DOCUMENT if one.document else how) if how else 0

    def _ids(self, one: Observed, place: int, unit: int) -> int:
        index = self._index
        shown = one.remote_ids
        if not shown:
            return SEEN
        ours, own = index.remote_ids(place), index.own_ids(unit)
        if shown == ours:
            return SEEN | IDS
        if own and shown == own:
            return SEEN | OWN
        if own and shown == {**ours, **own}:
            return SEEN | IDS | OWN
        for name, value in shown.items():
            if ours.get(name) != value and own.get(name) != value and self._is_known(name, value):
                return 0
        return SEEN | KEPT

    def _is_known(self, name: str, value: str) -> bool:
        return self._index.with_id(name, value) is not None or self._index.with_own_id(name, value) is not None

    def _login(self, login: str, place: int, how: int) -> int:
        known = self._index.logins[place]
        if login == known:
            return how | LOGIN
        if login.lower() == known.lower() or not any(True for _ in self._index.with_login(login)):
            return how | KEPT
        return 0

    def _content(self, one: Observed, unit: int, how: int) -> int:
        index = self._index
        settled = index.flags[index.owners[unit]] & SETTLED
        if one.state is not index.states[unit]:
            if settled:
                return 0
            how |= KEPT
        elif settled and one.state is RemoteState.UNKNOWN:
            return 0
        if one.products is None:
            return how
        if one.products == index.products[unit] or tuple(sorted(one.products)) == index.products[unit]:
            return how | PRODUCTS
        return how | KEPT if not settled or one.state is not RemoteState.ACTIVE else 0

    def _suspect(self, one: Observed) -> None:
        """Keep it, with all accounts that anything it carries points at."""
        index = self._index
        found = index.ended(one.remote_ids.items(), one.login)
        for name, value in one.remote_ids.items():
            if (place := index.with_id(name, value)) is not None:
                found.add(place)
            if (unit := index.with_own_id(name, value)) is not None:
                found.add(index.owners[unit])
            found.update(index.sharing((name, value)))
        if one.reference and (place := index.with_reference(one.reference)) is not None:
            found.add(place)
        if one.login:
            found.update(index.with_login(one.login))
        if not found:
            self.tally.strangers += 1
            self.strangers.append(one)
            return
        self.tally.doubtful += 1
        self._suspects.append((one, tuple(sorted(found))))
        self._note_state(one, found)

    def _note_state(self, one: Observed, found: set[int]) -> None:
        place = min(found)
        unit = self._unit(one) if len(found) == 1 and self._index.flags[place] & SETTLED else None
        if unit is not None and self._index.states[unit] not in (RemoteState.ABSENT, one.state):
            self.tally.contradicting += 1

    def _by_account(self) -> tuple[dict[int, list[Observed]], set[int]]:
        """Return what is shown by account, and the accounts that are tied to others."""
        about: dict[int, list[Observed]] = defaultdict(list)
        tangled: set[int] = set()
        for one, places in self._suspects:
            if len(places) > 1:
                tangled.update(places)
            about[places[0]].append(one)
        return about, tangled

    def _group(self, places: Sequence[int], about: dict[int, list[Observed]]) -> Group:
        shown = [one for place in places for one in (*about.get(place, ()), *self._shown.again(place))]
        return Group([self._index.account_ids[place] for place in places], shown)
