"""The move itself, step by step: look, copy, compare, check the history, mark the former database, open the new one."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from webapp import clock
from webapp.config import Settings
from webapp.database_url import shown
from webapp.decide.epoch import OLDER, slept
from webapp.extensions import db
from webapp.schema import head_revision
from webapp.services import audit, chain, epoch
from webapp.services.backups import into_postgres, sealed
from webapp.services.epoch import store
from webapp.services.hub import current_hub
from webapp.services.marks import INSTANCE
from webapp.services.moving import marks, target
from webapp.services.moving.comparing import Compared, compare
from webapp.services.moving.errors import MoveRefused
from webapp.services.moving.former import Former, Misfit
from webapp.services.moving.marks import MOVED, MOVED_FROM, Move
from webapp.services.transactions import begin

COPY, COMPARE, HISTORY = STEPS = ("copy", "compare", "history")
# Rows a second of all steps together, on a small machine; measured, docs/postgresql.md.
PACE = 9_000
# For another program that is just writing.
PATIENCE_S = 10.0
OBJECT, OBJECT_ID, ACTION = "hub", 0, "database.move"
# Step, rows done, rows in all.
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Order:
    """Where to.

    Attributes:
        url: of the PostgreSQL, as ``database_url.normal`` returns it.
        settings: of the hub as it is.
    """

    url: str
    settings: Settings

    @property
    def file(self) -> Path:
        return Path(str(make_url(self.settings.database_url).database))


@dataclass(frozen=True)
class Look:
    """What there is to move.

    Attributes:
        done: this very hub moved there before, and the move is complete.
        misfits: rows that PostgreSQL would refuse; they must be mended first.
        about_s: how long it will take, about.
    """

    rows: Mapping[str, int]
    size_bytes: int
    misfits: tuple[Misfit, ...]
    about_s: int
    done: bool = False

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@dataclass
class Moved:
    """A move that came to its end.

    Attributes:
        links: of the history's chain that hold in the new database.
        secrets: how many there are, sealed as before.
        seconds: by step.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""
    links: int = 0
    secrets: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def look(order: Order) -> Look:
    """Look at both databases and change neither; the hub may be running. Needs an application context of it.

    Raises:
        MoveRefused: it could not move there; the message says what to do.
    """
    with _left(order, None) as former, target.opened(order.url) as engine:
        return _look(former, engine)


def move(order: Order, tell: Tell) -> Moved:
    """Bring everything there, show that it is the same, and leave the former database marked.

    Needs an application context of the hub as it is, whose ``ServeLock`` the caller holds.

    Raises:
        MoveRefused: the former database is as it was; what was made in the new one was taken away, or will be by the
            next try.
    """
    with _left(order, PATIENCE_S) as former, target.opened(order.url) as engine:
        seen = _look(former, engine)
        if seen.done:
            raise MoveRefused("move_done", {"to": shown(order.url)})
        if seen.misfits:
            raise MoveRefused("move_misfits", {"rows": named(seen.misfits)})
        began = clock.utc_now()
        this = Move(secrets.token_hex(8), former.setting(INSTANCE), shown(order.url), began.isoformat())
        with _cleared_on_failure(engine):
            target.make_ready(engine, this)
            result = _bring(order, former, engine, seen, tell)
            _open_here(order, engine, this)
        # From here on the former one is left, whatever happens to the new one.
        former.mark(this)
        with engine.begin() as connection:
            marks.end_moving(connection)
    return result


def take_back(order: Order) -> bool:
    """Let the hub be served from the former database again; it observes first, since it is behind what was served.

    Needs an application context of that hub, whose ``ServeLock`` the caller holds; nothing is served from the other.

    Returns:
        Whether there was a mark to take away.
    """
    begin(reads_only=True)
    was = marks.read(db.session.connection(), MOVED)
    db.session.rollback()
    if was is None:
        return False
    # Stopped anywhere before the last step, it is not served yet: the mark goes when everything else is done.
    epoch.begin_observing(OLDER)
    # The other one sealed on from where this one stands; here the chain goes on as it is.
    chain.reanchor(f"{was.to} ({was.at})")
    begin(reads_only=False)
    marks.clear(db.session.connection(), MOVED)
    audit.record("database.take_back", OBJECT, OBJECT_ID, was.to, before={"moved_to": was.to})
    db.session.commit()
    return True


