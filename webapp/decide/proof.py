"""How it is proven that a line was carried out: by asking for the account, by a listing, or not at all. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from webapp.decide.compare import Action, Difference, Situation
from webapp.gateways.contract import Operation, Traits

# More than so many are not asked about one by one where a listing shows them all.
MANY = 50
# So many of them are asked about all the same while the others are under way: what goes wrong shows early.
SPOT = 10
# A listing is worth it once those that are still under way are no more than this share of those that ended.
REST_RATIO = 0.1
UNCLEAR, DIFFERS, OTHERS = "run_proof_unclear", "run_proof_differs", "run_proof_of_another"


class How(StrEnum):
    """``WAIT``: more will come soon. ``LATER``: the next reading tells. ``NONE``: the platform shows nothing."""

    FIND = "find"
    LISTING = "listing"
    WAIT = "wait"
    LATER = "later"
    NONE = "none"


@dataclass(frozen=True)
class Proof:
    """How to prove what is ready now; ``most`` lines of it at the most, None = all."""

    how: How
    most: int | None = None


@dataclass(frozen=True)
class Verdict:
    """What was seen of one line.

    Attributes:
        proven: True = as desired, False = otherwise, None = it could not be told.
    """

    proven: bool | None
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


def readable(traits: Traits) -> bool:
    """Tell whether the platform can be read at all."""
    return traits.can(Operation.FIND) or traits.can(Operation.LIST)


def proof_of(traits: Traits, ready: int, outstanding: int, *, listing_left: bool) -> Proof:
    """Return how to prove the lines that are ready.

    Args:
        ready: ended in convergence, and the platform's read lag is over.
        outstanding: handed over, or about to be, and not ready yet.
        listing_left: the platform may be read whole once more today.
    """
    finds, lists = traits.can(Operation.FIND), traits.can(Operation.LIST)
    if not (finds or lists):
        return Proof(How.NONE)
    if not finds:
        if outstanding:
            return Proof(How.WAIT)
        return Proof(How.LISTING if listing_left else How.LATER)
    if ready <= MANY or not lists or not listing_left:
        return Proof(How.FIND)
    return Proof(How.FIND, SPOT) if outstanding > ready * REST_RATIO else Proof(How.LISTING)


def judge(differences: Iterable[Difference]) -> Verdict:
    """Return what the differences of one account say of a line of it; none = observed equals desired.

    What a platform does not show, or not readably, proves nothing in either direction.
    """
    found = list(differences)
    if not found:
        return Verdict(True)
    worst = next((one for one in found if one.action is not Action.REPORT or one.situation is Situation.STATE), None)
    if worst is None:
        return Verdict(None, UNCLEAR)
    shown = str(worst.before.get("state", ""))
    if worst.situation is Situation.PRODUCT:
        return Verdict(False, "run_proof_products")
    return Verdict(False, DIFFERS, {"shown": shown, "wanted": str(worst.after.get("state", ""))})
