"""Compares what we believe of accounts with what a platform shows. Pure; ``compare_rights`` does it right by right.

Absence proves nothing by itself: who is missing is told only for a listing that is complete, and only as
far as the listing shows the state that we believe in (``covers``).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from webapp.decide.believed import Believed
from webapp.decide.differences import (
    MAYBE_HIDDEN,
    MISSING_ONCE,
    NEGATIVE,
    NOT_OURS_TO_END,
    STATE_UNREADABLE,
    Action,
    Difference,
    Situation,
    clash,
    duplicate,
    extra,
    in_order,
    state_of,
)
from webapp.decide.matching import Match, Matcher, rank
from webapp.decide.policy import Content
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, ACTIVE, PENDING_USER, SUSPENDED, UNKNOWN
from webapp.gateways.contract import Observed, RemoteState

__all__ = [
    "EVERY_STATE", "NEGATIVE", "NO_STATE", "Action", "Believed", "Difference", "Found", "Situation", "compare",
    "compare_answer", "compare_one", "in_order", "sort_out",
]  # fmt: skip


EVERY_STATE = frozenset(RemoteState)
NO_STATE: frozenset[RemoteState] = frozenset()
_BOTH = frozenset({RemoteState.ACTIVE, RemoteState.SUSPENDED})


@dataclass(frozen=True)
class Found:
    """What a comparison brought: all differences, and those shown that nobody here made."""

    differences: list[Difference]
    strangers: list[Observed] = field(default_factory=list)


def compare(
    believed: Iterable[Believed], observed: Iterable[Observed], covers: frozenset[RemoteState] = EVERY_STATE
) -> list[Difference]:
    """Return all differences of whole accounts; sorted so that the same facts always give the same plan.

    Args:
        covers: states that the listing shows; ``NO_STATE`` = it shows only some accounts, such as changes.
    """
    return sort_out(believed, observed, covers).differences


def sort_out(
    believed: Iterable[Believed], observed: Iterable[Observed], covers: frozenset[RemoteState] = EVERY_STATE
) -> Found:
    """Return what ``compare`` does, and whom nobody here made."""
    accounts = {one.account_id: one for one in believed}
    match = Matcher(accounts.values())
    sorted_out = _Sorted(accounts, match)
    for one in still_there(observed):
        sorted_out.take(one, match.find(one))
    return Found(in_order([*sorted_out.differences, *sorted_out.compared(covers)]), sorted_out.strangers)


class _Sorted:
    """What is shown, by the account that it is about."""

    def __init__(self, accounts: Mapping[int, Believed], match: Matcher) -> None:
        self.differences: list[Difference] = []
        self.strangers: list[Observed] = []
        self._accounts = accounts
        self._match = match
        self._shown: dict[int, list[Observed]] = {}
        # Nothing is done to an account of which it is not certain which one it is there.
        self._clashing: set[int] = set()

    def take(self, one: Observed, found: Match) -> None:
        """Put one that is shown to the account that it is; or say that there is none, or that it cannot be told."""
        meant = self._meant(found)
        if found.clash or len(meant) > 1:
            self._clashing |= meant
            self.differences += [clash(account_id, one, meant) for account_id in sorted(meant)]
        elif found.grave:
            self._take_ended(one, self._accounts[min(meant)], found.grave)
        elif meant:
            self._shown.setdefault(min(meant), []).append(one)
        else:
            self._stranger(one)

    def compared(self, covers: frozenset[RemoteState]) -> Iterator[Difference]:
        """Return how each account differs."""
        for account_id, account in self._accounts.items():
            if account_id in self._clashing:
                continue
            shown = sorted(self._shown.get(account_id, ()), key=lambda one: rank(account, one))
            yield from (duplicate(account_id, one) for one in shown[1:])
            difference = compare_one(account, shown[0] if shown else None, covers) if account.settled else None
            if difference is not None:
                yield difference

    def _meant(self, found: Match) -> frozenset[int]:
        if found.clash or len(found.accounts) < 2:
            return found.accounts
        live = frozenset(filter(self._match.is_live, found.accounts))
        # What several that ended have left behind is told of the last.
        return live or frozenset({max(found.accounts)})

    def _take_ended(self, one: Observed, account: Believed, grave: str) -> None:
        if account.fading:
            return
        if grave == "login":
            # A log-in alone does not say that it is the one that we ended.
            self._stranger(one)
        elif account.live:
            self.differences.append(duplicate(account.account_id, one))
        else:
            self._shown.setdefault(account.account_id, []).append(one)

    def _stranger(self, one: Observed) -> None:
        self.strangers.append(one)
        self.differences.append(extra(one))


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


def compare_one(account: Believed, found: Observed | None, covers: frozenset[RemoteState]) -> Difference | None:
    """Compare one account, or right, with what is shown of it; None = they agree."""
    if found is None:
        return _missing(account, covers) if account.live else None
    if not account.live:
        return _lives_on(account, found)
    if found.state is RemoteState.UNKNOWN:
        return _difference(account, Situation.UNREADABLE, Action.REPORT, found, STATE_UNREADABLE)
    if state_of(found) != account.state:
        return _difference(account, Situation.STATE, _mend_state(account, found), found)
    if found.products is not None and tuple(sorted(found.products)) != account.products and account.state == ACTIVE:
        return _difference(account, Situation.PRODUCT, Action.UPDATE, found)
    return None


def _lives_on(account: Believed, found: Observed) -> Difference | None:
    """Tell what it means that what ended is shown: a platform shows it for a while; only what is ours is ended anew."""
    if account.fading:
        return None
    if found.state is RemoteState.UNKNOWN:
        return _difference(account, Situation.UNREADABLE, Action.REPORT, found, STATE_UNREADABLE)
    own = {**account.grave_ids, **account.own_ids}.items() & found.remote_ids.items()
    if (own or found.reference == account.reference) and account.content == Content.ABSENT:
        again = _difference(account, Situation.STATE, Action.CANCEL, found)
        # What we forgot with its end is needed to end it once more.
        return replace(again, before={**again.before, "remote_ids": dict(found.remote_ids)})
    return _difference(account, Situation.STATE, Action.REPORT, found, NOT_OURS_TO_END)


def _mend_state(account: Believed, found: Observed) -> Action:
    if PENDING_USER in (account.state, state_of(found)) or account.state == UNKNOWN:
        return Action.NOTE
    return Action.ENABLE if account.state == ACTIVE else Action.SUSPEND


def _missing(account: Believed, covers: frozenset[RemoteState]) -> Difference | None:
    """Tell what absence from a listing means for a live account."""
    if _remote(account.state) not in covers or (account.vanishes and account.state == SUSPENDED):
        return None
    action = Action.CREATE if account.state in (ACTIVE, PENDING_USER) else Action.NOTE
    before, reason = {"state": ABSENT}, ""
    if not covers >= _BOTH:
        # It may be in a state that the listing does not show: somebody must look.
        action, before, reason = Action.REPORT, {"state": UNKNOWN}, MAYBE_HIDDEN
    elif not account.confirmed:
        action, reason = Action.REPORT, MISSING_ONCE
    return Difference(account.account_id, account.login, Situation.MISSING, action, before, _after(account), reason)


def _remote(state: str) -> RemoteState:
    return {ACTIVE: RemoteState.ACTIVE, SUSPENDED: RemoteState.SUSPENDED, PENDING_USER: RemoteState.PENDING_USER}.get(
        state, RemoteState.UNKNOWN
    )


def _after(account: Believed) -> dict[str, Any]:
    after: dict[str, Any] = {"state": account.state}
    return (
        after if account.unit == ACCOUNT_UNIT else {**after, "unit": account.unit, "products": list(account.products)}
    )


def _difference(
    account: Believed, situation: Situation, action: Action, found: Observed, reason: str = ""
) -> Difference:  # fmt: skip
    before: dict[str, Any] = {"state": state_of(found)}
    after = _after(account)
    if situation is Situation.PRODUCT:
        before["products"], after["products"] = sorted(found.products or ()), list(account.products)
    return Difference(account.account_id, account.login, situation, action, before, after, reason)
