"""The rows of an uploaded file: first their cells, sealed; then records, of which only the password stays sealed.

At position -1 stands what is known about the file as a whole: its header and which columns were chosen.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from webapp.extensions import db
from webapp.models import SourcePull, SourceRow
from webapp.services.errors import Invalid, Problem
from webapp.services.hub import current_hub
from webapp.services.source_connections import passwords_needed
from webapp.services.transactions import begin
from webapp.sources.contract import Record, RecordProblem
from webapp.sources.payload import dump_record, load_record
from webapp.sources.spreadsheet_cells import RowReader
from webapp.sources.spreadsheet_table import Cells, Table

HEADER = -1
BATCH = 1000
# Rows are numbers of some ten digits here; below them stands a fingerprint of what the row says of the customer.
SHIFT = 64
MASK = (1 << SHIFT) - 1
CONTACT = ("name", "document", "email", "phone")
_ROW, _PULL = SourceRow.__table__, SourcePull.__table__


@dataclass(frozen=True)
class FileFacts:
    """What is known about an uploaded file as a whole.

    Attributes:
        named: False = it has no header, ``header`` is made up.
        columns: our column -> the file's, as a person chose; None = not yet.
    """

    header: Cells
    sheet: str = ""
    named: bool = True
    columns: Mapping[str, str] | None = None


def row_place(pull_id: int, position: int) -> str:
    """Return where the secret part of a row is sealed, as the vault wants it."""
    return f"source_row:sealed:{pull_id}:{position}"


def stage_rows(pull_id: int, table: Table) -> int:
    """Keep header and rows with their cells sealed, batch by batch, and commit each; return how many rows.

    Raises:
        Rejected: the file breaks off; remove the pull with what was kept.
    """
    vault = current_hub().vault
    facts = {"header": list(table.header), "sheet": table.sheet, "named": table.named, "columns": None}
    _insert([{"pull_id": pull_id, "position": HEADER, "payload": facts, "sealed": None}])
    count = 0
    for batch in _batches(table.rows, BATCH * 2):
        lines = [
            {"pull_id": pull_id, "position": position, "payload": {},
             "sealed": vault.seal(json.dumps([number, *cells]), row_place(pull_id, position))}
            for position, (number, cells) in enumerate(batch, start=count)
        ]  # fmt: skip
        _insert(lines)
        count += len(lines)
    return count


def load_facts(pull_id: int) -> FileFacts | None:
    """Return what is known about the file of a pull; None when it has none, or its rows were removed."""
    payload = db.session.scalar(select(_ROW.c.payload).where(_ROW.c.pull_id == pull_id, _ROW.c.position == HEADER))
    if payload is None:
        return None
    return FileFacts(tuple(payload["header"]), payload["sheet"], payload["named"], payload["columns"])


def keep_columns(pull_id: int, facts: FileFacts, columns: Mapping[str, str]) -> None:
    """Write which columns were chosen, in the caller's transaction."""
    payload = {"header": list(facts.header), "sheet": facts.sheet, "named": facts.named, "columns": dict(columns)}
    row = _ROW.c.pull_id == pull_id, _ROW.c.position == HEADER
    db.session.execute(update(_ROW).where(*row).values(payload=payload))


def first_cells(pull_id: int, count: int) -> list[tuple[int, Cells]]:
    """Return the first rows with the numbers that a spreadsheet shows; empty once they were turned into records.

    Raises:
        VaultError: the encryption key is gone: restore it, or upload the file again.
    """
    return [(number, cells) for _, number, cells in _unconverted(pull_id, 0, count)]


def forget_rows(pull_id: int) -> None:
    """Remove the file's rows, in the caller's transaction."""
    db.session.execute(delete(_ROW).where(_ROW.c.pull_id == pull_id))


def convert_rows(pull_id: int, progress: Callable[[int, int], None]) -> None:
    """Turn cells into records, batch by batch, and commit each; what was turned before is left as it is.

    Leaves no transaction open.

    Args:
        progress: called after each batch with rows done and rows in all; what it raises passes through.

    Raises:
        Invalid: the upload did not end or nobody chose the columns; ask for the file again.
        VaultError: restore the encryption key; the rows before are converted.
    """
    begin(reads_only=True)
    facts = load_facts(pull_id)
    done, total = db.session.execute(select(_PULL.c.records, _PULL.c.total).where(_PULL.c.id == pull_id)).one()
    db.session.rollback()
    if facts is None or facts.columns is None or total is None:
        raise Invalid([Problem("file", "file_incomplete")])
    reader = RowReader(facts.header, facts.columns, keeps_passwords=passwords_needed())
    book = _Book(pull_id)
    book.recall(done)
    while batch := _read_batch(pull_id, done):
        records = [(position, reader.read(number, cells)) for position, number, cells in batch]
        done = batch[-1][0] + 1
        _write(pull_id, book.compare(records), done)
        progress(done, total)


