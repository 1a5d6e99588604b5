"""What a record that came in changes here, and in which direction. Pure.

Positive changes (more content for somebody) are never held back; negative ones (less) need a certificate, room
under the brake and a second look at the source. What is neither (a name, a phone) is neutral.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from webapp.decide.policy import ENDED
from webapp.gateways.contract import Secret


class Direction(StrEnum):
    """Whether a change gives content, takes it, or neither."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class What(StrEnum):
    """Kinds of change."""

    CREATE_CUSTOMER = "create_customer"
    UPDATE_CUSTOMER = "update_customer"
    CREATE_SERVICE = "create_service"
    UPDATE_SERVICE = "update_service"
    STATUS = "status"
    PLAN = "plan"
    ADD_PACKAGE = "add_package"
    UPDATE_PACKAGE = "update_package"
    REMOVE_PACKAGE = "remove_package"


@dataclass(frozen=True)
class WantedPackage:
    """A package that a service shall hold. ``external`` names it in links: ``service:package`` of the source."""

    package_id: int
    value: Decimal | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    external: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True)
class WantedService:
    """A service as the source wants it; empty or None keeps what is there.

    Attributes:
        packages: None = says nothing about packages.
        exact: packages that this source sold and no longer names are removed; False = only added.
        named: every package that the record names, also unmapped ones, as in links: what is named is never removed.
        leaving: packages of ours that only the plan carried which the service leaves.
    """

    code: str
    external: str = ""
    plan_id: int | None = None
    status: str = ""
    login: str = ""
    password: Secret | None = None
    address: str = ""
    city: str = ""
    value: Decimal | None = None
    due_day: int | None = None
    sold_on: date | None = None
    packages: tuple[WantedPackage, ...] | None = None
    exact: bool = False
    named: frozenset[str] = frozenset()
    leaving: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """A record in our own words: codes with their prefix, ids of ours, texts normalised."""

    position: int
    customer_code: str
    customer_external: str = ""
    name: str = ""
    document: str = ""
    email: str = ""
    phone: str = ""
    service: WantedService | None = None


@dataclass(frozen=True)
class HeldPackage:
    """A package that a service holds now.

    Attributes:
        ours: this source sold it, so it may take it away; ``external`` is then its name in the link.
    """

    sale_id: int
    package_id: int
    value: Decimal
    starts_on: date | None
    ends_on: date | None
    ours: bool
    external: str = ""


@dataclass(frozen=True)
class KnownService:
    """A service as it is here.

    Attributes:
        password_same: the password that the record brings is the one that is stored.
        owner: the source that brought it; None = nobody's (made by hand).
        external: its name in the owner's link.
    """

    id: int
    code: str
    customer_id: int
    status: str
    plan_id: int
    login: str
    password_same: bool
    address: str
    value: Decimal | None
    due_day: int | None
    sold_on: date | None
    packages: tuple[HeldPackage, ...]
    owner: int | None = None
    external: str = ""
    customer_code: str = ""
    customer_document: str = ""
    city: str = ""


@dataclass(frozen=True)
class KnownCustomer:
    """A customer as it is here; ``owner`` and ``external`` as for a service."""

    id: int
    code: str
    name: str
    document: str
    email: str
    phone: str
    owner: int | None = None
    external: str = ""


@dataclass(frozen=True)
class Change:
    """One change: what, from what, to what. Values are plain (texts, numbers as text); a password is masked.

    Attributes:
        package_id: which package, where one is added, changed or removed.
    """

    what: What
    direction: Direction
    field: str = ""
    before: Any = None
    after: Any = None
    package_id: int | None = None


def direction_of(changes: Iterable[Change]) -> Direction:
    """Return negative if any change is, else positive if any is, else neutral."""
    found = {change.direction for change in changes}
    return next((one for one in (Direction.NEGATIVE, Direction.POSITIVE) if one in found), Direction.NEUTRAL)


def is_cancel(change: Change) -> bool:
    """Tell whether a negative change takes something away for good: the service ended, or a package is removed."""
    if change.direction is not Direction.NEGATIVE:
        return False
    return change.what is What.REMOVE_PACKAGE or (change.what is What.STATUS and change.after in ENDED)
