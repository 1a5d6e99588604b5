"""Why an account, or one right on it, shall be as it shall be: a code and its values, for people. Pure.

It follows the same rules as ``desired.py``, and says which of them decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from webapp.decide.desired import Rules, ServiceDates
from webapp.decide.policy import CUSTOMER_SCOPE, NOT_PAYING, Content, content_for, lifted
from webapp.decide.state import ACCOUNT_UNIT

CENT = Decimal("0.01")
_ORDER = (Content.ABSENT, Content.SUSPENDED, Content.ACTIVE)


@dataclass(frozen=True)
class Sold:
    """One package sold on the service, of this integration.

    Attributes:
        products: their codes, in order.
        removed_on: the day on which it was taken off; None = it is on it.
    """

    id: int
    package: str
    value: Decimal
    products: tuple[str, ...]
    starts_on: date | None = None
    ends_on: date | None = None
    removed_on: date | None = None

    def runs_on(self, today: date) -> bool:
        """Tell whether it gives a right to something on that day."""
        began = self.starts_on is None or self.starts_on <= today
        return self.removed_on is None and began and (self.ends_on is None or self.ends_on >= today)

    def share_of(self, product: str) -> Decimal:
        """Return what one of its products is worth; the shares add up to its value."""
        if product not in self.products:
            return self.value
        share = (self.value / len(self.products)).quantize(CENT, ROUND_DOWN)
        rest = self.value - share * len(self.products)
        return share + rest if product == self.products[0] else share


@dataclass(frozen=True)
class Situated:
    """What the state of one account follows from.

    Attributes:
        others: the customer's other services, code -> status, where the best of all counts.
        since, by: the day on which the service got its status, and from whom; empty = not known.
        keep: never less than this: active or suspended; empty = nothing is kept.
    """

    status: str
    rules: Rules
    dates: ServiceDates
    today: date
    sales: tuple[Sold, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    since: str = ""
    by: str = ""
    keep: str = ""
    keep_since: str = ""
    keep_reason: str = ""


@dataclass(frozen=True)
class Cause:
    """Message code and values. Days are ISO 8601, so that every reader sees them in his own way."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def cause_of(facts: Situated, unit: str = ACCOUNT_UNIT, *, products_differ: bool = False) -> Cause:
    """Return why the account, or one right on it, shall be as it shall be.

    Args:
        unit: ``sale:product`` of a right; else the whole account.
        products_differ: what is asked is not why it is active, but why with these products.
    """
    missing = _of_sales(facts) if unit == ACCOUNT_UNIT else _of_right(facts, unit)
    content, cause = (Content.ABSENT, missing) if missing is not None else asked_by_status(facts)
    if _below(content, facts.keep) and (missing is None or unit == ACCOUNT_UNIT):
        return Cause("cause_kept", {"since": facts.keep_since, "reason": facts.keep_reason})
    if products_differ and missing is None:
        return Cause("cause_products", {"packages": ", ".join(sorted({sale.package for sale in _live(facts)}))})
    return cause


def value_of(facts: Situated, unit: str = ACCOUNT_UNIT) -> Decimal:
    """Return R$ per month of what is sold on the account, or of one right on it.

    Where nothing is sold any more, it is what was sold last.
    """
    if unit != ACCOUNT_UNIT:
        sale = _sale_of(facts, unit)
        return sale.share_of(unit.partition(":")[2]) if sale is not None else Decimal(0)
    sold = _live(facts) or _last(facts)
    return sum((sale.value for sale in sold), Decimal(0))


def _live(facts: Situated) -> list[Sold]:
    return [sale for sale in facts.sales if sale.products and sale.runs_on(facts.today)]


def _last(facts: Situated) -> list[Sold]:
    """Return what was sold last: taken off, or ended, on the last day on which anything was."""
    ended = [(sale.removed_on or sale.ends_on, sale) for sale in facts.sales]
    days = [day for day, _sale in ended if day is not None]
    return [sale for day, sale in ended if days and day == max(days)]


def _of_sales(facts: Situated) -> Cause | None:
    """Return why the service has nothing there; None = it has."""
    if _live(facts):
        return None
    ended = _last(facts)
    if ended:
        return _of_sale(ended[-1], facts.today) or Cause("cause_no_products")
    later = [cause for sale in facts.sales if (cause := _of_sale(sale, facts.today)) is not None]
    return later[0] if later else Cause("cause_no_products")


def _of_right(facts: Situated, unit: str) -> Cause | None:
    sale, product = _sale_of(facts, unit), unit.partition(":")[2]
    if sale is None:
        return Cause("cause_no_products")
    ended = _of_sale(sale, facts.today)
    if ended is None and product not in sale.products:
        return Cause("cause_product_removed", {"package": sale.package, "product": product})
    return ended


def _of_sale(sale: Sold, today: date) -> Cause | None:
    """Return why a package sold gives no right today; None = it does."""
    if sale.removed_on is not None:
        return Cause("cause_package_removed", {"package": sale.package, "since": sale.removed_on.isoformat()})
    if sale.ends_on is not None and sale.ends_on < today:
        return Cause("cause_package_ended", {"package": sale.package, "since": sale.ends_on.isoformat()})
    if sale.starts_on is not None and sale.starts_on > today:
        return Cause("cause_package_later", {"package": sale.package, "since": sale.starts_on.isoformat()})
    return None


def asked_by_status(facts: Situated) -> tuple[Content, Cause]:
    """Return what status and dated inputs ask for, whatever is kept, and which of them decided."""
    rules = facts.rules
    beside = rules.status_scope == CUSTOMER_SCOPE
    status = lifted(facts.status, facts.others.values()) if beside else facts.status
    content = content_for(status, follow_status=rules.follow_status, rules=rules.status_rules)
    cause = _status_cause(facts, status, content)
    exempt = facts.dates.no_suspend_until
    if content is Content.SUSPENDED and status in NOT_PAYING and exempt is not None and exempt >= facts.today:
        content, cause = Content.ACTIVE, Cause("cause_no_suspend", {"until": exempt.isoformat()})
    if content is Content.ACTIVE and facts.dates.pause_from is not None and facts.dates.paused_on(facts.today):
        return Content.SUSPENDED, Cause("cause_pause", {"since": facts.dates.pause_from.isoformat()})
    return content, cause


def _status_cause(facts: Situated, status: str, content: Content) -> Cause:
    if status != facts.status:
        service = min(code for code, other in facts.others.items() if other == status)
        return Cause("cause_status_beside", {"status": status, "service": service})
    if content is Content.KEEP:
        return Cause("cause_status_keeps", {"status": status})
    if not (facts.since and facts.by):
        return Cause("cause_status_alone", {"status": status})
    return Cause("cause_status", {"status": status, "since": facts.since, "by": facts.by})


def _sale_of(facts: Situated, unit: str) -> Sold | None:
    sale_id = unit.partition(":")[0]
    return next((sale for sale in facts.sales if str(sale.id) == sale_id), None)


def _below(content: Content, keep: str) -> bool:
    return bool(keep) and content in _ORDER and _ORDER.index(content) < _ORDER.index(Content(keep))
