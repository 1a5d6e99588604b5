"""Whether an account that nobody made can be that of a service, and what of it the service's account would take."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.clock import utc_now
from webapp.decide.desired import Inputs
from webapp.decide.outcome import adopted, merged_ids
from webapp.decide.state import ACCOUNT_UNIT, UnitState
from webapp.gateways.contract import Observed, RemoteState, Traits, Unit
from webapp.models import Account, Orphan, Service
from webapp.services.errors import Problem
from webapp.services.orphans.noting import OPEN


@dataclass(frozen=True)
class Taking:
    """What an account is after it took an orphan.

    Attributes:
        keys: the units that the orphan is.
        losing: those of them that would be suspended.
        content: what the account shall be as a whole.
    """

    login: str = ""
    remote_ids: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, UnitState] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    losing: tuple[str, ...] = ()
    content: str = ""

    @property
    def live(self) -> bool:
        """Something of it is, or may be, there."""
        return any(unit.maybe_there for unit in self.units.values())


class Refused(Exception):
    """It cannot be adopted so; show the problem. ``sellable``: it can, once a package is sold."""

    def __init__(self, code: str, params: Mapping[str, Any] | None = None, *, sellable: bool = False) -> None:
        super().__init__(code)
        self.problem = Problem("service_id", code, dict(params or {}))
        self.sellable = sellable


@dataclass(frozen=True)
class Place:
    """Where an orphan would go.

    Attributes:
        account: that of the service, where it has one; ``before``: what that has there already.
        sold: the service has a package of the integration.
        owner: our account that the orphan is by now.
        users: services and customers that use its log-in there.
    """

    service: Service
    account: Account | None
    before: Taking
    sold: bool
    owner: int | None
    users: Sequence[tuple[int, int]]


def check_fit(one: Orphan, place: Place, traits: Traits) -> None:
    """Refuse what would give one person's account to another, or a second one to the same.

    Raises:
        Refused: show why; nothing is written.
    """
    service, account, before = place.service, place.account, place.before
    customer = service.customer
    if one.status != OPEN:
        raise Refused("orphan_changed", {"login": one.login})
    if one.document and customer.document and one.document != customer.document:
        raise Refused("orphan_document_differs", {"name": customer.name})
    if place.owner is not None:
        raise Refused("orphan_is_ours", {"login": one.login})
    if account is not None and account.lease_until is not None and account.lease_until > utc_now():
        raise Refused("account_busy", {"login": account.login})
    if before.live and not _joins(one, before, traits):
        raise Refused("orphan_account_live", {"service": service.code, "login": before.login})
    if traits.login_is_key and _taken(service, traits, place.users):
        raise Refused("orphan_login_taken", {"login": one.login})
    if not place.sold:
        raise Refused("orphan_not_sold", {"service": service.code}, sellable=True)


def take_units(one: Orphan, before: Taking, inputs: Inputs, traits: Traits) -> Taking:
    """Return what the account of the service is with the orphan in it.

    Raises:
        Refused: none of its products is sold on the service, or they are not known.
    """
    own = {name: value for name, value in one.remote_ids.items() if name in traits.unit_ids}
    shared = {name: value for name, value in one.remote_ids.items() if name not in own}
    keys = (ACCOUNT_UNIT,) if traits.unit is Unit.ACCOUNT else tuple(_right_keys(one, before, inputs))
    units = dict(before.units)
    for key in keys:
        unit = adopted(units.get(key, UnitState()), observed_of(one))
        units[key] = unit.with_(remote_ids=merged_ids(unit.remote_ids, own)) if own else unit
    return Taking(one.login or before.login, merged_ids(before.remote_ids, shared), units, keys)


def observed_of(one: Orphan) -> Observed:
    """Return an orphan as the platform showed it last."""
    products = tuple(one.products) if one.products is not None else None
    return Observed(one.login, RemoteState(one.state), dict(one.remote_ids), one.reference, one.document, products)


def _joins(one: Orphan, before: Taking, traits: Traits) -> bool:
    """Where rights are units, a further right of the same person there joins the account."""
    if traits.unit is Unit.ACCOUNT:
        return False
    ids = {name: value for name, value in before.remote_ids.items() if name not in traits.unit_ids}
    return one.login.lower() == before.login.lower() or bool(set(ids.items()) & set(one.remote_ids.items()))


def _taken(service: Service, traits: Traits, users: Sequence[tuple[int, int]]) -> bool:
    others = [customer_id for service_id, customer_id in users if service_id != service.id]
    return any(not traits.shared_users or customer_id != service.customer_id for customer_id in others)


def _right_keys(one: Orphan, before: Taking, inputs: Inputs) -> Iterator[str]:
    """Return the sold rights that it is, one for each of its products."""
    sold = {
        product.code: f"{sale.id}:{product.code}"
        for sale in inputs.sales if sale.runs_on(inputs.today) for product in sale.products.values()
        if not before.units.get(f"{sale.id}:{product.code}", UnitState()).maybe_there
    }  # fmt: skip
    if one.products is None and len(sold) != 1:
        raise Refused("orphan_product_unknown", {"login": one.login})
    wanted = list(sold) if one.products is None else one.products
    if not set(wanted) & set(sold):
        raise Refused("orphan_product_not_sold", {"products": ", ".join(wanted)}, sellable=True)
    yield from (sold[code] for code in wanted if code in sold)
