"""One effect for one form, however often the same thing is sent: a second click, the back button, a reload.

A page gives each form a mark of its own. Before the work the mark is claimed, and committed; after it, the
address to which the work led is kept, and whoever sends the same again is led there. A form that is sent again
with something else in it is a new one.
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError

from webapp.clock import monotonic_s, sleep, utc_now
from webapp.extensions import db
from webapp.models import Setting
from webapp.services.errors import Conflict
from webapp.services.transactions import begin

PREFIX = "once:"
MARK = re.compile(r"^[0-9a-f]{8}-[A-Za-z0-9_-]{16}$")
KEPT_FOR = timedelta(days=2)
# A request that takes longer has lost its process: the next one does the work.
CRASHED_AFTER = timedelta(seconds=60)
WAIT_S = 10.0
POLL_S = 0.05


@dataclass(frozen=True)
class Claim:
    """The right to do the work of one form. Give it back with ``keep`` or ``release``."""

    name: str
    value: str


def new_mark() -> str:
    """Return a mark for a form that is being shown."""
    return f"{_hours(utc_now()):08x}-{secrets.token_urlsafe(12)}"


def claim(mark: str, content: bytes) -> Claim | str | None:
    """Claim a form, or return the address to which it led before.

    Waits up to ``WAIT_S`` seconds while the same form is at work in another request. Call it before the
    work; it uses transactions of its own and leaves none open.

    Args:
        mark: as ``new_mark`` gave it.
        content: who sends what to which address.

    Returns:
        None for a mark that is too old or was not given by us: the form is taken as it is.

    Raises:
        Conflict: the other request is still at work; look at its result a little later.
    """
    now = utc_now()
    if not MARK.match(mark) or not _hours(now - KEPT_FOR) < int(mark[:8], 16) <= _hours(now):
        return None
    name = f"{PREFIX}{mark[:8]}:{hashlib.sha256(mark.encode() + content).hexdigest()[:40]}"
    deadline = monotonic_s() + WAIT_S
    while True:
        found = _try_claim(name)
        if found is not None:
            return found
        if monotonic_s() >= deadline:
            raise Conflict("form_in_progress")
        sleep(POLL_S)


def keep(claimed: Claim, address: str) -> None:
    """Keep where the work led; for ``KEPT_FOR``, counted from when the form was shown."""
    begin(reads_only=False)
    value = json.dumps({"at": utc_now().isoformat(), "address": address})
    db.session.execute(update(Setting).where(*_ours(claimed)).values(value=value))
    db.session.commit()


def release(claimed: Claim) -> None:
    """Give a claim up: nothing was done, the same form may be sent again."""
    begin(reads_only=False)
    db.session.execute(delete(Setting).where(*_ours(claimed)))
    db.session.commit()


def _try_claim(name: str) -> Claim | str | None:
    begin(reads_only=True)
    text = db.session.scalar(select(Setting.value).where(Setting.name == name))
    db.session.rollback()
    if text is None:
        return _take(name)
    kept = json.loads(text)
    if kept["address"]:
        return str(kept["address"])
    if datetime.fromisoformat(kept["at"]) > utc_now() - CRASHED_AFTER:
        return None
    release(Claim(name, text))
    return _take(name)


def _take(name: str) -> Claim | None:
    """Insert a claim; None when somebody else was faster."""
    now = utc_now()
    begin(reads_only=False)
    _sweep(now)
    value = json.dumps({"at": now.isoformat(), "address": "", "by": secrets.token_hex(8)})
    db.session.add(Setting(name=name, value=value))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return None
    return Claim(name, value)


def _sweep(now: datetime) -> None:
    """Delete what has served its time; names begin with the hour, so that the key finds them."""
    oldest = f"{PREFIX}{_hours(now - KEPT_FOR):08x}:"
    spent = delete(Setting).where(Setting.name >= PREFIX, Setting.name < oldest)
    db.session.execute(spent, execution_options={"synchronize_session": False})


def _ours(claimed: Claim) -> tuple[ColumnElement[bool], ...]:
    return (Setting.name == claimed.name, Setting.value == claimed.value)


def _hours(moment: datetime) -> int:
    return int(moment.timestamp() // 3600)
