"""What goes into an intake and what comes out, row by row."""

from dataclasses import dataclass, replace

from webapp.decide.intake import Change, Direction, KnownCustomer, KnownService, Wanted, WantedService, direction_of
from webapp.services.errors import Problem

PLANNED, REFUSED, SKIPPED = "planned", "refused", "skipped"
CREATED, UPDATED, UNCHANGED, HELD = "created", "updated", "unchanged", "held"


@dataclass(frozen=True)
class RowPlan:
    """What one record changes, or why it does not.

    Attributes:
        problems: of a planned row they are notes beside it: what of the record is left out.
        customer, service: as they are here now; None = not yet.
        outcome: planned, refused (``problems`` say why) or skipped (a better source owns the service).
        adopts: a row that is here already will count as this source's from now on, even if nothing changes.
    """

    wanted: Wanted
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    customer: KnownCustomer | None = None
    service: KnownService | None = None
    outcome: str = PLANNED
    adopts: bool = False

    @property
    def direction(self) -> Direction:
        """Negative if any change is, else positive if any is, else neutral."""
        return direction_of(self.changes)

    @property
    def refused(self) -> bool:
        """Tell whether nothing of it can be made: it was refused, or is another source's."""
        return self.outcome != PLANNED


@dataclass(frozen=True)
class Allowed:
    """What a certificate and a brake leave to be made; what is not allowed is held, and planned anew next time.

    Attributes:
        positions_negative: rows whose negative changes may be made; None = all of them.
    """

    creates: bool = True
    contacts: bool = True
    positions_negative: frozenset[int] | None = None

    def takes(self, position: int) -> bool:
        """Tell whether this row may take something away."""
        return self.positions_negative is None or position in self.positions_negative


@dataclass(frozen=True)
class RowResult:
    """What became of one record: created, updated, unchanged, refused, held (something of it) or skipped."""

    position: int
    outcome: str
    problems: tuple[Problem, ...] = ()
    customer_id: int | None = None
    service_id: int | None = None


@dataclass(frozen=True)
class Judged:
    """A plan, and the record as it is carried out: completed from the catalogue, stripped of what cannot be.

    Attributes:
        links_customer: the customer may be noted as the one whom this source means.
    """

    plan: RowPlan
    effective: Wanted
    links_customer: bool = True

    @property
    def position(self) -> int:
        """The record's position."""
        return self.plan.wanted.position


def refused(wanted: Wanted, *problems: Problem, outcome: str = REFUSED) -> Judged:
    """Return a row of which nothing is made."""
    return Judged(RowPlan(wanted, problems=problems, outcome=outcome), wanted)


def without_contacts(wanted: Wanted) -> Wanted:
    """Return a record that says nothing about the person."""
    return replace(wanted, name="", document="", email="", phone="")


def external_of_customer(wanted: Wanted) -> str:
    """Return how the source names the customer."""
    return wanted.customer_external or wanted.customer_code


def external_of_service(service: WantedService) -> str:
    """Return how the source names the service."""
    return service.external or service.code
