"""Looks whether a database that came out of a backup is whole, and is what its manifest says."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DatabaseError

from webapp.models import words
from webapp.schema import HEAD, current_revision, head_revision, revisions, upgrade_to
from webapp.services import chain
from webapp.services.backups import scratch
from webapp.services.backups.errors import BackupRefused
from webapp.services.backups.manifest import Manifest
from webapp.services.backups.sealed import Opened, open_all
from webapp.services.chain.report import REPLACED
from webapp.vault import Vault

# Kind, name, and of a trigger what it does.
Part = tuple[str, str, str]
# By revision: what an empty database of it has; the same as long as this process lives.
_OURS: dict[str, set[Part]] = {}
# Not tables of ours: what SQLite and Alembic keep for themselves.
# The index of words is made anew from the customers, and a database that is none of SQLite has none.
FOREIGN = ("sqlite_sequence", "sqlite_stat1", "sqlite_stat4", "alembic_version", *words.TABLES)


@dataclass(frozen=True)
class Checked:
    """What was found in a whole database, brought up to this version.

    Attributes:
        secrets: how many there are, and how many do not open with the keys at hand.
        chain_fault: what is wrong with the chain of the history; empty = nothing.
    """

    secrets: Opened
    chain_fault: str

    @property
    def trouble(self) -> str:
        """The code of what a person should know; empty = all is well."""
        if self.secrets.closed:
            return "backup_secrets_closed"
        return "backup_chain_broken" if self.chain_fault else ""


def check(file: Path, manifest: Manifest, vault: Vault, *, thorough: bool = True) -> Checked:
    """Look at everything, and bring the file up to this version's tables. Needs an application context.

    Args:
        thorough: every link of the history's chain is looked at, which takes most of the time, and which the hub does
            each day by itself; else only its end.

    Raises:
        BackupRefused: it is damaged, incomplete, or of a newer version; do not use it.
    """
    check_version(manifest)
    engine = scratch.open_file(file)
    try:
        check_whole(engine, manifest)
        if manifest.revision != head_revision():
            upgrade_to(engine, HEAD)
        _check_tables(engine, file)
        with engine.connect() as connection:
            secrets = open_all(connection, vault)
        return Checked(secrets, _chain_fault(engine, manifest, thorough))
    except DatabaseError as error:
        raise BackupRefused("restore_damaged", {"file": file.name}) from error
    finally:
        engine.dispose()


def check_version(manifest: Manifest) -> None:
    """Refuse what this version cannot know.

    Raises:
        BackupRefused: it was made by a newer version; restore it with that one.
    """
    if manifest.revision not in revisions():
        params = {"program": manifest.program, "revision": manifest.revision, "known": head_revision() or "-"}
        raise BackupRefused("restore_newer", params)


def check_whole(engine: Engine, manifest: Manifest) -> None:
    """Look at every page, every reference and the number of rows of every table.

    Raises:
        BackupRefused: something is damaged or missing.
    """
    if current_revision(engine) != manifest.revision:
        raise BackupRefused("restore_mixed")
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if found != "ok":
            raise BackupRefused("backup_bad_pages", {"found": str(found)[:200]})
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if dangling is not None:
            raise BackupRefused("backup_bad_references", {"table": str(dangling[0])})
        counts = count_rows(connection)
    differing = sorted(
        name for name in counts.keys() | manifest.rows.keys() if counts.get(name) != manifest.rows.get(name)
    )
    if differing:
        raise BackupRefused("backup_bad_counts", {"tables": ", ".join(differing)})


def count_rows(connection: Connection) -> dict[str, int]:
    """Return how many rows each table of a file holds."""
    names = [name for name in inspect(connection).get_table_names() if name not in FOREIGN]
    return {
        name: int(connection.exec_driver_sql(f'select count(*) from "{name}"').scalar_one()) for name in sorted(names)
    }


def _check_tables(engine: Engine, file: Path) -> None:
    """Refuse tables, triggers and views that no version of ours makes: they would act in our name."""
    head = str(head_revision())
    ours = _OURS.get(head) or _OURS.setdefault(head, _parts_of_empty(file.parent))
    strange = sorted({name for _kind, name, _rule in _parts(engine) ^ ours})
    if strange:
        raise BackupRefused("restore_strange_tables", {"tables": ", ".join(strange[:5])})


def _parts_of_empty(place: Path) -> set[Part]:
    with scratch.folder_in(place) as folder:
        fresh = scratch.open_file(folder / "empty.db")
        try:
            upgrade_to(fresh, HEAD)
            return _parts(fresh)
        finally:
            fresh.dispose()


def _parts(engine: Engine) -> set[Part]:
    """Return kind and name of everything in a file, but of what SQLite names by itself; of a trigger what it does."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "select type, name, case when type = 'trigger' then sql else '' end from sqlite_master"
            " where name not like 'sqlite\\_%' escape '\\'"
        )
        return {(str(kind), str(name), str(rule)) for kind, name, rule in rows}


def _chain_fault(engine: Engine, manifest: Manifest, thorough: bool) -> str:
    expected = [chain.Head.from_json(manifest.chain)] if manifest.chain else []
    if not thorough:
        found = chain.head(engine)
        return "" if not expected or found == expected[0] else REPLACED
    report = chain.verify(engine, expected=expected)
    return "" if report.first is None else report.first.what
