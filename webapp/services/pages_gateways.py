"""Gateways and recipes as pages show them: what each can do, who uses it, its versions and how they differ."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import unified_diff

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.gateways import registry
from webapp.gateways.contract import Gateway, Operation, Traits
from webapp.gateways.recipe.problems import RecipeProblem
from webapp.models import Integration, RecipeVersion
from webapp.services.errors import NotFound
from webapp.services.pages import PAGE_SIZE, Page, numbered
from webapp.services.recipes import active_version, get_version

BUNDLED = "bundled"
BUILT_IN, OWN, BROKEN, REMOVED = "built_in", "own", "broken", "removed"
DIFF_CONTEXT = 3
_SHORT = (
    Operation.CREATE, Operation.UPDATE, Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL, Operation.FIND,
    Operation.LIST, Operation.LIST_PRODUCTS, Operation.RESEND_ACTIVATION, Operation.NOTIFY,
)  # fmt: skip


@dataclass(frozen=True)
class GatewayRow:
    """One line of the list.

    Attributes:
        traits: None for a recipe that cannot run, or was removed.
        origin: ``built_in``, ``bundled``, ``own``, ``broken`` or ``removed``.
        version: of the recipe; 0 where there is none that runs.
        integrations: how many use it.
    """

    key: str
    label: str
    origin: str
    version: int = 0
    traits: Traits | None = None
    integrations: int = 0


@dataclass(frozen=True)
class Ability:
    """One operation of a gateway.

    Attributes:
        way: ``call``, ``alias``, ``local`` or ``none``.
        target: what is sent in its stead, for an alias; ``lossy`` = something is lost by that.
        batch: how many subscribers go in one call; 0 = one each.
    """

    operation: Operation
    way: str
    target: Operation | None = None
    lossy: bool = False
    batch: int = 0


@dataclass(frozen=True)
class GatewayView:
    """One gateway in full; without traits while its recipe has problems or was removed."""

    row: GatewayRow
    abilities: Sequence[Ability]
    users: Sequence[Integration]
    problems: Sequence[RecipeProblem]
    has_recipe: bool
    text: str
    has_bundled: bool


@dataclass(frozen=True)
class VersionRow:
    """One version, and how much it differs from the one before; the first from the bundled recipe, or nothing."""

    version: RecipeVersion
    added: int
    removed: int


@dataclass(frozen=True)
class Line:
    """One line of a difference; ``sign`` is ``+``, ``-``, ``@`` or blank."""

    sign: str
    text: str


@dataclass(frozen=True)
class Difference:
    """How two recipes differ; ``lines`` is empty when they are equal."""

    old: str
    new: str
    lines: Sequence[Line] = field(default_factory=tuple)


def list_gateways(query: str = "") -> list[GatewayRow]:
    """Return all gateways by label, those that cannot run and those that were removed too.

    Args:
        query: part of label or key.
    """
    users = _users()
    rows = [_row(gateway, users) for gateway in registry.all_gateways()]
    rows += [_silent(key, users) for key in _silent_keys({row.key for row in rows})]
    wanted = query.strip().casefold()
    found = [row for row in rows if wanted in row.label.casefold() or wanted in row.key]
    return sorted(found, key=lambda row: (row.label.casefold(), row.key))


def view_gateway(key: str) -> GatewayView:
    """Return one gateway in full.

    Raises:
        NotFound: no gateway and no version of a recipe has that key.
    """
    gateway = next((one for one in registry.all_gateways() if one.traits.key == key), None)
    users = db.session.scalars(
        select(Integration).where(Integration.gateway == key).order_by(Integration.description, Integration.id)
    ).all()
    if gateway is None and not _has_versions(key):
        raise NotFound("gateway_not_found", {"gateway": key})
    counted = {key: len(users)}
    row = _row(gateway, counted) if gateway is not None else _silent(key, counted)
    return GatewayView(
        row=row,
        abilities=abilities(row.traits) if row.traits is not None else (),
        users=users,
        problems=[problem for problem in registry.problems() if problem.file == f"{key}.toml"],
        has_recipe=row.origin != BUILT_IN,
        text=(registry.text_of(gateway) if gateway is not None else None) or "",
        has_bundled=registry.bundled_text(key) is not None,
    )


def abilities(traits: Traits) -> list[Ability]:
    """Return every operation and the way in which it is done."""
    return [_ability(traits, operation) for operation in Operation]


def whole_abilities(traits: Traits) -> list[str]:
    """Return in short what a platform can be asked for without a loss, and what it asks or tells us."""
    asked = [one.value for one in _SHORT if traits.can(one) and one not in traits.lossy]
    return [*asked, *(["callback"] if traits.local else []), *(["events"] if traits.events else [])]


def origin_of(key: str) -> GatewayRow:
    """Return what runs for a key, for whoever only names it; no question to the database."""
    gateway = next((one for one in registry.all_gateways() if one.traits.key == key), None)
    return _row(gateway, {}) if gateway is not None else _silent(key, {})


def list_versions(key: str, cursor: str = "", size: int = PAGE_SIZE) -> Page[VersionRow]:
    """Return the versions of a recipe, the latest first, each with the size of its change.

    Raises:
        NotFound: there is neither a version nor a bundled recipe of that key.
    """
    wanted = select(RecipeVersion).where(RecipeVersion.key == key)
    page = numbered(wanted, (RecipeVersion.number.desc(), RecipeVersion.id), cursor, size)
    if not page.items and registry.bundled_text(key) is None:
        raise NotFound("recipe_missing", {"gateway": key})
    first = page.items[-1].number if page.items else 0
    before = select(RecipeVersion.text).where(RecipeVersion.key == key, RecipeVersion.number == first - 1)
    oldest = (db.session.scalar(before) if first > 1 else registry.bundled_text(key)) or ""
    older = [version.text for version in page.items[1:]] + [oldest]
    rows = [VersionRow(version, *_size(text, version.text)) for version, text in zip(page.items, older, strict=False)]
    return Page(rows, page.cursor, page.total)


def version_text(key: str, which: str) -> str:
    """Return the text of a version.

    Args:
        which: its number, or ``bundled``.

    Raises:
        NotFound: there is none.
    """
    if which.isdecimal() and len(which) < 10:
        return get_version(key, int(which)).text
    text = registry.bundled_text(key) if which == BUNDLED else None
    if text is None:
        raise NotFound("recipe_version_missing", {"gateway": key, "number": which})
    return text


def compare_versions(key: str, old: str, new: str) -> Difference:
    """Return how two versions differ, in the way that programmers read differences.

    Args:
        old, new: numbers, or ``bundled``.

    Raises:
        NotFound: one of them is not there.
    """
    return Difference(old, new, difference(version_text(key, old), version_text(key, new)))


def difference(old: str, new: str) -> list[Line]:
    """Return the lines that differ between two texts, with some around them."""
    found = list(unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=DIFF_CONTEXT))[2:]
    return [Line(line[:1], line[1:]) for line in found]


def version_choices(key: str) -> list[str]:
    """Return what can be compared: the bundled recipe where there is one, and the latest versions."""
    latest = select(RecipeVersion.number).where(RecipeVersion.key == key).order_by(RecipeVersion.number.desc())
    numbers = [str(number) for number in db.session.scalars(latest.limit(PAGE_SIZE))]
    return [*numbers, *([BUNDLED] if registry.bundled_text(key) is not None else [])]


def copyable() -> list[Traits]:
    """Return the gateways whose recipe can be copied, by label."""
    return [one.traits for one in registry.all_gateways() if registry.text_of(one) is not None]


def active_number(key: str) -> int:
    """Return the number of the version that runs; 0 when it is the bundled recipe, or none."""
    active = active_version(key)
    return active.number if active is not None else 0


def _row(gateway: Gateway, users: dict[str, int]) -> GatewayRow:
    traits = gateway.traits
    origin = BUILT_IN if traits.key in registry.class_keys() else traits.sheet.origin
    return GatewayRow(traits.key, traits.label, origin, traits.sheet.version, traits, users.get(traits.key, 0))


def _silent(key: str, users: dict[str, int]) -> GatewayRow:
    """A recipe that does not run: it has problems, or nobody wants it any more."""
    own = registry.own_recipes().get(key)
    return GatewayRow(
        key, key, BROKEN if own is not None else REMOVED, own.number if own is not None else 0,
        integrations=users.get(key, 0),
    )  # fmt: skip


def _silent_keys(running: set[str]) -> list[str]:
    return [key for key in db.session.scalars(select(RecipeVersion.key).distinct()) if key not in running]


def _has_versions(key: str) -> bool:
    return db.session.scalar(select(func.count()).where(RecipeVersion.key == key)) != 0


def _users() -> dict[str, int]:
    rows = db.session.execute(select(Integration.gateway, func.count()).group_by(Integration.gateway))
    return {row[0]: row[1] for row in rows}


def _ability(traits: Traits, operation: Operation) -> Ability:
    if operation in traits.aliases:
        return Ability(operation, "alias", traits.aliases[operation], operation in traits.lossy)
    if operation in traits.capabilities:
        return Ability(operation, "call", batch=traits.batch.get(operation, 0))
    return Ability(operation, "local" if operation in traits.local else "none")


def _size(old: str, new: str) -> tuple[int, int]:
    signs = [line[:1] for line in unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)][2:]
    return signs.count("+"), signs.count("-")
