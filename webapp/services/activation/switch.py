"""Whether subscribers are told anything at all, and up to which entry of the history that was looked at."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, func, select, update

from webapp.clock import utc_now
from webapp.decide.activation import HELD_UNTIL
from webapp.extensions import db
from webapp.models import CustomerMessage, Event, Setting
from webapp.models.activation import SKIPPED, WAITING
from webapp.services import audit
from webapp.services.alerts import clear_alert
from webapp.services.changes import commit
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.transactions import begin

NAME = "messages_cursor"
OBJECT = "customer_messages"
HELD_ALERT = "messages_held"
DISCARDED = "message_discarded"
_MESSAGE = CustomerMessage.__table__
_PLAIN = {"synchronize_session": False}


@dataclass(frozen=True)
class Waiting:
    """How many messages wait for their time, and how many for a person."""

    due: int
    held: int


def cursor() -> int | None:
    """Return the last entry of the history that was looked at; None = subscribers are told nothing."""
    value = db.session.scalar(select(Setting.value).where(Setting.name == NAME))
    return int(value) if value is not None else None


def is_on() -> bool:
    """Tell whether subscribers are told; asked again and again in one transaction, it is looked up once."""
    return db.session.get(Setting, NAME) is not None


def is_on_clause() -> ColumnElement[bool]:
    """Return the same as a condition, for whoever asks for more at once."""
    return exists().where(Setting.name == NAME)


def move_cursor(event_id: int) -> None:
    """Keep the last entry that was looked at, in the caller's transaction; switched off meanwhile stays off."""
    moved = update(Setting).where(Setting.name == NAME).values(value=str(event_id))
    db.session.execute(moved, execution_options=_PLAIN)


def newest_event() -> int:
    """Return the newest entry of the history."""
    return db.session.scalar(select(func.max(Event.id))) or 0


def switch(on: bool, reason: str = "") -> None:
    """Begin or cease to tell subscribers, and commit; the same again changes nothing.

    Whatever happened before is told to nobody. Switched off, what waits is told to nobody either.

    Raises:
        Conflict: the settings do not say at which address people reach the hub, so no link would work.
    """
    if on and not current_hub().settings.base_url:
        raise Conflict("activation_no_address")
    begin(reads_only=False)
    if on == (cursor() is not None):
        db.session.rollback()
        return
    if on:
        db.session.add(Setting(name=NAME, value=str(newest_event())))
    else:
        db.session.execute(delete(Setting).where(Setting.name == NAME), execution_options=_PLAIN)
        drop_waiting("message_switched_off")
    audit.record("customer_messages.on" if on else "customer_messages.off", OBJECT, None, reason=reason)
    commit()


def drop_waiting(reason: str) -> int:
    """Give up everything that waits, in the caller's transaction; returns how many those were."""
    waits = update(_MESSAGE).where(_MESSAGE.c.due_at.is_not(None), _MESSAGE.c.status == WAITING)
    clear_alert(HELD_ALERT, OBJECT, 0)
    return _count(waits.values(status=SKIPPED, reason=reason, due_at=None))


def waiting() -> Waiting:
    """Return how many wait, by the index of what waits."""
    of_all = select(func.count(), func.count().filter(_MESSAGE.c.due_at == HELD_UNTIL))
    total, held = db.session.execute(of_all.where(_MESSAGE.c.due_at.is_not(None))).one()
    return Waiting(total - held, held)


def release(reason: str = "") -> int:
    """Let go what is held, and commit; returns how many those were."""
    return _settle_held("customer_messages.release", reason, {"due_at": utc_now()})


def discard(reason: str = "") -> int:
    """Give up what is held, and commit; returns how many those were."""
    gone = {"status": SKIPPED, "reason": DISCARDED, "due_at": None}
    return _settle_held("customer_messages.discard", reason, gone)


def _settle_held(action: str, why: str, values: Mapping[str, object]) -> int:
    begin(reads_only=False)
    held = update(_MESSAGE).where(_MESSAGE.c.due_at == HELD_UNTIL, _MESSAGE.c.status == WAITING)
    count = _count(held.values(**values))
    clear_alert(HELD_ALERT, OBJECT, 0)
    audit.record(action, OBJECT, None, after={"count": count}, reason=why)
    commit()
    return count


def _count(change: object) -> int:
    written = db.session.execute(change, execution_options=_PLAIN)  # type: ignore[call-overload]
    return int(written.rowcount)
