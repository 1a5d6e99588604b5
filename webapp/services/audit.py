"""The append-only history: who did what to which object, before, after, why."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Event

_actor: ContextVar[str] = ContextVar("actor", default="system")
MASK = "***"


@contextmanager
def acting_as(actor: str) -> Iterator[None]:
    """Name who acts in this block: an e-mail, ``token:NAME``, ``cli``, ``system``."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def current_actor() -> str:
    """Return who acts now."""
    return _actor.get()


def entry(
    action: str,
    object_type: str,
    object_id: int | None,
    label: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Return one event as a row, for those who write many at once.

    Only keys that differ are kept. Secrets must come in masked (``MASK``).
    """
    old, new = dict(before or {}), dict(after or {})
    if before is not None and after is not None:
        changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        old = {key: old[key] for key in old if key in changed}
        new = {key: new[key] for key in new if key in changed}
    return {
        "at": utc_now(), "actor": _actor.get(), "action": action, "object_type": object_type, "object_id": object_id,
        "label": label, "before": None if before is None else old, "after": None if after is None else new,
        "reason": reason,
    }  # fmt: skip


def record(
    action: str,
    object_type: str,
    object_id: int | None,
    label: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add one event, as ``entry`` makes it, to the caller's transaction; the caller commits."""
    row = entry(action, object_type, object_id, label, before=before, after=after, reason=reason)
    db.session.add(Event(**row))
