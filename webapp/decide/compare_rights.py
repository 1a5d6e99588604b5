"""Compares right by right, on a platform where each right is an account of its own. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from webapp.decide.believed import Believed
from webapp.decide.compare import EVERY_STATE, Found, compare_one, still_there
from webapp.decide.differences import Difference, clash, duplicate, extra, in_order
from webapp.decide.matching import Match, Matcher, rank
from webapp.gateways.contract import Observed, RemoteState

Key = tuple[int, str]


def compare_rights(
    believed: Iterable[Believed], observed: Iterable[Observed], covers: frozenset[RemoteState] = EVERY_STATE
) -> list[Difference]:
    """Return all differences of single rights, on a platform where each is an account of its own.

    An account that is shown with several products counts as that many rights in its state; one that is
    shown without products tells of a right only when it can mean no other.
    """
    return sort_out_rights(believed, observed, covers).differences


def sort_out_rights(
    believed: Iterable[Believed], observed: Iterable[Observed], covers: frozenset[RemoteState] = EVERY_STATE
) -> Found:
    """Return what ``compare_rights`` does, and what nobody here sold."""
    rights = list(believed)
    match = Matcher(rights)
    sorted_out = _Sorted(rights)
    for one in each_right(still_there(observed)):
        sorted_out.take(one, match.find(one))
    return Found(in_order([*sorted_out.differences, *sorted_out.compared(covers)]), sorted_out.strangers)


def each_right(observed: Iterable[Observed]) -> Iterator[Observed]:
    """Return one for each product that is shown; those without any word on products as they are."""
    for one in observed:
        if one.products is None:
            yield one
        for code in one.products or ():
            yield replace(one, products=(code,))


@dataclass
class _Shown:
    """What is shown of one right: rows of its own, and rows of the person that can mean no other, or any of several."""

    own: list[Observed] = field(default_factory=list)
    person: list[Observed] = field(default_factory=list)
    unclear: bool = False


class _Sorted:
    """What is shown, by the right that it is about."""

    def __init__(self, rights: list[Believed]) -> None:
        self.differences: list[Difference] = []
        self.strangers: list[Observed] = []
        self._rights = rights
        self._by_account: dict[int, list[Believed]] = defaultdict(list)
        self._shown: dict[Key, _Shown] = defaultdict(_Shown)
        self._clashing: set[int] = set()
        for right in rights:
            self._by_account[right.account_id].append(right)

    def take(self, one: Observed, found: Match) -> None:
        """Put one that is shown to the rights that it can be; or say that there is none, or that it cannot be told."""
        if found.clash:
            self._clashing |= found.accounts
            self.differences += [clash(account_id, one, found.accounts) for account_id in sorted(found.accounts)]
            return
        rights = [right for account_id in sorted(found.accounts) for right in self._by_account[account_id]]
        meant = _meant(rights, one)
        if not meant:
            self._stranger(one)
        elif found.grave:
            self._take_ended(one, meant, found.grave)
        else:
            self._put(one, meant)

    def compared(self, covers: frozenset[RemoteState]) -> Iterator[Difference]:
        """Return how each right differs."""
        for right in self._rights:
            if right.account_id in self._clashing:
                continue
            shown = self._shown.get(right.key, _Shown())
            own = sorted(shown.own, key=lambda one, right=right: rank(right, one))  # type: ignore[misc]
            yield from (duplicate(right.account_id, one, right.unit) for one in own[1:])
            person = sorted(shown.person, key=lambda one, right=right: rank(right, one))  # type: ignore[misc]
            first = next(iter((*own, *person)), None)
            # Shown without products, and it could be any of several: it is there, and no more is known.
            if right.settled and (first is not None or not shown.unclear):
                difference = compare_one(right, first, covers)
                yield from () if difference is None else (difference,)

    def _put(self, one: Observed, meant: list[Believed]) -> None:
        for right in meant:
            shown = self._shown[right.key]
            if one.products is not None:
                shown.own.append(one)
            elif len(meant) > 1:
                shown.unclear = True
            else:
                shown.person.append(one)

    def _take_ended(self, one: Observed, meant: list[Believed], grave: str) -> None:
        if all(right.fading for right in meant):
            return
        if grave == "login":
            self._stranger(one)
        else:
            self._put(one, meant)

    def _stranger(self, one: Observed) -> None:
        self.strangers.append(one)
        self.differences.append(extra(one, {"products": list(one.products or ())}))


def _meant(rights: list[Believed], one: Observed) -> list[Believed]:
    """Return the rights that it can be: by the id of a right itself, else by account and product."""
    pairs = one.remote_ids.items()
    own = [right for right in rights if {**right.own_ids, **right.grave_ids}.items() & pairs]
    if own:
        return own
    candidates = [right for right in rights if one.products is None or right.products == one.products]
    # A right that ended and was sold anew stands twice with us: the live one is meant.
    live = [right for right in candidates if right.live]
    return live or candidates[-1:]