def _read_batch(pull_id: int, first: int) -> list[tuple[int, int, Cells]]:
    begin(reads_only=True)
    found = _unconverted(pull_id, first, BATCH)
    db.session.rollback()
    return found


def _unconverted(pull_id: int, first: int, count: int) -> list[tuple[int, int, Cells]]:
    """Return position, row number and cells."""
    vault = current_hub().vault
    rows = db.session.execute(
        select(_ROW.c.position, _ROW.c.payload, _ROW.c.sealed)
        .where(_ROW.c.pull_id == pull_id, _ROW.c.position >= first)
        .order_by(_ROW.c.position)
        .limit(count)
    )
    found = []
    for position, payload, sealed in rows:
        if not payload and sealed:
            number, *cells = json.loads(vault.open(sealed, row_place(pull_id, position)))
            found.append((position, number, tuple(cells)))
    return found


def _write(pull_id: int, records: Sequence[tuple[int, Record]], done: int) -> None:
    vault = current_hub().vault
    lines = []
    for position, record in records:
        payload, password = dump_record(record)
        sealed = vault.seal(password, row_place(pull_id, position)) if password else None
        lines.append({"at": position, "new_payload": payload, "new_sealed": sealed})
    begin(reads_only=False)
    db.session.connection().execute(
        update(_ROW)
        .where(_ROW.c.pull_id == pull_id, _ROW.c.position == bindparam("at"))
        .values(payload=bindparam("new_payload"), sealed=bindparam("new_sealed")),
        lines,
    )
    db.session.execute(update(_PULL).where(_PULL.c.id == pull_id).values(records=done))
    db.session.commit()


def _insert(lines: list[dict[str, Any]]) -> None:
    begin(reads_only=False)
    db.session.execute(insert(_ROW), lines)
    db.session.commit()


def _batches(rows: Iterable[tuple[int, Cells]], size: int) -> Iterator[list[tuple[int, Cells]]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


class _Book:
    """Remembers what earlier rows said of their customers: one number for each, however much they said."""

    def __init__(self, pull_id: int) -> None:
        self._pull_id = pull_id
        self._customers: dict[int, int] = {}

    def recall(self, done: int) -> None:
        """Read again what was converted before this process took over."""
        for first in range(0, done, BATCH):
            begin(reads_only=True)
            wanted = _ROW.c.position >= first, _ROW.c.position < min(first + BATCH, done)
            rows = db.session.execute(
                select(_ROW.c.position, _ROW.c.payload).where(_ROW.c.pull_id == self._pull_id, *wanted)
            ).all()
            db.session.rollback()
            for position, payload in rows:
                self._note(position, load_record(payload))

    def compare(self, records: Sequence[tuple[int, Record]]) -> list[tuple[int, Record]]:
        """Return the records of a batch; what contradicts an earlier row has that problem too."""
        notes = [(position, record, self._note(position, record)) for position, record in records]
        firsts = self._records({first for *_, first in notes if first is not None}, dict(records))
        return [
            (position, _judged(record, firsts[first]) if first in firsts else record)
            for position, record, first in notes
        ]

    def _note(self, position: int, record: Record) -> int | None:
        """Return where the customer stood before with other data."""
        contact = hash(tuple(getattr(record.customer, name) for name in CONTACT)) & MASK
        known = self._customers.setdefault(hash(record.customer.code), position << SHIFT | contact)
        return known >> SHIFT if known & MASK != contact else None

    def _records(self, positions: set[int], here: Mapping[int, Record]) -> dict[int, Record]:
        found = {position: here[position] for position in positions if position in here}
        missing = sorted(positions - found.keys())
        begin(reads_only=True)
        for start in range(0, len(missing), BATCH):
            rows = db.session.execute(
                select(_ROW.c.position, _ROW.c.payload).where(
                    _ROW.c.pull_id == self._pull_id, _ROW.c.position.in_(missing[start : start + BATCH])
                )
            )
            found |= {position: load_record(payload) for position, payload in rows}
        db.session.rollback()
        return found


def _judged(record: Record, earlier: Record) -> Record:
    """Return a record with what it contradicts; an empty cell says nothing, so it contradicts nothing."""
    found = []
    for name in CONTACT:
        one, other = getattr(record.customer, name), getattr(earlier.customer, name)
        if one and other and one != other:
            params = {"customer": record.customer.code, "row": earlier.place.rpartition(" ")[2], "other": other}
            found.append(RecordProblem(name, "file_customer_differs", params, one))
    return replace(record, problems=(*record.problems, *found)) if found else record
