"""Who fires the periodic work, of all processes that could: one leader under a lease, with a fence.

A leader that was stopped for longer than its lease, by whatever stops processes, finds another one in its place when
it goes on, and may be in the middle of a task. So each commit of a task looks whether the fence is still its own, in
the same transaction: what an old leader would write is undone, and the new one's task does it anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, event, insert, literal, or_, select, update

from webapp.models import Leader
from webapp.services.transactions import insert_once

SCHEDULER = "scheduler"
# Renewed three times within it; so long the periodic work rests when a leader dies where several could lead.
LEASE = timedelta(seconds=15)
_LEADER = Leader.__table__
_fence: ContextVar[int | None] = ContextVar("fence", default=None)


class Overtaken(Exception):
    """Another process leads by now: what was about to be committed is undone. Do no more of this task."""


def stand(db_connection: Connection, holder: str, now: datetime, *, alone: bool) -> int | None:
    """Lead, or go on leading, in the caller's transaction.

    Args:
        alone: nobody else can be there (one server on one file): an earlier one is dead, and not waited for.

    Returns:
        The fence under which to work; None = another process leads.
    """
    mine = _LEADER.c.holder == holder
    kept = update(_LEADER).where(_LEADER.c.name == SCHEDULER, mine).values(until=now + LEASE)
    fence = db_connection.scalar(kept.returning(_LEADER.c.fence))
    if fence is not None:
        return int(fence)
    # One that would last longer than any was written by a clock that went wrong.
    free = or_(literal(alone), _LEADER.c.until < now, _LEADER.c.until > now + 2 * LEASE)
    taken = update(_LEADER).where(_LEADER.c.name == SCHEDULER, free)
    taken = taken.values(holder=holder, fence=_LEADER.c.fence + 1, until=now + LEASE)
    fence = db_connection.scalar(taken.returning(_LEADER.c.fence))
    if fence is not None:
        return int(fence)
    first = insert(_LEADER).values(name=SCHEDULER, holder=holder, fence=1, until=now + LEASE)
    there = select(_LEADER.c.name).where(_LEADER.c.name == SCHEDULER)
    return 1 if db_connection.scalar(there) is None and insert_once(db_connection, first) else None


def resign(db_connection: Connection, holder: str, now: datetime) -> None:
    """Let another process lead at once: this one ends."""
    mine = update(_LEADER).where(_LEADER.c.name == SCHEDULER, _LEADER.c.holder == holder)
    db_connection.execute(mine.values(holder="", until=now))


@contextmanager
def under(fence: int | None) -> Iterator[None]:
    """Let every commit of this thread hold only while this fence does; None = it need not be asked."""
    before = _fence.set(fence)
    try:
        yield
    finally:
        _fence.reset(before)


def install(engine: Engine) -> None:
    """Let every commit on this engine look at the fence, where there is one."""

    @event.listens_for(engine, "commit")
    def guard(connection: Connection) -> None:
        fence = _fence.get()
        if fence is None or connection.get_execution_options().get("reads_only"):
            return
        # Shared: nobody takes the lead between this look and the end of the commit.
        asked = select(_LEADER.c.fence).where(_LEADER.c.name == SCHEDULER).with_for_update(read=True)
        if connection.scalar(asked) != fence:
            raise Overtaken