def named(misfits: tuple[Misfit, ...]) -> str:
    """Return where to look: ``customer.name (12, 40); ...``."""
    return "; ".join(f"{one.table}.{one.column} ({', '.join(one.rows)})" for one in misfits)


@contextmanager
def _left(order: Order, wait_s: float | None) -> Iterator[Former]:
    if not order.settings.sqlite:
        raise MoveRefused("move_not_sqlite")
    # A connection of ours would be the other program that writes.
    db.session.remove()
    db.engine.dispose()
    with Former(order.file, wait_s) as former:
        if former.revision() != head_revision():
            raise MoveRefused("move_old_tables")
        yield former


def _look(former: Former, engine: Engine) -> Look:
    there, here = target.check_empty(engine, former.setting(INSTANCE)), former.moved()
    if there is not None and (here is None or here.id != there.id):
        raise MoveRefused("move_target_other", {"at": there.at[:16].replace("T", " ")})
    if here is not None and there is None and not _half(engine, here):
        raise MoveRefused("move_moved", {"to": here.to})
    rows = former.counts()
    about_s = sum(rows.values()) // PACE + 1
    return Look(rows, former.size_bytes(), tuple(former.misfits()), about_s, done=there is not None)


def _half(engine: Engine, here: Move) -> bool:
    """Tell whether the very move that marked the former database was stopped in its last step."""
    with engine.connect() as connection:
        if not connection.dialect.has_table(connection, marks.MOVING):
            return False
        begun = marks.read_moving(connection)
        return begun is not None and begun.id == here.id


def _bring(order: Order, former: Former, engine: Engine, seen: Look, tell: Tell) -> Moved:
    result = Moved()
    with _timed(result, COPY):
        into_postgres.copy_all(order.file, engine, lambda done: tell(COPY, done, seen.total))
    with _timed(result, COMPARE):
        same = compare(former, engine, lambda done: tell(COMPARE, done, seen.total))
    with _timed(result, HISTORY):
        report = chain.verify(engine, tell=lambda links: tell(HISTORY, links, seen.rows["chain_link"]))
        result.secrets = _open_secrets(engine)
    if report.first is not None:
        raise MoveRefused("move_history", {"code": report.first.code, "place": report.first.place})
    _count_all(seen, same)
    result.rows, result.digest, result.links = same.rows, same.digest, report.links
    return result


def _open_secrets(engine: Engine) -> int:
    """Open each once: they are bound to table, column and row, which are the same."""
    with engine.connect() as connection:
        found = sealed.open_all(connection, current_hub().vault)
    if found.closed:
        raise MoveRefused("move_secrets", {"closed": found.closed, "count": found.count})
    return found.count


def _count_all(seen: Look, same: Compared) -> None:
    differing = sorted(name for name, count in seen.rows.items() if same.rows.get(name) != count)
    if differing:
        raise MoveRefused("move_differs", {"table": differing[0], "row": "?"})


def _open_here(order: Order, engine: Engine, this: Move) -> None:
    """Let the new database know where it is: its own mark would tell that it was carried away."""
    settings = replace(order.settings, database_url=order.url)
    with engine.begin() as connection:
        _settle_epoch(connection, settings, this)
        marks.clear(connection, MOVED)
        marks.write(connection, MOVED_FROM, this)
        row = audit.entry(ACTION, OBJECT, OBJECT_ID, this.to, after={"moved_to": this.to})
        connection.execute(db.metadata.tables["event"].insert().values(**row))


def _settle_epoch(connection: Connection, settings: Settings, this: Move) -> None:
    mark, _why = store.read_standing(connection)
    if mark is None:
        return
    here, now = store.look_around(connection, settings), clock.utc_now()
    began = clock.utc_now().fromisoformat(this.at)
    # A hub that was at work until the move was not asleep meanwhile.
    at = mark.at if slept(mark, began) else now.isoformat()
    store.write_mark(connection, replace(mark, place=here.place, line=here.line, at=at), mark)


@contextmanager
def _timed(result: Moved, step: str) -> Iterator[None]:
    before = clock.monotonic_s()
    yield
    result.seconds[step] = round(clock.monotonic_s() - before, 1)


@contextmanager
def _cleared_on_failure(engine: Engine) -> Iterator[None]:
    """Leave nothing behind where that can be helped; the mark in the database helps where it cannot."""
    try:
        yield
    except BaseException:
        engine.dispose()
        # The reason why it failed counts; a server that is away is cleared by the next try.
        with suppress(DBAPIError):
            target.clear(engine)
        raise
