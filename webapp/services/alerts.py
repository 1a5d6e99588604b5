"""What a person should know: one open row for each cause and object, closed when it is over.

``raise_alert`` and ``clear_*`` belong to the caller's transaction: an alert and what it is about are never
apart, and neither are the messages to the channels (``services/alert_messages.py``). Of one that a person closed,
``last_at`` later than ``closed_at`` says that its cause is over; until then it stays closed, however often the
cause is met. Another batch that waits for a person is another cause.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from webapp.clock import utc_now
from webapp.decide.quiet import is_worse
from webapp.decide.retention import Kind
from webapp.extensions import db
from webapp.models import Alert
from webapp.services import audit
from webapp.services.alert_messages import Cause, batch_of, tell_opened, tell_over
from webapp.services.errors import NotFound
from webapp.services.privacy.periods import before_of

WARN, FAIL = "warn", "fail"
_ALERT = Alert.__table__
_OPEN = _ALERT.c.closed_at.is_(None)
# Closed by a person while the cause lasts.
_QUIET = (_ALERT.c.closed_by != "") & (_ALERT.c.last_at <= _ALERT.c.closed_at)


def raise_alert(
    code: str,
    object_type: str,
    object_id: int,
    label: str = "",
    params: Mapping[str, Any] | None = None,
    level: str = WARN,
) -> None:
    """Say that a cause holds now; one that is known already is only counted, with its latest figures.

    Args:
        code: key of ``webapp/messages``, with ``params`` for its words. No secrets.
        label: name of the object for people.
        level: ``WARN`` (nothing is lost, look when you can) or ``FAIL`` (something does not work).
    """
    key = {"code": code, "object_type": object_type, "object_id": object_id}
    fresh = {"params": dict(params or {}), "label": label, "level": level, "last_at": utc_now()}
    db.session.flush()
    if _seen_again(key, fresh):
        return
    try:
        with db.session.begin_nested():
            added = insert(_ALERT).values(**key, **fresh, times=1, opened_at=fresh["last_at"], closed_by="")
            alert_id = db.session.execute(added.returning(_ALERT.c.id)).scalar_one()
    except IntegrityError:
        # Another process was quicker; then it is open now, and told of.
        _seen_again(key, fresh)
    else:
        tell_opened(_cause(alert_id, key, fresh))


def clear_alert(code: str, object_type: str, object_id: int) -> None:
    """Say that a cause is over. When it comes again, that is a new alert, also where a person had closed the last."""
    _clear(_ALERT.c.code == code, _ALERT.c.object_type == object_type, _ALERT.c.object_id == object_id)


def clear_alerts(object_type: str, object_id: int, but: Collection[str] = ()) -> None:
    """Say that all causes of an object are over.

    Args:
        but: codes of those that still hold.
    """
    _clear(_ALERT.c.object_type == object_type, _ALERT.c.object_id == object_id, _ALERT.c.code.not_in(but))


def open_alerts(limit: int) -> Sequence[Alert]:
    """Return the open ones: what does not work first, then the latest."""
    wanted = select(Alert).where(Alert.closed_at.is_(None))
    # "fail" stands before "warn" in the alphabet too.
    return db.session.scalars(wanted.order_by(Alert.level, Alert.opened_at.desc(), Alert.id.desc()).limit(limit)).all()


def count_open() -> int:
    """Return how many are open."""
    return db.session.scalar(select(func.count()).select_from(_ALERT).where(_OPEN)) or 0


def close_alert(alert_id: int) -> Alert:
    """Close one by hand. Its cause may last: it comes back only when that ends and begins anew.

    Closing one that is closed changes nothing.

    Raises:
        NotFound: no such alert; answer 404.
    """
    alert: Alert | None = db.session.get(Alert, alert_id, with_for_update=True)
    if alert is None:
        raise NotFound("alert_unknown", {"id": alert_id})
    if alert.closed_at is None:
        alert.closed_at, alert.closed_by = utc_now(), audit.current_actor()
        said = {"alert": {"code": alert.code, "params": alert.params}}
        audit.record("alert.close", "alert", alert.id, alert.label, after=said)
        db.session.commit()
    return alert


def remove_old() -> None:
    """Remove those closed long ago whose cause is over, in the caller's transaction."""
    db.session.execute(delete(_ALERT).where(old(before_of(Kind.ALERTS, utc_now()))))


def old(before: datetime) -> ColumnElement[bool]:
    """Return the condition of alerts that were over before then."""
    return and_(Alert.closed_at < before, ~_QUIET)


def _seen_again(key: Mapping[str, Any], fresh: Mapping[str, Any]) -> bool:
    """Count one more time on the open row, or leave one alone that a person closed; False = there is neither."""
    same = [_ALERT.c[name] == value for name, value in key.items()]
    columns = (_ALERT.c.id, _ALERT.c.level, _ALERT.c.params, _ALERT.c.closed_at)
    known = db.session.execute(select(*columns).where(*same, _OPEN | _QUIET).order_by(_ALERT.c.id.desc())).all()
    lasting = [row for row in known if batch_of(row.params) == batch_of(fresh["params"])]
    if len(lasting) < len(known):
        _clear(_ALERT.c.id.in_([row.id for row in known if row not in lasting]))
    row = next((row for row in lasting if row.closed_at is None), None)
    if row is None:
        return bool(lasting)
    return _count(row, key, fresh)


def _count(row: Any, key: Mapping[str, Any], fresh: Mapping[str, Any]) -> bool:
    counted = update(_ALERT).where(_ALERT.c.id == row.id, _OPEN).values(**fresh, times=_ALERT.c.times + 1)
    if not db.session.execute(counted, execution_options={"synchronize_session": False}).rowcount:  # type: ignore[attr-defined]
        # It ended a moment ago, in another process.
        return False
    if is_worse(fresh["level"], row.level):
        tell_opened(_cause(row.id, key, fresh))
    _forget()
    return True


def _cause(alert_id: int, key: Mapping[str, Any], fresh: Mapping[str, Any]) -> Cause:
    return Cause(alert_id, key["code"], key["object_type"], key["object_id"], fresh["level"], fresh["params"])


def _clear(*where: ColumnElement[bool]) -> None:
    now = utc_now()
    db.session.flush()
    plain = {"synchronize_session": False}
    over = update(_ALERT).where(*where, _QUIET).values(last_at=now + timedelta(microseconds=1)).returning(_ALERT.c.id)
    ended = list(db.session.scalars(over, execution_options=plain))
    closed = update(_ALERT).where(*where, _OPEN).values(closed_at=now).returning(_ALERT.c.id)
    ended += db.session.scalars(closed, execution_options=plain)
    tell_over(ended)
    _forget()


def _forget() -> None:
    """Forget alerts that the session has read: they were changed behind its back."""
    for loaded in db.session:
        if isinstance(loaded, Alert):
            db.session.expire(loaded)
