"""The rows of a pull: records as they were read, until they are worked off; and what each of them changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from webapp.decide.intake import Change, Direction
from webapp.extensions import db
from webapp.gateways.contract import Secret
from webapp.models import SourcePullItem, SourceRow
from webapp.services.hub import current_hub
from webapp.services.transactions import begin
from webapp.sources.contract import Record
from webapp.sources.payload import dump_record, load_record

BATCH = 500
# What an apply may still change: held and staged records have other changes that go.
OPEN = ("planned", "held", "staged")
_ITEM, _ROW = SourcePullItem.__table__, SourceRow.__table__


@dataclass(frozen=True)
class ReadRow:
    """One record of a pull."""

    position: int
    record: Record


@dataclass(frozen=True)
class Item:
    """What one record of a pull changes, as it was written down."""

    id: int
    position: int
    outcome: str
    direction: str
    changes: list[dict[str, Any]]

    @property
    def negative(self) -> bool:
        return self.direction == Direction.NEGATIVE.value


@dataclass(frozen=True)
class Settled:
    """What became of an item; ``problems`` None leaves those that it has."""

    outcome: str
    problems: list[dict[str, Any]] | None = None


def row_place(pull_id: int, position: int) -> str:
    """Return where the secret part of a row is sealed, as the vault wants it."""
    return f"source_row:sealed:{pull_id}:{position}"


def forget(pull_id: int) -> None:
    """Remove what was read and compared, in the caller's transaction: the pull begins anew."""
    db.session.execute(delete(_ITEM).where(_ITEM.c.pull_id == pull_id))
    db.session.execute(delete(_ROW).where(_ROW.c.pull_id == pull_id))


def forget_items(pull_id: int) -> None:
    """Remove what was compared, in the caller's transaction, and keep what was read."""
    db.session.execute(delete(_ITEM).where(_ITEM.c.pull_id == pull_id))


def write(pull_id: int, first: int, records: Sequence[Record]) -> None:
    """Keep these records from this position on, in the caller's transaction. Passwords are sealed."""
    vault = current_hub().vault
    lines: list[dict[str, Any]] = []
    for position, record in enumerate(records, first):
        payload, password = dump_record(record)
        sealed = vault.seal(password, row_place(pull_id, position)) if password else None
        lines.append({"pull_id": pull_id, "position": position, "payload": payload, "sealed": sealed})
    if lines:
        db.session.execute(insert(_ROW), lines)


def batches(pull_id: int, first: int = 0) -> Iterator[list[ReadRow]]:
    """Yield the rows in batches; no transaction is open at the yield.

    Raises:
        VaultError: a password was sealed with a key that is gone: restore it, or pull again.
    """
    while True:
        begin(reads_only=True)
        found = db.session.execute(
            select(_ROW.c.position, _ROW.c.payload, _ROW.c.sealed)
            .where(_ROW.c.pull_id == pull_id, _ROW.c.position >= first)
            .order_by(_ROW.c.position)
            .limit(BATCH)
        ).all()
        db.session.rollback()
        if not found:
            return
        yield [_loaded(pull_id, *row) for row in found]
        first = found[-1].position + 1


def some(pull_id: int, positions: Sequence[int]) -> list[ReadRow]:
    """Return the rows at these positions, as ``load``; leaves no transaction open."""
    begin(reads_only=True)
    found = load(pull_id, positions)
    db.session.rollback()
    return found


def load(pull_id: int, positions: Sequence[int]) -> list[ReadRow]:
    """Return the rows at these positions, in the caller's transaction; those pruned meanwhile are left out."""
    found = db.session.execute(
        select(_ROW.c.position, _ROW.c.payload, _ROW.c.sealed)
        .where(_ROW.c.pull_id == pull_id, _ROW.c.position.in_(positions))
        .order_by(_ROW.c.position)
    ).all()
    return [_loaded(pull_id, *row) for row in found]


def write_items(lines: Iterable[Mapping[str, Any]]) -> None:
    """Keep what records change, in the caller's transaction."""
    values = [dict(line) for line in lines]
    if values:
        db.session.execute(insert(_ITEM), values)


