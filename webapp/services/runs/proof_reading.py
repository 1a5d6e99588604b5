"""Reads back what lines led to: single accounts at the platform's pace, or one listing for many of them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from webapp.decide.compare import Believed, Difference, Situation
from webapp.decide.proof import OTHERS, UNCLEAR, Verdict, judge
from webapp.decide.snapshot_rules import FEW_BELOW, FEW_FROM
from webapp.decide.state import ACCOUNT_UNIT
from webapp.gateways.contract import Connection, Gateway, Limits, Observed, RemoteState
from webapp.gateways.errors import Rejected, Unsupported
from webapp.services.asking import Asking, by_account
from webapp.services.runs.believed import compare_all, ends_to_suspend
from webapp.services.runs.lines import Ready
from webapp.services.subjects import Subjects

REFUSED = "run_proof_refused"
# What is about the one account that was asked about: asking again brings the same.
ALONE = (Rejected, Unsupported)
# At the same time; a platform that takes more is not asked harder for a proof.
MOST_AT_ONCE = 8
TELL_EVERY = 500
_SUSPENDED = frozenset({RemoteState.SUSPENDED})


@dataclass
class Seen:
    """What a round of proofs brought.

    Attributes:
        verdicts: by line; those that are not in it are asked about again later.
        observed: account -> state, where a look tells it of the whole account.
        away: message code of why the platform could not be asked any more; empty = it could.
    """

    verdicts: dict[int, Verdict] = field(default_factory=dict)
    observed: dict[int, str] = field(default_factory=dict)
    away: str = ""


def look(
    gateway: Gateway, connection: Connection, limits: Limits, subjects: Subjects, believed: Sequence[Believed],
    ready: Sequence[Ready], go_on: Callable[[], bool],
) -> Seen:  # fmt: skip
    """Ask about the accounts of these lines, a few at the same time. No transaction is open meanwhile.

    Args:
        limits: pace of the integration.
        go_on: asked before each account; False ends the round.
    """
    askable = [one for one in believed if one.key in subjects]
    width = max(min(limits.concurrency, MOST_AT_ONCE, len(by_account(askable))), 1)
    parts = _parts(askable, width)
    rounds = [Asking(gateway, connection, subjects, limits.rate_per_s / width, ended=True) for _ in parts]
    with ThreadPoolExecutor(width, thread_name_prefix="proof") as pool:
        # Reading the results lets what one of them raised come out here.
        list(pool.map(lambda pair: pair[0].about(pair[1], go_on), zip(rounds, parts, strict=True)))
    seen = Seen(away=next((one.away.code for one in rounds if one.away is not None), ""))
    known = {one.account_id for one in askable}
    # Of whom nothing is known by which to ask, nothing can be told.
    seen.verdicts = {one.item_id: Verdict(None, UNCLEAR) for one in ready if one.account_id not in known}
    for one in rounds:
        _take(one, ready, seen)
    return seen


def read_all(
    gateway: Gateway, connection: Connection, believed: Sequence[Believed], ready: Sequence[Ready],
    expected: Mapping[RemoteState, int], tell: Callable[[], object],
) -> Seen:  # fmt: skip
    """Read the platform whole, and compare only the accounts of these lines. No transaction is open meanwhile.

    Args:
        expected: accounts of ours by state: a list that shows hardly any of them proves nothing.
        tell: called now and then; what it raises goes through.

    Raises:
        GatewayError: it could not be read; nothing is proven by that.
    """
    wanted = _Wanted(believed)
    listing = gateway.list(connection)
    mine: list[Observed] = []
    count = 0
    for count, one in enumerate(listing, 1):
        if wanted.is_meant(one):
            mine.append(one)
        if count % TELL_EVERY == 0:
            tell()
    if not listing.complete:
        return Seen(away=listing.reason or "listing_incomplete")
    if _is_short(count, expected, listing.covers - (_SUSPENDED if ends_to_suspend(gateway.traits) else set())):
        return Seen(away="listing_short")
    differences = compare_all(gateway.traits, list(believed), mine, listing.covers)
    settled = {account_id for account_id, group in by_account(believed).items() if all(one.settled for one in group)}
    seen = Seen(verdicts=verdicts((one for one in ready if one.account_id in settled), differences))
    seen.observed = {
        one.account_id: one.state for one in believed
        if one.unit == ACCOUNT_UNIT and one.account_id in settled
    }  # fmt: skip
    return seen


def _is_short(count: int, expected: Mapping[RemoteState, int], shows: Collection[RemoteState]) -> bool:
    total = sum(number for state, number in expected.items() if state in shows)
    return total > 0 and (not count or (total >= FEW_FROM and count < total * FEW_BELOW))


def verdicts(ready: Iterable[Ready], differences: Iterable[Difference]) -> dict[int, Verdict]:
    """Return what differences say of each line; what is nobody's here says nothing."""
    found: dict[int, list[Difference]] = defaultdict(list)
    for one in differences:
        if one.account_id is not None and one.situation is not Situation.EXTRA:
            found[one.account_id].append(one)
    return {one.item_id: judge(_about(one, found.get(one.account_id, ()))) for one in ready}


def _about(line: Ready, differences: Iterable[Difference]) -> list[Difference]:
    """Return the differences of the right that a line is about; of the whole account where it is about that."""
    return [one for one in differences if line.unit is None or one.after.get("unit", line.unit) == line.unit]


def _take(asking: Asking, ready: Sequence[Ready], seen: Seen) -> None:
    refused = {
        failure.account_id: failure.error.code for failure in asking.failures if isinstance(failure.error, ALONE)
    }  # fmt: skip
    told = [one for one in ready if one.account_id in asking.looked and one.account_id not in asking.others]
    seen.verdicts |= verdicts(told, asking.differences)
    seen.observed |= {account: state for account, state in asking.looked.items() if state is not None}
    for one in ready:
        if one.account_id in asking.others:
            seen.verdicts[one.item_id] = Verdict(False, OTHERS)
        elif one.account_id in refused:
            seen.verdicts[one.item_id] = Verdict(None, REFUSED, {"error": refused[one.account_id]})


def _parts(believed: Sequence[Believed], width: int) -> list[list[Believed]]:
    parts: list[list[Believed]] = [[] for _ in range(width)]
    for place, group in enumerate(by_account(believed).values()):
        parts[place % width] += group
    return parts


class _Wanted:
    """Tells which observed accounts may be one of a few: a listing of a million leaves only those in memory."""

    def __init__(self, believed: Iterable[Believed]) -> None:
        self._ids: set[tuple[str, str]] = set()
        self._references: set[str] = set()
        self._logins: set[str] = set()
        for one in believed:
            self._ids |= {*one.remote_ids.items(), *one.own_ids.items()}
            self._references.add(one.reference)
            self._logins.add(one.login.lower())

    def is_meant(self, one: Observed) -> bool:
        """Tell whether an id, the reference or the log-in is one of theirs."""
        if one.reference in self._references or one.login.lower() in self._logins:
            return True
        return not self._ids.isdisjoint(one.remote_ids.items())
