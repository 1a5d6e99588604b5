"""What should be, kept beside the hub: whom it was told to serve, whom it may take from, and what people approved."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.machine.platform import Books

ON, OFF, ENDED = "servico_habilitado", "suspenso_debito", "cancelado"
STATUSES = (ON, OFF, ENDED)
ACTIVE, SUSPENDED, ABSENT = "active", "suspended", "absent"
LEVELS = {ON: ACTIVE, OFF: SUSPENDED, ENDED: ABSENT}
PRODUCTS = {"TV": "full", "XT": "extra"}


@dataclass
class Person:
    """One subscriber.

    Attributes:
        by: how the hub hears of them: ``api`` at once, ``erp`` by the next pull.
        status, packages: what is true in the shop.
        told: the level that the hub was told last.
        may: levels that a call may bring the account to without anybody's approval.
        trusted: False = a copy was put back since, so what its rows say takes nothing by itself.
        credit: one loss that a status asked for and that has not come yet; it needs no budget.
        approved: losses that people let go.
        ending: an end that was rightly asked for was begun, and nothing was made since.
        unknowable: what happened there was lost with a copy, and the platform cannot be asked.
    """

    email: str
    code: str
    by: str
    status: str = ON
    packages: frozenset[str] = frozenset({"TV"})
    told: str = ACTIVE
    may: frozenset[str] = frozenset()
    trusted: bool = True
    credit: bool = False
    approved: int = 0
    ending: bool = False
    unknowable: bool = False

    @property
    def level(self) -> str:
        return LEVELS[self.status] if self.packages else ABSENT

    @property
    def products(self) -> list[str]:
        return sorted(PRODUCTS[name] for name in self.packages)


@dataclass
class Model:
    """All subscribers, and what was asked for by people."""

    people: dict[str, Person] = field(default_factory=dict)
    orphans_asked: set[str] = field(default_factory=set)
    copies: dict[str, Person] = field(default_factory=dict)

    def add(self, people: Iterable[Person]) -> None:
        self.people.update({one.email: one for one in people})

    def of(self, by: str) -> list[Person]:
        return [one for one in self.people.values() if one.by == by]

    def tell(self, one: Person) -> None:
        """The hub's rows say now what is true; what it may take follows from that alone."""
        if one.level != one.told:
            one.told, one.trusted, one.credit = one.level, True, one.level != ACTIVE
        one.may = frozenset({one.told})

    def show(self, one: Person) -> None:
        """A reading that is not done with yet showed this: what it leads to may still come."""
        one.may |= {one.level}
        if one.level != one.told:
            one.trusted, one.credit = True, one.level != ACTIVE

    def keep(self) -> dict[str, Person]:
        """Return how things stand, for a copy of the database that is made now."""
        return copy.deepcopy(self.people)

    def set_back(self, kept: dict[str, Person]) -> None:
        """A copy of the database was put back: the shop is as it is, the hub knows what it knew."""
        for email, one in self.people.items():
            one.told, one.may = kept[email].told, kept[email].may
            one.trusted, one.credit, one.approved = False, False, 0


@dataclass
class Stage:
    """How the world begins for a kind of platform: the database, the mark beside it, the platform's books, people."""

    database: Path
    mark: bytes
    books: Books
    people: dict[str, Person]
    erp: dict[str, Any]


@dataclass
class Backup:
    """A copy of the database, and what was told until then."""

    database: Path
    people: dict[str, Person]
    statuses: dict[str, str]
