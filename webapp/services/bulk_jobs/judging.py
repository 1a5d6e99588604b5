"""What an order would do, told before it is done: every row is judged. Reads only; asks no platform."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Integration
from webapp.models.desk import LINE_FAILED
from webapp.services.bulk_jobs.choosing import Order, chosen_ids
from webapp.services.bulk_jobs.contract import LeftOut, Named
from webapp.services.bulk_jobs.limits import Hit, Tally
from webapp.services.bulk_jobs.lines import befores, undoable
from webapp.services.buyers import traits_of
from webapp.services.connections import effective_limits
from webapp.services.errors import Problem

BATCH = 500
# All that cannot be done are counted; so many are named.
LISTED, EXAMPLES = 1_000, 10
_MINUTE_S = 60


@dataclass(frozen=True)
class Listed:
    """One row that is left out, and why."""

    subject_id: int
    named: Named | None
    left_out: LeftOut


@dataclass
class Group:
    """Rows that are left out for one reason; ``left_out`` is that of the first."""

    left_out: LeftOut
    rows: list[Listed] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True)
class Calls:
    """About how many calls a platform gets; ``minutes``: at least so long, None where it has no limit."""

    integration: str
    count: int
    minutes: int | None


@dataclass(frozen=True)
class Preview:
    """What an order would do.

    Attributes:
        ids: all rows; ``ready`` of them would be done.
        bad: how many are not as the person thought; ``idle``: how many have nothing to be done.
        examples: of those that would be done.
        hits: limits that are passed: an administrator says the number, ``losing``.
        radius: who loses what, see ``decide.radius``; empty where nobody does.
        stamp: of all that was shown, so that exactly this is done or nothing.
    """

    order: Order
    problems: tuple[Problem, ...] = ()
    ids: tuple[int, ...] = ()
    ready: int = 0
    groups: tuple[Group, ...] = ()
    examples: tuple[Named, ...] = ()
    calls: tuple[Calls, ...] = ()
    hits: tuple[Hit, ...] = ()
    losing: int = 0
    cancels: int = 0
    radius: Mapping[str, Any] = field(default_factory=dict)
    stamp: str = ""

    @property
    def bad(self) -> int:
        return sum(group.count for group in self.groups if group.left_out.bad)

    @property
    def idle(self) -> int:
        return sum(group.count for group in self.groups if not group.left_out.bad)

    @property
    def takes(self) -> bool:
        """Tell whether it takes content away."""
        kind = self.order.action
        return kind.undo_takes if self.order.undo_of else kind.takes(self.order.params)

    @property
    def wants_reason(self) -> bool:
        """Tell whether a person must say why."""
        return self.takes or (self.order.action.reasoned and not self.order.undo_of)


def preview(order: Order) -> Preview:
    """Return what an order would do, in the caller's transaction.

    Raises:
        NotFound: there is no such list.
        Conflict: they are too many for one job: narrow the filter.
        VaultError: restore the encryption key.
    """
    # Rows that are taken back bring what they are about.
    about = None if order.undo_of else order.action.about(order.params)
    problems = [] if order.undo_of else order.action.check(order.params)
    if problems:
        return Preview(order, tuple(problems))
    put_back = undoable(order.undo_of) if order.undo_of and order.retry_of is None else None
    seen = _Seen(order, chosen_ids(order) if put_back is None else list(put_back), about, put_back)
    seen.look()
    return seen.preview()


class _Seen:
    """Judges rows, many at a time."""

    def __init__(
        self, order: Order, ids: Sequence[int], about: Any, put_back: Mapping[int, Mapping[str, Any]] | None
    ) -> None:
        self._order, self._ids, self._kind, self._about, self._put_back = order, ids, order.action, about, put_back
        self._groups: dict[str, Group] = {}
        self._examples: list[Named] = []
        self._calls: Counter[int] = Counter()
        self._tally = Tally()
        self._digest = hashlib.sha256(
            json.dumps([order.kind, dict(order.params), order.undo_of], sort_keys=True).encode()
        )
        self._ready = self._listed = 0
        # There are few; held here, each is read once, with what a sale on it asks for.
        wanted = select(Integration).options(joinedload(Integration.params))
        self._platforms = {row.id: row for row in db.session.scalars(wanted).unique()}

    def look(self) -> None:
        """Judge all."""
        for some in _batches(self._ids):
            rows = self._kind.load(some)
            put_back = self._put_back
            if put_back is None and self._order.undo_of:
                put_back = befores(self._order.undo_of, some)
            for subject_id in some:
                before = None if put_back is None else put_back.get(subject_id, {})
                self._one(subject_id, rows.get(subject_id), before)

    def preview(self) -> Preview:
        """Return what was found."""
        groups = sorted(self._groups.values(), key=lambda group: (not group.left_out.bad, -group.count))
        tally = self._tally
        platforms = self._platforms
        return Preview(
            self._order, ids=tuple(self._ids), ready=self._ready, groups=tuple(groups), examples=tuple(self._examples),
            calls=tuple(_calls(platforms[one], count) for one, count in sorted(self._calls.items())), losing=tally.rows,
            cancels=tally.cancels, radius=tally.radius.as_json() if tally.rows else {},
            hits=tuple(tally.hits(platforms)) if tally.rows else (), stamp=self._digest.hexdigest()[:32],
        )  # fmt: skip

    def _one(self, subject_id: int, row: Any, before: Mapping[str, Any] | None) -> None:
        left_out = self._judged(row, before)
        self._digest.update(f"{subject_id}:{left_out.code if left_out else ''};".encode())
        if left_out is not None:
            self._leave_out(Listed(subject_id, self._kind.name(row) if row is not None else None, left_out))
            return
        self._ready += 1
        self._calls.update(self._kind.calls(row, self._order.params, before))
        losses = self._kind.losses(row, self._order.params, before)
        if losses or self._takes:
            self._tally.add(losses)
        if len(self._examples) < EXAMPLES:
            self._examples.append(self._kind.name(row))

    @property
    def _takes(self) -> bool:
        return self._kind.undo_takes if self._order.undo_of else self._kind.takes(self._order.params)

    def _judged(self, row: Any, before: Mapping[str, Any] | None) -> LeftOut | None:
        if row is None:
            return LeftOut("bulk_row_gone")
        if before is None:
            return self._kind.judge(row, self._order.params)
        return self._kind.judge_undo(row, before, self._order.params)

    def _leave_out(self, one: Listed) -> None:
        group = self._groups.setdefault(one.left_out.code, Group(one.left_out))
        group.count += 1
        # What has nothing to be done needs no list; what somebody must mend, does.
        if self._listed < LISTED and (one.left_out.bad or one.left_out.outcome == LINE_FAILED):
            group.rows.append(one)
            self._listed += 1


def _calls(integration: Integration, count: int) -> Calls:
    traits = traits_of(integration)
    if traits is None:
        return Calls(integration.description, count, None)
    rate = effective_limits(traits, integration.concurrency, integration.rate_per_s).rate_per_s
    return Calls(integration.description, count, max(round(count / rate / _MINUTE_S), 1) if rate > 0 else None)


def _batches(ids: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        yield batch
