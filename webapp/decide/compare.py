"""Compares what we believe of accounts with what a platform shows. Pure; ``compare_rights`` does it right by right.

Absence proves nothing by itself: who is missing is told only for a listing that is complete, and only as
far as the listing shows the state that we believe in (``covers``).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from webapp.decide.policy import Content
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, ACTIVE, NONE, PENDING_USER, SUSPENDED, UNKNOWN
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
EVERY_STATE = frozenset(RemoteState)
NO_STATE: frozenset[RemoteState] = frozenset()
_BOTH = frozenset({RemoteState.ACTIVE, RemoteState.SUSPENDED})


@dataclass(frozen=True)
class Believed:
    """One account, or one right on it, as we believe it to be.

    Attributes:
        settled: nothing is under way or waits for a person; only then it is compared.
        content: what it shall be.
        unit: the right, where each is compared by itself; then ``products`` is its one product.
        own_ids: remote ids of the right itself; ``remote_ids`` are the account's.
    """

    account_id: int
    login: str
    reference: str
    remote_ids: Mapping[str, str]
    state: str
    content: str
    products: tuple[str, ...]
    settled: bool
    unit: str = ACCOUNT_UNIT
    own_ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Something is, or may be, on the platform."""
        return self.state not in (NONE, ABSENT)

    @property
    def key(self) -> tuple[int, str]:
        return self.account_id, self.unit


@dataclass(frozen=True)
class Difference:
    """One account that differs, or that nobody here made."""

    account_id: int | None
    login: str
    situation: Situation
    action: Action
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def compare(
    believed: Iterable[Believed], observed: Iterable[Observed], covers: frozenset[RemoteState] = EVERY_STATE
) -> list[Difference]:
    """Return all differences of whole accounts; sorted so that the same facts always give the same plan.

    Args:
        covers: states that the listing shows; ``NO_STATE`` = it shows only some accounts, such as changes.
    """
    accounts = list(believed)
    match = _Matcher(accounts)
    seen: dict[int, Observed] = {}
    differences = []
    for one in still_there(observed):
        account_id = match.find(one)
        if account_id is None:
            differences.append(extra(one))
        elif account_id in seen:
            differences.append(duplicate(account_id, one))
        else:
            seen[account_id] = one
    for account in accounts:
        found = compare_one(account, seen.get(account.account_id), covers) if account.settled else None
        differences += [] if found is None else [found]
    return in_order(differences)


def compare_answer(right: Believed, found: Observed | None) -> Difference | None:
    """Compare one account, or right, with what asking for it brought; None = they agree.

    An answer that names products, and not the one of this right, says that there is no such right.
    """
    if not right.settled:
        return None
    if found is not None and (found.state is RemoteState.ABSENT or _lacks(right, found)):
        found = None
    if found is not None and right.unit != ACCOUNT_UNIT:
        found = replace(found, products=None)
    return compare_one(right, found, EVERY_STATE)


def still_there(observed: Iterable[Observed]) -> Iterator[Observed]:
    """Return those that are there; some platforms go on showing accounts that were cancelled."""
    return (one for one in observed if one.state is not RemoteState.ABSENT)


def _lacks(right: Believed, found: Observed) -> bool:
    return right.unit != ACCOUNT_UNIT and found.products is not None and not set(right.products) & set(found.products)


def in_order(differences: list[Difference]) -> list[Difference]:
    """Sort so that the same facts always give the same plan."""

    def order(item: Difference) -> tuple[str, int, str, str]:
        facts = str(sorted(item.before.items())) + str(sorted(item.after.items()))
        return item.situation, item.account_id or 0, item.login, facts

    return sorted(differences, key=order)


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


def compare_one(account: Believed, found: Observed | None, covers: frozenset[RemoteState]) -> Difference | None:
    """Compare one account, or right, with what is shown of it; None = they agree."""
    live = account.live
    if found is None:
        return _missing(account, covers) if live else None
    if found.state is RemoteState.UNKNOWN:
        return _difference(account, Situation.UNREADABLE, Action.REPORT, found)
    if not live:
        # We ended it, and there it lives on: only what carries our reference, or the right's id, is ours to end.
        named = found.reference == account.reference or set(account.own_ids.items()) & set(found.remote_ids.items())
        ours = named and account.content == Content.ABSENT
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


def _missing(account: Believed, covers: frozenset[RemoteState]) -> Difference | None:
    """Tell what absence from a listing means for a live account."""
    if _remote(account.state) not in covers:
        return None
    action = Action.CREATE if account.state in (ACTIVE, PENDING_USER) else Action.NOTE
    before: dict[str, Any] = {"state": ABSENT}
    if not covers >= _BOTH:
        # It may be in a state that the listing does not show: somebody must look.
        action, before = Action.REPORT, {"state": UNKNOWN}
    return Difference(account.account_id, account.login, Situation.MISSING, action, before, _after(account))


def _remote(state: str) -> RemoteState:
    return {ACTIVE: RemoteState.ACTIVE, SUSPENDED: RemoteState.SUSPENDED, PENDING_USER: RemoteState.PENDING_USER}.get(
        state, RemoteState.UNKNOWN
    )


def _after(account: Believed) -> dict[str, Any]:
    after: dict[str, Any] = {"state": account.state}
    return (
        after if account.unit == ACCOUNT_UNIT else {**after, "unit": account.unit, "products": list(account.products)}
    )


def _difference(account: Believed, situation: Situation, action: Action, found: Observed) -> Difference:
    before: dict[str, Any] = {"state": _state(found)}
    after = _after(account)
    if situation is Situation.PRODUCT:
        before["products"], after["products"] = sorted(found.products or ()), list(account.products)
    return Difference(account.account_id, account.login, situation, action, before, after)


def extra(one: Observed, more: Mapping[str, Any] | None = None) -> Difference:
    """Return that nobody here made this one."""
    return Difference(None, one.login, Situation.EXTRA, Action.REPORT, {**_shown(one), **(more or {})})


def duplicate(account_id: int, one: Observed, unit: str = ACCOUNT_UNIT) -> Difference:
    """Return that it stands there twice."""
    after = {} if unit == ACCOUNT_UNIT else {"unit": unit}
    return Difference(account_id, one.login, Situation.DUPLICATE, Action.REPORT, _shown(one), after)


def _shown(one: Observed) -> dict[str, Any]:
    return {"state": _state(one), "remote_ids": dict(one.remote_ids)}


def _state(one: Observed) -> str:
    return {RemoteState.ACTIVE: ACTIVE, RemoteState.SUSPENDED: SUSPENDED}.get(one.state, str(one.state))
