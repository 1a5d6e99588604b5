"""What everybody asks: may the hub act, and on which platforms not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from webapp import clock
from webapp.decide.epoch import LEAP, OLDER_DATABASE, REPLACED, SLEPT, Mark
from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Integration
from webapp.services import marks, recipes
from webapp.services.alerts import FAIL, clear_alert, raise_alert
from webapp.services.audit import record
from webapp.services.epoch import store
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.transactions import begin

# An answer is good for so long in one process.
KEPT_S = 1.0
HUB, HUB_ID = "hub", 0
# The alert of each cause; who was only off for long needs nobody at first (``adoption/slept.py``).
ALERTS = {OLDER_DATABASE: OLDER_DATABASE, SLEPT: ""}
ORDINARY_ALERT = "observing"
_INTEGRATION = Integration.__table__


@dataclass(frozen=True)
class Observing:
    """The hub only observes: it reads and shows, and sends nothing to the platforms named.

    Attributes:
        cause: one of ``decide.epoch.CAUSES``; ``code`` is its message, with ``params``.
        held: ids of the active integrations that nothing is sent to.
    """

    since: datetime
    cause: str
    params: Mapping[str, Any]
    held: frozenset[int]

    @property
    def code(self) -> str:
        return f"observing_{self.cause}"


def observing(integration_id: int | None = None) -> Observing | None:
    """Return why the hub only observes; None = it acts. Cheap: looked up once a second.

    Asks on a connection of its own, so that no transaction stays open in the caller's session.

    Args:
        integration_id: only whether this one is held back.
    """
    seen = store.seen(db.engine)
    with seen.lock:
        kept = seen.standing
    if kept is None or clock.monotonic_s() - kept[0] >= KEPT_S:
        with db.engine.connect().execution_options(reads_only=True) as db_connection:
            kept = (clock.monotonic_s(), _look(db_connection))
        with seen.lock:
            seen.standing = kept
    found: Observing | None = kept[1]
    if found is None or (integration_id is not None and integration_id not in found.held):
        return None
    return found


def refuse(integration_id: int | None = None) -> None:
    """Refuse what would take something from anybody, while the hub only observes.

    Args:
        integration_id: only where this one is held back.

    Raises:
        Conflict: read the platforms and approve the adoption first; the page *Observing* leads through it.
    """
    if observing(integration_id) is not None:
        raise Conflict("hub_observes")


def held(db_connection: Connection, integration_ids: Collection[int]) -> frozenset[int]:
    """Return those of the integrations that nothing may be sent to, as the very transaction sees it.

    A database that lags behind what this process has seen of it was replaced by an older one: all of them.
    """
    seen = store.seen(db_connection.engine)
    highest = seen.highest
    mark, why = store.read_standing(db_connection)
    seq = mark.seq if mark is not None else 0
    if seen.gone or seen.strange or seq < highest:
        return frozenset(integration_ids)
    seen.highest = max(seq, seen.highest)
    return frozenset() if why is None else frozenset(why["held"]) & frozenset(integration_ids)


def begin_observing(cause: str, params: Mapping[str, Any] | None = None) -> None:
    """Send nothing any more, and commit; what stopped the hub first stays the reason.

    Args:
        cause: one of ``decide.epoch.CAUSES``.
    """
    begin(reads_only=False)
    connection = db.session.connection()
    ids = _who_is_held(cause)
    mark, why = store.read_standing(connection)
    # From here on the row stops every process; what this one has seen of a newer copy counts no more.
    store.seen(db.engine).highest = mark.seq if mark is not None else 0
    if why is None or (why["cause"] == SLEPT and cause != SLEPT):
        why = {"since": clock.utc_now().isoformat(), "cause": cause, "params": dict(params or {}), "held": []}
    elif set(ids) <= set(why["held"]):
        ids = []
    if not ids:
        db.session.rollback()
        return
    store.write_observe(connection, {**why, "held": sorted({*why["held"], *ids}), "settled": False})
    if cause != SLEPT:
        marks.renew(connection)
        raise_alert(ALERTS.get(cause, ORDINARY_ALERT), HUB, HUB_ID, params=params, level=FAIL)
    record("hub.observe", HUB, HUB_ID, after={"cause": cause})
    db.session.commit()
    _forget()


def release(integration_ids: Collection[int]) -> None:
    """Let integrations act again, in the caller's transaction; the last active one ends the observing.

    Call ``settle_marks`` after the commit.
    """
    connection = db.session.connection()
    _mark, why = store.read_standing(connection)
    if why is None:
        return
    left = sorted(set(why["held"]) - set(integration_ids))
    over = not _active(connection, left)
    store.write_observe(connection, {**why, "held": left, "settled": over or why["settled"]} if left else None)
    if over:
        _end(connection)


def settle_marks() -> None:
    """Bring file and process up to the mark that ``release`` committed."""
    with db.engine.connect().execution_options(reads_only=True) as db_connection:
        mark, _why = store.read_standing(db_connection)
    if mark is not None and observing_afresh() is None:
        store.write_file(current_hub().settings.instance, mark)
        store.seen(db.engine).highest = mark.seq


def observing_afresh(integration_id: int | None = None) -> Observing | None:
    """Return the same as ``observing``, looked up now."""
    _forget()
    return observing(integration_id)


def _end(connection: Connection) -> None:
    """All is told and decided: this is the database from now on, here."""
    settings = current_hub().settings
    mark, _why = store.read_standing(connection)
    file, here = store.read_file(settings.instance), store.look_around(connection, settings)
    furthest = max(mark.seq if mark else 0, file.seq if file else 0, store.seen(db.engine).highest)
    name = marks.instance_id(connection)
    fresh = Mark(name, furthest + LEAP, here.place, here.line, clock.utc_now().isoformat())
    store.write_mark(connection, fresh, mark)
    for code in (ORDINARY_ALERT, OLDER_DATABASE, f"observing_{SLEPT}"):
        clear_alert(code, HUB, HUB_ID)
    record("hub.act", HUB, HUB_ID)


def _look(db_connection: Connection) -> Observing | None:
    """Return why it only observes, as the database says; one that lags behind this process was replaced."""
    seen = store.seen(db.engine)
    # Before the mark: what another thread counts in the same moment says nothing of what is read here.
    highest = seen.highest
    mark, why = store.read_standing(db_connection)
    if why is None and (seen.gone or (mark.seq if mark is not None else 0) < highest):
        active = frozenset(_active(db_connection))
        return Observing(clock.utc_now(), REPLACED, {}, active) if active else None
    active = frozenset(_active(db_connection, why["held"])) if why is not None else frozenset()
    if why is None or not active:
        return None
    return Observing(datetime.fromisoformat(why["since"]), why["cause"], why["params"], active)


def _active(db_connection: Connection, among: Collection[int] | None = None) -> list[int]:
    statement = select(_INTEGRATION.c.id).where(_INTEGRATION.c.active).order_by(_INTEGRATION.c.id)
    if among is not None:
        statement = statement.where(_INTEGRATION.c.id.in_(among))
    return list(db_connection.execute(statement).scalars())


def _who_is_held(cause: str) -> list[int]:
    """Return the integrations that a cause stops: all; those that can show what is there, where only time passed."""
    rows = db.session.execute(select(_INTEGRATION.c.id, _INTEGRATION.c.gateway, _INTEGRATION.c.active)).all()
    if cause != SLEPT:
        return [row.id for row in rows]
    # Serving has just begun: nobody has looked up a gateway yet.
    recipes.refresh()
    return [row.id for row in rows if row.active and _lists(row.gateway)]


def _lists(key: str) -> bool:
    try:
        return get_gateway(key).traits.can(Operation.LIST)
    except UnknownGateway:
        return False


def _forget() -> None:
    seen = store.seen(db.engine)
    with seen.lock:
        seen.standing = None
