"""How an account can differ from what a platform shows of it, and what mends that. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from webapp.decide.state import ACCOUNT_UNIT, ACTIVE, SUSPENDED
from webapp.gateways.contract import Observed, RemoteState


class Situation(StrEnum):
    """How an account differs."""

    MISSING = "missing"
    EXTRA = "extra"
    STATE = "state"
    PRODUCT = "product"
    DUPLICATE = "duplicate"
    CLASH = "clash"
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
# Why nothing is done about it, as message codes.
MISSING_ONCE, MAYBE_HIDDEN, KEYS_CLASH, SHOWN_TWICE, STATE_UNREADABLE, NOT_OURS_TO_END = (
    "missing_once", "missing_maybe_hidden", "keys_clash", "shown_twice", "state_unreadable", "shown_after_end",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One account that differs, or that nobody here made.

    Attributes:
        reason: message code of why it is only reported; empty where something is done, and for strangers.
    """

    account_id: int | None
    login: str
    situation: Situation
    action: Action
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def in_order(differences: list[Difference]) -> list[Difference]:
    """Sort so that the same facts always give the same plan."""

    def order(item: Difference) -> tuple[str, int, str, str]:
        facts = str(sorted(item.before.items())) + str(sorted(item.after.items()))
        return item.situation, item.account_id or 0, item.login, facts

    return sorted(differences, key=order)


def extra(one: Observed, more: Mapping[str, Any] | None = None) -> Difference:
    """Return that nobody here made this one."""
    return Difference(None, one.login, Situation.EXTRA, Action.REPORT, {**_facts(one), **(more or {})})


def duplicate(account_id: int, one: Observed, unit: str = ACCOUNT_UNIT) -> Difference:
    """Return that it stands there twice."""
    after = {} if unit == ACCOUNT_UNIT else {"unit": unit}
    return Difference(account_id, one.login, Situation.DUPLICATE, Action.REPORT, _facts(one), after, SHOWN_TWICE)


def clash(account_id: int, one: Observed, accounts: Iterable[int]) -> Difference:
    """Return that what it carries points at several accounts, or at another person: a person must look."""
    before = {**_facts(one), "reference": one.reference}
    after = {"accounts": sorted(accounts)}
    return Difference(account_id, one.login, Situation.CLASH, Action.REPORT, before, after, KEYS_CLASH)


def _facts(one: Observed) -> dict[str, Any]:
    return {"state": state_of(one), "remote_ids": dict(one.remote_ids)}


def state_of(one: Observed) -> str:
    """Return the state that is shown, in our own words."""
    return {RemoteState.ACTIVE: ACTIVE, RemoteState.SUSPENDED: SUSPENDED}.get(one.state, str(one.state))
