"""What we believe of all accounts of an integration, as small as can be, to lay a whole listing beside. Pure.

Columns instead of objects: a hundred thousand accounts take some thirty megabytes. An account is known by its place in
the columns; where each right is an account of its own, so is a unit.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, islice
from operator import lt
from typing import Final

from webapp.decide.matching import Pair
from webapp.decide.state import ABSENT, ACTIVE, NONE, PENDING_USER, SUSPENDED
from webapp.gateways.contract import RemoteState

Ids = Mapping[str, str]
NO_IDS: Final[Ids] = {}
# Of an account: nothing is under way; what it carries is nobody else's; an earlier reading did not show it.
SETTLED, PLAIN, MISSED = 1, 2, 4
_EVERY = SETTLED | PLAIN | MISSED
_AND_PLAIN = bytes(flags | PLAIN for flags in range(256))


class _Remote(dict[str | None, RemoteState]):
    """How a platform shows what we believe; nothing applied yet = it is not there."""

    def __missing__(self, state: str | None) -> RemoteState:
        return RemoteState.UNKNOWN


_REMOTE = _Remote({
    ACTIVE: RemoteState.ACTIVE, SUSPENDED: RemoteState.SUSPENDED, PENDING_USER: RemoteState.PENDING_USER,
    ABSENT: RemoteState.ABSENT, NONE: RemoteState.ABSENT, None: RemoteState.ABSENT,
})  # fmt: skip


class Index:
    """Add whole accounts, many at once, or accounts each followed by its rights; only then ask.

    Attributes:
        account_ids, logins, documents, flags: by the place of an account.
        owners, states, products: by the place of a unit; a state that no platform shows is ``UNKNOWN``.
    """

    def __init__(self, reference_of: Callable[[int], str], *, per_right: bool = False) -> None:
        self.reference_of = reference_of
        self.per_right = per_right
        self.account_ids = array("q")
        self.logins: list[str] = []
        self.documents: list[str] = []
        self.flags = bytearray()
        self.owners = array("l")
        self.states: list[RemoteState] = []
        self.products: list[tuple[str, ...]] = []
        self._first = array("l")
        # Places in the order of account ids, made when it is first needed.
        self._order: Sequence[int] = ()
        # Nearly always one id under one name: then the text alone stands for it.
        self._name = ""
        self._remote: list[str | Ids] = []
        self._mixed = False
        self._own: list[str | Ids] = []
        self._own_name = ""
        self._by_id: dict[str, dict[str, int]] = {}
        self._by_own: dict[str, dict[str, int]] = {}
        self._shared: dict[Pair, set[int]] = {}
        self._by_login: dict[str, int | list[int]] | None = None
        self._grave_ids: dict[Pair, set[int]] = {}
        self._grave_logins: dict[str, set[int]] = {}
        self._known_products: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add_all(
        self, account_ids: Sequence[int], logins: Sequence[str], documents: Sequence[str],
        remote_ids: Sequence[Ids], flags: Iterable[int], states: Iterable[str | None],
        products: Iterable[tuple[str, ...]],
    ) -> None:  # fmt: skip
        """Add accounts that are compared as a whole, given in columns of one length."""
        places = range(len(self.account_ids), len(self.account_ids) + len(account_ids))
        self.account_ids.extend(account_ids)
        self.logins.extend(logins)
        self.documents.extend(documents)
        self.flags.extend(bytes(flags).translate(_AND_PLAIN))
        self.owners.extend(places)
        self._first.extend(places)
        self.states.extend(map(_REMOTE.__getitem__, states))
        self.products.extend(products)
        self._add_ids(remote_ids, places)

    def add(self, account_id: int, login: str, document: str, remote_ids: Ids, flags: int) -> int:
        """Add an account whose rights are accounts of their own; return its place."""
        place = len(self.account_ids)
        self.account_ids.append(account_id)
        self.logins.append(login)
        self.documents.append(document)
        self.flags.append(flags | PLAIN)
        self._first.append(len(self.owners))
        self._add_ids((remote_ids,), range(place, place + 1))
        return place

    def add_right(self, state: str, product: str, own_ids: Ids = NO_IDS) -> None:
        """Add a right to the account that was added last."""
        place, unit = len(self.account_ids) - 1, len(self.owners)
        products: tuple[str, ...] = (product,)
        products = self._known_products.setdefault(products, products)
        self.owners.append(place)
        self.states.append(_REMOTE[state])
        self.products.append(products)
        self._own_name = self._own_name or next(iter(own_ids), "")
        self._own.append(_small(own_ids, self._own_name))
        for name, value in own_ids.items():
            self._note_id(self._by_own.setdefault(name, {}), name, value, unit, place)
        # A right that ended and was sold anew stands twice with us: which one is meant is not told at a glance.
        if products in self.products[self._first[place] : unit]:
            self.flags[place] &= ~PLAIN

    def add_grave(self, place: int, remote_ids: Ids, login: str) -> None:
        """Add what an account was on the platform before we ended it."""
        if self.per_right:
            self.flags[place] &= ~PLAIN
        for pair in remote_ids.items():
            self._grave_ids.setdefault(pair, set()).add(place)
        if login:
            self._grave_logins.setdefault(login.lower(), set()).add(place)

    @property
    def unsettled(self) -> int:
        """Accounts that are not compared: something is under way, or waits for a person."""
        return sum(self.flags.count(flags) for flags in range(_EVERY + 1) if not flags & SETTLED)

    @property
    def has_missed(self) -> bool:
        """Tell whether an earlier reading did not show somebody."""
        return any(flags in self.flags for flags in range(MISSED, _EVERY + 1))

    def expected(self, covers: Collection[RemoteState]) -> int:
        """Return how many units a listing that shows these states should show."""
        shown = [state for state in (RemoteState.ACTIVE, RemoteState.SUSPENDED) if state in covers]
        return sum(self.states.count(state) for state in shown)

    def remote_ids(self, place: int) -> Ids:
        """Return the ids of an account."""
        return _whole(self._remote[place], self._name)

    def own_ids(self, unit: int) -> Ids:
        """Return the ids of a right itself."""
        return _whole(self._own[unit], self._own_name) if self.per_right else NO_IDS

    def units_of(self, place: int) -> range:
        """Return the places of an account's units."""
        last = self._first[place + 1] if place + 1 < len(self._first) else len(self.owners)
        return range(self._first[place], last)

    def place_of(self, account_id: int) -> int | None:
        """Return where an account stands; None = it is not here."""
        order, ids = self._in_order(), self.account_ids
        at = bisect_left(order, account_id, key=ids.__getitem__)
        return order[at] if at < len(order) and ids[order[at]] == account_id else None

    def with_id(self, name: str, value: str) -> int | None:
        """Return the account that has an id; of several, any (it is not ``PLAIN``)."""
        found = self._by_id.get(name)
        return found.get(value) if found is not None else None

    def only_ids(self) -> tuple[str, dict[str, int]]:
        """Return the name of the id that accounts have, and whole accounts by its value; none where rights have ids.

        Empty as well where some have other ids besides: each of them must be looked at.
        """
        return self._name, {} if self.per_right or self._mixed else self._by_id.get(self._name, {})

    def with_own_id(self, name: str, value: str) -> int | None:
        """Return the unit that has an id of its own; of several, any."""
        found = self._by_own.get(name)
        return found.get(value) if found is not None else None

    def with_reference(self, reference: str) -> int | None:
        """Return the account with our reference."""
        number = reference.rpartition("-")[2]
        if not number.isascii() or not number.isdecimal() or len(number) > 18:
            return None
        place = self.place_of(int(number))
        return place if place is not None and self.reference_of(int(number)) == reference else None

    def with_login(self, login: str) -> Iterable[int]:
        """Return the accounts that are known by a log-in."""
        found = self._logins_now().get(login.lower())
        return () if found is None else (found,) if isinstance(found, int) else found

    def sharing(self, pair: Pair) -> Iterable[int]:
        """Return all accounts that have an id, where there are several."""
        return self._shared.get(pair, ())

    def ended(self, pairs: Iterable[Pair], login: str) -> set[int]:
        """Return the accounts that were known by these before we ended them."""
        found: set[int] = set()
        if self._grave_ids or self._grave_logins:
            found.update(*(self._grave_ids.get(pair, ()) for pair in pairs), self._grave_logins.get(login.lower(), ()))
        return found

    def _in_order(self) -> Sequence[int]:
        ids = self.account_ids
        if len(self._order) != len(ids):
            # Nearly always they came in this order.
            ascending = all(map(lt, ids, islice(ids, 1, None)))
            self._order = range(len(ids)) if ascending else array("l", sorted(range(len(ids)), key=ids.__getitem__))
        return self._order

    def _add_ids(self, remote_ids: Sequence[Ids], places: range) -> None:
        self._name = self._name or next((name for ids in remote_ids for name in ids), "")
        name, known = self._name, self._by_id.setdefault(self._name, {})
        if set(map(len, remote_ids)) == {1} and set(chain.from_iterable(remote_ids)) == {name}:
            values = [ids[name] for ids in remote_ids]
            fresh = dict(zip(values, places, strict=True))
            if len(fresh) == len(values) and known.keys().isdisjoint(fresh):
                self._remote.extend(values)
                known.update(fresh)
                return
        for ids, place in zip(remote_ids, places, strict=True):
            self._mixed = self._mixed or len(ids) > 1 or (len(ids) == 1 and name not in ids)
            self._remote.append(_small(ids, name))
            for each, value in ids.items():
                self._note_id(self._by_id.setdefault(each, {}), each, value, place, place)

    def _note_id(self, known: dict[str, int], name: str, value: str, place: int, account: int) -> None:
        before = known.setdefault(value, place)
        if before == place:
            return
        other = self.owners[before] if known is self._by_own.get(name) else before
        if other != account:
            self._shared.setdefault((name, value), {other}).add(account)
            self.flags[other] &= ~PLAIN
            self.flags[account] &= ~PLAIN
        elif known is self._by_own.get(name):
            self.flags[account] &= ~PLAIN

    def _logins_now(self) -> dict[str, int | list[int]]:
        """Make the look-up by log-in when it is first needed: a platform that shows ids never asks for it."""
        if self._by_login is None:
            self._by_login = self._by_login_now()
        return self._by_login

    def _by_login_now(self) -> dict[str, int | list[int]]:
        absent, whole = RemoteState.ABSENT, not self.per_right
        known: dict[str, int | list[int]] = {}
        if not (whole and absent in self.states):
            # One text for both wherever it is the same: of a million, that is 75 MB.
            keys = (login if (lower := login.lower()) == login else lower for login in self.logins)
            known.update(zip(keys, range(len(self.logins)), strict=True))
            if len(known) == len(self.logins) and "" not in known:
                return known
            known.clear()
        for place, login in enumerate(self.logins):
            if not login or (whole and self.states[place] is absent):
                continue
            before = known.setdefault(login.lower(), place)
            if isinstance(before, list):
                before.append(place)
            elif before != place:
                known[login.lower()] = [before, place]
        return known


def _small(ids: Ids, name: str) -> str | Ids:
    return ids[name] if len(ids) == 1 and name in ids else ids or NO_IDS


def _whole(small: str | Ids, name: str) -> Ids:
    return {name: small} if isinstance(small, str) else small
