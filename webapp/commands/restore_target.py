"""Where a backup is restored to: a file of SQLite, or a schema of PostgreSQL; prepared beside the served one."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import make_url

from webapp.config import Settings
from webapp.database.file import guard_of
from webapp.extensions import db
from webapp.services.backups import access, replacing
from webapp.services.backups import replacing_postgres as renaming
from webapp.services.backups.access import Doors
from webapp.services.backups.staging import Staged


class Target(Protocol):
    """What ``restore`` needs of the database that it replaces. Methods need an application context."""

    @property
    def place(self) -> Path:
        """Return the folder in which the backup is unpacked."""

    def refuse_in_use(self) -> None:
        """Refuse while a program works with it."""

    def doors(self) -> Doors | None:
        """Return how people came in last; None where that cannot be read."""

    def prepare(self, staged: Staged) -> Settings:
        """Bring the backup to where it can be settled; returns the settings of a hub on it."""

    def put(self, staged: Staged) -> str:
        """Replace in one step; returns where the former one lies, empty = there was none."""

    def discard(self) -> None:
        """Leave nothing of what was prepared."""


def target_of(settings: Settings, now: datetime) -> Target:
    """Return the target that the settings name."""
    return FileTarget(settings, now) if settings.sqlite else SchemaTarget(settings, renaming.name_of(now), now)


@dataclass(frozen=True)
class FileTarget:
    """A file of SQLite."""

    settings: Settings
    now: datetime

    @property
    def place(self) -> Path:
        return self.file.parent

    @property
    def file(self) -> Path:
        return Path(str(make_url(self.settings.database_url).database))

    def refuse_in_use(self) -> None:
        db.engine.dispose()
        replacing.close_former(self.file)

    def doors(self) -> Doors | None:
        if not self.file.exists() or not self.file.stat().st_size:
            return None
        try:
            return access.look(db.engine)
        finally:
            db.engine.dispose()

    def prepare(self, staged: Staged) -> Settings:
        return replace(self.settings, database_url=f"sqlite:///{staged.database}")

    def put(self, staged: Staged) -> str:
        replacing.make_one_file(staged.database)
        replacing.close_former(self.file)
        kept = replacing.swap(staged.database, self.file, self.now)
        guard = guard_of(db.engine)
        if guard is not None:
            guard.accept()
        return str(kept) if kept else ""

    def discard(self) -> None:
        """The folder goes, and the file with it."""


@dataclass(frozen=True)
class SchemaTarget:
    """A schema of PostgreSQL."""

    settings: Settings
    schema: str
    now: datetime

    @property
    def place(self) -> Path:
        return self.settings.instance

    def refuse_in_use(self) -> None:
        db.engine.dispose()
        renaming.refuse_in_use(db.engine)

    def doors(self) -> Doors | None:
        return access.look(db.engine)

    def prepare(self, staged: Staged) -> Settings:
        renaming.load(staged.database, db.engine, self.schema)
        return replace(self.settings, database_url=renaming.url_of(self.settings.database_url, self.schema))

    def put(self, staged: Staged) -> str:
        db.engine.dispose()
        return renaming.swap(db.engine, self.schema, self.now)

    def discard(self) -> None:
        db.engine.dispose()
        renaming.drop(db.engine, self.schema)
