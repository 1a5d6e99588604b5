"""Which accounts shall be asked about one by one: a note that outlives a restart, one for each account."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Setting
from webapp.services.transactions import insert_once

PREFIX = "look:"
KEPT = timedelta(hours=1)
AT_ONCE = 1_000


@dataclass(frozen=True)
class Mark:
    """One account to be looked up, and since when."""

    integration_id: int
    account_id: int
    at: datetime


def mark(integration_id: int, account_ids: Collection[int]) -> list[int]:
    """Note accounts and commit, at most ``AT_ONCE``; returns those that were not noted already."""
    names = {name_of(integration_id, account_id): account_id for account_id in sorted(account_ids)[:AT_ONCE]}
    there = set(db.session.scalars(select(Setting.name).where(Setting.name.in_(names))))
    fresh = {name: account_id for name, account_id in names.items() if name not in there}
    db.session.add_all(Setting(name=name, value=utc_now().isoformat()) for name in fresh)
    try:
        db.session.commit()
    except IntegrityError:
        # Another process noted one of them in the same moment; the rest comes with the next hint or reading.
        db.session.rollback()
        return []
    return list(fresh.values())


def note(integration_id: int, account_id: int) -> bool:
    """Note one account in the caller's transaction; False when it was noted already. Mind ``room``."""
    row = insert(Setting.__table__).values(name=name_of(integration_id, account_id), value=utc_now().isoformat())
    return insert_once(db.session.connection(), row)


def room() -> int:
    """Return how many more may be noted now, so that each is asked about long before its note is too old."""
    noted = select(func.count()).select_from(Setting).where(Setting.name.startswith(PREFIX))
    return max(AT_ONCE // 2 - (db.session.scalar(noted) or 0), 0)


def waiting() -> list[Mark]:
    """Return accounts to be looked up, those first that wait longest."""
    rows = db.session.execute(
        select(Setting.name, Setting.value)
        .where(Setting.name.startswith(PREFIX))
        .order_by(Setting.value)
        .limit(AT_ONCE)
    )
    return [_read(row.name, row.value) for row in rows]


def clear(marks: Collection[Mark]) -> None:
    """Remove notes and commit; one that was made anew meanwhile stays."""
    for one in marks:
        name = name_of(one.integration_id, one.account_id)
        db.session.execute(delete(Setting).where(Setting.name == name, Setting.value == one.at.isoformat()))
    db.session.commit()


def name_of(integration_id: int, account_id: int) -> str:
    """Return under which name an account is noted."""
    return f"{PREFIX}{integration_id}:{account_id}"


def _read(name: str, value: str) -> Mark:
    integration_id, account_id = name.removeprefix(PREFIX).split(":")
    return Mark(int(integration_id), int(account_id), datetime.fromisoformat(value))
