"""Lays a listing beside what we believe while it is read, and forgets at once whoever obviously agrees. Pure.

What does not (nobody's, not shown, differing, contradictory, shown twice) is kept together with all accounts that it
may be about, and goes through ``compare`` or ``compare_rights``: they alone say what differs. The promise: fast and
exact together say just what the exact comparison of everything says.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from webapp.decide.believed import same_document
from webapp.decide.believed_index import MISSED, PLAIN, SETTLED, Index
from webapp.decide.compare_rights import each_right
from webapp.gateways.contract import Observed, RemoteState

# How an account was shown, so that it can be shown again from what we believe: nothing more is kept of most.
_IDS, _OWN, _REFERENCE, _LOGIN, _DOCUMENT, _PRODUCTS, _SEEN, _KEPT = (1 << bit for bit in range(8))
_ALIKE = _SEEN | _IDS | _LOGIN | _REFERENCE | _DOCUMENT | _PRODUCTS
_SURE = SETTLED | PLAIN


@dataclass(frozen=True)
class Group:
    """Accounts that must be compared exactly, and everything that is shown of them."""

    account_ids: Sequence[int]
    observed: Sequence[Observed]


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


class FastCompare:
    """Take everything that is shown, then ask for the rest."""

    def __init__(self, index: Index) -> None:
        self.tally = Tally()
        self.strangers: list[Observed] = []
        self._index = index
        self._shown = bytearray(len(index.owners))
        self._kept: dict[int, Observed] = {}
        self._suspects: list[tuple[Observed, tuple[int, ...]]] = []

    def take_all(self, observed: Iterable[Observed]) -> None:
        """Lay those that are shown beside what we believe of them.

        Nearly everybody is a whole account, shown with its one id and just as we believe it to be. For them this says
        what ``take`` would say as well, four times as fast: a listing has hundreds of thousands.
        """
        index, shown, take, unknown = self._index, self._shown, self.take, RemoteState.UNKNOWN
        flags, logins, states, documents = index.flags, index.logins, index.states, index.documents
        products, reference_of, account_ids = index.products, index.reference_of, index.account_ids
        name, only = index.only_ids()
        agreed = 0
        for one in observed:
            ids = one.remote_ids
            place = only.get(ids[name], -1) if len(ids) == 1 and name in ids else -1
            if (
                place < 0
                or shown[place]
                or flags[place] & _SURE != _SURE
                or one.login != logins[place]
                or one.state is not states[place]
                or one.state is unknown
                or (one.products is not None and one.products != products[place])
                or (one.document and one.document != documents[place])
                or (one.reference and one.reference != reference_of(account_ids[place]))
            ):
                take(one)
                continue
            shown[place] = _ALIKE if one.products is not None and one.document and one.reference else _how_alike(one)
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
        alone = sorted((set(about) | self._not_shown(frozenset(covers))) - tangled)
        for start in range(0, len(alone), size):
            yield self._group(alone[start : start + size], about)

    @property
    def states(self) -> dict[str, int]:
        """Ours by the state in which they are shown."""
        found = Counter(str(one.state) for one in self._kept.values())
        found.update(str(one.state) for one, places in self._suspects if places)
        for state in (RemoteState.ACTIVE, RemoteState.SUSPENDED, RemoteState.PENDING_USER):
            found[str(state)] += sum(
                1 for how, here in zip(self._shown, self._index.states, strict=True)
                if here is state and how and not how & _KEPT
            )  # fmt: skip
        return {state: count for state, count in sorted(found.items()) if count}

    @property
    def compared(self) -> int:
        """Units of ours that are shown and have nothing under way."""
        index = self._index
        shown = {index.owners[unit] for unit in range(len(self._shown)) if self._shown[unit]} if index.per_right else ()
        flags = index.flags
        sure = (
            sum(flags[place] & SETTLED for place in shown) if index.per_right
            else sum(1 for how, flag in zip(self._shown, flags, strict=True) if how and flag & SETTLED)
        )  # fmt: skip
        return sure + sum(1 for _, places in self._suspects if len(places) == 1 and flags[places[0]] & SETTLED)

    def seen_again(self) -> list[int]:
        """Return accounts that an earlier reading did not show, and this one does."""
        index = self._index
        places = {index.owners[unit] for unit, how in enumerate(self._shown) if how} if any(
            flag & MISSED for flag in index.flags
        ) else set()  # fmt: skip
        places.update(*(where for _, where in self._suspects))
        return [index.account_ids[place] for place in sorted(places) if index.flags[place] & MISSED]

    def _take(self, one: Observed) -> None:
        unit = self._unit(one)
        if unit is not None:
            how = self._how(one, unit)
            if how:
                self._shown[unit] = how
                self.tally.agreed += 1
                if how & _KEPT:
                    # Alike in what counts, and told in other words.
                    self._kept[unit] = one
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
        if not index.flags[place] & PLAIN or self._shown[unit]:
            return 0
        how = self._ids(one, place, unit)
        if how and one.reference:
            if one.reference == index.reference_of(index.account_ids[place]):
                how |= _REFERENCE
            else:
                how = 0 if index.with_reference(one.reference) is not None else how | _KEPT
        if how and one.login:
            how = self._login(one.login, place, how)
        if how and one.document and not same_document(index.documents[place], one.document):
            return 0
        return self._content(one, unit, how | _DOCUMENT if one.document else how) if how else 0

    def _ids(self, one: Observed, place: int, unit: int) -> int:
        index = self._index
        shown = one.remote_ids
        if not shown:
            return _SEEN
        ours, own = index.remote_ids(place), index.own_ids(unit)
        if shown == ours:
            return _SEEN | _IDS
        if own and shown == own:
            return _SEEN | _OWN
        if own and shown == {**ours, **own}:
            return _SEEN | _IDS | _OWN
        for name, value in shown.items():
            if ours.get(name) != value and own.get(name) != value and self._is_known(name, value):
                return 0
        return _SEEN | _KEPT

    def _is_known(self, name: str, value: str) -> bool:
        return self._index.with_id(name, value) is not None or self._index.with_own_id(name, value) is not None

    def _login(self, login: str, place: int, how: int) -> int:
        known = self._index.logins[place]
        if login == known:
            return how | _LOGIN
        if login.lower() == known.lower() or not any(True for _ in self._index.with_login(login)):
            return how | _KEPT
        return 0

    def _content(self, one: Observed, unit: int, how: int) -> int:
        index = self._index
        settled = index.flags[index.owners[unit]] & SETTLED
        if one.state is not index.states[unit]:
            if settled:
                return 0
            how |= _KEPT
        elif settled and one.state is RemoteState.UNKNOWN:
            return 0
        if one.products is None:
            return how
        if one.products == index.products[unit] or tuple(sorted(one.products)) == index.products[unit]:
            return how | _PRODUCTS
        return how | _KEPT if not settled or one.state is not RemoteState.ACTIVE else 0

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
        shown = [one for place in places for one in (*about.get(place, ()), *self._shown_before(place))]
        return Group([self._index.account_ids[place] for place in places], shown)

    def _shown_before(self, place: int) -> Iterator[Observed]:
        """Show once more what agreed and was forgotten."""
        index = self._index
        for unit in index.units_of(place):
            how = self._shown[unit]
            if how & _KEPT:
                yield self._kept[unit]
            elif how:
                ours = index.remote_ids(place) if how & _IDS else {}
                yield Observed(
                    index.logins[place] if how & _LOGIN else "", index.states[unit],
                    {**ours, **index.own_ids(unit)} if how & _OWN else ours,
                    index.reference_of(index.account_ids[place]) if how & _REFERENCE else "",
                    index.documents[place] if how & _DOCUMENT else "",
                    index.products[unit] if how & _PRODUCTS else None,
                )  # fmt: skip

    def _not_shown(self, covers: frozenset[RemoteState]) -> set[int]:
        """Return the accounts of which something that should be shown is not."""
        index, found = self._index, set()
        unit = self._shown.find(0)
        while unit >= 0:
            place, state = index.owners[unit], index.states[unit]
            if index.flags[place] & SETTLED and state is not RemoteState.ABSENT and state in covers:
                found.add(place)
            unit = self._shown.find(0, unit + 1)
        return found


def _how_alike(one: Observed) -> int:
    how = _SEEN | _IDS | _LOGIN | (_DOCUMENT if one.document else 0) | (_REFERENCE if one.reference else 0)
    return how | _PRODUCTS if one.products is not None else how
