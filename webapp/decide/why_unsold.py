"""Why there is nothing to watch where no package is sold. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.decide.policy import ENDED
from webapp.decide.why_facts import Light, Part
from webapp.decide.why_verdict import Mend, Verdict, Who


@dataclass(frozen=True)
class Unsold:
    """A service on which nothing is sold, or a customer without a service.

    Attributes:
        status: of the service; empty = there is no service.
        carries: how many packages its plan has; ``locks``: only those may be sold.
        removed: the package that was taken off last, and the day; None = there never was one.
    """

    status: str = ""
    plan: str = ""
    carries: int = 0
    locks: bool = False
    removed: tuple[str, date] | None = None
    erased: bool = False
    by_source: bool = False


def verdict_unsold(unsold: Unsold) -> Verdict:
    """Return why there is nothing to watch where no package is sold."""
    if unsold.erased:
        return Verdict("why_erased", Light.GREY, Part.SOURCE, Who.NOBODY)
    if not unsold.status:
        return Verdict("why_no_service", Light.RED, Part.SOURCE, Who.HERE, Mend.ADD_SERVICE)
    params: dict[str, Any] = {"plan": unsold.plan, "status": unsold.status}
    if unsold.status in ENDED:
        who = Who.SOURCE if unsold.by_source else Who.HERE
        return Verdict("why_service_over", Light.GREY, Part.SOURCE, who, params=params)
    if unsold.removed is not None:
        named = {**params, "package": unsold.removed[0], "day": unsold.removed[1]}
        return Verdict("why_package_removed", Light.RED, Part.WANTED, Who.HERE, Mend.SELL, named)
    if unsold.locks and not unsold.carries:
        return Verdict("why_nothing_sold_locked", Light.RED, Part.WANTED, Who.ADMIN, Mend.OPEN_PLAN, params)
    code = "why_nothing_sold_plan" if unsold.carries else "why_nothing_sold"
    return Verdict(code, Light.RED, Part.WANTED, Who.HERE, Mend.SELL, params)
