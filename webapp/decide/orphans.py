"""Whose an account on a platform most likely is, that nobody here made. Pure.

Only a guess for a person who decides: nothing is ever adopted or ended because of it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from webapp.gateways.contract import Observed


class Clue(StrEnum):
    """What an account there has in common with somebody here; the strongest first."""

    REFERENCE = "reference"
    DOCUMENT = "document"
    EMAIL = "email"
    SERVICE_LOGIN = "service_login"
    PHONE = "phone"
    CUSTOMER_CODE = "customer_code"
    LOCAL_PART = "local_part"


STRENGTH = tuple(Clue)
LONGEST_KEY = 300
GUESS = "orphan_guess_"
SEVERAL = f"{GUESS}several"
# Our own mark, or the document, names a person; the rest may also be somebody of the same name.
_SURE = frozenset({Clue.REFERENCE, Clue.DOCUMENT})


@dataclass(frozen=True)
class Candidate:
    """One service that the account may belong to, by one clue.

    Attributes:
        document: the customer's; empty = not known.
        sold: it has a package of this platform.
        taken: it has another account there, which is, or may be, live.
        ended: the service was cancelled.
    """

    service_id: int
    clue: Clue
    document: str = ""
    sold: bool = False
    taken: bool = False
    ended: bool = False

    @property
    def free(self) -> bool:
        """Adopting the account for it would make sense at once."""
        return self.sold and not self.taken


@dataclass(frozen=True)
class Guess:
    """Whose it most likely is; ``code`` says why. No service with a code: there are several, so nobody is named."""

    service_id: int | None = None
    code: str | None = None


NOBODY = Guess()


def key_of(one: Observed) -> str:
    """Return what stays the same of an account over readings: its ids there, else its reference, else its log-in."""
    if one.remote_ids:
        return _fit("id:" + ";".join(f"{name}={value}" for name, value in sorted(one.remote_ids.items())))
    return _fit(f"reference:{one.reference}" if one.reference else f"login:{one.login.lower()}")


def guess(candidates: Iterable[Candidate], document: str = "") -> Guess:
    """Return whose it most likely is.

    The strongest clue decides. Among the services that it names, one that has a package of the platform and no
    account there comes first; where still more than one is left, nobody is named.

    Args:
        document: that of the account there; a customer with another one is somebody else.
    """
    found = [one for one in candidates if not _contradicts(one, document)]
    for clue in STRENGTH:
        named = _distinct(one for one in found if one.clue is clue)
        if named:
            return _choose(clue, named)
    return NOBODY


def others_on(mine: Sequence[str], product: str, ours: int) -> int:
    """Return how many other rights stand on a log-in while one of a stranger's ends.

    What a platform does with the last right there may end the person: with one of ours there it is never the last.

    Args:
        mine: products of the stranger that are still there.
        ours: live rights of our own accounts on the same log-in.
    """
    return len([code for code in mine if code != product]) + ours


def _fit(key: str) -> str:
    """Return a key that fits its column and is still nobody else's."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: LONGEST_KEY - len(digest) - 1]}#{digest}"


def _contradicts(one: Candidate, document: str) -> bool:
    return one.clue not in _SURE and bool(document and one.document and one.document != document)


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    by_service: Mapping[int, Candidate] = {one.service_id: one for one in candidates}
    return list(by_service.values())


def _choose(clue: Clue, named: Sequence[Candidate]) -> Guess:
    best = [one for one in named if one.free] or [one for one in named if not one.ended] or named
    if len(best) > 1:
        return Guess(None, SEVERAL)
    return Guess(best[0].service_id, f"{GUESS}{clue}")