def settle_items(outcomes: Mapping[int, Settled]) -> None:
    """Write what became of items, by id, in the caller's transaction: those that ended alike together."""
    alike: dict[str, list[int]] = {}
    for item_id, settled in outcomes.items():
        if settled.problems is None:
            alike.setdefault(settled.outcome, []).append(item_id)
        else:
            values = {"outcome": settled.outcome, "problems": settled.problems}
            db.session.execute(update(_ITEM).where(_ITEM.c.id == item_id).values(**values))
    for outcome, ids in alike.items():
        for start in range(0, len(ids), BATCH):
            part = _ITEM.c.id.in_(ids[start : start + BATCH])
            db.session.execute(update(_ITEM).where(part).values(outcome=outcome))


def turn_items(
    pull_id: int,
    before: str,
    after: str,
    *,
    problem: Mapping[str, Any] | None = None,
    but: frozenset[int] = frozenset(),
) -> int:
    """Give negative items with one outcome another, in the caller's transaction; returns how many.

    Args:
        problem: why, when there is a reason of their own.
        but: positions that keep theirs.
    """
    found = db.session.execute(
        select(_ITEM.c.id, _ITEM.c.position).where(
            _ITEM.c.pull_id == pull_id, _ITEM.c.outcome == before, _ITEM.c.direction == Direction.NEGATIVE.value
        )
    )
    ids = [row.id for row in found if row.position not in but]
    values: dict[str, Any] = {"outcome": after} | ({} if problem is None else {"problems": [dict(problem)]})
    for start in range(0, len(ids), BATCH):
        db.session.execute(update(_ITEM).where(_ITEM.c.id.in_(ids[start : start + BATCH])).values(**values))
    return len(ids)


def items(
    pull_id: int, outcomes: Sequence[str], *, after_id: int = 0, negative: bool = False, limit: int | None = None
) -> list[Item]:
    """Return items with one of these outcomes, in their order.

    Args:
        negative: only those that take something away.
    """
    statement = (
        select(_ITEM.c.id, _ITEM.c.position, _ITEM.c.outcome, _ITEM.c.direction, _ITEM.c.changes)
        .where(_ITEM.c.pull_id == pull_id, _ITEM.c.outcome.in_(outcomes), _ITEM.c.id > after_id)
        .order_by(_ITEM.c.id)
        .limit(limit)
    )
    if negative:
        statement = statement.where(_ITEM.c.direction == Direction.NEGATIVE.value)
    return [Item(*row) for row in db.session.execute(statement)]


def id_before(pull_id: int, position: int) -> int:
    """Return the id of the last item before a position; 0 when there is none."""
    statement = select(func.max(_ITEM.c.id)).where(_ITEM.c.pull_id == pull_id, _ITEM.c.position < position)
    return db.session.scalar(statement) or 0


def outcome_counts(pull_id: int) -> dict[str, int]:
    """Return how many items there are of each outcome."""
    statement = select(_ITEM.c.outcome, func.count()).where(_ITEM.c.pull_id == pull_id).group_by(_ITEM.c.outcome)
    return {row[0]: row[1] for row in db.session.execute(statement)}


def dump_change(change: Change) -> dict[str, Any]:
    """Return a change as JSON."""
    return {
        "what": change.what.value, "direction": change.direction.value, "field": change.field,
        "before": _plain(change.before), "after": _plain(change.after), "package_id": change.package_id,
    }  # fmt: skip


def takes_away(changes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the negative ones among the changes of an item, which is what is counted, approved and confirmed."""
    return [dict(change) for change in changes if change["direction"] == Direction.NEGATIVE.value]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool | list | dict) else str(value)


def _loaded(pull_id: int, position: int, payload: dict[str, Any], sealed: str | None) -> ReadRow:
    password: Secret | None = None
    if sealed:
        password = current_hub().vault.open(sealed, row_place(pull_id, position))
    return ReadRow(position, load_record(payload, password))
