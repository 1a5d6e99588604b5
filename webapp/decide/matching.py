"""Whose an observed account is: by remote id, by our reference, by log-in; and when those contradict. Pure.

Ids and our reference are strong: they were made for this account. A log-in is weak: people change it there, and what
we ended may have left it to somebody else. Nothing here depends on the order in which accounts are shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from webapp.decide.believed import Believed
from webapp.decide.state import ACCOUNT_UNIT
from webapp.gateways.contract import Observed, same_document

Pair = tuple[str, str]
Accounts = frozenset[int]
NOBODY: Accounts = frozenset()


@dataclass(frozen=True)
class Match:
    """Whose it is.

    Attributes:
        accounts: ours that it can be; none = nobody here made it.
        clash: what it carries points at different accounts: all of them are in ``accounts``.
        grave: found only by what we ended: ``"id"``, or ``"login"``.
    """

    accounts: Accounts = NOBODY
    clash: bool = False
    grave: str = ""


class Matcher:
    """Finds accounts among those that we believe in."""

    def __init__(self, lines: Iterable[Believed]) -> None:
        self._live: set[int] = set()
        self._ids: dict[Pair, set[int]] = {}
        self._references: dict[str, int] = {}
        self._logins: dict[str, set[int]] = {}
        self._documents: dict[int, str] = {}
        self._grave_ids: dict[Pair, set[int]] = {}
        self._grave_logins: dict[str, set[int]] = {}
        for line in lines:
            self._add(line)

    def _add(self, line: Believed) -> None:
        account_id = line.account_id
        if line.live:
            self._live.add(account_id)
        for pair in (*line.remote_ids.items(), *line.own_ids.items()):
            self._ids.setdefault(pair, set()).add(account_id)
        self._references[line.reference] = account_id
        self._documents[account_id] = line.document
        # A log-in that an account had before it ended says nothing; a right that ended leaves the others on it.
        if line.login and (line.live or line.unit != ACCOUNT_UNIT):
            self._logins.setdefault(line.login.lower(), set()).add(account_id)
        for pair in line.grave_ids.items():
            self._grave_ids.setdefault(pair, set()).add(account_id)
        if line.grave_login:
            self._grave_logins.setdefault(line.grave_login.lower(), set()).add(account_id)

    def find(self, one: Observed) -> Match:
        """Return whose it is, or between whom it cannot be told."""
        strong = self._strong(one)
        found = strong if strong.clash else self._with_login(one, strong.accounts)
        if not found.accounts:
            return self._ended(one)
        fitting = frozenset(each for each in found.accounts if same_document(self._documents[each], one.document))
        return Match(fitting, found.clash) if fitting and not found.clash else Match(found.accounts, clash=True)

    def is_live(self, account_id: int) -> bool:
        """Tell whether something of the account is, or may be, on the platform."""
        return account_id in self._live

    def _strong(self, one: Observed) -> Match:
        """Return whose id or reference it carries."""
        named = self._preferred([self._ids[pair] for pair in one.remote_ids.items() if pair in self._ids])
        by_id = reduce(frozenset.__and__, named) if named else NOBODY
        if named and not by_id:
            return Match(NOBODY.union(*named), clash=True)
        owner = self._references.get(one.reference) if one.reference else None
        if owner is None or owner in by_id:
            return Match(by_id if owner is None else frozenset({owner}))
        if by_id & self._live:
            return Match(by_id | {owner}, clash=True)
        return Match(frozenset({owner}))

    def _preferred(self, found: list[set[int]]) -> list[Accounts]:
        """Drop those that ended where another is alive: some ids stay true when nothing else is left there."""
        live = [frozenset(each & self._live) for each in found if each & self._live]
        return live or [frozenset(each) for each in found]

    def _with_login(self, one: Observed, strong: Accounts) -> Match:
        owners = frozenset(self._logins.get(one.login.lower(), ())) if one.login else NOBODY
        if not strong:
            # It carries the reference of somebody else: the same log-in there is not ours.
            return Match(NOBODY if one.reference else owners)
        if owners & strong:
            return Match(owners & strong)
        # What we ended has no say about whose the log-in is now.
        if owners & self._live and strong & self._live:
            return Match(strong | (owners & self._live), clash=True)
        return Match(strong)

    def _ended(self, one: Observed) -> Match:
        for pair in one.remote_ids.items():
            if pair in self._grave_ids:
                return Match(frozenset(self._grave_ids[pair]), grave="id")
        owners = self._grave_logins.get(one.login.lower(), set()) if one.login and not one.reference else set()
        return Match(frozenset(owners), grave="login") if owners else Match()


def rank(line: Believed, one: Observed) -> tuple[int, bool, bool, str, str]:
    """Return how surely it is this one, the surest first; the rest of the key only makes the order always the same."""
    ids: Mapping[str, str] = {**line.remote_ids, **line.own_ids}
    common = sum(ids.get(name) == value for name, value in one.remote_ids.items())
    reference, login = one.reference == line.reference, one.login.lower() == line.login.lower()
    return -common, not reference, not login, str(one.state), repr(sorted(one.remote_ids.items())) + one.login
