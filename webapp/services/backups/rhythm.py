"""When backups are made and how many are kept: what an administrator sets on the screen."""

import json
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints
from sqlalchemy import insert, update

from webapp.decide.backup_times import Rhythm
from webapp.extensions import db
from webapp.models import Setting
from webapp.services import audit
from webapp.services.hub import current_hub
from webapp.services.inputs import Input
from webapp.services.transactions import begin, insert_once

NAME = "backups"
OBJECT, OBJECT_ID = "backup", None
_SETTING = Setting.__table__


class RhythmInput(Input):
    """When, and how many are kept. ``on`` False = none is made by itself.

    ``at``: hour and minute of one of the day's backups, by the provider's clock; ``every_h``: hours between them.
    ``daily``, ``weekly``, ``monthly``: of so many days, weeks and months the last one stays.
    """

    on: bool = True
    at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "02:30"
    every_h: Literal[1, 2, 3, 4, 6, 8, 12, 24] = 24
    daily: int = Field(default=7, ge=1, le=90)
    weekly: int = Field(default=4, ge=0, le=53)
    monthly: int = Field(default=3, ge=0, le=60)

    def rhythm(self) -> Rhythm:
        """Return it for decisions."""
        return Rhythm(time.fromisoformat(self.at), self.every_h, self.daily, self.weekly, self.monthly)

    def every(self) -> timedelta:
        """Return the time between two of them."""
        return timedelta(hours=self.every_h)


def read_rhythm() -> RhythmInput:
    """Return what is set, else the defaults, in the caller's transaction."""
    value = read_note(NAME)
    return RhythmInput() if value is None else RhythmInput.model_validate(value)


def set_rhythm(data: RhythmInput) -> None:
    """Change it, and commit; equal data change nothing."""
    begin(reads_only=False)
    before = read_rhythm()
    if before != data:
        write_note(NAME, data.model_dump())
        audit.record("backup.settings", OBJECT, OBJECT_ID, before=_seen(before), after=_seen(data))
    db.session.commit()


def local(moment: datetime) -> datetime:
    """Return a moment by the provider's clock."""
    return moment.astimezone(ZoneInfo(current_hub().settings.timezone))


def read_note(name: str) -> Any:
    """Return a small value that is kept as JSON; None when there is none."""
    row = db.session.get(Setting, name, populate_existing=True)
    return None if row is None else json.loads(row.value)


def write_note(name: str, value: Any) -> None:
    """Keep a small value as JSON, in the caller's transaction."""
    connection, text = db.session.connection(), json.dumps(value)
    put = update(_SETTING).where(_SETTING.c.name == name).values(value=text)
    if not connection.execute(put).rowcount and not insert_once(
        connection, insert(_SETTING).values(name=name, value=text)
    ):
        connection.execute(put)
    db.session.expire_all()


def _seen(data: RhythmInput) -> dict[str, Any]:
    return {f"backup_{name}": value for name, value in data.model_dump().items()}
