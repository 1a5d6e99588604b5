"""Keeps the mark counting while the hub is served, and notices a database that is not the one that was served last."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import Connection, Engine

from webapp import clock
from webapp.database.file import GONE, guard_of
from webapp.database.file import REPLACED as FILE_REPLACED
from webapp.decide.epoch import OLDER, REPLACED, SLEPT, Mark, judge, slept
from webapp.extensions import db
from webapp.services import marks
from webapp.services.epoch import store
from webapp.services.epoch.observing import begin_observing, observing_afresh
from webapp.services.hub import current_hub

log = structlog.get_logger()


def check_at_start() -> None:
    """Compare the marks before anything works, and begin to count; call it when serving begins, after migrating."""
    check_once()
    tick()


def check_once() -> None:
    """Compare the marks, as ``check_at_start``, and leave them as they are: for a command beside a server.

    What is open in the caller's session is rolled back.
    """
    db.session.rollback()
    settings = current_hub().settings
    # Read first: another server that counts in between would make the database look older than its file.
    file = store.read_file(settings.instance)
    with db.engine.connect().execution_options(reads_only=True) as db_connection:
        mark, why = store.read_standing(db_connection)
        here = store.look_around(db_connection, settings)
    cause = judge(mark, file, here, clock.utc_now())
    if _is_news(cause, why):
        log.error("epoch.observing", cause=cause)
        begin_observing(cause)


def tick() -> None:
    """Count on, every half minute and at each start; a database that was replaced meanwhile is noticed.

    While the hub observes for another reason than a long sleep nothing is counted: whoever puts the right
    database back finds the marks as they were.
    """
    db.session.rollback()
    replaced = _look_at_file(db.engine)
    seen = store.seen(db.engine)
    if seen.gone:
        log.error("epoch.database_gone")
        return
    with db.engine.connect().execution_options(reads_only=True) as db_connection:
        mark, why = store.read_standing(db_connection)
    cause = _notice(mark, seen) or (REPLACED if replaced else "")
    if _is_news(cause, why):
        begin_observing(cause)
    seen.strange = False
    waits = why is not None and why["cause"] != SLEPT and not why["settled"]
    if cause in ("", SLEPT) and not waits:
        _count()
    observing_afresh()


def _is_news(cause: str, why: Mapping[str, Any] | None) -> bool:
    """Tell whether this stops the hub. A long sleep is over once a platform was read; what is graver is not."""
    return bool(cause) and (why is None or (why["cause"] == SLEPT and cause != SLEPT))


def _notice(mark: Mark | None, seen: store.Seen) -> str:
    """Return what is wrong with the mark, after what this process has seen."""
    if mark is None:
        return OLDER if seen.highest else ""
    if mark.seq < seen.highest:
        return OLDER
    return SLEPT if slept(mark, clock.utc_now()) else ""


def _count() -> None:
    """Put the next mark into the database, and only then beside it: the file may lag, it never leads."""
    settings = current_hub().settings
    with db.engine.begin() as db_connection:
        fresh = _next(db_connection)
    if fresh is not None:
        store.seen(db.engine).highest = fresh.seq
        store.write_file(settings.instance, fresh)


def _next(db_connection: Connection) -> Mark | None:
    """Write and return the next mark; None when another process counted in the same moment."""
    settings = current_hub().settings
    mark, _why = store.read_standing(db_connection)
    file, here = store.read_file(settings.instance), store.look_around(db_connection, settings)
    name = marks.instance_id(db_connection)
    now = clock.utc_now().isoformat()
    former = mark or Mark(name, file.seq if file else 0)
    fresh = replace(former, id=name, seq=former.seq + 1, place=here.place, line=here.line, at=now)
    return fresh if store.write_mark(db_connection, fresh, mark) else None


def _look_at_file(engine: Engine) -> bool:
    """Tell whether the database file was replaced since the last look; connections to the former one are let go."""
    guard, seen = guard_of(engine), store.seen(engine)
    if guard is None:
        return False
    found = guard.standing()
    # Nothing is opened anew: that would make an empty database, in which nobody has anything.
    seen.gone = found == GONE
    if found == FILE_REPLACED:
        # Nobody acts in it before it is known why it is here.
        seen.strange = True
        engine.dispose()
        guard.accept()
    return seen.strange
