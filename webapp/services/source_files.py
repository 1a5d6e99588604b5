"""Spreadsheets: an upload becomes a pull that waits for its columns; once they are chosen, the worker goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO

from sqlalchemy import delete, select, update

from webapp.clock import utc_now
from webapp.decide.params import looks_secret
from webapp.extensions import db
from webapp.gateways.errors import Rejected
from webapp.models import Source, SourcePull, SourcePullItem
from webapp.services import audit
from webapp.services.changes import get_or_refuse, refuse_if
from webapp.services.errors import Conflict, Invalid, NotFound, Problem
from webapp.services.signals import SOURCES
from webapp.services.source_file_rows import (
    HEADER,
    FileFacts,
    convert_rows,
    first_cells,
    forget_rows,
    keep_columns,
    load_facts,
    row_place,
    stage_rows,
)
from webapp.services.transactions import begin
from webapp.sources.spreadsheet import KIND, open_table
from webapp.sources.spreadsheet_columns import BY_NAME, FIELDS, IDENTITIES, Doubt, doubts, field_of, suggest_columns
from webapp.sources.spreadsheet_table import Cells, plain_name

__all__ = [
    "FIELDS", "HEADER", "KIND", "FileHeader", "choose_columns", "compare_again", "convert_rows", "discard_upload",
    "file_header", "names_password", "row_place", "stage_upload", "waits_for_columns",
]  # fmt: skip

# The upload itself; who is killed in the middle leaves a pull that fails with a word why.
UPLOAD_LEASE = timedelta(minutes=10)
SAMPLE = 200
WAITING, AT_WORK = ("ready",), ("reading", "applying")


@dataclass(frozen=True)
class FileHeader:
    """A file whose columns are to be chosen.

    Attributes:
        rows: how many are below the header.
        columns: our column -> the file's: chosen, else as chosen for the last file, else suggested by name.
        remembered: they are those of the last file.
        samples: row number and cells of the first rows.
        doubts: columns whose cells do not look like what ``columns`` says they are.
    """

    pull_id: int
    source_id: int
    file_name: str
    rows: int
    facts: FileFacts
    columns: Mapping[str, str]
    remembered: bool
    samples: list[tuple[int, Cells]]
    doubts: list[Doubt]


def stage_upload(source_id: int, stream: BinaryIO, file_name: str) -> SourcePull:
    """Read an uploaded file into a new pull, which then waits for its columns, and commit.

    An earlier file of this source that still waited for a person is discarded.

    Args:
        stream: can be read from its beginning.

    Raises:
        NotFound: no such source.
        Conflict: the source is no spreadsheet, or a file of it is being worked on: wait for it, or stop it.
        Invalid: the file cannot be used; show why, nothing of it was kept.
    """
    try:
        table = open_table(stream)
    except Rejected as error:
        raise _unusable(error) from error
    pull_id = _begin_pull(source_id, file_name)
    try:
        count = stage_rows(pull_id, table)
    except Rejected as error:
        _remove(pull_id)
        raise _unusable(error) from error
    except BaseException:
        _remove(pull_id)
        raise
    return _end_upload(pull_id, count)


def file_header(pull_id: int) -> FileHeader:
    """Return header, samples and suggested columns of a file that waits for its columns.

    Raises:
        NotFound: no such pull.
        Conflict: its columns were chosen already, or it was discarded: look at the pull.
        VaultError: the encryption key is gone: restore it, or upload the file again.
    """
    pull, facts = _waiting(pull_id)
    samples = first_cells(pull_id, SAMPLE)
    cells = [row for _, row in samples]
    remembered = _remembered(pull.source.columns, facts.header)
    columns = remembered or suggest_columns(facts.header, cells)
    return FileHeader(
        pull_id, pull.source_id, pull.file_name, pull.total or 0, facts, columns, bool(remembered), samples,
        doubts(facts.header, cells, columns),
    )  # fmt: skip


def choose_columns(pull_id: int, columns: Mapping[str, str], *, sure: bool = False) -> SourcePull:
    """Say which column of the file is what, remember it for the next file, and commit; the worker goes on.

    Args:
        columns: our column -> the file's; ``packages.2`` is the second column of packages.
        sure: a person saw the doubts and says that the columns are right.

    Raises:
        NotFound: no such pull.
        Conflict: its columns were chosen already, or it was discarded.
        Invalid: a column is named that is not there, nobody is named, or cells do not look like their column.
    """
    pull, facts = _waiting(pull_id)
    refuse_if(_problems(columns, facts))
    found = [] if sure else doubts(facts.header, [row for _, row in first_cells(pull_id, SAMPLE)], columns)
    refuse_if([Problem(doubt.column, "file_column_doubtful", doubt_params(doubt)) for doubt in found])
    begin(reads_only=False)
    keep_columns(pull_id, facts, columns)
    # Not through the row: whoever edits the source meanwhile is not in the way.
    db.session.execute(update(Source).where(Source.id == pull.source_id).values(columns=dict(columns)))
    taken = db.session.execute(
        update(SourcePull)
        .where(SourcePull.id == pull_id, SourcePull.status.in_(WAITING), SourcePull.records == 0)
        .values(status="reading", lease_until=None)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        db.session.rollback()
        raise Conflict("file_columns_fixed", {"id": pull_id})
    db.session.commit()
    SOURCES.wake()
    return get_or_refuse(SourcePull, pull_id, "pull_not_found")


def compare_again(pull_id: int) -> SourcePull:
    """Compare a file anew that waits for its confirmation, as after new words were mapped; commits.

    Raises:
        NotFound: no such pull.
        Conflict: it does not wait for its confirmation any more.
    """
    begin(reads_only=False)
    pull = get_or_refuse(SourcePull, pull_id, "pull_not_found")
    if pull.mode != "file" or pull.status not in WAITING or not pull.certificate:
        raise Conflict("file_not_waiting", {"id": pull_id})
    pull.status, pull.lease_until = "reading", None
    db.session.commit()
    SOURCES.wake()
    return pull


def discard_upload(pull_id: int) -> SourcePull:
    """Take a file back that waits for a person, with what was kept of it, and commit; nothing was changed by it.

    Raises:
        NotFound: no such pull.
        Conflict: it is being worked on or was applied; stop it instead.
    """
    pull = get_or_refuse(SourcePull, pull_id, "pull_not_found")
    if pull.mode != "file" or pull.status not in WAITING:
        raise Conflict("file_not_waiting", {"id": pull_id})
    _discard(pull)
    db.session.commit()
    return pull


def waits_for_columns(pull: SourcePull) -> bool:
    """Tell whether a pull is a file whose columns nobody chose yet."""
    return pull.mode == "file" and pull.status in WAITING and not pull.records and pull.finished_at is None


def names_password(column: str) -> bool:
    """Tell whether a column of a file holds passwords by its name, so that its cells are shown to nobody."""
    return BY_NAME.get(plain_name(column)) == "password" or looks_secret(column)


def doubt_params(doubt: Doubt) -> dict[str, Any]:
    """Return a doubt as values of its message."""
    return {
        "column": doubt.column, "field": doubt.field, "odd": doubt.odd, "of": doubt.of, "example": doubt.example,
        "rather": doubt.rather,
    }  # fmt: skip


def _unusable(error: Rejected) -> Invalid:
    return Invalid([Problem("file", error.code, error.params)])


def _waiting(pull_id: int) -> tuple[SourcePull, FileFacts]:
    pull = get_or_refuse(SourcePull, pull_id, "pull_not_found")
    facts = load_facts(pull_id)
    if not waits_for_columns(pull) or facts is None:
        raise Conflict("file_columns_fixed", {"id": pull_id})
    return pull, facts


def _remembered(columns: Mapping[str, str], header: Cells) -> dict[str, str]:
    """Return the columns of the last file where all of them are in this one too."""
    return dict(columns) if columns and all(name in header for name in columns.values()) else {}


def _problems(columns: Mapping[str, str], facts: FileFacts) -> list[Problem]:
    problems = [
        Problem(name, "file_column_gone", {"column": name})
        for key, name in columns.items()
        if name not in facts.header or field_of(key) not in FIELDS
    ]
    if not any(key in columns for key in IDENTITIES):
        problems.append(Problem("columns", "file_identity_missing"))
    elif not {field_of(key) for key in columns} - set(IDENTITIES):
        problems.append(Problem("columns", "file_says_nothing"))
    return problems


def _begin_pull(source_id: int, file_name: str) -> int:
    begin(reads_only=False)
    source = db.session.scalar(select(Source).where(Source.id == source_id).with_for_update())
    if source is None:
        raise NotFound("source_not_found", {"id": source_id})
    if source.kind != KIND:
        raise Conflict("file_wrong_source", {"source": source.description})
    for pull in db.session.scalars(
        select(SourcePull).where(SourcePull.source_id == source_id, SourcePull.status.in_((*WAITING, *AT_WORK)))
    ):
        if pull.status in AT_WORK:
            raise Conflict("pull_under_way", {"description": source.description})
        _discard(pull)
    now = utc_now()
    pull = SourcePull(
        source_id=source_id, mode="file", status="reading", started_at=now, lease_until=now + UPLOAD_LEASE,
        file_name=file_name[-200:], requested_by=audit.current_actor(),
    )  # fmt: skip
    db.session.add(pull)
    db.session.commit()
    return pull.id


def _end_upload(pull_id: int, count: int) -> SourcePull:
    begin(reads_only=False)
    pull = get_or_refuse(SourcePull, pull_id, "pull_not_found")
    pull.status, pull.lease_until, pull.total = "ready", None, count
    after = {"file": pull.file_name, "rows": count}
    audit.record("source_pull.upload", "source_pull", pull.id, f"{pull.source.description} #{pull.id}", after=after)
    db.session.commit()
    return pull


def _discard(pull: SourcePull) -> None:
    # Without a total there are no rows to go on with.
    pull.status, pull.finished_at, pull.total = "stopped", utc_now(), None
    forget_rows(pull.id)
    db.session.execute(delete(SourcePullItem).where(SourcePullItem.pull_id == pull.id))


def _remove(pull_id: int) -> None:
    begin(reads_only=False)
    forget_rows(pull_id)
    db.session.execute(delete(SourcePull).where(SourcePull.id == pull_id))
    db.session.commit()
