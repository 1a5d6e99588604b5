"""What is known of the chain without walking over it: where it ends, when it was last checked and with what result."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.services.audit import record
from webapp.services.chain import notes, store
from webapp.services.chain.report import Fault, Report
from webapp.services.chain.sealing import seal, waiting
from webapp.services.chain.store import Head
from webapp.services.chain.verifying import verify
from webapp.services.hub import current_hub
from webapp.services.transactions import begin

CHECKED, ASKED = "chain_checked", "chain_check_asked"
EVERY = timedelta(hours=24)
# A check beside a hub at work leaves it room.
PAUSE_S = 0.005


@dataclass(frozen=True)
class Standing:
    """Where the chain ends, and its last check.

    Attributes:
        waiting, waiting_since: rows that are not linked yet.
        checked_at: None = it was never checked.
        asked: a person asked for a check that has not begun.
    """

    head: Head
    waiting: int
    waiting_since: datetime | None
    asked: bool
    checked_at: datetime | None = None
    checked: Head | None = None
    links: int = 0
    erased: int = 0
    pruned: int = 0
    begins: int = 0
    fault: Fault | None = None


def head(engine: Engine | None = None) -> Head | None:
    """Return the last link of a database, for a manifest; None when nothing is sealed in it."""
    with (engine or db.engine).connect().execution_options(reads_only=True) as connection:
        found = store.read_head(connection)
    return found if found.place > 0 else None


def standing() -> Standing:
    """Return what pages and watchdogs show, in the caller's transaction."""
    connection = db.session.connection()
    asked = store.get(connection, ASKED) is not None
    waits, since = waiting(connection)
    return Standing(store.read_head(connection), waits, since, asked, **_checked(connection))


def anchor() -> Head | None:
    """Return the head that was noted outside the database."""
    return store.read_anchor(current_hub().settings.instance)


def ask_for_check() -> None:
    """Ask for a check by the scheduler, within a minute, and commit."""
    begin(reads_only=False)
    store.put(db.session.connection(), ASKED, '"asked"')
    record("history.check", notes.OBJECT, None)
    db.session.commit()


def check_due() -> None:
    """Check the chain when a person asked for it or a day went by, and keep the result; for the scheduler."""
    begin(reads_only=True)
    known = standing()
    db.session.rollback()
    late = known.checked_at is None or utc_now() - known.checked_at >= EVERY
    if known.asked or late:
        seal()
        keep(verify(pause_s=PAUSE_S))


def keep(report: Report) -> None:
    """Keep the result of a check, and commit."""
    begin(reads_only=False)
    connection = db.session.connection()
    store.put(connection, CHECKED, store.dump(_as_json(report)))
    store.remove(connection, ASKED)
    db.session.commit()


def reanchor(reason: str) -> None:
    """Take the chain as it is now for the one to go on from, with a reason in the history, and commit.

    For a database that was restored on purpose: it ends before the anchor, or elsewhere.

    Args:
        reason: shown in the history, with the head that was seen last.
    """
    instance = current_hub().settings.instance
    former = store.read_anchor(instance)
    begin(reads_only=False)
    facts = {"place": former.place, "link": former.link} if former else {}
    record(notes.REANCHOR, notes.OBJECT, None, after=facts, reason=reason)
    db.session.commit()
    store.remove_anchor(instance)
    seal()


def _as_json(report: Report) -> dict[str, Any]:
    fault = None if report.first is None else vars(report.first)
    numbers = {name: getattr(report, name) for name in ("links", "erased", "pruned", "begins")}
    return {"checked_at": report.at.isoformat(), "checked": report.head.as_json(), "fault": fault, **numbers}


def _checked(connection: Connection) -> dict[str, Any]:
    kept = store.get(connection, CHECKED)
    if kept is None:
        return {}
    fault = Fault(**kept["fault"]) if kept["fault"] else None
    at = datetime.fromisoformat(kept["checked_at"])
    return {**kept, "checked_at": at, "checked": Head.from_json(kept["checked"]), "fault": fault}
