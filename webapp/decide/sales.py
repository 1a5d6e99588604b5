"""What may be sold together, and which packages a plan brings with it. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

PLACEHOLDERS = frozenset({
    "naotem", "naotememail", "naopossui", "naopossuiemail", "naoinformado", "naoinformou",
    "sememail", "semmail", "nenhum", "noemail", "nomail", "noreply", "xxx",
})  # fmt: skip


@dataclass(frozen=True)
class Link:
    """A package on a plan. ``mandatory``: cannot be taken off while the service is added."""

    package_id: int
    mandatory: bool = False


@dataclass(frozen=True)
class Choice:
    """Packages to put on a new service, and those that may not be put there.

    Attributes:
        refused: asked for, but the plan is locked and does not carry them.
    """

    add: tuple[int, ...]
    refused: tuple[int, ...] = ()


@dataclass(frozen=True)
class Migration:
    """What changes on a service that moves to another plan; what is named nowhere stays as it is.

    Attributes:
        left_plan: removed because only the old plan carried them.
        taken_off: removed because the new plan offers them and they were not chosen.
        locked_out: sold separately, removed because the new plan is locked.
    """

    add: tuple[int, ...] = ()
    left_plan: tuple[int, ...] = ()
    taken_off: tuple[int, ...] = ()
    locked_out: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()

    @property
    def remove(self) -> tuple[int, ...]:
        """Everything that goes, for whatever reason."""
        return (*self.left_plan, *self.taken_off, *self.locked_out)


@dataclass(frozen=True)
class Held:
    """A package as far as Pacote Único is concerned."""

    package_id: int
    description: str
    integration_id: int | None
    single: bool = False


@dataclass(frozen=True)
class Clash:
    """Two packages of one integration that allows one at a time."""

    first: Held
    second: Held


def composition_gap(value: Decimal, parts: Sequence[Decimal]) -> Decimal:
    """Return by how much the parts miss the value; zero when they add up or none were given."""
    return sum(parts, Decimal(0)) - value if parts else Decimal(0)


def packages_for_new(links: Sequence[Link], chosen: Collection[int] | None, *, locked: bool) -> Choice:
    """Return the packages that a new service starts with.

    Args:
        chosen: None = everything that the plan carries; else exactly these, and the mandatory ones.
        locked: the plan's Travar Pacotes: nothing but what it carries may be sold.

    Source: HubSoft, Serviços/Planos > Pacotes: optional ones are preset and can be taken off.
    """
    carried = [link.package_id for link in links]
    if chosen is None:
        return Choice(tuple(carried))
    wanted = [link.package_id for link in links if link.mandatory or link.package_id in chosen]
    others = [package_id for package_id in dict.fromkeys(chosen) if package_id not in carried]
    return Choice(tuple(wanted), tuple(others)) if locked else Choice((*wanted, *others))


def packages_for_migration(
    held: Collection[int],
    old: Sequence[Link],
    new: Sequence[Link],
    chosen: Collection[int] | None,
    *,
    locked: bool,
) -> Migration:
    """Return what a move to another plan adds and removes.

    Packages that both plans carry stay untouched with their params. Those that only the old plan
    carried go, unless they are chosen expressly. Those that were sold separately stay, unless the
    new plan is locked. ``chosen`` speaks of what the plans carry, never of what was sold separately.
    """
    choice = packages_for_new(new, chosen, locked=locked)
    of_old, of_new = _ids(old), _ids(new)
    leaving = [package_id for package_id in held if package_id not in of_new and package_id not in choice.add]
    return Migration(
        add=tuple(package_id for package_id in choice.add if package_id not in held),
        left_plan=tuple(package_id for package_id in leaving if package_id in of_old),
        taken_off=tuple(package_id for package_id in held if package_id in of_new and package_id not in choice.add),
        locked_out=tuple(package_id for package_id in leaving if locked and package_id not in of_old),
        refused=choice.refused,
    )


def single_package_clashes(packages: Iterable[Held]) -> list[Clash]:
    """Return pairs that break Pacote Único: one package of the integration per service."""
    first: dict[int, Held] = {}
    clashes = []
    for package in packages:
        if package.integration_id is None or not package.single:
            continue
        other = first.setdefault(package.integration_id, package)
        if other.package_id != package.package_id:
            clashes.append(Clash(other, package))
    return clashes


def may_be_sold(package_id: int, carried: Collection[int], *, locked: bool) -> bool:
    """Tell whether Travar Pacotes lets this package onto a service of the plan."""
    return not locked or package_id in carried


def is_placeholder_email(email: str) -> bool:
    """Tell whether an address stands for "has none", as attendants write it.

    Source: HubSoft's own API sample carries ``naotem@...``.
    """
    local = email.partition("@")[0].lower()
    return "".join(sign for sign in local if sign.isalpha()) in PLACEHOLDERS


def _ids(links: Sequence[Link]) -> frozenset[int]:
    return frozenset(link.package_id for link in links)
