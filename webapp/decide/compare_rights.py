"""Compares right by right, on a platform where each right is an account of its own. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from webapp.decide.compare import (
    EVERY_STATE,
    Believed,
    Difference,
    compare_one,
    duplicate,
    extra,
    in_order,
    still_there,
)
from webapp.gateways.contract import Observed, RemoteState


def compare_rights(
    believed: Iterable[Believed], observed: Iterable[Observed], covers: frozenset[RemoteState] = EVERY_STATE
) -> list[Difference]:
    """Return all differences of single rights, on a platform where each is an account of its own.

    An account that is shown with several products counts as that many rights in its state; one that is
    shown without products tells of a right only when it can mean no other.
    """
    rights = list(believed)
    match = _RightMatcher(rights)
    seen: dict[tuple[int, str], Observed | None] = {}
    differences = []
    for one in _each_right(still_there(observed)):
        found = match.find(one)
        differences += [extra(one, {"products": list(one.products or ())})] if found is None else []
        for right in found or ():
            if right.key in seen and one.products is not None:
                differences.append(duplicate(right.account_id, one, right.unit))
            # Shown without products, and it could be any of several: it is there, and no more is known.
            unclear = one.products is None and len(found or ()) > 1
            seen.setdefault(right.key, None if unclear else one)
    for right in rights:
        if right.settled and seen.get(right.key, right) is not None:
            difference = compare_one(right, seen.get(right.key), covers)
            differences += [] if difference is None else [difference]
    return in_order(differences)


class _RightMatcher:
    """Finds the rights that an observed one may be: by its own id, else by account and product."""

    def __init__(self, rights: list[Believed]) -> None:
        self._by_own: dict[tuple[str, str], list[Believed]] = {}
        self._by_account: dict[tuple[str, ...], list[Believed]] = {}
        for right in rights:
            for pair in right.own_ids.items():
                self._by_own.setdefault(pair, []).append(right)
            for mark in _marks(right):
                self._by_account.setdefault(mark, []).append(right)

    def find(self, one: Observed) -> list[Believed] | None:
        """Return the rights; None when no right of ours can be meant."""
        for pair in one.remote_ids.items():
            if pair in self._by_own:
                return self._by_own[pair]
        candidates = [
            right for right in self._account(one) if one.products is None or right.products == one.products
        ]  # fmt: skip
        # A right that ended and was sold anew stands twice with us: the live one is meant.
        live = [right for right in candidates if right.live]
        return live or candidates[-1:] or None

    def _account(self, one: Observed) -> list[Believed]:
        for pair in one.remote_ids.items():
            if ("id", *pair) in self._by_account:
                return self._by_account["id", *pair]
        if one.reference:
            return self._by_account.get(("reference", one.reference), [])
        return self._by_account.get(("login", one.login.lower()), [])


def _marks(right: Believed) -> Iterator[tuple[str, ...]]:
    yield "reference", right.reference
    for name, value in right.remote_ids.items():
        if right.own_ids.get(name) != value:
            yield "id", name, value
    if right.login:
        yield "login", right.login.lower()


def _each_right(observed: Iterable[Observed]) -> Iterator[Observed]:
    for one in observed:
        if one.products is None:
            yield one
        for code in one.products or ():
            yield replace(one, products=(code,))
