"""Imports customers with their services from a CSV or XLSX.

The file is read twice, row by row: first all rows are judged, then the good ones are stored although others are
bad, many to a commit. A repeated import changes nothing. A row never takes a package away, an empty cell keeps
what is there, and services that would stop paying in great number need a person's word.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from webapp.extensions import db
from webapp.services import audit
from webapp.services.changes import commit
from webapp.services.errors import Problem
from webapp.services.import_file import Row, read_rows
from webapp.services.import_rows import Catalogue, Judgement, RowProblem, draft_row, of_problem, wanted_of
from webapp.services.intake import Allowed, Intake, RowResult
from webapp.services.intake.limits import most_negatives
from webapp.services.transactions import begin

__all__ = ["ImportResult", "RowProblem", "import_customers"]

BATCH = 200
CREATED, UPDATED, UNCHANGED, HELD = "created", "updated", "unchanged", "held"
COUNTED = (CREATED, UPDATED, UNCHANGED)
Progress = Callable[[int, int], None]


@dataclass
class ImportResult:
    """What an import did, or with ``dry_run`` would do. ``problems`` are sorted by row.

    Attributes:
        negatives: rows by which a service stops paying or ends.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    negatives: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    @property
    def bad_rows(self) -> int:
        """How many rows have problems and were left out."""
        return len({problem.row for problem in self.problems})


def import_customers(
    path: Path, *, dry_run: bool, progress: Progress | None = None, confirm_negatives: int | None = None
) -> ImportResult:
    """Import customers, services and packages from a file, and commit many rows at a time.

    Args:
        dry_run: judge everything against the database as it is, and write nothing.
        progress: called with rows done and rows in all.
        confirm_negatives: how many services may stop paying or end, where that is more than max(20, 5 %) of those
            that live: exactly the number that was counted; else these rows are refused.

    Raises:
        Invalid: the file or its header cannot be used; nothing was imported.
        Conflict: somebody made the same rows meanwhile; import again.
        VaultError: restore the encryption key; rows before this one were imported.
    """
    begin(reads_only=True)
    catalogue, limit = Catalogue.load(), most_negatives()
    run = _Import(path, catalogue)
    run.judge()
    result = run.result
    if result.negatives > limit and confirm_negatives != result.negatives:
        run.refuse_negatives(limit)
    db.session.rollback()
    run.store(dry_run, progress or _silent)
    result.problems.sort(key=lambda problem: problem.row)
    if not dry_run:
        _record(path, result)
    return result


class _Import:
    """One import: what was found in the first reading, and what the second one does with it."""

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        self.result = ImportResult()
        self._path = path
        self._catalogue = catalogue
        self._intake = Intake(None, lenient=False)
        # Numbers only: a file may be large.
        self._left_out: set[int] = set()
        self._negative: set[int] = set()
        self._refused_negatives: dict[str, int] | None = None

    def judge(self) -> None:
        """Read everything, and judge each row by itself and against the rows before it."""
        judgement = Judgement(self._catalogue)
        for rows in _batches(read_rows(self._path)):
            wanted = []
            for row in rows:
                draft, problems = judgement.draft(row)
                self.result.problems += problems
                if draft is not None:
                    wanted.append(wanted_of(draft))
                    continue
                self._left_out.add(row.number)
                self.result.unchanged += not problems
            self.result.rows += len(rows)
            # No reading stays open while a long file is read: it would keep the database from tidying up.
            begin(reads_only=True)
            self._negative |= self._intake.negatives(wanted)
        self.result.negatives = len(self._negative)

    def refuse_negatives(self, limit: int) -> None:
        """Leave out the rows by which services stop paying: they are more than a usual day has."""
        self._refused_negatives = {"count": len(self._negative), "limit": limit}

    def store(self, dry_run: bool, progress: Progress) -> None:
        """Store what is good, or try it and take it back."""
        done = len(self._left_out)
        progress(done, self.result.rows)
        good = (row for row in read_rows(self._path) if row.number not in self._left_out)
        for rows in _batches(good):
            kept = self._unrefused(rows)
            wanted = [wanted_of(draft_row(row, self._catalogue, judged=True)[0]) for row in kept]
            allowed = Allowed(positions_negative=frozenset(self._negative))
            results = self._intake.store(wanted, allowed, dry_run=dry_run)
            self._count(kept, results)
            done += len(rows)
            progress(done, self.result.rows)

    def _unrefused(self, rows: Sequence[Row]) -> list[Row]:
        if self._refused_negatives is None:
            return list(rows)
        for row in rows:
            if row.number in self._negative:
                self._refuse(row)
        return [row for row in rows if row.number not in self._negative]

    def _refuse(self, row: Row) -> None:
        params = self._refused_negatives or {"count": len(self._negative) + 1, "limit": 0}
        self.result.problems.append(of_problem(row, Problem("status", "negatives_unconfirmed", params)))

    def _count(self, rows: Sequence[Row], results: Sequence[RowResult]) -> None:
        for row, one in zip(rows, results, strict=True):
            if one.outcome in COUNTED:
                setattr(self.result, one.outcome, getattr(self.result, one.outcome) + 1)
            elif one.outcome == HELD:
                # It began to pay after the file was judged.
                self.result.problems.append(of_problem(row, Problem("status", "intake_moved_on")))
            else:
                self.result.problems += [of_problem(row, problem) for problem in one.problems]


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _record(path: Path, result: ImportResult) -> None:
    after = {
        "rows": result.rows, "created": result.created, "updated": result.updated,
        "unchanged": result.unchanged, "bad_rows": result.bad_rows,
    }  # fmt: skip
    audit.record("import.customers", "import", None, path.name, after=after)
    commit()


def _silent(_done: int, _total: int) -> None:
    """Without a listener nothing is told."""
