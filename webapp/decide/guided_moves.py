"""May the old account end? Only when the new one stands in its place. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

GO, WAIT, FAIL = "go", "wait", "fail"
_THERE = frozenset({"active", "suspended", "waiting_user"})
_STUCK = frozenset({"blocked", "parked"})
# What a platform shows of an account that stands. A word that nobody knows says nothing, and ends nothing.
_SHOWN = frozenset({"active", "suspended", "pending_user"})
# Of what these say, the cause is the old service alone: it ends when both cannot be there at once.
_HELD = frozenset({"login_held", "login_held_own", "constraint_one_account"})
_HELD_BY_SELF = frozenset({"constraint_same_kind", "constraint_one_product"})


@dataclass(frozen=True)
class Seen:
    """One new account, as rows tell.

    Attributes:
        status, observed: of the account; ``observed`` is what the platform itself last showed.
        settled: nothing of it waits to be sent.
        before: status of the old account on the same platform; empty where there was none.
        asks: the platform can be asked about it.
    """

    account_id: int
    status: str
    settled: bool
    before: str = ""
    error_code: str = ""
    asks: bool = False
    observed: str = ""
    observed_at: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether the next step may be taken; of a failure, why and with which account."""

    word: str
    code: str = ""
    account_id: int | None = None


def made(accounts: Sequence[Seen]) -> Verdict:
    """Tell whether all new accounts stand as the old ones do."""
    return _worst(_made(one) for one in accounts)


def looked(accounts: Sequence[Seen], since: datetime) -> Verdict:
    """Tell whether the platforms themselves show the new accounts, asked after ``since``."""
    return _worst(_looked(one, since) for one in accounts)


def gone(statuses: Iterable[tuple[int, str, str]]) -> Verdict:
    """Tell whether old accounts have ended.

    Args:
        statuses: account id, status and error code of each.
    """
    return _worst(_gone(*one) for one in statuses)


def is_gap(code: str, service: str, old: str, *, same_holder: bool) -> bool:
    """Tell whether a refusal is only about the old service, so that it goes when that one has ended.

    Args:
        service: code of the service that the refusal names; empty where it names none.
        old: code of the old service.
        same_holder: both services are one customer's.
    """
    if code in _HELD:
        return service == old
    return same_holder and code in _HELD_BY_SELF


def _made(seen: Seen) -> Verdict:
    if seen.status in _STUCK:
        return Verdict(FAIL, seen.error_code or "guided_move_doubt", seen.account_id)
    if not seen.settled:
        return Verdict(WAIT, seen.error_code, seen.account_id)
    if seen.before not in _THERE:
        # The old one has nothing there either, so nothing is lost.
        return Verdict(GO)
    if seen.status == "cancelled":
        return Verdict(FAIL, "guided_move_not_there", seen.account_id)
    fits = seen.status in _THERE and not (seen.before == "active" and seen.status == "suspended")
    return Verdict(GO) if fits else Verdict(WAIT, seen.error_code, seen.account_id)


def _looked(seen: Seen, since: datetime) -> Verdict:
    if not seen.asks or seen.status not in ("active", "suspended"):
        return Verdict(GO)
    if seen.observed_at is None or seen.observed_at < since:
        return Verdict(WAIT, "", seen.account_id)
    if seen.observed == "absent":
        return Verdict(FAIL, "guided_move_not_found", seen.account_id)
    return Verdict(GO) if seen.observed in _SHOWN else Verdict(WAIT, "", seen.account_id)


def _gone(account_id: int, status: str, error_code: str) -> Verdict:
    if status == "cancelled":
        return Verdict(GO)
    if status in _STUCK:
        return Verdict(FAIL, error_code or "guided_move_doubt", account_id)
    return Verdict(WAIT, error_code, account_id)


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    found = list(verdicts)
    for word in (FAIL, WAIT):
        for verdict in found:
            if verdict.word == word:
                return verdict
    return Verdict(GO)
