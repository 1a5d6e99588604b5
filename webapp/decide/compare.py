"""Compares what we believe of accounts with what a platform shows. Pure.

Absence proves nothing here: the caller compares only when the listing is complete.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from webapp.decide.policy import Content
from webapp.decide.state import ABSENT, ACTIVE, NONE, PENDING_USER, SUSPENDED, UNKNOWN
from webapp.gateways.contract import Observed, RemoteState


class Situation(StrEnum):
    """How an account differs."""

    MISSING = "missing"
    EXTRA = "extra"
    STATE = "state"
    PRODUCT = "product"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"


class Action(StrEnum):
    """What mends it. ``NOTE``: only our belief changes; ``REPORT``: a person is told."""

    CREATE = "create"
    ENABLE = "enable"
    UPDATE = "update"
    SUSPEND = "suspend"
    CANCEL = "cancel"
    NOTE = "note"
    REPORT = "report"


NEGATIVE = frozenset({Action.SUSPEND, Action.CANCEL})


@dataclass(frozen=True)
class Believed:
    """One account as we believe it to be.

    Attributes:
        settled: nothing is under way or waits for a person; only then it is compared.
        content: what it shall be.
    """

    account_id: int
    login: str
    reference: str
    remote_ids: Mapping[str, str]
    state: str
    content: str
    products: tuple[str, ...]
    settled: bool


@dataclass(frozen=True)
class Difference:
    """One account that differs, or that nobody here made."""

    account_id: int | None
    login: str
    situation: Situation
    action: Action
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def compare(believed: Iterable[Believed], observed: Iterable[Observed]) -> list[Difference]:
    """Return all differences; sorted so that the same facts always give the same plan."""
    accounts = list(believed)
    match = _Matcher(accounts)
    seen: dict[int, Observed] = {}
    differences = []
    # Some platforms go on showing accounts that were cancelled: they are as good as none.
    for one in (one for one in observed if one.state is not RemoteState.ABSENT):
        account_id = match.find(one)
        if account_id is None:
            differences.append(_extra(one))
        elif account_id in seen:
            differences.append(_duplicate(account_id, one))
        else:
            seen[account_id] = one
    for account in accounts:
        if account.settled:
            found = _compare_one(account, seen.get(account.account_id))
            differences += [] if found is None else [found]
    return sorted(differences, key=lambda item: (item.situation, item.account_id or 0, item.login))


class _Matcher:
    """Finds whose an observed account is: by remote id, by our reference, by log-in."""

    def __init__(self, accounts: list[Believed]) -> None:
        self._by_id = {pair: one.account_id for one in accounts for pair in one.remote_ids.items()}
        self._by_reference = {one.reference: one.account_id for one in accounts}
        live = (one for one in accounts if one.login and one.state not in (NONE, ABSENT))
        self._by_login = {one.login.lower(): one.account_id for one in live}

    def find(self, one: Observed) -> int | None:
        for pair in one.remote_ids.items():
            if pair in self._by_id:
                return self._by_id[pair]
        if one.reference:
            return self._by_reference.get(one.reference)
        return self._by_login.get(one.login.lower())


def _compare_one(account: Believed, found: Observed | None) -> Difference | None:
    live = account.state not in (NONE, ABSENT)
    if found is None:
        return _missing(account) if live else None
    if found.state is RemoteState.UNKNOWN:
        return _difference(account, Situation.UNREADABLE, Action.REPORT, found)
    if not live:
        # We ended it, and there it lives on: only what carries our reference is ours to end.
        ours = found.reference == account.reference and account.content == Content.ABSENT
        return _difference(account, Situation.STATE, Action.CANCEL if ours else Action.REPORT, found)
    if _state(found) != account.state:
        return _difference(account, Situation.STATE, _mend_state(account, found), found)
    if found.products is not None and tuple(sorted(found.products)) != account.products and account.state == ACTIVE:
        return _difference(account, Situation.PRODUCT, Action.UPDATE, found)
    return None


def _mend_state(account: Believed, found: Observed) -> Action:
    if PENDING_USER in (account.state, _state(found)) or account.state == UNKNOWN:
        return Action.NOTE
    return Action.ENABLE if account.state == ACTIVE else Action.SUSPEND


def _missing(account: Believed) -> Difference:
    action = Action.CREATE if account.state in (ACTIVE, PENDING_USER) else Action.NOTE
    return Difference(
        account.account_id, account.login, Situation.MISSING, action, {"state": ABSENT}, {"state": account.state}
    )


def _difference(account: Believed, situation: Situation, action: Action, found: Observed) -> Difference:
    before: dict[str, Any] = {"state": _state(found)}
    after: dict[str, Any] = {"state": account.state}
    if situation is Situation.PRODUCT:
        before["products"], after["products"] = sorted(found.products or ()), list(account.products)
    return Difference(account.account_id, account.login, situation, action, before, after)


def _extra(one: Observed) -> Difference:
    before = {"state": _state(one), "remote_ids": dict(one.remote_ids)}
    return Difference(None, one.login, Situation.EXTRA, Action.REPORT, before)


def _duplicate(account_id: int, one: Observed) -> Difference:
    before = {"state": _state(one), "remote_ids": dict(one.remote_ids)}
    return Difference(account_id, one.login, Situation.DUPLICATE, Action.REPORT, before)


def _state(one: Observed) -> str:
    return {RemoteState.ACTIVE: ACTIVE, RemoteState.SUSPENDED: SUSPENDED}.get(one.state, str(one.state))
